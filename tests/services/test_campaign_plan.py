"""What a plan rests on is asked for once each, bounded, and said to be unknown where there is no answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tui.jobs.model import JobKind, LeftOut, NewItem, NewJob
from tui.jobs.plan import CampaignSpec, Plan, PlanProgress
from tui.sandbox.faults import Fault
from tui.sandbox.senders import FRONT_DESK
from tui.sandbox.server import Sandbox
from tui.services import campaign_plan
from tui.services.campaign_plan import KEPT, TRIED_AGAIN, CampaignPlanner
from tui.services.session import Session
from tui.storage.connection import Connection
from tui.storage.connections import Connections
from tui.storage.journal import JournalState
from tui.storage.journal_entry import NewSend
from tui.storage.paths import find_paths
from tui.storage.spreadsheets import Table, TableRow
from tui.twilio.drafts import Draft
from tui.twilio.message import Message

NOON = datetime(2026, 11, 26, 17, tzinfo=UTC)
MAYA, JONAS, BERLIN, CUBA = "+14155550123", "+12125550175", "+4915112345678", "+5355500123"
PERMISSIONS, PRICES = "/v1/Messaging/GeoPermissions", "/v1/Messaging/Countries"


class Desk:
    """A session over the sandbox, and a planner with a clock of its own."""

    def __init__(self, session: Session, sandbox: Sandbox) -> None:
        assert session.account is not None
        self.sandbox, self.account, self.now = sandbox, session.account, NOON
        self.told: list[PlanProgress] = []
        self.jobs = session.jobs(self.account)
        self.planner = CampaignPlanner(
            self.account,
            session.files.prices(self.account),
            session.money(self.account),
            self.jobs,
            clock=lambda: self.now,
        )

    def asked(self, path: str) -> int:
        return sum(path in request.target for request in self.sandbox.requests)

    async def plan(self, wanted: CampaignSpec) -> Plan:
        return await self.planner.plan(wanted, self.told.append)


def spec(*numbers: str, body: str = "Hi {name}", senders: tuple[str, ...] = (FRONT_DESK,), **more: Any) -> CampaignSpec:
    rows = tuple(TableRow(line, (number, f"P{line}")) for line, number in enumerate(numbers, 2))
    return CampaignSpec(Table(("number", "name"), rows), 0, Draft("", "", body, **more), senders)


@pytest.fixture
async def desk(tmp_path: Path, sandbox: Sandbox, connection: Connection) -> AsyncIterator[Desk]:
    session = Session(find_paths(tmp_path / "config"), environ={})
    await session.saved.store(Connections({connection.name: connection}))
    await session.use(connection.name)
    yield Desk(session, sandbox)
    await session.close()


def words_of(plan: Plan) -> str:
    return "\n".join(note.words for note in plan.notes)


async def test_countries_prices_and_the_rest_are_asked_for_once_whatever_the_text(desk: Desk) -> None:
    wanted = spec(MAYA, JONAS, BERLIN, CUBA, "whatsapp:+33612345678", "nobody")
    plan = await desk.plan(wanted)
    assert {reason: list(rows) for reason, rows in plan.left_out.items()} == {
        LeftOut.COUNTRY: [3],
        LeftOut.UNSENDABLE: [4],
        LeftOut.NOT_A_NUMBER: [5],
    }
    assert list(plan.ready) == [0, 1, 2]
    assert not plan.unknown_countries
    assert (plan.priced, list(plan.cost)) == (3, ["USD"])
    assert plan.balance is not None
    assert "is not among" not in words_of(plan)
    questions = desk.asked(PERMISSIONS), desk.asked(PRICES), desk.asked("/Balance.json")
    assert questions == (3, 3, 1)
    again = await desk.plan(replace(wanted, message=replace(wanted.message, body="Dear {name}")))
    assert (desk.asked(PERMISSIONS), desk.asked(PRICES), desk.asked("/Balance.json")) == questions
    assert again.items[0].draft is not None
    assert again.items[0].draft.body == "Dear P2"
    # The numbers are read once; to be asked again is a person's wish.
    assert [each.what for each in desk.told].count("Asking about opt-outs, countries and prices") == 2
    desk.planner.ask_again()
    await desk.plan(wanted)
    assert desk.asked(PERMISSIONS) == 6


async def test_what_cannot_be_asked_is_unknown_and_asked_again_a_minute_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sandbox.faults.add(Fault("500-before", path=PERMISSIONS, times=0), Fault("500-before", path=PRICES, times=0))
    desk.sandbox.faults.add(Fault("500-before", path="/Balance.json", times=0))
    plan = await desk.plan(spec(MAYA, BERLIN))
    assert list(plan.ready) == [0, 1]
    assert {country: list(rows) for country, rows in plan.unknown_countries.items()} == {"US": [0], "DE": [1]}
    assert "Whether Germany is enabled for this account is not known" in words_of(plan)
    assert (plan.priced, plan.balance, sum(map(len, plan.unpriced.values()))) == (0, None, 2)
    desk.sandbox.faults.clear()
    questions = desk.asked(PERMISSIONS)
    assert (await desk.plan(spec(MAYA, BERLIN))).unknown_countries
    assert desk.asked(PERMISSIONS) == questions
    desk.now += TRIED_AGAIN + timedelta(seconds=1)
    assert not (await desk.plan(spec(MAYA, BERLIN))).unknown_countries
    # A server that says nothing holds nobody up.
    monkeypatch.setattr(campaign_plan, "LONGEST_WAIT", 0.2)
    desk.sandbox.faults.add(Fault("delay", path=PERMISSIONS, times=0, seconds=30))
    desk.now += KEPT + timedelta(seconds=1)
    assert "There was no answer within" in words_of(await desk.plan(spec(MAYA)))


async def test_the_archive_says_who_opted_out_and_whom_they_know(desk: Desk) -> None:
    second, rosa, emil = desk.sandbox.numbers[1], "+14155559876", "+14155559877"
    long_ago = NOON - timedelta(days=30)
    stop = Message(
        "SM" + "1" * 32, "received", "inbound", second, rosa, "STOP", date_created=long_ago, date_sent=long_ago
    )
    await desk.account.archive.put([stop, replace(stop, sid="SM" + "2" * 32, from_=emil, body="Hello")])
    plan = await desk.plan(spec(rosa, emil, senders=(FRONT_DESK, second)))
    assert [each.left_out for each in plan.items] == [LeftOut.OPTED_OUT, None]
    assert f"STOP to {second} on 27 Oct 2026" in (plan.items[0].detail or "")
    assert plan.items[1].draft is not None
    assert plan.items[1].draft.from_ == second
    # To another sender of the account they said nothing.
    assert list((await desk.plan(spec(rosa, senders=(FRONT_DESK,)))).ready) == [0]


async def test_a_service_leaves_pace_to_twilio_and_an_empty_one_is_told(desk: Desk) -> None:
    works, empty = desk.sandbox.services[0], desk.sandbox.services[2]
    plan = await desk.plan(spec(MAYA, senders=(works,)))
    assert (plan.duration(), plan.pacing.per_second, plan.can_begin) == (None, None, True)
    assert "21704" not in words_of(plan)
    assert "21704" in words_of(await desk.plan(spec(MAYA, senders=(empty,))))
    assert "cannot send SMS" in words_of(await desk.plan(spec(MAYA, senders=desk.sandbox.numbers[-1:])))


async def test_the_same_text_sent_lately_or_waiting_in_a_job_is_told(desk: Desk) -> None:
    client = desk.account.client
    entry = desk.account.outbox.begin(
        NewSend(connection=desk.account.name, account_sid=client.account_sid, to=MAYA, sender=FRONT_DESK, body="Hi P2")
    )
    desk.account.outbox.settle(entry.id, JournalState.ACCEPTED, sid="SM" + "3" * 32)
    new = NewJob(JobKind.CAMPAIGN, "Autumn", desk.account.name, client.account_sid, client.policy.base)
    await desk.jobs.create(new, [NewItem(1, Draft(JONAS, FRONT_DESK, "Hi P3"))])
    assert await desk.planner.is_overtaken()
    desk.now = entry.started_at + timedelta(hours=1)
    plan = await desk.plan(replace(spec(MAYA, JONAS, BERLIN), include_quiet=True))
    assert list(plan.notes[0].rows) == [0, 1]
    assert "“Autumn”" in plan.notes[0].words
    assert "same text" not in words_of(await desk.plan(replace(spec(MAYA, body="Other"), include_quiet=True)))
    assert not await desk.planner.is_overtaken()
    # What another window begins right after counts at once, whatever is kept of what was read.
    await desk.jobs.create(replace(new, name="Winter"), [NewItem(1, Draft(BERLIN, FRONT_DESK, "Hi P4"))])
    assert await desk.planner.is_overtaken()
    plan = await desk.plan(replace(spec(MAYA, JONAS, BERLIN), include_quiet=True))
    assert "“Winter”" in words_of(plan)


async def test_a_plan_is_told_of_and_can_be_stopped(desk: Desk) -> None:
    wanted = spec(*(f"+1415{2000000 + 37 * number}" for number in range(1500)))
    work = asyncio.ensure_future(desk.plan(wanted))
    while len(desk.told) < 2:
        await asyncio.sleep(0)
    assert (desk.told[0].what, desk.told[0].total) == ("Reading the numbers", 1500)
    assert 0 < desk.told[0].done < desk.told[1].done
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert len((await desk.plan(wanted)).items) == 1500
