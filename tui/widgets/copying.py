"""Copying to the terminal's clipboard (OSC 52), the menu of what can be copied, and texts shown plainly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tui.keymap import key_of
from tui.safe_text import glimpse, safe_lines
from tui.textual_fixes.patched_screen import PatchedScreen
from tui.widgets.dialogs import Choice, Choose, key_line


class PlainText(PatchedScreen, ModalScreen[None]):
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


def copy_text(node: Widget, text: str, what: str, instead: str) -> None:
    """Copy a text; no terminal says whether it took it.

    Args:
        node: any widget of the app.
        text: the original, not what is shown of it.
        what: its name, like "the SID".
        instead: what to do where the terminal does not allow it.
    """
    node.app.copy_to_clipboard(text)
    name = what.removeprefix("the ")
    words = f"{name[:1].upper()}{name[1:]} copied. If paste is empty, your terminal blocks it: {instead}."
    node.app.notify(words, timeout=8, markup=False)


def offer_copies(node: Widget, parts: Mapping[str, tuple[str, str]], *, plainly: str, plain: str, again: str) -> None:
    """Ask which of some texts to copy.

    Args:
        node: over whose screen the menu stands.
        parts: key → its name, like "the SID", and the text; an empty text is not offered.
        plainly: the line, always the last, that shows a text to be selected by hand.
        plain: that text.
        again: the id of the action that opens this menu.
    """
    choices = [Choice(key, f"{words:<26}", glimpse(text, 26)) for key, (words, text) in parts.items() if text]
    choices.append(Choice("plain", plainly, "", "muted"))

    def chosen(key: str | None) -> None:
        if key == "plain":
            node.app.push_screen(PlainText(plain))
        elif key is not None:
            words, text = parts[key]
            copy_text(node, text, words, f"{key_of(again)}, then {len(choices)}")

    node.app.push_screen(Choose("Copy", choices), chosen)
