"""What messages will cost: asked once a day and country, kept on disk, never waited for, said where not known."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.account import Account
from tui.services.prices import KEPT, TRIED_AGAIN, Prices, Quote, forget_prices
from tui.services.session import EventType, Session
from tui.storage.connection import NONE
from tui.storage.connections import Connection, Connections
from tui.storage.paths import find_paths
from tui.storage.price_lists import LARGEST_FILE, MOST_LISTS, MOST_OWNERS, PriceFile
from tui.twilio.client import Client

MAYA, BERLIN, LONDON = "+14155550123", "+4930123456", "+442079460958"
PATH = "/v1/Messaging/Countries"


class Desk:
    """A `Prices` with its clock, its work, and how often it told that more is known."""

    def __init__(self, path: Path | None, client: Client) -> None:
        self.now = datetime(2026, 11, 29, 12, tzinfo=UTC)
        self.work: list[Any] = []
        self.told = 0
        self.account = cast("Account", SimpleNamespace(client=client, working=nullcontext))
        self.prices = Prices(path, clock=lambda: self.now, run=self.work.append, changed=self._tell)

    def _tell(self, account: Account) -> None:
        assert account is self.account
        self.told += 1

    async def settle(self) -> None:
        while self.work:
            await self.work.pop()

    def quote(self, to: str = MAYA, sender: str = "+14155550100", body: str = "Hello", **more: Any) -> Quote:
        return self.prices.quote(self.account, to=to, sender=sender, body=body, **more)

    async def known(self, to: str = MAYA) -> Quote:
        self.quote(to)
        await self.settle()
        return self.quote(to)


@pytest.fixture
async def client(sandbox: Sandbox, connect: Callable[..., Connection]) -> AsyncIterator[Client]:
    async with Client(connect(sandbox)) as client:
        yield client


def asked(sandbox: Sandbox) -> list[str]:
    return [request.target for request in sandbox.requests if request.target.startswith(PATH)]


async def test_a_list_is_asked_for_once_a_day_and_kept_over_runs(sandbox, client, tmp_path) -> None:
    path = tmp_path / "state" / "prices.json"
    desk = Desk(path, client)
    assert desk.quote() == Quote()
    assert desk.quote() == Quote()
    assert len(desk.work) == 1
    await desk.settle()
    quote = desk.quote()
    assert quote.estimate is not None
    assert (quote.estimate.least, quote.estimate.currency) == (Decimal("0.0079"), "USD")
    assert (quote.read_at, quote.reason, desk.told, desk.work) == (desk.now, "", 1, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # Another run, a moment before the day is over: from the disk.
    later = Desk(path, client)
    later.now += KEPT - timedelta(seconds=1)
    assert await later.known() == quote
    assert len(asked(sandbox)) == 1
    later.now += timedelta(seconds=1)
    assert (await later.known()).read_at == later.now
    assert len(asked(sandbox)) == 2
    # A clock that was put back.
    earlier = Desk(path, client)
    earlier.now -= KEPT
    assert (await earlier.known()).read_at == earlier.now


async def test_the_carrier_is_not_known_so_a_price_is_a_range(client) -> None:
    quote = await Desk(None, client).known(BERLIN)
    assert quote.estimate is not None
    assert quote.estimate.least < quote.estimate.most


async def test_nothing_is_said_of_what_the_list_does_not_have(sandbox, client) -> None:
    desk = Desk(None, client)
    assert "SMS only" in desk.quote("whatsapp:" + MAYA, "whatsapp:+14155238886").reason
    assert "SMS only" in desk.quote(MAYA, "rcs:harbor").reason
    assert "no MMS" in desk.quote(media=True).reason
    for nothing in (desk.quote(body=""), desk.quote("12345"), desk.quote("")):
        assert nothing == Quote()
    assert desk.work == []
    quote = await desk.known("+37255501234")
    assert quote.estimate is None
    assert quote.reason == "Twilio's list has no price for Estonia"
    assert asked(sandbox) == [f"{PATH}/EE"]


async def test_a_failure_is_said_and_asked_again_only_later(sandbox, client) -> None:
    desk = Desk(None, client)
    sandbox.faults.add(Fault("500-before", path=PATH))
    quote = await desk.known()
    assert quote.estimate is None
    assert quote.reason.startswith("Twilio's price list could not be read. ")
    assert desk.quote() == quote
    assert desk.work == []
    desk.now += TRIED_AGAIN
    assert (await desk.known()).estimate is not None


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 20403)])
async def test_credentials_that_may_not_read_prices_are_named(connect, sandbox, tmp_path, status, code) -> None:
    async def answer(request: Request) -> Response:
        return Response(status, body=json.dumps({"code": code, "message": "No", "status": status}).encode())

    async with Server(answer) as server:
        base = f"http://127.0.0.1:{server.port}/2010-04-01"
        async with Client(replace(connect(sandbox), base_url=base)) as client:
            quote = await Desk(tmp_path / "prices.json", client).known()
    assert quote == Quote(reason="these credentials may not read Twilio's price list")
    assert not (tmp_path / "prices.json").exists()


async def test_a_connection_that_was_closed_tells_nothing(client) -> None:
    desk = Desk(None, client)
    desk.quote()
    await client.aclose()
    await desk.settle()
    assert (desk.told, desk.quote()) == (0, Quote())
    for work in desk.work:
        work.close()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"schema": 1}', b'{"schema": "1", "prices": {}}', b"[" * 100_000, b" " * (LARGEST_FILE + 1)],
    ids=["empty", "cut", "list", "no prices", "odd schema", "deep", "large"],
)
async def test_a_file_that_cannot_be_read_is_set_aside(client, tmp_path, damage) -> None:
    path = tmp_path / "prices.json"
    path.write_bytes(damage)
    assert (await Desk(path, client).known()).estimate is not None
    assert [each.read_bytes() for each in tmp_path.glob("prices.json.broken-*")] == [damage]
    assert PriceFile(path).load(f"{client.account_sid} {client.policy.origin}").keys() == {"US"}


async def test_a_later_versions_file_and_a_full_disk_cost_nothing_but_a_request(client, tmp_path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"schema": 2}')
    assert (await Desk(path, client).known()).estimate is not None
    assert path.read_text() == '{"schema": 2}'
    (tmp_path / "file").touch()
    assert (await Desk(tmp_path / "file" / "prices.json", client).known()).estimate is not None


@pytest.mark.parametrize(
    "ranges", [{"local": ["0.02", "0.01"]}, {"local": ["-1", "1"]}, {"local": ["x", "1"]}, {"local": 1}]
)
async def test_a_kept_list_that_makes_no_sense_is_asked_for_anew(sandbox, client, tmp_path, ranges) -> None:
    path = tmp_path / "prices.json"
    desk = Desk(path, client)
    table = {"read": desk.now.isoformat(), "currency": "USD", "outbound": ranges}
    PriceFile(path).put(f"{client.account_sid} {client.policy.origin}", "US", table)
    quote = await desk.known()
    assert quote.estimate is not None
    assert quote.estimate.least == Decimal("0.0079")
    assert len(asked(sandbox)) == 1


def test_the_file_is_bounded(tmp_path) -> None:
    file = PriceFile(tmp_path / "prices.json")
    for number in range(MOST_LISTS + 2):
        file.put("one", str(number), {})
    assert next(iter(file.load("one"))) == "2"
    for number in range(MOST_OWNERS):
        file.put(f"owner {number}", "US", {})
    assert file.load("one") == {}
    file.forget("owner 3")
    assert file.load("owner 3") == {}
    assert file.load("owner 4") == {"US": {}}


async def test_the_session_keeps_prices_for_a_connection_that_keeps_anything(sandbox, connect, tmp_path, until) -> None:
    session = Session(find_paths(tmp_path / "config"), environ={})
    kept, unkept = connect(sandbox, name="kept"), replace(connect(sandbox, name="unkept"), history=NONE)
    await session.saved.store(Connections({"kept": kept, "unkept": unkept}))
    told: list[Account | None] = []
    session.subscribe(lambda event: told.append(event.account) if event.what is EventType.PRICES else None)
    for name in ("unkept", "kept"):
        await session.use(name)
        account = session.account
        assert account is not None
        session.files.prices(account).quote(account, to=MAYA, sender=sandbox.numbers[0], body="Hi")
        await until(None, lambda account=account: account in told)
        assert session.paths.prices.exists() is (name == "kept")
    assert session.files.prices(account).quote(account, to=MAYA, sender=sandbox.numbers[0], body="Hi").estimate
    forget_prices(session.paths, kept)
    assert '"US"' not in session.paths.prices.read_text()
    await session.close()


async def test_a_list_can_be_waited_for_and_is_asked_for_once_by_many(sandbox, client) -> None:
    desk = Desk(None, client)
    asking = [asyncio.ensure_future(desk.prices.price_list(desk.account, "DE")) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await desk.settle()
    found = await asyncio.gather(*asking[1:])
    assert found[0] is found[1] is not None
    assert found[0].prices is not None
    assert await desk.prices.price_list(desk.account, "DE") is found[0]
    assert len(asked(sandbox)) == 1
    unknown = asyncio.ensure_future(desk.prices.price_list(desk.account, "KP"))
    await asyncio.sleep(0)
    await desk.settle()
    assert (await unknown) is not None
    assert "no price for North Korea" in (await unknown).reason
