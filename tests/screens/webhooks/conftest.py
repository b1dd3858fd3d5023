"""The Webhooks place with a receiver that listens, and requests that come in over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import httpx
import pytest
from textual.pilot import Pilot

from tests.conftest import Until
from tests.piloting import keys_are_answered
from tui.app import TuilioApp
from tui.sandbox.server import Sandbox
from tui.screens.messages.screen import MessagesScreen
from tui.screens.webhooks.event_list import EventList
from tui.screens.webhooks.screen import WebhooksScreen
from tui.services.webhook_service import WebhookService
from tui.twilio.signature import sign
from tui.widgets.dialogs import Confirm

SID = "SM" + "a" * 32


class Place:
    """What a test does and sees at the Webhooks place."""

    def __init__(self, pilot: Pilot[Any], until: Until, text_of: Callable[[Pilot[Any]], str], sandbox: Sandbox) -> None:
        self.pilot, self._until, self._text_of, self.sandbox = pilot, until, text_of, sandbox
        self.app = cast(TuilioApp, pilot.app)

    @property
    def screen(self) -> WebhooksScreen:
        return cast(WebhooksScreen, self.app._places["webhooks"])

    @property
    def table(self) -> EventList:
        return self.screen.query_one(EventList)

    @property
    def text(self) -> str:
        return self._text_of(self.pilot)

    @property
    def receiving(self) -> WebhookService:
        return self.app.session.receiving

    async def until(self, so: str | Callable[[], object]) -> None:
        await self._until(self.pilot, (lambda: so in self.text) if isinstance(so, str) else so)

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they do."""
        await self.pilot.press(*keys)
        await self.until(lambda: keys_are_answered(self.pilot))

    async def listen(self, *, point: bool = False) -> None:
        """Start the receiver; point the sandbox's first number at it, or not."""
        await self.until(lambda: isinstance(self.app.screen, WebhooksScreen) and bool(self.app.session.account))
        await self.press("s")
        await self.until(lambda: isinstance(self.app.screen, Confirm))
        await self.press("y" if point else "escape")
        await self.until(lambda: isinstance(self.app.screen, WebhooksScreen))
        if point:
            await self.until(lambda: self.receiving.pointed)
            await self.until(lambda: any(n.settings["sms_url"] for n in self.sandbox._account.senders.numbers))

    async def leave_for_an_unwatched_list(self) -> None:
        """Go to Messages, where nothing is brought up to date by itself from now on."""
        await self.press("1")
        await self.until(lambda: isinstance(self.app.screen, MessagesScreen))
        screen = cast(MessagesScreen, self.app.screen)
        await self.until(lambda: screen.loader.archive is not None and screen.loader.archive.status.looked)
        assert screen.loader.archive is not None
        screen.loader.archive.watch(False)

    async def post(
        self,
        params: Mapping[str, str] | None = None,
        *,
        path: str = "/sms",
        token: str | None = None,
        sign_for: str = "",
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
    ) -> httpx.Response:
        """Send a request as Twilio would; `sign_for` another URL, or with another token."""
        assert self.receiving.listening is not None
        url = f"http://127.0.0.1:{self.receiving.listening.port}{path}"
        given = message() if params is None else params
        signed = sign(token or self.sandbox.auth_token, sign_for or url, given)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(
                url, data=given, content=content, headers={"X-Twilio-Signature": signed, **(headers or {})}
            )


def message(body: str = "Hello & good day", sid: str = SID, **more: str) -> dict[str, str]:
    """An inbound message."""
    return {"MessageSid": sid, "From": "+14155550123", "To": "+14155550100", "Body": body, **more}


@pytest.fixture
def at(until: Until, text_of: Callable[[Pilot[Any]], str], sandbox: Sandbox) -> Callable[..., Place]:
    """`at(pilot)` is the place."""
    return partial(Place, until=until, text_of=text_of, sandbox=sandbox)


@pytest.fixture
def said() -> Callable[..., dict[str, str]]:
    """`said(body, sid=…)` is an inbound message's form."""
    return message
