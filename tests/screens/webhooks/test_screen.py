"""The Webhooks place under Pilot, against the real sandbox over real sockets."""

from __future__ import annotations

import json
import socket
from dataclasses import replace

import pytest
from textual.widgets import Input

from tests.cases import in_full
from tests.late_secret import LateSecret
from tests.piloting import is_asked
from tests.webhooks.programs import program
from tui.sandbox.faults import Fault
from tui.screens.compose.screen import ComposeScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.webhooks.forms import SettingsForm
from tui.screens.webhooks.screen import WebhooksScreen
from tui.screens.why.screen import WhyScreen
from tui.storage.connections import Connections, save
from tui.twilio.messages import redact
from tui.webhooks.errors import EventsUnavailable
from tui.webhooks.events import Verdict
from tui.webhooks.receiver import Listening

HOSTILE = "\x1b]52;c;aGk=\x07[/] [@click=app.quit]x\u202eevil\x00" + "a\u0301\u0302\u0303\u0304\u0305\u0306" * 3


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_sandbox_texts_us_verified_and_the_answer_becomes_a_message(sandbox, run_app, at, size):
    async with run_app(sandbox=sandbox, screen="webhooks", size=size) as pilot:
        place = at(pilot)
        await place.until("No webhooks yet")
        await place.listen(point=True)
        await place.press("t")
        await place.until("Hello from the sandbox, n")
        assert "✓ message" in place.text
        await place.press("enter")
        await place.until("Parameters (")
        assert "✓ verified" in place.text
        assert "<Response/>" in place.text


@pytest.mark.parametrize(
    ("mode", "key", "words"),
    [("scheme", "3", "Signed for https://127.0.0.1"), ("missing", "5", "There is no X-Twilio-Signature")],
)
async def test_what_the_sandbox_signs_wrongly_is_rejected_and_says_why(sandbox, run_app, at, mode, key, words):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen(point=True)
        await place.press("w")
        await place.until("Signing")
        await place.press(key)
        await place.until("signs WRONGLY")
        assert sandbox.signing.value == mode
        await place.press("t")
        await place.until(lambda: place.table.row_count == 1)
        assert place.table.current.verdict is Verdict.REJECTED
        await place.until(words)
        await place.press("enter")
        await place.until("refused with 403 and led to nothing")
        assert "y Reply" not in place.text


async def test_an_event_is_shown_with_every_parameter_and_header_and_its_body(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 60)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.post(said(FutureField="still here"), headers={"X-Odd": "kept", "Authorization": "Basic c2VjcmV0"})
        await place.until("FutureField")
        text = place.screen.query_one("#detail")._content.plain
        for words in ("still here", "X-Odd", "kept", "Body as received", "Body=Hello+%26+good+day", "checked for"):
            assert words in text
        assert "c2VjcmV0" not in text
        assert "(hidden)" in text


async def test_a_second_delivery_is_marked_and_named(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        for _ in range(2):
            await place.post(headers={"I-Twilio-Idempotency-Token": "one"})
        await place.until(lambda: place.table.row_count == 2)
        await place.until("again · ")
        await place.press("enter")
        await place.until("the same as event")


async def test_hostile_text_is_shown_harmless_and_copied_as_it_came(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.post(said(HOSTILE, **{"[/red]\x1b": HOSTILE}), headers={"X-Odd": "[/] \x1b[31m"})
        await place.until("␛]52")
        await place.press("enter")
        await place.until("Parameters (")
        for character in ("\x1b", "\x00", "\u202e", "\x07"):
            assert character not in place.text
        await place.press("c")
        await place.until("a curl command")
        await place.press("1")
        await place.until(lambda: pilot.app.clipboard == HOSTILE)


# -- the list ----------------------------------------------------------------------------------------


async def test_the_newest_is_followed_until_the_cursor_is_moved(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        for number in range(3):
            await place.post(said(f"number {number}", sid=f"SM{number:032x}"))
        await place.until(lambda: place.table.row_count == 3)
        assert place.table.current.body == "number 2"
        await place.press("down")
        await place.until(lambda: place.table.current.body == "number 1")
        held = place.table.current
        await place.post(said("number 3", sid=f"SM{3:032x}"))
        await place.until(lambda: place.table.row_count == 4)
        assert place.table.current is held
        await place.until("2 newer above")
        await place.press("g")
        await place.until(lambda: place.table.current.body == "number 3")
        await place.post(said("number 4", sid=f"SM{4:032x}"))
        await place.until(lambda: place.table.row_count == 5)
        assert place.table.current.body == "number 4"
        assert "newer above" not in place.text


async def test_an_event_that_is_being_read_stays_while_others_arrive(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.post(said("read me"))
        await place.until("read me")
        await place.press("enter")
        await place.until("Parameters (")
        await place.post(said("not me", sid="SM" + "b" * 32))
        await place.until(lambda: place.table.row_count == 2)
        assert place.table.current.body == "read me"
        assert "not me" not in place.text


async def test_the_list_is_narrowed_by_words_kind_and_verdict(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.post(said("Apples"))
        await place.post(said("Pears", sid="SM" + "b" * 32), token="f" * 32)
        await place.post({"MessageSid": "SM" + "c" * 32, "MessageStatus": "delivered"}, path="/status")
        await place.until(lambda: place.table.row_count == 3)

        async def narrow(**typed):
            await place.press("slash")
            await place.until("Filter events")
            for name in ("text", "kind", "verdict"):
                pilot.app.screen.query_one(f"#filter-{name}").value = typed.get(name, "")
            await place.press("enter")

        await narrow(text="apples HELLO")
        await place.until("Nothing matches")
        await narrow(text="apples")
        await place.until(lambda: [row.body for row in place.table.rows] == ["Apples"])
        assert "1 of 3 loaded match" in place.text
        await narrow(verdict="rej")
        await place.until(lambda: [row.body for row in place.table.rows] == ["Pears"])
        await narrow(kind="status")
        await place.until(lambda: [row.status for row in place.table.rows] == ["delivered"])
        await narrow(kind="mail")
        await place.until("is no kind")
        await place.press("escape", "escape")
        await place.until(lambda: place.table.row_count == 3)


@pytest.mark.parametrize("width", [56, 57, 100, 101])
async def test_the_titles_stand_above_what_they_name(sandbox, run_app, at, said, width):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(width, 24)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.post(said("What there is"))
        await place.until(lambda: place.text.count("What there is") > 1)
        lines = place.text.splitlines()
        titles, row = (next(line for line in lines if words in line) for words in ("Time ", "+1415"))
        assert titles.rindex("What") == row.index("What there is")


async def store_with(place, said, more):
    """The store, after one event came and so many like it were put beside it; the newest page of them is shown."""
    store = place.receiving.receiver.store
    await place.post(said("template"))
    await place.until(lambda: place.table.row_count == 1)
    store.add_all([replace(store.latest(1)[0], id=0)] * more)
    await place.press("r")
    await place.until(lambda: place.table.row_count == 200)
    return store


async def test_older_events_are_read_as_one_moves_down_none_twice(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await store_with(place, said, 450)
        assert "more below" in place.text
        while place.table.row_count < 451:
            before = place.table.row_count
            await place.press("end")
            await place.until(lambda before=before: place.table.row_count > before)
        ids = [row.id for row in place.table.rows]
        assert ids == sorted(set(ids), reverse=True)
        assert "more below" not in place.text


# -- deeds -------------------------------------------------------------------------------------------


async def test_older_events_that_could_not_be_read_are_asked_for_again(sandbox, run_app, at, said, monkeypatch):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        store = await store_with(place, said, 250)

        def fail(*_, **__):
            raise EventsUnavailable("events", "The disk is gone.", "Bring it back.")

        monkeypatch.setattr(store, "latest", fail)
        await place.press("end")
        await place.until("The disk is gone.")
        assert "more below" in place.text
        monkeypatch.undo()
        await place.press("up")
        await place.until(lambda: place.table.row_count == 251)
        assert "The disk is gone." not in place.text


async def test_a_reply_begins_with_both_numbers_filled_in(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.post()
        await place.until("Hello & good day")
        await place.press("y")
        await place.until(lambda: isinstance(pilot.app.screen, ComposeScreen))
        await place.until(lambda: pilot.app.screen._form.typed.to == "+14155550123")
        assert pilot.app.screen._form.typed.from_ == "+14155550100"


async def test_the_message_of_an_event_opens_in_messages(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen(point=True)
        await place.press("t")
        await place.until(lambda: place.table.row_count)
        sid = place.table.current.sid
        await place.press("W")
        await place.until(
            lambda: isinstance(pilot.app.screen, WhyScreen) and pilot.app.screen._subject.message.sid == sid
        )
        await place.press("escape")
        await place.until(lambda: pilot.app.screen is place.screen)
        await place.press("o")
        await place.until(lambda: isinstance(pilot.app.screen, MessagesScreen) and sid in place.text)


async def test_an_event_is_played_again_to_this_machine_and_nowhere_else(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.post()
        await place.until("Hello & good day")
        await place.press("p")
        await place.until("Play it again")
        pilot.app.screen.query_one("Input").value = "https://example.com/x"
        await place.press("enter")
        await place.until("In the sandbox")
        pilot.app.screen.query_one("Input").value = str(place.receiving.listening.port)
        await place.press("enter")
        await place.until("is this receiver itself")
        async with program() as mine:
            pilot.app.screen.query_one("Input").value = mine.url
            await place.press("enter")
            await place.until("✓ 200")
        assert mine.requests[0].body == place.receiving.receiver.store.latest(1)[0].body
        await place.press("escape")
        await place.until(lambda: place.table.current.forwarded is not None)


async def test_events_are_exported_whole_and_a_file_is_not_replaced_unasked(sandbox, run_app, at, tmp_path):
    path = tmp_path / "events.jsonl"
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.post()
        await place.until("Hello & good day")
        for first in (True, False):
            await place.press("e")
            await place.until("Every event that is kept")
            pilot.app.screen.query_one("Input").value = str(path)
            await place.press("enter")
            if first:
                await place.until(path.exists)
                record = json.loads(path.read_text())
                assert ["Body", "Hello & good day"] in record["parameters"]
                assert record["verdict"] == "verified"
                path.write_text("mine")
            else:
                await place.until("Replace the file?")
                await place.press("escape")
        assert path.read_text() == "mine"


@pytest.mark.landing
async def test_numbers_that_come_late_take_no_key_from_the_form_that_was_opened_meanwhile(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        sandbox.faults.add(Fault("delay", method="GET", path="IncomingPhoneNumbers.json", seconds=60))
        await pilot.press("m", "u")
        await place.until(lambda: isinstance(pilot.app.screen, SettingsForm))
        sandbox.faults.clear()
        await place.until(lambda: "numbers" not in [each.group for each in place.screen.workers])
        assert isinstance(pilot.app.screen, SettingsForm)


async def test_settings_that_were_changed_are_not_left_unasked(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.until(lambda: place.app.session.account)
        await place.press("u", "escape")
        await place.until(lambda: pilot.app.screen is place.screen)
        await place.press("u")
        await place.until(lambda: is_asked(pilot, SettingsForm))
        line = pilot.app.screen.query_one("#set-public_url", Input)
        line.value = "https://example.com"
        await place.press("escape")
        await place.until("Leave the form?")
        await place.press("escape")
        await place.until(lambda: is_asked(pilot, SettingsForm))
        assert line.value == "https://example.com"
        await place.press("escape")
        await place.until("Leave the form?")
        await place.press("y")
        await place.until(lambda: pilot.app.screen is place.screen)
        assert place.receiving.settings.public_url == ""


async def test_clearing_asks_first(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.post()
        await place.until(lambda: place.table.row_count == 1)
        await place.press("D")
        await place.until("Clear the events?")
        await place.press("escape")
        assert len(place.receiving.receiver.store.latest()) == 1
        await place.press("D")
        await place.until("Clear the events?")
        await place.press("y")
        await place.until("Nothing has arrived yet")
        assert place.receiving.receiver.store.latest() == ()


async def test_the_event_of_a_message_that_was_redacted_goes(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place, session = at(pilot), pilot.app.session
        await place.listen(point=True)
        await place.post()
        await place.press("t")
        await place.until(lambda: place.table.row_count == 2)
        sid = place.table.current.sid
        await place.post(said("Hello from the sandbox", sid=sid), path="/old")
        await place.post(said(sid="SM1"), path="/other")
        await place.until(lambda: place.table.row_count == 4)
        message = await redact(session.account.client, sid)
        await session.changes.known(session.account, message, redacted=True)
        await place.until(lambda: place.table.row_count == 2)
        assert [event.target for event in place.receiving.receiver.queue.unserved] == ["/other"]
        assert "Hello from the sandbox" not in place.text
        assert len(place.receiving.receiver.store.latest()) == 1


@pytest.mark.parametrize("size", [pytest.param((80, 24), marks=pytest.mark.long), (120, 40), (200, 50)])
async def test_a_long_value_goes_on_under_its_beginning_and_a_wide_screen_gives_it_room(
    sandbox, run_app, at, said, size
):
    async with run_app(sandbox=sandbox, screen="webhooks", size=size) as pilot:
        place = at(pilot)
        await place.listen(point=True)
        await place.post(said("x", Note="word " * 60, MediaContentType0="y" * 150))
        await place.until("✓ message")
        await place.press("enter")
        detail = place.screen.query_one("#detail")
        await place.until(lambda: any("MediaContentType0" in strip.text for strip in detail._strips))
        lines = [strip.text for strip in detail._strips]
        first = next(n for n, line in enumerate(lines) if line.startswith("Note"))
        assert lines[first].startswith("Note           word word")
        assert lines[first + 1].startswith(" " * 15 + "word")
        named = next(n for n, line in enumerate(lines) if line.startswith("MediaContentType0"))
        assert lines[named + 1].startswith(" " * 15 + "yyy")
        assert detail.size.width >= {80: 70, 120: 50, 200: 70}[size[0]]


async def test_the_key_for_a_text_answers_the_question_it_needs_answered(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen) and pilot.app.session.account)
        await place.press("s")
        await place.until("t and text me")
        await place.press("t")
        await place.until("Hello from the sandbox, n")


async def test_what_was_asked_for_in_vain_is_named(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.post(said(), path="/webhook")
        await place.post(said(), path="/%1B]0;x")
        await place.until("2 unserved")
        assert [(row.method, row.target) for row in place.table.rows] == [("POST", "/%1B]0;x"), ("POST", "/webhook")]
        assert "Signed by Twilio. Nothing is" in place.text
        await place.press("enter")
        await place.until("i makes it the path here")
        assert "POST /%1B]0;x" in place.text


# -- the receiver ------------------------------------------------------------------------------------


@pytest.mark.landing
async def test_a_port_in_use_is_a_sentence_and_the_app_goes_on(sandbox, run_app, at):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
            place = at(pilot)
            await place.until("No webhooks yet")
            await place.until(lambda: pilot.app.session.account)
            await place.press("u")
            await place.until("Set up the receiver")
            pilot.app.screen.query_one("#set-port").value = str(port)
            await place.press("ctrl+s")
            await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen))
            await place.press("s")
            await place.until(f"Port {port} on 127.0.0.1 is in use by another program.")
            await place.until("u changes that.")
            await pilot.resize_terminal(80, 24)
            await place.until("\n that program, choose another port, or leave the port out to get a free one. u")
            await place.press("u")
            await place.until("Set up the receiver")
            pilot.app.screen.query_one("#set-port").value = ""
            await place.press("ctrl+s")
            await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen))
            # What was wrong with the other port is no longer said.
            await place.until("stopped. s starts it on 127.0.0.1, any free port")
            assert "not listening" not in place.text
            await place.listen()
            assert isinstance(place.receiving.receiver.state, Listening)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("port", "many", "“many” is not a port"),
        in_full("port", "99999", "99999 is not a port"),
        ("public_url", "hooks.example.com", "not an absolute http or https URL"),
        in_full("inbound_path", "sms", "is not a path"),
        ("status_path", "/sms", "the same path"),
        ("host", "0.0.0.0", "is not this machine's own loopback address"),
        ("reply", "<Response><Message>", "not well-formed"),
    ],
)
async def test_a_setting_that_cannot_be_names_its_field_and_keeps_what_was_typed(
    sandbox, run_app, at, field, value, words
):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.until("No webhooks yet")
        await place.press("u")
        await place.until("Set up the receiver")
        editor = pilot.app.screen.query_one(f"#set-{field}")
        if field == "reply":
            editor.text = value
        else:
            editor.value = value
        await place.press("ctrl+s")
        await place.until(words)
        assert editor.has_focus
        assert value in (editor.text if field == "reply" else editor.value)


@pytest.mark.landing
async def test_settings_that_need_another_port_come_back_with_what_is_wrong(sandbox, run_app, at):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
            place = at(pilot)
            await place.listen()
            await place.press("u")
            await place.until("Set up the receiver")
            pilot.app.screen.query_one("#set-port").value = str(port)
            await place.press("ctrl+s")
            await place.until("is in use by another program")
            assert pilot.app.screen.query_one("#set-port").value == str(port)


async def test_other_machines_are_let_in_only_when_asked_and_that_is_said_loudly(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        # Each account has settings of its own.
        await place.until(lambda: pilot.app.session.account)
        await place.until("No webhooks yet")
        await place.press("u")
        await place.until("Set up the receiver")
        pilot.app.screen.query_one("#set-host").value = "0.0.0.0"
        pilot.app.screen.query_one("#set-expose").focus()
        await place.press("space", "ctrl+s")
        await place.until("it will be EXPOSED on 0.0.0.0")
        await place.listen()
        await place.until("EXPOSED: other machines reach it on 0.0.0.0")
        assert place.receiving.receiver.inbound_url.startswith("http://127.0.0.1:")
        await place.post()
        await place.until("✓ message")


async def test_a_reply_is_sent_with_the_senders_number_in_it(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.press("u")
        await place.until("Set up the receiver")
        pilot.app.screen.query_one("#set-reply").text = "Thanks {From}, <we> got it"
        await place.press("ctrl+s")
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen))
        await place.until(lambda: place.receiving.receiver.settings.reply)
        answer = await place.post()
        assert "Thanks +14155550123, &lt;we&gt; got it" in answer.text


async def test_f1_explains_the_public_url_with_plain_ssh(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 60)) as pilot:
        place = at(pilot)
        await place.until("No webhooks yet")
        await place.press("f1")
        await place.until("ssh -N -R 8080:127.0.0.1:8080")


async def test_nothing_listens_before_it_is_known_whose_webhooks_they_are(run_app, until, text_of):
    async with run_app(screen="webhooks") as pilot:
        await until(pilot, lambda: "Try the sandbox" in text_of(pilot) or "first" in text_of(pilot).lower())
        await pilot.press("escape")
        await until(pilot, lambda: "No webhooks yet" in text_of(pilot))
        await pilot.press("s")
        await until(pilot, lambda: "no connection to verify webhooks with" in text_of(pilot))
        assert "stopped" in text_of(pilot)


@pytest.mark.parametrize("token", ["", "0" * 32], ids=["it cannot be opened", "it opens"])
async def test_a_receiver_that_is_asked_for_too_early_starts_when_the_connection_is_open(
    sandbox, connect, run_app, until, text_of, tmp_path, token
):
    late = LateSecret(tmp_path)
    slow = replace(connect(sandbox, name="slow", kind="auth_token"), auth_token=late.source)
    save(tmp_path / "config" / "connections.toml", Connections([slow]))
    async with run_app(connection="slow", screen="webhooks") as pilot:
        await until(pilot, lambda: pilot.app.session.opening == "slow" and "No webhooks yet" in text_of(pilot))
        assert "No connection is in use" not in text_of(pilot), "one is being opened"
        await pilot.press("s")
        await until(pilot, lambda: "starts as soon as" in text_of(pilot))
        late.tell(f"{token}\n")
        receiving = pilot.app.session.receiving
        if token:
            await until(pilot, lambda: receiving.listening is not None)
        else:
            await until(pilot, lambda: not pilot.app.session.opening)
            await pilot.pause()
            assert receiving.listening is None
            assert not pilot.app.screen._start_wanted


async def test_the_files_of_a_message_are_listed_by_what_is_ours(sandbox, run_app, at, said):
    message = sandbox.receive("+14155550123", sandbox.numbers[0], "", media=("https://f.example/a.png",))
    ours = f"{sandbox.base_url}/2010-04-01/Accounts/{sandbox.account_sid}/Messages/{message.sid}/Media"
    files = {"NumMedia": "2", "MediaUrl0": f"{ours}/{message.media[0].sid}", "MediaContentType0": "image/png"}
    files |= {"MediaUrl1": "https://elsewhere.example/a.exe", "MediaContentType1": "image/\u202egnp"}
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.post(said("Look", sid=message.sid, **files))
        await place.until("PNG image  M: save")
        asked = len(sandbox.requests)
        await place.press("M")
        await place.until(" B  ME")
        assert "not Twilio's: elsewhere.example" in place.text
        assert "\u202e" not in place.text
        # The size alone was asked for: at Twilio, then where that leads.
        assert [served.method for served in sandbox.requests[asked:]] == ["HEAD", "HEAD"]
        await place.receiving.stop()
