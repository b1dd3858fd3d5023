"""What the messages of a query add up to: how many, of which status, code, country and number, and what they cost."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from tui.archive.layout import DIRECTIONS, PRICE_UNIT, STATUSES, second_of
from tui.archive.matching import Condition
from tui.archive.searching import find_rows, looks_at_texts, one_pass

if TYPE_CHECKING:
    import sqlite3

    from tui.archive.matching import Asked
    from tui.archive.query import Query

_INBOUND: Final = DIRECTIONS.index("inbound")


@dataclass(frozen=True, slots=True)
class Tally:
    """What some messages add up to.

    Attributes:
        count: of messages.
        segments: of all of them together, as far as Twilio told.
        costs: currency → what they cost; nothing for what is not billed yet.
        billed: how many of them have a price.
    """

    count: int = 0
    segments: int = 0
    costs: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    billed: int = 0


@dataclass(frozen=True, slots=True)
class TotalsRow:
    """The messages that have something in common.

    Attributes:
        value: a status, an error code in digits, a region's code, an address; empty for unknown.
        term: what narrows a query to them, empty where no term can.
    """

    value: str
    term: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Totals:
    """What the messages of a query add up to. The rows of each list begin with the most messages.

    Attributes:
        first, last: when the oldest and the newest were sent, in seconds since 1970; None without any.
        codes: of those that have an error code only.
        countries: of the other side.
        numbers: the account's own side, sender or recipient; '' where Twilio names none.
    """

    all: Tally = field(default_factory=Tally)
    inbound: int = 0
    first: int | None = None
    last: int | None = None
    statuses: tuple[TotalsRow, ...] = ()
    codes: tuple[TotalsRow, ...] = ()
    countries: tuple[TotalsRow, ...] = ()
    numbers: tuple[TotalsRow, ...] = ()


_MANY: Final = 20_000
"""Rows that are added up one by one, each from its place."""

_MANY_BY_TEXT: Final = 300_000
"""The same where a text is asked for: 3 µs a row. Going over an index, each row would be looked up among those that
the index of texts gives, out of their order: 8 µs for each of these.
"""

_Key = str | int | None
_Group = tuple[_Key, int | None, str, int | None, int | None, _Key, int, int | None, int | None, int, int, int]

_GROUPS: Final = """
    SELECT status, code, country, own, currency, direction,
        count(*), sum(segments), sum(price), count(price), min(id), max(id)
    FROM messages {} GROUP BY status, code, country, own, currency, direction
"""


def read_totals(database: sqlite3.Connection, query: Query, asked: Asked) -> Totals:
    """Add up what matches a query. Of very many messages an index is read that has all it takes."""
    many = _MANY_BY_TEXT if looks_at_texts(query.criterion) else _MANY
    rows = find_rows(database, query, asked, many + 1)
    if len(rows) <= many:
        among = "NOT INDEXED WHERE id IN (SELECT value FROM json_each(?))"
        source = Condition(among, (json.dumps(rows.tolist()),))
    else:
        source = one_pass(database, query, asked)
    sql, values = _GROUPS.format(source.sql), source.values
    groups = cast("list[_Group]", database.execute(sql, values).fetchall())
    addresses = _texts(database, "SELECT id, address FROM addresses", {group[3] for group in groups})
    currencies = _texts(database, "SELECT id, text FROM terms", {group[4] for group in groups})
    everything = _Sum()
    inbound, ends = 0, list[int]()
    statuses, codes, countries, numbers = (defaultdict[str, _Sum](_Sum) for _ in range(4))
    for status, code, country, own, currency, direction, count, segments, price, billed, oldest, newest in groups:
        inbound += count if direction == _INBOUND else 0
        ends += (oldest, newest)
        sums = [
            everything,
            statuses[STATUSES[status] if isinstance(status, int) else status or ""],
            countries[country],
            numbers[addresses.get(own, "")],
            *([] if code is None else [codes[str(code)]]),
        ]
        for each in sums:
            each.add(count, segments or 0, currencies.get(currency, ""), price, billed)
    return Totals(
        everything.tally(),
        inbound,
        second_of(min(ends)) if ends else None,
        second_of(max(ends)) if ends else None,
        _rows(statuses, lambda status: f"status:{status}" if status in STATUSES else ""),
        _rows(codes, lambda code: f"code:{code}"),
        _rows(countries, lambda country: f"country:{country or 'unknown'}"),
        _rows(numbers, _with),
    )


@dataclass(slots=True)
class _Sum:
    """A tally that grows."""

    count: int = 0
    segments: int = 0
    billed: int = 0
    prices: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, count: int, segments: int, currency: str, price: int | None, billed: int) -> None:
        self.count += count
        self.segments += segments
        self.billed += billed
        if price is not None:
            self.prices[currency] = self.prices.get(currency, 0) + price

    def tally(self) -> Tally:
        # A price has a minus where something was charged.
        costs = {currency: -Decimal(price) / PRICE_UNIT for currency, price in sorted(self.prices.items())}
        return Tally(self.count, self.segments, costs, self.billed)


def _rows(sums: Mapping[str, _Sum], term: Callable[[str], str]) -> tuple[TotalsRow, ...]:
    found = sorted(sums.items(), key=lambda entry: (-entry[1].count, entry[0]))
    return tuple(TotalsRow(value, term(value), each.tally()) for value, each in found)


def _with(address: str) -> str:
    """The term for one of the account's addresses."""
    if not address or '"' in address:
        return ""
    return f"with:{address}" if address.isascii() and not set(" ,()") & set(address) else f'with:"{address}"'


def _texts(database: sqlite3.Connection, select: str, ids: Iterable[int | None]) -> dict[int | None, str]:
    sql = f"{select} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
    found = database.execute(sql, (json.dumps([each for each in ids if each is not None]),)).fetchall()
    return dict(cast("list[tuple[int | None, str]]", found))
