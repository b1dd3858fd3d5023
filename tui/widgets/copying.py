"""Copying to the terminal's clipboard (OSC 52), and the menu of what can be copied."""

from __future__ import annotations

from collections.abc import Mapping

from textual.widget import Widget

from tui.keymap import key_of
from tui.safe_text import glimpse
from tui.widgets.dialogs import Choice, Choose


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
            from tui.widgets.plain_text import PlainText

            node.app.push_screen(PlainText(plain))
        elif key is not None:
            words, text = parts[key]
            copy_text(node, text, words, f"{key_of(again)}, then {len(choices)}")

    node.app.push_screen(Choose("Copy", choices), chosen)
