"""A file is there whole or not at all, only ordinary ones are read, and others may not open them."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tui.storage.files import file_problems, make_folder, read_regular, repair_modes, set_aside, sweep, write_atomic

OLD, NEW = b"old" * 1000, b"new" * 5000

KILLED = """
import os, signal, sys
from pathlib import Path
from tui.storage.files import write_atomic
path, fatal = Path(sys.argv[1]), int(sys.argv[2])
seen = 0
def step(name):
    global seen
    seen += 1
    if seen == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
write_atomic(path, b"new" * 5000, backup=True, step=step)
"""


def steps(path) -> list[str]:
    names: list[str] = []
    write_atomic(path, OLD)
    write_atomic(path, NEW, backup=True, step=names.append)
    return names


def test_the_steps_are_the_whole_recipe_for_the_backup_and_then_the_file(tmp_path):
    each = ["create", "write", "sync", "replace", "sync folder of"]
    assert steps(tmp_path / "f") == [f"{step} {name}" for name in ("f.bak", "f") for step in each]


@pytest.mark.parametrize("fatal", range(1, 11))
def test_a_kill_at_any_step_leaves_old_or_new_whole(tmp_path, fatal):
    path = tmp_path / "f"
    write_atomic(path, OLD)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), str(fatal)])
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == (NEW if fatal == 10 else OLD)
    backup = tmp_path / "f.bak"
    assert not backup.exists() or backup.read_bytes() == OLD
    sweep(tmp_path)
    assert {each.name for each in tmp_path.iterdir()} <= {"f", "f.bak"}
    write_atomic(path, b"after")
    assert path.read_bytes() == b"after"


@pytest.mark.parametrize("failing", ["write f", "sync f", "replace f"])
def test_a_failure_leaves_the_old_contents_and_no_litter(tmp_path, failing):
    path = tmp_path / "f"
    write_atomic(path, OLD)

    def fail(name: str) -> None:
        if name == failing:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomic(path, NEW, step=fail)
    assert path.read_bytes() == OLD
    assert [each.name for each in tmp_path.iterdir()] == ["f"]


def test_a_written_file_is_private_even_where_the_old_one_was_not(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(OLD)
    path.chmod(0o644)
    write_atomic(path, NEW, backup=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "f.bak").stat().st_mode) == 0o600


def test_the_temporary_file_is_private_from_its_first_moment(tmp_path):
    modes: list[int] = []

    def look(name: str) -> None:
        modes.extend(stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob(".*"))

    umask = os.umask(0)
    try:
        write_atomic(tmp_path / "f", NEW, step=look)
    finally:
        os.umask(umask)
    assert modes == [0o600] * 3


def test_links_are_followed_and_stay_links(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    link.symlink_to(real)
    write_atomic(link, NEW)
    assert link.is_symlink()
    assert real.read_bytes() == NEW


def test_what_is_no_regular_file_is_left_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="Not a regular file"):
        write_atomic(tmp_path / "pipe", NEW)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_only_orphans_are_swept(tmp_path):
    names = {
        ".f.11-ab12.tuilio-tmp": True,
        ".f.22-ab12.tuilio-tmp": False,
        ".f.22-notes.txt": False,
        "f.11-ab12.tuilio-tmp": False,
        "f": False,
    }
    for name in names:
        (tmp_path / name).write_bytes(b"")
    now = (tmp_path / "f").stat().st_mtime
    assert [each.name for each in sweep(tmp_path, now=now, running=lambda pid: pid == 22)] == [".f.11-ab12.tuilio-tmp"]
    assert [each.name for each in sweep(tmp_path, now=now + 3700, running=lambda pid: True)] == [
        ".f.22-ab12.tuilio-tmp"
    ]
    assert sweep(tmp_path / "nowhere") == ()


def test_folders_are_made_for_their_owner_and_existing_ones_left(tmp_path):
    (tmp_path / "a").mkdir()
    # Whatever this person's umask is.
    (tmp_path / "a").chmod(0o755)
    make_folder(tmp_path / "a" / "b" / "c")
    assert [stat.S_IMODE((tmp_path / each).stat().st_mode) for each in ("a", "a/b", "a/b/c")] == [
        0o755,
        0o700,
        0o700,
    ]
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file" / "x")


def test_setting_aside_never_overwrites_what_was_set_aside_before(tmp_path):
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    places: list[str] = []
    for content in (b"1", b"2", b"3"):
        (tmp_path / "f").write_bytes(content)
        places.append(set_aside(tmp_path / "f", now=moment).name)
    assert places == [
        "f.broken-20260102-030405",
        "f.broken-20260102-030405-2",
        "f.broken-20260102-030405-3",
    ]
    assert [(tmp_path / each).read_bytes() for each in places] == [b"1", b"2", b"3"]


def test_what_was_written_is_on_the_disk_before_it_takes_the_place_and_the_place_after_it(tmp_path, monkeypatch):
    done: list[str] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    write_atomic(tmp_path / "f", NEW, step=lambda name: done.append(name))
    assert [each for each in done if each in ("file", "folder", "replace f")] == ["file", "replace f", "folder"]


def test_a_link_laid_in_the_place_of_the_temporary_file_is_not_written_through(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "urandom", bytes)
    victim = tmp_path / "victim"
    victim.write_bytes(OLD)
    (tmp_path / f".f.{os.getpid()}-00000000.tuilio-tmp").symlink_to(victim)
    with pytest.raises(OSError):
        write_atomic(tmp_path / "f", NEW)
    assert victim.read_bytes() == OLD


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


def test_wide_modes_are_reported_and_repaired(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    path = folder / "connections.toml"
    assert file_problems(path) == ()
    for name in ("connections.toml", "connections.toml.bak"):
        (folder / name).touch()
        (folder / name).chmod(0o640)
    folder.chmod(0o755)
    assert [Path(each.field).name for each in file_problems(path)] == [
        "connections.toml",
        "connections.toml.bak",
        "config",
    ]
    assert all("mode 0" in each.reason and "chmod" in each.remedy for each in file_problems(path))
    repair_modes(path)
    assert file_problems(path) == ()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_narrow_modes_are_left_as_they_are(tmp_path):
    path = tmp_path / "config" / "connections.toml"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o400)
    path.chmod(0o400)
    assert file_problems(path) == ()
