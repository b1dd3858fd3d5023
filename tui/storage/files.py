"""Atomic writes, bounded reads, locks and permissions of files. Must not know what is in them.

A write goes to a temporary file in the same folder and is put in place by one rename, or by one link where nothing
may be replaced, so that every reader sees the old contents or the new ones, whatever kills this process.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from tui.storage.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
ORPHAN_SECONDS: Final = 3600.0

_NO_LINKS_HERE: Final = frozenset(
    {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
)
_TEMPORARY: Final = re.compile(r"\..+\.(\d+)-[0-9a-f]+\.tuilio-tmp")


def is_running(pid: int) -> bool:
    """Whether a process of this number exists on this machine.

    Where that cannot be asked without harm (Windows, whose kill(pid, 0) ends the process) the answer is yes,
    so callers need a bound in time as well; process numbers are reused, too.
    """
    if sys.platform == "win32":
        return True
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def no_step(name: str) -> None:
    """Do nothing between the steps of a write; tests kill or fail there."""


def resolve(path: Path) -> Path:
    """The path with symbolic links followed; the file need not exist.

    Raises:
        OSError: no file can bear such a name.
    """
    try:
        return Path(os.path.realpath(path))
    except ValueError:
        # A NUL, or half a character: Python does not ask the system about these.
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path)) from None


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents, each for its owner only; existing ones stay as they are.

    Raises:
        OSError: it cannot be made, or something else bears the name.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=FOLDER_MODE)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


@contextmanager
def writing_whole(
    target: Path, *, replace: bool, mode: int = FILE_MODE, step: Callable[[str], None] = no_step
) -> Generator[BinaryIO]:
    """A new file to write into, which gets its name only when the with block is left and all of it is on the disk.

    `target` is where it goes; a symbolic link there is replaced, not followed. `step` is called with a name before
    each thing done on disk.

    Raises:
        FileExistsError: the name is taken and `replace` is False; that is found out at the end as well.
        OSError: it could not be done; what had the name is untouched and the temporary file is gone.
    """
    resolve(target)
    if not replace and os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    temporary = target.with_name(_temporary_name(target.name))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    step(f"create {target.name}")
    descriptor = os.open(temporary, flags, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            step(f"write {target.name}")
            yield file
            file.flush()
            step(f"sync {target.name}")
            os.fsync(file.fileno())
        if stat.S_IMODE(temporary.stat().st_mode) != mode:
            temporary.chmod(mode)
        step(f"{'replace' if replace else 'link'} {target.name}")
        if replace:
            temporary.replace(target)
        else:
            _give_name(temporary, target)
            step(f"unlink {target.name}")
    finally:
        # Renamed, it is gone; linked, it is a second name of the same file.
        with suppress(OSError):
            temporary.unlink()
    step(f"sync folder of {target.name}")
    _sync_folder(target.parent)


def write_atomic(
    path: Path,
    data: bytes,
    *,
    mode: int = FILE_MODE,
    backup: bool = False,
    step: Callable[[str], None] = no_step,
) -> None:
    """Replace a file's contents whole, or leave the old ones.

    Symbolic links are followed, so that a linked file stays linked. With `backup` the old contents are kept
    beside it as `NAME.bak`. `step` is called with a name before each thing done on disk.

    Raises:
        OSError: it could not be done; the old contents are untouched and the temporary file is gone.
    """
    target = place_of(path)
    wanted = [(target, data)]
    if backup and target.exists():
        wanted.insert(0, (target.with_name(f"{target.name}.bak"), target.read_bytes()))
    for place, content in wanted:
        with writing_whole(place, replace=True, mode=mode, step=step) as file:
            file.write(content)


def place_of(path: Path) -> Path:
    """The regular file that a write to a path replaces, symbolic links followed; it need not exist.

    Raises:
        OSError: something is there that is no regular file.
    """
    target = resolve(path)
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "Not a regular file", str(target))
    return target


def sweep(
    folder: Path,
    *,
    now: float | None = None,
    running: Callable[[int], bool] = is_running,
    rested: float = 0.0,
) -> tuple[Path, ...]:
    """Remove temporary files whose writer is gone, or that are over an hour old; returns those removed.

    `now` is in seconds since the epoch. Those written to within `rested` seconds stay: where machines share a
    folder, a writer that is not running here may run there. Never raises: an orphan does no harm where it is.
    """
    moment = time.time() if now is None else now
    removed: list[Path] = []
    with suppress(OSError):
        for each in folder.iterdir():
            named = _TEMPORARY.fullmatch(each.name)
            if named is None:
                continue
            with suppress(OSError):
                age = moment - each.lstat().st_mtime
                if age < rested or (age < ORPHAN_SECONDS and running(int(named[1]))):
                    continue
                each.unlink()
                removed.append(each)
    return tuple(removed)


def set_aside(path: Path, *, now: datetime | None = None) -> Path:
    """Rename an unreadable file to NAME.broken-TIME, a name no other file has; returns the new path.

    Raises:
        OSError: it cannot be moved.
    """
    target = resolve(path)
    moment = (datetime.now(UTC) if now is None else now).strftime("%Y%m%d-%H%M%S")
    place = target.with_name(f"{target.name}.broken-{moment}")
    number = 1
    while os.path.lexists(place):
        number += 1
        place = target.with_name(f"{target.name}.broken-{moment}-{number}")
    target.rename(place)
    return place


def _temporary_name(name: str) -> str:
    # A name may have 255 bytes in most file systems; it is there for people only and may be cut.
    short = os.fsdecode(os.fsencode(name)[:180])
    return f".{short}.{os.getpid()}-{os.urandom(4).hex()}.tuilio-tmp"


def _give_name(temporary: Path, target: Path) -> None:
    """Rename without replacing. No test beforehand can promise that."""
    if sys.platform == "win32":
        temporary.rename(target)
        return
    try:
        os.link(temporary, target)
    except OSError as problem:
        if problem.errno not in _NO_LINKS_HERE:
            raise
        # FAT and some network file systems have one name for a file. A kill between these two lines leaves an
        # empty one there; testing first and renaming then could cost somebody else's file.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
        temporary.replace(target)


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as problem:
        # Some network file systems cannot sync a folder; the rename itself has happened by now.
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def read_regular(path: Path, *, limit: int, follow: bool = True, tail: bool = False) -> bytes:
    """The contents of a regular file, at most `limit` bytes; never waits for a pipe.

    Args:
        path: where it is.
        limit: bytes; of a larger file nothing is read, or with `tail` only the last ones.
        follow: whether a symbolic link in its place may lead elsewhere.
        tail: whether the end of a larger file is wanted.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is something else, too large, a link that may not be followed, or unreadable.
    """
    # Opening a named pipe would wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not follow:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "Not a regular file", str(path))
        if status.st_size > limit:
            if not tail:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
            file.seek(status.st_size - limit)
        return file.read(limit)


RESTED_SECONDS: Final = 60.0


@contextmanager
def open_private(path: Path, *, replace: bool, step: Callable[[str], None] = no_step) -> Generator[BinaryIO]:
    """A file to write an export into: mode 0600 whatever the umask or the file that was there says.

    It appears whole when the with block is left: what was there before stays until then, and for good where the block
    raises, the disk is full or the program is killed. Temporary files that a killed program left in the folder are
    removed. `step` is called with a name before each thing done on disk.

    Raises:
        FileExistsError: something is there already and `replace` is False, be it since the block was entered.
        OSError: it cannot be written, or what is there is no regular file.
    """
    target = place_of(path) if replace else path
    sweep(target.parent, rested=RESTED_SECONDS)
    with writing_whole(target, replace=replace, step=step) as file:
        yield file


def write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write an export in one go, as `open_private` does.

    Raises:
        FileExistsError: something is there already and `replace` is False.
        OSError: it cannot be written.
    """
    with open_private(path, replace=replace) as file:
        file.write(content)


def file_problems(path: Path) -> tuple[Problem, ...]:
    """Where other users may open a file that may hold secrets, its backup or its folder.

    What is missing, or cannot be asked, is no problem here. Windows has no such modes.
    """
    return tuple(
        Problem(
            str(each),
            f"Other users of this machine can open {'the folder ' if each.is_dir() else ''}{each.name} "
            f"(mode {mode:04o}, {wanted:04o} is enough).",
            f"Have it repaired, or run “chmod {wanted:o} {each}”.",
        )
        for each, mode, wanted in _too_wide(path)
    )


def repair_modes(path: Path) -> None:
    """Take the permissions away that `file_problems` reports.

    Raises:
        OSError: the system refuses, usually because someone else owns it.
    """
    for each, mode, wanted in _too_wide(path):
        each.chmod(mode & wanted)


def _too_wide(path: Path) -> list[tuple[Path, int, int]]:
    if sys.platform == "win32":
        return []
    target = resolve(path)
    wanted = {
        target: FILE_MODE,
        target.with_name(f"{target.name}.bak"): FILE_MODE,
        target.parent: FOLDER_MODE,
    }
    found: list[tuple[Path, int, int]] = []
    for each, allowed in wanted.items():
        try:
            mode = stat.S_IMODE(each.stat().st_mode)
        except OSError:
            continue
        if mode & ~allowed:
            found.append((each, mode, allowed))
    return found


LOCK_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 0.02

_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_NO_LOCKS_HERE: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS})


@contextmanager
def lock(
    path: Path,
    *,
    seconds: float = LOCK_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    remove: bool = False,
) -> Generator[None]:
    """Hold the exclusive lock of a file, in a folder that exists, for the length of a with block.

    With `remove` the lock file is gone afterwards: whoever has it open by then, and gets the lock of a file that has no
    name any more, takes that for no lock and begins once more. A file system that knows no locks is used without: a
    single instance is the common case there.

    Raises:
        TimeoutError: another holder kept it for `seconds`.
        OSError: the lock file cannot be made.
    """
    target = resolve(path)
    place = target.with_name(f"{target.name}.lock")
    patience = clock() + seconds
    while (descriptor := _take(place)) is None:
        if clock() >= patience:
            raise TimeoutError(errno.ETIMEDOUT, "Another tuilio is writing it", str(target))
        sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        if remove:
            # While it is held. Where an open file cannot be removed it stays.
            with suppress(OSError):
                place.unlink()
        os.close(descriptor)


def _take(place: Path) -> int | None:
    """The descriptor of a lock file that is locked by it, and has its name still; None where another holds the lock."""
    while True:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT, FILE_MODE)
        taken = False
        try:
            if not _taken(descriptor):
                return None
            taken = _has_name(descriptor, place)
            if taken:
                return descriptor
        finally:
            if not taken:
                os.close(descriptor)


def _has_name(descriptor: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat())
    except FileNotFoundError:
        return False


def _taken(descriptor: int) -> bool:
    try:
        _claim(descriptor)
    except OSError as problem:
        if problem.errno in _NO_LOCKS_HERE:
            return True
        if problem.errno in _BUSY:
            return False
        raise
    return True


if sys.platform == "win32":
    import msvcrt

    def _claim(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _claim(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
