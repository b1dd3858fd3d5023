"""Each way in which the sandbox can sign wrongly is refused, and named for what it is."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tui.sandbox.server import Sandbox
from tui.sandbox.signing import Signing
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import Verdict
from tui.webhooks.receiver import Receiver
from tui.webhooks.verification import Tokens


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Signing.TOKEN, "another auth token"),
        (Signing.SCHEME, "Signed for https://127.0.0.1:"),
        (Signing.BODY, "without the parameters"),
        (Signing.MISSING, "no X-Twilio-Signature header"),
    ],
)
async def test_a_wrong_signature_is_named_for_what_it_is(sandbox: Sandbox, mode: Signing, words: str) -> None:
    sandbox.signing = mode
    store = EventStore(None)
    async with Receiver(store, tokens=Tokens(sandbox.auth_token)) as receiver:
        async with httpx.AsyncClient(auth=(sandbox.account_sid, sandbox.auth_token), trust_env=False) as client:
            url = f"{sandbox.base_url}/2010-04-01/Accounts/{sandbox.account_sid}/Messages.json"
            form = {"To": "+14155500000", "From": sandbox.numbers[0], "Body": "x"}
            await client.post(url, data={**form, "StatusCallback": receiver.status_url})
        async with asyncio.timeout(10):
            await receiver.queue.wait()
        (event,) = receiver.queue.take().events
    assert (event.verdict, event.accepted, event.reply.status) == (Verdict.REJECTED, False, 403)
    assert words in event.diagnosis
    store.close()
