"""What outlives the screens: the connection in use, its client and journal, and the work begun on it."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.late_secret import LateSecret
from tests.outbox import kept
from tests.words_in_files import files_with
from tui.archive.query import Query
from tui.jobs.model import ItemResult, ItemState, JobKind, JobState, NewItem, NewJob
from tui.jobs.store import JobStore
from tui.raw_request.model import RawRequest
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.media import FetchedMedia
from tui.services.message_archive import MessageArchive
from tui.services.send_state import SendStage, SendState
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.connection import Connection
from tui.storage.connections import Connections
from tui.storage.contacts import Contact, ContactsFile
from tui.storage.errors import OutboxUnavailable
from tui.storage.journal import JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.storage.paths import find_paths
from tui.storage.query_history import QueryHistory
from tui.storage.secrets import Secret
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, InvalidRequest, NoAnswer
from tui.twilio.messages import Filters, Message, page, redact

TO = "+14155552671"


def replace_history(connection: Connection, history: int | str | None) -> Connection:
    return dataclasses.replace(connection, history=history)


Connect = Callable[..., Connection]


@dataclass
class Told:
    """A session and everything it told."""

    session: Session
    events: list[SessionEvent] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    def of(self, what: EventType) -> list[SessionEvent]:
        return [event for event in self.events if event.what is what]

    @property
    def account(self) -> Account:
        assert self.session.account is not None
        return self.session.account

    def stages(self) -> list[SendStage]:
        return [event.sending.stage for event in self.of(EventType.SEND) if event.sending]


def watch(session: Session) -> Told:
    told = Told(session)
    session.subscribe(told.events.append)
    session.on_failure(told.failures.append)
    return told


@pytest.fixture
async def told(tmp_path: Path, sandbox: Sandbox, connect: Connect) -> AsyncIterator[Told]:
    """A session with two saved connections to one Twilio, `one` and `two`."""
    session = Session(find_paths(tmp_path / "config"), environ={})
    await session.saved.store(Connections({name: connect(sandbox, name=name) for name in ("one", "two")}))
    told = watch(session)
    yield told
    await session.close()


def draft(sandbox: Sandbox, **more: Any) -> SendState:
    return SendState(Draft(**{"to": TO, "from_": sandbox.numbers[0], "body": "Hello", **more}), datetime.now(UTC))


def posts(sandbox: Sandbox) -> int:
    return sum(request.method == "POST" for request in sandbox.requests)


# -- opening ---------------------------------------------------------------------------------------


async def test_using_a_connection_opens_its_account(told: Told) -> None:
    await told.session.use("one")
    assert told.account.name == "one"
    assert not told.account.sandbox
    assert told.session.opening == ""
    assert told.session.trouble is None
    assert [event.account for event in told.of(EventType.ACCOUNT)] == [None, told.account]
    assert (await page(told.account.client, Filters())).messages


async def test_switching_closes_the_account_before(told: Told, until: Any) -> None:
    await told.session.use("one")
    before = told.account
    await told.session.use("two")
    assert told.account.name == "two"
    assert told.account.client is not before.client
    await until(None, lambda: before.client.closed)
    assert not told.account.client.closed
    assert told.failures == []


async def test_accounts_on_one_disk_share_the_journal(told: Told) -> None:
    await told.session.use("one")
    outbox, drafts = told.account.outbox, told.account.drafts
    await told.session.use("two")
    assert told.account.outbox is outbox
    assert told.account.drafts is drafts
    assert told.session.paths.outbox.exists()


async def test_a_connection_that_is_not_there_is_trouble(told: Told) -> None:
    await told.session.use("three")
    assert isinstance(told.session.trouble, InvalidRequest)
    assert "three" in told.session.trouble.reason
    assert told.session.account is None


@pytest.mark.parametrize(
    "changes",
    [
        {"account_sid": "nonsense"},
        {"api_key_secret": Secret.env("NO_SUCH_VARIABLE_7")},
        {"api_key_secret": Secret.command(["false"])},
        {"api_key_secret": None},
        {"base_url": "http://example.com"},
        {"base_url": "https://[::1"},
        {"region": "mars1", "base_url": None},
    ],
)
async def test_an_opening_that_fails_is_trouble_with_a_next_step(
    told: Told, sandbox: Sandbox, connect: Connect, changes: dict[str, Any]
) -> None:
    good = connect(sandbox)
    names = ("kind", "account_sid", "api_key_sid", "api_key_secret", "region", "base_url")
    broken = Connection(name="broken", **{**{name: getattr(good, name) for name in names}, **changes})
    told.session.saved.connections = Connections({"broken": broken})
    await told.session.use("broken")
    assert isinstance(told.session.trouble, InvalidRequest)
    assert told.session.trouble.remedy
    assert told.session.opening == ""
    assert told.session.account is None
    assert told.events[-1].what is EventType.ACCOUNT


async def use_one_and_fail(told: Told, name: str) -> Account:
    """Use `one`, then a connection that cannot be opened; returns the account of `one`."""
    bad = Connection("bad", "auth_token", "AC1", auth_token="t")
    told.session.saved.connections = Connections({**told.session.saved.connections, "bad": bad})
    await told.session.use("one")
    before = told.account
    await told.session.use(name)
    return before


@pytest.mark.parametrize("name", ["bad", "nowhere"])
async def test_a_switch_that_fails_leaves_the_connection_before_in_use(told: Told, sandbox: Sandbox, name: str) -> None:
    before = await use_one_and_fail(told, name)
    assert told.account is before
    assert told.session.trouble is not None
    assert told.session.opening == ""
    assert told.events[-1].what is EventType.ACCOUNT
    await told.session.send(before, draft(sandbox))
    assert SendStage.ACCEPTED in told.stages()
    assert not before.client.closed
    assert told.failures == []


async def test_trouble_with_a_switch_is_over_with_the_next_one(told: Told, until: Any) -> None:
    before = await use_one_and_fail(told, "bad")
    await told.session.use("two")
    assert told.session.trouble is None
    assert told.account.name == "two"
    await until(None, lambda: before.client.closed)


async def test_a_sandbox_that_does_not_start_leaves_the_connection_before_in_use(
    tmp_path: Path, sandbox: Sandbox, connect: Connect
) -> None:
    async def start() -> Connection:
        raise OSError("address in use")

    session = Session(find_paths(tmp_path / "config"), start_sandbox=start, environ={})
    session.saved.connections = Connections({"one": connect(sandbox, name="one")})
    told = watch(session)
    await session.use("one")
    before = told.account
    await session.use_sandbox()
    assert session.account is before
    assert isinstance(session.trouble, InvalidRequest)
    assert not before.client.closed
    await session.close()


async def test_the_connection_before_stays_in_use_until_the_other_is_open(
    told: Told, slow: LateSecret, sandbox: Sandbox
) -> None:
    await told.session.use("one")
    before = told.account
    opening = asyncio.create_task(told.session.use("slow"))
    await asyncio.sleep(0)
    assert (told.session.opening, told.session.account) == ("slow", before)
    await told.session.send(before, draft(sandbox))
    assert SendStage.ACCEPTED in told.stages()
    slow.tell(sandbox.auth_token)
    await opening
    assert told.account.name == "slow"
    assert all(event.account is before for event in told.of(EventType.SEND))


async def test_an_opening_that_is_given_up_leaves_the_connection_before_in_use(
    told: Told, sandbox: Sandbox, slow: LateSecret, until: Any
) -> None:
    await told.session.use("one")
    before = told.account
    opening = asyncio.create_task(told.session.use("slow"))
    await until(None, lambda: slow.asked)
    opening.cancel()
    await asyncio.wait([opening])
    assert (told.session.opening, told.session.account) == ("", before)
    assert not before.client.closed
    slow.tell(sandbox.auth_token)


async def test_trouble_is_gone_once_another_connection_opens(told: Told, sandbox: Sandbox, connect: Connect) -> None:
    bad = Connection("bad", "auth_token", "AC1", auth_token="t")
    told.session.saved.connections = Connections({"bad": bad, "one": connect(sandbox, name="one")})
    await told.session.use("bad")
    assert told.session.trouble
    await told.session.use("one")
    assert told.session.trouble is None
    assert told.account.name == "one"


@pytest.fixture
def slow(told: Told, sandbox: Sandbox, tmp_path: Path) -> LateSecret:
    """Adds a connection `slow` whose secret waits to be told."""
    late = LateSecret(tmp_path)
    slow = Connection("slow", "auth_token", sandbox.account_sid, auth_token=late.source, base_url=sandbox.base_url)
    told.session.saved.connections = Connections({**told.session.saved.connections, "slow": slow})
    return late


async def test_a_slow_secret_does_not_hold_anything_up(told: Told, sandbox: Sandbox, slow: LateSecret) -> None:
    opening = asyncio.create_task(told.session.use("slow"))
    await asyncio.sleep(0)
    assert told.session.opening == "slow"
    slow.tell(sandbox.auth_token)
    await opening
    assert told.account.name == "slow"


async def test_an_opening_that_comes_too_late_is_dropped(
    told: Told, sandbox: Sandbox, slow: LateSecret, until: Any
) -> None:
    opening = asyncio.create_task(told.session.use("slow"))
    await until(None, lambda: told.of(EventType.ARCHIVE))
    await told.session.use("one")
    chosen = told.account
    slow.tell(sandbox.auth_token)
    await opening
    assert told.session.account is chosen
    assert not chosen.client.closed
    assert told.session.opening == ""
    assert [event.account.name for event in told.of(EventType.ACCOUNT) if event.account] == ["one"]


async def test_an_opening_that_fails_too_late_troubles_nobody(told: Told, slow: LateSecret, until: Any) -> None:
    opening = asyncio.create_task(told.session.use("slow"))
    await until(None, lambda: told.of(EventType.ARCHIVE))
    await told.session.use("one")
    slow.tell("two\nlines\n")
    await opening
    assert told.session.trouble is None
    assert told.account.name == "one"


async def test_closing_drops_an_opening_that_is_under_way(
    told: Told, sandbox: Sandbox, slow: LateSecret, until: Any
) -> None:
    opening = asyncio.create_task(told.session.use("slow"))
    await until(None, lambda: told.of(EventType.ARCHIVE))
    await told.session.close()
    slow.tell(sandbox.auth_token)
    await opening
    assert told.session.account is None


# -- the archive -----------------------------------------------------------------------------------


async def rows(session: Session) -> dict[str, Message]:
    assert session.archive is not None
    found = await session.archive.read(await session.archive.find_rows(Query()))
    return {message.sid: message for message in found if message is not None}


async def test_while_another_connection_is_being_opened_the_archive_is_that_of_the_one_in_use(
    told: Told, sandbox: Sandbox, slow: LateSecret, until: Any
) -> None:
    await told.session.use("one")
    await until(None, lambda: told.session.archive and told.session.archive.status.looked)
    used = told.session.archive
    opening = asyncio.create_task(told.session.use("slow"))
    await until(None, lambda: len(told.session._archives) == 2)
    # What is done to the messages that are shown is done with the account in use.
    assert (told.session.opening, told.session.archive) == ("slow", used)
    slow.tell(sandbox.auth_token)
    await opening
    assert told.session.archive is told.account.archive
    assert told.session.archive is not used


async def test_an_archive_that_opens_late_is_not_shown_in_place_of_the_one_chosen_since(
    told: Told, sandbox: Sandbox, slow: LateSecret, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, held = MessageArchive.open, asyncio.Event()

    async def open_late(archive: MessageArchive) -> None:
        if archive is told.session._archives[0]:
            await held.wait()
        await real(archive)

    monkeypatch.setattr(MessageArchive, "open", open_late)
    first = asyncio.create_task(told.session.use("one"))
    await until(None, lambda: told.session._archives)
    chosen = asyncio.create_task(told.session.use("slow"))
    await until(None, lambda: told.session.archive is not None)
    shown = told.session.archive
    seen: list[object] = []
    told.session.subscribe(lambda event: seen.append(told.session.archive))
    held.set()
    await first
    assert told.session.archive is shown
    assert all(each is shown for each in seen)
    slow.tell(sandbox.auth_token)
    await chosen
    assert told.session.archive is told.account.archive


async def test_what_is_kept_is_there_before_the_client_is(
    told: Told, sandbox: Sandbox, slow: LateSecret, until: Any
) -> None:
    await told.session.use("one")
    await until(None, lambda: told.session.archive and told.session.archive.status.looked)
    known = await rows(told.session)
    assert known
    retired = told.session._retire()
    assert retired is not None
    await retired
    opening = asyncio.create_task(told.session.use("slow"))
    # The same account: its client waits for a secret still.
    await until(None, lambda: told.session.archive is not None)
    assert (told.session.opening, told.session.account) == ("slow", None)
    assert await rows(told.session) == known
    slow.tell(sandbox.auth_token)
    await opening
    assert told.session.archive is told.account.archive


async def test_a_connection_that_fails_to_open_leaves_the_archive_of_the_one_in_use(told: Told, until: Any) -> None:
    bad = Connection("bad", "auth_token", "AC" + "f" * 32, auth_token=Secret.env("NOT_SET"))
    told.session.saved.connections = Connections({**told.session.saved.connections, "bad": bad})
    await told.session.use("one")
    await until(None, lambda: told.account.archive.status.looked)
    known = await rows(told.session)
    await told.session.use("bad")
    assert told.session.trouble is not None
    assert told.session.archive is told.account.archive
    assert await rows(told.session) == known


async def test_the_same_connection_once_more_has_the_archive_to_itself(told: Told, until: Any) -> None:
    await told.session.use("one")
    await until(None, lambda: told.account.archive.status.looked)
    before = told.account.archive
    await told.session.use("one")
    await until(None, lambda: told.account.archive.status.looked)
    assert before is not told.account.archive
    assert len(await before.find_rows(Query())) == 0
    assert len(await rows(told.session)) > 0
    assert told.failures == []


async def test_messages_are_kept_before_their_news_are_told(told: Told, sandbox: Sandbox) -> None:
    await told.session.use("one")
    await told.session.send(told.account, draft(sandbox))
    sid = told.of(EventType.SEND)[-1].sid
    # A send waits for no file: its states are kept while they are told.
    async with asyncio.timeout(30):
        while (kept := (await rows(told.session)).get(sid)) is None or kept.status != "delivered":
            pass
    redacted = await redact(told.account.client, sid)
    await told.session.changes.known(told.account, redacted)
    assert told.of(EventType.MESSAGE)[-1].message == redacted
    assert (await rows(told.session))[sid].body == ""
    await told.session.changes.deleted(told.account, sid)
    assert told.of(EventType.MESSAGE)[-1].message is None
    assert sid not in await rows(told.session)


async def test_what_is_kept_is_told_once_where_nobody_decided_it(told: Told, sandbox: Sandbox, until: Any) -> None:
    one = replace_history(told.session.saved.connections["one"], None)
    two = replace_history(one, "none")
    told.session.saved.connections = Connections({"one": one, "two": two})
    await told.session.use("one")
    await until(None, lambda: told.of(EventType.NOTICE))
    words = told.of(EventType.NOTICE)[0].words
    assert "90 days" in words
    assert str(told.account.archive.path) in words
    assert "{connections.edit}" in words
    assert told.account.archive.path is not None
    assert told.account.archive.path.stat().st_mode & 0o777 == 0o600
    await told.session.use("two")
    await until(None, lambda: told.account.archive.status.looked)
    assert told.account.archive.path is None
    await told.session.use("one")
    await until(None, lambda: told.account.archive.status.looked)
    await told.session.close()
    assert len(told.of(EventType.NOTICE)) == 1


async def test_what_was_typed_and_cannot_be_read_is_set_aside_with_a_word(told: Told, until: Any) -> None:
    paths = told.session.paths
    paths.state.mkdir(parents=True, exist_ok=True)
    for path in (paths.drafts, paths.replies):
        path.write_bytes(b"\xff{")
    await told.session.use("one")
    for path in (paths.drafts, paths.replies):
        await until(None, lambda name=path.name: any(name in each.words for each in told.of(EventType.NOTICE)))
        assert not path.exists()


async def test_a_connection_that_keeps_nothing_any_more_leaves_no_queries_either(told: Told, until: Any) -> None:
    queries = QueryHistory(told.session.paths.query_history)
    queries.add("one", "to:+14155552671")
    queries.add("two", "is:problem")
    one = replace_history(told.session.saved.connections["one"], "none")
    told.session.saved.connections = Connections({**told.session.saved.connections, "one": one})
    await told.session.use("one")
    assert queries.entries("one") == ()
    assert queries.entries("two") == ("is:problem",)


def keep_a_job(session: Session, connection: str, account_sid: str, *, ended: bool = True) -> int:
    """A job of one message that was sent, and that says where it is kept."""
    with SendJournal(session.paths.outbox) as outbox, JobStore(session.paths.jobs) as jobs:
        new = NewJob(JobKind.CAMPAIGN, "Autumn", connection, account_sid, "")
        id = jobs.create(new, [NewItem(1, Draft(TO, "+1", "Zwetschge"), cells=("Zwetschge",))]).id
        jobs.set_state(id, JobState.RUNNING)
        jobs.claim(id, [1])
        (entry,) = outbox.begin_all([NewSend(connection, account_sid, TO, "+1", "Zwetschge", job=id, item=1)])
        outbox.settle(entry.id, JournalState.ACCEPTED, sid=f"SM{id:032x}")
        jobs.settle(id, [ItemResult(1, ItemState.DONE, sid=f"SM{id:032x}", entry=entry.id)])
        jobs.set_state(id, JobState.FINISHED if ended else JobState.PAUSED)
    return id


async def test_a_connection_that_keeps_nothing_leaves_nothing_of_a_job_that_has_ended(
    told: Told, sandbox: Sandbox
) -> None:
    session, sid = told.session, sandbox.account_sid
    _, paused, other = (
        keep_a_job(session, "one", sid),
        keep_a_job(session, "one", sid, ended=False),
        keep_a_job(session, "two", sid),
    )
    session.saved.connections = Connections(
        {**session.saved.connections, "one": replace_history(session.saved.connections["one"], "none")}
    )
    await session.use("one")
    assert told.account.name == "one"
    jobs = session.all_jobs.store(sandbox=False)
    assert [each.id for each in jobs.jobs(sid, "")] == [other, paused]
    await session.forget_messages(session.saved.connections["two"])
    assert [each.id for each in jobs.jobs(sid, "")] == [paused]
    jobs.remove(paused)
    assert jobs.jobs(sid, "") == ()
    await session.close()
    # What the journal has to know so that nobody takes their messages for another's stays there, without a word.
    assert files_with(session.paths.state, "Zwetschge") == []
    assert files_with(session.paths.state, f"SM{paused:032x}") == ["outbox.sqlite3"]


async def test_who_has_no_jobs_gets_no_file_of_them_and_a_damaged_one_is_told(told: Told, until: Any) -> None:
    await told.session.use("one")
    await told.session.forget_messages(told.session.saved.connections["two"])
    jobs = told.session.all_jobs.store(sandbox=False)
    assert (jobs.jobs("AC", ""), jobs.withdraw("AC", {"SM": True}), jobs.prune()) == ((), 0, 0)
    assert not told.session.paths.jobs.exists()
    await told.session.close()
    told.session.paths.jobs.write_bytes(b"no database " * 100)
    next_run = Session(told.session.paths, environ={})
    again = watch(next_run)
    next_run.saved.read()
    await next_run.use("one")
    assert [each.words for each in again.of(EventType.NOTICE) if "set aside as jobs.sqlite3.broken-" in each.words]
    assert len(list(told.session.paths.state.glob("jobs.sqlite3.broken-*"))) == 1
    await next_run.close()


async def test_the_sandbox_keeps_nothing(tmp_path: Path, sandbox: Sandbox, connect: Connect, until: Any) -> None:
    async def start() -> Connection:
        return connect(sandbox)

    session = Session(find_paths(tmp_path / "config"), start_sandbox=start, environ={})
    told = watch(session)
    await session.use_sandbox()
    await until(None, lambda: told.account.archive.status.looked)
    assert await rows(session)
    await session.close()
    assert not (session.paths.state / "archive").exists()
    assert told.of(EventType.NOTICE) == []


# -- sending ---------------------------------------------------------------------------------------


async def test_a_send_is_told_step_by_step_and_followed(told: Told, sandbox: Sandbox) -> None:
    await told.session.use("one")
    await told.session.send(told.account, draft(sandbox))
    assert told.stages()[:2] == [SendStage.SENDING, SendStage.FOLLOWING]
    assert told.stages()[-1] is SendStage.ACCEPTED
    messages = [event.message for event in told.of(EventType.SEND) if event.message]
    assert messages[-1].status == "delivered"
    assert all(event.account is told.account for event in told.of(EventType.SEND))
    assert told.of(EventType.MESSAGE) == []
    assert told.failures == []
    assert told.session.send_under_way is None


async def test_a_lost_answer_is_looked_up_by_itself(told: Told, sandbox: Sandbox) -> None:
    await told.session.use("one")
    sandbox.faults.add(Fault("reset-after", method="POST"))
    await told.session.send(told.account, draft(sandbox))
    assert told.stages()[:4] == [
        SendStage.SENDING,
        SendStage.UNKNOWN,
        SendStage.LOOKING_UP,
        SendStage.FOLLOWING,
    ]
    assert posts(sandbox) == 1


@pytest.mark.parametrize("fails", [False, True])
async def test_a_lost_request_stays_unknown_and_is_not_sent_again(told: Told, sandbox: Sandbox, fails: bool) -> None:
    await told.session.use("one")
    sandbox.faults.add(Fault("reset-before", method="POST"))
    if fails:
        sandbox.faults.add(Fault("500-before", method="GET"))
    await told.session.send(told.account, draft(sandbox))
    assert told.stages()[-1] is SendStage.UNKNOWN
    assert posts(sandbox) == 1
    assert told.failures == []


async def test_the_old_client_is_closed_after_its_send_has_finished(told: Told, sandbox: Sandbox, until: Any) -> None:
    await told.session.use("one")
    before = told.account
    sandbox.faults.add(Fault("delay", method="POST", seconds=60))
    sending = told.session.send(before, draft(sandbox))
    await until(None, lambda: posts(sandbox) == 1)
    assert told.session.send_under_way is not None
    await told.session.use("two")
    assert told.account is not before
    assert told.session.send_under_way is before.sends.under_way is not None
    assert not before.client.closed
    sandbox.faults.clear()
    await sending
    assert SendStage.ACCEPTED in told.stages()
    await until(None, lambda: before.client.closed)
    assert all(event.account is before for event in told.of(EventType.SEND))


async def test_switching_right_after_send_is_pressed_does_not_lose_it(told: Told, sandbox: Sandbox) -> None:
    await told.session.use("one")
    sending = told.session.send(told.account, draft(sandbox))
    await asyncio.sleep(0)
    await told.session.use("two")
    await sending
    assert SendStage.ACCEPTED in told.stages()
    assert posts(sandbox) == 1


async def test_closing_leaves_a_send_under_way_as_unknown(told: Told, sandbox: Sandbox, until: Any) -> None:
    await told.session.use("one")
    account = told.account
    sandbox.faults.add(Fault("delay", method="POST", seconds=30))
    told.session.send(account, draft(sandbox))
    await until(None, lambda: posts(sandbox) == 1)
    await told.session.close()
    assert account.client.closed
    with SendJournal(told.session.paths.outbox) as journal:
        (entry,) = journal.entries(sandbox.account_sid)
    assert entry.state is JournalState.UNKNOWN


async def test_closing_closes_an_account_that_was_let_go_as_well(told: Told, sandbox: Sandbox, until: Any) -> None:
    await told.session.use("one")
    before = told.account
    sandbox.faults.add(Fault("delay", method="POST", seconds=30))
    told.session.send(before, draft(sandbox))
    await until(None, lambda: posts(sandbox) == 1)
    await told.session.use("two")
    await told.session.close()
    assert before.client.closed
    assert told.account.client.closed


async def test_a_send_that_cannot_be_begun_fails_and_sends_nothing(told: Told, sandbox: Sandbox) -> None:
    told.session.paths.outbox.parent.mkdir(parents=True, exist_ok=True)
    told.session.paths.outbox.mkdir()
    await told.session.use("one")
    assert told.account.name == "one"
    assert any("Nothing" in event.words for event in told.of(EventType.NOTICE))
    with pytest.raises(OutboxUnavailable):
        await told.session.send(told.account, draft(sandbox))
    assert told.stages() == [SendStage.NOT_SENT]
    assert isinstance(told.of(EventType.SEND)[0].sending.problem, OutboxUnavailable)
    assert posts(sandbox) == 0
    assert [type(problem) for problem in told.failures] == [OutboxUnavailable]


async def test_a_send_cut_off_by_an_earlier_end_is_unknown_and_told(told: Told, sandbox: Sandbox) -> None:
    with SendJournal(told.session.paths.outbox, process="an earlier run") as earlier:
        entry = earlier.begin(NewSend(connection="one", account_sid=sandbox.account_sid, to=TO, sender="+1", body="x"))
    await told.session.use("one")
    assert kept(told.account.outbox, entry).state is JournalState.UNKNOWN
    assert len(told.of(EventType.NOTICE)) == 1
    await told.session.use("two")
    assert len(told.of(EventType.NOTICE)) == 1


# -- testing a connection --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["api_key", "auth_token"])
async def test_a_good_connection_passes_its_test(told: Told, sandbox: Sandbox, connect: Connect, kind: str) -> None:
    await told.session.saved.test(connect(sandbox, kind=kind))
    assert [request.target.partition("?")[2] for request in sandbox.requests] == ["PageSize=1"]
    assert told.session.account is None
    assert told.events == []


async def test_a_wrong_secret_fails_its_test_with_20003(told: Told, sandbox: Sandbox) -> None:
    wrong = Connection("w", "auth_token", sandbox.account_sid, auth_token="0" * 32, base_url=sandbox.base_url)
    with pytest.raises(ApiError) as raised:
        await told.session.saved.test(wrong)
    assert raised.value.code == 20003


async def test_an_incomplete_connection_fails_before_anything_is_asked(told: Told, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await told.session.saved.test(Connection("i", "api_key", sandbox.account_sid, base_url=sandbox.base_url))
    assert refusal.value.field
    assert sandbox.requests == ()


async def test_a_host_where_nobody_listens_fails_its_test(told: Told, sandbox: Sandbox) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
        nowhere = Connection("n", "auth_token", sandbox.account_sid, auth_token=sandbox.auth_token, base_url=base)
        with pytest.raises(NoAnswer):
            await told.session.saved.test(nowhere)


# -- the sandbox -----------------------------------------------------------------------------------


async def test_the_sandbox_is_started_once_and_leaves_nothing_on_disk(
    tmp_path: Path, sandbox: Sandbox, connect: Connect
) -> None:
    started = stopped = 0

    async def start() -> Connection:
        nonlocal started
        started += 1
        await asyncio.sleep(0)
        return connect(sandbox)

    async def stop() -> None:
        nonlocal stopped
        stopped += 1

    session = Session(find_paths(tmp_path / "config"), start_sandbox=start, stop_sandbox=stop, environ={})
    told = watch(session)
    await asyncio.gather(session.use_sandbox(), session.use_sandbox())
    await session.use_sandbox()
    assert told.account.sandbox
    await session.send(told.account, draft(sandbox))
    assert told.stages()[:2] == [SendStage.SENDING, SendStage.FOLLOWING]
    await session.close()
    assert (started, stopped) == (1, 1)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_names_and_fetched_media_are_there_whichever_was_used_first(
    tmp_path: Path, sandbox: Sandbox, connect: Connect, until: Any
) -> None:
    async def start() -> Connection:
        return connect(sandbox)

    async def fetch(account: Account) -> FetchedMedia:
        media = session.media(account)
        (listed,) = await media.list(message.sid)
        return await media.fetch(message.sid, listed)

    message = sandbox.receive(TO, sandbox.numbers[0], "Look", media=["https://example.com/cat.png"])
    session = Session(find_paths(tmp_path / "config"), start_sandbox=start, environ={})
    await session.saved.store(Connections({"one": connect(sandbox, name="one")}))
    ContactsFile(session.paths.contacts).put([Contact(TO, "Maya")])
    told = watch(session)
    await session.use_sandbox()
    fetched = await fetch(told.account)
    assert not session.contacts.loaded
    await session.use("one")
    await until(None, lambda: session.contacts.name_of(TO) == "Maya")
    assert fetched.path.exists()
    again = await fetch(told.account)
    assert again.path.exists()
    await session.close()
    assert not session.paths.media.exists()


async def test_a_sandbox_that_does_not_start_is_trouble(tmp_path: Path) -> None:
    async def start() -> Connection:
        raise OSError("address in use")

    session = Session(find_paths(tmp_path / "config"), start_sandbox=start, environ={})
    await session.use_sandbox()
    assert isinstance(session.trouble, InvalidRequest)
    assert "address in use" in session.trouble.reason
    assert session.opening == ""
    await session.close()


async def test_without_a_sandbox_nothing_happens(told: Told) -> None:
    assert not told.session.sandbox_offered
    await told.session.use_sandbox()
    assert told.events == []


# -- observing -------------------------------------------------------------------------------------


async def test_work_that_fails_is_reported(told: Told) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    task = told.session.run(fail())
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert [type(problem) for problem in told.failures] == [ZeroDivisionError]


async def test_who_stopped_listening_hears_nothing(told: Told) -> None:
    heard: list[SessionEvent] = []
    told.session.subscribe(heard.append)
    told.session.publish(SessionEvent(EventType.CONNECTIONS))
    told.session.unsubscribe(heard.append)
    told.session.publish(SessionEvent(EventType.CONNECTIONS))
    assert len(heard) == 1


async def test_a_message_by_hand_is_answered_though_another_connection_was_chosen_meanwhile(
    told: Told, sandbox: Sandbox, until: Any
) -> None:
    await told.session.use("one")
    before = told.account
    sandbox.faults.add(Fault("delay", method="POST", seconds=60))
    data = f"To=%2B14155550123&From=%2B{sandbox.numbers[0][1:]}&Body=Hello"
    request = RawRequest("POST", "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", data=data)
    sent = asyncio.create_task(
        told.session.send_by_hand(
            before, request, on_attempt=lambda _: None, on_progress=lambda _: None, spill=io.BytesIO
        )
    )
    await until(None, lambda: posts(sandbox) == 1)
    await told.session.use("two")
    assert not before.client.closed
    sandbox.faults.clear()
    assert (await sent).status == 201
    assert before.outbox.entries(before.client.account_sid)[0].state is JournalState.ACCEPTED
    await until(None, lambda: before.client.closed)


async def test_an_observer_that_fails_keeps_nothing_from_the_others(told: Told) -> None:
    heard: list[SessionEvent] = []

    def fail(_: SessionEvent) -> None:
        raise ZeroDivisionError

    told.session.subscribe(fail)
    told.session.subscribe(heard.append)
    told.session.publish(SessionEvent(EventType.NOTICE, words="here"))
    assert [event.words for event in heard] == ["here"]
    assert [type(problem) for problem in told.failures] == [ZeroDivisionError]
