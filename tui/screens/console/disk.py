"""Read and change what the console keeps on disk: in a thread, and what fails is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.storage.errors import StorageError

T = TypeVar("T")


async def tried(screen: BaseScreen, task: Callable[[], T]) -> T | None:
    """What a task returns; None where it fails. Another program may hold the file for seconds."""
    try:
        return await asyncio.to_thread(task)
    except StorageError as problem:
        words = str(problem)
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        words = f"{where}{problem.strerror or type(problem).__name__}."
    screen.notify(safe_text(words, limit=300), severity="error", timeout=12, markup=False)
    return None


async def changed(screen: BaseScreen, change: Callable[[], object]) -> bool:
    """Whether a change was made."""
    return await tried(screen, lambda: [change()]) is not None
