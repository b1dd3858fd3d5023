"""Reads the figures of a query and a period, and of the period before, from the archive's tables."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import compress
from typing import TYPE_CHECKING, Final, cast

from tui.archive.completion import Known
from tui.archive.layout import ROWS_OF_A_DAY, STATUSES, row_number
from tui.archive.matching import AllOf, AnyOf, Condition, Not, Party
from tui.archive.periods import ALL
from tui.archive.picture import Picture, PictureRow
from tui.archive.picture_columns import (
    Kinds,
    MessageColumns,
    days_with_messages,
    read_day,
    read_messages_of,
    read_rows,
)
from tui.archive.picture_counting import (
    GROUPS,
    NO_DAY,
    NO_FIGURES,
    CodeCounts,
    Meaning,
    PeriodCounts,
    read_meanings,
)
from tui.archive.query import Query
from tui.archive.query_values import QUOTES, UNKNOWN
from tui.archive.searching import find_rows, is_told_by_kinds, split_period
from tui.twilio.addresses import country_name, is_sid
from tui.twilio.message import OVERDUE_SECONDS

if TYPE_CHECKING:
    import sqlite3
    from array import array

    from tui.archive.matching import Asked, Criterion
    from tui.archive.periods import Window
    from tui.archive.picture import Figures

_FEW: Final = 5_000
"""Rows that are read one by one."""


def read_figures(
    database: sqlite3.Connection, query: Query, window: Window, asked: Asked, *, go_on: Callable[[], None]
) -> tuple[Figures, Figures]:
    """The figures of a period and of the period before it. `go_on` is called every few milliseconds, and may raise."""
    reader = _Reader(database, asked, go_on)
    now, then = (reader.count(query, each, times=False) for each in (window, window.before(asked.now, asked.zone)))
    meanings = read_meanings(database, reader.kinds)
    return now.whole.figures(meanings), then.whole.figures(meanings)


def read_picture(
    database: sqlite3.Connection, query: Query, window: Window, asked: Asked, *, go_on: Callable[[], None]
) -> Picture:
    """The figures of a period and of the period before it, and of all rows of both; for `go_on` see `read_figures`."""
    reader = _Reader(database, asked, go_on)
    before = window.before(asked.now, asked.zone)
    now, then = (reader.count(query, each, times=True) for each in (window, before))
    meanings = read_meanings(database, reader.kinds)
    statuses, codes, countries, senders, services = (
        _rows(name, these, those, meanings)
        for name, these, those in zip(GROUPS, now.groups(meanings), then.groups(meanings), strict=True)
    )
    return Picture(
        all=now.whole.figures(meanings),
        before=then.whole.figures(meanings),
        first=now.first,
        last=now.last,
        statuses=statuses,
        codes=codes,
        countries=countries,
        senders=senders,
        services=services,
        hours=tuple(
            PictureRow(str(hour), "", now.hours[hour].figures(meanings), then.hours[hour].figures(meanings))
            for hour in range(24)
        ),
        days=_days(now, then, window, before, meanings, asked),
    )


def read_known(database: sqlite3.Connection, asked: Asked, *, go_on: Callable[[], None]) -> Known:
    """What messages have that a query may name, the most frequent first; for `go_on` see `read_figures`."""
    reader = _Reader(database, asked, go_on)
    counts = reader.count(Query(), ALL, times=False)
    _, codes, countries, senders, _ = (
        [value for value, _ in sorted(group.items(), key=lambda each: (-each[1].codes.total(), each[0])) if value]
        for group in counts.groups(read_meanings(database, reader.kinds))
    )
    return Known(tuple(int(code) for code in codes if _code_term(code)), tuple(countries), tuple(senders))


# -- reading --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    database: sqlite3.Connection
    asked: Asked
    go_on: Callable[[], None]
    kinds: Kinds = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = Kinds(self.database)

    def count(self, query: Query, window: Window | None, *, times: bool) -> PeriodCounts:
        found = PeriodCounts(row_number(int(self.asked.now.timestamp()) - OVERDUE_SECONDS), self.asked.zone)
        if window is not None:
            found.add_all(self._columns(window.narrow(query)), times=times)
        return found

    def _columns(self, query: Query) -> Iterator[MessageColumns]:
        """The columns of all that matches, in short pieces."""
        criteria, first, end = split_period(query, self.asked)
        criteria = tuple(map(self._by_own_side, criteria))
        if not criteria:
            yield from self._by_kind(None, None, first, end)
        elif all(map(is_told_by_kinds, criteria)):
            condition = AllOf(criteria).condition(self.asked)
            sql = f"SELECT id FROM kinds WHERE {condition.sql}"  # noqa: S608
            found = cast("Iterator[tuple[int]]", self.database.execute(sql, condition.values))
            yield from self._by_kind(condition, {number for (number,) in found}, first, end)
        else:
            yield from self._by_row(find_rows(self.database, query, self.asked))

    def _by_own_side(self, criterion: Criterion) -> Criterion:
        """The same in other words where a number is met on the account's side only: then the kinds tell."""
        match criterion:
            case Party():
                ids = criterion.address.ids()
                sql = f"SELECT 1 FROM others WHERE id IN ({ids.sql}) LIMIT 1"  # noqa: S608
                if self.database.execute(sql, ids.values).fetchone() is None:
                    return criterion.on_own_side()
                return criterion
            case Not(inner):
                return Not(self._by_own_side(inner))
            case AllOf(criteria) | AnyOf(criteria):
                return replace(criterion, criteria=tuple(map(self._by_own_side, criteria)))
            case _:
                return criterion

    def _by_kind(
        self, condition: Condition | None, wanted: set[int] | None, first: int, end: int
    ) -> Iterator[MessageColumns]:
        """What is of the wanted kinds, or meets the same condition where columns are not kept."""
        for day in days_with_messages(self.database, first, end):
            self.go_on()
            begin = day * ROWS_OF_A_DAY
            columns = read_day(self.database, day, self.kinds)
            if columns is None:
                yield read_messages_of(
                    self.database, max(first, begin), min(end, begin + ROWS_OF_A_DAY), self.kinds, condition
                )
                continue
            if first > begin or end < begin + ROWS_OF_A_DAY:
                columns = _between(columns, first, end)
            yield columns if wanted is None else _with(columns, map(wanted.__contains__, columns.kinds))

    def _by_row(self, rows: array[int]) -> Iterator[MessageColumns]:
        """The columns of some rows."""
        at = 0
        if len(rows) <= _FEW:
            at = len(rows)
            yield read_rows(self.database, rows, self.kinds)
        while at < len(rows):
            self.go_on()
            begin = rows[at] // ROWS_OF_A_DAY * ROWS_OF_A_DAY
            upto = bisect_left(rows, begin + ROWS_OF_A_DAY, at)
            columns = read_day(self.database, begin // ROWS_OF_A_DAY, self.kinds)
            if columns is None:
                # Days without kept columns are read together: most have few messages.
                upto = max(upto, min(at + _FEW, len(rows)))
                yield read_rows(self.database, rows[at:upto], self.kinds)
            else:
                wanted = {row - begin for row in rows[at:upto]}
                yield _with(columns, map(wanted.__contains__, columns.places))
            at = upto


def _between(columns: MessageColumns, first: int, end: int) -> MessageColumns:
    """The messages from one row on and before another."""
    low, high = (bisect_left(columns.places, row - columns.base) for row in (first, end))
    return MessageColumns(columns.base, columns.places[low:high], columns.codes[low:high])


def _with(columns: MessageColumns, chosen: Iterator[bool]) -> MessageColumns:
    """The messages that are chosen."""
    mask = bytes(chosen)
    places, codes = columns.places, columns.codes
    if mask.count(1) == len(mask):
        return columns
    return MessageColumns(
        columns.base, type(places)("I", compress(places, mask)), type(codes)("Q", compress(codes, mask))
    )


# -- rows -----------------------------------------------------------------------------------------------


def _rows(
    name: str, now: dict[str, CodeCounts], then: dict[str, CodeCounts], meanings: Sequence[Meaning]
) -> tuple[PictureRow, ...]:
    rows = (
        PictureRow(
            value,
            _TERMS[name](value),
            counts.figures(meanings),
            then[value].figures(meanings) if value in then else NO_FIGURES,
            _countries(counts, meanings) if name == "code" else (),
        )
        for value, counts in now.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.figures.count, row.value)))


def _countries(counts: CodeCounts, meanings: Sequence[Meaning]) -> tuple[tuple[str, int], ...]:
    countries, place = Counter[str](), GROUPS.index("country")
    for code, n in counts.codes.items():
        countries[meanings[code >> 32].values[place] or ""] += n
    return tuple(sorted(countries.items(), key=lambda each: (-each[1], each[0])))


def _days(
    now: PeriodCounts,
    then: PeriodCounts,
    window: Window,
    before: Window | None,
    meanings: Sequence[Meaning],
    asked: Asked,
) -> tuple[PictureRow, ...]:
    """The local days of the period; each beside the one with the same place in the period before."""
    known = sorted(day for day in now.days if day != NO_DAY)
    begins = _day_of(window.since, asked.zone) if window.since.timestamp() > 0 else known[0] if known else None
    rows: list[PictureRow] = []
    if NO_DAY in now.days:
        rows.append(PictureRow("", "", now.days[NO_DAY].figures(meanings)))
    if begins is None:
        return tuple(rows)
    last = _day_of(asked.now, asked.zone)
    if window.until is not None:
        last = min(last, _day_of(window.until - timedelta(seconds=1), asked.zone))
    back = 0 if before is None else begins - _day_of(before.since, asked.zone)
    for day in (*range(begins, last + 1), *(day for day in known if day > last)):
        value = date.fromordinal(day).isoformat()
        these, those = now.days.get(day), then.days.get(day - back)
        figures = NO_FIGURES if these is None else these.figures(meanings)
        rows.append(PictureRow(value, f"on:{value}", figures, NO_FIGURES if those is None else those.figures(meanings)))
    return tuple(rows)


def _day_of(instant: datetime, zone: tzinfo | None) -> int:
    return instant.astimezone(zone).toordinal()


# -- terms ----------------------------------------------------------------------------------------------


def _status_term(status: str) -> str:
    return f"status:{status}" if status in STATUSES else ""


def _code_term(code: str) -> str:
    return f"code:{code}" if code.isascii() and code.isdecimal() and len(code) <= 12 else ""


def _country_term(country: str) -> str:
    if not country:
        return "country:unknown"
    return f"country:{country}" if country.upper() == country and country_name(country) else ""


def _own_term(address: str) -> str:
    if not address:
        return "own:unknown"
    # What a query would read as something else.
    if set(QUOTES) & set(address) or not address.isprintable() or address != address.strip():
        return ""
    if address.lower() in UNKNOWN:
        return ""
    return f"own:{address}" if address.isascii() and not set(" ,()/") & set(address) else f'own:"{address}"'


def _service_term(service: str) -> str:
    if not service:
        return "-service:any"
    return f"service:{service}" if is_sid(service, "MG") else ""


_TERMS: Final[dict[str, Callable[[str], str]]] = {
    "status": _status_term,
    "code": _code_term,
    "country": _country_term,
    "own": _own_term,
    "service": _service_term,
}
