"""Only ordinary files are read, and only so far."""

from __future__ import annotations

import os

import pytest

from tui.storage.files import read_regular


def test_a_file_is_read_whole_or_at_its_end(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"0123456789")
    assert read_regular(path, limit=10) == b"0123456789"
    assert read_regular(path, limit=3, tail=True) == b"789"
    with pytest.raises(OSError, match="too large"):
        read_regular(path, limit=9)


def test_a_link_is_followed_only_where_that_is_allowed(tmp_path):
    (tmp_path / "f").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "f")
    assert read_regular(tmp_path / "link", limit=9) == b"x"
    with pytest.raises(OSError, match="symbolic"):
        read_regular(tmp_path / "link", limit=9, follow=False)


@pytest.mark.parametrize("make", ["pipe", "folder", "nothing"])
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    path = tmp_path / "f"
    match make:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            pass
    with pytest.raises(FileNotFoundError if make == "nothing" else OSError):
        read_regular(path, limit=9)
