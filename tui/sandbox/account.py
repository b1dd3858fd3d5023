"""The sandbox's account: numbers, services, messages, opt-outs, and every change of them.

Knows nothing of HTTP. Everything that depends on time asks the clock it was given.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from tui.sandbox.accounts import AccountStore
from tui.sandbox.addresses import as_listed, channel_of, is_service
from tui.sandbox.alerts import BAD_STATUS, BAD_TYPE, CHANNEL_MEDIA, AlertLog, WebhookAnswer
from tui.sandbox.clock import SandboxClock
from tui.sandbox.content import TemplateStore, withheld_text
from tui.sandbox.create_log import CreateLog
from tui.sandbox.errors import Refusal
from tui.sandbox.filters import ListFilters
from tui.sandbox.identity import Identity, SidGenerator
from tui.sandbox.keys import FIRST_NAME, ApiKey, KeyStore
from tui.sandbox.lifecycle import (
    DeliveryOutcome,
    DeliveryPlan,
    StatusStep,
    Timetable,
    plan_ending_with,
    plan_for,
    received,
)
from tui.sandbox.messages import MessageStore, StoredMedia, StoredMessage, content_type, unreachable
from tui.sandbox.opt_outs import OptOuts
from tui.sandbox.order import Position
from tui.sandbox.paging import ListPage, paginate
from tui.sandbox.parameters import Form
from tui.sandbox.registration import registered, withheld
from tui.sandbox.senders import SenderPool
from tui.sandbox.state import SandboxState
from tui.sandbox.throttle import Throttle
from tui.sandbox.validation import DraftValidator, NewMessage
from tui.sandbox.verify import Verifications
from tui.sandbox.verify_settings import service_at_start
from tui.twilio.segments import measure

_NOBODYS = 21705
_SUSPENDED = 30002
_WAITING = frozenset({"accepted", "queued"})
_SESSION = timedelta(hours=24)


def is_recorded(form: Form, refusal: Refusal) -> bool:
    """Tell whether a create that was refused so is kept as a failed message."""
    content = form.text("Body") or form.text("ContentSid") or form.filled("MediaUrl")
    sender = form.text("From") or form.text("MessagingServiceSid")
    refused = refusal.status == 400 and refusal.code != _NOBODYS
    return refused and bool(form.text("To") and sender and content)


def failed_message(
    form: Form, refusal: Refusal, now: datetime, arrival: int, sid: Callable[[str], str]
) -> StoredMessage:
    """Return the message that a refused create leaves behind. `sid` mints a SID of the kind it is given."""
    files = tuple(StoredMedia(sid("ME"), content_type(url)) for url in form.filled("MediaUrl"))
    body = form.get("Body") or ""
    sender, service = form.text("From"), form.text("MessagingServiceSid")
    if is_service(sender):
        sender, service = "", service or sender
    return StoredMessage(
        sid=sid("MM" if files else "SM"),
        arrival=arrival,
        created=now,
        to=as_listed(form.text("To")),
        sender=as_listed(sender),
        body=body,
        direction="outbound-api",
        segments=_segments(body),
        steps=(StatusStep(now, "failed", refusal.code),),
        service=service or None,
        media=files,
    )


DOMAIN = "https://tx.example"

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_NOT_OF_THE_LINK = ".,;:!?)]}'"


def shorten_links(body: str, code: Callable[[], str]) -> str:
    """Return the body with every link replaced. `code` returns a new path for each."""

    def short(found: re.Match[str]) -> str:
        link = found[0].rstrip(_NOT_OF_THE_LINK)
        return f"{DOMAIN}/{code()}{found[0][len(link) :]}"

    return _LINK.sub(short, body)


class SandboxAccount:
    """One account's state. `pace` is how many seconds one planned second of a life cycle takes.

    `announce` is called with every message that is created or arrives, once it is stored.
    """

    def __init__(self, seed: int, clock: Callable[[], datetime], pace: float) -> None:
        self.clock = SandboxClock(clock)
        self.pace = pace
        self.identity = Identity.of(seed)
        self.sids = SidGenerator(seed)
        self.started = started = self.clock()
        self.accounts = AccountStore(self.identity, started)
        first = ApiKey(self.identity.api_key_sid, self.identity.api_key_secret, FIRST_NAME, started, started)
        self.keys = KeyStore(first)
        self.senders = SenderPool(seed, self.started)
        campaigns, verifications = registered(self.senders)
        self.state = self.state_at_start = SandboxState(campaigns=campaigns, verifications=verifications)
        # How many look-ups that cost money were asked for.
        self.paid_lookups = 0
        self.optouts = OptOuts()
        self.store = MessageStore()
        self.creates = CreateLog(time.monotonic)
        self._throttle = Throttle(self.clock.elapsed)
        self.alerts = AlertLog(self.clock, self.sids.sid)
        # What arrives at a number of this account, by the SID of the message that brings it.
        self._echoes: dict[str, StoredMessage] = {}
        self.announce: Callable[[StoredMessage], None] = _tell_nobody
        self.templates = TemplateStore(self.started, self.sids.sid)
        self.verifications = Verifications()
        self.verifications.put(service_at_start(seed, self.started))
        self._validator = DraftValidator(
            self.identity.account_sid, self.senders, self.optouts, self.templates, lambda: self.state
        )

    def create(self, form: Form) -> StoredMessage:
        """Take a new outbound message.

        Raises:
            Refusal: when Twilio would not take it; most of those stay in the list, see `is_recorded`.
        """
        now = self.clock()
        body, sender = form.get("Body") or "", form.text("MessagingServiceSid") or form.text("From")
        counted = (form.text("To"), sender, body, _segments(body))
        try:
            self._throttle.admit(self.state.creates_per_second)
            draft = self._validator.check(form, now)
            queue = None if draft.service else self.state.queues.get(draft.sender)
            waits = self._throttle.line_up(draft.sender, _segments(draft.body), queue)
        except Refusal as refusal:
            self.creates.add(*counted, code=refusal.code)
            if self.state.records_refused and is_recorded(form, refusal):
                self.store.add(failed_message(form, refusal, now, self.store.next_arrival(), self.sids.sid))
            raise
        message = self._take(self._queue(draft, now, waits))
        if draft.service:
            self.senders.remember(draft.service, draft.to, draft.sender)
        self.creates.add(*counted, sid=message.sid)
        if draft.send_at is None:
            self._tell_of_media(message, draft)
        return message

    def reply(
        self, sender: str, to: str, body: str, media: tuple[str, ...] = (), status_callback: str = ""
    ) -> StoredMessage:
        """Send what TwiML answered to an inbound message.

        Raises:
            Refusal: when Twilio would not send it.
        """
        form = [("From", sender), ("To", to), ("Body", body), *(("MediaUrl", url) for url in media)]
        now = self.clock()
        draft = self._validator.check(Form([*form, ("StatusCallback", status_callback)]), now)
        return self._take(replace(self._queue(draft, now), direction="outbound-reply"))

    def send_for_twilio(self, sender: str, to: str, body: str) -> StoredMessage:
        """Send what a product of Twilio's says for the account, from a number that is not the account's own."""
        return self._take(self._queue(NewMessage(to, sender, body), self.clock(), plan=plan_for(to)))

    def receive(self, from_: str, to: str, body: str, media: tuple[str, ...] = ()) -> StoredMessage:
        """Let an inbound message arrive; STOP and START are obeyed. `media` are URLs, see `StoredMedia.of`.

        Raises:
            ValueError: its number belongs to a service that wants none, see `SenderPool.drops`.
        """
        if self.senders.drops(to):
            raise ValueError(
                f"nothing arrives at {to}: its service has UseInboundWebhookOnNumber off and no InboundRequestUrl"
            )
        return self._arrive(from_, to, body, self._files(media), self.clock())

    def find(self, sid: str) -> StoredMessage | None:
        """Return the message with this SID, None for one that has not arrived yet."""
        message = self.store.find(sid)
        return message if message is not None and message.created <= self.clock() else None

    def list(self, filters: ListFilters, size: int, token: str | None) -> ListPage[StoredMessage]:
        """Return one page of messages, newest first."""
        now = self.clock()

        def read(position: Position) -> StoredMessage | None:
            message = self.store.at(position)
            is_listed = message is not None and message.created <= now and filters.admit(message, now)
            return message if is_listed else None

        sent = filters.sent
        return paginate(self.store.order(filters.to, filters.from_, sent.since, sent.until), read, size, token)

    def edit(self, message: StoredMessage, form: Form) -> StoredMessage:
        """Redact (an empty Body) or cancel (Status=canceled) a message.

        Raises:
            Refusal: 30400 for any other change, 30409 for canceling what is not scheduled, 20009 for redacting
                what is still in flight.
        """
        now = self.clock()
        standing = message.standing(now)
        if _wants_redaction(form):
            if standing.in_flight:
                raise Refusal(20009)
            changed = message.redacted(now)
        else:
            if standing.status != "scheduled":
                raise Refusal(30409, sid=message.sid)
            changed = message.ended(now, "canceled")
            self._forget_echo(message)
        self.store.put(changed)
        return changed

    def delete(self, message: StoredMessage) -> None:
        """Remove a message that has come to its end.

        Raises:
            Refusal: 20009 while it is still in flight.
        """
        if message.standing(self.clock()).in_flight:
            raise Refusal(20009)
        self.store.remove(message)

    def change(self, state: SandboxState) -> None:
        """Let something else be true of the account. Where it is suspended by that, what waits to be sent fails."""
        was_active, now = self.state.standing == "active", self.clock()
        self.state = state
        if not was_active or state.standing == "active":
            return
        for position in tuple(self.store.positions):
            message = self.store.at(position)
            if message is not None and message.standing(now).status in _WAITING:
                self.store.put(message.ended(now, "failed", _SUSPENDED))
                self._forget_echo(message)

    def _forget_echo(self, message: StoredMessage) -> None:
        """Let a message to a number of this account not arrive there, as far as that can be stopped."""
        if (echo := self._echoes.pop(message.sid, None)) is not None:
            self.store.remove(echo)

    def _take(self, message: StoredMessage) -> StoredMessage:
        """Put an outbound message in the store; one to a number of this account arrives there when it is delivered."""
        self.store.add(message)
        self.announce(message)
        number = self.senders.owned(message.to)
        delivered = next((step.at for step in message.steps if step.status == "delivered"), None)
        if number is not None and number.sms and delivered is not None and not self.senders.drops(message.to):
            files = tuple(replace(media, sid=self.sids.sid("ME")) for media in message.media)
            answer = message.direction == "outbound-reply"
            echo = self._arrive(message.sender, message.to, message.body, files, delivered, answer=answer)
            self._echoes[message.sid] = echo
        return message

    def _arrive(
        self, from_: str, to: str, body: str, files: tuple[StoredMedia, ...], at: datetime, *, answer: bool = False
    ) -> StoredMessage:
        message = StoredMessage(
            sid=self.sids.sid("MM" if files else "SM"),
            arrival=self.store.next_arrival(),
            created=at,
            to=to,
            sender=from_,
            body=body,
            direction="inbound",
            segments=_segments(body),
            steps=received(at),
            media=files,
            answer=answer,
        )
        self.store.add(message)
        service = self.senders.service_of(to)
        self.optouts.hear(from_, to, body, service.sid if service else "")
        self.announce(message)
        return message

    def _files(self, urls: tuple[str, ...]) -> tuple[StoredMedia, ...]:
        return tuple(StoredMedia.of(url, self.sids.sid("ME")) for url in urls)

    def _queue(
        self, draft: NewMessage, now: datetime, waits: float = 0.0, plan: DeliveryPlan | None = None
    ) -> StoredMessage:
        timetable = Timetable(
            start=now,
            to=draft.to,
            by_service=draft.service is not None,
            send_at=draft.send_at,
            validity=draft.validity,
            waits=waits,
            pace=self.pace,
        )
        files = self._files(draft.media)
        body = shorten_links(draft.body, lambda: self.sids.sid("")[:7]) if draft.shorten else draft.body
        return StoredMessage(
            sid=self.sids.sid("MM" if files or draft.as_mms else "SM"),
            arrival=self.store.next_arrival(),
            created=now,
            to=draft.to,
            sender=draft.sender,
            body=body,
            direction="outbound-api",
            segments=_segments(body),
            steps=timetable.steps(plan or self._plan(draft, now)),
            service=draft.service,
            media=files,
            status_callback=draft.status_callback,
            by_template=draft.template is not None,
        )

    def _plan(self, draft: NewMessage, now: datetime) -> DeliveryPlan:
        """What becomes of a message; WhatsApp lets one's own words pass for 24 hours after the other side wrote."""
        if code := _media_code(draft):
            return DeliveryPlan(DeliveryOutcome.FAILED, code)
        if channel_of(draft.to) != "whatsapp":
            unregistered = withheld(self.senders, self.state, draft.sender, draft.to)
            return plan_ending_with(unregistered) if unregistered else plan_for(draft.to)
        in_session, template = self._wrote_lately(draft.to, draft.sender, now), draft.template
        code = template.withheld(now, in_session=in_session) if template else withheld_text(in_session=in_session)
        return plan_ending_with(code) if code else plan_for(draft.to)

    def _tell_of_media(self, message: StoredMessage, draft: NewMessage) -> None:
        """Leave the alert about a file that Twilio could not use."""
        code, found = _media_code(draft), unreachable(draft.media)
        if code and found:
            url, status, kind = found
            headers = (("Content-Type", kind),) if kind else ()
            note = "" if status else "no answer: the host is not known"
            self.alerts.add(message.sid, code, WebhookAnswer("GET", url, (), status, headers, note=note))

    def _wrote_lately(self, from_: str, to: str, now: datetime) -> bool:
        for position in self.store.order(to, from_, now - _SESSION, now).older(None):
            message = self.store.at(position)
            if message is not None and message.created <= now - _SESSION:
                break
            if message is not None and (message.sender, message.to) == (from_, to) and message.created <= now:
                return True
        return False


@lru_cache(maxsize=8)
def _segments(body: str) -> int:
    """How many segments a text is billed as. A create asks three times: to log, to queue and to store it."""
    return max(1, measure(body).segments)


def _media_code(draft: NewMessage) -> int | None:
    """The code that a message ends with whose media Twilio could not use; the channels' own for all but SMS and MMS."""
    found = unreachable(draft.media)
    if found is None:
        return None
    if channel_of(draft.to):
        return CHANNEL_MEDIA
    return BAD_TYPE if found[1] else BAD_STATUS


def _wants_redaction(form: Form) -> bool:
    """Tell whether an update redacts (True) or cancels (False); 30400 when it does neither, or both."""
    body, status = form.get("Body"), form.get("Status")
    if body is None and status is None:
        raise Refusal(30400, reason="neither was given")
    if body is not None and status is not None:
        raise Refusal(30400, reason="both were given")
    if body:
        raise Refusal(30400, reason="this Body is not empty, and a text cannot be changed afterwards")
    if status is not None and status != "canceled":
        raise Refusal(30400, reason=f"the Status asked for is {status!r}")
    return body is not None


def _tell_nobody(message: StoredMessage) -> None:
    """Nobody listens."""
