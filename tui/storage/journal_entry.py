"""One entry of the send journal, read from and written to a row, and which states may follow which.

Reading never fails: what is damaged is named in `JournalEntry.damaged`, and a send whose state cannot be read is
UNKNOWN. Must not know the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, cast

from tui.storage.document import as_table
from tui.storage.row_reader import UNREADABLE_TIME, Cell, RowReader


class JournalState(StrEnum):
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
    JournalState.SENDING: frozenset(
        {JournalState.ACCEPTED, JournalState.REJECTED, JournalState.NOT_SENT, JournalState.UNKNOWN}
    ),
    JournalState.UNKNOWN: frozenset({JournalState.ACCEPTED, JournalState.REJECTED, JournalState.NOT_SENT}),
    JournalState.ACCEPTED: frozenset[JournalState](),
    JournalState.REJECTED: frozenset[JournalState](),
    JournalState.NOT_SENT: frozenset[JournalState](),
}


@dataclass(frozen=True, slots=True)
class ServerSnapshot:
    """What was known of the server just before a send left.

    Attributes:
        sids: messages to the same recipient that stood there already: none of them is this send's.
        ahead: how many seconds the server's clock was ahead of this machine's, at least and at most; None where it
            was not known.
    """

    sids: frozenset[str] = frozenset()
    ahead: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SentTemplate:
    """The content template that a send names: what it is called, and its text as it was reviewed.

    Attributes:
        text: with the values in it; the message's own words, so it goes where the text of a message goes.
    """

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class NewSend:
    """A send before it is written down; what is what as in `JournalEntry`."""

    connection: str
    account_sid: str
    to: str
    sender: str
    body: str
    media: Sequence[str] = ()
    by_hand: bool = False
    base: str = ""
    options: Sequence[tuple[str, str]] = ()
    before: ServerSnapshot = ServerSnapshot()
    template: SentTemplate | None = None
    job: int = 0
    item: int = 0


@dataclass(frozen=True, slots=True)
class SendEnd:
    """What became of the send of an entry; for `SendJournal.settle_all`."""

    id: int
    state: JournalState
    sid: str | None = None
    code: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One send. Times are aware and in UTC; `settled_at` is when the present state was reached.

    Attributes:
        by_hand: whether it was a request made by hand, which may have held more than is kept here.
        base: the base URL it was sent to; empty where an earlier version wrote it.
        options: the pairs of the request that have no column of their own; None where an earlier version wrote it.
        before: what was known just before it left.
        template: the content template it names; None where there is none, or nobody knew it.
        withdrawn: whether its words were removed because its message was redacted or deleted.
        job, item: the job that it is a part of, and which of its items it is; 0 for a single send.
        damaged: the columns that cannot be read; what stands in their place is empty, and UNREADABLE_TIME for a time.
    """

    id: int
    connection: str
    account_sid: str
    to: str
    sender: str
    body: str
    media: tuple[str, ...]
    state: JournalState
    sid: str | None
    code: int | None
    detail: str | None
    started_at: datetime
    settled_at: datetime | None
    by_hand: bool = False
    base: str = ""
    options: tuple[tuple[str, str], ...] | None = ()
    before: ServerSnapshot = ServerSnapshot()
    template: SentTemplate | None = None
    withdrawn: bool = False
    job: int = 0
    item: int = 0
    damaged: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What the recipient reads, as far as it is known here: the body, or the template's text."""
        return self.body or (self.template.text if self.template is not None else "")

    @property
    def send_at(self) -> datetime | None:
        """For when it was scheduled; None where it was not, or where nobody knows: Twilio's messages do not hold it."""
        return send_at_of(self.options or ())


def send_at_of(options: Iterable[tuple[str, str]]) -> datetime | None:
    """For when these pairs of a create call schedule a message, aware; None for at once, or what cannot be read.

    A request made by hand may have held anything: what lies at an end of the calendar is in no zone's time.
    """
    try:
        moment = datetime.fromisoformat(dict(options).get("SendAt", ""))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if 1 < moment.year < 9999 else None


COLUMNS: Final = (
    "id, connection, account_sid, recipient, sender, body, media, state, sid, code, detail, started_at, settled_at, "
    "by_hand, base, options, before, template, withdrawn, job, item"
)


def read_row(row: tuple[Cell, ...]) -> JournalEntry:
    """The entry in a row whose columns are COLUMNS."""
    number, connection, account_sid, to, sender, body, media, state, sid, code, detail, started, settled = row[:13]
    hand, base, options, before, template, withdrawn, job, item = row[13:]
    reader = RowReader()
    job, item = reader.number("job", job) or 0, reader.number("item", item) or 0
    if (job, item) != (0, 0) and min(job, item) <= 0:
        # Shown as a send by itself: with a job that there is not it would be seen nowhere.
        reader.damaged.append("job")
        job = item = 0
    entry = JournalEntry(
        id=number if isinstance(number, int) else 0,
        connection=reader.text("connection", connection),
        account_sid=reader.account(account_sid),
        to=reader.text("recipient", to),
        sender=reader.text("sender", sender),
        body=reader.text("text", body),
        media=reader.texts("media", media),
        state=reader.choice("state", state, JournalState, JournalState.UNKNOWN),
        sid=None if sid is None else reader.text("SID", sid) or None,
        code=reader.number("code", code),
        detail=None if detail is None else reader.text("detail", detail),
        started_at=reader.time("time", started) or UNREADABLE_TIME,
        settled_at=None if settled is None else reader.time("time of settling", settled),
        by_hand=bool(reader.number("by hand", hand)),
        base=reader.text("base URL", base),
        options=_read_options(reader, options),
        before=_read_before(reader, before),
        template=read_template(reader, template),
        withdrawn=bool(reader.number("withdrawn", withdrawn)),
        job=job,
        item=item,
    )
    if not reader.damaged:
        return entry
    # Nobody can follow a send that cannot be read.
    state_now = JournalState.UNKNOWN if entry.state is JournalState.SENDING else entry.state
    return replace(entry, state=state_now, damaged=tuple(dict.fromkeys(reader.damaged)))


def write_options(options: Iterable[tuple[str, str]]) -> str:
    """The pairs as one cell of text, in JSON."""
    return json.dumps([list(pair) for pair in options])


def write_before(before: ServerSnapshot) -> str:
    """The snapshot as one cell of text, in JSON; empty when nothing was known."""
    return "" if before == ServerSnapshot() else json.dumps({"sids": sorted(before.sids), "ahead": before.ahead})


def without_text(template: SentTemplate | None) -> SentTemplate | None:
    """A template whose text is withdrawn."""
    return None if template is None else replace(template, text="")


def write_template(template: SentTemplate | None) -> str:
    """The template as one cell of text, in JSON; empty for none."""
    return json.dumps([template.name, template.language, template.text]) if template is not None else ""


_LONGEST: Final = 1e10
"""Seconds no clock is off by."""


def read_template(reader: RowReader, cell: Cell) -> SentTemplate | None:
    """What `write_template` wrote."""
    if cell == "":
        return None
    match reader.json("template", cell):
        case [str() as name, str() as language, str() as text]:
            return SentTemplate(name, language, text)
        case _:
            reader.damaged.append("template")
            return None


def _read_options(reader: RowReader, cell: Cell) -> tuple[tuple[str, str], ...] | None:
    if cell == "":
        return None
    items = reader.json("options", cell)
    pairs: list[tuple[str, str]] = []
    for item in cast("list[object]", items) if isinstance(items, list) else [None]:
        match item:
            case [str() as name, str() as value]:
                pairs.append((name, value))
            case _:
                reader.damaged.append("options")
                return None
    return tuple(pairs)


def _read_before(reader: RowReader, cell: Cell) -> ServerSnapshot:
    if cell == "":
        return ServerSnapshot()
    document = as_table(reader.json("what stood there before", cell)) or {}
    sids, ahead = document.get("sids"), document.get("ahead")
    known = (
        frozenset(each for each in cast("list[object]", sids) if isinstance(each, str))
        if isinstance(sids, list)
        else None
    )
    match ahead:
        case [int() | float() as least, int() | float() as most] if abs(least) < _LONGEST and abs(most) < _LONGEST:
            span = float(least), float(most)
        case _:
            span = None
    if known is None or (span is None and ahead is not None):
        reader.damaged.append("what stood there before")
        return ServerSnapshot()
    return ServerSnapshot(known, span)
