"""Totals: their lines and words, and a dialog whose rows narrow the query."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screens.queries.desk import desk
from tui.archive.query_parser import parse
from tui.archive.statistics import Tally, Totals, TotalsRow
from tui.screens.messages.totals_dialog import (
    MOST_ROWS,
    TotalsDialog,
    TotalsList,
    bar,
    list_totals,
    say_sums,
    say_title,
)
from tui.services.message_archive import SyncStatus

NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)


def usd(cost):
    return {"USD": Decimal(cost)}


TOTALS = Totals(
    Tally(9, 14, usd("0.1234"), 7),
    inbound=2,
    statuses=(
        TotalsRow("undelivered", "status:undelivered", Tally(6, 10, usd("0.1"), 6)),
        TotalsRow("failed", "status:failed", Tally(3, 4, usd("0.0234"), 1)),
    ),
    codes=(TotalsRow("30007", "code:30007", Tally(3)), TotalsRow("99999", "code:99999", Tally(1))),
    countries=(TotalsRow("US", "country:US", Tally(8)), TotalsRow("", "country:unknown", Tally(1))),
    numbers=(TotalsRow("+14155550100", "with:+14155550100", Tally(8)), TotalsRow("", "", Tally(1))),
)


class Archive:
    """Has these totals once it may answer."""

    status = SyncStatus(connected=True, looked=True)

    def __init__(self, totals, of=89):
        self.totals_are, self.of = totals, of
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = []

    async def totals(self, query):
        await self.may_answer.wait()
        text = " ".join(term.text for term in query.terms)
        first, self.asked = not self.asked, [*self.asked, text]
        return self.totals_are if first else Totals(Tally(self.of))


async def opened(pilot, text, archive, **options):
    session, answers = pilot.app.session, []
    session.archive = archive
    session.clock = lambda: NOW
    dialog = TotalsDialog(session, text, **options)
    pilot.app.push_screen(dialog, answers.append)
    await pilot.pause()
    return dialog, answers


def test_every_part_has_a_heading_and_a_row_says_what_it_is_about():
    words = [
        line.words for line in list_totals(TOTALS, lambda each: "On-call alerts" if each == "+14155550100" else "")
    ]
    assert words == [
        "Status",
        "✗ undelivered",
        "✗ failed",
        "Error code",
        "30007 carrier filtered",
        "99999 not known here",
        "Country of the other side",
        "United States",
        "unknown",
        "Number or sender of ours",
        "+1 415 555 0100  On-call alerts",
        "not known yet",
    ]


def test_a_part_without_rows_has_no_heading_and_a_long_one_says_how_many_are_left_out():
    rows = tuple(TotalsRow(f"{n}", f"code:{n}", Tally(1)) for n in range(MOST_ROWS + 3))
    lines = list_totals(Totals(Tally(103), codes=rows), lambda _: "")
    assert lines[0].words == "Error code · 3 more are not listed"
    assert len(lines) == MOST_ROWS + 1


@given(st.floats(min_value=0, max_value=1, exclude_min=True), st.integers(1, 40))
def test_a_bar_is_never_nothing_never_too_long_and_the_largest_is_full(share, width):
    assert 1 <= len(bar(share, width)) <= width
    assert bar(1.0, width) == "█" * width


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", "9 messages"),
        ("is:problem", "9 problems of 89"),
        ("is:problem since:7d", "9 problems of 89 in the last 7 days"),
        ("since:7d", "9 messages in the last 7 days"),
        ("since:yesterday", "9 messages since yesterday"),
        ("on:today parcel", "9 messages of 89 today"),
        ("since:2026-03-01 until:2026-03-05", "9 messages since 2026-03-01 until 2026-03-05"),
    ],
)
def test_the_title_says_how_many_of_how_many_and_when(text, title):
    assert say_title(parse(text), 9, 89) == title


def test_one_is_no_plural():
    assert say_title(parse("is:problem"), 1, 2) == "1 problem of 2"


def test_the_sums_say_what_has_no_price_yet():
    assert say_sums(TOTALS) == "2 in, 7 out · 14 segments · 0.1234 USD · 2 without a price"
    assert say_sums(Totals(Tally(1, 1))) == "0 in, 1 out · 1 segment · no price yet"


@pytest.mark.parametrize(
    ("covered", "said"),
    [("", "Counted: what is loaded; L loads more."), ("all back to 7 Nov", "Counted: all back to 7 Nov.")],
)
async def test_what_the_totals_cover_is_said_as_above_the_list(tmp_path, text_of, until, covered, said):
    async with desk(tmp_path) as (pilot, _):
        await opened(pilot, "with:+14155550100", Archive(TOTALS), covered=covered)
        await until(pilot, lambda: said in text_of(pilot))


async def test_a_row_narrows_the_query(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, _):
        archive = Archive(TOTALS)
        dialog, answers = await opened(pilot, "is:problem since:7d", archive)
        await until(pilot, lambda: dialog.has_class("-counted"))
        await pilot.pause()
        assert "9 problems of 89 in the last 7 days" in text_of(pilot)
        # Of how many is asked for the period alone.
        assert archive.asked == ["is:problem since:7d", "since:7d"]
        await pilot.press("down", "down", "enter")
        assert answers == ["is:problem since:7d code:30007"]


async def test_escape_answers_nothing_and_a_row_of_the_query_itself_changes_nothing(tmp_path, until):
    async with desk(tmp_path) as (pilot, _):
        dialog, answers = await opened(pilot, "status:undelivered", Archive(TOTALS))
        await until(pilot, lambda: dialog.has_class("-counted"))
        await pilot.press("enter")
        assert answers == ["status:undelivered"]
        dialog, answers = await opened(pilot, "", Archive(TOTALS))
        await pilot.press("escape")
        assert answers == [None]


async def test_what_no_query_can_ask_for_says_so(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, _):
        dialog, answers = await opened(pilot, "", Archive(TOTALS))
        await until(pilot, lambda: dialog.has_class("-counted"))
        await pilot.press("end", "enter")
        await until(pilot, lambda: "There is no query for these." in text_of(pilot))
        assert answers == []


async def test_while_it_is_counted_that_is_said_and_escape_goes_back(tmp_path, text_of, until):
    async with desk(tmp_path) as (pilot, _):
        archive = Archive(TOTALS)
        archive.may_answer.clear()
        _, answers = await opened(pilot, "parcel", archive)
        await until(pilot, lambda: "Adding up…" in text_of(pilot))
        await pilot.press("escape")
        assert answers == [None]


async def test_nothing_that_matches_is_said_with_what_was_looked_through(tmp_path, text_of, until):
    async with desk(tmp_path) as (pilot, _):
        await opened(pilot, "parcel", Archive(Totals(), of=520))
        await until(pilot, lambda: "Nothing matches." in text_of(pilot))
        assert "0 messages of 520" in text_of(pilot)
        assert "Counted: " in text_of(pilot)


async def test_a_file_that_cannot_be_read_is_said(tmp_path, text_of, until):
    async with desk(tmp_path) as (pilot, _):
        archive = Archive(None)
        archive.status = SimpleNamespace(trouble="The archive cannot be read: disk full.")
        await opened(pilot, "", archive)
        await until(pilot, lambda: "The archive cannot be read: disk full." in text_of(pilot))


@pytest.mark.parametrize("size", [(40, 14), (80, 24), (120, 40)])
async def test_all_of_it_can_be_reached_in_any_window(tmp_path, until, text_of, size):
    async with desk(tmp_path, size=size) as (pilot, _):
        dialog, _ = await opened(pilot, "is:problem", Archive(TOTALS))
        await until(pilot, lambda: dialog.has_class("-counted"))
        await pilot.press("end")
        await pilot.pause()
        assert "not known yet" in text_of(pilot)
        assert pilot.app.screen.query_one(TotalsList).cursor == 11
