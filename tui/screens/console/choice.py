"""One of a few words, chosen with the arrows, enter or a click; each may have a word beside it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_NO_MARKS: Mapping[str, str] = MappingProxyType({})


class Pick(Widget, can_focus=True):
    """One of a few words.

    Attributes:
        chosen: the word.
        marks: what is shown behind a word, such as how much is behind it.
    """

    DEFAULT_CSS = """
    Pick { height: 1; width: auto; background: $surface; padding: 0 1; &:focus { background: $primary-muted; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", show=False),
        Binding("right,l,enter,space", "step(1)", show=False),
    ]
    chosen: reactive[str] = reactive("", layout=True)
    marks: reactive[Mapping[str, str]] = reactive(_NO_MARKS, layout=True)

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, pick: Pick) -> None:
            super().__init__()
            self.pick = pick

        @property
        def control(self) -> Pick:
            """Where it was chosen."""
            return self.pick

    def __init__(self, words: tuple[str, ...], *, id: str) -> None:
        super().__init__(id=id)
        self.words = words
        self.set_reactive(Pick.chosen, words[0])

    def render(self) -> RenderResult:
        """All words, the chosen one marked by brackets as well as by weight."""
        return Content("  ").join(
            Content.styled(f"[{self._label(word)}]", "bold $text-primary")
            if word == self.chosen
            else Content.styled(f" {self._label(word)} ", "$quiet")
            for word in self.words
        )

    def _label(self, word: str) -> str:
        return f"{word} {mark}" if (mark := self.marks.get(word)) else word

    def action_step(self, by: int) -> None:
        """The next or the last word."""
        self.chosen = self.words[(self.words.index(self.chosen) + by) % len(self.words)]
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """Choose the word under the pointer."""
        x = 0
        for word in self.words:
            x += len(self._label(word)) + 4
            if event.x - 1 < x:
                self.chosen = word
                self.post_message(self.Changed(self))
                return
