"""Changes of many messages at a Twilio that answers, refuses, and loses its answers: each is done, and believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.words_in_files import files_with
from tui.jobs.changes import IN_FLIGHT, Unsuitable, why_not
from tui.jobs.model import ItemResult, ItemState, JobItem, JobKind
from tui.jobs.performing import Leaving, NotNow
from tui.sandbox.faults import Fault, FaultKind
from tui.sandbox.server import Sandbox
from tui.services import archive_threads
from tui.services import session as session_module
from tui.services.account import Account
from tui.services.bulk_changes import MOST_TRIES, BulkChanges
from tui.services.session import EventType, Session
from tui.storage.connection import Connection
from tui.storage.connections import Connections
from tui.storage.paths import find_paths
from tui.twilio.errors import ApiError
from tui.twilio.message import STATUSES, Message
from tui.twilio.messages import fetch

OTHER = "+14155552671"
WORD = "Zwetschgenkuchen"


class Desk:
    """An account with files of its own, and messages to change."""

    def __init__(self, session: Session, sandbox: Sandbox, folder: Path) -> None:
        self.session, self.sandbox, self.folder = session, sandbox, folder

    @property
    def account(self) -> Account:
        assert self.session.account is not None
        return self.session.account

    def changes(self, kind: JobKind) -> BulkChanges:
        keep = partial(self.session.messages_changed, self.account)
        return BulkChanges(
            kind, self.account.client, find=self.account.archive.find, keep=keep, clock=self.session.clock
        )

    def receive(self, count: int, *, files: int = 0) -> list[str]:
        media = tuple(f"https://files.example/{n}.png" for n in range(files))
        return [
            self.sandbox.receive(OTHER, self.sandbox.numbers[0], f"{WORD} {n}", media=media).sid for n in range(count)
        ]

    async def known(self, sids: Sequence[str]) -> None:
        """Wait until the archive has them."""
        self.account.archive.look_now()
        for sid in sids:
            while await self.account.archive.find(sid) is None:
                await asyncio.sleep(0.01)

    async def run(self, kind: JobKind, sids: Sequence[str]) -> list[ItemResult | NotNow]:
        """Do each until it is settled, as the runner would; what each came to."""
        performer = self.changes(kind)

        async def one(number: int, sid: str) -> ItemResult | NotNow:
            for attempts in range(1, MOST_TRIES + 2):
                item = JobItem(1, number, number, ItemState.LEAVING, sid=sid, attempts=attempts)
                (leaving,) = await performer.leave([item])
                assert isinstance(leaving, Leaving)
                result = await performer.perform(leaving)
                if isinstance(result, ItemResult) and result.state is not ItemState.WAITING:
                    return result
            return result

        return list(await asyncio.gather(*(one(n, sid) for n, sid in enumerate(sids, 1))))


@pytest.fixture
async def desk(
    tmp_path: Path, sandbox: Sandbox, connect: Callable[..., Connection], monkeypatch: Any
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(session_module, "WITHDRAW_REST", 0.3)
    monkeypatch.setattr(archive_threads, "REST_SECONDS", 0.3)
    session = Session(find_paths(tmp_path), environ={})
    await session.saved.store(Connections({"one": connect(sandbox, name="one")}))
    await session.use("one")
    yield Desk(session, sandbox, tmp_path)
    await session.close()


def states(results: Sequence[ItemResult | NotNow]) -> list[ItemState | str]:
    return [each.state if isinstance(each, ItemResult) else each.reason for each in results]


def _often(kind: FaultKind) -> Any:
    """A fault for each run where an answer is lost, or says what it should not; else before a change lands."""
    often = kind in (FaultKind.RESET_AFTER, FaultKind.WRONG_JSON, FaultKind.RATE_LIMIT)
    return kind if often else pytest.param(kind, marks=pytest.mark.landing)


@pytest.mark.parametrize("kind", [JobKind.REDACT, JobKind.DELETE])
@pytest.mark.parametrize("fault", [None, *(_often(each) for each in FaultKind)])
async def test_whatever_becomes_of_answers_every_text_and_file_goes(
    desk: Desk, until: Any, kind: JobKind, fault: FaultKind | None
) -> None:
    sids = [*desk.receive(3), *desk.receive(2, files=2)]
    await desk.known(sids)
    if fault is not None:
        desk.sandbox.faults.add(Fault(fault, path="Messages/", times=4, skip=1, seconds=0.001, retry_after=0))
    results = await desk.run(kind, sids)
    assert states(results) == [ItemState.DONE] * 5
    desk.sandbox.faults.clear()
    for sid in sids:
        if kind is JobKind.DELETE:
            with pytest.raises(ApiError, match="20404"):
                await fetch(desk.account.client, sid)
            assert await desk.account.archive.find(sid) is None
        else:
            told, kept = await fetch(desk.account.client, sid), await desk.account.archive.find(sid)
            assert kept is not None
            assert (told.body, told.num_media, kept.body) == ("", 0, "")
    await until(None, lambda: files_with(desk.folder, WORD) == [])


async def test_what_was_done_is_noted_as_withdrawn_before_it_counts_as_done(desk: Desk, monkeypatch: Any) -> None:
    sids = desk.receive(20)
    await desk.known(sids)
    told: list[set[str]] = []

    async def nothing(*_: Any) -> None:
        told.append(set())

    # The program dies before any other file is done.
    monkeypatch.setattr(Session, "_withdraw", nothing)
    assert states(await desk.run(JobKind.REDACT, sids)) == [ItemState.DONE] * 20
    assert await desk.account.archive.withdrawn() == dict.fromkeys(sids, False)


async def test_of_many_that_are_changed_the_other_files_are_written_anew_once(desk: Desk, until: Any) -> None:
    sids = desk.receive(30)
    await desk.known(sids)
    withdrawn: list[set[str]] = []
    desk.session.subscribe(
        lambda event: withdrawn.append(set(event.withdrawn)) if event.what is EventType.WITHDRAWN else None
    )
    await desk.run(JobKind.REDACT, sids)
    await until(None, lambda: {sid for each in withdrawn for sid in each} == set(sids))
    assert len(withdrawn) <= 2
    # At the same time as the archive's own file is.
    assert desk.account.archive._threads._rests_until > 0


async def test_what_cannot_be_written_down_here_is_not_called_done(desk: Desk) -> None:
    (sid,) = desk.receive(1)
    await desk.known([sid])
    performer = desk.changes(JobKind.REDACT)

    async def full(*_: Any) -> bool:
        return False

    performer._keep = full
    item = JobItem(1, 1, 1, ItemState.LEAVING, sid=sid, attempts=1)
    result = await performer.perform(Leaving(item))
    assert isinstance(result, ItemResult)
    assert result.state is ItemState.WAITING
    assert result.not_before is not None
    assert (await fetch(desk.account.client, sid)).body == ""
    assert states(await desk.run(JobKind.REDACT, [sid])) == [ItemState.DONE]


async def test_what_is_on_its_way_waits_and_is_called_failed_in_the_end(desk: Desk) -> None:
    performer = desk.changes(JobKind.DELETE)
    problem = ApiError(409, 20009, "Cannot delete this resource before it is complete")
    first = performer._not_done(JobItem(1, 7, 7, ItemState.LEAVING, attempts=1), problem)
    last = performer._not_done(JobItem(1, 7, 7, ItemState.LEAVING, attempts=MOST_TRIES), problem)
    assert isinstance(first, ItemResult)
    assert isinstance(last, ItemResult)
    assert first.state is ItemState.WAITING
    assert first.not_before is not None
    assert first.not_before > datetime.now(UTC)
    assert (last.state, last.code) == (ItemState.FAILED, 20009)


def test_only_what_a_change_fits_is_changed() -> None:
    text = Message("SM", "delivered", "outbound-api", body="Hi", num_media=0)
    for status in STATUSES:
        each = replace(text, status=status)
        fits = {kind: why_not(kind, each) is None for kind in JobKind}
        waits = status in IN_FLIGHT or status == "scheduled"
        assert fits[JobKind.CANCEL] == (status == "scheduled")
        assert fits[JobKind.REDACT] == fits[JobKind.DELETE] == fits[JobKind.CAMPAIGN] == (not waits)
    assert why_not(JobKind.REDACT, replace(text, body="")) is Unsuitable.EMPTY
    assert why_not(JobKind.REDACT, replace(text, body="", num_media=1)) is None
    assert why_not(JobKind.DELETE, replace(text, body="")) is None
    assert why_not(JobKind.CAMPAIGN, replace(text, direction="inbound")) is Unsuitable.INBOUND
    assert why_not(JobKind.DELETE, replace(text, status="teleported")) is Unsuitable.UNHEARD_STATUS
