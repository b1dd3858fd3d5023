"""The Message resource: its fields, the order of its statuses, and how two states of one message are merged.

Knows no client. What a resource says in Twilio's usual form can be told from a message's fields; only what it has
besides, or says otherwise, is kept beside them. As a dict a resource takes three kilobytes, most of them said twice.

Sources: https://www.twilio.com/docs/messaging/api/message-resource; for the statuses also Twilio's OpenAPI (April 2026)
and its official libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

from tui.twilio.lenient_json import as_decimal, as_int, as_items, as_text, as_time

LIST_KEY: Final = "messages"
"""The key of the array in a list answer."""

ABSENT: Final = object()
"""In `Message.extra`: the resource lacks a field that Twilio's usual form has."""

PRICE_PLACES: Final = 5
"""Decimal places of a price as Twilio writes it: "-0.00750"."""

_DEEPEST: Final = 100
"""Levels of an unknown value that are kept; a deeper one could not be written again."""

_REPEATED: Final = 256
"""Days and prices whose text is kept: within a list they repeat."""

_NOTHING: Final[Mapping[str, object]] = {}

UNDER_WAY: Final = ("scheduled", "accepted", "queued", "receiving", "sending", "sent")
"""What a message may still leave, earliest first. `sent` may stay for ever and still is not final."""

FINAL: Final = ("failed", "undelivered", "partially_delivered", "received", "delivered", "read", "canceled")
"""What Twilio does not change any more, but from one of the first five to another, or to `read`."""

STATUSES: Final = (*UNDER_WAY, *FINAL)

ARRIVED: Final = frozenset({"received", "delivered", "read"})

PROBLEMS: Final = frozenset({"failed", "undelivered", "partially_delivered"})
"""The ends at which somebody did not get it."""

OVERDUE_SECONDS: Final = 3600
"""After which a message that is still out is late: most take seconds, a queue may take minutes."""

_LEFT_SOON: Final = frozenset({"accepted", "queued", "sending"})
"""What a message leaves within minutes, unless something is wrong; with `sent` some carriers leave it for ever."""

_STEP: Final = {
    **{status: step for step, status in enumerate(UNDER_WAY)},
    **dict.fromkeys(FINAL, len(UNDER_WAY) + 1),
    "read": len(UNDER_WAY) + 2,
    "canceled": len(UNDER_WAY) + 3,
}
_NOT_HEARD_OF: Final = len(UNDER_WAY)
_PLACE: Final = {status: place for place, status in enumerate(STATUSES)}


def step(status: str) -> int:
    """The rank of a status in a message's life, to be compared.

    A status nobody has heard of comes after what is under way and before the ends; none at all before everything.
    """
    return _STEP.get(status, _NOT_HEARD_OF) if status else -1


def further(one: str, other: str) -> str:
    """The later of two statuses in a message's life; the same whichever comes first."""
    return max(one, other, key=lambda status: (step(status), _PLACE.get(status, -1), status))


@dataclass(frozen=True, slots=True)
class Message:
    """One message resource (https://www.twilio.com/docs/messaging/api/message-resource).

    Every field may be missing in an answer: texts are then empty, numbers and times None.

    Attributes:
        direction: `inbound`, `outbound-api`, `outbound-call` or `outbound-reply`.
        price: in `price_unit`, negative for what is charged; None until billed.
        opt_out_type: `STOP`, `START` or `HELP`: what Twilio took the text of an inbound message for, as its webhook
            says (`OptOutType`, https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out). No resource has it.
        extra: what the resource has besides its usual form or says otherwise: unknown fields, a number as a number
            where Twilio writes a text, `ABSENT` for a missing field.
    """

    sid: str
    status: str = ""
    direction: str = ""
    to: str = ""
    from_: str = ""
    body: str = ""
    account_sid: str = ""
    messaging_service_sid: str = ""
    num_segments: int | None = None
    num_media: int | None = None
    price: Decimal | None = None
    price_unit: str = ""
    error_code: int | None = None
    error_message: str = ""
    date_created: datetime | None = None
    date_sent: datetime | None = None
    date_updated: datetime | None = None
    opt_out_type: str = ""
    extra: Mapping[str, object] = field(default_factory=lambda: _NOTHING, repr=False, compare=False)

    @property
    def raw(self) -> Mapping[str, object]:
        """The whole JSON object, unknown fields included; its known fields say what this message says."""
        resource = _usual_form(self)
        for name, value in self.agreeing_extra.items():
            if value is ABSENT:
                resource.pop(name, None)
            else:
                resource[name] = value
        return resource

    @property
    def agreeing_extra(self) -> Mapping[str, object]:
        """`extra` without what this message has come to say otherwise: an emptied text, another status."""
        if not self.extra:
            return self.extra
        return {name: value for name, value in self.extra.items() if self._agrees(name, value)}

    def _agrees(self, name: str, value: object) -> bool:
        known = _FIELDS.get(name)
        if known is None:
            return True
        attribute, read = known
        return read(None if value is ABSENT else value) == getattr(self, attribute)

    @property
    def inbound(self) -> bool:
        """Whether somebody sent it to the account."""
        return self.direction == "inbound"

    @property
    def other_party(self) -> str:
        """The address that is not the account's own."""
        return self.from_ if self.inbound else self.to

    @property
    def own_party(self) -> str:
        """The account's side: its number, or the service when no number is chosen yet."""
        return self.to if self.inbound else self.from_ or self.messaging_service_sid

    @property
    def final(self) -> bool:
        """Whether the status will not change any more. `sent` may stay for ever and still is not final."""
        return self.status in FINAL

    @property
    def when(self) -> datetime | None:
        """The instant a person would call the message's time."""
        return self.date_sent or self.date_created


@dataclass(frozen=True, slots=True)
class StatusReport(Message):
    """A message as a status callback or an inbound webhook describes it: addresses, status, error code, no more."""


def has_trouble(message: Message, now: datetime) -> bool:
    """Whether a message that was sent did not arrive, or should have by now."""
    late = message.when is not None and (now - message.when).total_seconds() > OVERDUE_SECONDS
    return not message.inbound and (message.status in PROBLEMS or (late and message.status in _LEFT_SOON))


def take_over(known: Message, told: Message) -> Message:
    """Merge two states of one message, in whatever order they arrive.

    A status never goes back, what is missing in `told` (a code, say) stays, and a text that was redacted stays empty.
    Whole messages, as Twilio answers them, replace all the rest unless they are older; a report changes status and code
    only. Of two codes that reports give the larger stands, so that their order does not matter. `known` or `told`
    itself comes back where it says it all. What a text was taken for goes with the text.
    """
    status = further(known.status, told.status)
    code = max((c for c in (known.error_code, told.error_code) if c is not None), default=None)
    taken_for = max(known.opt_out_type, told.opt_out_type)
    whole = not isinstance(known, StatusReport)
    if isinstance(told, StatusReport) or (whole and _is_older(told, known)):
        taken_for = "" if whole and not known.body else taken_for
        same = (status, code, taken_for) == (known.status, known.error_code, known.opt_out_type)
        return known if same else replace(known, status=status, error_code=code, opt_out_type=taken_for)
    newer = whole and _is_older(known, told)
    if newer and told.status in ARRIVED:
        # It was tried again, and arrived: Twilio keeps no code with that.
        code = told.error_code
    body = "" if whole and not newer and not known.body else told.body
    merged = replace(
        told,
        status=told.status if whole and step(told.status) == step(status) else status,
        error_code=code,
        error_message=told.error_message or (known.error_message if code == known.error_code else ""),
        body=body,
        opt_out_type=taken_for if body else "",
    )
    return told if merged == told else merged


def _is_older(candidate: Message, other: Message) -> bool:
    """Whether an answer describes an earlier state than the other one: answers may overtake each other."""
    if candidate.date_updated and other.date_updated and candidate.date_updated != other.date_updated:
        return candidate.date_updated < other.date_updated
    # Twilio's times are whole seconds, in which a message may go through all of its life.
    return step(candidate.status) < step(other.status)


def read_message(raw: Mapping[str, object]) -> Message:
    """A message from its JSON object; odd and missing values become empty ones."""
    return _read(raw, {})


def read_messages(document: Mapping[str, object]) -> tuple[Message, ...]:
    """The messages of a parsed list answer. Equal texts in it are kept once.

    What has no SID is passed over: nothing could be asked or done about it, and the list knows its rows by their SIDs.
    """
    shared: dict[str, str] = {}
    return tuple(_read(raw, shared) for raw in as_items(document.get(LIST_KEY)) if as_text(raw.get("sid")))


def _read(raw: Mapping[str, object], shared: dict[str, str]) -> Message:
    get, share = raw.get, shared.setdefault

    def text(name: str) -> str:
        value = get(name)
        if value is None:
            return ""
        value = value if isinstance(value, str) else as_text(value)
        return share(value, value)

    message = Message(
        sid=as_text(get("sid")),
        status=text("status"),
        direction=text("direction"),
        to=text("to"),
        from_=text("from"),
        body=as_text(get("body")),
        account_sid=text("account_sid"),
        messaging_service_sid=text("messaging_service_sid"),
        num_segments=as_int(get("num_segments")),
        num_media=as_int(get("num_media")),
        price=as_decimal(get("price")),
        price_unit=text("price_unit"),
        error_code=as_int(get("error_code")),
        error_message=text("error_message"),
        date_created=as_time(get("date_created")),
        date_sent=as_time(get("date_sent")),
        date_updated=as_time(get("date_updated")),
        extra=_NOTHING,
    )
    usual = _usual_form(message)
    if usual != raw:
        # Nobody has seen it yet.
        object.__setattr__(message, "extra", _difference(usual, raw))
    return message


_FIELDS: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    **{
        name: (name, as_text)
        for name in ("sid", "status", "direction", "to", "body", "account_sid", "messaging_service_sid")
    },
    **{name: (name, as_text) for name in ("price_unit", "error_message")},
    "from": ("from_", as_text),
    **{name: (name, as_int) for name in ("num_segments", "num_media", "error_code")},
    "price": ("price", as_decimal),
    **{name: (name, as_time) for name in ("date_created", "date_sent", "date_updated")},
}
"""Each field of the resource that a message has: its attribute, and what reads it."""


def _usual_form(message: Message) -> dict[str, object]:
    """A message's fields as Twilio usually writes them."""
    path = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": message.account_sid or None,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _written_time(message.date_created),
        "date_sent": _written_time(message.date_sent),
        "date_updated": _written_time(message.date_updated),
        "direction": message.direction or None,
        "error_code": message.error_code,
        "error_message": message.error_message or None,
        "from": message.from_ or None,
        "messaging_service_sid": message.messaging_service_sid or None,
        "num_media": None if message.num_media is None else str(message.num_media),
        "num_segments": None if message.num_segments is None else str(message.num_segments),
        "price": _written_price(message.price),
        "price_unit": message.price_unit or None,
        "sid": message.sid,
        "status": message.status or None,
        "subresource_uris": {"feedback": f"{path}/Feedback.json", "media": f"{path}/Media.json"},
        "to": message.to or None,
        "uri": f"{path}.json",
    }


def _written_time(moment: datetime | None) -> str | None:
    """As `Fri, 27 Nov 2026 20:02:39 +0000`, in an eighth of the time that `email.utils.format_datetime` takes."""
    if moment is None:
        return None
    text = (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()
    return f"{_written_day(text[:10])} {text[11:19]} +0000"


@lru_cache(maxsize=_REPEATED)
def _written_day(day: str) -> str:
    text = date.fromisoformat(day).ctime()
    return f"{text[:3]}, {day[8:]} {text[4:7]} {day[:4]}"


@lru_cache(maxsize=_REPEATED)
def _written_price(price: Decimal | None) -> str | None:
    if price is None:
        return None
    units = price_units(price)
    return str(price) if units is None else str(price_of_units(units))


def price_units(price: Decimal) -> int | None:
    """A price in hundred-thousandths of its currency; None where that is no whole number of 63 bits."""
    units = int(price.scaleb(PRICE_PLACES))
    return units if -(2**63) < units < 2**63 and price_of_units(units) == price else None


def price_of_units(units: int) -> Decimal:
    """The inverse of `price_units`."""
    return Decimal(units).scaleb(-PRICE_PLACES)


def with_extra(message: Message, extra: Mapping[str, object]) -> Message:
    """A message with what its resource says otherwise; the fields are read from that."""
    known = ((_FIELDS[name], value) for name, value in extra.items() if name in _FIELDS)
    news = {attribute: read(None if value is ABSENT else value) for (attribute, read), value in known}
    return replace(message, **news, extra=extra)


def _difference(usual: Mapping[str, object], raw: Mapping[str, object]) -> dict[str, object]:
    """What to put over the usual form to have `raw`."""
    absent: dict[str, object] = dict.fromkeys((name for name in usual if name not in raw), ABSENT)
    return absent | {
        name: value for name, value in raw.items() if (name not in usual or value != usual[name]) and _is_shallow(value)
    }


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for each in level for child in _children(each)]
        if not level:
            return True
    return False


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
