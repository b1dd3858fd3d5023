"""What is private is so before its first byte is written, whatever was there before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.storage.private import open_private, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_private(tmp_path / "new", replace=False) as file:
            assert mode(tmp_path / "new") == 0o600
            file.write(b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "new").read_bytes() == b"x"


def test_a_file_that_is_replaced_is_closed_to_others_while_it_is_still_empty(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"earlier and longer")
    path.chmod(0o664)
    with open_private(path, replace=True) as file:
        assert (mode(path), path.read_bytes()) == (0o600, b"")
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_what_is_there_is_left_alone_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        open_private(path, replace=False)
    assert path.read_bytes() == b"mine"


def test_neither_a_folder_nor_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        for place in (tmp_path, tmp_path / "pipe"):
            with pytest.raises(OSError):
                open_private(place, replace=True)
    finally:
        os.close(reader)


def test_what_is_written_at_once_replaces_only_when_told_and_then_whole(tmp_path: Path) -> None:
    path = tmp_path / "export"
    write_private(path, b"first", replace=False)
    with pytest.raises(FileExistsError):
        write_private(path, b"second", replace=False)
    assert (mode(path), path.read_bytes()) == (0o600, b"first")
    path.chmod(0o644)
    write_private(path, b"third", replace=True)
    assert (mode(path), path.read_bytes()) == (0o600, b"third")
