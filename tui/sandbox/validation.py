"""Validation of a new message: what Twilio would refuse, in the order in which it objects.

A form goes in; a `NewMessage` that can be queued comes out, or the `Refusal` with Twilio's code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tui.sandbox.addresses import (
    channel_of,
    is_alphanumeric,
    is_service,
    is_short_code,
    phone_number,
    recipient_address,
)
from tui.sandbox.content import FilledTemplate, TemplateStore
from tui.sandbox.errors import Refusal
from tui.sandbox.geo_permissions import is_enabled
from tui.sandbox.lifecycle import REFUSED
from tui.sandbox.opt_outs import OptOuts
from tui.sandbox.parameters import (
    MAX_VALIDITY,
    Form,
    amount,
    choice,
    flag,
    given,
    is_callback,
    is_url,
    nothing_here,
    refuse,
    validity,
)
from tui.sandbox.senders import ANOTHER_ACCOUNTS, MAGIC_SENDER, WHATSAPP_SENDER, SenderPool, Service
from tui.sandbox.state import SandboxState
from tui.twilio.segments import plain_equivalents

MAX_BODY = 1600
MAX_MEDIA = 10

_SOONEST = timedelta(minutes=5)
_LATEST = timedelta(days=35)
_MAGIC_FROM = {
    "+15005550001": 21212,
    "+15005550002": 21606,
    "+15005550003": 21606,
    "+15005550004": 21606,
    "+15005550007": 21606,
    "+15005550008": 21611,
    "+15005550009": 21606,
}
_MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
# What is read, and what is refused of it. ProvideFeedback, ForceDelivery, Attempt, MaxPrice, TrafficType, RiskCheck,
# MessageIntent and PersistentAction change nothing that Twilio shows, and nothing here.
_WORDS = {
    "ContentRetention": choice("retain", "discard"),
    "AddressRetention": choice("retain", "obfuscate"),
    "RiskCheck": choice("enable", "disable"),
    "TrafficType": choice("free"),
    # As the official libraries have it; Twilio's OpenAPI description does not.
    "MessageIntent": choice(
        *("otp", "notifications", "marketing", "fraud", "security", "customercare", "delivery", "education"),
        *("polling", "announcements", "events"),
    ),
    "SendAsMms": flag,
    "SmartEncoded": flag,
    "ShortenUrls": flag,
    "ProvideFeedback": flag,
    "ForceDelivery": flag,
    "Attempt": amount,
    "MaxPrice": amount,
}
_NOT_ENABLED = ("discard", "obfuscate")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that may be queued. `sender` is already chosen, even when a service will send it."""

    to: str
    sender: str
    body: str
    service: str | None = None
    media: tuple[str, ...] = ()
    send_at: datetime | None = None
    validity: int = MAX_VALIDITY
    status_callback: str = ""
    as_mms: bool = False
    shorten: bool = False
    template: FilledTemplate | None = None


class DraftValidator:
    """Where new messages are checked, against what the account owns and who opted out."""

    def __init__(
        self,
        account: str,
        senders: SenderPool,
        optouts: OptOuts,
        templates: TemplateStore,
        state: Callable[[], SandboxState],
    ) -> None:
        self._account = account
        self._state = state
        self._templates = templates
        self._senders = senders
        self._optouts = optouts

    def check(self, form: Form, now: datetime) -> NewMessage:
        """Return the draft this form describes.

        Raises:
            Refusal: with the code Twilio gives for the first thing that is wrong.
        """
        self._state().check()
        if not form.text("To"):
            raise Refusal(21604)
        given_sender, service_sid = sender_and_service(form)
        if not given_sender and not service_sid:
            raise Refusal(21603)
        template = self._template(form)
        # A template takes the place of both.
        body = template.body if template else form.get("Body") or ""
        media = template.media if template else form.filled("MediaUrl")
        if not body.strip() and not media and template is None:
            raise Refusal(21602)
        to = _recipient(form.text("To"))
        service = self._service(service_sid)
        sender = self._sender(given_sender, to) if given_sender else self._pooled(service, to)
        if sender == to:
            raise Refusal(63031 if channel_of(to) else 21266, to=to)
        if len(body) > MAX_BODY:
            raise Refusal(21617)
        _check_media(media)
        own = self._senders.owned(sender)
        # A service would send a link in the place of its files (MmsConverter).
        if media and own is not None and not own.mms and service is None:
            raise Refusal(21621, from_=sender)
        callback = _callback(form, service)
        send_at = _schedule(form, service, now)
        seconds = _validity(form, service)
        self._check_options(form, service)
        self._check_route(to, sender, service)
        return NewMessage(
            to=to,
            sender=sender,
            body=plain_equivalents(body) if _smart(form, service) else body,
            service=service.sid if service else None,
            media=media,
            send_at=send_at,
            validity=seconds,
            status_callback=callback,
            as_mms=given(form, "SendAsMms", flag) is True,
            shorten=given(form, "ShortenUrls", flag) is True,
            template=template,
        )

    def _template(self, form: Form) -> FilledTemplate | None:
        sms = not channel_of(form.text("To")) and not channel_of(form.text("From"))
        return self._templates.filled(form.text("ContentSid"), form.text("ContentVariables"), sms=sms)

    def _service(self, sid: str) -> Service | None:
        if not sid:
            return None
        service = self._senders.services.get(sid)
        if service is None:
            raise Refusal(21701 if is_service(sid) else 21705, service=sid)
        return service

    def _pooled(self, service: Service | None, to: str) -> str:
        sid = service.sid if service else ""
        if service is None or not service.pool:
            raise Refusal(21704, service=sid)
        sender = self._senders.choose(service, to)
        if sender is None or channel_of(to):
            raise Refusal(21703, service=sid)
        return sender

    def _sender(self, text: str, to: str) -> str:
        channel = channel_of(text)
        if channel or channel_of(to):
            return self._channel_sender(text, channel, to)
        if is_short_code(text):
            if self._senders.short_code(text) is None:
                raise Refusal(21606, from_=text)
            return text
        number = phone_number(text)
        if number is None:
            if is_alphanumeric(text):
                return text
            raise Refusal(21212, from_=text)
        if number == to:
            raise Refusal(21266, to=to)
        if number in _MAGIC_FROM:
            raise Refusal(_MAGIC_FROM[number], from_=number)
        owned = self._senders.owned(number)
        if owned is not None and not owned.sms:
            raise Refusal(21606, from_=number)
        if number in self._state().full_queues:
            raise Refusal(21611, from_=number)
        if number == ANOTHER_ACCOUNTS:
            raise Refusal(21660, from_=number, account=self._account)
        if owned is None and number != MAGIC_SENDER:
            raise Refusal(21659, from_=number)
        return number

    def _channel_sender(self, text: str, channel: str, to: str) -> str:
        if channel != channel_of(to):
            raise Refusal(21910)
        number = text.partition(":")[2]
        if text != WHATSAPP_SENDER and self._senders.owned(number) is None and channel != "messenger":
            raise Refusal(63007, from_=text)
        return text

    def _check_options(self, form: Form, service: Service | None) -> None:
        for name, read in _WORDS.items():
            if given(form, name, read) in _NOT_ENABLED:
                raise refuse(name, form.text(name), "redaction at Twilio is not enabled for this account")
        if given(form, "ShortenUrls", flag) and service is None:
            raise refuse("ShortenUrls", "true", "links are shortened for a MessagingServiceSid only")
        if form.text("FallbackFrom"):
            # No service here has an RCS sender, in whose place it would send.
            raise Refusal(21666 if service is None else 21667)

    def _check_route(self, to: str, sender: str, service: Service | None) -> None:
        if to in _MAGIC_TO:
            raise Refusal(_MAGIC_TO[to], to=to, from_=sender)
        if to[-5:].isdecimal() and int(to[-5:]) in REFUSED:
            raise Refusal(int(to[-5:]), to=to, from_=sender)
        if not is_enabled(to, self._state().disabled_countries):
            raise Refusal(21408, to=to)
        # Carriers of North America take no letters for a sender, and a short code stays in its country.
        abroad = not to.startswith("+1")
        if (is_alphanumeric(sender) and not abroad) or (is_short_code(sender) and abroad):
            raise Refusal(21612, to=to, from_=sender)
        services = {each.sid for each in (service, self._senders.service_of(sender)) if each}
        if self._optouts.block(to, sender, *services):
            raise Refusal(21610)


def sender_and_service(form: Form) -> tuple[str, str]:
    """Return From and MessagingServiceSid. Twilio takes the SID of a service in From as well."""
    sender, service = form.text("From"), form.text("MessagingServiceSid")
    if is_service(sender):
        if service not in {"", sender}:
            raise Refusal(21212, from_=sender)
        return "", sender
    return sender, service


def _recipient(text: str) -> str:
    address = recipient_address(text)
    if address is None:
        raise Refusal(21265 if is_short_code(text) else 21211, to=text)
    return address


def _check_media(urls: tuple[str, ...]) -> None:
    if len(urls) > MAX_MEDIA:
        raise Refusal(21623)
    for url in urls:
        if not is_url(url):
            raise Refusal(21620, value=url)


def _callback(form: Form, service: Service | None) -> str:
    """Return where statuses are reported: StatusCallback goes before ApplicationSid and before the service's own."""
    callback = form.get("StatusCallback") or ""
    if callback and not is_callback(callback):
        raise Refusal(21609, value=callback)
    if not callback:
        given(form, "ApplicationSid", nothing_here("TwiML application", ""))
    return callback or str((service and service.settings["status_callback"]) or "")


def _validity(form: Form, service: Service | None) -> int:
    if (text := form.text("ValidityPeriod")) or service is None:
        return validity("ValidityPeriod", text)
    return validity("ValidityPeriod", str(service.settings["validity_period"]))


def _smart(form: Form, service: Service | None) -> bool:
    """Tell whether characters are replaced: SmartEncoded says so or, where it is silent, the service."""
    asked = given(form, "SmartEncoded", flag)
    return bool(service and service.settings["smart_encoding"]) if asked is None else bool(asked)


def _schedule(form: Form, service: Service | None, now: datetime) -> datetime | None:
    kind, text = form.text("ScheduleType"), form.text("SendAt")
    if not kind and not text:
        return None
    if kind.lower() != "fixed":
        raise Refusal(35126, value=kind)
    if service is None:
        raise Refusal(35118)
    if not text:
        raise Refusal(35111)
    try:
        send_at = datetime.fromisoformat(text)
        send_at = send_at.replace(tzinfo=UTC) if send_at.tzinfo is None else send_at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal(35114, value=text) from None
    if send_at < now + _SOONEST:
        raise Refusal(35114, value=text)
    if send_at > now + _LATEST:
        raise Refusal(35115, value=text)
    return send_at
