"""Counts messages by kind, delay and time, and says what such counts mean, as `Figures`.

What is done for each message is done by C: counting the numbers of a column takes a twentieth of a microsecond. Each
such step is short, since keys wait for as long as it takes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.archive.dictionary import text_at, texts_of
from tui.archive.layout import DIRECTIONS, KIND_COLUMNS, PER_SECOND, PRICE_UNIT, STATUSES, second_of
from tui.archive.picture import Figures

if TYPE_CHECKING:
    import sqlite3

    from tui.archive.picture_columns import Kinds, MessageColumns

NO_FIGURES: Final = Figures()
NO_DAY: Final = 0
"""The day of messages without a time."""

_EPOCH: Final = date(1970, 1, 1).toordinal()
_FIRST_DAY: Final = date(1980, 1, 1).toordinal() - _EPOCH
"""Counted from 1970. Local days before have no message of Twilio's: what stands there has no time."""

_AT_ONCE: Final = 20_000
"""Messages that are counted in one step: a millisecond or two."""

_DELAY: Final = (1 << 32) - 1
_INBOUND: Final = DIRECTIONS.index("inbound")
_SLOT_OF: Final = {
    **dict.fromkeys(("accepted", "queued", "sending", "sent"), "pending"),
    **{status: status for status in ("undelivered", "failed", "scheduled", "canceled", "delivered")},
    "read": "delivered",
    "partially_delivered": "partial",
}
_SLOTS: Final = ("", "inbound", *dict.fromkeys(_SLOT_OF.values()))
_PENDING: Final = _SLOTS.index("pending")
GROUPS: Final = ("status", "code", "country", "own", "service")
"""What messages are grouped by, besides times."""


class Meaning(NamedTuple):
    """What a kind says.

    Attributes:
        slot: the place in `_SLOTS` of what it counts in besides `count`; 0 for an outgoing one of an odd status.
        segments: of one message; 0 where Twilio told none.
        price: in units of `PRICE_UNIT`, negative where something was charged.
        currency: None where it has no price.
        values: for each of `GROUPS`, None for none.
    """

    slot: int
    segments: int
    price: int
    currency: str | None
    values: tuple[str | None, ...]


def read_meanings(database: sqlite3.Connection, kinds: Kinds) -> list[Meaning]:
    """What the kinds say, by their numbers."""
    rows = [dict(zip(KIND_COLUMNS, kind, strict=True)) for kind in kinds.numbers]
    addresses = texts_of(database, "SELECT id, address FROM addresses", {row["own"] for row in rows})
    ids = {row[name] for row in rows for name in ("service", "currency")}
    terms = texts_of(database, "SELECT id, text FROM terms", ids)
    return [_meaning(row, addresses, terms) for row in rows]


def _meaning(kind: Mapping[str, object], addresses: Mapping[object, str], terms: Mapping[object, str]) -> Meaning:
    status = text_at(kind["status"], STATUSES)
    # A damaged cell may hold a text.
    segments, price = (cell if isinstance(cell, int) else None for cell in (kind["segments"], kind["price"]))
    code, country = kind["code"], kind["country"]
    return Meaning(
        _SLOTS.index("inbound" if kind["direction"] == _INBOUND else _SLOT_OF.get(status, "")),
        segments or 0,
        price or 0,
        None if price is None else terms.get(kind["currency"], ""),
        (
            status,
            None if code is None else str(code),
            country if isinstance(country, str) else "",
            addresses.get(kind["own"], ""),
            terms.get(kind["service"], ""),
        ),
    )


@dataclass(slots=True)
class CodeCounts:
    """Some messages.

    Attributes:
        codes: code (see `MessageColumns`) → messages.
        young: number of a kind → messages that are not an hour old.
    """

    codes: Counter[int] = field(default_factory=Counter[int])
    young: Counter[int] = field(default_factory=Counter[int])

    def figures(self, meanings: Sequence[Meaning]) -> Figures:
        """What they add up to."""
        if not self.codes:
            return NO_FIGURES
        counts = [0] * len(_SLOTS)
        segments = billed = 0
        costs: dict[str, int] = {}
        delays: dict[int, int] = {}
        for code, n in self.codes.items():
            slot, each, price, currency, _ = meanings[code >> 32]
            counts[slot] += n
            segments += n * each
            if currency is not None:
                billed += n
                costs[currency] = costs.get(currency, 0) + n * price
            if delay := code & _DELAY:
                delays[delay] = delays.get(delay, 0) + n
        young = sum(n for kind, n in self.young.items() if meanings[kind].slot == _PENDING)
        of = dict(zip(_SLOTS, counts, strict=True))
        count, other = sum(counts), of.pop("")
        settled = of["delivered"] + of["undelivered"] + of["failed"] + of["partial"]
        timed, median, p90 = _percentiles(delays)
        return Figures(
            **of,
            count=count,
            sent=settled + of["pending"] + other,
            overdue=of["pending"] - young,
            segments=segments,
            # A price has a minus where something was charged.
            costs={currency: -Decimal(units) / PRICE_UNIT for currency, units in sorted(costs.items())},
            billed=billed,
            timed=timed,
            median=median,
            p90=p90,
            settled=settled,
            rate=of["delivered"] / settled if settled else None,
        )


def _percentiles(delays: Mapping[int, int]) -> tuple[int, float | None, float | None]:
    """Of delays, each one more than its seconds: how many there are, their median and their 90th percentile."""
    ordered = sorted(delays.items())
    total = sum(n for _, n in ordered)
    if not total:
        return 0, None, None
    # Counted from 0: the two in the middle, which are one where their number is odd, and the one that 90 % reach.
    wanted = ((total - 1) // 2, total // 2, -(-total * 9 // 10) - 1)
    found: list[int] = []
    reached = 0
    for delay, n in ordered:
        reached += n
        while len(found) < len(wanted) and wanted[len(found)] < reached:
            found.append(delay - 1)
    return total, (found[0] + found[1]) / 2, float(found[2])


@dataclass(slots=True)
class PeriodCounts:
    """The messages of one period.

    Attributes:
        young: the row from which on a message is not an hour old.
        zone: whose days and hours are meant.
        whole: all of them.
        days: ordinal of a local day, or `NO_DAY` → its messages; only where they are counted by time.
        hours: those of the 24 local hours; those without a time are in none.
        first, last: the seconds of the oldest and the newest.
    """

    young: int
    zone: tzinfo | None
    whole: CodeCounts = field(default_factory=CodeCounts)
    days: dict[int, CodeCounts] = field(default_factory=lambda: defaultdict[int, CodeCounts](CodeCounts))
    hours: list[CodeCounts] = field(default_factory=lambda: [CodeCounts() for _ in range(24)])
    first: int | None = None
    last: int | None = None

    def add_all(self, found: Iterable[MessageColumns], *, times: bool) -> None:
        """Count messages, which are in no other call; with `times` by day and hour as well."""
        # By hour, a few of each day: they are counted when there are many.
        waiting = [array("Q") for _ in range(24)]
        for columns in found:
            if not columns.places:
                continue
            first, last = (second_of(columns.base + columns.places[end]) for end in (0, -1))
            self.first = first if self.first is None else min(self.first, first)
            self.last = last if self.last is None else max(self.last, last)
            edge = bisect_left(columns.places, self.young - columns.base)
            if edge < len(columns.codes):
                self.whole.young.update(columns.kinds[edge:])
            if times:
                self._add_times(columns, edge, waiting)
            else:
                _count(self.whole.codes, columns.codes)
        for hour, codes in zip(self.hours, waiting, strict=True):
            hour.codes.update(codes)
        if times:
            for counts in (*self.hours, self.days.get(NO_DAY, CodeCounts())):
                self.whole.codes.update(counts.codes)

    def _add_times(self, columns: MessageColumns, edge: int, waiting: list[array[int]]) -> None:
        base, places, codes = columns.base, columns.places, columns.codes
        kinds = columns.kinds if edge < len(codes) else codes
        last = second_of(base + places[-1])
        at = began = until = offset = 0
        day = -1
        while at < len(codes):
            second = (base + places[at]) // PER_SECOND
            if second >= until:
                offset, until = self._offset(second, last)
            local = second + offset
            today = local // 86_400
            if today != day:
                self._add_day(day, columns, began, at, edge)
                day, began = today, at
            end = min(second + 3_600 - local % 3_600, until)
            upto = max(bisect_left(places, end * PER_SECOND - base, at), at + 1)
            if today >= _FIRST_DAY:
                hour = local % 86_400 // 3_600
                waiting[hour].extend(codes[at:upto])
                if len(waiting[hour]) > _AT_ONCE:
                    _count(self.hours[hour].codes, waiting[hour])
                    waiting[hour] = array("Q")
                if edge < upto:
                    self.hours[hour].young.update(kinds[max(edge, at) : upto])
            at = upto
        self._add_day(day, columns, began, at, edge)

    def _add_day(self, day: int, columns: MessageColumns, first: int, end: int, edge: int) -> None:
        if first < end:
            counts = self.days[day + _EPOCH if day >= _FIRST_DAY else NO_DAY]
            _count(counts.codes, columns.codes[first:end])
            if edge < end:
                counts.young.update(columns.kinds[max(edge, first) : end])

    def _offset(self, second: int, last: int) -> tuple[int, int]:
        """What the clocks are ahead of UTC, in seconds, and the second up to which that holds, as far as to `last`."""
        offset, end = self._ahead(second), min(last, second + 86_400)
        if self._ahead(end) == offset:
            return offset, end + 1
        # Between the two it changes; not twice within a day.
        low, high = second, end
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._ahead(middle) == offset else (low, middle)
        return offset, high

    def _ahead(self, second: int) -> int:
        offset = datetime.fromtimestamp(second, UTC).astimezone(self.zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    def groups(self, meanings: Sequence[Meaning]) -> list[dict[str, CodeCounts]]:
        """For each of `GROUPS`: value → the messages that have it."""
        found: list[dict[str, CodeCounts]] = [defaultdict(CodeCounts) for _ in GROUPS]
        for code, n in self.whole.codes.items():
            for group, value in zip(found, meanings[code >> 32].values, strict=True):
                if value is not None:
                    group[value].codes[code] = n
        for kind, n in self.whole.young.items():
            for group, value in zip(found, meanings[kind].values, strict=True):
                if value is not None:
                    group[value].young[kind] = n
        return found


def _count(counts: Counter[int], codes: array[int]) -> None:
    """Count codes, in short steps."""
    for begin in range(0, len(codes), _AT_ONCE):
        counts.update(codes[begin : begin + _AT_ONCE])
