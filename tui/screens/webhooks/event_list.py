"""The list of webhook events: a row's data, its columns, its text, and the filter over the rows.

A row keeps no body beyond what a line or a filter looks at: events may hold a megabyte each. Below 100 cells wide the
two numbers give way to the other side's alone, below 56 the word for the kind is left out. Where events are forwarded
there is a column for what the person's own program answered, and how fast; below 72 cells for what alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from tui.safe_text import glimpse, safe_text
from tui.theme import Tone, look_of
from tui.time_format import duration, short
from tui.twilio.errors import InvalidRequest
from tui.twilio.lenient_json import as_int
from tui.webhooks.event_rows import UNKNOWN_TIME
from tui.webhooks.events import EventKind, Forwarded, ForwardState, Verdict, WebhookEvent
from tui.webhooks.parameters import first_values, tell_product
from tui.widgets.error_words import short_error
from tui.widgets.row_list import Piece, RowList, fit

LONGEST: Final = 1600
"""Characters of a text that a row keeps: the longest message Twilio takes."""

LONGEST_ANSWER: Final = timedelta(seconds=20)
"""Later than this no answer of a program comes any more: tuilio has ended meanwhile."""

_ANSWER: Final = 14
"""Cells for a program's answer and how fast it was."""

_LOOKED_AT: Final = 300
"""Parameters that are looked at for what a row shows; Twilio sends some dozens."""

MARKS: Final[dict[Verdict, tuple[str, str, Tone]]] = {
    Verdict.VERIFIED: ("✓", "verified", "good"),
    Verdict.REJECTED: ("✗", "rejected", "bad"),
    Verdict.CANNOT_VERIFY: ("?", "cannot verify", "warn"),
}
KINDS: Final = {
    EventKind.INBOUND: "message",
    EventKind.STATUS: "status",
    EventKind.OTHER: "other",
    EventKind.UNSERVED: "unserved",
}
_KINDS: Final = {word: kind for kind, word in KINDS.items()}
_VERDICTS: Final = {
    "verified": Verdict.VERIFIED,
    "rejected": Verdict.REJECTED,
    "cannot verify": Verdict.CANNOT_VERIFY,
    "?": Verdict.CANNOT_VERIFY,
}

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class EventRow:
    """What the list keeps of one event. Texts are remote: sanitise before showing.

    Attributes:
        id: its number in the store; 0 for an event that could not be kept.
        product: which of Twilio's products sent it, and what for, where it is about no message.
        forwarded: what came of forwarding it, without the answer's headers and body.
        whole: the event itself where the store does not have it.
        has_media: whether it names a file.
    """

    id: int
    received_at: datetime
    kind: EventKind
    verdict: Verdict
    accepted: bool
    repeat: bool
    test: bool
    sender: str
    to: str
    sid: str
    status: str
    error: str
    product: str
    body: str
    method: str
    target: str
    diagnosis: str
    unreadable: tuple[str, ...] = ()
    forwarded: Forwarded | None = None
    whole: WebhookEvent | None = None
    has_media: bool = False

    @property
    def searched(self) -> str:
        """The text that a filter's words are looked for in."""
        who = (self.body, self.sender, self.to, self.sid, self.status)
        return "\n".join((*who, self.error, self.product, self.target, self.diagnosis)).casefold()


def row_of(event: WebhookEvent) -> EventRow:
    """The row of an event."""
    first = first_values(tuple((name, value[:LONGEST]) for name, value in event.parameters[:_LOOKED_AT]))
    status = first.get("MessageStatus") or first.get("SmsStatus", "")
    return EventRow(
        id=event.id,
        received_at=event.received_at,
        kind=event.kind,
        verdict=event.verdict,
        accepted=event.accepted,
        repeat=event.duplicate_of is not None,
        test=event.is_test,
        sender=first.get("From", ""),
        to=first.get("To", ""),
        sid=event.sid,
        status="" if event.kind is EventKind.INBOUND else status,
        error=first.get("ErrorCode", ""),
        product=tell_product(first) if event.kind is EventKind.OTHER else "",
        body=first.get("Body", ""),
        method=event.method,
        target=event.target[:LONGEST],
        diagnosis=event.diagnosis[:LONGEST],
        unreadable=event.unreadable,
        forwarded=replace(event.forwarded, headers=(), body=b"") if event.forwarded else None,
        whole=None if event.id else event,
        has_media=bool(first.get("MediaUrl0")),
    )


def titles(width: int, *, forwards: bool = False) -> str:
    """The column titles for a list of this width."""
    kind = f"{'Kind':<8} " if width >= 56 else ""
    parties = f"{'From':<14}   {'To':<14}  " if width >= 100 else f"{'  With':<16}  "
    answered = f"{'Yours':<{_answer_width(width)}}" if forwards else ""
    return f" {'Time':>8}    {kind}{parties}{answered}What"


def _unnamed(address: str, width: int) -> str:
    return ""


def draw_event(
    row: EventRow,
    width: int,
    now: datetime,
    *,
    forwards: bool = False,
    name_of: Callable[[str, int], str] = _unnamed,
) -> list[Piece]:
    """The text of one row; `name_of` an address in so many cells is safe to show, '' for none."""
    pieces: list[Piece] = [(f" {_moment(row, now):>8}  ", "muted"), _mark(row)]
    if width >= 56:
        pieces.append((f"{KINDS[row.kind]:<8} ", "plain" if row.accepted else "muted"))
    pieces.append((_parties(row, width, name_of), "plain" if row.accepted else "muted"))
    if forwards:
        room = _answer_width(width)
        words, tone = answer_words(row.forwarded, now - row.received_at, brief=room < _ANSWER)
        pieces.append((fit(words, room), tone))
    if row.test:
        pieces.append(("test · ", "accent"))
    if row.repeat:
        pieces.append(("again · ", "muted"))
    return [*pieces, *_matter(row)]


def answer_words(answer: Forwarded | None, age: timedelta, *, brief: bool = False) -> tuple[str, Tone]:
    """What the person's own program answered, and how fast, in a few cells; `brief`: in five."""
    if answer is None:
        return "", "muted"
    if answer.state is ForwardState.WAITING:
        return ("…", "busy") if age < LONGEST_ANSWER else ("?", "warn")
    by_hand = "↻" if answer.by_hand else ""
    if not answer.status:
        state = "" if brief else f" {answer.state.value}"
        return f"{by_hand}—{state}", "bad"
    failed = "!" if answer.failed else " "
    took = "" if brief else f" {duration(answer.seconds)}"
    return f"{by_hand}{answer.status}{failed}{took}".rstrip(), "bad" if answer.failed else "good"


def _answer_width(width: int) -> int:
    return _ANSWER if width >= 72 else 6


def _mark(row: EventRow) -> Piece:
    if row.kind is EventKind.UNSERVED:
        # What is signed is missed; what is not may be anybody's.
        return ("✗ ", "bad") if row.verdict is Verdict.VERIFIED else ("· ", "muted")
    mark, _, tone = MARKS[row.verdict]
    return f"{mark} ", tone


def _moment(row: EventRow, now: datetime) -> str:
    if row.received_at == UNKNOWN_TIME:
        return "?"
    local = row.received_at.astimezone()
    same_day = local.date() == now.astimezone().date()
    return local.strftime("%H:%M:%S") if same_day else short(row.received_at, now)[:8].rstrip()


def _parties(row: EventRow, width: int, name_of: Callable[[str, int], str]) -> str:
    if row.kind is EventKind.UNSERVED:
        return (
            fit(safe_text(f"{row.method} {row.target.partition('?')[0]}", limit=60), 33 if width >= 100 else 16) + "  "
        )
    if width >= 100:
        sides = [fit(name_of(each, 14), 14) if name_of(each, 14) else _cell(each, 14) for each in (row.sender, row.to)]
        return f"{' → '.join(sides)}  "
    arrow, other = ("← ", row.sender) if row.kind is EventKind.INBOUND else ("→ ", row.to)
    return f"{arrow}{fit(name, 14) if (name := name_of(other, 14)) else _cell(other, 14)}  "


def _cell(text: str, width: int) -> str:
    return fit(safe_text(text, limit=40), width)


def _matter(row: EventRow) -> list[Piece]:
    if row.unreadable:
        return [(f"unreadable: {', '.join(row.unreadable)}", "bad")]
    if row.kind is EventKind.UNSERVED:
        return [(glimpse(row.diagnosis, 300), "bad" if row.verdict is Verdict.VERIFIED else "muted")]
    if row.verdict is Verdict.REJECTED:
        return [(glimpse(row.diagnosis, 300), "bad")]
    if row.kind is EventKind.STATUS:
        look = look_of(safe_text(row.status, limit=20))
        code = as_int(row.error)
        error = f" {short_error(code)}" if code else f" {safe_text(row.error, limit=10)}" if row.error else ""
        return [(f"{look}{error}", look.tone), (f"  {safe_text(row.sid, limit=34)}", "muted")]
    text = glimpse(row.body, 400)
    if row.product:
        return [(glimpse(row.product, 80), "accent"), (f"  {text}", "muted")]
    return [(text, "plain") if text else (glimpse(row.target, 200), "muted")]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are listed, of those that are loaded; an empty filter lists all."""

    text: str = ""
    kind: EventKind | None = None
    verdict: Verdict | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.kind or self.verdict)

    def accepts(self, row: EventRow) -> bool:
        """Whether a row is listed."""
        if self.kind not in (None, row.kind) or self.verdict not in (None, row.verdict):
            return False
        searched = row.searched if self.text else ""
        return all(word in searched for word in self.text.casefold().split())

    def words(self) -> str:
        """The filter in a few words."""
        parts = [KINDS[self.kind] if self.kind else "", self.verdict.value if self.verdict else ""]
        return ", ".join(part for part in (*parts, f"“{self.text}”" if self.text else "") if part)


def read_filter(typed: Mapping[str, str]) -> EventFilter:
    """Read a filter as typed for `text`, `kind` and `verdict`; of the last two the beginning of the word is enough.

    Raises:
        InvalidRequest: with the input's name as its field.
    """
    kind, verdict = _find_word("kind", typed["kind"], _KINDS), _find_word("verdict", typed["verdict"], _VERDICTS)
    return EventFilter(typed["text"].strip(), kind, verdict)


def _find_word(field: str, typed: str, words: Mapping[str, _Value]) -> _Value | None:
    wanted = typed.strip().lower()
    if not wanted:
        return None
    found = next((value for word, value in words.items() if word.startswith(wanted)), None)
    if found is None:
        raise InvalidRequest(field, f"“{typed.strip()}” is no {field}.", f"Give {', '.join(words)}, or nothing.")
    return found


class EventList(RowList):
    """The list of event rows, newest first; `forwards`: with what the person's own program answered."""

    def __init__(
        self, *, now: Callable[[], datetime], name_of: Callable[[str, int], str] = _unnamed, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._now, self._name_of = now, name_of
        self.rows: list[EventRow] = []
        self.forwards = False

    @property
    def current(self) -> EventRow | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def draw_row(self, index: int, width: int) -> list[Piece]:
        if index >= len(self.rows):
            return []
        return draw_event(self.rows[index], width, self._now(), forwards=self.forwards, name_of=self._name_of)
