"""The keymap: `keys.toml`, a person's own keys for the actions of the table, and the names of keys in sentences.

An override that cannot be is left out and told in a sentence; the action keeps its own keys, so that no mistake in the
file takes a key away. The file is only read. A sentence asks for the key of an action by its id and never holds the key
itself. One person sits before the program, so the active keymap is no screen's. Must not know screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from tui.actions import TABLES, Action, character_of, show_key
from tui.safe_text import safe_text

_OWN: Final = {action.id: action.keys for table in TABLES.values() for action in table}
_WORDS: Final = {"enter": "enter", "up": "↑", "down": "↓"}
_PLACE: Final = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")

_changed: dict[str, str] = {}


def set_active_keymap(keymap: Mapping[str, str]) -> None:
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


LARGEST: Final = 64 * 1024
"""Bytes of a file of keys; one that changes every action has four thousand."""

EVERYWHERE: Final = "everywhere"

TAKEN: Final = {
    **dict.fromkeys(("ctrl+q", "ctrl+c"), "it is the way out"),
    **dict.fromkeys(("tab", "shift+tab"), "it goes from field to field"),
    "ctrl+m": "terminals send it for enter",
    "ctrl+i": "terminals send it for tab",
    "ctrl+h": "terminals send it for backspace",
    "ctrl+j": "terminals send it for a new line",
    **dict.fromkeys(
        ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "space", "j", "k", "g", "G"),
        "it moves in every list",
    ),
}
"""Keys that nothing else may have, and why."""

NAMED: Final = frozenset({"enter", "escape", "backspace", "delete", "insert", *(f"f{n}" for n in range(1, 25))})
"""Keys that type no character and may be asked for."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """What was asked for and can be.

    Attributes:
        keymap: keys by the id of their action, both as Textual names them.
        problems: a sentence for each wish that was left out, safe to show.
    """

    keymap: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: tuple[str, ...] = ()


def read_keys(path: Path) -> Keymap:
    """What the file says; a missing file says nothing. Never raises: trouble is a problem among the others."""
    # Not at the top: sentences name keys from the first picture on, and TOML's reader can wait.
    from tui.storage.files import read_regular
    from tui.storage.toml_reading import loads

    try:
        document = loads(read_regular(path, limit=LARGEST).decode())
    except FileNotFoundError:
        return Keymap()
    except OSError as problem:
        return _unreadable(f"it cannot be read: {problem.strerror or problem}")
    except UnicodeDecodeError:
        return _unreadable("it is not UTF-8")
    except RecursionError:
        return _unreadable("it is nested too deeply")
    except ValueError as problem:
        # Beside its own error, tomllib lets int() refuse thousands of digits.
        return _unreadable(f"it is not TOML: {problem}")
    return choose_keys(document)


def choose_keys(document: Mapping[str, object]) -> Keymap:
    """The wishes of a document that can be met, and why the others cannot."""
    actions = {action.id: action for table in TABLES.values() for action in table}
    problems: list[str] = []
    wishes: dict[str, tuple[str, ...]] = {}
    for name, value in _entries(document):
        action = actions.get(name)
        if action is None:
            place = name.partition(".")[0]
            known = ", ".join(one.id.partition(".")[2] for one in TABLES.get(place, ())) or f"{', '.join(TABLES)}"
            what = "actions" if place in TABLES else "places"
            problems.append(f"There is no action {safe_text(name, limit=60)}. The {what} are: {known}.")
        elif not isinstance(value, str):
            problems.append(f'{name} is not a text. Write it as {name} = "f7,x".')
        else:
            keys, wrong = _read_value(action, value)
            problems += [f"{name}: {words} It keeps {_shown(_own(action))}." for words in wrong[:1]]
            if not wrong:
                wishes[name] = keys
    return _settle(actions, wishes, problems)


def _settle(actions: Mapping[str, Action], wishes: dict[str, tuple[str, ...]], problems: list[str]) -> Keymap:
    """Leave out wishes until no two actions of one place want the same key."""
    while clash := next(_clashes(actions, wishes), None):
        wish, other, key = clash
        del wishes[wish.id]
        whose = f"“{other.words}” ({other.id})"
        problems.append(f"{wish.id}: {show_key(key)} belongs to {whose}. It keeps {_shown(_own(wish))}.")
    keymap = dict(wishes)
    for name in wishes:
        for other in TABLES[name.partition(".")[0]]:
            # Textual takes a key from all that share it when one of them is given another.
            if other.id not in wishes and set(_own(other)) & set(_own(actions[name])):
                keymap[other.id] = _own(other)
    return Keymap({name: ",".join(keys) for name, keys in keymap.items()}, tuple(problems))


def _clashes(
    actions: Mapping[str, Action], wishes: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Action, Action, str]]:
    for name, keys in wishes.items():
        wish, place = actions[name], name.partition(".")[0]
        for other in actions.values():
            elsewhere = other.id.partition(".")[0]
            if other is wish or (elsewhere != place and EVERYWHERE not in (elsewhere, place)):
                continue
            for key in set(keys) & set(wishes.get(other.id, _own(other))):
                # Some share a key from the start, since only one of them can be done at a time.
                if not (key in _own(wish) and key in _own(other)):
                    yield wish, other, key


def _entries(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _entries(cast("Mapping[str, object]", value), f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _read_value(action: Action, value: str) -> tuple[tuple[str, ...], list[str]]:
    """The keys of one wish, as Textual names them, and what is wrong with them."""
    # A comma is a key as well, by its name.
    typed = [part.strip() for part in value.split(",")]
    keys: list[str] = []
    wrong: list[str] = []
    for part in typed:
        shown = safe_text(part, limit=30)
        key = _read_key(part)
        if not key:
            wrong.append(f"“{shown}” is not a key. Keys are like x, X, ?, f7, ctrl+x, alt+x, enter, escape or comma.")
        elif key in TAKEN and key not in _own(action):
            wrong.append(f"{shown} cannot be given away: {TAKEN[key]}.")
        elif action.priority and character_of(key):
            wrong.append(f"{shown} is a letter, and this works while you type. Take a function key or ctrl+ a letter.")
        else:
            keys.append(key)
    return tuple(dict.fromkeys(keys)), wrong


def _read_key(typed: str) -> str:
    """A key as Textual names it; empty for what is none."""
    from tui.textual_fixes.key_decoder import character_to_key

    # A plus at the end is the key itself.
    *modifiers, last = (
        [*typed[:-2].split("+"), "+"] if typed.endswith("++") else [typed] if typed == "+" else typed.split("+")
    )
    if not set(modifiers) <= {"ctrl", "alt", "shift"} or len(set(modifiers)) < len(modifiers):
        return ""
    if len(last) == 1:
        if not last.isprintable() or last.isspace():
            return ""
        last = character_to_key(last.lower() if "ctrl" in modifiers else last)
    elif last.lower() in NAMED or last.lower() in TAKEN:
        last = last.lower()
    elif not character_of(last):
        return ""
    return "+".join([*sorted(modifiers), last])


def _own(action: Action) -> tuple[str, ...]:
    return tuple(action.keys.split(","))


def _shown(keys: tuple[str, ...]) -> str:
    return " ".join(show_key(key) for key in keys)


def _unreadable(reason: str) -> Keymap:
    return Keymap(
        problems=(f"{safe_text(reason[0].upper() + reason[1:], limit=200)}. All keys are as they were made.",)
    )
