"""The Webhooks place with a receiver that listens, and requests that come in over real sockets."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tui.screens.messages.screen import MessagesScreen
from tui.screens.webhooks.event_list import EventList
from tui.screens.webhooks.screen import WebhooksScreen
from tui.twilio.signature import sign
from tui.widgets.dialogs import Confirm

SID = "SM" + "a" * 32


class Place:
    """What a test does and sees at the Webhooks place."""

    def __init__(self, pilot, until, text_of, sandbox) -> None:
        self.pilot, self._until, self._text_of, self.sandbox = pilot, until, text_of, sandbox

    @property
    def screen(self) -> WebhooksScreen:
        return self.pilot.app._places["webhooks"]

    @property
    def table(self) -> EventList:
        return self.screen.query_one(EventList)

    @property
    def text(self) -> str:
        return self._text_of(self.pilot)

    @property
    def receiving(self):
        return self.pilot.app.session.receiving

    async def until(self, so) -> None:
        await self._until(self.pilot, (lambda: so in self.text) if isinstance(so, str) else so)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def listen(self, *, point: bool = False) -> None:
        """Start the receiver; point the sandbox's first number at it, or not."""
        await self.until(lambda: isinstance(self.pilot.app.screen, WebhooksScreen) and self.pilot.app.session.account)
        await self.press("s")
        await self.until(lambda: isinstance(self.pilot.app.screen, Confirm))
        await self.press("y" if point else "escape")
        await self.until(lambda: isinstance(self.pilot.app.screen, WebhooksScreen))
        if point:
            await self.until(lambda: self.receiving.pointed)
            await self.until(lambda: any(n.settings["sms_url"] for n in self.sandbox._world.senders.numbers))

    async def leave_for_an_unwatched_list(self) -> None:
        """Go to Messages, where nothing is brought up to date by itself from now on."""
        await self.press("1")
        app = self.pilot.app
        await self.until(lambda: isinstance(app.screen, MessagesScreen) and app.screen._feed.started)
        app.screen.watching = False

    async def post(self, params=None, *, path="/sms", token=None, sign_for="", headers=None, content=None):
        """Send a request as Twilio would; `sign_for` another URL, or with another token."""
        url = f"http://127.0.0.1:{self.receiving.listening.port}{path}"
        given = message() if params is None else params
        signed = sign(token or self.sandbox.auth_token, sign_for or url, given)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(
                url, data=given, content=content, headers={"X-Twilio-Signature": signed, **(headers or {})}
            )


def message(body="Hello & good day", sid=SID, **more):
    """An inbound message."""
    return {"MessageSid": sid, "From": "+14155550123", "To": "+14155550100", "Body": body, **more}


@pytest.fixture
def at(until, text_of, sandbox) -> Callable[..., Place]:
    """`at(pilot)` is the place."""
    return lambda pilot: Place(pilot, until, text_of, sandbox)


@pytest.fixture
def said() -> Callable[..., dict[str, str]]:
    """`said(body, sid=…)` is an inbound message's form."""
    return message
