"""Sends and their fates over real sockets: never twice, never a false “sent”, never a false “not sent”."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Any

import pytest

from tests.outbox import kept
from tests.services.sends.steps import look_up
from tests.time_passing import let_pass
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.send_outcome import outcome_of
from tui.services.send_state import SendState
from tui.storage.connection import Connection
from tui.storage.journal import JournalState
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest, NoAnswer, RequestFailed

FATES: dict[str, tuple[Fault | None, JournalState]] = {
    "taken": (None, JournalState.ACCEPTED),
    "limited": (Fault("429"), JournalState.NOT_SENT),
    "limited with a wish": (Fault("429", retry_after=7), JournalState.NOT_SENT),
    "error before": (Fault("500-before"), JournalState.UNKNOWN),
    "error after": (Fault("500-after"), JournalState.UNKNOWN),
    "reset before": (Fault("reset-before"), JournalState.UNKNOWN),
    "reset after": (Fault("reset-after"), JournalState.UNKNOWN),
    "answered too late": (Fault("delay", seconds=30), JournalState.UNKNOWN),
    "processed too late": (Fault("delay-before", seconds=30), JournalState.UNKNOWN),
    "dripping": (Fault("drip", seconds=2), JournalState.UNKNOWN),
    "truncated": (Fault("truncated"), JournalState.UNKNOWN),
    "garbage": (Fault("garbage"), JournalState.UNKNOWN),
    "web page": (Fault("html"), JournalState.UNKNOWN),
    "web page that says fine": (Fault("html", status=200), JournalState.UNKNOWN),
    "other JSON": (Fault("wrong-json"), JournalState.UNKNOWN),
    "other JSON, created": (Fault("wrong-json", status=201), JournalState.UNKNOWN),
    "other JSON, bad request": (Fault("wrong-json", status=400), JournalState.UNKNOWN),
    "other JSON, server error": (Fault("wrong-json", status=503), JournalState.UNKNOWN),
}


async def send(bench: Any, fault: Fault | None) -> SendState:
    """What comes of a send that this happens to; where an answer takes longer than one may, time passes."""
    if fault is None:
        return await bench.submit()
    bench.sandbox.faults.add(replace(fault, method="POST"))
    sending = asyncio.create_task(bench.submit())
    if fault.seconds:
        while not (bench.posts or sending.done()):
            await asyncio.sleep(0.005)
        let_pass(bench.client.timeout + 1)
    return await sending


@pytest.mark.parametrize("fate", FATES)
async def test_a_send_arrives_once_and_its_state_is_true(bring: Any, sandbox: Sandbox, fate: str) -> None:
    fault, expected = FATES[fate]
    bench = await bring(sandbox)
    sending = await send(bench, fault)
    assert sending.entry.state is expected
    assert bench.posts == 1
    made = await bench.made()
    if sending.entry.state is JournalState.ACCEPTED:
        assert [message.sid for message in made] == [sending.entry.sid]
        assert sending.message is not None
        assert sending.problem is None
    else:
        assert sending.problem is not None
        assert sending.problem.reason
        assert sending.entry.detail == sending.problem.reason
    if sending.entry.state in (JournalState.NOT_SENT, JournalState.REJECTED):
        assert made == ()
    assert kept(bench.outbox, sending.entry) == sending.entry
    assert [told.entry.state for told in bench.told] == [JournalState.SENDING, expected]


@pytest.mark.parametrize("fate", FATES)
async def test_an_unknown_send_is_settled_by_its_message_only(bring: Any, sandbox: Sandbox, fate: str) -> None:
    fault, _ = FATES[fate]
    bench = await bring(sandbox)
    sending = await send(bench, fault)
    if sending.entry.state is not JournalState.UNKNOWN:
        return
    looked = await look_up(bench.desk, sending.entry)
    made = await bench.made()
    assert len(made) <= 1
    assert looked.entry.state is (JournalState.ACCEPTED if made else JournalState.UNKNOWN)
    assert looked.entry.sid == (made[0].sid if made else None)
    assert looked.candidates == (None if made else 0)
    assert bench.posts == 1


@pytest.mark.parametrize(("to", "code"), [("+15005550001", 21211), ("+15005550003", 21408), ("+15005550009", 21614)])
async def test_what_twilio_refuses_is_rejected_with_its_code(bench: Any, to: str, code: int) -> None:
    sending = await bench.submit(bench.draft(to=to))
    assert (sending.entry.state, sending.entry.code) == (JournalState.REJECTED, code)
    assert [message.status for message in await bench.made(to)] == ["failed"]
    assert bench.posts == 1


async def test_wrong_credentials_sent_nothing(bring: Any, sandbox: Sandbox) -> None:
    wrong = Connection("w", "auth_token", sandbox.account_sid, auth_token="0" * 32, base_url=sandbox.base_url)
    bench = await bring(sandbox, twilio=wrong)
    sending = await bench.submit()
    assert (sending.entry.state, sending.entry.code) == (JournalState.REJECTED, 20003)


async def test_where_nobody_listens_nothing_is_sent(bring: Any, sandbox: Sandbox) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{probe.getsockname()[1]}"
        twilio = Connection("n", "auth_token", sandbox.account_sid, auth_token="t", base_url=nowhere)
        bench = await bring(sandbox, twilio=twilio)
        sending = await bench.submit()
    assert sending.entry.state is JournalState.NOT_SENT
    assert isinstance(sending.problem, NoAnswer)


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (InvalidRequest("Body", "Empty."), JournalState.NOT_SENT),
        (NoAnswer("Refused.", sent=False), JournalState.NOT_SENT),
        (NoAnswer("Broken off.", sent=True), JournalState.UNKNOWN),
        (BadAnswer(200, "A web page."), JournalState.UNKNOWN),
        (BadAnswer(404, "A web page."), JournalState.UNKNOWN),
        (ApiError(400, 21211, ""), JournalState.REJECTED),
        (ApiError(429, 20429, ""), JournalState.NOT_SENT),
        (ApiError(429, 21611, ""), JournalState.REJECTED),
        (ApiError(429, None, ""), JournalState.NOT_SENT),
        (ApiError(401, None, ""), JournalState.NOT_SENT),
        (ApiError(408, 408, "Request timeout"), JournalState.UNKNOWN),
        (ApiError(404, None, ""), JournalState.UNKNOWN),
        (ApiError(500, 20500, ""), JournalState.UNKNOWN),
        (ApiError(503, None, ""), JournalState.UNKNOWN),
        (RequestFailed("Something new."), JournalState.UNKNOWN),
    ],
)
def test_only_certain_knowledge_settles_a_send(problem: RequestFailed, state: JournalState) -> None:
    assert outcome_of(problem) is state
