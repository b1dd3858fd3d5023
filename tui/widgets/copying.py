"""Copying, with what to do where the terminal takes no copy, and a choice of texts to copy, each named."""

from __future__ import annotations

from collections.abc import Mapping

from textual.widget import Widget

from tui.keymap import key_of
from tui.safe_text import glimpse
from tui.widgets.dialogs import Choice, Choose


def hand_over(asker: Widget, text: str, what: str, instead: str) -> None:
    """Give a text to the terminal, and say honestly that nobody knows whether it took it.

    Args:
        asker: who asks.
        text: the original.
        what: what it is, in words that follow "Handed".
        instead: what to do where the terminal does not take it.
    """
    asker.app.copy_to_clipboard(text)
    words = f"Handed {what} to the terminal. If pasting brings nothing, it does not allow that: {instead}."
    asker.app.notify(words, timeout=8, markup=False)


def offer_copies(asker: Widget, parts: Mapping[str, tuple[str, str]], *, plainly: str, plain: str, again: str) -> None:
    """Ask which text to copy and hand the original, not what is shown of it, to the terminal.

    Args:
        asker: who asks; the question stands over it.
        parts: key → what it is, in words that follow "Handed", and the text; an empty text is not offered.
        plainly: the words for showing a text to be selected by hand.
        plain: that text.
        again: the action (its id) that asks this question.
    """
    choices = [Choice(key, f"{words:<26}", glimpse(text, 26)) for key, (words, text) in parts.items() if text]
    choices.append(Choice("plain", plainly, "", "muted"))

    def chosen(key: str | None) -> None:
        if key == "plain":
            from tui.widgets.plain_text import PlainText

            asker.app.push_screen(PlainText(plain))
        elif key is not None:
            words, text = parts[key]
            hand_over(asker, text, words, f"{key_of(again)}, then “show plainly”")

    asker.app.push_screen(Choose("Copy", choices), chosen)
