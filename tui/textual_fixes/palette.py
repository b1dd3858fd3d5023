"""The command palette, laid out for the terminal's present size only, and whose providers start once.

Textual: see `resize`; its own palette is one of the screens concerned. And a search that is given up for the next key
takes with it the start of a provider that it waits for: whoever typed before that was done got no command any more,
of no provider, until the palette was opened anew.
Needed: what is typed meanwhile is looked for once the provider has started.
When it changes: the one gone with `resize`, the other where `tests/textual_fixes/test_palette.py` passes with Textual's
own `Provider`.
"""

from __future__ import annotations

import asyncio

from textual.command import CommandPalette, Provider

from tui.textual_fixes.patched_screen import PatchedScreen


class Palette(PatchedScreen, CommandPalette):
    """Finds an action by its name."""


class StartsOnce(Provider):
    """A provider whose `startup` goes on whatever is typed meanwhile."""

    async def _wait_init(self) -> None:
        if self._init_task is not None:
            await asyncio.shield(self._init_task)  # pyright: ignore[reportUnknownArgumentType] - a task of nothing
