"""Stored messages, in order of creation.

A message is immutable; what changes with time is read off its timetable, and an edit puts a new one in its
place. The store keeps an exact order (creation time, then arrival), which is what pages are cut from. Before the
messages it holds there can be a long past of others, which are computed each time they are asked for.
"""

from __future__ import annotations

import base64
import mimetypes
import re
import sys
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from tui.sandbox.lifecycle import StatusStep
from tui.sandbox.order import Items, Merged, Order, Ordered, Position, Within, in_order
from tui.sandbox.unchanging import Unchanging

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KIND = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}", re.IGNORECASE)
# The messages of a past were sent within so much time after they were created.
_SENDING = timedelta(seconds=5)
_SENT = frozenset({"sent", "received"})
_IN_FLIGHT = frozenset({"accepted", "scheduled", "queued", "sending", "receiving"})


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """One file that came with a message. `content` is None where its bytes follow from its type and SID."""

    sid: str
    content_type: str
    content: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, sid: str) -> StoredMedia:
        """Return the file that a URL names; nothing is fetched, but a `data:` URL has its bytes in itself.

        Raises:
            ValueError: for a `data:` URL that cannot be read.
        """
        if not url.startswith("data:"):
            return cls(sid, content_type(url))
        head, comma, text = url.removeprefix("data:").partition(",")
        kind, *parameters = head.split(";")
        if not comma or not _KIND.fullmatch(kind):
            raise ValueError("a data: URL is like data:image/png;base64,iVBORw0KGgo=")
        content = unquote_to_bytes(text)
        return cls(sid, kind, base64.b64decode(content, validate=True) if "base64" in parameters else content)


def content_type(url: str) -> str:
    """Return what kind of file a URL names, by its ending; a picture where that does not tell."""
    try:
        guess = mimetypes.guess_type(urlsplit(url).path)[0]
    except ValueError:
        guess = None
    return guess or "image/jpeg"


def unreachable(urls: Sequence[str]) -> tuple[str, int, str] | None:
    """Return the first URL whose file Twilio could not use, its HTTP status (0 for none) and content type.

    Nothing is fetched: hosts in .invalid are never found (RFC 2606), and a page (.html) is no picture.
    """
    for url in urls:
        if (urlsplit(url).hostname or "").endswith(".invalid"):
            return url, 0, ""
        if (kind := content_type(url)) == "text/html":
            return url, 200, kind
    return None


@dataclass(frozen=True, slots=True)
class StoredMessage(Unchanging):
    """One SMS or MMS.

    Attributes:
        sender: who it is from; "" where a messaging service was refused before it chose anyone. Not shown until
            the service has chosen, see `Moment.assigned`.
        created: may lie ahead, for what is on its way to a number of this account; it is not shown before.
        by_template: whether its text came from a content template.
        answer: an inbound message that is a webhook's answer to another number of this account; no webhook is
            called for it, since two of them could answer one another for ever.
    """

    sid: str
    arrival: int
    created: datetime
    to: str
    sender: str
    body: str
    direction: str
    segments: int
    steps: tuple[StatusStep, ...]
    service: str | None = None
    media: tuple[StoredMedia, ...] = ()
    edited: datetime | None = None
    status_callback: str = ""
    answer: bool = False
    by_template: bool = False

    @property
    def is_mms(self) -> bool:
        """Whether it is billed as an MMS: it has files, or had them, or was sent with SendAsMms."""
        return self.sid.startswith("MM")

    @property
    def position(self) -> Position:
        """Its place in the store."""
        return (_micros(self.created), self.arrival)

    def standing(self, now: datetime) -> Moment:
        """Return what is true of this message at `now`."""
        latest, sent = self.steps[0], None
        for step in self.steps:
            if step.at <= now:
                latest = step
                if sent is None and step.status in _SENT:
                    sent = step.at
        updated = max(latest.at, self.edited) if self.edited else latest.at
        status = latest.status
        return Moment(
            status=status,
            code=latest.code,
            sent=sent,
            updated=updated,
            in_flight=status in _IN_FLIGHT,
            assigned=self.service is None or status not in {"accepted", "scheduled", "canceled"},
        )

    def redacted(self, now: datetime) -> StoredMessage:
        """Return this message without its text."""
        return replace(self, body="", edited=now)

    def without_media(self, sid: str, now: datetime) -> StoredMessage:
        """Return this message without that file."""
        return replace(self, media=tuple(m for m in self.media if m.sid != sid), edited=now)

    def ended(self, now: datetime, status: str, code: int | None = None) -> StoredMessage:
        """Return this message with everything after `now` struck off, and this its last status."""
        past = tuple(step for step in self.steps if step.at <= now)
        return replace(self, steps=(*past, StatusStep(now, status, code)))


@dataclass(frozen=True, slots=True)
class Moment:
    """A message at one moment. `assigned` tells whether its sender is known yet."""

    status: str
    code: int | None
    sent: datetime | None
    updated: datetime
    in_flight: bool
    assigned: bool


def _micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class Past(Protocol):
    """Messages that are computed: each by its number, 0 for the oldest, in order of creation."""

    def __len__(self) -> int:
        """How many there are; their arrivals are 1 to so many."""
        ...

    def message(self, number: int) -> StoredMessage:
        """Compute one."""
        ...

    def position(self, number: int) -> Position:
        """Compute the position of one."""
        ...

    def number_of(self, sid: str) -> int | None:
        """Return which has this SID."""
        ...

    def among(self, to: str | None, sender: str | None) -> Items[int]:
        """Return all that went to one and came from the other, None for anybody, and perhaps others; ascending."""
        ...


class MessageStore:
    """All messages of the account. `changes` counts what was put into it, new or changed; see `lately`."""

    def __init__(self) -> None:
        self.positions: list[Position] = []
        self.changes = 0
        # How often one that is kept was put anew or removed: what somebody waits for may be off.
        self.edits = 0
        # What there is to, and from, each address: a list by these must not look at all the others.
        self._to: dict[str, list[Position]] = {}
        self._from: dict[str, list[Position]] = {}
        self._by_position: dict[Position, StoredMessage] = {}
        self._by_sid: dict[str, StoredMessage] = {}
        self._past: Past | None = None
        self._removed: set[Position] = set()
        self._arrivals = 0

    def __len__(self) -> int:
        past = len(self._past) if self._past is not None else 0
        return past - len(self._removed) + len(self.positions)

    def __iter__(self) -> Iterator[StoredMessage]:
        # Whoever adds them up in a thread must not be disturbed by one that arrives meanwhile.
        kept = tuple(self.positions)
        for number in range(len(self._past) if self._past is not None else 0):
            if self._past is not None and (message := self.at(self._past.position(number))) is not None:
                yield message
        yield from filter(None, map(self.at, kept))

    def precede(self, past: Past) -> None:
        """Put a past before everything, while there is nothing yet."""
        self._past = past
        self._arrivals = len(past)

    def next_arrival(self) -> int:
        """Return the number of the message about to arrive."""
        self._arrivals += 1
        return self._arrivals

    def add(self, message: StoredMessage) -> None:
        """Put a new message in its place."""
        position = message.position
        for places in self._places(message):
            insort(places, position)
        self.put(message)

    def _places(self, message: StoredMessage) -> tuple[list[Position], ...]:
        """The lists in which a message has its place."""
        return self.positions, self._to.setdefault(message.to, []), self._from.setdefault(message.sender, [])

    def order(self, to: str | None, sender: str | None, since: datetime | None, until: datetime | None) -> Order:
        """Return the order of all that can match: to and by these, sent from `since` on, before `until`; None for any.

        What does not match may be among them.
        """
        there: list[Sequence[Position]] = [self.positions]
        there += [each.get(who, ()) for each, who in ((self._to, to), (self._from, sender)) if who is not None]
        # Dates are compared in whole seconds. Nothing was sent before it was created.
        end = (_micros(until) + 1_000_000 if until else sys.maxsize, 0)
        kept = Within(in_order(min(there, key=len)), (0, 0), end)
        if self._past is None:
            return kept
        past: Order = Ordered(self._past.among(to, sender), self._past.position)
        first = (_micros(since - _SENDING) if since and since.year > 1 else 0, 0)
        return Merged(kept, Within(past, first, end))

    def at(self, position: Position) -> StoredMessage | None:
        """Return the message at a position, None where it was removed."""
        if (kept := self._by_position.get(position)) is not None:
            return kept
        if self._past is None or position in self._removed or position[1] > len(self._past):
            return None
        return self._past.message(position[1] - 1)

    def find(self, sid: str) -> StoredMessage | None:
        """Return the message with this SID."""
        if (kept := self._by_sid.get(sid)) is not None or self._past is None:
            return kept
        number = self._past.number_of(sid)
        return self.at(self._past.position(number)) if number is not None else None

    def put(self, message: StoredMessage) -> None:
        """Replace a message with its edited self."""
        self.edits += message.position in self._by_position
        self._by_position[message.position] = message
        # Last of them all, for `lately`.
        self._by_sid.pop(message.sid, None)
        self._by_sid[message.sid] = message
        self.changes += 1

    def lately(self, changes: int) -> tuple[StoredMessage, ...]:
        """Return what was put into it by the last so many changes, and perhaps more."""
        return tuple(islice(reversed(self._by_sid.values()), max(0, changes)))

    def __deepcopy__(self, memo: object) -> MessageStore:
        """Return another store of the same messages, which do not change."""
        other = MessageStore()
        other.positions, other._past = self.positions.copy(), self._past
        other.changes, other.edits = self.changes, self.edits
        other._to = {who: places.copy() for who, places in self._to.items()}
        other._from = {who: places.copy() for who, places in self._from.items()}
        other._by_position, other._by_sid = self._by_position.copy(), self._by_sid.copy()
        other._removed, other._arrivals = self._removed.copy(), self._arrivals
        return other

    def remove(self, message: StoredMessage) -> None:
        """Remove a message."""
        self.edits += 1
        if self._past is not None and message.arrival <= len(self._past):
            self._removed.add(message.position)
        else:
            for places in self._places(message):
                del places[bisect_left(places, message.position)]
        self._by_position.pop(message.position, None)
        self._by_sid.pop(message.sid, None)
