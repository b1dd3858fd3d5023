"""A session over the sandbox whose jobs are told of, and small campaigns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.services.jobs.campaigning import connect_to
from tui.jobs.model import HaltRules, ItemState, Job, JobKind, JobState, NewItem, NewJob, Pacing
from tui.sandbox.server import Sandbox
from tui.services.jobs import AccountJobs, JobView
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.connection import Connection
from tui.storage.connections import Connections
from tui.storage.paths import find_paths
from tui.twilio.drafts import Draft

FAST = Pacing(None, 8)


@dataclass
class Desk:
    """A session with a connection in use, and all that it told."""

    session: Session
    sandbox: Sandbox
    events: list[SessionEvent] = field(default_factory=list[SessionEvent])
    failures: list[BaseException] = field(default_factory=list[BaseException])

    @property
    def account(self) -> Account:
        assert self.session.account is not None
        return self.session.account

    @property
    def jobs(self) -> AccountJobs:
        return self.session.jobs(self.account)

    def told(self, what: EventType) -> list[SessionEvent]:
        return [event for event in self.events if event.what is what]

    def new(self, *, pacing: Pacing = FAST, halts: HaltRules = HaltRules(), senders: tuple[str, ...] = ()) -> NewJob:  # noqa: B008
        return NewJob(
            JobKind.CAMPAIGN,
            "Autumn",
            self.account.name,
            self.account.client.account_sid,
            self.account.client.policy.base,
            "reminders.csv",
            ("number",),
            senders or (self.sandbox.numbers[0],),
            pacing,
            halts,
        )

    def items(self, count: int, *, first: int = 1, sender: str = "") -> list[NewItem]:
        sender = sender or self.sandbox.numbers[0]
        numbers = range(first, first + count)
        return [NewItem(each, Draft(recipient(each), sender, f"Hello {each}")) for each in numbers]

    async def campaign(self, count: int, *, pacing: Pacing = FAST, halts: HaltRules = HaltRules()) -> Job:  # noqa: B008
        return await self.jobs.create(self.new(pacing=pacing, halts=halts), self.items(count))

    async def view(self, id: int) -> JobView:
        return await self.jobs.view(id)

    async def states(self, id: int) -> list[ItemState]:
        return [item.state for item in await self.jobs.items(id, limit=20_000)]

    def got(self) -> list[str]:
        """The recipients of all creates that Twilio took, one for each."""
        return sorted(call.to for call in self.sandbox.creates if call.sid)


def recipient(number: int) -> str:
    return f"+1415556{number:04}"


OpenDesk = Callable[[Sandbox, Connection], Awaitable[Desk]]


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[OpenDesk]:
    """`await desks(sandbox, connection)` opens a session of its own over the same files: another window."""
    opened: list[Session] = []

    async def open_desk(sandbox: Sandbox, connection: Connection) -> Desk:
        session = Session(find_paths(tmp_path / "config"), environ={})
        opened.append(session)
        desk = Desk(session, sandbox)
        session.subscribe(desk.events.append)
        session.on_failure(desk.failures.append)
        await session.saved.store(Connections({connection.name: connection}))
        await session.use(connection.name)
        assert session.account is not None, session.refusal
        return desk

    yield open_desk
    for session in opened:
        await session.close()


@pytest.fixture
async def desk(desks: OpenDesk, sandbox: Sandbox, connection: Connection) -> Desk:
    return await desks(sandbox, connection)


def ended(view: JobView) -> bool:
    return view.job.state in (JobState.FINISHED, JobState.STOPPED)


@pytest.fixture
async def twilio() -> AsyncIterator[Sandbox]:
    """A Twilio without a past, for those that count what it takes."""
    async with Sandbox(history=0, speed=10) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, twilio: Sandbox) -> Path:
    """A configuration with one connection, to it."""
    place = tmp_path / "config"
    connect_to(place, twilio.base_url, twilio.account_sid, twilio.auth_token)
    return place
