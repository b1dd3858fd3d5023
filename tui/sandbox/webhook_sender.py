"""Sends one webhook: signed, at most twice, within Twilio's fifteen seconds.

Calls this machine alone, and what `Reach` names beside it; what was not called is written into the journal as well.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import h11

from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.plain_http import PlainHttp
from tui.sandbox.reach import LOCAL, Reach
from tui.sandbox.request_log import CalledUrl, RequestLog
from tui.sandbox.signing import Signing, signature

LIMIT_SECONDS = 15.0
LARGEST = 64 * 1024
RETRIES = 1

_RETRY_PAUSE = 0.1
_MOST_RETRIES = 5


class WebhookSender:
    """Makes the calls. `limit` is in seconds, for one attempt."""

    def __init__(self, token: str, journal: RequestLog, limit: float = LIMIT_SECONDS, reach: Reach = LOCAL) -> None:
        self.signing = Signing.RIGHT
        self.limit = limit
        self._reach = reach
        self._token = token
        self._journal = journal
        self._http = PlainHttp()

    async def deliver(
        self, event: str, sid: str, method: str, url: str, params: Sequence[tuple[str, str]], retry_token: str
    ) -> WebhookAnswer | None:
        """Call `url`; returns what came of it after the last attempt, None where it was not called.

        A failed connection, a late answer and a 5xx are tried again with the same `retry_token`: once, or as often
        as the URL's fragment says (`#rc=3`, at most 5).
        """
        reason = self._reach.not_callable(url)
        if reason:
            self._journal.call(CalledUrl(event, sid, method, url, note=f"not called: {reason}"))
            return None
        answer = None
        for attempt in range(1, 2 + _retries(url)):
            if attempt > 1:
                await asyncio.sleep(_RETRY_PAUSE)
            answer = await self._attempt(WebhookAnswer(method, url, params), retry_token)
            self._journal.call(CalledUrl(event, sid, method, url, attempt, answer.status, answer.note))
            if 200 <= answer.status < 500:
                break
        return answer

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    async def _attempt(self, call: WebhookAnswer, retry_token: str) -> WebhookAnswer:
        target, params = call.url.partition("#")[0], call.params
        content, covered = urlencode(params).encode(), params
        headers = [("I-Twilio-Idempotency-Token", retry_token), ("User-Agent", "TwilioProxy/1.1"), ("Accept", "*/*")]
        if call.method == "GET":
            target += f"{'&' if '?' in target else '?'}{urlencode(params)}"
            content, covered = b"", ()
        else:
            headers.append(("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"))
        if signed := signature(self.signing, self._token, target, covered):
            headers.append(("X-Twilio-Signature", signed))
        try:
            async with asyncio.timeout(self.limit):
                return await self._exchange(call, target, headers, content)
        except TimeoutError:
            return replace(call, note=f"no answer within {self.limit:g} seconds")
        except (h11.ProtocolError, OSError, ValueError) as problem:
            return replace(call, note=f"no answer: {type(problem).__name__}")

    async def _exchange(
        self, call: WebhookAnswer, url: str, headers: Sequence[tuple[str, str]], content: bytes
    ) -> WebhookAnswer:
        async with await self._http.ask(call.method, url, headers, content) as exchange:
            call, body = replace(call, status=exchange.status, headers=exchange.headers), bytearray()
            async for piece in exchange.body():
                body += piece
                if len(body) > LARGEST:
                    return replace(call, note=f"the answer is larger than {LARGEST} bytes", too_large=True)
        return replace(call, body=bytes(body))


def _retries(url: str) -> int:
    asked = re.search(r"(?:^|&)rc=([0-9])(?:&|$)", url.partition("#")[2])
    return min(int(asked[1]), _MOST_RETRIES) if asked else RETRIES
