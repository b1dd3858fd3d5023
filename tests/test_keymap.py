"""Keys of one's own: which wishes are met, and what is said about the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.actions import TABLES
from tui.keymap import choose_keys, read_keys
from tui.screens.compose.screen import ComposeScreen
from tui.screens.help import HelpScreen
from tui.screens.messages.table import MessageTable
from tui.screens.webhooks.screen import WebhooksScreen

NAMES = [action.id for table in TABLES.values() for action in table]


def test_no_two_actions_have_the_same_name():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        *(("Export", "e"), ("Ask again", "r"), ("Read again", "r"), ("Refresh", "r"), ("Copy", "c"), ("Why", "W")),
        *(("Alerts", "a"), ("Name", "N"), ("Views", "V"), ("Load history", "L"), ("Reply", "y"), ("Outbox", "ctrl+r")),
    ],
)
def test_what_is_called_the_same_has_the_same_key_wherever_one_is(words, key):
    named = [action for table in TABLES.values() for action in table if action.words == words]
    assert {action.keys.split(",")[0] for action in named} == {key}
    assert not [action.id for action in named if "x" in action.keys.split(",")], "x redacts, for good, in Messages"


def test_no_file_changes_nothing(tmp_path):
    assert read_keys(tmp_path / "keys.toml") == choose_keys({})


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("R", "R"),
        ("?", "question_mark"),
        ("f7 , X", "f7,X"),
        ("ctrl+E", "ctrl+e"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
    ],
)
def test_a_key_is_written_as_a_person_writes_it(typed, key):
    keys = choose_keys({"webhooks": {"numbers": typed}} if typed != "?" else {"everywhere": {"help": typed}})
    assert keys.problems == ()
    assert key in keys.keymap.values()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"messages": {"rply": "R"}}, "no action messages.rply"),
        ({"mesages": {"reply": "R"}}, "places are: everywhere, messages"),
        ({"messages": {"reply": 3}}, "is not a text"),
        ({"messages": {"reply": ""}}, "is not a key"),
        ({"messages": {"reply": "hyper+x"}}, "is not a key"),
        ({"messages": {"reply": "n"}}, "belongs to “New” (messages.compose). It keeps y."),
        ({"messages": {"reply": "2"}}, "belongs to “Compose”"),
        ({"messages": {"reply": "j"}}, "moves in every list"),
        ({"messages": {"reply": "ctrl+c"}}, "the way out"),
        ({"console": {"stop": "x"}}, "works while you type"),
        ({"messages": {"reply": "Z", "copy": "Z"}}, "belongs to “Copy”"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_and_left_out(document, words):
    keys = choose_keys(document)
    assert any(words in problem for problem in keys.problems), keys.problems
    assert "messages.reply" not in keys.keymap


def test_two_actions_can_change_places():
    keys = choose_keys({"messages": {"compose": "y", "reply": "n"}})
    assert keys.problems == ()
    assert dict(keys.keymap) == {"messages.compose": "y", "messages.reply": "n"}


@pytest.mark.parametrize(
    "text", ["reply = ", "messages = 3", "\x00", "[[x]]\ny=1", f"a = {'1' * 5000}", f"a = {'[' * 5000}"]
)
def test_a_file_that_makes_no_sense_is_told_and_changes_nothing(tmp_path, text):
    (tmp_path / "keys.toml").write_text(text)
    keys = read_keys(tmp_path / "keys.toml")
    assert keys.problems
    assert not keys.keymap


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["x", "n", "y", "s", "f7", "ctrl+e", "1", "enter,Z"])))
def test_whatever_is_wished_no_two_new_keys_of_a_place_are_the_same(wishes):
    document: dict[str, dict[str, str]] = {}
    for name, value in wishes.items():
        place, _, action = name.partition(".")
        document.setdefault(place, {})[action] = value
    keymap = choose_keys(document).keymap
    for place, table in TABLES.items():
        own = {action.id: set(action.keys.split(",")) for action in (*table, *TABLES["everywhere"])}
        now = {name: set(keymap.get(name, ",".join(keys)).split(",")) for name, keys in own.items()}
        for one in now:
            for other in now:
                if one != other:
                    assert now[one] & now[other] <= own[one] & own[other], (place, one, other)


@pytest.mark.landing
async def test_changed_keys_work_and_are_shown_everywhere(sandbox, run_app, until, text_of, tmp_path):
    place = tmp_path / "config"
    place.mkdir(mode=0o700)
    (place / "keys.toml").write_text('messages.compose = "R"\nwebhooks.start = "L"\nmessages.filter = "c"\n')
    async with run_app(sandbox=sandbox, size=(120, 60)) as pilot:
        await until(pilot, lambda: pilot.app.screen.query(MessageTable) and "R New" in text_of(pilot))
        await until(pilot, lambda: "c belongs to “Copy”" in text_of(pilot))
        assert " n New" not in text_of(pilot)

        def offered() -> set[str]:
            return {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}

        # The search is offered from when the archive is open, which is after the first picture.
        await until(pilot, lambda: {"New  (R)", "Search  (/)"} <= offered())
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until(pilot, lambda: "R  Write a new message." in text_of(pilot))
        assert "! keys.toml: messages.filter" in text_of(pilot)
        await pilot.press("escape", "n")
        await pilot.pause()
        assert pilot.app.current_mode == "messages"
        await pilot.press("5")
        await until(pilot, lambda: isinstance(pilot.app.screen, WebhooksScreen) and "L Start" in text_of(pilot))
        await pilot.press("L")
        await until(pilot, lambda: "Point it here" in text_of(pilot))
        await pilot.press("escape")
        # The other action on this key still has it.
        await until(pilot, lambda: "s Stop" in text_of(pilot))
        await pilot.press("1", "R")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))


def test_a_file_nested_as_deep_as_nobody_nests_it_is_said(tmp_path: Path) -> None:
    for bomb in ("[" + "a." * 5_000 + "a]\nb = 1", "a." * 5_000 + "a = 1", "a = " + "{a=" * 5_000 + "1" + "}" * 5_000):
        (tmp_path / "keys.toml").write_text(bomb)
        (words,) = read_keys(tmp_path / "keys.toml").problems
        assert "nested too deeply" in words
