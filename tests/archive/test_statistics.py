"""Totals are what the messages of a query add up to, and each row narrows the query to its messages."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.archive import statistics
from tui.archive.layout import DIRECTIONS, STATUSES, TABLES, row_number
from tui.archive.matching import Asked
from tui.archive.query_parser import parse
from tui.archive.searching import find_rows
from tui.archive.statistics import Totals, read_totals
from tui.archive.text_index import prepare

ASKED = Asked(datetime(2026, 11, 28, 12, tzinfo=UTC), UTC)
COUNTRIES = ("DE", "FJ", "")
OWN = ("+14155550100", "whatsapp:+14155550101", "My Acme", None)


@pytest.fixture(autouse=True, params=[0, 1_000])
def either_plan(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Few messages are added up one by one, many in one pass; both come to the same."""
    monkeypatch.setattr(statistics, "_MANY", request.param)
    yield


def make(rows: list[tuple[object, ...]]) -> sqlite3.Connection:
    """An archive of messages: status, direction, own, country, code, segments, price, currency."""
    database = sqlite3.connect(":memory:")
    for statement in TABLES:
        database.execute(statement)
    prepare(database)
    for address in OWN[:3]:
        number = str(address).rpartition(":")[2]
        database.execute("INSERT INTO addresses (address, number, country) VALUES (?, ?, ?)", (address, number, ""))
    for n, country in enumerate(COUNTRIES):
        values = (10 + n, f"+99{n}", f"+99{n}", country)
        database.execute("INSERT INTO addresses (id, address, number, country) VALUES (?, ?, ?, ?)", values)
    for currency in ("USD", "EUR"):
        database.execute("INSERT INTO terms (text) VALUES (?)", (currency,))
    for n, (status, inbound, own, country, code, segments, price, currency) in enumerate(rows):
        database.execute(
            "INSERT INTO messages (id, sid, status, direction, other, own, country, code, segments, price, currency,"
            " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
            (
                *(
                    row_number(1_000 + n),
                    f"s{n}",
                    STATUSES.index(str(status)),
                    DIRECTIONS.index("inbound") if inbound else 1,
                ),
                *(
                    10 + COUNTRIES.index(str(country)),
                    own,
                    country,
                    code,
                    segments,
                    price,
                    None if price is None else currency,
                ),
            ),
        )
    return database


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["delivered", "failed", "sent", "received"]),
        st.booleans(),
        st.sampled_from([1, 2, 3, None]),
        st.sampled_from(COUNTRIES),
        st.sampled_from([None, 30003, 30007]),
        st.sampled_from([None, 1, 3]),
        st.sampled_from([None, -790, -5_000, 0]),
        st.sampled_from([1, 2]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sampled_from(["", "is:in", "-country:DE", "code:any or is:out", "since:3d"]))
def test_totals_are_sums_and_each_row_narrows_to_its_messages(rows: list[tuple[object, ...]], text: str):
    database = make(rows)
    query = parse(text)
    totals = read_totals(database, query, ASKED)
    found = [rows[row // 1024 - 1_000] for row in find_rows(database, query, ASKED)]
    assert totals.all.count == len(found)
    assert totals.inbound == sum(bool(row[1]) for row in found)
    assert totals.all.segments == sum(int(str(row[5] or 0)) for row in found)
    assert totals.all.billed == sum(row[6] is not None for row in found)
    costs = Counter[str]()
    for row in found:
        if row[6] is not None:
            costs[("USD", "EUR")[int(str(row[7])) - 1]] -= int(str(row[6]))
    assert totals.all.costs == {currency: Decimal(cost) / 100_000 for currency, cost in costs.items()}
    for part in (totals.statuses, totals.countries, totals.numbers):
        assert sum(row.tally.count for row in part) == len(found)
    for row in (*totals.statuses, *totals.codes, *totals.countries, *(each for each in totals.numbers if each.value)):
        assert len(find_rows(database, parse(f"({text}) {row.term}" if text else row.term), ASKED)) == row.tally.count


def test_the_first_and_the_last_are_told_with_their_times():
    totals = read_totals(make([("sent", False, 1, "DE", None, 1, None, 1)] * 3), parse(""), ASKED)
    assert (totals.first, totals.last) == (1_000, 1_002)


def test_of_nothing_there_is_nothing():
    assert read_totals(make([]), parse("is:in"), ASKED) == Totals()
