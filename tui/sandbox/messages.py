"""Messages and the shelf they stand on, in order of arrival.

A message is immutable; what changes with time is read off its timetable, and an edit puts a new one in its
place. The shelf keeps an exact order (creation time, then arrival), which is what pages are cut from.
"""

from __future__ import annotations

import mimetypes
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from tui.sandbox.lifecycle import Step

Position = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IN_FLIGHT = frozenset({"accepted", "scheduled", "queued", "sending", "receiving"})


@dataclass(frozen=True, slots=True)
class Media:
    """One file that came with a message."""

    sid: str
    content_type: str


def content_type(url: str) -> str:
    """Return what kind of file a URL names, by its ending; a picture where that does not tell."""
    try:
        guess = mimetypes.guess_type(urlsplit(url).path)[0]
    except ValueError:
        guess = None
    return guess or "image/jpeg"


@dataclass(frozen=True, slots=True)
class Message:
    """One SMS or MMS.

    Attributes:
        sender: who it is from; "" where a messaging service was refused before it chose anyone. Not shown until
            the service has chosen, see `Standing.assigned`.
        created: may lie ahead, for what is on its way to a number of this account; it is not shown before.
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
    steps: tuple[Step, ...]
    service: str | None = None
    media: tuple[Media, ...] = ()
    edited: datetime | None = None
    status_callback: str = ""
    answer: bool = False

    @property
    def is_mms(self) -> bool:
        """Whether it is billed as an MMS: it has files, or had them, or was sent with SendAsMms."""
        return self.sid.startswith("MM")

    @property
    def position(self) -> Position:
        """Where the message stands on the shelf."""
        return ((self.created - _EPOCH) // timedelta(microseconds=1), self.arrival)

    def standing(self, now: datetime) -> Standing:
        """Return what is true of this message at `now`."""
        past = [step for step in self.steps if step.at <= now] or [self.steps[0]]
        sent = next((step.at for step in past if step.status in {"sent", "received"}), None)
        updated = max(past[-1].at, self.edited) if self.edited else past[-1].at
        status = past[-1].status
        return Standing(
            status=status,
            code=past[-1].code,
            sent=sent,
            updated=updated,
            in_flight=status in _IN_FLIGHT,
            assigned=self.service is None or status not in {"accepted", "scheduled", "canceled"},
        )

    def redacted(self, now: datetime) -> Message:
        """Return this message without its text."""
        return replace(self, body="", edited=now)

    def without_media(self, sid: str, now: datetime) -> Message:
        """Return this message without that file."""
        return replace(self, media=tuple(m for m in self.media if m.sid != sid), edited=now)

    def canceled(self, now: datetime) -> Message:
        """Return this message with everything after `now` struck off."""
        past = tuple(step for step in self.steps if step.at <= now)
        return replace(self, steps=(*past, Step(now, "canceled")))


@dataclass(frozen=True, slots=True)
class Standing:
    """A message at one moment. `assigned` tells whether its sender is known yet."""

    status: str
    code: int | None
    sent: datetime | None
    updated: datetime
    in_flight: bool
    assigned: bool


class Shelf:
    """All messages of the account."""

    def __init__(self) -> None:
        self.positions: list[Position] = []
        self._by_position: dict[Position, Message] = {}
        self._by_sid: dict[str, Message] = {}
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self.positions)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._by_sid.values())

    def next_arrival(self) -> int:
        """Return the number of the message about to arrive."""
        self._arrivals += 1
        return self._arrivals

    def add(self, message: Message) -> None:
        """Put a new message in its place."""
        insort(self.positions, message.position)
        self._keep(message)

    def at(self, position: Position) -> Message:
        """Return the message at a position."""
        return self._by_position[position]

    def find(self, sid: str) -> Message | None:
        """Return the message with this SID."""
        return self._by_sid.get(sid)

    def put(self, message: Message) -> None:
        """Replace a message with its edited self."""
        self._keep(message)

    def remove(self, message: Message) -> None:
        """Take a message off the shelf."""
        self.positions.remove(message.position)
        del self._by_position[message.position]
        del self._by_sid[message.sid]

    def _keep(self, message: Message) -> None:
        self._by_position[message.position] = message
        self._by_sid[message.sid] = message
