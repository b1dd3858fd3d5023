"""Completes the path of a file as it is typed, from what stands in its folder."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from textual.suggester import Suggester

_MOST_LOOKED_AT: Final = 2_000
"""Names of a folder that are looked at for a completion."""


class PathSuggester(Suggester):
    """Completes the path of a file with one of some endings, or of a folder."""

    def __init__(self, endings: tuple[str, ...]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._endings = endings

    async def get_suggestion(self, value: str) -> str | None:
        """The path that begins so, the first one of its folder."""
        return await asyncio.to_thread(self._find, value) if value else None

    def _find(self, value: str) -> str | None:
        folder, typed = os.path.split(value)
        found: list[str] = []
        try:
            with os.scandir(Path(folder).expanduser() if folder else Path()) as entries:
                for _, each in zip(range(_MOST_LOOKED_AT), entries, strict=False):
                    if each.name.startswith(typed) and (typed or not each.name.startswith(".")):
                        if each.is_dir():
                            found.append(f"{each.name}/")
                        elif each.name.lower().endswith(self._endings):
                            found.append(each.name)
        except (OSError, ValueError, RuntimeError):
            return None
        best = min(found, default=None)
        return None if best is None or not best.isprintable() else value[: len(value) - len(typed)] + best
