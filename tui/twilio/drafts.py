"""A message before it is sent: its fields, their validation, and the form of Twilio's create call.

Only certain mistakes are refused here (nothing to say, too long, no sender). Whether a number can be
reached is Twilio's to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from tui.time_format import planned_time
from tui.twilio.addresses import is_sid
from tui.twilio.errors import InvalidRequest

LONGEST_BODY = 1600
"""Characters in one message (error 21617 beyond)."""

MOST_MEDIA = 10
"""Media URLs in one message (error 21623 beyond)."""

LONGEST_VALIDITY = 36_000
"""Seconds a message may wait in Twilio's queue: ten hours."""

_HALF = re.compile("[\ud800-\udfff]")

EARLIEST_SCHEDULE = timedelta(minutes=5)
LATEST_SCHEDULE = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wants to send, in the terms of Twilio's create call.

    Attributes:
        to: E.164 number or channel address.
        from_: number, short code, alphanumeric sender, channel address, or a messaging service's SID (MG…).
        media_urls: absolute URLs of pictures and other media.
        status_callback: where Twilio reports the status; absolute http(s) URL.
        validity_period: seconds the message may wait before it is given up, 1-36000.
        send_at: when to send it; needs a messaging service.
        content_sid: a content template (HX…) in place of a body.
        content_variables: its variables, a JSON object as text.
    """

    to: str
    from_: str
    body: str = ""
    media_urls: tuple[str, ...] = ()
    status_callback: str | None = None
    validity_period: int | None = None
    send_at: datetime | None = None
    content_sid: str | None = None
    content_variables: str | None = None
    smart_encoded: bool | None = None
    shorten_urls: bool | None = None
    send_as_mms: bool | None = None

    @property
    def uses_service(self) -> bool:
        """Whether the sender is a messaging service rather than an address."""
        return is_sid(self.from_, "MG")

    def form(self) -> tuple[tuple[str, str], ...]:
        """The pairs of the create call, in the order of Twilio's documentation."""
        return tuple(self._pairs())

    def options(self) -> tuple[tuple[str, str], ...]:
        """The pairs of the create call that are neither address, text nor media."""
        return options_of(self.form())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield "To", self.to
        yield ("MessagingServiceSid" if self.uses_service else "From"), self.from_
        if self.body:
            yield "Body", self.body
        for url in self.media_urls:
            yield "MediaUrl", url
        if self.content_sid:
            yield "ContentSid", self.content_sid
        if self.content_variables:
            yield "ContentVariables", self.content_variables
        if self.status_callback:
            yield "StatusCallback", self.status_callback
        if self.validity_period is not None:
            yield "ValidityPeriod", str(self.validity_period)
        if self.send_at is not None:
            yield "ScheduleType", "fixed"
            yield "SendAt", utc_text(self.send_at)
        for name, value in (
            ("SmartEncoded", self.smart_encoded),
            ("ShortenUrls", self.shorten_urls),
            ("SendAsMms", self.send_as_mms),
        ):
            if value is not None:
                yield name, "true" if value else "false"


def utc_text(moment: datetime) -> str:
    """An instant as the create call takes it: `2026-12-04T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def options_of(form: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The pairs of a create call that are neither address, text nor media."""
    return tuple(pair for pair in form if pair[0] not in ("To", "From", "MessagingServiceSid", "Body", "MediaUrl"))


def check(draft: Draft, now: datetime | None = None, zone: tzinfo | None = None) -> tuple[InvalidRequest, ...]:
    """Validate a draft: everything certainly wrong with it, in the order of the form; empty when it may be sent.

    Args:
        draft: what would be sent.
        now: the instant to measure a schedule from; the present when None.
        zone: the zone in which the limits of a schedule are said; this machine's when None.
    """
    return tuple(_problems(draft, now or datetime.now(UTC), zone))


def _problems(draft: Draft, now: datetime, zone: tzinfo | None) -> Iterator[InvalidRequest]:
    for name, value in (draft if draft.send_at is None else replace(draft, send_at=None)).form():
        if _HALF.search(value):
            yield InvalidRequest(name, f"{name} holds half of a character (a lone surrogate).", "Type it again.")
    if not draft.to.strip():
        yield InvalidRequest("To", "There is no recipient.", "Give a number such as +4915112345678.", code=21604)
    if not draft.from_.strip():
        yield InvalidRequest("From", "There is no sender.", "Choose one of the account's numbers.", code=21603)
    elif draft.from_ == draft.to:
        yield InvalidRequest("From", "Sender and recipient are the same.", "Change one of them.", code=21266)
    yield from _content_problems(draft)
    if draft.status_callback:
        yield from _callback_problems(draft.status_callback)
    if draft.validity_period is not None and not 1 <= draft.validity_period <= LONGEST_VALIDITY:
        yield InvalidRequest(
            "ValidityPeriod",
            f"A validity of {draft.validity_period} s is out of range.",
            "Give 1 to 36000 seconds.",
        )
    if draft.send_at is not None:
        yield from schedule_problems(draft.from_, draft.send_at, now, zone)


def _content_problems(draft: Draft) -> Iterator[InvalidRequest]:
    if not draft.body.strip() and not draft.media_urls and not draft.content_sid:
        yield InvalidRequest("Body", "There is nothing to send.", "Write a text or add a media URL.", code=21602)
    if len(draft.body) > LONGEST_BODY:
        over = len(draft.body) - LONGEST_BODY
        yield InvalidRequest(
            "Body",
            f"The text has {len(draft.body)} characters; Twilio takes {LONGEST_BODY}.",
            f"Shorten it by {over}.",
            code=21617,
        )
    if len(draft.media_urls) > MOST_MEDIA:
        yield InvalidRequest(
            "MediaUrl",
            f"There are {len(draft.media_urls)} media URLs.",
            f"Keep {MOST_MEDIA} at most.",
            code=21623,
        )
    for url in draft.media_urls:
        if not _is_web_address(url):
            yield InvalidRequest("MediaUrl", f"“{url}” is not an absolute http(s) URL.", "Correct it.", code=21620)
    if draft.content_sid:
        yield from _template_problems(draft)
    if draft.content_variables:
        try:
            variables: object = json.loads(draft.content_variables)
        except (ValueError, RecursionError):
            variables = None
        if not isinstance(variables, dict):
            yield InvalidRequest("ContentVariables", "The variables are not a JSON object.", 'Write {"1": "value"}.')


def _template_problems(draft: Draft) -> Iterator[InvalidRequest]:
    if not is_sid(draft.content_sid or "", "HX"):
        yield InvalidRequest("ContentSid", "A content SID is HX and 32 hexadecimal digits.", "Copy it again.")
    # https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder: both are superseded.
    for name, typed, what in (("Body", draft.body.strip(), "text"), ("MediaUrl", draft.media_urls, "media")):
        if typed:
            yield InvalidRequest(
                name, f"There is a template as well: Twilio sends that, and not this {what}.", "Take one of them out."
            )


def _callback_problems(url: str) -> Iterator[InvalidRequest]:
    if not _is_web_address(url):
        yield InvalidRequest(
            "StatusCallback", "The callback is not an absolute http(s) URL.", "Write it in full.", code=21609
        )
    elif "_" in (urlsplit(url).hostname or ""):
        yield InvalidRequest(
            "StatusCallback",
            "Twilio refuses callback hosts with an underscore.",
            "Use a host without one.",
            code=21609,
        )


def schedule_problems(
    sender: str, send_at: datetime, now: datetime, zone: tzinfo | None = None
) -> Iterator[InvalidRequest]:
    """What is wrong with sending at that time from this sender; the limits are said in the zone."""
    if send_at.tzinfo is None:
        yield InvalidRequest("SendAt", "The time does not say in which zone it is.", "Add the offset, such as +02:00.")
        return
    if not is_sid(sender, "MG"):
        yield InvalidRequest(
            "SendAt",
            "Only a messaging service can send later.",
            "Choose a service (MG…) as the sender.",
            code=35118,
        )
    if send_at < now + EARLIEST_SCHEDULE:
        # The next whole minute: the limit itself would be too near once it is typed.
        earliest = (now + EARLIEST_SCHEDULE).replace(second=0, microsecond=0) + timedelta(minutes=1)
        yield InvalidRequest(
            "SendAt",
            "This is too near: Twilio schedules from 5 minutes ahead.",
            f"Give {planned_time(earliest, now, zone)} or later.",
            code=35114,
        )
    elif send_at > now + LATEST_SCHEDULE:
        yield InvalidRequest(
            "SendAt",
            "This is too far off: Twilio schedules up to 35 days ahead.",
            f"Give {planned_time(now + LATEST_SCHEDULE, now, zone)} at the latest.",
            code=35115,
        )


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c <= " " for c in url)
    except ValueError:
        return False
