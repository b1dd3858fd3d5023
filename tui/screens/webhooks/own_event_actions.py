"""Send a test event of one's own: ask what it says, send it, show the answer; what was typed is kept for the next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from tui.http_server.loopback import local_origin
from tui.keymap import name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.screens.webhooks.event_actions import show_answer, show_error
from tui.screens.webhooks.own_event_form import (
    FOR_PUBLIC,
    FOR_TARGET,
    HERE,
    SANDBOX,
    UNSIGNED,
    OwnEventForm,
    TypedEvent,
)
from tui.services.webhook_service import WebhookService
from tui.webhooks.errors import InvalidSetting, WebhookError
from tui.webhooks.forward_target import EXAMPLE
from tui.webhooks.own_events import OwnEvent, OwnKind, media_urls, public_form
from tui.webhooks.sandbox_controls import TEXTER, ask_for_message

_OURS: Final = {True: "+14155550100", False: "+15005550006"}
"""A number of one's own where none is pointed here: the sandbox's first, and the one that Twilio keeps for tests."""


class OwnEventActions:
    """Runs the action for a screen."""

    def __init__(self, screen: BaseScreen) -> None:
        self._screen = screen
        self._typed: dict[bool, TypedEvent] = {}

    @property
    def _receiving(self) -> WebhookService:
        return self._screen.session.receiving

    def ask(self, wrong: WebhookError | None = None) -> None:
        """Ask what to send, and where; `wrong` is what was wrong with it the last time."""
        receiving = self._receiving
        sandbox = receiving.sandbox
        form = OwnEventForm(
            self._typed.get(sandbox) or self._usual(OwnKind.SMS),
            usual=self._usual,
            urls=self._urls,
            sandbox=sandbox,
            wrong=wrong,
        )

        def answered(typed: TypedEvent | None) -> None:
            self._typed[sandbox] = form.typed
            if typed is not None and sandbox is receiving.sandbox:
                self._screen.work(partial(self._send, typed), group="own event", exclusive=True)

        self._screen.app.push_screen(form, answered)

    def _usual(self, kind: OwnKind) -> TypedEvent:
        """What is usual for a kind: to the receiver where it listens, else to where events are forwarded."""
        receiving = self._receiving
        settings, listening = receiving.settings, receiving.listening
        status = kind is OwnKind.STATUS
        path = settings.status_path if status else settings.inbound_path
        target = settings.forward_to or EXAMPLE + path
        if listening is not None:
            target = local_origin(listening.host, listening.port) + path
        pointed = receiving.pointed
        ours = pointed[0].phone_number if pointed else _OURS[receiving.sandbox]
        sender, to = (ours, TEXTER) if status else (TEXTER, ours)
        event = OwnEvent(kind, sender=sender, to=to, body="Hello")
        return TypedEvent(event, target, by=SANDBOX if receiving.sandbox else HERE)

    def _urls(self, target: str, kind: OwnKind) -> Mapping[str, str]:
        """The URL that is signed for, by the choices there are; empty where there is none yet."""
        receiving = self._receiving
        if receiving.used is None or receiving.used.connection.auth_token is None:
            return {UNSIGNED: ""}
        try:
            url = receiving.own_event_url(target, kind) if target else ""
        except InvalidSetting:
            url = ""
        public = receiving.settings.public_url
        choices = {FOR_TARGET: url, FOR_PUBLIC: public_form(url, public) if url and public else "", UNSIGNED: ""}
        return choices if public else {name: choices[name] for name in (FOR_TARGET, UNSIGNED)}

    async def _send(self, typed: TypedEvent) -> None:
        try:
            if typed.by_the_sandbox and self._receiving.sandbox:
                await self._have_it_arrive(typed.event)
            else:
                signed_for = self._urls(typed.target, typed.event.kind).get(typed.signed, "")
                answer = await self._receiving.send_own_event(typed.event, typed.target, signed_for)
                if answer.status:
                    show_answer(self._screen, answer, "The answer to the test event")
                else:
                    show_error(self._screen, answer.problem)
        except WebhookError as problem:
            if self._screen.is_on_top:
                self.ask(problem)
            else:
                # What was typed is kept: the secret's program may have taken long to fail.
                show_error(self._screen, str(problem))

    async def _have_it_arrive(self, event: OwnEvent) -> None:
        """Have the sandbox make a message that arrives, as a person's would."""
        receiving = self._receiving
        used = receiving.used
        if used is None:
            return
        to, origin = event.to.strip(), str(used.client.policy.origin)
        await ask_for_message(origin, to, event.body, sender=event.sender.strip(), media=media_urls(event))
        if not any(each.phone_number == to for each in receiving.pointed):
            words = "The sandbox has sent it. {webhooks.numbers} has the number send its messages here."
            self._screen.app.notify(safe_text(name_keys(words)), markup=False)
