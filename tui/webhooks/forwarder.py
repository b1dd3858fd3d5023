"""Decide whether and where an event is forwarded, and make the program's answer its reply.

Only what Twilio sent for certain is forwarded by itself: never to another machine that was not confirmed, never to this
receiver, and in the sandbox never off this machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from tui.webhooks.errors import InvalidSetting
from tui.webhooks.events import Forwarded, ForwardState, Verdict, WebhookEvent
from tui.webhooks.forward_queue import ForwardQueue
from tui.webhooks.forward_target import ForwardTarget, check_way_back, target_refusal
from tui.webhooks.forwarding import PROGRAM_SECONDS, Forwarding, came_back, forward, reply_of, shown_url
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.verification import Tokens


class Forwarder:
    """Forwards the events of one receiver.

    Args:
        settings, tokens: as they are when an event arrives.
        address: the host and port of the receiver.
        here_only: whether programs on other machines get nothing, whatever was confirmed.
    """

    def __init__(
        self,
        settings: Callable[[], ReceiverSettings],
        tokens: Callable[[], Tokens],
        address: Callable[[], tuple[str, int]],
        *,
        here_only: bool,
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._address = address
        self._here_only = here_only
        self._queue = ForwardQueue()

    def begin(self) -> None:
        """Forward from now on."""
        self._queue.begin()

    async def end(self) -> None:
        """Give up what is under way; nothing is forwarded any more."""
        await self._queue.end()

    @property
    def trouble(self) -> str:
        """Why nothing is forwarded although a program is set; empty where it is, or where that is switched off."""
        settings = self._settings()
        if not (settings.forwards and settings.forward_to):
            return ""
        try:
            self._target()
        except InvalidSetting as refusal:
            return str(refusal)
        return ""

    def plan(self, event: WebhookEvent) -> WebhookEvent:
        """The event, marked as being forwarded, or with the reason why it is not where events are to be."""
        settings = self._settings()
        if not (settings.forwards and settings.forward_to and event.accepted):
            return event
        try:
            target = self._target()
            if event.verdict is not Verdict.VERIFIED:
                raise target_refusal("Nobody can tell whether Twilio sent it.", "")
            if came_back(event):
                raise target_refusal("It came from here: your program's URL leads to this receiver again.", "")
            plan = Forwarded(shown_url(event, target))
        except InvalidSetting as refusal:
            plan = Forwarded(settings.forward_to, ForwardState.NOT_SENT, problem=f"Not forwarded. {refusal}")
        return replace(event, forwarded=plan)

    async def forward(self, event: WebhookEvent, end: float) -> WebhookEvent:
        """Forward a planned event until `end`, by the loop's clock; a usable answer becomes its reply."""
        planned = event.forwarded.url if event.forwarded else ""

        async def send(seconds: float) -> Forwarded:
            try:
                how = self._how(self._target())
            except InvalidSetting as refusal:
                # They were changed while it was stored or waited for its turn.
                return Forwarded(planned, ForwardState.NOT_SENT, problem=f"Not forwarded. {refusal}")
            return await forward(event, how, limit=seconds)

        answer = await self._queue.send(event, planned, send, limit=end - asyncio.get_running_loop().time())
        reply = reply_of(answer)
        if reply is None:
            return replace(event, forwarded=answer)
        return replace(event, forwarded=replace(answer, relayed=True), reply=reply)

    async def repeat(self, event: WebhookEvent, target: ForwardTarget) -> WebhookEvent:
        """Forward an event by hand.

        Raises:
            InvalidSetting: nothing may be forwarded there, or not this event; the field is `forward_to`.
        """
        self.check(target, event)
        answer = await forward(event, self._how(target), limit=PROGRAM_SECONDS)
        relayed = event.forwarded is not None and event.forwarded.relayed
        return replace(event, forwarded=replace(answer, by_hand=True, relayed=relayed))

    def check(self, target: ForwardTarget, event: WebhookEvent) -> None:
        """Refuse a program that an event may not be forwarded to by hand.

        Raises:
            InvalidSetting: the field is `forward_to`.
        """
        self._check(target)
        if event.verdict is not Verdict.VERIFIED and not target.here:
            raise target_refusal("Nobody can tell whether Twilio sent it.", "Play it to a program on this machine.")

    def _how(self, target: ForwardTarget) -> Forwarding:
        return Forwarding(target, self._settings().forward_signature, self._tokens())

    def _target(self) -> ForwardTarget:
        settings = self._settings()
        target = settings.target if settings.forwards else None
        if target is None:
            raise target_refusal("Forwarding was stopped." if settings.forward_to else "No program is set.", "")
        self._check(target)
        return target

    def _check(self, target: ForwardTarget) -> None:
        """Refuse a program that nothing may be forwarded to."""
        check_way_back(target, *self._address(), self._settings().public_url)
        self.check_machine(target)

    def check_machine(self, target: ForwardTarget) -> None:
        """Refuse a program on another machine that was not confirmed.

        Raises:
            InvalidSetting: nothing may be sent there; the field is `forward_to`.
        """
        if target.here:
            return
        if self._here_only:
            raise target_refusal(f"{target.origin} is another machine.", "In the sandbox nothing leaves this one.")
        if str(target.origin) not in self._settings().confirmed:
            reason = f"{target.origin} is another machine and not confirmed yet."
            raise target_refusal(reason, "“Forward to”, in the settings, asks about it.")
