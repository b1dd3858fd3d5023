"""Variables on the console: a value of an answer becomes one, a request is sent with it, nothing secret ever is."""

from __future__ import annotations

import asyncio
import json

import pytest
from textual.widgets import Input

from tests.piloting import is_asked, keys_are_answered
from tests.screens.console.test_request_actions import (
    elsewhere,
    form,
    from_the_menu,
    holds,
    listed,
    ready,
    remembered,
    send,
    to_elsewhere,
)
from tui.http_server.http_messages import Response
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.saved_variables import SavedVariable
from tui.screens.console.lines_editor import LARGEST_HERE
from tui.screens.console.screen import ConsoleScreen
from tui.screens.console.variables_dialog import EditVariable, UseValue, VariableList, VariablesDialog
from tui.widgets.dialogs import Confirm
from tui.widgets.response_view.json_view import JsonView

__all__ = ["elsewhere", "to_elsewhere"]


async def answered(pilot, until, typed):
    await send(pilot, until, typed)
    view = pilot.app.screen.query_one(JsonView)
    await until(pilot, lambda: view.document is not None and view.row_count > 1)
    return view


def go_to(view, path):
    view.cursor = next(index for index in range(view.row_count) if view.path_at(index) == path)


def problems(pilot):
    return str(pilot.app.screen.query_one("#wrong").content)


async def test_a_value_of_an_answer_is_named_saved_and_sent_in_the_next_request(
    sandbox, saved, run_app, until, text_of, tmp_path
):
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        view = await answered(pilot, until, RequestText(path=MESSAGES_PATH, query="PageSize=2"))
        go_to(view, "$.messages[1].sid")
        sid = view.leaf_at_cursor()
        await pilot.press("dollar_sign")
        await until(pilot, lambda: is_asked(pilot, UseValue))
        assert pilot.app.screen.query_one(Input).value == "message_sid"
        assert sid in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: f"$message_sid is {sid}" in text_of(pilot))
        view = await answered(
            pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Messages/$message_sid.json")
        )
        go_to(view, "$.sid")
        assert view.leaf_at_cursor() == sid
        await answered(pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Messages/$last.sid.json"))
        newest = (await remembered(pilot, until, 3))[0]
        assert newest.request.path.endswith("$last.sid.json")
        assert newest.values == {"last.sid": sid}
    file = tmp_path / "config" / "variables.toml"
    assert f'value = "{sid}"\nmessage = "{sid}"' in file.read_text()


async def test_what_a_name_would_replace_is_said_and_a_secret_never_becomes_a_variable(
    elsewhere, to_elsewhere, run_app, until, text_of
):
    content = json.dumps({"sid": "AC1", "auth_token": "x", "own": "t" * 32}).encode()
    elsewhere.answers["/v1/account"] = Response(200, (), content)
    async with run_app(connection="mine", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        session = pilot.app.session
        session.files.variables(session.account).put("mine", "sid", SavedVariable("SM-before"))
        view = await answered(pilot, until, RequestText(path="/account"))
        go_to(view, "$.sid")
        await pilot.press("dollar_sign")
        await until(pilot, lambda: is_asked(pilot, UseValue) and "$sid is SM-before now;" in text_of(pilot))
        pilot.app.screen.query_one(Input).value = "auth_token"
        await pilot.press("enter")
        await until(pilot, lambda: "is the name of a secret" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen))
        go_to(view, "$.auth_token")
        await pilot.press("dollar_sign")
        await until(pilot, lambda: "“auth_token” is the name of a secret" in text_of(pilot))
        go_to(view, "$.own")
        await pilot.press("dollar_sign")
        await until(pilot, lambda: "A part of it is masked" in text_of(pilot))
        go_to(view, "$")
        await pilot.press("dollar_sign")
        await until(pilot, lambda: "Only a single value can be used" in text_of(pilot))


async def test_what_leaves_is_shown_anew_once_an_answer_gives_the_variables_another_value(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await answered(pilot, until, RequestText(path=MESSAGES_PATH, query="PageSize=1"))
        form(pilot).fill(RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Messages/$last.messages[0].sid.json"))
        await until(pilot, lambda: "$last.messages[0].sid is SM" in text_of(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "$last has no “messages”" in problems(pilot))
        await pilot.press("alt+v")
        await until(pilot, lambda: "the last answer, 200 …/Messages/SM" in text_of(pilot))
        assert "e Change" not in text_of(pilot) and "n New" in text_of(pilot), "these two are built in"


@pytest.mark.landing
async def test_variables_are_listed_added_changed_deleted_and_inserted(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(80, 24)) as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText(path="/x/.json", query="To="))
        form(pilot).enter("path")
        pilot.app.screen.query_one("#path", Input).cursor_position = 3
        await from_the_menu(pilot, until, "variables")
        await until(pilot, lambda: is_asked(pilot, VariablesDialog))
        dialog = pilot.app.screen
        await pilot.press("n")
        await until(pilot, lambda: is_asked(pilot, EditVariable))
        await pilot.press(*"to")
        await pilot.press("enter")
        await until(pilot, lambda: "Write name=value." in text_of(pilot))
        pilot.app.screen.query_one(Input).value = '$to="a\\nb"'
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is dialog and "to" in dialog.saved)
        assert dialog.saved["to"].value == "a\nb"
        await until(pilot, lambda: "e Change   x Delete" in text_of(pilot))
        await pilot.press("e")
        await until(pilot, lambda: is_asked(pilot, EditVariable))
        assert pilot.app.screen.query_one(Input).value == 'to="a\\nb"'
        pilot.app.screen.query_one(Input).value = "who=+1"
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is dialog and "who" in dialog.saved)
        assert [row[0] for row in dialog.query_one(VariableList).rows] == ["who", "last", "TWILIO_ACCOUNT_SID"]
        await pilot.press("enter")
        await holds(pilot, until, lambda typed: typed.path == "/x/${who}.json")
        await pilot.press("alt+v")
        await until(pilot, lambda: is_asked(pilot, VariablesDialog))
        dialog = pilot.app.screen
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and keys_are_answered(pilot))
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.screen is dialog and not dialog.saved)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen) and "is no variable" in problems(pilot))
        # Of a text that is too long to be edited only the beginning stands there.
        long = RequestText("POST", "/x", body_kind="raw", body="1" * (LARGEST_HERE + 1))
        form(pilot).fill(long)
        form(pilot).enter("body")
        await pilot.press("alt+v")
        await until(pilot, lambda: is_asked(pilot, VariablesDialog))
        await pilot.press("enter")
        await until(pilot, lambda: "too long to be edited here" in text_of(pilot))
        assert form(pilot).typed == long


@pytest.mark.landing
async def test_a_request_of_the_history_means_what_was_sent_though_its_variable_is_another_by_now(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        session = pilot.app.session
        store, name = session.files.variables(session.account), session.account.name
        store.put(name, "size", SavedVariable("2"))
        typed = RequestText(path=MESSAGES_PATH, query="PageSize=$size\n# To=$size")
        await send(pilot, until, typed)
        await remembered(pilot, until, 1)
        form(pilot).fill(RequestText(path="/other"))
        store.put(name, "size", SavedVariable("3"))
        await listed(pilot, until)
        await pilot.press(*"size", "enter")
        await holds(pilot, until, lambda now: now.query == "PageSize=2\n# To=$size")
        await until(pilot, lambda: "As it was sent: $size was 2." in text_of(pilot))


async def test_names_are_completed_an_unknown_one_is_refused_and_the_last_answer_is_its_connections(
    sandbox, run_app, until
):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        screen = pilot.app.screen
        await answered(pilot, until, RequestText(path=MESSAGES_PATH, query="PageSize=1"))
        known = await asyncio.to_thread(screen.runner.variables.read, pilot.app.session.account)
        assert "last.messages[0].sid" in known.names()
        session = pilot.app.session
        session.files.variables(session.account).put(session.account.name, "recipient", SavedVariable("+1"))
        form(pilot).fill(RequestText(path="/x", query="To="))
        query = pilot.app.screen.query_one("#query")
        await until(pilot, lambda: "recipient" in query.variables)
        form(pilot).enter("query")
        query.move_cursor((0, 3))
        await pilot.press("dollar_sign", "r")
        await until(pilot, lambda: query.suggestion == "ecipient")
        await pilot.press("right")
        await until(pilot, lambda: form(pilot).typed.query == "To=$recipient")
        form(pilot).enter("path")
        path = pilot.app.screen.query_one("#path", Input)
        await pilot.press("slash", "dollar_sign", "r")
        await until(pilot, lambda: path._suggestion == "/x/$recipient")
        form(pilot).fill(RequestText(path=MESSAGES_PATH, query="To=$twoo"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "“To”: $twoo is no variable here." in problems(pilot))
        assert screen.runner.task is None
        screen.account_changed(pilot.app.session.account)
        assert screen.runner.variables.last is None
