"""Figures in words: rates with what they are of, parts of time, and lines that are not broken within a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.coverage import Coverage, Span
from tui.archive.periods import read_window
from tui.archive.picture import Figures, Picture, PictureRow
from tui.archive.query_parser import parse
from tui.screens.delivery.export import csv_rows
from tui.screens.delivery.figure_lines import bar, list_lines
from tui.screens.delivery.figure_words import (
    flow,
    say_before,
    say_period,
    say_rate,
    say_window,
    say_within,
    sparkline,
    total_groups,
)
from tui.screens.delivery.head import Held, head_line, what_is_held
from tui.screens.delivery.period_choice import period_problem, take_period_out
from tui.screens.delivery.row_words import query_of_row
from tui.services.message_archive import MessageArchive, SyncStatus
from tui.twilio.errors import NoAnswer

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
NOW_FIGURES = Figures(
    count=1250, inbound=40, sent=1204, delivered=1157, undelivered=23, failed=12, pending=12, overdue=3,
    segments=1300, costs={"USD": Decimal("18.42"), "EUR": Decimal("1")}, billed=1200, timed=1100, median=3.1, p90=9.0,
    settled=1192, rate=1157 / 1192,
)  # fmt: skip


def test_rows_stand_in_the_order_of_what_is_shown_of_them():
    rows = tuple(
        PictureRow(region, f"country:{region}", Figures(count=sent + came, inbound=came, sent=sent))
        for region, sent, came in (("US", 7, 9), ("DE", 8, 0), ("FR", 0, 7))
    )
    lines = list_lines(Picture(countries=rows), str, NOW, only=lambda section: section == "country")
    assert [line.row.value for line in lines if line.row] == ["DE", "US", "FR"]


def test_a_rate_says_what_it_is_of_and_what_it_was_before():
    words = [text for text, _ in total_groups(NOW_FIGURES, Figures(sent=3, settled=2, delivered=2, rate=1.0))]
    assert words[:5] == [
        "1,204 sent",
        "97.1 % of 1,192 settled delivered, −2.9 (before: 100 % of 2)",
        "23 undelivered",
        "12 failed",
        "12 still out, 3 of them > 1 h",
    ]
    assert "median 3.1 s to delivery, 90 % within 9 s (of 1,100 timed)" in words
    # A currency is never added to another, and a server that names hundreds leaves the rows their room.
    many = {f"{chr(65 + n // 26)}{chr(65 + n % 26)}X": Decimal(1) for n in range(300)}
    assert "1.0000 ADX + 296 more currencies" in " ".join(
        text for text, _ in total_groups(replace(NOW_FIGURES, costs=many), None)
    )
    assert "1.0000 EUR + 18.4200 USD (1,200 of 1,250 priced)" in words


def test_without_the_period_before_nothing_is_compared():
    assert "before" not in " ".join(text for text, _ in total_groups(NOW_FIGURES, None))
    assert ("none settled yet", "muted") in total_groups(Figures(count=1, sent=1, pending=1), None)


def test_how_much_of_a_period_is_here_is_said_without_its_key_before_it_is_left_out():
    held = Held(words="since 25 Nov; L loads more")
    for width, words in ((80, " · since 25 Nov; L loads more "), (60, " · since 25 Nov ")):
        line = head_line("the last 7 days", held, SyncStatus(), None, NOW, width, counting=False)
        assert words in line.plain and line.cell_length == width


@given(st.integers(1, 10**7), st.data())
def test_all_and_none_are_said_only_where_it_is_all_or_none(settled: int, data: st.DataObject):
    delivered = data.draw(st.integers(0, settled))
    words = say_rate(delivered / settled)
    assert (words == "100 %") == (delivered == settled)
    assert (words == "0 %") == (delivered == 0)


@given(st.lists(st.text("ab ", min_size=1, max_size=30), max_size=9), st.integers(40, 200))
def test_no_figure_is_broken_and_none_is_lost(words: list[str], width: int):
    lines = flow([(each, "plain") for each in words], width).plain.split("\n")
    assert all(len(line) <= width for line in lines)
    assert sorted(" · ".join(words)) == sorted(" · ".join(line[1:] for line in lines if line))


@given(st.lists(st.integers(0, 9), max_size=200))
def test_a_sparkline_shows_nothing_only_where_nothing_was_sent(counts: list[int]):
    cells, size = sparkline([PictureRow(str(n), "", Figures(sent=count)) for n, count in enumerate(counts)])
    assert len(cells) <= 30
    if size == 1 and cells:
        assert [cell == "▁" for cell in cells] == [count == 0 for count in counts]


@given(st.floats(0, 1), st.integers(1, 60))
def test_a_bar_fits_and_is_nothing_for_nothing_alone(share: float, width: int):
    assert len(bar(share, width)) <= width
    assert bool(bar(share, width)) == (share > 0)


@pytest.mark.parametrize(
    ("text", "rest", "period"),
    [
        ("is:problem since:7d", "is:problem", "7d"),
        ("since:2026-11-01 until:2026-11-07 code:30007", "code:30007", "2026-11-01..2026-11-07"),
        ("since:2026-11-01", "", "2026-11-01.."),
        ("on:yesterday", "", "yesterday"),
        ("parcel", "parcel", ""),
        ("since:7d since:3d", "since:7d since:3d", "all"),
        ("-since:7d", "-since:7d", ""),
    ],
)
def test_the_period_of_a_query_becomes_that_of_the_place(text: str, rest: str, period: str):
    assert take_period_out(parse(text), parse, NOW) == (rest, period)
    assert not period or not period_problem(period, NOW)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "No period is typed"), ("nonsense", "is no period"), ("2026-11-07..2026-11-01", "ends before it begins")],
)
def test_a_period_that_cannot_be_read_is_refused_with_what_to_write(typed: str, words: str):
    assert words in period_problem(typed, NOW)


@pytest.mark.parametrize(
    "typed", ["today", "24h", "7d", "30d", "all", "2026-11-01..2026-11-07", "2026-11-01..", "2026-11-02"]
)
def test_a_window_is_called_as_the_period_it_came_from(typed: str):
    assert say_window(read_window(typed, NOW)) == say_period(typed)


def test_times_are_those_of_the_clocks_of_then(be_in: Callable[[str], None]):
    """Berlin put its clocks back on 25 October."""
    be_in("Europe/Berlin")
    window, days = read_window("30d", NOW), read_window("2026-10-20..2026-10-30", NOW)
    assert [say_before(before, NOW) for each in (window, days) if (before := each.before(NOW))] == [
        "29 Sep 00:00 – 29 Oct 13:00",
        "9 Oct – 19 Oct",
    ]
    picture = Picture(
        all=Figures(count=1),
        hours=tuple(PictureRow(str(hour), "", Figures()) for hour in range(24)),
        days=tuple(PictureRow(f"2026-10-{day}", "", Figures()) for day in (24, 25, 26)),
    )
    assert [line.words for line in list_lines(picture, str, NOW, only="hour".__eq__) if line.heading] == [
        "Hour CEST, CET"
    ]


def test_a_file_compares_with_no_period_that_is_not_all_here():
    before = Figures(count=3, sent=2, delivered=1, settled=2)
    picture = Picture(all=NOW_FIGURES, before=before, codes=(PictureRow("30007", "code:30007", NOW_FIGURES, before),))

    def of_before(*, compared: bool) -> list[tuple[object, ...]]:
        rows = csv_rows(picture, compared=compared, query="", terms="since:7d", name_of=str)
        return [row[-4:] for row in rows][1:]

    assert of_before(compared=True) == [(3, 2, 1, 2)] * 2
    assert of_before(compared=False) == [(None,) * 4] * 2


@pytest.mark.parametrize(
    "status", [SyncStatus(looked=True), SyncStatus(), SyncStatus(looked=True, error=NoAnswer("No.", sent=False))]
)
def test_the_period_before_is_here_whether_or_not_twilio_answers_now(status: SyncStatus):
    last = int(NOW.timestamp()) - 7_200
    window = read_window("7d", NOW)
    before = window.before(NOW)
    assert before is not None
    for first, held in ((before.seconds()[0], True), (before.seconds()[0] + 1, False)):
        coverage = Coverage((Span(first, last),))
        archive = cast("MessageArchive", SimpleNamespace(status=status, coverage=coverage, more_to_load=True))
        assert what_is_held(archive, window, NOW).before is held
        # What came since the last look is another matter.
        assert what_is_held(archive, window, NOW).whole is (status.looked and status.error is None)


@pytest.mark.parametrize(
    ("query", "period", "term", "opens"),
    [
        ("", "7d", "code:30007", "since:7d code:30007"),
        ("parcel", "2026-11-01..2026-11-07", "country:DE", "parcel since:2026-11-01 until:2026-11-07 country:DE"),
        ("code:30007 is:out", "7d", "code:30007", "code:30007 is:out since:7d"),
        # One of two is not what is asked for.
        ("code:30007 or code:30003", "7d", "code:30007", "code:30007 or code:30003 since:7d code:30007"),
        ("is:out", "7d", "on:2026-11-28", "is:out on:2026-11-28"),
        ("", "all", "on:2026-11-28", "on:2026-11-28"),
        # Of that day only the evening is of the last 24 hours.
        ("", "24h", "on:2026-11-28", "since:24h on:2026-11-28"),
        ("", "24h", "on:2026-11-29", "on:2026-11-29"),
        ("", "2026-11-28T08:00..2026-11-29", "on:2026-11-28", "since:2026-11-28t08:00 until:2026-11-29 on:2026-11-28"),
    ],
)
def test_a_row_opens_the_messages_that_were_counted_for_it(
    query: str, period: str, term: str, opens: str, be_in: Callable[[str], None]
):
    be_in("Europe/Berlin")
    assert query_of_row(parse(query), read_window(period, NOW), term) == opens
    parse(opens)


def test_periods_have_names():
    assert [say_period(each) for each in ("7d", "ALL", "2026-11-01..2026-11-07", "2026-11-01..")] == [
        "the last 7 days",
        "all time",
        "2026-11-01 to 2026-11-07",
        "since 2026-11-01",
    ]


@pytest.mark.parametrize(
    ("period", "words"),
    [
        *(("7d", "in the last 7 days"), ("today", "of today"), ("month", "of this month"), ("all", "of all time")),
        *(("2026-11-01..", "since 2026-11-01"), ("2026-11-01..2026-11-07", "of 2026-11-01 to 2026-11-07")),
    ],
)
def test_what_is_of_a_period_is_said_in_plain_english(period, words):
    assert say_within(period) == words
