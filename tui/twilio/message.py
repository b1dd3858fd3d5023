"""The Message resource: its fields, the order of its statuses, and how two states of one message are merged.

Knows no client. The JSON of list answers is kept compressed as it came, and parsed again for whoever asks for a whole
resource: as a dict a message takes three kilobytes, compressed among its neighbours a tenth of one.

Sources: https://www.twilio.com/docs/messaging/api/message-resource; for the statuses also Twilio's OpenAPI (April 2026)
and its official libraries.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

from tui.twilio.lenient_json import as_decimal, as_int, as_items, as_mapping, as_text, as_time

LIST_KEY: Final = "messages"
"""The key of the array in a list answer."""

_FASTEST: Final = 1
_PAGES_AT_HAND: Final = 2
"""Pages that stay parsed: neighbours are asked for one after the other, by the cursor and by an export."""

_NOTHING: Final[Mapping[str, object]] = {}

UNDER_WAY: Final = ("scheduled", "accepted", "queued", "receiving", "sending", "sent")
"""What a message may still leave, earliest first. `sent` may stay for ever and still is not final."""

FINAL: Final = ("failed", "undelivered", "partially_delivered", "received", "delivered", "read", "canceled")
"""What Twilio does not change any more, but from one of the first five to another, or to `read`."""

STATUSES: Final = (*UNDER_WAY, *FINAL)

ARRIVED: Final = frozenset({"received", "delivered", "read"})

PROBLEMS: Final = frozenset({"failed", "undelivered", "partially_delivered"})
"""The ends at which somebody did not get it."""

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
        packed: the answer it came in, shared with the other messages of that answer; see `raw`.
        place: which of them it is.
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
    packed: bytes = field(default=b"", repr=False, compare=False)
    place: int = field(default=0, repr=False, compare=False)

    @property
    def raw(self) -> Mapping[str, object]:
        """The whole JSON object, unknown fields included; parsed when asked for, and not to be changed."""
        items = _unpacked(self.packed) if self.packed else ()
        return items[self.place] if self.place < len(items) else _NOTHING

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


def take_over(known: Message, told: Message) -> Message:
    """Merge two states of one message, in whatever order they arrive.

    A status never goes back, what is missing in `told` (a code, say) stays, and a text that was redacted stays empty.
    Whole messages, as Twilio answers them, replace all the rest unless they are older; a report changes status and code
    only. Of two codes that reports give the larger stands, so that their order does not matter. `known` or `told`
    itself comes back where it says it all.
    """
    status = further(known.status, told.status)
    code = max((c for c in (known.error_code, told.error_code) if c is not None), default=None)
    whole = not isinstance(known, StatusReport)
    if isinstance(told, StatusReport) or (whole and _is_older(told, known)):
        same = (status, code) == (known.status, known.error_code)
        return known if same else replace(known, status=status, error_code=code)
    newer = whole and _is_older(known, told)
    if newer and told.status in ARRIVED:
        # It was tried again, and arrived: Twilio keeps no code with that.
        code = told.error_code
    emptied = whole and not newer and not known.body
    merged = replace(
        told,
        status=told.status if whole and step(told.status) == step(status) else status,
        error_code=code,
        error_message=told.error_message or (known.error_message if code == known.error_code else ""),
        body="" if emptied else told.body,
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
    return _read(raw, _packed_alone(raw), 0, {})


def read_messages(content: bytes, document: Mapping[str, object]) -> tuple[Message, ...]:
    """The messages of a list answer, given as it came and as it was parsed. Equal texts in it are kept once.

    What has no SID is passed over: nothing could be asked or done about it, and the list knows its rows by their SIDs.
    """
    packed, shared = zlib.compress(content, _FASTEST), dict[str, str]()
    items = enumerate(as_items(document.get(LIST_KEY)))
    return tuple(_read(raw, packed, place, shared) for place, raw in items if as_text(raw.get("sid")))


def _read(raw: Mapping[str, object], packed: bytes, place: int, shared: dict[str, str]) -> Message:
    def text(name: str) -> str:
        value = as_text(raw.get(name))
        return shared.setdefault(value, value)

    return Message(
        sid=as_text(raw.get("sid")),
        status=text("status"),
        direction=text("direction"),
        to=text("to"),
        from_=text("from"),
        body=as_text(raw.get("body")),
        account_sid=text("account_sid"),
        messaging_service_sid=text("messaging_service_sid"),
        num_segments=as_int(raw.get("num_segments")),
        num_media=as_int(raw.get("num_media")),
        price=as_decimal(raw.get("price")),
        price_unit=text("price_unit"),
        error_code=as_int(raw.get("error_code")),
        error_message=text("error_message"),
        date_created=as_time(raw.get("date_created")),
        date_sent=as_time(raw.get("date_sent")),
        date_updated=as_time(raw.get("date_updated")),
        packed=packed,
        place=place,
    )


def _packed_alone(resource: Mapping[str, object]) -> bytes:
    """One resource, as an answer that lists nothing else; empty when it is too deep to be written."""
    try:
        return zlib.compress(json.dumps({LIST_KEY: [resource]}).encode("ascii"), _FASTEST)
    except (ValueError, RecursionError):
        return b""


@lru_cache(maxsize=_PAGES_AT_HAND)
def _unpacked(packed: bytes) -> tuple[Mapping[str, object], ...]:
    try:
        document = as_mapping(cast("object", json.loads(zlib.decompress(packed))))
    except RecursionError:
        # It could be parsed once; this time the one who asks stands deeper in the program.
        return ()
    return as_items(document.get(LIST_KEY))
