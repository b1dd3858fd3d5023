"""The Console place under Pilot, against the real sandbox over real sockets."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Input, TextArea

from tests.cases import in_full
from tests.late_secret import LateSecret
from tests.piloting import is_asked, keys_are_answered
from tests.screens.console.test_request_actions import from_the_menu, holds
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.links import Pages
from tui.sandbox.faults import Fault
from tui.screens.console.curl_dialogs import CopyAs, PasteCurl
from tui.screens.console.form import RequestForm
from tui.screens.console.screen import ConsoleScreen
from tui.screens.messages.screen import MessagesScreen
from tui.storage.connections import Connections, save
from tui.storage.journal import JournalState
from tui.widgets.dialogs import Ask
from tui.widgets.response_view.json_view import JsonView


def form(pilot):
    return pilot.app.screen.query_one(RequestForm)


async def ready(pilot, until):
    await until(pilot, lambda: pilot.app.session.account is not None and isinstance(pilot.app.screen, ConsoleScreen))


async def send(pilot, until, typed=None):
    screen = pilot.app.screen
    if typed is not None:
        form(pilot).fill(typed)
    # That the one before has ended says nothing of this one.
    screen.answer.ended = False
    await pilot.press("ctrl+s")
    await until(pilot, lambda: screen.answer.ended and screen.runner.task is None)


async def read_by(pilot, until):
    """Wait until the answer takes the keys, which would go into the form before."""
    await until(pilot, lambda: pilot.app.screen.answer.has_focus_within)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_list_is_read_and_its_next_page_is_one_key_away(sandbox, run_app, until, text_of, size):
    async with run_app(sandbox=sandbox, screen="console", size=size) as pilot:
        await ready(pilot, until)
        await send(pilot, until)
        first = json.loads(pilot.app.screen.answer.response.content)
        await until(pilot, lambda: "✓ 200" in text_of(pilot))
        await until(pilot, lambda: "messages" in text_of(pilot))
        await until(pilot, lambda: pilot.app.screen.runner.pages.next is not None)
        pilot.app.screen.answer.ended = False
        await pilot.press("ctrl+n")
        await until(pilot, lambda: pilot.app.screen.answer.ended)
        assert form(pilot).typed.path == MESSAGES_PATH
        assert "PageToken=" in form(pilot).typed.query
        second = json.loads(pilot.app.screen.answer.response.content)
        assert len(first["messages"]) == len(second["messages"]) == 20
        assert not {m["sid"] for m in first["messages"]} & {m["sid"] for m in second["messages"]}


async def test_the_key_of_the_editor_opens_one_however_often_it_bounces(sandbox, run_app, until, monkeypatch):
    closes, begun, taken_over = asyncio.Event(), [], []

    async def edit(_here, text, _environ, _suffix):
        begun.append(text)
        await closes.wait()
        taken_over.append(text)
        return text

    monkeypatch.setattr("tui.widgets.external_programs.edit_outside", edit)
    async with run_app(sandbox=sandbox, screen="console") as pilot:
        await ready(pilot, until)
        form(pilot).enter("query")
        await pilot.press("f12", "f12")
        await until(pilot, lambda: begun)
        closes.set()
        await until(pilot, lambda: not [each for each in pilot.app.screen.workers if each.group == "outside"])
        assert len(taken_over) == 1


async def test_while_a_connection_is_opened_it_does_not_say_that_there_is_none(
    sandbox, connect, run_app, until, text_of, tmp_path
):
    late = LateSecret(tmp_path)
    slow = replace(connect(sandbox, name="acme"), api_key_secret=late.source)
    (tmp_path / "config").mkdir(mode=0o700)
    save(tmp_path / "config" / "connections.toml", Connections({"acme": slow}))
    async with run_app(connection="acme", screen="console") as pilot:
        await until(pilot, lambda: "opening acme" in text_of(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "acme is still being opened" in text_of(pilot))
        assert "no connection" not in text_of(pilot)
        late.tell(sandbox.api_key_secret)
        await ready(pilot, until)
        await send(pilot, until)
        await until(pilot, lambda: "✓ 200" in text_of(pilot))


async def test_what_will_be_sent_is_shown_without_the_secret(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(200, 60)) as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText(path=MESSAGES_PATH, query="DateSent>=2026-01-02"))
        preview = pilot.app.screen.query_one("#preview")
        await until(pilot, lambda: "DateSent%3E=2026-01-02" in str(preview.content))
        assert sandbox.account_sid in str(preview.content)
        assert "Authorization" in str(preview.content)
        assert sandbox.api_key_secret not in text_of(pilot)


async def test_a_refused_request_names_each_field_and_nothing_is_sent(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText(path="https://evil.example/x", headers="Host: y", timeout="0", retries="2"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "credentials" in text_of(pilot) and "Timeout" in text_of(pilot))
        # The list is asked for by itself, wherever one begins.
        assert [each for each in sandbox.requests if "/Messages.json?PageSize=50" not in each.target] == []
        assert "Not sent" in str(pilot.app.screen.query_one("#status").content)
        assert form(pilot).typed.path == "https://evil.example/x"
        form(pilot).fill(RequestText(path=MESSAGES_PATH, retries="2.5"))
        await pilot.press("ctrl+s")
        # By the name that the form has for it.
        await until(pilot, lambda: "Max retries: “2.5” is not a whole number" in text_of(pilot))
        assert "F8 Headers" not in text_of(pilot), "there are none"
        form(pilot).fill(RequestText(path=MESSAGES_PATH, retries="2"))
        await until(pilot, lambda: "Nothing sent yet" in text_of(pilot))
        await send(pilot, until)
        await until(pilot, lambda: "F8 Headers" in text_of(pilot))
        form(pilot).fill(RequestText(path=MESSAGES_PATH, retries="2.5"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not sent: the form says what is wrong. This is still" in text_of(pilot))
        form(pilot).fill(RequestText(path=MESSAGES_PATH, retries="2"))
        await until(pilot, lambda: "Not sent" not in text_of(pilot) and "✓ 200" in text_of(pilot))


async def test_the_options_have_their_whole_names_and_units_at_eighty_columns(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(80, 24)) as pilot:
        await ready(pilot, until)
        form(pilot).enter("delay")
        names = ("Timeout (s) ", "Max retries ", "Retry delay (ms) ", "Response type ", "Back-off ", "Retry on ")
        await until(pilot, lambda: all(name in text_of(pilot) for name in names))


async def test_a_message_sent_by_hand_is_journalled_and_opens_in_messages(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        body = f"To=+14155550123\nFrom={sandbox.numbers[0]}\nBody=By hand"
        await send(pilot, until, RequestText("POST", MESSAGES_PATH, body_kind="form", body=body))
        await until(pilot, lambda: "✓ 201" in text_of(pilot))
        account = pilot.app.session.account
        entry = account.outbox.entries(account.client.account_sid)[0]
        assert (entry.state, entry.body) == (JournalState.ACCEPTED, "By hand")
        view = pilot.app.screen.query_one(JsonView)
        await until(pilot, lambda: view.row_count > 1)
        await until(pilot, lambda: view.sid_at_cursor() == entry.sid or not view.action_cursor_down())
        await read_by(pilot, until)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and "By hand" in text_of(pilot))


async def test_a_filter_that_cannot_be_read_is_asked_for_again_with_what_is_wrong(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until)
        await until(pilot, lambda: not pilot.app.screen.answer.view.is_loading)
        console = pilot.app.screen
        await read_by(pilot, until)
        await pilot.press("f")
        await until(pilot, lambda: is_asked(pilot, Ask))
        pilot.app.screen.query_one(Input).value = "$.messages["
        await pilot.press("enter")
        await until(pilot, lambda: is_asked(pilot, Ask) and "This is no JSONPath" in text_of(pilot))
        assert pilot.app.screen.query_one(Input).value == "$.messages["
        pilot.app.screen.query_one(Input).value = "$.messages[*].sid"
        await pilot.press("enter")
        await until(pilot, lambda: console.answer.view.expression == "$.messages[*].sid")
        assert pilot.app.screen is console
        # The same again would find nothing in what it has chosen.
        await pilot.press("f")
        await until(pilot, lambda: is_asked(pilot, Ask) and "A JSONPath such as $[0]" in text_of(pilot))
        assert pilot.app.screen.query_one(Input).value == ""


@pytest.mark.long
async def test_a_filter_stays_for_the_next_page_and_for_asking_again_and_is_seen(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until)
        console = pilot.app.screen
        await until(pilot, lambda: console.answer.view is not None and not console.answer.view.is_loading)
        console.answer.view.filter("$.messages[*].sid")
        await until(pilot, lambda: "filter $.messages[*].sid" in text_of(pilot))
        for key in ("ctrl+n", "ctrl+s"):
            await until(pilot, lambda: console.runner.pages.next is not None and console.runner.task is None)
            before = console.answer.response
            await pilot.press(key)
            await until(pilot, lambda before=before: console.answer.response not in (None, before))
            await until(pilot, lambda: console.answer.view and console.answer.view.expression == "$.messages[*].sid")
        await until(pilot, lambda: console.runner.task is None)
        await send(pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"))
        await until(pilot, lambda: "balance" in text_of(pilot))
        assert console.answer.view.expression == ""


@pytest.mark.parametrize("size", [(80, 24), in_full((120, 40))])
async def test_what_a_request_holds_is_seen_when_it_is_opened(sandbox, run_app, until, text_of, size):
    async with run_app(sandbox=sandbox, screen="console", size=size) as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText("POST", MESSAGES_PATH, body_kind="form", body="To=+1415\nBody=Hello", retries="2"))
        await until(pilot, lambda: "Body=Hello" in text_of(pilot))
        if size == (80, 24):
            assert "[body form 2]" in text_of(pilot) and "options 1" in text_of(pilot)
        else:
            assert "query    (none)" in text_of(pilot) and "options 30 s · 2 retries" in text_of(pilot)
        await until(pilot, lambda: "body, 21 bytes: To=%2B1415&Body=Hello" in text_of(pilot))
        form(pilot).fill(RequestText(path=MESSAGES_PATH, query="# off=1\nPageSize=2", headers="User-Agent: mine"))
        if size == (80, 24):
            await until(pilot, lambda: "[query 1]" in text_of(pilot) and "headers 1" in text_of(pilot))
            assert "body " not in text_of(pilot).replace("body   ", "")
        else:
            await until(pilot, lambda: "query    # off=1" in text_of(pilot) and "headers  User-" in text_of(pilot))
        await until(pilot, lambda: "user-agent: mine" in str(pilot.app.screen.query_one("#preview").content).lower())


async def test_nothing_in_the_sandbox_looks_a_name_up(sandbox, run_app, until, text_of, monkeypatch):
    asked = []
    really = socket.getaddrinfo

    def look_up(host, *rest, **more):
        asked.append(host.decode() if isinstance(host, bytes) else host)
        return really(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText(path="https://messaging.twilio.com/v1/Service"))
        form(pilot).enter("path")
        await pilot.press("end", "s")
        await until(pilot, lambda: "messaging.twilio.com" in str(pilot.app.screen.query_one("#notes").content))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: re.search(r"[✓✗] \d\d\d", text_of(pilot)))
    assert {host for host in asked if host not in (None, "127.0.0.1")} == set()


async def test_a_twilio_error_is_explained_beside_it(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText("POST", MESSAGES_PATH, body_kind="form", body="To=+14155550123\nBody=x"))
        await until(pilot, lambda: "✗ 400" in text_of(pilot) and "21603" in text_of(pilot))


async def test_what_the_sandbox_has_not_is_no_fault_of_the_request(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(80, 24)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path="https://video.twilio.com/v1/Rooms"))
        await until(pilot, lambda: "The sandbox has no Video (GET /v1/Rooms)" in text_of(pilot))
        status = str(pilot.app.screen.query_one("#status").content)
        assert "Check the SID" not in status and "It has: Api, " in status


async def test_retries_are_shown_and_asked_about_for_a_message(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        sandbox.faults.add(Fault("500-before", times=1, path="Balance"))
        path = "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"
        await send(pilot, until, RequestText(path=path, retries="1", delay="1"))
        for words in ("attempt 1 of 2 · 500", "attempt 2 of 2 · 200"):
            await until(pilot, lambda words=words: words in text_of(pilot))
        form(pilot).fill(RequestText("POST", MESSAGES_PATH, body_kind="form", body="To=+1", retries="1"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "a second time" in text_of(pilot) and "Send as set" in text_of(pilot))


async def test_a_request_is_stopped_at_any_moment(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        sandbox.faults.add(Fault("delay", path="Balance", seconds=50))
        form(pilot).fill(RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: any("Balance" in served.target for served in sandbox.requests))
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "stopped" in text_of(pilot))
        await send(pilot, until, RequestText(path=MESSAGES_PATH))
        await until(pilot, lambda: "✓ 200" in text_of(pilot))


async def test_an_answer_that_is_shown_would_not_be_cut_off(sandbox, run_app, until, text_of, monkeypatch):
    looked_through = threading.Event()
    monkeypatch.setattr("tui.screens.console.request_runner.pages", lambda *_: looked_through.wait(20) and Pages())
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText(path=MESSAGES_PATH))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✓ 200" in text_of(pilot))
        assert pilot.app.screen.unsaved_warning() == ""
        looked_through.set()


async def test_an_answer_that_is_not_json_is_shown_as_text_and_said_so(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        sandbox.faults.add(Fault("html", path="Balance", status=200))
        await send(pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"))
        await until(pilot, lambda: "Not JSON (" in text_of(pilot) and "html" in text_of(pilot).lower())


async def test_another_account_shows_nothing_of_the_answers_before(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until)
        account = pilot.app.session.account
        pilot.app.session.run(pilot.app.session.use_sandbox())
        await until(pilot, lambda: pilot.app.session.account not in (None, account))
        await until(pilot, lambda: "Nothing sent yet" in text_of(pilot))
        await until(pilot, lambda: not pilot.app.screen.query(JsonView))


async def test_curl_goes_out_without_credentials_and_comes_in(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText(path=MESSAGES_PATH, query="PageSize=7"))
        await from_the_menu(pilot, until, "copy")
        await until(pilot, lambda: is_asked(pilot, CopyAs))
        await pilot.press("1")
        await until(pilot, lambda: "curl" in pilot.app.clipboard)
        assert sandbox.api_key_secret not in pilot.app.clipboard
        command = pilot.app.clipboard
        form(pilot).fill(RequestText(path="/x"))
        await from_the_menu(pilot, until, "paste")
        await until(pilot, lambda: is_asked(pilot, PasteCurl))
        await pilot.press(*"nonsense", "ctrl+s")
        await until(pilot, lambda: is_asked(pilot, PasteCurl) and "does not begin with curl" in text_of(pilot))
        assert pilot.app.screen.query_one(TextArea).text == "nonsense"
        pilot.app.screen.query_one(TextArea).text = command
        await pilot.press("ctrl+s")
        await holds(pilot, until, lambda typed: typed.query == "PageSize=7" and typed.path.endswith("/Messages.json"))


async def test_a_curl_command_pasted_anywhere_fills_the_form_and_the_one_before_can_be_opened(sandbox, run_app, until):
    url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    command = f"# from the docs\n$ TOKEN=1 curl -X POST '{url}' \\\n -d 'Body=Hi'"
    async with run_app(sandbox=sandbox, screen="console") as pilot:
        await ready(pilot, until)
        for place in ("path", "method", "query", "timeout"):
            form(pilot).fill(before := RequestText(path="/before/" + place))
            form(pilot).enter(place)
            await pilot.pause()
            pilot.app.post_message(events.Paste(command))
            await holds(pilot, until, lambda typed: typed.method == "POST" and "Body=Hi" in typed.body)
            assert pilot.app.screen.runner.trail.unsent[0] == before
        # Where nothing is typed: on the parts of the form, and while an answer is read.
        for place in ("#sections", "#answer"):
            form(pilot).fill(RequestText(path="/before"))
            if place == "#answer":
                await send(pilot, until, RequestText(path=MESSAGES_PATH, query="PageSize=1"))
            else:
                pilot.app.screen.query_one(place).focus()
            await until(pilot, lambda place=place: pilot.app.screen.query_one(place).has_focus_within)
            pilot.app.post_message(events.Paste(command))
            await holds(pilot, until, lambda typed: typed.method == "POST" and "Body=Hi" in typed.body)
        await until(pilot, lambda: form(pilot).has_focus_within)
        form(pilot).fill(RequestText())
        form(pilot).enter("query")
        await pilot.pause()
        pilot.app.post_message(events.Paste("Note: what curl https://x does"))
        await holds(pilot, until, lambda typed: typed.query == "Note: what curl https://x does")


async def test_all_sections_are_shown_where_there_is_room_and_one_where_there_is_not(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 30)) as pilot:
        await ready(pilot, until)
        lines = "\n".join(f"n{n}={n}" for n in range(40))
        form(pilot).fill(typed := RequestText("POST", "/x", "a=1\nb=2", "", "form", lines))

        def rows():
            names = ("query", "headers", "body", "options-line", "timeout", "errors")
            return [form(pilot).query_one(f"#{name}").region.height for name in names]

        await until(pilot, lambda: rows()[:2] == [2, 1] and "n2=2" in text_of(pilot))
        stacked = rows()
        assert stacked[2] > 2 and stacked[3:] == [1, 0, 0]
        assert "options 30 s · no retries · json" in text_of(pilot)
        # The options take rows while the cursor is in them, however it came there.
        form(pilot).query_one("#options-line").focus()
        await until(pilot, lambda: rows()[3:] == [0, 1, 1] and getattr(pilot.app.focused, "id", "") == "timeout")
        await until(pilot, lambda: "n0=0&n1=1&n2=2" in text_of(pilot))
        # To a terminal of almost nothing and back: nothing is lost, and it looks as before.
        form(pilot).enter("body")
        for size in ((20, 5), (80, 24)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: not form(pilot).is_stacked)
            assert form(pilot).typed == typed
        assert [part.id for part in form(pilot).query(".part") if part.display] == ["part-body"]
        await pilot.resize_terminal(120, 30)
        await until(pilot, lambda: rows() == stacked)


async def test_a_body_with_a_mistake_is_asked_about_and_goes_out_as_json(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console") as pilot:
        await ready(pilot, until)
        form(pilot).fill(RequestText("POST", "/Nothing.json", body_kind="raw", body='{"a": 1,\n}'))
        form(pilot).enter("path")
        await until(pilot, lambda: "Not JSON: line 2, column 1" in text_of(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Send it as it is" in text_of(pilot) and keys_are_answered(pilot))
        await pilot.press("escape")
        body = form(pilot).query_one("#body", TextArea)
        await until(pilot, lambda: pilot.app.focused is body and body.cursor_location == (1, 0))
        assert not any("Nothing" in served.target for served in sandbox.requests)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Send it as it is" in text_of(pilot) and keys_are_answered(pilot))
        await pilot.press("y")
        await until(pilot, lambda: any("Nothing" in served.target for served in sandbox.requests))
        await until(pilot, lambda: pilot.app.screen.answer.response is not None)
        sent = pilot.app.screen.answer.response.sent
        assert ("Content-Type", "application/json") in [*sent.headers] and sent.body == b'{"a": 1,\n}'


async def test_a_key_that_is_held_sends_a_message_once_however_quickly_it_is_answered(
    sandbox, run_app, until, text_of, monkeypatch
):
    monkeypatch.setattr("tui.screens.console.request_runner.ONE_PRESS", 30)
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        body = f"To=+14155550123\nFrom={sandbox.numbers[0]}\nBody=By hand"
        typed = RequestText("POST", MESSAGES_PATH, body_kind="form", body=body)
        await send(pilot, until, typed)
        await pilot.press("ctrl+s", "ctrl+s")
        await until(pilot, lambda: "and not again" in text_of(pilot))
        account = pilot.app.session.account
        assert len(account.outbox.entries(account.client.account_sid)) == 1
        # What reads may be asked as often as one likes, and another message is another.
        form(pilot).fill(replace(typed, body=f"{body}, another"))
        await send(pilot, until)
        assert len(account.outbox.entries(account.client.account_sid)) == 2
