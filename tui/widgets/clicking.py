"""Words that press a key when they are clicked: the key travels in the style's meta, and the app presses it."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.content import Content
from textual.style import Style

_MARK: Final = "press"


def clickable(words: Content, key: str) -> Content:
    """The words, which press a key (as Textual names it) when they are clicked."""
    return words.stylize(Style.from_meta({_MARK: key}))


def key_under(event: events.MouseEvent) -> str:
    """The key that the words under the pointer press; empty where they press none."""
    return str(event.style.meta.get(_MARK, ""))
