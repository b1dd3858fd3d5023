"""The app's receiver without a screen: whose tokens verify, what an event leads to, what is remembered."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from tests.services.sends.steps import submit
from tests.webhooks.test_event_store import count
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.message_refresher import MOST_WAITING, PAUSE
from tui.services.session import EventType, Session
from tui.services.webhook_service import WebhookService
from tui.storage.connections import Connection, Connections, Secret, save
from tui.storage.files import lock
from tui.storage.paths import find_paths
from tui.twilio.drafts import Draft
from tui.twilio.signature import sign
from tui.webhooks.errors import ReceiverUnavailable, SettingsUnreadable, SettingsUnsaved
from tui.webhooks.events import Verdict
from tui.webhooks.receiver import Listening
from tui.webhooks.settings import ReceiverSettings, load_settings

MESSAGE = "+14155550123"


class Watched:
    """A session, everything it told, and Twilio's side of a webhook."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.events = []
        self.failures = []
        self.http = httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=20))
        session.subscribe(self.events.append)
        session.on_failure(self.failures.append)

    @property
    def receiving(self) -> WebhookService:
        return self.session.receiving

    @property
    def messages(self):
        return [event.message for event in self.events if event.what is EventType.MESSAGE]

    @property
    def received(self):
        batches = [e.batch for e in self.events if e.what is EventType.WEBHOOKS and e.batch is not None]
        return [event for batch in batches for event in batch.events]

    async def post(self, params, *, token="", path="/status", signature=None):
        state = self.receiving.listening
        assert state is not None
        url = f"http://127.0.0.1:{state.port}{path}"
        if signature is None:
            signature = sign(token, url, params)
        headers = {"X-Twilio-Signature": signature} if signature else {}
        return await self.http.post(url, data=params, headers=headers)


@pytest.fixture
async def watched(tmp_path, sandbox, connect) -> AsyncIterator[Watched]:
    """A session with two saved connections to the sandbox, and the sandbox itself."""
    one = connect(sandbox, name="one", kind="auth_token")
    two = Connection("two", "auth_token", "AC" + "2" * 32, auth_token="2" * 32, base_url=one.base_url)
    bare = Connection(
        "bare", "api_key", one.account_sid, sandbox.api_key_sid, sandbox.api_key_secret, None, None, one.base_url
    )
    paths = find_paths(tmp_path / "config")
    save(paths.connections, Connections([one, two, bare]))

    async def start() -> Connection:
        return connect(sandbox)

    session = Session(paths, start_sandbox=start, environ={})
    session.saved.read()
    together = Watched(session)
    yield together
    await together.http.aclose()
    await session.close()


def status(sid: str, word: str = "delivered", **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": word, "From": "+14155550100", "To": MESSAGE, **more}


async def sent(watched: Watched, sandbox: Sandbox, callback: str = "") -> str:
    """A message that was sent from the account in use; its SID."""
    account = watched.session.account
    draft = Draft(to=MESSAGE, from_=sandbox.numbers[0], body="Hi", status_callback=callback)
    sending = await submit(account.sends, draft)
    return sending.message.sid


def reads(sandbox: Sandbox) -> int:
    return sum(served.method == "GET" for served in sandbox.requests)


def fetched(sandbox: Sandbox) -> list[str]:
    """SIDs of the messages that were asked for."""
    return [
        re.findall("(?:SM|MM)[0-9a-f]{32}", served.target)[0]
        for served in sandbox.requests
        if "/Messages/" in served.target
    ]


# -- what an event leads to --------------------------------------------------------------------------


async def test_a_verified_status_has_its_message_asked_for_once_and_told(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    sid = await sent(watched, sandbox, watched.receiving.callback_url)
    await until(None, lambda: any(m and m.sid == sid and m.status == "delivered" for m in watched.messages))
    await until(None, lambda: "delivered" in {event.status for event in watched.received})
    await until(None, lambda: any(m and m.body == "Hi" and m.status == "delivered" for m in watched.messages))
    whole = [m for m in watched.messages if m and m.sid == sid and m.status == "delivered"]
    assert whole[-1].body == "Hi"
    assert not watched.failures


async def test_a_message_that_arrives_is_told_whole(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    used = watched.receiving.used
    number = (await watched.receiving.numbers(used))[0]
    await watched.receiving.point(used, number, watched.receiving.receiver.inbound_url)
    sandbox.receive(MESSAGE, number.phone_number, "Is anyone there?")
    await until(None, lambda: any(m and m.body == "Is anyone there?" and m.inbound for m in watched.messages))


async def test_what_twilio_took_a_text_for_is_kept_with_its_message(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    own = sandbox.numbers[0]
    sid = sandbox.receive(MESSAGE, own, "Arrêt").sid
    fields = {"MessageSid": sid, "SmsStatus": "received", "From": MESSAGE, "To": own, "Body": "Arrêt"}
    await watched.post({**fields, "OptOutType": "Stop"}, token=sandbox.auth_token, path="/sms")
    await until(None, lambda: any(m and m.sid == sid and m.opt_out_type == "STOP" for m in watched.messages))
    found = await watched.session.account.archive.opted_out(own, [MESSAGE])
    assert found[MESSAGE].by == "ARRÊT"
    assert [each.sender for each in await watched.session.account.archive.opt_outs()] == [found[MESSAGE].sender]


async def test_what_is_rejected_leads_to_nothing(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    # Sending looks at the list of its own accord.
    sid, other = await sent(watched, sandbox), await sent(watched, sandbox)
    before = reads(sandbox)
    for signature in ("", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="):
        assert (await watched.post(status(sid), signature=signature)).status_code == 403
    await until(None, lambda: len(watched.received) == 2)
    # A verified one afterwards is asked for; by then a rejected one would have been.
    await watched.post(status(other), token=sandbox.auth_token)
    await until(None, lambda: fetched(sandbox))
    assert fetched(sandbox) == [other]
    assert reads(sandbox) == before + 1


async def test_an_event_about_another_account_leads_to_nothing(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    sid, other = await sent(watched, sandbox), await sent(watched, sandbox)
    await watched.post(status(sid, AccountSid="AC" + "9" * 32), token=sandbox.auth_token)
    await watched.post(status(other), token=sandbox.auth_token)
    await until(None, lambda: fetched(sandbox))
    assert fetched(sandbox) == [other]


@pytest.mark.landing
async def test_a_flood_of_events_does_not_become_a_flood_of_requests(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    begun = time.monotonic()
    sids = [f"SM{number:032x}" for number in range(300)]
    answers = await asyncio.gather(*(watched.post(status(sid), token=sandbox.auth_token) for sid in sids))
    assert {answer.status_code for answer in answers} == {204}
    await until(None, lambda: watched.receiving.receiver.queue.counts.received == 300)
    await until(None, lambda: fetched(sandbox))
    assert len(fetched(sandbox)) <= 2 + (time.monotonic() - begun) / PAUSE
    assert watched.receiving._refresher.waiting <= MOST_WAITING


async def test_what_nobody_verified_is_looked_up_but_never_believed(watched, sandbox, until):
    await watched.session.use("bare")
    await watched.receiving.set_up(ReceiverSettings(allow_unsigned=True))
    await watched.receiving.start()
    invented = "SM" + "e" * 32
    before = reads(sandbox)
    assert (await watched.post(status(invented, "failed"), signature="")).status_code == 204
    await until(None, lambda: reads(sandbox) == before + 1)
    assert invented not in {m.sid for m in watched.messages if m}
    # Nor where Twilio cannot be asked: what it says of itself would be all there is.
    sandbox.faults.add(Fault("500-before", method="GET"))
    assert (await watched.post(status(invented[:-1] + "f", "failed"), signature="")).status_code == 204
    await until(None, lambda: reads(sandbox) == before + 2)
    await until(None, lambda: not watched.receiving._refresher.waiting)
    assert not any(m and m.sid.startswith(invented[:-1]) for m in watched.messages)


# -- whose tokens ------------------------------------------------------------------------------------


async def test_another_account_is_verified_with_its_own_token_and_the_other_is_named(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    await watched.session.use("two")
    await until(None, lambda: watched.receiving.used.connection.name == "two")
    params = status("SM" + "1" * 32)

    async def judged(token: str):
        await watched.post(params, token=token)
        return watched.receiving.receiver.store.latest(1)[0]

    for _ in range(200):
        if (await judged("2" * 32)).verdict is Verdict.VERIFIED:
            break
    assert (await judged("2" * 32)).verdict is Verdict.VERIFIED
    for _ in range(200):
        if "one" in (event := await judged(sandbox.auth_token)).diagnosis:
            break
    assert event.verdict is Verdict.REJECTED
    assert "one" in event.diagnosis


async def test_the_sandbox_and_the_saved_connections_share_neither_receiver_nor_events(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    saved = watched.receiving.receiver
    await watched.post(status("SM" + "1" * 32), token=sandbox.auth_token)
    await watched.session.use_sandbox()
    await until(None, lambda: not isinstance(saved.state, Listening))
    assert watched.receiving.receiver is not saved
    assert watched.receiving.receiver.store._path is None
    assert count(watched.receiving.receiver.store) == 0
    assert watched.receiving.listening is None
    await watched.session.use("one")
    assert watched.receiving.receiver is saved
    assert count(saved.store) == 1


async def test_unsigned_requests_are_allowed_for_one_account_only(watched, until):
    await watched.session.use("bare")
    await watched.receiving.set_up(ReceiverSettings(allow_unsigned=True))
    await watched.receiving.start()
    assert watched.receiving.receiver.settings.allow_unsigned
    await watched.session.use("one")
    assert not watched.receiving.settings.allow_unsigned
    assert not watched.receiving.receiver.settings.allow_unsigned


async def test_a_token_that_cannot_be_had_is_a_sentence_and_nothing_listens(watched, sandbox):
    one = watched.session.saved.connections["one"]
    lost = Connection(
        "lost",
        "api_key",
        one.account_sid,
        sandbox.api_key_sid,
        sandbox.api_key_secret,
        Secret.env("GONE"),
        None,
        one.base_url,
    )
    await watched.session.saved.store(watched.session.saved.connections.with_connection(lost))
    await watched.session.use("lost")
    with pytest.raises(ReceiverUnavailable) as refused:
        await watched.receiving.start()
    assert refused.value.field == "auth_token"
    assert "GONE" in str(refused.value)
    assert watched.receiving.listening is None


async def test_a_receiver_whose_token_is_gone_listens_no_longer(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    one = watched.session.saved.connections["one"]
    gone = replace(one, auth_token=Secret.env("GONE"))
    watched.receiving.use(replace(watched.receiving.used, connection=gone), [])
    await until(None, lambda: watched.receiving.token_trouble is not None and watched.receiving.listening is None)


async def test_a_number_is_left_alone_where_what_it_had_cannot_be_written_down(watched, tmp_path):
    await watched.session.use("one")
    await watched.receiving.start()
    used = watched.receiving.used
    number = (await watched.receiving.numbers(used))[0]
    (tmp_path / "config" / "webhooks.toml").write_text("port = \n")
    with pytest.raises(SettingsUnreadable):
        await watched.receiving.point(used, number, "http://127.0.0.1:9/sms")
    assert (await watched.receiving.numbers(used))[0].sms_url == number.sms_url != "http://127.0.0.1:9/sms"


async def test_a_slow_token_is_waited_for_and_others_are_not(watched, sandbox, tmp_path, until):
    one = watched.session.saved.connections["one"]
    script = f"import time; time.sleep(0.4); print('{sandbox.auth_token}')"
    slow = replace(one, name="slow", auth_token=Secret.command([sys.executable, "-c", script]))
    stuck = replace(one, name="stuck", auth_token=Secret.command([sys.executable, "-c", "import time; time.sleep(60)"]))
    saved = watched.session.saved.connections.with_connection(slow).with_connection(stuck)
    await watched.session.saved.store(saved)
    await watched.session.use("slow")
    await watched.receiving.start()
    await watched.post(status("SM" + "1" * 32), token=sandbox.auth_token)
    assert watched.receiving.receiver.store.latest(1)[0].verdict is Verdict.VERIFIED


async def test_a_token_that_is_added_later_verifies_at_once(watched, sandbox, until):
    await watched.session.use("bare")
    await watched.receiving.start()
    params = status("SM" + "1" * 32)
    await watched.post(params, token=sandbox.auth_token)
    assert watched.receiving.receiver.store.latest(1)[0].verdict is Verdict.CANNOT_VERIFY
    bare = watched.session.saved.connections["bare"]
    better = replace(bare, auth_token=Secret.literal(sandbox.auth_token))
    await watched.session.saved.store(watched.session.saved.connections.with_connection(better, replacing="bare"))
    await until(None, lambda: watched.receiving.verifies)
    await watched.post(params, token=sandbox.auth_token)
    assert watched.receiving.receiver.store.latest(1)[0].verdict is Verdict.VERIFIED


async def test_without_a_connection_starting_says_what_to_do(watched):
    with pytest.raises(ReceiverUnavailable) as refused:
        await watched.receiving.start()
    assert "Choose one" in refused.value.remedy


# -- what is counted ---------------------------------------------------------------------------------


async def test_news_are_counted_until_somebody_looks_and_repeats_are_no_news(watched, sandbox, until):
    await watched.session.use("one")
    await watched.receiving.start()
    for word in ("sent", "delivered", "delivered"):
        await watched.post(status("SM" + "1" * 32, word), token=sandbox.auth_token)
    await watched.post(status("SM" + "1" * 32), signature="")
    await until(None, lambda: len(watched.received) == 4)
    assert (watched.receiving.news.accepted, watched.receiving.news.rejected) == (2, 1)
    watched.receiving.watched = True
    assert not watched.receiving.news
    await watched.post(status("SM" + "2" * 32), token=sandbox.auth_token)
    await until(None, lambda: len(watched.received) == 5)
    assert not watched.receiving.news


# -- what is remembered ------------------------------------------------------------------------------


async def test_settings_survive_a_restart_but_not_the_leave_to_be_unsigned(watched, tmp_path):
    await watched.session.use("bare")
    wanted = ReceiverSettings(port=18080, public_url="https://hooks.example.com/", reply="Thanks", allow_unsigned=True)
    await watched.receiving.set_up(wanted)
    again = Session(find_paths(tmp_path / "config"), environ={})
    assert again.receiving.settings == ReceiverSettings(
        port=18080, public_url="https://hooks.example.com", reply="Thanks"
    )
    assert (tmp_path / "config" / "webhooks.toml").stat().st_mode & 0o777 == 0o600
    await again.close()


async def test_what_was_set_last_is_what_is_kept_also_where_the_disk_is_slow(watched, tmp_path):
    await watched.session.use("one")
    receiving, file = watched.receiving, tmp_path / "config" / "webhooks.toml"
    with lock(file):
        off = asyncio.create_task(receiving.set_forwarding(on=False))
        await asyncio.sleep(0)
        on = asyncio.create_task(receiving.set_forwarding(on=True))
        await asyncio.sleep(0)
    await asyncio.gather(off, on)
    assert receiving.settings.forwards
    assert load_settings(file)[0].forwards


async def test_settings_that_cannot_be_read_are_not_written_over(watched, tmp_path):
    file = tmp_path / "config" / "webhooks.toml"
    file.write_text('port = "many"\n')
    await watched.session.use("one")
    assert watched.receiving.settings_trouble is not None
    assert "port is not a whole number" in str(watched.receiving.settings_trouble)
    with pytest.raises(SettingsUnsaved):
        await watched.receiving.set_up(ReceiverSettings(port=18081))
    assert watched.receiving.settings.port == 18081
    assert file.read_text() == 'port = "many"\n'


async def test_settings_that_cannot_work_do_not_keep_the_next_account_from_its_own_token(watched, tmp_path):
    (tmp_path / "config" / "webhooks.toml").write_text("port = 70000\n")
    await watched.session.use("one")
    with pytest.raises(ReceiverUnavailable, match="70000"):
        await watched.receiving.start()
    await watched.session.use("two")
    await watched.receiving.set_up(ReceiverSettings())
    await watched.receiving.start()
    await watched.post(status("SM" + "1" * 32), token="2" * 32)
    assert watched.receiving.receiver.store.latest(1)[0].verdict is Verdict.VERIFIED


async def test_the_sandbox_saves_nothing(watched, tmp_path, sandbox, until):
    await watched.session.use_sandbox()
    await watched.receiving.set_up(ReceiverSettings(reply="Thanks"))
    await watched.receiving.start()
    used = watched.receiving.used
    number = (await watched.receiving.numbers(used))[0]
    await watched.receiving.point(used, number, watched.receiving.receiver.inbound_url)
    await watched.post(status("SM" + "1" * 32), token=sandbox.auth_token)
    assert not (tmp_path / "config" / "webhooks.toml").exists()
    assert not (tmp_path / "config" / "state" / "webhooks.sqlite3").exists()


async def test_a_number_gets_back_what_it_had_also_after_a_restart(watched, tmp_path, sandbox):
    await watched.session.use("one")
    await watched.receiving.start()
    receiving, used = watched.receiving, watched.receiving.used
    number = (await receiving.numbers(used))[0]
    old = await receiving.point(used, number, "http://127.0.0.1:9/old")
    receiving._pointed[False].forget(number.sid)
    await receiving.point(used, old, "http://127.0.0.1:1/sms")
    # Pointed once more, at another port: what it had at first is what it gets back.
    await receiving.point(used, (await receiving.numbers(used))[0], receiving.receiver.inbound_url)
    again = Session(find_paths(tmp_path / "config"), environ={})
    again.saved.read()
    await again.use("one")
    (kept,) = again.receiving.pointed
    assert (kept.before.url, kept.ours) == ("http://127.0.0.1:9/old", receiving.receiver.inbound_url)
    assert (await again.receiving.put_back(again.receiving.used, kept)).sms_url == "http://127.0.0.1:9/old"
    assert again.receiving.pointed == ()
    await again.close()


# -- on and off --------------------------------------------------------------------------------------


async def test_a_reply_changes_while_it_listens_and_a_path_makes_it_listen_anew(watched):
    await watched.session.use("one")
    port = (await watched.receiving.start()).port
    await watched.receiving.set_up(ReceiverSettings(reply="Thanks"))
    assert watched.receiving.listening.port == port
    await watched.receiving.set_up(ReceiverSettings(reply="Thanks", inbound_path="/other"))
    assert watched.receiving.receiver.inbound_url.endswith("/other")


async def test_a_callback_is_offered_only_where_twilio_could_reach_it(watched):
    await watched.session.use("one")
    assert watched.receiving.callback_url == ""
    await watched.receiving.start()
    assert watched.receiving.callback_url == watched.receiving.receiver.status_url
    save(
        watched.session.saved.file,
        watched.session.saved.connections.with_connection(
            Connection("far", "auth_token", "AC" + "3" * 32, auth_token="3" * 32)
        ),
    )
    watched.session.saved.read()
    await watched.session.use("far")
    assert watched.receiving.listening is not None
    assert watched.receiving.callback_url == ""
    await watched.receiving.set_up(ReceiverSettings(public_url="https://hooks.example.com"))
    assert watched.receiving.callback_url == "https://hooks.example.com/status"


async def test_closing_lets_go_of_the_port(watched):
    await watched.session.use("one")
    port = (await watched.receiving.start()).port
    await watched.session.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
    assert not watched.failures


def test_nothing_of_it_is_imported_before_it_is_wanted():
    program = (
        "import sys, tui.app, tui.screens.messages.screen, tui.screens.compose.screen; "
        "rooms = ('tui.webhooks', 'tui.services.webhook_service', 'tui.http_server.server'); "
        "print([name for name in sys.modules if name.startswith(rooms)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
