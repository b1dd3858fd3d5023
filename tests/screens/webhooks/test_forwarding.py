"""Events on their way to a person's own program, as the Webhooks screen shows them; and what does not arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.screens.messages.listed import messages
from tests.screens.webhooks.conftest import message
from tests.webhooks.programs import Arrived, answer, program
from tests.webhooks.test_event_store import ANSWER, EVENT
from tui.screens.messages.screen import MessagesScreen
from tui.screens.webhooks.detail_text import describe, peek
from tui.screens.webhooks.event_list import answer_words, draw_event, row_of, titles
from tui.screens.webhooks.forms import SettingsForm
from tui.screens.webhooks.screen import WebhooksScreen
from tui.storage.connections import Connection, Connections, save
from tui.storage.paths import find_paths
from tui.webhooks.events import Forwarded, ForwardState
from tui.webhooks.export import to_json_line
from tui.webhooks.settings import ReceiverSettings, load_settings, save_settings
from tui.widgets.dialogs import Confirm


async def set_up(place, forward_to: str) -> None:
    """Fill in the URL of the program, by keys."""
    await place.press("u")
    await place.until(lambda: isinstance(place.app.screen, SettingsForm))
    place.app.screen.query_one("#set-forward_to").value = forward_to
    await place.press("ctrl+s")
    await place.until(lambda: not isinstance(place.app.screen, SettingsForm))


async def test_a_text_from_the_sandbox_is_answered_by_ones_own_program(sandbox, run_app, at):
    """The whole way: the sandbox texts, the receiver forwards, the program answers, and that becomes a message."""
    said = b"<Response><Message>Moved to 15:30, says my program</Message></Response>"
    async with program(answer(said)) as mine, run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen(point=True)
        await set_up(place, str(mine.port))
        await place.until(f"→ forwarded to {mine.url}")
        await place.press("t")
        await place.until(" ms ")
        assert "200 " in place.text
        assert "your program: 200" in place.text
        await place.press("enter")
        await place.until("your program's answer")
        assert f"{mine.url}/sms" in place.text
        assert "Moved to 15:30, says my program" in place.text
        await place.press("1")
        await place.until(lambda: isinstance(pilot.app.screen, MessagesScreen))
        await place.until(lambda: any(m.direction == "outbound-reply" and "15:30" in m.body for m in messages(pilot)))
        # It goes on while the screen is not shown.
        assert (await place.post(message(sid="SM" + "c" * 32))).content == said
    assert len(mine.requests) == 2


async def test_a_program_that_failed_is_seen_and_played_to_again_by_one_key(sandbox, run_app, at):
    def fail_once(_: Arrived) -> bytes:
        return answer(b"Traceback", "500 Oh") if len(mine.requests) == 1 else answer()

    async with program(fail_once) as mine, run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await set_up(place, mine.url)
        response = await place.post()
        assert (response.status_code, response.content) == (500, b"Traceback")
        await place.until("500!")
        await place.until("p plays it again")
        await place.press("p")
        await place.until("↻200")
        await place.until("played again by hand")
        assert len(mine.requests) == 2
        assert "500" in place.text  # What Twilio got stays what it was.
        assert place.receiving.receiver.store.latest()[0].reply.body == b"Traceback"


async def test_without_an_answer_the_saved_reply_is_marked_and_forwarding_is_stopped_by_a_key(sandbox, run_app, at):
    async with program() as mine:
        pass
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await set_up(place, mine.url)
        assert (await place.post()).status_code == 200
        await place.until("no answer")
        await place.until("Nothing answers at 127.0.0.1")
        await place.until("the saved reply, not your")
        await place.press("F")
        await place.until("→ not forwarded.")
        await place.post(message(sid="SM" + "b" * 32))
        await place.until(lambda: place.table.row_count == 2)
        assert place.table.rows[0].forwarded is None
        await place.press("F")
        await place.until("→ forwarded to")


async def test_in_the_sandbox_no_other_machine_is_taken(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.press("u")
        await place.until(lambda: isinstance(place.app.screen, SettingsForm))
        place.app.screen.query_one("#set-forward_to").value = "https://dev.example.com"
        await place.press("ctrl+s")
        await place.until("nothing leaves this one")
        assert place.receiving.settings.forward_to == ""


@pytest.fixture
def own(tmp_path, sandbox, connect):
    """A configuration folder with one saved connection, to a Twilio on this machine."""
    paths = find_paths(tmp_path / "config")
    one: Connection = connect(sandbox, name="one", kind="auth_token")
    save(paths.connections, Connections([one]))
    return paths


async def test_another_machine_is_asked_about_by_name_and_kept_once_agreed_to(own, sandbox, run_app, at):
    paths = own
    async with run_app(screen="webhooks") as pilot:
        place = at(pilot)
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen) and pilot.app.session.account)
        await set_up(place, "https://dev.example.com/hook")
        await place.until(lambda: isinstance(pilot.app.screen, Confirm))
        assert "https://dev.example.com" in place.text
        assert "signatures" in place.text
        await place.press("escape")
        await place.until("which gets nothing yet")
        assert load_settings(paths.webhook_settings)[0].confirmed == ()
        await place.press("F")
        await place.until(lambda: isinstance(pilot.app.screen, Confirm))
        await place.press("y")
        await place.until("→ forwarded to https://dev.example.com/hook")
        assert load_settings(paths.webhook_settings)[0].confirmed == ("https://dev.example.com",)


async def test_a_host_that_was_changed_by_hand_is_asked_about_at_the_start_and_gets_nothing_before(
    own, sandbox, run_app, at
):
    paths = own
    settings = ReceiverSettings(forward_to="https://good.example.com").confirm()
    save_settings(paths.webhook_settings, replace(settings, forward_to="https://evil.example.com"), ())
    async with run_app(screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen) and pilot.app.session.account)
        await place.press("s")
        await place.until(lambda: isinstance(pilot.app.screen, Confirm))
        assert "https://evil.example.com" in place.text
        assert (await place.post()).status_code == 200
        await place.press("escape")
        await place.until("and not confirmed yet.")
        await place.until("— not sent")


NOW = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)
"""Ten seconds after `EVENT` arrived."""


@pytest.mark.parametrize(
    ("answered", "words", "brief"),
    [
        (None, "", ""),
        (Forwarded("http://x"), "…", "…"),
        (replace(ANSWER, seconds=0.0351), "200  35 ms", "200"),
        (replace(ANSWER, status=503, seconds=1.25), "503! 1.2 s", "503!"),
        (replace(ANSWER, by_hand=True, seconds=11.6), "↻200  11.6 s", "↻200"),
        (Forwarded("http://x", ForwardState.NO_ANSWER), "— no answer", "—"),
        (Forwarded("http://x", ForwardState.NOT_SENT, by_hand=True), "↻— not sent", "↻—"),
    ],
)
def test_an_answer_in_a_few_cells(answered: Forwarded | None, words: str, brief: str) -> None:
    age = timedelta(seconds=10)
    assert answer_words(answered, age)[0] == words
    assert answer_words(answered, age, brief=True)[0] == brief
    event = replace(EVENT, forwarded=answered)
    for width in range(20, 130):
        line = "".join(text for text, _ in draw_event(row_of(event), width, NOW, forwards=True))
        assert titles(width, forwards=True).rindex("What") == line.index("🙂")
        assert (words if width >= 72 else brief) in line


def test_an_event_whose_answer_nobody_waited_for_says_so() -> None:
    event = replace(EVENT, forwarded=Forwarded("http://127.0.0.1:3000/sms"))
    assert "tuilio ended" not in str(describe(event, NOW))
    later = NOW + timedelta(minutes=1)
    assert "tuilio ended before its answer was known" in str(describe(event, later))
    assert answer_words(event.forwarded, later - event.received_at)[0] == "?"


def test_nothing_that_a_program_says_drives_the_terminal() -> None:
    evil = "\x1b]52;c;aGk=\x07[@click=app.quit]x\u202e\x00"
    answered = Forwarded(
        f"http://127.0.0.1/{evil}",
        ForwardState.ANSWERED,
        302,
        problem=f"Your program redirects to {evil}",
        headers=(("Location", evil), (evil, "x"), ("Set-Cookie", "secret=1")),
        body=evil.encode(),
    )
    event = replace(EVENT, forwarded=answered)
    shown = str(describe(event, NOW, 60)) + str(peek(row_of(event), NOW))
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(shown)
    assert "secret=1" not in shown
    assert "secret=1" not in to_json_line(event)


# -- what does not arrive ----------------------------------------------------------------------------


async def test_a_path_that_twilio_asks_for_in_vain_becomes_the_path_by_one_key(sandbox, run_app, at, said):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        port = place.receiving.listening.port
        assert (await place.post(said(), path="/webhook")).status_code == 404
        await place.until("POST /webhook")
        await place.until("i Adopt")
        await place.press("i")
        await place.until("Messages are received at /webhook now")
        assert (place.receiving.settings.inbound_path, place.receiving.listening.port) == ("/webhook", port)
        assert (await place.post(said(), path="/webhook")).status_code == 200
        await place.until("Hello & good day")


async def test_what_strangers_try_is_bounded_and_counted(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        for number in range(25):
            assert (await place.post(path=f"/wp-{number}.php", token="x" * 32)).status_code == 404
        await place.until("25 unserved")
        await place.until(lambda: place.table.row_count == 20)
        assert "Signed by Twilio" not in place.text
        await place.press("D", "y")
        await place.until(lambda: place.table.row_count == 0)


async def test_the_public_url_that_was_signed_for_is_taken_over_by_one_key(own, sandbox, run_app, at, said):
    paths = own
    async with run_app(screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen) and pilot.app.session.account)
        await place.press("s")
        await place.until(lambda: place.receiving.listening)
        there = {"X-Forwarded-Host": "hooks.example.com"}
        sign_for = "https://hooks.example.com/sms"
        assert (await place.post(said(), sign_for=sign_for, headers=there)).status_code == 403
        await place.until("the public URL to https://hooks.example.com")
        await place.press("i")
        await place.until("The public URL is https://hooks.example.com now")
        assert load_settings(paths.webhook_settings)[0].public_url == "https://hooks.example.com"
        assert (await place.post(said(), sign_for=sign_for)).status_code == 200


async def test_the_keys_of_the_settings_stay_whatever_is_said_under_the_fields(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(80, 20)) as pilot:
        place = at(pilot)
        await place.until("No webhooks yet")
        await place.press("u")
        await place.until(lambda: isinstance(place.app.screen, SettingsForm))
        for name in ("forward_signature", "expose", "allow_unsigned"):
            place.app.screen.query_one(f"#set-{name}").focus()
            await place.press("right")
        await place.until("never forwarded")
        assert "^s F9 Save" in place.text
        place.app.screen.query_one("#set-port").value = "70000"
        await place.press("ctrl+s")
        await place.until("70000 is not a port")
        assert "^s F9 Save" in place.text
        row = next(row for row, line in enumerate(place.text.split("\n")) if "^s F9 Save" in line)
        await pilot.click(offset=(place.text.split("\n")[row].index("esc"), row))
        await place.until(lambda: not isinstance(place.app.screen, SettingsForm))
