"""A text from the first column on, with nothing around it, to be selected with the terminal's own mouse.

The fall-back for terminals that do not take a copy over OSC 52.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.safe_text import safe_lines
from tui.textual_fixes.resize import Sized
from tui.widgets.dialogs import key_line


class PlainText(Sized, ModalScreen[None]):
    """Shows one text bare; control characters appear as pictures."""

    DEFAULT_CSS = """
    PlainText {
        background: $background;
        & VerticalScroll { scrollbar-size-vertical: 0; }
        & ToastRack { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", "Back", show=False)]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._lines = safe_lines(text)

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content("\n".join(self._lines)), markup=False)
            how = Content.styled("\n(shift and mouse select in most terminals)  ", "$quiet")
            yield Static(Content.assemble(how, key_line(("esc", "Back"))))
