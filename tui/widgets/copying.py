"""A choice of texts to copy, each named, with the plain view as the way out where the terminal takes no copy."""

from __future__ import annotations

from collections.abc import Mapping

from textual.widget import Widget

from tui.key_names import key_of
from tui.safe_text import glimpse
from tui.widgets.dialogs import Choice, Choose
from tui.widgets.plain_text import PlainText


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
            asker.app.push_screen(PlainText(plain))
        elif key is not None:
            asker.app.copy_to_clipboard(parts[key][1])
            asker.app.notify(
                f"Handed {parts[key][0]} to the terminal. If pasting brings nothing, the terminal does not allow "
                f"it: {key_of(again)}, then “show plainly”.",
                markup=False,
            )

    asker.app.push_screen(Choose("Copy", choices), chosen)
