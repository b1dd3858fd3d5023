"""Whatever of Twilio's is asked for, the sandbox answers as Twilio's description says, or that it has no such thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.answer_shapes import faults_of_answer, faults_of_refusal, plain_path
from tests.sandbox.conftest import Clock
from tests.sandbox.generated_requests import HOOK, GeneratedRequest, Generator
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.errors import HEADER, NOT_IMPLEMENTED
from tui.sandbox.router import served_operations
from tui.sandbox.server import Sandbox
from tui.twilio.error_catalogue import explain
from tui.twilio.operations import Operation, operations

SERVED = frozenset(served_operations())
DONE = {"GET": {200}, "POST": {200, 201, 202}, "PUT": {200, 201, 202}, "PATCH": {200, 202}, "DELETE": {204}}
REFUSED = {400, 401, 403, 404, 409, 429}


def faults_of(asked: GeneratedRequest, answer: httpx.Response) -> Iterator[str]:
    status = answer.status_code
    if status == 204:
        yield from ["has a body"] if answer.content else []
    elif answer.headers["Content-Type"] != "application/json":
        yield f"is {answer.headers['Content-Type']}"
    if status == NOT_IMPLEMENTED:
        yield from faults_of_refusal(answer.json(), status)
        if answer.headers.get(HEADER[0]) != HEADER[1]:
            yield "has no mark"
        if asked.operation in SERVED and "Of a sub-account" not in answer.json()["message"]:
            yield "is served, and refused as if it were not"
    elif asked.operation not in SERVED and status != 401:
        yield f"is not served, and answered with {status}"
    elif status in REFUSED:
        yield from faults_of_refusal(answer.json(), status)
        if explain(answer.json()["code"]) is None:
            yield f"has a code that nobody knows: {answer.json()['code']}"
    elif status not in DONE[asked.operation.method]:
        yield f"is answered with {status}"
    elif status != 204:
        yield from faults_of_answer(asked.operation, answer.json())


@pytest.mark.parametrize("count", [300, pytest.param(3_000, marks=pytest.mark.long)])
async def test_every_answer_has_the_shape_of_its_operation(clock: Clock, count: int) -> None:
    """Half of the requests are for what the sandbox has, the others for anything of Twilio's."""
    wrong: Counter[str] = Counter()
    seen: Counter[int] = Counter()
    done: set[Operation] = set()
    failures: list[Exception] = []
    async with (
        Sandbox(clock=clock, history=60, on_error=failures.append) as sandbox,
        httpx.AsyncClient(
            base_url=sandbox.base_url, auth=(sandbox.account_sid, sandbox.auth_token), trust_env=False
        ) as client,
    ):
        sent = sandbox.receive("+14155550123", sandbox.numbers[0], "Look", ("https://files.example/a.png",) * 3)
        for code in (11200, 11205):
            sandbox._account.alerts.add(sent.sid, code, WebhookAnswer("POST", HOOK, ()))
        made = Generator(count, sandbox.account_sid, sandbox.numbers)

        async def ask(asked: GeneratedRequest) -> None:
            operation = asked.operation
            content = {"json": asked.document} if operation.body_type == "json" else {"data": _body(asked)}
            answer = await client.request(
                operation.method, asked.path, headers=asked.headers, params=asked.query, **content
            )
            seen[answer.status_code] += 1
            wrong.update(f"{asked}: {fault}" for fault in faults_of(asked, answer))
            if answer.is_success:
                done.add(operation)
            if answer.status_code in {200, 201}:
                made.learn(asked, answer.json())
            elif answer.status_code in {204, 404}:
                made.forget(asked)

        some = sorted(SERVED, key=lambda each: (each.path, each.method))
        for operation in sorted(some, key=lambda each: each.path.count("{")):
            if operation.does == "list":
                await ask(made.request(operation, plain=True))
        for _ in range(count):
            # Rather what was not answered with success yet.
            left = [each for each in some if each not in done]
            await ask(made.request(made.choose(made.choose((some, left or some, operations(), operations())))))
            clock.advance(seconds=1)
    assert [*wrong] == []
    assert failures == []
    assert {200, 201, 204, 400, 404, 501} <= seen.keys()
    assert len(done) >= len(SERVED) * (0.95 if count > 1_000 else 0.7), sorted(map(plain_path, SERVED - done))


def _body(asked: GeneratedRequest) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in asked.form:
        fields.setdefault(name, []).append(value)
    return fields
