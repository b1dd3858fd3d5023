"""Requests again: remembered, saved, put aside; answers saved whole, a redirect followed only on request."""

from __future__ import annotations

import asyncio
import hashlib
import stat
import threading
from datetime import UTC, datetime

import pytest
from textual.widgets import Input

from tests.piloting import is_asked, keys_are_answered
from tui.http_server.http_messages import Response
from tui.http_server.server import Server
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.history import PastRequest
from tui.raw_request.links import Redirect
from tui.raw_request.model import RawRequest
from tui.raw_request.redaction import redact
from tui.screens.console.form import RequestForm
from tui.screens.console.request_picker import ChooseRequest, RequestList
from tui.screens.console.screen import ConsoleScreen
from tui.storage.connections import Connection, Connections, save
from tui.widgets.dialogs import Ask, ChoiceList, Choose, Confirm
from tui.widgets.response_view.json_view import JsonView

BALANCE = "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"


def form(pilot):
    return pilot.app.screen.query_one(RequestForm)


async def ready(pilot, until):
    await until(pilot, lambda: pilot.app.session.account is not None and isinstance(pilot.app.screen, ConsoleScreen))


async def send(pilot, until, typed):
    screen = pilot.app.screen
    form(pilot).fill(typed)
    screen.answer.ended = False
    await pilot.press("ctrl+s")
    await until(pilot, lambda: screen.answer.ended and screen.runner.task is None)


async def listed(pilot, until):
    await pilot.press("ctrl+r")
    await until(pilot, lambda: is_asked(pilot, ChooseRequest))
    return pilot.app.screen.query_one(RequestList).entries


async def from_the_menu(pilot, until, key):
    """Choose from the menu, which a look at the disk goes before."""
    await pilot.press("f10")
    await until(pilot, lambda: is_asked(pilot, Choose))
    entries = pilot.app.screen.query_one(ChoiceList)
    entries.cursor = [choice.key for choice in entries.choices].index(key)
    await pilot.press("enter")


async def holds(pilot, until, so):
    """Wait until one is back at a form that `so` is true of."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen) and so(form(pilot).typed))


async def remembered(pilot, until, count):
    screen = pilot.app.screen
    await until(pilot, lambda: len(screen.requests.store.history.entries()) >= count)
    return screen.requests.store.history.entries()


@pytest.mark.landing
async def test_what_was_sent_is_found_again_in_another_run_without_its_secrets(
    sandbox, saved, run_app, until, tmp_path
):
    secret = sandbox.api_key_secret
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path=BALANCE, headers=f"X-Mine: {secret}", query=f"Note={secret}"))
        await send(pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Nowhere.json"))
        await remembered(pilot, until, 2)
    history = tmp_path / "config" / "state" / "requests.jsonl"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert secret.encode() not in history.read_bytes()
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        past = [entry for entry in await listed(pilot, until) if entry.kind == "past"]
        shown = pilot.app.screen.query_one(RequestList)
        assert [(entry.request.path.rpartition("/")[2], entry.result) for entry in past] == [
            ("Nowhere.json", "404"),
            ("Balance.json", "200"),
        ]
        await pilot.press(*"balance 200")
        await until(pilot, lambda: [entry.result for entry in shown.entries] == ["200"])
        await pilot.press("enter")
        await holds(pilot, until, lambda typed: typed.path == BALANCE and "•••" in typed.query)


async def test_the_sandbox_remembers_only_until_the_end(sandbox, run_app, until, tmp_path):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path=BALANCE))
        await remembered(pilot, until, 1)
    assert not list((tmp_path / "config").rglob("requests*"))


@pytest.mark.landing
async def test_a_request_is_saved_under_a_name_opened_and_forgotten(saved, run_app, until, text_of, tmp_path):
    mine = RequestText("POST", MESSAGES_PATH, body_kind="form", body="To=\n# off=1\nBody=Hej ✓", retries="2")
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        form(pilot).fill(mine)
        await from_the_menu(pilot, until, "name")
        await until(pilot, lambda: is_asked(pilot, Ask))
        pilot.app.screen.query_one(Input).value = "[b]greeting"
        await pilot.press("enter")
        await until(pilot, lambda: "Saved as “[b]greeting”" in text_of(pilot))
    assert (tmp_path / "config" / "requests.toml").exists()
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        assert [entry.name for entry in await listed(pilot, until) if entry.kind == "saved"] == ["[b]greeting"]
        await pilot.press(*"greet", "enter")
        await holds(pilot, until, lambda typed: typed == mine)
        await from_the_menu(pilot, until, "name")
        await until(pilot, lambda: is_asked(pilot, Ask))
        pilot.app.screen.query_one(Input).value = "[b]greeting"
        await pilot.press("enter")
        await until(pilot, lambda: "There is a saved request “[b]greeting” already." in text_of(pilot))
        await pilot.press("escape")
        screen = pilot.app.screen
        await listed(pilot, until)
        await pilot.press(*"greet", "f8")
        await until(pilot, lambda: "taken out of the saved" in text_of(pilot))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseRequest))
        shown = pilot.app.screen.query_one(RequestList)
        await until(pilot, lambda: not [entry for entry in shown.entries if entry.kind == "saved"])
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert not screen.requests.store.saved.read().requests


async def test_a_saved_request_is_moved_into_a_folder_and_a_past_one_forgotten(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(100, 30)) as pilot:
        await ready(pilot, until)
        store = pilot.app.screen.requests.store
        store.saved.put("mine", RequestText(path=BALANCE))
        for number in range(2):
            store.history.add(PastRequest(datetime.now(UTC), "sandbox", RequestText(path=f"/past{number}"), 200))
        await listed(pilot, until)
        picker = pilot.app.screen
        await until(pilot, lambda: "F2 Rename   F8 Forget" in text_of(pilot))
        await pilot.press("down")
        await until(pilot, lambda: "F8 Forget" in text_of(pilot) and "F2 Rename" not in text_of(pilot))
        await pilot.press("down", "down")
        await until(pilot, lambda: "F8 Forget" not in text_of(pilot) and "⏎ Open" in text_of(pilot))
        picker.query_one(Input).value = "https://api.twilio.com/x"
        await until(pilot, lambda: "esc goes back, and the path takes a URL as it is." in text_of(pilot))
        picker.query_one(Input).value = "mine"
        await until(pilot, lambda: "F2 Rename" in text_of(pilot))
        await pilot.press("f2")
        await until(pilot, lambda: is_asked(pilot, Ask))
        pilot.app.screen.query_one(Input).value = "team/../mine"
        await pilot.press("enter")
        await until(pilot, lambda: "is not . or .." in text_of(pilot))
        pilot.app.screen.query_one(Input).value = "team/my balance"
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is picker and "my balance" in text_of(pilot))
        assert list(store.saved.read().requests) == ["team/my balance"]
        picker.query_one(Input).value = "past1"
        await until(pilot, lambda: len(picker.query_one(RequestList).entries) == 1)
        await pilot.press("f8")
        await until(pilot, lambda: "taken out of the history" in text_of(pilot) and keys_are_answered(pilot))
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.screen is picker and not picker.query_one(RequestList).entries)
        assert [past.request.path for past in store.history.entries()] == ["/past0"]


@pytest.mark.landing
async def test_requests_are_exported_as_files_and_imported_without_replacing_any_unasked(
    sandbox, run_app, until, text_of, tmp_path, monkeypatch
):
    shared = tmp_path / "shared"
    threads = []
    monkeypatch.setattr(
        "tui.screens.console.request_file_actions.redact",
        lambda *given: threads.append(threading.current_thread()) or redact(*given),
    )
    async with run_app(sandbox=sandbox, screen="console", size=(100, 30)) as pilot:
        await ready(pilot, until)
        saved = pilot.app.screen.requests.store.saved
        saved.put_all({"a": RequestText(path="/a"), "team/b": RequestText(path="/b"), "team/c": RequestText(path="/c")})

        async def choose(kind, answer):
            await from_the_menu(pilot, until, "exchange")
            await until(pilot, lambda: is_asked(pilot, Choose) and "Requests as files" in text_of(pilot))
            await pilot.press("1" if kind == "export" else "2")
            if kind == "export":
                await until(pilot, lambda: is_asked(pilot, Choose) and "Export which" in text_of(pilot))
                await pilot.press(answer)
            await until(pilot, lambda: is_asked(pilot, Ask))
            pilot.app.screen.query_one(Input).value = str(shared)
            await pilot.press("enter")

        await choose("export", "2")
        await until(pilot, lambda: "2 requests written to" in text_of(pilot))
        assert sorted(each.name for each in shared.rglob("*.toml")) == ["b.toml", "c.toml"]
        saved.put("team/b", RequestText(path="/changed"))
        saved.remove("team/c")
        (shared / "broken.toml").write_text("path = \n")
        await choose("import", "")
        await until(pilot, lambda: is_asked(pilot, Choose) and "1 new, 1 differs from what" in text_of(pilot))
        assert "≠ team/b" in text_of(pilot) and "+ team/c" in text_of(pilot) and "Take the new one" in text_of(pilot)
        assert "broken.toml: The file cannot be read at line 1, column 8" in " ".join(text_of(pilot).split())
        await pilot.press("1")
        await until(pilot, lambda: "1 request imported." in text_of(pilot))
        assert threads and threading.main_thread() not in threads
        requests = saved.read().requests
        assert (requests["team/b"].path, requests["team/c"].path) == ("/changed", "/c")
        await choose("export", "1")
        await until(pilot, lambda: is_asked(pilot, Choose) and "Replace what is there?" in text_of(pilot))
        await pilot.press("2")
        await until(pilot, lambda: "1 request stood there already" in text_of(pilot))
        assert "/changed" in (shared / "team" / "b.toml").read_text()
        (shared / "a.toml").write_text("path = '/other'\n")
        await choose("export", "1")
        await until(pilot, lambda: is_asked(pilot, Choose) and "1 Replace the one that differs" in text_of(pilot))
        await pilot.press("escape")
        shared = tmp_path / "nowhere"
        await choose("import", "")
        await until(pilot, lambda: "There is no such directory." in text_of(pilot) and is_asked(pilot, Ask))


@pytest.mark.landing
async def test_what_stood_in_the_form_is_put_aside_when_another_takes_its_place(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        typed = RequestText("POST", "/half", body_kind="raw", body="typed, never sent")
        form(pilot).fill(typed)
        await listed(pilot, until)
        await pilot.press(*"balance", "enter")
        await holds(pilot, until, lambda typed: typed.path == BALANCE)
        aside = [entry for entry in await listed(pilot, until) if entry.kind == "aside"]
        assert [entry.request for entry in aside] == [typed]


@pytest.mark.landing
async def test_answers_are_remembered_only_when_that_was_asked_for(saved, run_app, until, text_of):
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path=BALANCE))
        assert (await remembered(pilot, until, 1))[0].answer is None
        await pilot.press("f10")
        await until(pilot, lambda: is_asked(pilot, Choose) and "now: off" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen))
        await from_the_menu(pilot, until, "answers")
        await until(pilot, lambda: "keeps the beginning of answers" in text_of(pilot))
        await pilot.press("f10")
        await until(pilot, lambda: is_asked(pilot, Choose) and "now: on" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen))
        await send(pilot, until, RequestText(path=BALANCE, query="x=2"))
        newest = (await remembered(pilot, until, 2))[0]
        assert newest.answer is not None
        assert "balance" in newest.answer
        pilot.app.screen.answer.say_page(2)
        await until(pilot, lambda: "page 2" in text_of(pilot))
        await listed(pilot, until)
        await pilot.press(*"x=2", "enter")
        await until(pilot, lambda: "Remembered, not asked for now" in text_of(pilot) and "balance" in text_of(pilot))
        assert "page 2" not in text_of(pilot)


@pytest.mark.landing
async def test_what_is_forgotten_is_what_was_asked_about_whatever_connection_is_used_meanwhile(
    sandbox, saved, run_app, until
):
    async with run_app(sandbox=sandbox, connection="acme", screen="console") as pilot:
        await ready(pilot, until)
        screen, session = pilot.app.screen, pilot.app.session
        stores = [screen.requests.store]
        await session.use_sandbox()
        stores.append(screen.requests.store)
        for store in stores:
            store.history.add(PastRequest(datetime.now(UTC), "any", RequestText(path="/past"), 200))
        screen.requests.forget_history()
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await session.use("acme")
        await pilot.press("y")
        await until(pilot, lambda: not stores[1].history.entries())
        assert len(stores[0].history.entries()) == 1


@pytest.fixture
async def elsewhere():
    """A server on loopback that is a host of the connection's own, and answers as a test says."""
    asked = []
    answers = {}

    async def answer(request):
        # The list is asked for by itself, wherever one begins.
        if "/Messages.json" not in request.target:
            asked.append(request)
        return answers.get(request.target.partition("?")[0], Response(200, (), b'{"ok": true}'))

    server = Server(answer)
    await server.start()
    server.asked, server.answers = asked, answers
    yield server
    await server.aclose()


@pytest.fixture
def to_elsewhere(tmp_path, elsewhere):
    """A saved connection to it."""
    connection = Connection(
        "mine", "auth_token", "AC" + "1" * 32, auth_token="t" * 32, base_url=f"http://127.0.0.1:{elsewhere.port}/v1"
    )
    save(tmp_path / "config" / "connections.toml", Connections({"mine": connection}, default="mine"))
    return connection


async def test_a_redirect_is_shown_and_followed_only_when_asked(elsewhere, to_elsewhere, run_app, until, text_of):
    elsewhere.answers["/v1/old"] = Response(302, (("Location", "/v1/new?a=1"),), b"")
    async with run_app(connection="mine", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText("POST", "/old", body_kind="raw", body="a=1"))
        assert [request.target for request in elsewhere.asked] == ["/v1/old"]
        await until(pilot, lambda: "ctrl+g follows" in text_of(pilot) and "→ 302" in text_of(pilot))
        pilot.app.screen.answer.ended = False
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "✓ 200" in text_of(pilot))
        assert [(request.method, request.target) for request in elsewhere.asked] == [
            ("POST", "/v1/old"),
            ("GET", "/v1/new?a=1"),
        ]
        assert elsewhere.asked[1].body == b""


async def test_a_redirect_that_repeats_what_changes_things_asks_first(elsewhere, to_elsewhere, run_app, until, text_of):
    elsewhere.answers["/v1/old"] = Response(307, (("Location", "/v1/new"),), b"")
    async with run_app(connection="mine", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText("POST", "/old", body_kind="raw", body="a=1"))
        await until(pilot, lambda: "ctrl+g follows" in text_of(pilot))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "a second time" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen) and keys_are_answered(pilot))
        assert len(elsewhere.asked) == 1
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "a second time" in text_of(pilot))
        await pilot.press("y")
        await until(pilot, lambda: len(elsewhere.asked) == 2)
        assert (elsewhere.asked[1].method, elsewhere.asked[1].body) == ("POST", b"a=1")


async def test_a_redirect_to_another_of_twilios_hosts_takes_neither_credentials_nor_headers_along(
    elsewhere, to_elsewhere, run_app, until, text_of, monkeypatch
):
    elsewhere.answers["/v1/old"] = Response(200, (), b"")
    went = []

    async def send_by_hand(account, request, *, anonymous, **_):
        went.append((request.path, request.headers, anonymous))
        await asyncio.Event().wait()

    async with run_app(connection="mine", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path="/old", headers="X-Key: mine"))
        assert elsewhere.asked[0].header("X-Key") == "mine"
        await until(pilot, lambda: pilot.app.screen.answer.ended)
        # From here on the address is one that only Twilio's own answers may point to: it is noted what would leave.
        pilot.app.screen.runner.redirect = Redirect("https://media.twilio.com/m", "GET", crosses=True)
        monkeypatch.setattr(pilot.app.session, "send_by_hand", send_by_hand)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: went)
        assert went == [("https://media.twilio.com/m", (), True)]
        # And while it is under way nothing else leaves, whatever asks for it.
        screen = pilot.app.screen
        screen.runner._begin(pilot.app.session.account, RequestText(path="/second"), RawRequest("GET", "/second"))
        await pilot.pause()
        assert len(went) == 1


async def test_a_redirect_that_leaves_twilio_cannot_be_followed(elsewhere, to_elsewhere, run_app, until, text_of):
    elsewhere.answers["/v1/old"] = Response(302, (("Location", "https://evil.example/\x1b]0;x\x07"),), b"")
    async with run_app(connection="mine", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path="/old"))
        await until(pilot, lambda: "leads away from" in text_of(pilot))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: keys_are_answered(pilot))
        assert pilot.app.screen.runner.task is None
        assert len(elsewhere.asked) == 1


async def test_a_binary_answer_is_saved_as_it_came_and_never_over_another_file(
    elsewhere, to_elsewhere, run_app, until, text_of, tmp_path
):
    content = bytes(range(256)) * 200
    elsewhere.answers["/v1/bin"] = Response(200, (("Content-Type", "image/png"),), content)
    place = tmp_path / "saved.png"
    place.write_bytes(b"mine")
    async with run_app(connection="mine", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path="/bin", response_type="binary"))
        await until(pilot, lambda: pilot.app.screen.answer.has_focus_within)
        await pilot.press("s")
        await until(pilot, lambda: is_asked(pilot, Ask))
        assert pilot.app.screen.query_one(Input).value.endswith("answer.png")
        pilot.app.screen.query_one(Input).value = str(place)
        await pilot.press("enter")
        await until(pilot, lambda: "Replace the file?" in text_of(pilot))
        assert place.read_bytes() == b"mine"
        await pilot.press("y")
        await until(pilot, lambda: "51,200 bytes written" in text_of(pilot))
    assert hashlib.sha256(place.read_bytes()).digest() == hashlib.sha256(content).digest()


@pytest.mark.landing
async def test_an_answer_too_large_for_memory_is_saved_whole(
    elsewhere, to_elsewhere, run_app, until, text_of, tmp_path
):
    content = b"0123456789abcdef" * 4096
    elsewhere.answers["/v1/big"] = Response(200, (("Content-Type", "text/plain"),), content)
    place = tmp_path / "big.txt"
    async with run_app(connection="mine", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        pilot.app.session.account.client.largest = 10_000
        await send(pilot, until, RequestText(path="/big", response_type="text"))
        await until(pilot, lambda: "the whole is kept until the next request" in text_of(pilot))
        assert len(pilot.app.screen.answer.response.content) == 10_000
        await until(pilot, lambda: pilot.app.screen.answer.has_focus_within)
        await pilot.press("s")
        await until(pilot, lambda: is_asked(pilot, Ask))
        pilot.app.screen.query_one(Input).value = str(place)
        await pilot.press("enter")
        await until(pilot, lambda: "65,536 bytes written" in text_of(pilot))
        assert place.read_bytes() == content
        await send(pilot, until, RequestText(path="/other"))
        assert not pilot.app.screen.runner.file.holds_one


async def test_a_place_that_cannot_be_written_is_named_and_the_answer_stays(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path=BALANCE))
        await until(pilot, lambda: pilot.app.screen.answer.has_focus_within)
        await pilot.press("s")
        await until(pilot, lambda: is_asked(pilot, Ask))
        pilot.app.screen.query_one(Input).value = "/nowhere/at/all.json"
        await pilot.press("enter")
        await until(pilot, lambda: "There is no folder /nowhere/at." in text_of(pilot))
        pilot.app.screen.query_one(Input).value = "/proc/answer.json"
        await pilot.press("enter")
        await until(pilot, lambda: "/proc/answer.json was not written: " in text_of(pilot))
        assert pilot.app.screen.answer.response is not None


async def test_a_cut_off_answer_shows_what_arrived_and_why_it_ended(elsewhere, sandbox, run_app, until, text_of):
    from tui.sandbox.faults import Fault

    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        # The list asks for its messages as well, by itself.
        sandbox.faults.add(Fault("truncated", path="Messages", times=0))
        await send(pilot, until, RequestText(path=MESSAGES_PATH))
        await until(pilot, lambda: "before its answer was whole" in text_of(pilot) and "! 200" in text_of(pilot))
        assert "Not JSON" not in text_of(pilot)
        assert pilot.app.screen.answer.response.cut


async def test_the_wait_before_the_next_attempt_counts_down_and_can_be_stopped(sandbox, run_app, until, text_of):
    from tui.sandbox.faults import Fault

    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        sandbox.faults.add(Fault("500-before", path="Balance"))
        form(pilot).fill(RequestText(path=BALANCE, retries="3", delay="40000"))
        now = [0.0]
        pilot.app.screen.answer._clock = lambda: now[0]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "waiting, 40 s to the next attempt" in text_of(pilot))
        now[0] = 33.5
        await until(pilot, lambda: "waiting, 7 s to the next attempt" in text_of(pilot))
        assert "attempt 1 of 4 · 500" in text_of(pilot)
        await pilot.press("ctrl+x")
        await until(pilot, lambda: "stopped" in text_of(pilot))
        assert (await remembered(pilot, until, 1))[0].words == "stopped"


async def test_a_message_is_read_by_hand_from_the_list(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="messages", size=(120, 40)) as pilot:
        await until(pilot, lambda: "● live" in text_of(pilot))
        sid = pilot.app.screen.current_message.sid
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen))
        await until(pilot, lambda: pilot.app.screen.query(JsonView) and f'"{sid}"' in text_of(pilot))
        assert form(pilot).typed.path.endswith(f"/Messages/{sid}.json")
