"""The keys that sentences name: always those that work, also when `keys.toml` changed them.

A sentence asks for the key of an action by its id and never holds the key itself. One person sits before the program,
so which keys are in force is the program's, not a screen's. Must not know screens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.actions import TABLES, show_key

_OWN: Final = {action.id: action.keys for table in TABLES.values() for action in table}
_WORDS: Final = {"enter": "enter", "up": "↑", "down": "↓"}
_PLACE: Final = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")

_changed: dict[str, str] = {}


def put_in_force(keymap: Mapping[str, str]) -> None:
    """From now on sentences name these keys: Textual's names by the id of the action; all others have their own."""
    _changed.clear()
    _changed.update(keymap)


def key_of(action: str) -> str:
    """The first key of an action (its id), as a sentence names it: `ctrl+s`, `F7`, `enter`, `r`.

    Raises:
        KeyError: there is no such action.
    """
    *modifiers, last = _changed.get(action, _OWN[action]).split(",")[0].split("+")
    return "+".join([*modifiers, _WORDS.get(last) or show_key(last)])


def name_keys(sentence: str) -> str:
    """A sentence of the program's own with `{place.action}` replaced by that action's key.

    What names no action is left as it stands: a person may have typed it.
    """
    return _PLACE.sub(lambda found: key_of(found[1]) if found[1] in _OWN else found[0], sentence)
