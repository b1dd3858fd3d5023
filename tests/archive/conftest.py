"""An archive in memory, one in a file, and whether an archive's tables agree with one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui.archive.store import Archive


@pytest.fixture
def archive() -> Iterator[Archive]:
    """In memory."""
    opened = Archive.open(None)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where `open_archive` keeps its file."""
    return tmp_path / "archive" / "messages.sqlite3"


@pytest.fixture
def open_archive(path: Path) -> Iterator[Callable[[], Archive]]:
    """Opens the file, once more each time it is called."""
    opened: list[Archive] = []

    def open_() -> Archive:
        opened.append(Archive.open(path))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()
