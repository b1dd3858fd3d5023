"""Status callbacks and inbound webhooks of the sandbox: when each is called, with what, and the TwiML that they answer.

A message without a callback, and a number without a webhook, start nothing: no task, no timer, no client. Which
statuses are reported: every one after the first, `sending` excepted (Twilio, "Outbound message status in status
callbacks": none is sent for the status a message is created with).
"""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime

from tui.sandbox.account import SandboxAccount
from tui.sandbox.addresses import region_of
from tui.sandbox.alarm import Alarm
from tui.sandbox.alerts import NO_RESPONSE, NOT_XML, WebhookAnswer
from tui.sandbox.errors import Refusal
from tui.sandbox.identity import VERSION, derive
from tui.sandbox.lifecycle import StatusStep
from tui.sandbox.messages import StoredMessage
from tui.sandbox.reach import LOCAL, Reach
from tui.sandbox.request_log import CalledUrl, RequestLog
from tui.sandbox.webhook_sender import WebhookSender
from tui.twilio.webhook_parameters import Parameters, inbound_parameters, status_parameters

MOST_MESSAGES = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """One `<Message>`; empty addresses mean: back to whoever wrote, from the number they wrote to."""

    body: str
    to: str = ""
    sender: str = ""
    media: tuple[str, ...] = ()
    status_callback: str = ""


class NotTwiml(ValueError):
    """An answer that cannot be carried out, with Twilio's code for that."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def read_replies(document: bytes) -> tuple[Wanted, ...]:
    """Return the messages a TwiML document asks for; other verbs, comments and blanks around a text are passed over.

    Raises:
        NotTwiml: it is no well-formed `<Response>`, or has a document type.
    """
    if not document.strip():
        return ()
    try:
        # Entities are declared in a document type, which is refused where it begins; so there is nothing to expand.
        root = ET.fromstring(document, ET.XMLParser(target=_NoDoctype()))  # noqa: S314
    except (ET.ParseError, LookupError, ValueError) as problem:
        raise NotTwiml(NOT_XML, f"the answer is not TwiML: {problem}") from None
    if root.tag != "Response":
        raise NotTwiml(NO_RESPONSE, f"the answer's outermost element is {root.tag}, not Response")
    return tuple(_wanted(element) for element in root.findall("Message")[:MOST_MESSAGES])


class _NoDoctype(ET.TreeBuilder):
    """Builds the tree of a document that has no document type."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse one. Called by the parser."""
        raise ValueError(f"it has a document type ({name})")


def _wanted(element: ET.Element) -> Wanted:
    bodies = element.findall("Body")
    pieces = (
        ["".join(body.itertext()) for body in bodies]
        if bodies
        else [element.text or "", *(child.tail or "" for child in element)]
    )
    return Wanted(
        body="".join(pieces).strip(),
        to=element.get("to", ""),
        sender=element.get("from", ""),
        media=tuple("".join(media.itertext()).strip() for media in element.findall("Media")),
        status_callback=element.get("statusCallback", ""),
    )


MOST_FOLLOWED = 20_000
"""Messages at once: seven seconds of 2,000 a second. One takes 3 KB."""

MOST_CALLED = 32
"""Webhooks that are called at the same time: a flood of them leaves answers their turn, since no more than these move
on in one pass of the loop. Whoever answers slowly keeps others waiting. How many Twilio calls is not established.
"""

_SILENT = frozenset({"sending"})


@dataclass(frozen=True, slots=True)
class Hook:
    """Which URLs are called for an inbound message; empty ones are not. `service` is whose they are, if a service's."""

    url: str
    method: str
    fallback_url: str
    fallback_method: str
    service: str = ""


class Callbacks:
    """Follows messages, from `take` to their end or `aclose`. `base_url` returns where the sandbox itself is."""

    def __init__(
        self,
        account: SandboxAccount,
        journal: RequestLog,
        base_url: Callable[[], str],
        on_error: Callable[[Exception], None] | None = None,
        reach: Reach = LOCAL,
    ) -> None:
        self._account = account
        self._journal = journal
        self._base_url = base_url
        self._on_error = on_error
        self.sender = WebhookSender(account.identity.auth_token, journal, reach=reach)
        self._alarm = Alarm(account.clock, lambda: account.store.edits)
        self._lines = asyncio.Semaphore(MOST_CALLED)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> int:
        """How many messages are followed or being delivered now."""
        return len(self._tasks)

    def take(self, message: StoredMessage) -> None:
        """Start what this message calls for, which is nothing for most."""
        if message.direction != "inbound":
            if message.status_callback:
                self._start(message, "status", message.status_callback, self._follow(message))
            return
        # A webhook may be set until the message arrives.
        ahead = message.created > self._account.clock()
        hook = self._hook(message.to)
        if hook is None and not ahead:
            self._note(
                message, "", "not called: the account has no such number, and would not be told of this", "received"
            )
        elif hook is not None and (hook.url or ahead):
            self._start(message, "inbound", hook.url, self._notify(message))

    def resume(self, since: datetime) -> None:
        """Start what was still to come at a moment of the messages there are, when the state of then was put back."""
        for position in self._account.store.positions:
            message = self._account.store.at(position)
            if message is None or message.steps[-1].at <= since:
                continue
            if message.direction == "inbound":
                self.take(message)
            elif message.status_callback:
                past = sum(step.at <= since for step in message.steps)
                self._start(message, "status", message.status_callback, self._follow(message, past))

    def drop(self) -> Awaitable[object]:
        """Stop at once; what is not delivered is dropped. What is returned ends when no task of it is left."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        self._alarm.clear()
        self.sender.close()
        return asyncio.gather(*tasks, return_exceptions=True)

    async def aclose(self) -> None:
        """Stop; no task is left, and no connection."""
        await self.drop()
        self.sender.close()

    def _start(self, message: StoredMessage, event: str, url: str, work: Coroutine[None, None, None]) -> None:
        try:
            if len(self._tasks) >= MOST_FOLLOWED:
                raise RuntimeError(f"{MOST_FOLLOWED} messages are followed already")
            task = asyncio.get_running_loop().create_task(work)
        except RuntimeError as problem:
            work.close()
            self._journal.call(CalledUrl(event, message.sid, "POST", url, note=f"not called: {problem}"))
            return
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception) and self._on_error:
            self._on_error(error)

    async def _follow(self, message: StoredMessage, index: int = 1) -> None:
        while True:
            # Looked up anew each time: it may have been canceled, redacted or deleted meanwhile.
            now = self._account.store.find(message.sid)
            if now is None or index >= len(now.steps):
                return
            step = now.steps[index]
            if step.at > self._account.clock():
                await self._alarm.until(step.at)
                continue
            index += 1
            if step.status not in _SILENT:
                await self._deliver(step.status, message, "POST", message.status_callback, self._status(now, step))

    async def _notify(self, message: StoredMessage) -> None:
        while message.created > self._account.clock():
            await self._alarm.until(message.created)
            if self._account.store.find(message.sid) is None:
                return
        hook = self._hook(message.to)
        if hook is None or not hook.url:
            return
        if message.answer:
            text = "not called: this is an answer of another number of the account, which could go on for ever"
            self._journal.call(CalledUrl("received", message.sid, hook.method, hook.url, note=text))
            return
        params = self._inbound(message, hook.service)
        answer = await self._deliver("received", message, hook.method, hook.url, params)
        if answer is not None and answer.code and hook.fallback_url:
            failed = [("ErrorCode", str(answer.code)), ("ErrorUrl", hook.url)]
            answer = await self._deliver(
                "fallback", message, hook.fallback_method, hook.fallback_url, [*params, *failed]
            )
        if answer is None or answer.code:
            return
        try:
            for wanted in read_replies(answer.body):
                self._reply(message, wanted)
        except NotTwiml as problem:
            self._account.alerts.add(message.sid, problem.code, answer)
            self._note(message, answer.url, str(problem))

    def _hook(self, address: str) -> Hook | None:
        """Return what is called for a message to a number or short code: its own webhook, or its messaging service's.

        None for an address that is not the account's. On WhatsApp it is that of the number, which at Twilio has
        another one there.
        """
        senders, address = self._account.senders, address.removeprefix("whatsapp:")
        receiver = senders.owned(address) or senders.short_code(address)
        if receiver is None:
            return None
        service = senders.service_of(address)
        if service is None or service.settings["use_inbound_webhook_on_number"]:
            keys = ("sms_url", "sms_method", "sms_fallback_url", "sms_fallback_method")
            return Hook(*(str(receiver.settings[key] or "") for key in keys))
        keys = ("inbound_request_url", "inbound_method", "fallback_url", "fallback_method")
        return Hook(*(str(service.settings[key] or "") for key in keys), service=service.sid)

    def _reply(self, message: StoredMessage, wanted: Wanted) -> None:
        try:
            self._account.reply(
                wanted.sender or message.to,
                wanted.to or message.sender,
                wanted.body,
                wanted.media,
                wanted.status_callback,
            )
        except Refusal as refusal:
            self._note(message, "", f"the reply was not sent: {refusal.code} {refusal.message}")

    def _note(self, message: StoredMessage, url: str, text: str, event: str = "reply") -> None:
        self._journal.call(CalledUrl(event, message.sid, "", url, note=text))

    async def _deliver(
        self, event: str, message: StoredMessage, method: str, url: str, params: Parameters
    ) -> WebhookAnswer | None:
        """Call a URL; a failure becomes an alert. None where it was not called."""
        retry_token = derive(0, f"{message.sid}/{event}")
        async with self._lines:
            answer = await self.sender.deliver(event, message.sid, method, url, params, retry_token)
        if answer is not None and answer.code:
            self._account.alerts.add(message.sid, answer.code, answer)
        return answer

    def _status(self, message: StoredMessage, step: StatusStep) -> Parameters:
        return status_parameters(
            account_sid=self._account.identity.account_sid,
            sid=message.sid,
            sender=message.sender,
            to=message.to,
            status=step.status,
            at=step.at,
            code="" if step.code is None else str(step.code),
            service=message.service or "",
        )

    def _inbound(self, message: StoredMessage, service: str = "") -> Parameters:
        account = self._account.identity.account_sid
        files = f"{self._base_url()}/{VERSION}/Accounts/{account}/Messages/{message.sid}/Media"
        return inbound_parameters(
            account_sid=account,
            sid=message.sid,
            sender=message.sender,
            to=message.to,
            body=message.body,
            segments=message.segments,
            countries=(region_of(message.sender), region_of(message.to)),
            media=[(media.content_type, f"{files}/{media.sid}") for media in message.media],
            service=service,
        )
