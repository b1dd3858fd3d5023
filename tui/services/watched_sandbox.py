"""A sandbox that another program started: connect to it, and again when it was restarted or began anew.

It is asked over HTTP on loopback, and left as it is. Nothing here knows the sandbox's code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

from tui.services.message_archive import WATCH_LIVE_SECONDS
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest
from tui.webhooks.errors import NoSandbox, SandboxRefused
from tui.webhooks.sandbox_controls import access_to


class WatchedSandbox:
    """The sandbox at `origin` (`http://127.0.0.1:4010`).

    A run that follows another gives out the same SIDs again, for other messages: what is known of the one before must
    not be taken for the other's.
    """

    def __init__(self, origin: str, *, pause: float = WATCH_LIVE_SECONDS) -> None:
        self._origin = origin
        self._pause = pause
        self._run = ""

    async def start(self) -> Connection:
        """How to connect to the run there is now.

        Raises:
            InvalidRequest: no sandbox answers.
        """
        try:
            access = await access_to(self._origin)
        except SandboxRefused as problem:
            remedy = f"Start it with tuilio sandbox --port {self._origin.rpartition(':')[2]}: it is waited for."
            if isinstance(problem, NoSandbox):
                remedy = problem.remedy
            raise InvalidRequest("sandbox", f"{problem.reason} ({self._origin})", remedy) from None
        self._run = access.run
        return access.connection

    async def stop(self) -> None:
        """Leave it as it is."""

    async def follow(self, reopen: Callable[[], Awaitable[None]]) -> NoReturn:
        """Call `reopen` whenever another run than the last one that was started with answers; for ever."""
        while True:
            await asyncio.sleep(self._pause)
            try:
                access = await access_to(self._origin)
            except SandboxRefused:
                continue
            if access.run != self._run:
                await reopen()
