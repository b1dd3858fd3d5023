"""Sentences name the keys that work, also when `keys.toml` gave an action another."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tui.actions import TABLES
from tui.keymap import key_of, name_keys, set_active_keymap
from tui.screens.compose.screen import ComposeScreen

ACTIONS = {action.id: action for table in TABLES.values() for action in table}
TUI = Path(__file__).parent.parent / "tui"

SPELLED = re.compile(
    r"\b(F\d{1,2}|ctrl\+[a-z])\b|\^[a-z]\b|(?:^|[.,;:] |\()(?:[b-zB-Z/]|del)(?:: | [a-z]+s\b)|[Pp]ress [a-z]\b"
)
"""A key as a sentence would name it: `F7`, `ctrl+s`, `^r`, or a letter that does something, as in `n writes`."""

FIXED = {
    "F8": "a key of the list of requests alone",
    "F2": "a key of the list of requests alone",
    "^l": "a key of the filter forms",
    "^r": "a key of the list of content templates alone",
    "^s F9": "a key of the forms",
    "^e": "a key of the list of views alone",
    "/ finds a name": "a key of the list of opt-outs alone",
    "^n": "the key of the question where to export",
    "^q": "a way out that no file takes away",
    "; u shows": "the JSON view's own",
    "u takes one off": "the JSON view's own",
    "p prints": "a key of the question what to copy a request as",
    "ctrl+z": "the text field's own",
    "ctrl+t": "the lines' own",
}
"""Keys that are in no table, so that nobody can change them."""


@pytest.fixture(autouse=True)
def own_keys():
    set_active_keymap({})
    yield
    set_active_keymap({})


@cache
def literals() -> list[tuple[str, str]]:
    """Every text in the program that a person may read, with where it stands."""
    found: list[tuple[str, str]] = []
    for file in sorted(TUI.rglob("*.py")):
        if "sandbox" in file.parts or file.name in ("actions.py", "key_decoder.py", "keymap.py", "launch.py"):
            continue
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        bindings = {id(each) for call in nodes if _binds(call) for each in ast.walk(call)}
        left_out = bindings | {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        found += [
            (f"{file.relative_to(TUI)}:{node.lineno}", node.value)
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out
        ]
    return found


def _binds(node: ast.AST) -> bool:
    """Whether it gives a key its meaning, or asks which key was pressed: neither is a sentence."""
    if isinstance(node, ast.Compare):
        return getattr(node.left, "attr", "") == "key"
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Binding", "bind")


def test_no_sentence_holds_the_key_of_an_action():
    named = [
        (where, found[0], text)
        for where, text in literals()
        for found in SPELLED.finditer(text)
        if not any(fixed in text for fixed in FIXED)
    ]
    assert named == []


def test_every_action_that_a_sentence_names_is_in_the_table():
    asked = re.compile(r"\{([a-z_]+\.[a-z_]+)\}|^([a-z_]+\.[a-z_]+)$")
    places = tuple(TABLES)
    for where, text in literals():
        for found in asked.finditer(text):
            name = found[1] or found[2]
            if name.partition(".")[0] in places and not where.startswith("tui.storage"):
                assert name in ACTIONS or name.endswith((".toml", ".tcss", ".log")), (where, name)


def test_a_key_is_named_in_words():
    assert [key_of(name) for name in ("compose.send", "compose.plain", "connections.use", "messages.delete")] == [
        "ctrl+s",
        "F8",
        "enter",
        "del",
    ]
    set_active_keymap({"compose.send": "alt+x,f9", "compose.plain": "question_mark"})
    assert name_keys("{compose.send}, then {compose.plain}; {not.this}") == "alt+x, then ?; {not.this}"


CHANGED = """
[everywhere]
help = "ctrl+y"
switch_connection = "alt+q"
connections = "Z"
[messages]
compose = "N"
filter = "alt+f"
[compose]
send = "alt+s"
choose_sender = "f13"
plain = "f14"
more = "alt+t"
outbox = "alt+r"
[console]
send = "alt+z"
section = "f15"
headers = "f16"
open = "alt+y"
[webhooks]
start = "S"
set_up = "U"
"""


@pytest.mark.landing
async def test_no_screen_shows_a_key_that_was_changed(sandbox, run_app, until, text_of, tmp_path):
    place = tmp_path / "config"
    place.mkdir(mode=0o700)
    (place / "keys.toml").write_text(CHANGED)
    async with run_app(sandbox=sandbox, size=(120, 60), screen="compose") as pilot:
        app = pilot.app
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen._form.display)
        await until(pilot, lambda: "F13 or ↓ chooses" in text_of(pilot))
        app.screen._form.set_text("body", "“dear”")
        await until(pilot, lambda: "F14 replaces" in text_of(pilot))
        seen = [text_of(pilot)]
        for key, words in (("f5", "alt+z sends"), ("f6", "S starts the receiver; U sets"), ("ctrl+y", "(U), run")):
            await pilot.press(key)
            await until(pilot, lambda words=words: words in text_of(pilot))
            seen.append(text_of(pilot))
        old = re.compile(r"\bF1\b|F7|F8|ctrl\+[os]\b|\^[or]\b|\^t\b|\bs starts|\bu sets")
        assert [found for text in seen for found in old.findall(text)] == []
