"""Saved views: the dialog that lists queries saved under a name, and the palette's commands that choose one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.command import Hits, Provider

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen


async def choose_view(screen: BaseScreen, present: str, chosen: Callable[[str], None]) -> None:
    """Show the saved views; run it as `screen.work(…, group="views", asks=True)`.

    Args:
        screen: over which the dialog stands.
        present: the query in force, which can be saved there; "" for none.
        chosen: called with the query of the view that was chosen, which can be parsed.
    """


class SavedViewCommands(Provider):
    """Each saved view as a command of the palette, for a screen with `show_query(text: str)`.

    That screen's `COMMANDS` holds a function that imports and returns this class: the palette takes long to import.
    """

    async def search(self, query: str) -> Hits:
        """The views whose name or query holds what was typed."""
        for hit in ():
            yield hit
