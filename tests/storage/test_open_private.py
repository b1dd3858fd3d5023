"""What a person has written is private, and there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.storage.files import open_private, write_private

PIECE = b"piece" * 20_000
OLD, NEW = b"earlier and longer" * 50_000, PIECE * 4

KILLED = """
import os, signal, sys
from pathlib import Path
from tui.storage.files import open_private
def write(path, replace, fatal):
    seen = 0
    def step(name):
        nonlocal seen
        seen += 1
        if seen == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
    with open_private(path, replace=replace, step=step) as file:
        for _ in range(4):
            file.write(b"piece" * 20_000)
            step("piece")
for folder in Path(sys.argv[1]).iterdir():
    if os.fork() == 0:
        word, fatal = folder.name.split("-")
        write(folder / "f", word == "replace", int(fatal))
        os._exit(0)
    assert os.WIFSIGNALED(os.wait()[1])
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def write(path: Path, *, replace: bool, step: Callable[[str], None] = lambda _: None) -> None:
    with open_private(path, replace=replace, step=step) as file:
        for _ in range(4):
            file.write(PIECE)
            step("piece")


def steps(path: Path, *, replace: bool) -> list[str]:
    done: list[str] = []
    write(path, replace=replace, step=done.append)
    return done


def test_a_file_gets_its_name_only_once_all_of_it_is_on_the_disk(tmp_path: Path) -> None:
    begin = ["create f", "write f", *["piece"] * 4, "sync f"]
    assert steps(tmp_path / "f", replace=False) == [*begin, "link f", "unlink f", "sync folder of f"]
    assert steps(tmp_path / "f", replace=True) == [*begin, "replace f", "sync folder of f"]


def test_a_kill_at_any_step_leaves_all_of_it_or_nothing_of_it(tmp_path: Path) -> None:
    cases = [(word, fatal) for word, last in (("new", 10), ("replace", 9)) for fatal in range(1, last + 1)]
    for word, fatal in cases:
        folder = tmp_path / f"{word}-{fatal}"
        folder.mkdir()
        if word == "replace":
            (folder / "f").write_bytes(OLD)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=True)
    for word, fatal in cases:
        path = tmp_path / f"{word}-{fatal}" / "f"
        done = NEW if fatal >= 9 else OLD if word == "replace" else None
        assert (path.read_bytes() if path.exists() else None) == done, path
        for each in path.parent.glob(".*"):
            assert mode(each) == 0o600
            os.utime(each, (0, 0))
        write_private(path.with_name("g"), b"x", replace=False)
        assert set(names(path.parent)) <= {"f", "g"}, "what the kill left is still lying there"


def test_what_another_machine_may_be_writing_is_not_swept(tmp_path: Path) -> None:
    fresh = tmp_path / ".f.999999999-ab12.tuilio-tmp"
    fresh.write_bytes(b"half")
    write_private(tmp_path / "g", b"x", replace=False)
    assert fresh.exists()


@pytest.mark.parametrize("replace", [False, True])
def test_whatever_ends_the_writing_leaves_what_was_there(tmp_path: Path, replace: bool) -> None:
    path = tmp_path / "f"
    if replace:
        path.write_bytes(OLD)
    for problem in (OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), ValueError("x")):
        with pytest.raises(type(problem)), open_private(path, replace=replace) as file:
            file.write(PIECE)
            raise problem
        assert names(tmp_path) == (["f"] if replace else [])
    assert not replace or path.read_bytes() == OLD


def test_whoever_took_the_name_while_it_was_written_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with pytest.raises(FileExistsError), open_private(path, replace=False) as file:
        file.write(PIECE)
        path.write_bytes(b"another program's")
    assert path.read_bytes() == b"another program's"
    assert names(tmp_path) == ["f"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_where_a_file_has_one_name_only_it_is_written_as_well_and_nothing_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "f"
    write(path, replace=False)
    assert (path.read_bytes(), names(tmp_path)) == (NEW, ["f"])
    path.unlink()
    with pytest.raises(FileExistsError), open_private(path, replace=False) as file:
        file.write(PIECE)
        path.write_bytes(b"another program's")
    assert (path.read_bytes(), names(tmp_path)) == (b"another program's", ["f"])


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_private(tmp_path / "new", replace=False) as file:
            assert [mode(each) for each in tmp_path.iterdir()] == [0o600]
            file.write(b"x")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "new"), (tmp_path / "new").read_bytes()) == (0o600, b"x")


def test_a_file_that_is_replaced_is_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(OLD)
    path.chmod(0o664)
    write(path, replace=True)
    assert (mode(path), path.read_bytes()) == (0o600, NEW)


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_what_is_there_is_left_alone_unless_told_before_anything_is_written(tmp_path: Path, make: object) -> None:
    path = tmp_path / "old"
    make(path)  # type: ignore[operator]
    with pytest.raises(FileExistsError), open_private(path, replace=False):
        pytest.fail("it was begun")
    assert names(tmp_path) == ["old"]


def test_a_link_to_a_file_stays_one_when_the_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(OLD)
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", replace=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == NEW


def test_neither_a_folder_nor_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        for place in (tmp_path, tmp_path / "pipe"):
            with pytest.raises(OSError), open_private(place, replace=True):
                pytest.fail("it was begun")
    finally:
        os.close(reader)


@pytest.mark.parametrize("name", ["n" * 255, "é" * 127, "\udcff" * 255])
def test_the_longest_name_of_a_file_system_is_written_to(tmp_path: Path, name: str) -> None:
    write_private(tmp_path / name, b"first", replace=False)
    write_private(tmp_path / name, b"second", replace=True)
    assert (tmp_path / name).read_bytes() == b"second"
    assert names(tmp_path) == [name]


def test_what_is_written_at_once_replaces_only_when_told_and_then_whole(tmp_path: Path) -> None:
    path = tmp_path / "export"
    write_private(path, b"first", replace=False)
    with pytest.raises(FileExistsError):
        write_private(path, b"second", replace=False)
    assert (mode(path), path.read_bytes()) == (0o600, b"first")
    path.chmod(0o644)
    write_private(path, b"third", replace=True)
    assert (mode(path), path.read_bytes()) == (0o600, b"third")


@pytest.mark.parametrize("name", ["a\x00b", "half \ud83d of it"])
@pytest.mark.parametrize("replace", [True, False])
def test_a_name_that_no_file_can_bear_is_an_os_error_as_any(tmp_path: Path, name: str, replace: bool) -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        write_private(tmp_path / name, b"kept", replace=replace)
    assert list(tmp_path.iterdir()) == []
