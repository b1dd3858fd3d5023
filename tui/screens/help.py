"""F1: what the present screen is for, and its keys as the table of actions has them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions import EVERYWHERE, TABLES, show_key
from tui.keymap import name_keys
from tui.screens.base import BaseScreen
from tui.textual_fixes.patched_screen import PatchedScreen
from tui.theme import TONES
from tui.widgets.dialogs import key_line


class HelpScreen(PatchedScreen, ModalScreen[None]):
    """The help of one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,question_mark,enter,ctrl+c", "dismiss", "Close", show=False)
    ]

    def __init__(self, place: BaseScreen, problems: Sequence[str] = ()) -> None:
        super().__init__()
        self._problems = problems
        self._title = place.TITLE or place.PLACE.title()
        self._ideas = place.HELP_TEXT
        self._keys = _keys_of(place)

    def compose(self) -> ComposeResult:
        with VerticalScroll() as frame:
            frame.border_title = Content(f"{self._title} · help")
            frame.border_subtitle = key_line(("esc", "Back")).rstrip()
            yield Static(Content(name_keys(self._ideas)), markup=False)
            for words in self._problems:
                yield Static(Content.styled(f"\n! keys.toml: {words}", TONES["warn"]), markup=False)
            yield Static(self._keys, markup=False)


def _keys_of(place: BaseScreen) -> Content:
    """The keys that work, in the order of the table of actions, whichever keys they have; the place's own first."""
    tables = [*TABLES.get((place.TITLE or place.PLACE).lower(), ()), *EVERYWHERE]
    order = {_bare(action.name): number for number, action in enumerate(tables)}
    own_keys = {_bare(action.name): [show_key(key) for key in action.keys.split(",")] for action in reversed(tables)}
    everywhere = {_bare(action.name) for action in EVERYWHERE}
    keys: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    for key, active in place.active_bindings.items():
        name = _bare(active.binding.action)
        keys.setdefault(name, []).append(show_key(key))
        if active.binding.tooltip:
            words.setdefault(name, active.binding.tooltip)
    listed = sorted(words, key=lambda name: order.get(name, len(order)))
    lines: list[Content] = [Content("")]
    for own in (True, False):
        for name in listed:
            if (name in everywhere) is not own:
                wrapped = ("\n" + " " * 14).join(wrap(words[name], 56))
                # The first is the one that the footer names.
                shown = sorted(keys[name], key=partial(_place, among=own_keys.get(name, [])))
                lines.append(Content.assemble((f"{' '.join(shown):>12}  ", "bold $text-primary"), wrapped))
        lines.append(Content(""))
    lines.append(Content.styled("     ↑↓ j k  Move; g and G to the ends, space for a page.", "$quiet"))
    return Content("\n").join(lines)


def _place(key: str, among: list[str]) -> int:
    return among.index(key) if key in among else -1


def _bare(action: str) -> str:
    """An action's name, whoever carries it out: the app binds some of its own once more, before everything."""
    return action.removeprefix("app.")
