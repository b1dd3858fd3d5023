"""Fetch messages anew when a webhook says that they changed: one at a time, each once, a bounded number.

Webhooks may come ten thousand times a second; Twilio is asked a few times a second at most, and for the newest. Knows
the client and messages, nothing of webhooks.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, cast

from tui.twilio.client import Client
from tui.twilio.errors import ApiError, InvalidRequest, RequestFailed
from tui.twilio.messages import Message, StatusReport, fetch, take_over

MOST_WAITING: Final = 100
PAUSE: Final = 0.25
"""Seconds between two requests."""

PATIENCE: Final = 5.0
"""Seconds an answer may take; after that the status report stands alone."""


class MessageRefresher:
    """Queues and fetches messages; `run` does the work until it is cancelled.

    Args:
        client: fetches them.
        known: called with every message that was fetched, joined with its status reports, or with the reports alone
            where Twilio could not be asked.
        pause: seconds between requests.
        most: how many messages may wait; the oldest give way.
        patience: seconds for one answer.
    """

    def __init__(
        self,
        client: Client,
        known: Callable[[Message], None],
        *,
        pause: float = PAUSE,
        most: int = MOST_WAITING,
        patience: float = PATIENCE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._known = known
        self._pause = pause
        self._most = most
        self._patience = patience
        self._sleep = sleep
        self._waiting: OrderedDict[str, StatusReport | None] = OrderedDict()
        self._ready = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many messages are still to be fetched."""
        return len(self._waiting)

    def request(self, sid: str, report: StatusReport | None = None) -> None:
        """Queue a message to be fetched; a verified report is joined to it, and stands alone without an answer."""
        # The message moves to the end of the queue, and its reports so far are joined.
        before = self._waiting.pop(sid, None)
        told = take_over(before, report) if before and report else report or before
        self._waiting[sid] = cast("StatusReport | None", told)
        if len(self._waiting) > self._most:
            self._waiting.popitem(last=False)
        self._ready.set()

    async def run(self) -> None:
        """Fetch what is queued, for ever."""
        while True:
            await self._ready.wait()
            sid, report = self._waiting.popitem(last=False)
            if not self._waiting:
                self._ready.clear()
            message = await self._fetch(sid, report)
            if message is not None:
                self._known(message)
            await self._sleep(self._pause)

    async def _fetch(self, sid: str, report: StatusReport | None) -> Message | None:
        if self._client.closed:
            return report
        try:
            async with asyncio.timeout(self._patience):
                message = await fetch(self._client, sid)
        except InvalidRequest:
            return None
        except ApiError as problem:
            # Twilio knows of no such message: whatever was reported is not this account's.
            return None if problem.status == 404 else report
        except (RequestFailed, TimeoutError):
            return report
        # The answer may be older than the report.
        return take_over(message, report) if report else message
