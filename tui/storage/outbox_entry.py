"""One line of the send journal, and which states may follow which. Must not know the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, cast


class State(StrEnum):
    """What is known about a send."""

    SENDING = "sending"
    """Written down; the request may or may not have left."""
    ACCEPTED = "accepted"
    """Twilio took it."""
    REJECTED = "rejected"
    """Twilio answered that it did not take it."""
    NOT_SENT = "not_sent"
    """The request certainly never reached Twilio."""
    UNKNOWN = "unknown"
    """It may have been sent; to be looked up, never to be sent again by itself."""


FOLLOWERS: Final = {
    State.SENDING: frozenset({State.ACCEPTED, State.REJECTED, State.NOT_SENT, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.ACCEPTED, State.REJECTED, State.NOT_SENT}),
    State.ACCEPTED: frozenset[State](),
    State.REJECTED: frozenset[State](),
    State.NOT_SENT: frozenset[State](),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One send. Times are aware and in UTC; `settled_at` is when the present state was reached.

    Attributes:
        by_hand: whether it was a request made by hand, which may have held more than is kept here.
        base: the base URL it was sent to; empty where an earlier version wrote it.
    """

    id: int
    connection: str
    account_sid: str
    to: str
    sender: str
    body: str
    media: tuple[str, ...]
    state: State
    sid: str | None
    code: int | None
    detail: str | None
    started_at: datetime
    settled_at: datetime | None
    by_hand: bool = False
    base: str = ""


COLUMNS: Final = (
    "id, connection, account_sid, recipient, sender, body, media, state, sid, code, detail, started_at, settled_at, "
    "by_hand, base"
)

Cell = str | bytes | int | None


def read_row(row: tuple[Cell, ...]) -> Entry:
    """The entry in a row whose columns are COLUMNS."""
    number, connection, account_sid, to, sender, body, media, state, sid, code, detail, started, settled = row[:13]
    hand, base = row[13:]
    return Entry(
        id=number if isinstance(number, int) else 0,
        connection=_text(connection),
        account_sid=_text(account_sid),
        to=_text(to),
        sender=_text(sender),
        body=_text(body),
        media=tuple(cast("list[str]", json.loads(_text(media)))),
        state=State(_text(state)),
        sid=None if sid is None else _text(sid),
        code=code if isinstance(code, int) else None,
        detail=None if detail is None else _text(detail),
        started_at=datetime.fromisoformat(_text(started)),
        settled_at=None if settled is None else datetime.fromisoformat(_text(settled)),
        by_hand=bool(hand),
        base=_text(base),
    )


def storable(text: str) -> str | bytes:
    """A text as the database can hold it: half a surrogate pair is no UTF-8, such a text is kept as bytes."""
    encoded = text.encode("utf-8", "surrogatepass")
    return encoded if any("\ud800" <= each <= "\udfff" for each in text) else text


def _text(cell: Cell) -> str:
    return cell.decode("utf-8", "surrogatepass") if isinstance(cell, bytes) else str(cell)
