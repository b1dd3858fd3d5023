"""The footer: the keys that work now, read from the active bindings of the screen."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import RenderResult
from textual.binding import ActiveBinding
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from tui.actions import EVERYWHERE, TABLES, show_key

LEAST = ("app.help", "app.command_palette")
"""Actions that are never left out, since they lead to all others; below `NARROW` only the last of them."""

NARROW = 40
"""Cells."""

_EVERYWHERE = {action.name for action in EVERYWHERE} | {"leave"}
_ORDER = {action.id: number for table in TABLES.values() for number, action in enumerate(table)}


class KeyBar(Widget):
    """One line of keys, which can be clicked."""

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; background: $surface; color: $quiet; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._offers: list[tuple[int, DOMNode, str]] = []
        self._shown: Content = Content("")

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _: Screen[object]) -> None:
        if self._line() != self._shown:
            self.refresh()

    def render(self) -> RenderResult:
        self._shown = self._line()
        return self._shown

    def _line(self) -> Content:
        offered: dict[str, ActiveBinding] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.enabled:
                offered.setdefault(active.binding.action, active)
        order = sorted(offered, key=lambda action: _rank(offered[action]))
        # The blank after the last one may be cut off.
        kept = {*LEAST} if self.size.width >= NARROW else {LEAST[-1]}
        room = self.size.width + 1 - sum(_piece(offered[action]).cell_length for action in kept if action in offered)
        pieces: list[Content] = []
        self._offers = []
        full = False
        for action in order:
            piece = _piece(offered[action])
            if action not in kept:
                full = full or piece.cell_length > room
                if full:
                    continue
                room -= piece.cell_length
            pieces.append(piece)
            self._offers.append((sum(each.cell_length for each in pieces), offered[action].node, action))
        return Content.assemble(*pieces)

    async def on_click(self, event: events.Click) -> None:
        found = next(((node, action) for end, node, action in self._offers if event.x < end), None)
        if found is not None:
            node, action = found
            await self.app.run_action(action, node)


def _rank(active: ActiveBinding) -> tuple[bool, bool, int, int]:
    """Sort by how near to the focus, then by the order in the table; what works everywhere comes last.

    Textual's own order changes with the focus where a key has another meaning in a field.
    """
    binding, node = active.binding, active.node
    everywhere = binding.action in _EVERYWHERE
    return binding.action in LEAST, everywhere, -len(node.ancestors), _ORDER.get(binding.id or "", -1)


def _piece(active: ActiveBinding) -> Content:
    binding = active.binding
    key = binding.key_display or show_key(binding.key)
    return Content.assemble((f" {key} ", "bold $text-primary"), (f"{binding.description} ", "$quiet"))


_MARK: Final = "press"


def clickable(words: Content, key: str) -> Content:
    """The words, which press a key (as Textual names it) when they are clicked."""
    return words.stylize(Style.from_meta({_MARK: key}))


def key_under(event: events.MouseEvent) -> str:
    """The key that the words under the pointer press; empty where they press none."""
    return str(event.style.meta.get(_MARK, ""))
