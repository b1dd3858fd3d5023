"""What an account can send from, also where half of it cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer
from tui.twilio.numbers import MOST_LINKS
from tui.twilio.senders import SenderKind, list_senders


@pytest.mark.parametrize("kind", ["api_key", "auth_token"])
async def test_numbers_come_first_then_services(
    sandbox: Sandbox, connect: Callable[..., Connection], kind: str
) -> None:
    async with Client(connect(sandbox, kind=kind)) as client:
        senders = await list_senders(client)
    assert senders.problems == ()
    assert tuple(s.address for s in senders.offered) == (*sandbox.numbers, *sandbox.services)
    numbers = [s for s in senders.offered if s.kind is SenderKind.NUMBER]
    assert [s.sms for s in numbers] == [True] * (len(numbers) - 1) + [False]
    assert all(s.label for s in senders.offered)


@pytest.mark.parametrize(
    ("path", "kind"), [("IncomingPhoneNumbers", SenderKind.SERVICE), ("/v1/Services", SenderKind.NUMBER)]
)
@pytest.mark.parametrize("fault", ["500-before", "reset-before", "wrong-json", "html", "truncated", "429"])
async def test_one_that_fails_does_not_hide_the_other(
    sandbox: Sandbox, connection: Connection, path: str, kind: SenderKind, fault: str
) -> None:
    sandbox.faults.add(Fault(fault, path=path))
    async with Client(connection) as client:
        senders = await list_senders(client)
    assert {s.kind for s in senders.offered} == {kind}
    assert len(senders.problems) == 1


async def test_links_in_a_circle_end_and_nothing_comes_twice(serve: Any, http: Callable[..., bytes]) -> None:
    async def reply(heard: Any, writer: Any) -> None:
        path = heard.line.split()[1]
        number = {"phone_number": "+14155550100", "friendly_name": None, "capabilities": None}
        other = "b" if "Page=a" in path else "a"
        document = {
            "incoming_phone_numbers": [
                number,
                None,
                {},
                {"phone_number": "+1 \x1b"},
                {"phone_number": ["+14155550101"]},
            ],
            "next_page_uri": f"{path.partition('?')[0]}?Page={other}",
            "services": [],
            "meta": [],
        }
        writer.write(http(json.dumps(document).encode()))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        senders = await list_senders(client)
    assert [(s.address, s.sms, s.label) for s in senders.offered] == [("+14155550100", True, "")]
    assert len(wire.heard) < MOST_LINKS


async def test_a_link_to_another_host_is_told_as_a_problem(serve: Any, http: Callable[..., bytes]) -> None:
    elsewhere = await serve(http(b"{}"))
    link = f"{elsewhere.base_url}/v1/Services"
    wire = await serve(http(json.dumps({"services": [], "meta": {"next_page_url": link}}).encode()))
    async with Client(wire.connection()) as client:
        senders = await list_senders(client)
    assert any("away from" in problem.reason for problem in senders.problems)
    assert any(isinstance(problem, BadAnswer) for problem in senders.problems)
    assert elsewhere.connections == 0
