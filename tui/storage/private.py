"""Writing something private where a person wants it, at once or bit by bit. Must not know what that is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

from tui.storage.atomic import no_step, place_of, sweep, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

RESTED_SECONDS: Final = 60.0


@contextmanager
def open_private(path: Path, *, replace: bool, step: Callable[[str], None] = no_step) -> Generator[BinaryIO]:
    """A file to write into, for its owner only, whatever the umask or the file that was there says.

    It is there whole once the with block is left, or not at all: what was there before stays until then, and for
    good where the block raises, the disk is full or the program is killed. What an earlier kill left lying in the
    folder is cleared away. `step` is called with a name before each thing done on disk.

    Raises:
        FileExistsError: something is there already and `replace` is False, be it since the block was entered.
        OSError: it cannot be written, or what is there is no regular file.
    """
    target = place_of(path) if replace else path
    sweep(target.parent, rested=RESTED_SECONDS)
    with writing(target, replace=replace, step=step) as file:
        yield file


def write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file at once, as `open_private` does.

    Raises:
        FileExistsError: something is there already and `replace` is False.
        OSError: it cannot be written.
    """
    with open_private(path, replace=replace) as file:
        file.write(content)
