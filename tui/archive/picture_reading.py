"""Counts the messages of a query and a period, and of the period before, into `Figures` and a `Picture`."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from tui.archive.layout import DIRECTIONS, PRICE_UNIT, STATUSES, row_number, second_of
from tui.archive.picture import Figures, Picture, PictureRow
from tui.archive.picture_columns import (
    ROWS_OF_A_DAY,
    Kind,
    Kinds,
    MessageColumns,
    days_with_messages,
    read_period,
    read_rows,
)
from tui.archive.searching import find_rows, split_period
from tui.twilio.addresses import country_name, is_sid
from tui.twilio.message import OVERDUE_SECONDS

if TYPE_CHECKING:
    import sqlite3

    from tui.archive.matching import Asked
    from tui.archive.periods import Window
    from tui.archive.query import Query

_FIRST_DAY: Final = date(1980, 1, 1).toordinal()
"""Local days before have no message of Twilio's: what stands there has no time."""

_NO_DAY: Final = 0
_INBOUND: Final = DIRECTIONS.index("inbound")
_ROWS_AT_ONCE: Final = 5_000


def read_figures(database: sqlite3.Connection, query: Query, window: Window, asked: Asked) -> tuple[Figures, Figures]:
    """The figures of a period and of the period before it."""
    reader = _Reader(database, asked)
    before = window.before(asked.now, asked.zone)
    now = reader.count(query, window)
    then = _Count() if before is None else reader.count(query, before)
    meanings = reader.meanings()
    return now.whole.figures(meanings), then.whole.figures(meanings)


def read_picture(database: sqlite3.Connection, query: Query, window: Window, asked: Asked) -> Picture:
    """The figures of a period and of the period before it, and of all rows of both."""
    reader = _Reader(database, asked)
    before = window.before(asked.now, asked.zone)
    now = reader.count(query, window)
    then = _Count() if before is None else reader.count(query, before)
    meanings = reader.meanings()
    groups = (now.groups(meanings), then.groups(meanings))

    def rows(name: str, term: Callable[[str], str], *, beside: bool = False) -> tuple[PictureRow, ...]:
        listed = sorted(groups[0][name].items(), key=lambda each: (-each[1].count, each[0]))
        return tuple(
            PictureRow(
                value,
                term(value),
                tally.figures(meanings),
                groups[1][name][value].figures(meanings) if value in groups[1][name] else _NONE,
                _countries(tally, meanings) if beside else (),
            )
            for value, tally in listed
        )

    return Picture(
        all=now.whole.figures(meanings),
        before=then.whole.figures(meanings),
        first=now.first,
        last=now.last,
        statuses=rows("status", lambda status: f"status:{status}" if status in STATUSES else ""),
        codes=rows("code", _code_term, beside=True),
        countries=rows("country", _country_term),
        senders=rows("own", _own_term),
        services=rows("service", _service_term),
        hours=tuple(
            PictureRow(str(hour), "", now.hours[hour].figures(meanings), then.hours[hour].figures(meanings))
            for hour in range(24)
        ),
        days=_days(now, then, window, before, meanings, asked),
    )


# -- terms ----------------------------------------------------------------------------------------------


def _code_term(code: str) -> str:
    return f"code:{code}" if code.isascii() and code.isdecimal() and len(code) <= 12 else ""


def _country_term(country: str) -> str:
    if not country:
        return "country:unknown"
    return f"country:{country}" if country.upper() == country and country_name(country) else ""


def _own_term(address: str) -> str:
    if not address:
        return "own:unknown"
    if '"' in address or not address.isprintable():
        return ""
    return f"own:{address}" if address.isascii() and not set(" ,()") & set(address) else f'own:"{address}"'


def _service_term(service: str) -> str:
    if not service:
        return "-service:any"
    return f"service:{service}" if is_sid(service, "MG") else ""


# -- what is counted ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kind says.

    Attributes:
        slot: the field of `Figures` that it counts in besides `count`; empty for an outgoing one of an odd status.
        currency: None where it has no price.
        price: in units of `PRICE_UNIT`, negative where something was charged.
    """

    slot: str
    segments: int
    price: int
    currency: str | None
    values: Mapping[str, str | None]


@dataclass(slots=True)
class KindCounts:
    """Some messages: how many of each kind, how many of them are young, and how long they took."""

    kinds: Counter[int] = field(default_factory=Counter[int])
    young: Counter[int] = field(default_factory=Counter[int])
    delays: Counter[int] = field(default_factory=Counter[int])

    @property
    def count(self) -> int:
        """How many messages."""
        return self.kinds.total()

    def figures(self, meanings: Sequence[Meaning]) -> Figures:
        """What they add up to."""
        if not self.kinds:
            return _NONE
        counts = dict.fromkeys(_SLOTS, 0)
        segments = billed = count = 0
        costs: dict[str, int] = {}
        for kind, n in self.kinds.items():
            meaning = meanings[kind]
            counts[meaning.slot] += n
            count += n
            segments += n * meaning.segments
            if meaning.currency is not None:
                billed += n
                costs[meaning.currency] = costs.get(meaning.currency, 0) + n * meaning.price
        young = sum(n for kind, n in self.young.items() if meanings[kind].slot == "pending")
        settled = counts["delivered"] + counts["undelivered"] + counts["failed"] + counts["partial"]
        timed, median, p90 = _percentiles(self.delays)
        return Figures(
            count=count,
            sent=count - counts["inbound"] - counts["scheduled"] - counts["canceled"],
            overdue=counts["pending"] - young,
            segments=segments,
            # A price has a minus where something was charged.
            costs={currency: -Decimal(units) / PRICE_UNIT for currency, units in sorted(costs.items())},
            billed=billed,
            timed=timed,
            median=median,
            p90=p90,
            settled=settled,
            rate=counts["delivered"] / settled if settled else None,
            **{slot: counts[slot] for slot in _SLOTS if slot},
        )


_NONE: Final = Figures()
_SLOT_OF: Final = {
    **dict.fromkeys(("accepted", "queued", "sending", "sent"), "pending"),
    **{status: status for status in ("undelivered", "failed", "scheduled", "canceled", "delivered")},
    "read": "delivered",
    "partially_delivered": "partial",
}
_SLOTS: Final = ("", "inbound", *dict.fromkeys(_SLOT_OF.values()))


def _percentiles(delays: Mapping[int, int]) -> tuple[int, float | None, float | None]:
    """How many there are, their median and their 90th percentile."""
    total = sum(delays.values())
    if not total:
        return 0, None, None
    ordered = sorted(delays.items())
    # Counted from 0: the two in the middle, which are one where their number is odd, and the one that 90 % reach.
    wanted = ((total - 1) // 2, total // 2, -(-total * 9 // 10) - 1)
    found: list[int] = []
    reached = 0
    for delay, n in ordered:
        reached += n
        while len(found) < len(wanted) and wanted[len(found)] < reached:
            found.append(delay)
    return total, (found[0] + found[1]) / 2, float(found[2])


@dataclass(slots=True)
class _Count:
    """The messages of one period."""

    whole: KindCounts = field(default_factory=KindCounts)
    days: dict[int, KindCounts] = field(default_factory=lambda: defaultdict[int, KindCounts](KindCounts))
    hours: list[KindCounts] = field(default_factory=lambda: [KindCounts() for _ in range(24)])
    timed: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    first: int | None = None
    last: int | None = None

    def groups(self, meanings: Sequence[Meaning]) -> dict[str, dict[str, KindCounts]]:
        """Status, code and so on → value → the messages that have it."""
        found: dict[str, dict[str, KindCounts]] = {name: defaultdict(KindCounts) for name in _VALUES}
        for pick in ("kinds", "young"):
            for kind, n in cast("Counter[int]", getattr(self.whole, pick)).items():
                for name, value in meanings[kind].values.items():
                    if value is not None:
                        cast("Counter[int]", getattr(found[name][value], pick))[kind] += n
        for (kind, delay), n in self.timed.items():
            for name, value in meanings[kind].values.items():
                if value is not None:
                    found[name][value].delays[delay] += n
        return found


_VALUES: Final = ("status", "code", "country", "own", "service")


def _countries(tally: KindCounts, meanings: Sequence[Meaning]) -> tuple[tuple[str, int], ...]:
    countries = Counter[str]()
    for kind, n in tally.kinds.items():
        countries[meanings[kind].values["country"] or ""] += n
    return tuple(sorted(countries.items(), key=lambda each: (-each[1], each[0])))


# -- reading --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    database: sqlite3.Connection
    asked: Asked
    kinds: Kinds = field(default_factory=Kinds)

    def count(self, query: Query, window: Window) -> _Count:
        found = _Count()
        # Before this row a message is older than what may still be out.
        young = row_number(int(self.asked.now.timestamp()) - OVERDUE_SECONDS)
        for columns in self._columns(window.narrow(query)):
            self._add(found, columns, young)
        return found

    def _columns(self, query: Query) -> Iterator[MessageColumns]:
        criteria, first, end = split_period(query, self.asked)
        if criteria:
            rows = find_rows(self.database, query, self.asked)
            for place in range(0, len(rows), _ROWS_AT_ONCE):
                yield read_rows(self.database, rows[place : place + _ROWS_AT_ONCE], self.kinds)
        else:
            for day in days_with_messages(self.database, first, end):
                begin = day * ROWS_OF_A_DAY
                yield read_period(self.database, max(first, begin), min(end, begin + ROWS_OF_A_DAY), self.kinds)

    def _add(self, found: _Count, columns: MessageColumns, young: int) -> None:
        if not columns.rows:
            return
        first, last = second_of(columns.rows[0]), second_of(columns.rows[-1])
        found.first = first if found.first is None else min(found.first, first)
        found.last = last if found.last is None else max(found.last, last)
        self._add_part(found.whole, columns, 0, len(columns.rows), young)
        found.timed.update(pair for pair in zip(columns.kinds, columns.delays, strict=True) if pair[1] >= 0)
        at = 0
        while at < len(columns.rows):
            end, day, hour = _hour_of(second_of(columns.rows[at]), self.asked.zone)
            upto = bisect_left(columns.rows, row_number(end), at)
            if day < _FIRST_DAY:
                self._add_part(found.days[_NO_DAY], columns, at, upto, young)
            else:
                self._add_part(found.days[day], columns, at, upto, young)
                self._add_part(found.hours[hour], columns, at, upto, young)
            at = upto

    def _add_part(self, tally: KindCounts, columns: MessageColumns, first: int, end: int, young: int) -> None:
        tally.kinds.update(columns.kinds[first:end])
        tally.delays.update(delay for delay in columns.delays[first:end] if delay >= 0)
        edge = bisect_left(columns.rows, young, first, end)
        if edge < end:
            tally.young.update(columns.kinds[edge:end])

    def meanings(self) -> list[Meaning]:
        """Of all kinds that were met, by their numbers."""
        kinds = [Kind(*kind) for kind in self.kinds]
        addresses = _texts(self.database, "SELECT id, address FROM addresses", {kind.own for kind in kinds})
        terms = _texts(
            self.database,
            "SELECT id, text FROM terms",
            {each for kind in kinds for each in (kind.service, kind.currency)},
        )
        return [_meaning(kind, addresses, terms) for kind in kinds]


def _meaning(kind: Kind, addresses: Mapping[object, str], terms: Mapping[object, str]) -> Meaning:
    status = _text_of(kind.status, STATUSES)
    inbound = kind.direction == _INBOUND
    # Where the two disagree nothing can be said of the columns: a damaged one holds a text.
    price = kind.price if isinstance(kind.price, int) else None
    return Meaning(
        slot="inbound" if inbound else _SLOT_OF.get(status, ""),
        segments=kind.segments if isinstance(kind.segments, int) else 0,
        price=price or 0,
        currency=None if price is None else terms.get(kind.currency, ""),
        values={
            "status": status,
            "code": None if kind.code is None else str(kind.code),
            "country": str(kind.country or ""),
            "own": addresses.get(kind.own, ""),
            "service": terms.get(kind.service, ""),
        },
    )


def _text_of(cell: object, texts: Sequence[str]) -> str:
    """The text that a cell holds, or stands for by its place."""
    if isinstance(cell, int):
        return texts[cell] if 0 <= cell < len(texts) else str(cell)
    return cell if isinstance(cell, str) else ""


def _texts(database: sqlite3.Connection, select: str, ids: Iterable[object]) -> dict[object, str]:
    wanted = json.dumps([each for each in ids if isinstance(each, int)])
    found = database.execute(f"{select} WHERE id IN (SELECT value FROM json_each(?))", (wanted,))  # noqa: S608
    return dict(cast("Iterable[tuple[object, str]]", found))


# -- local time -----------------------------------------------------------------------------------------


def _hour_of(second: int, zone: tzinfo | None) -> tuple[int, int, int]:
    """When the local hour of a second ends, its day's ordinal and the hour."""
    local = datetime.fromtimestamp(second, UTC).astimezone(zone)
    end = second + 3600 - local.minute * 60 - local.second
    if datetime.fromtimestamp(end - 1, UTC).astimezone(zone).utcoffset() != local.utcoffset():
        # The clocks change within it: second by second is right, if slow.
        end = second + 1
    return end, local.toordinal(), local.hour


def _days(
    now: _Count,
    then: _Count,
    window: Window,
    before: Window | None,
    meanings: Sequence[Meaning],
    asked: Asked,
) -> tuple[PictureRow, ...]:
    """The local days of the period; each beside the one with the same place in the period before."""
    known = sorted(day for day in now.days if day != _NO_DAY)
    begins = _day_of(window.since, asked.zone) if window.since.timestamp() > 0 else known[0] if known else None
    rows: list[PictureRow] = []
    if _NO_DAY in now.days:
        rows.append(PictureRow("", "", now.days[_NO_DAY].figures(meanings)))
    if begins is None:
        return tuple(rows)
    last = _day_of(asked.now, asked.zone)
    if window.until is not None:
        last = min(last, _day_of(window.until - timedelta(seconds=1), asked.zone))
    back = 0 if before is None else begins - _day_of(before.since, asked.zone)
    for day in (*range(begins, last + 1), *(day for day in known if day > last)):
        value = date.fromordinal(day).isoformat()
        tally, other = now.days.get(day), then.days.get(day - back) if before is not None else None
        figures = _NONE if tally is None else tally.figures(meanings)
        rows.append(PictureRow(value, f"on:{value}", figures, _NONE if other is None else other.figures(meanings)))
    return tuple(rows)


def _day_of(instant: datetime, zone: tzinfo | None) -> int:
    return instant.astimezone(zone).toordinal()
