"""The command palette, laid out for the terminal's present size only, and whose providers start once.

Textual: see `resize`; its own palette is one of the screens concerned. And a search that is given up for the next key
takes with it the start of a provider that it waits for: whoever typed before that was done got no command any more,
of no provider, until the palette was opened anew. And the app's own commands are found by their names only.
Needed: what is typed meanwhile is looked for once the provider has started; commands are found by the words of their
help as well, after those that are found by their names.
When it changes: the one gone with `resize`, the other where `tests/textual_fixes/test_palette.py` passes with Textual's
own `Provider`.
"""

from __future__ import annotations

import asyncio
from typing import Final

from textual.command import Command, CommandList, CommandPalette, Hit, Hits, Provider
from textual.system_commands import SystemCommandsProvider

from tui.textual_fixes.patched_screen import PatchedScreen

_BY_HELP: Final = 0.01
"""The score of a command that is found by its help: Textual's for one that is found by its name is higher."""


class Palette(PatchedScreen, CommandPalette):
    """Finds an action by its name. What fits equally well stands in the order of its name, whoever found it first."""

    def _refresh_command_list(self, command_list: CommandList, commands: list[Command], clear_current: bool) -> None:
        in_order = sorted(commands, key=lambda command: command.hit.text or "")
        super()._refresh_command_list(command_list, in_order, clear_current)


class StartsOnce(Provider):
    """A provider whose `startup` goes on whatever is typed meanwhile."""

    async def _wait_init(self) -> None:
        if self._init_task is not None:
            await asyncio.shield(self._init_task)  # pyright: ignore[reportUnknownArgumentType] - a task of nothing


class ActionCommands(SystemCommandsProvider):
    """Finds the app's commands by their names, and by whole beginnings of the words of their help."""

    async def search(self, query: str) -> Hits:
        matcher, asked = self.matcher(query), query.casefold().split()
        for name, help_text, callback, *_ in self.app.get_system_commands(self.screen):
            words = help_text.casefold().split()
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), callback, help=help_text)
            elif asked and all(any(word.startswith(each) for word in words) for each in asked):
                yield Hit(_BY_HELP, name, callback, help=help_text)
