"""Webhooks and the other places: what a callback brings up to date, where the URL is handed to, what is counted."""

from __future__ import annotations

import pytest

from tests.screens.messages.listed import messages
from tests.webhooks.test_event_store import EVENT
from tui.archive.query_parser import parse
from tui.sandbox.faults import Fault
from tui.screens.compose.screen import ComposeScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.webhooks.screen import WebhooksScreen
from tui.storage.connections import Connection, Connections, save
from tui.storage.paths import find_paths
from tui.twilio.client import Client
from tui.twilio.numbers import list_numbers, set_sms_webhook
from tui.webhooks.settings import load_settings
from tui.widgets.bars import TopBar
from tui.widgets.dialogs import Confirm

FAR = Connection("far", "auth_token", "AC" + "3" * 32, auth_token="3" * 32)


@pytest.mark.landing
async def test_what_was_asked_of_the_sandbox_does_nothing_to_the_connection_that_is_used_by_then(
    sandbox, connect, run_app, at, tmp_path
):
    paths = find_paths(tmp_path / "config")
    save(paths.connections, Connections([connect(sandbox, name="acme")]))
    paths.webhook_settings.write_text('tunnel_server = "me@here:8080"\n')
    paths.webhook_settings.chmod(0o600)
    async with run_app(sandbox=sandbox, connection="acme", screen="webhooks", size=(100, 40)) as pilot:
        place, session = at(pilot), pilot.app.session
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen) and session.account)
        kept = place.screen._store
        kept.add(EVENT)
        await session.use_sandbox()
        place.screen.action_clear()
        await place.until("Clear the events?")
        await session.use("acme")
        await place.press("y")
        await place.until(lambda: place.table.row_count == 1)
        assert len(kept.latest()) == 1
        await session.use_sandbox()
        await place.press("u")
        await place.until("For the sandbox: not saved.")
        pilot.app.screen.query_one("#set-forward_to").value = "3000"
        pilot.app.screen.query_one("#set-public_url").value = "https://hooks.example.com"
        await session.use("acme")
        await place.press("ctrl+s")
        await place.until("Another connection is in use by now.")
        assert "forward_to" not in paths.webhook_settings.read_text()
        # What was typed is there to be saved all the same.
        await place.press("ctrl+s")
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen))
        await place.until(lambda: "forward_to" in paths.webhook_settings.read_text())
    settings, _ = load_settings(paths.webhook_settings)
    assert (settings.forward_to, settings.public_url) == ("http://127.0.0.1:3000", "https://hooks.example.com")
    assert settings.tunnel_server == "me@here:8080"


async def test_a_send_with_the_callback_is_reported_verified_and_its_outcome_follows(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.press("2")
        await place.until(lambda: isinstance(pilot.app.screen, ComposeScreen))
        await place.until("To receiver")
        form = pilot.app.screen._form
        form.set_text("from_", sandbox.numbers[0])
        form.set_text("to", "+14155550123")
        form.set_text("body", "On our way")
        await place.press("ctrl+g")
        await place.until(lambda: form.typed.callback == place.receiving.callback_url)
        await place.press("ctrl+s")
        await place.until("Send now")
        await place.press("enter")
        await place.until(lambda: pilot.app.screen._outcome.sending is not None)
        sending = lambda: pilot.app.screen._outcome.sending  # noqa: E731
        await place.until(lambda: sending().stage.accepted and sending().message.status == "delivered")
        sid = sending().sid
        await place.until(lambda: {r.status for r in place.screen._rows if r.sid == sid} >= {"sent", "delivered"})
        assert {row.verdict.value for row in place.screen._rows} == {"verified"}
        assert pilot.app.screen.query_one(TopBar).news.startswith("+")
        await place.press("escape", "escape", "f6")
        await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen) and not place.receiving.news)
        await place.until("delivered")


async def test_compose_offers_no_callback_while_nothing_listens(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        place = at(pilot)
        await place.until(lambda: pilot.app.session.account)
        await place.press("ctrl+g")
        assert pilot.app.screen._form.typed.callback == ""
        assert "To receiver" not in place.text


async def scheduled(pilot):
    """A message that may still come to any end."""
    archive = pilot.app.session.archive
    [found] = await archive.read(await archive.find_rows(parse("status:scheduled"), limit=1))
    return found


async def test_a_message_that_arrives_appears_in_the_list_by_itself_even_unwatched(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen(point=True)
        await place.leave_for_an_unwatched_list()
        sandbox.receive("+14155550123", sandbox.numbers[0], "Straight from the webhook")
        await place.until("Straight from the webhook")
        await place.until("5 Webhooks +1")


async def test_a_status_is_shown_even_while_twilio_cannot_be_asked(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.leave_for_an_unwatched_list()
        known = await scheduled(pilot)
        sandbox.faults.add(Fault("reset-before", path=r"Messages", times=100))
        told = {"MessageSid": known.sid, "MessageStatus": "undelivered", "ErrorCode": "30003", "To": known.to}
        await place.post(told, path="/status")
        shown = lambda: next(m for m in messages(pilot) if m.sid == known.sid)  # noqa: E731
        await place.until(lambda: (shown().status, shown().error_code) == ("undelivered", 30003))
        assert (shown().body, shown().from_) == (known.body, known.from_)


@pytest.mark.parametrize("together", [True, pytest.param(False, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "order",
    [
        (("sending", "30003"), ("undelivered", None), ("sent", "")),
        pytest.param((("undelivered", "30003"), ("sent", ""), ("sending", None)), marks=pytest.mark.long),
        pytest.param((("sent", None), ("undelivered", "30003"), ("queued", None)), marks=pytest.mark.long),
    ],
)
async def test_callbacks_that_overtake_each_other_take_no_status_back_and_no_code_away(
    sandbox, run_app, at, order, together
):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.leave_for_an_unwatched_list()
        known = await scheduled(pilot)
        sandbox.faults.add(Fault("reset-before", path=r"Messages", times=100))
        shown = lambda: next(m for m in messages(pilot) if m.sid == known.sid)  # noqa: E731
        for count, (word, code) in enumerate(order, 1):
            told = {"MessageSid": known.sid, "MessageStatus": word, "To": known.to}
            await place.post(told if code is None else {**told, "ErrorCode": code}, path="/status")
            if not together:
                await place.until(lambda n=count: place.receiving.receiver.queue.counts.verified == n)
                await pilot.pause(0.15)
        await place.until(lambda: (shown().status, shown().error_code) == ("undelivered", 30003))
        await place.until(lambda: place.receiving._refresher.waiting == 0)
        assert (shown().status, shown().error_code) == ("undelivered", 30003)


async def test_rejected_requests_are_counted_apart_elsewhere(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.listen()
        await place.press("1")
        await place.post(token="f" * 32)
        await place.until("5 Webhooks ✗1")
        await place.press("5")
        await place.until("✗ message")
        await place.press("1")
        await place.until(lambda: isinstance(pilot.app.screen, MessagesScreen))
        await place.until(lambda: "✗1" not in place.text)


@pytest.fixture
def saved(tmp_path, sandbox, connect):
    """A saved connection to the sandbox and one to Twilio itself."""
    good = connect(sandbox, name="good", kind="auth_token")
    save(tmp_path / "config" / "connections.toml", Connections([good, FAR]))
    return good


async def hold(place, words="Use for a number"):
    await place.press("m")
    await place.until(words)
    await place.press("1")
    await place.until(lambda: isinstance(place.pilot.app.screen, Confirm))


@pytest.mark.landing
async def test_a_number_is_pointed_here_after_both_urls_were_shown_and_gets_its_own_back(sandbox, run_app, at, saved):
    async with Client(saved) as client:
        number = (await list_numbers(client))[0]
        await set_sms_webhook(client, number.sid, "https://old.example.com/sms", "GET")

        async def present():
            return next(n.webhook for n in await list_numbers(client) if n.sid == number.sid)

        async with run_app(connection="good", screen="webhooks", size=(120, 40)) as pilot:
            place = at(pilot)
            await place.until(lambda: pilot.app.session.account)
            await place.press("s")
            await place.until(lambda: place.receiving.listening)
            ours = place.receiving.receiver.inbound_url
            await hold(place)
            assert "https://old.example.com/sms" in place.text
            assert ours in place.text
            await place.press("escape")
            assert (await present()).url == "https://old.example.com/sms"
            await hold(place)
            await place.press("y")
            await place.until("come here now")
            assert (await present()).url == ours
            # Leaving the place, and the receiver's stop, forget nothing.
            await place.press("1")
            await place.until(lambda: isinstance(pilot.app.screen, MessagesScreen))
            await place.press("5")
            await place.until(lambda: isinstance(pilot.app.screen, WebhooksScreen))
            await hold(place)
            await place.until("Give +14155550100 back what it had?")
            await place.press("y")
            await place.until("has its earlier webhook back")
            assert ((await present()).url, (await present()).method) == ("https://old.example.com/sms", "GET")


async def test_quitting_says_that_the_receiver_stops_and_which_numbers_still_point_here(sandbox, run_app, at, saved):
    async with run_app(connection="good", screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until(lambda: pilot.app.session.account)
        await place.press("s")
        await place.until(lambda: place.receiving.listening)
        await hold(place)
        await place.press("y")
        await place.until(lambda: place.receiving.pointed)
        await place.press("q")
        await place.until("The receiver stops")
        assert "+14155550100: still pointed here" in " ".join(place.text.split())
        await place.press("escape")


async def test_twilio_itself_gets_no_url_of_this_machine(sandbox, run_app, at, saved):
    async with run_app(connection="far", screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until(lambda: pilot.app.session.account)
        await place.press("s")
        await place.until("no public URL: Twilio cannot reach it")
        await place.until("Nothing can arrive yet")


async def test_a_connection_without_a_token_says_that_nothing_can_be_verified(sandbox, run_app, at, tmp_path):
    base = f"{sandbox.base_url}/2010-04-01"
    key = (sandbox.account_sid, sandbox.api_key_sid, sandbox.api_key_secret)
    bare = Connection("bare", "api_key", *key, base_url=base)
    save(tmp_path / "config" / "connections.toml", Connections([bare]))
    async with run_app(connection="bare", screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until("bare has no auth token: nothing can be verified")
        await place.press("s")
        await place.until(lambda: place.receiving.listening)
        await place.post()
        await place.until("? message")
        await place.press("enter")
        await place.until("Nobody can tell whether Twilio sent this")
        await place.press("escape", "u")
        await place.until("Set up the receiver")
        pilot.app.screen.query_one("#set-allow_unsigned").value = "yes"
        await place.press("ctrl+s")
        await place.until("UNSIGNED requests are accepted")
        await place.post()
        await place.until(lambda: place.table.row_count == 2)
        assert place.table.current.accepted
        await place.until("anyone may have sent it")


async def test_events_of_the_saved_connections_are_there_again_after_a_restart(sandbox, run_app, at, saved):
    for start in (True, False):
        async with run_app(connection="good", screen="webhooks", size=(120, 40)) as pilot:
            place = at(pilot)
            await place.until(lambda: pilot.app.session.account)
            if start:
                await place.press("s")
                await place.until(lambda place=place: place.receiving.listening)
                await place.post()
            await place.until("Hello & good day")
            assert place.table.row_count == 1


async def test_switching_to_the_sandbox_shows_nothing_of_the_account_before(sandbox, run_app, at, saved):
    async with run_app(sandbox=sandbox, connection="good", screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until(lambda: pilot.app.session.account)
        await place.press("s")
        await place.until(lambda: place.receiving.listening)
        await place.post()
        await place.until("Hello & good day")
        await place.press("ctrl+o", "3")
        await place.until(lambda: place.receiving.sandbox)
        await place.until("No webhooks yet")
        assert "Hello & good day" not in place.text
        await place.press("ctrl+o", "1")
        await place.until("Hello & good day")
