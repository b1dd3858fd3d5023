"""An account's money: asked once, kept for minutes; a balance below one's own amount is told once per fall."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.account import Account
from tui.services.low_balance import LowBalance, say_threshold
from tui.services.message_archive import MessageArchive
from tui.services.money import KEPT, AccountMoney, KeptSum, sum_kept
from tui.services.session import Session
from tui.storage.connection import NONE, Connection
from tui.storage.connections import Connections
from tui.storage.paths import find_paths
from tui.twilio.account_state import Balance
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, NoAnswer, RequestFailed
from tui.twilio.messages import Message
from tui.twilio.usage import UsagePeriod

PATHS = ("/Balance.json", "/Usage/Records/Today.json", "/Usage/Records/ThisMonth.json")


class Desk:
    """An `AccountMoney` with its clock."""

    def __init__(self, client: Client) -> None:
        self.now = datetime.now(UTC)
        self.money = AccountMoney(client, clock=lambda: self.now, run=asyncio.ensure_future)


def asked(sandbox: Sandbox, path: str = "/Balance.json") -> int:
    return sum(path in request.target for request in sandbox.requests)


async def test_each_question_is_asked_once_and_its_answer_kept_for_minutes(sandbox, connection) -> None:
    async with Client(connection) as client:
        desk = Desk(client)
        first, second = await asyncio.gather(desk.money.balance(), desk.money.balance())
        assert first is second
        assert asked(sandbox) == 1
        usage = await desk.money.usage(UsagePeriod.TODAY)
        assert await desk.money.usage(UsagePeriod.TODAY) is usage
        assert await desk.money.usage(UsagePeriod.THIS_MONTH) is not usage
        assert await desk.money.total(UsagePeriod.THIS_MONTH) is not None
        assert [asked(sandbox, path) for path in PATHS] == [1, 1, 2]
        desk.now += KEPT - timedelta(seconds=1)
        await desk.money.balance()
        assert asked(sandbox) == 1
        desk.now += timedelta(seconds=1)
        await desk.money.balance()
        assert asked(sandbox) == 2
        await desk.money.balance(again=True)
        assert asked(sandbox) == 3
        # A clock that was put back.
        desk.now -= KEPT
        await desk.money.balance()
        assert asked(sandbox) == 4


async def test_a_refusal_is_not_kept_and_giving_up_the_wait_takes_it_from_nobody_else(sandbox, connection) -> None:
    async with Client(connection) as client:
        desk = Desk(client)
        sandbox.faults.add(Fault("500-before", path="/Balance.json"))
        for problem in await asyncio.gather(desk.money.balance(), desk.money.balance(), return_exceptions=True):
            assert isinstance(problem, RequestFailed)
        assert asked(sandbox) == 1
        one, other = (asyncio.ensure_future(desk.money.balance()) for _ in range(2))
        await asyncio.sleep(0)
        one.cancel()
        assert (await other).amount is not None
        assert asked(sandbox) == 2


class Watched:
    """A `LowBalance` over answers of one's own, and the note of an archive."""

    def __init__(self, least: float | None) -> None:
        self.answers: list[Balance | RequestFailed] = []
        self.notices: list[str] = []
        self.notes: dict[str, str] = {}
        self.least = least
        self.start()

    def start(self) -> None:
        """Begin as after a restart: only the notes are left."""
        connection = Connection("acme", "api_key", "AC", low_balance=self.least)
        archive = SimpleNamespace(note=self._note, set_note=self._set_note)
        account = cast("Account", SimpleNamespace(connection=connection, name="acme", archive=archive))
        money = cast("AccountMoney", SimpleNamespace(balance=self._balance))
        self.low = LowBalance(account, money, self.notices.append)

    async def _balance(self) -> Balance:
        answer = self.answers.pop(0)
        if isinstance(answer, RequestFailed):
            raise answer
        return answer

    async def _note(self, name: str) -> str:
        return self.notes.get(name, "")

    async def _set_note(self, name: str, value: str) -> None:
        self.notes[name] = value

    async def look(self, amount: object, currency: str = "USD") -> int:
        """How many notices a look at this balance, or at this failure, makes."""
        before = len(self.notices)
        known = amount if isinstance(amount, RequestFailed) else None
        self.answers.append(known or Balance(None if amount is None else Decimal(str(amount)), currency))
        await self.low.look()
        return len(self.notices) - before


async def test_a_fall_below_the_amount_is_told_once_and_after_a_restart_not_again() -> None:
    watched = Watched(20)
    assert [await watched.look(amount) for amount in (25, 20, "19.99", 12, 3)] == [0, 0, 1, 0, 0]
    assert watched.notices[0].startswith("The balance of acme is 19.9900 USD, below the 20 that you set.")
    assert "{delivery.money}" in watched.notices[0]
    watched.start()
    assert [await watched.look(amount) for amount in (2, -1)] == [0, 0]
    # Filled up and fallen again; and another amount is another question.
    assert [await watched.look(amount, "EUR") for amount in (50, 19, 18)] == [0, 1, 0]
    assert "19.0000 EUR" in watched.notices[1]
    watched.least = 12.5
    watched.start()
    assert [await watched.look(amount) for amount in (18, 12, 11)] == [0, 1, 0]
    assert "below the 12.5000 that you set" in watched.notices[2]


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=12))
def test_there_are_as_many_notices_as_falls_however_often_it_is_restarted(looks: list[tuple[int, bool]]) -> None:
    async def tell() -> int:
        watched = Watched(20)
        for amount, restart in looks:
            if restart:
                watched.start()
            await watched.look(amount)
        return len(watched.notices)

    below = [False, *(amount < 20 for amount, _ in looks)]
    assert asyncio.run(tell()) == sum(now and not before for before, now in pairwise(below))


async def test_two_connections_to_one_account_are_told_of_their_own_amounts_once_each() -> None:
    watched = Watched(20)
    told: list[int] = []
    for least, amount in [(20, 10), (50, 10), (20, 10), (50, 10), (20, 30), (50, 30), (20, 10)]:
        watched.least = least
        watched.start()
        told.append(await watched.look(amount))
    assert told == [1, 1, 0, 0, 0, 0, 1]


async def test_an_archive_that_cannot_be_written_has_it_told_once_a_run() -> None:
    watched = Watched(20)

    async def lost(name: str, value: str) -> None:
        pass

    watched.low._account.archive.set_note = lost
    assert [await watched.look(amount) for amount in (5, 4, 30, 3)] == [1, 0, 0, 1]


async def test_what_nobody_can_watch_is_said_once_and_a_lost_answer_is_not() -> None:
    watched = Watched(20)
    lost = NoAnswer("No answer.", sent=True)
    refused = ApiError(401, 20003, "Authenticate")
    assert [await watched.look(problem) for problem in (lost, refused, refused, lost, 30)] == [0, 1, 0, 0, 0]
    assert watched.notices[0].startswith("The balance of acme is not watched, though you set 20: ")
    assert "401" in watched.notices[0]
    assert [await Watched(20).look(None), await Watched(None).look(1)] == [1, 0]


def test_an_amount_of_ones_own_is_said_as_it_was_typed() -> None:
    words = [say_threshold(Decimal(each)) for each in ("20", "20.0", "1500", "12.5", "-500")]
    assert words == ["20", "20.0", "1,500", "12.5000", "-500"]


async def told_in_a_run(folder: Path, plain: Connection, low: Connection, until: Any, *, tells: bool) -> list[str]:
    session = Session(find_paths(folder), environ={})
    told: list[str] = []
    session.subscribe(lambda event: told.append(event.words) if event.words else None)
    await session.saved.store(Connections({each.name: each for each in (low, plain)}))
    # Without an amount nothing is asked.
    await session.use(plain.name)
    await until(None, lambda: session.account and session.account.archive.status.looked)
    assert session.account is not None
    assert session.account.money is None
    await session.use(low.name)
    account = session.account
    await until(None, lambda: told or not tells)
    # The look of the session's own is under way, or over: this one comes after it, and finds what it noted.
    await LowBalance(account, session.money(account), lambda _: None).look()
    while not await account.archive.note("low balance told"):
        await asyncio.sleep(0.01)
    await session.use(plain.name)
    await session.close()
    return told


@pytest.mark.parametrize("history", [90, NONE])
async def test_a_session_asks_where_a_connection_names_an_amount_and_remembers_unless_nothing_is_kept(
    connection, tmp_path, until, history
) -> None:
    low = replace(connection, low_balance=10**6, history=history)
    plain = replace(connection, name="plain", history=history)
    for tells in (True, history == NONE):
        told = await told_in_a_run(tmp_path / "config", plain, low, until, tells=tells)
        assert len(told) == tells, told
        assert all("below the 1,000,000 that you set" in words for words in told)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/St_Johns"])
async def test_what_is_kept_adds_up_by_utc_days_as_a_naive_count_does_wherever_one_is(be_in, zone) -> None:
    be_in(zone)
    now = datetime(2026, 11, 3, 12, tzinfo=UTC)
    chance = random.Random(zone)
    archive = MessageArchive(
        None,
        history=None,
        clock=lambda: now,
        changed=lambda _: None,
        status_changed=lambda: None,
        noticed=lambda _: None,
        failed=lambda _: None,
    )
    await archive.open()
    edges = [datetime(2026, 11, day, tzinfo=UTC) + timedelta(seconds=by) for day in (1, 2, 3) for by in (-1, 0, 1)]
    sent = [*edges, *(now - timedelta(seconds=chance.randrange(6 * 86_400)) for _ in range(200))]
    prices = [None, Decimal("-0.0079"), Decimal("-0.01234"), Decimal(0)]
    messages = [
        Message(
            f"SM{number:032x}",
            "delivered",
            direction="outbound-api",
            date_created=moment,
            date_sent=moment,
            price=chance.choice(prices),
            price_unit=chance.choice(["USD", "EUR"]),
        )
        for number, moment in enumerate(sent)
    ]
    await archive.put(messages)
    for first, last in [(1, 1), (2, 3), (1, 3), (3, 3)]:
        days = date(2026, 11, first), date(2026, 11, last)
        found = await sum_kept(archive, *days, now)
        meant = [each for each in messages if each.date_sent and days[0] <= each.date_sent.date() <= days[1]]
        costs: dict[str, Decimal] = {}
        for each in meant:
            if each.price is not None:
                costs[each.price_unit] = costs.get(each.price_unit, Decimal(0)) - each.price
        priced = sum(each.price is not None for each in meant)
        # Nothing was ever read from a Twilio, so nothing is known to be whole.
        assert found == KeptSum(len(meant), priced, costs, whole=False)
    await archive.close()


async def test_once_all_is_loaded_the_sum_of_what_is_kept_is_the_total_that_twilio_counts(
    connect, tmp_path, until
) -> None:
    now = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
    async with Sandbox(clock=lambda: now) as sandbox:
        connection = connect(sandbox)
        session = Session(find_paths(tmp_path / "config"), environ={}, clock=lambda: now)
        await session.saved.store(Connections({connection.name: connection}))
        await session.use(connection.name)
        account = session.account
        assert account is not None
        await until(None, lambda: account.archive.status.looked)
        account.archive.start_load(None)
        await until(None, lambda: account.archive.status.load and account.archive.status.load.finished)
        for period in UsagePeriod:
            usage = await session.money(account).usage(period)
            kept = await sum_kept(account.archive, usage.first, usage.last, session.clock())
            assert kept is not None
            assert kept.whole
            assert usage.total is not None
            assert kept.costs.get("USD", Decimal(0)) == usage.total.price
        await session.close()
