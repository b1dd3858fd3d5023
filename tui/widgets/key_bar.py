"""The last line of every place: the keys that work here and now.

Reads the active bindings, so it can never promise a key that does nothing.
"""

from __future__ import annotations

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from tui.actions import EVERYWHERE, show_key


class KeyBar(Widget):
    """One line of keys. Mouse: a click presses the key."""

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; background: $surface; color: $quiet; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[tuple[int, str]] = []
        self._shown: Content = Content("")

    def on_mount(self) -> None:
        """Follow the focus: bindings change with it."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _: Screen[object]) -> None:
        if self._line() != self._shown:
            self.refresh()

    def render(self) -> RenderResult:
        """The keys, as many as fit; the palette has the rest."""
        self._shown = self._line()
        return self._shown

    def _line(self) -> Content:
        pieces: list[Content] = []
        self._spans = []
        used: set[str] = set()
        width = 0
        everywhere = {action.name for action in EVERYWHERE} | {"leave"}
        # What is particular to this place comes first; what works everywhere gives way.
        active_bindings = sorted(
            self.screen.active_bindings.values(), key=lambda active: active.binding.action in everywhere
        )
        for active in active_bindings:
            binding = active.binding
            if not binding.show or binding.action in used or not active.enabled:
                continue
            used.add(binding.action)
            key = binding.key_display or show_key(binding.key)
            piece = Content.assemble((f" {key} ", "bold $text-primary"), (f"{binding.description} ", "$quiet"))
            if width + piece.cell_length > self.size.width:
                break
            width += piece.cell_length
            pieces.append(piece)
            self._spans.append((width, binding.key))
        return Content.assemble(*pieces)

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer."""
        key = next((key for end, key in self._spans if event.x < end), None)
        if key is not None:
            self.app.simulate_key(key)
