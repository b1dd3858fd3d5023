"""Load history: which periods, what is said while it runs, and that the dialog only starts and stops it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.screens.queries.desk import desk
from tui.archive.coverage import Coverage, Span
from tui.archive.history_load import LoadProgress
from tui.screens.history_dialog import LoadHistoryDialog, describe_load, first_days, say_kept, say_period
from tui.services.session import EventType, SessionEvent

NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
RUNNING = LoadProgress(
    date(2026, 1, 1),
    days_done=21,
    days_total=70,
    messages=12_345,
    rate=830.4,
    seconds_left=134.0,
    reached=date(2026, 2, 19),
)


class Archive:
    """Remembers what it was told."""

    def __init__(self, history=None, since=1_770_000_000):
        self.history, self.coverage = history, Coverage((Span(since, int(NOW.timestamp())),))
        self.load, self.error, self.told = None, None, []

    @property
    def status(self):
        return SimpleNamespace(load=self.load, error=self.error, unread=0)

    def start_load(self, since, *, again=False):
        self.told.append((since, again))
        self.load = replace(RUNNING, since=since)

    def stop_load(self):
        self.told.append("stop")
        self.load = replace(self.load, running=False)


async def opened(pilot, archive):
    session = pilot.app.session
    session.archive, session.clock = archive, lambda: NOW
    pilot.app.push_screen(LoadHistoryDialog(session))
    await pilot.pause()


def test_the_periods_begin_with_local_days(be_in):
    be_in("Pacific/Auckland")
    late = datetime(2026, 3, 11, 18, 0, tzinfo=UTC)
    assert list(first_days(late).values()) == [date(2026, 3, 5), date(2026, 2, 10), date(2026, 1, 1), None]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {},
            [
                "Loading all since 1 Jan",
                "21 of 70 days complete, back to 19 Feb",
                "████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 30%",
                "12,345 messages read · 830 a second · about 2 min left",
            ],
        ),
        (
            {"since": None, "days_total": None, "reached": None, "rate": 0.0, "seconds_left": None},
            ["Loading all there is", "21 days complete", "12,345 messages read"],
        ),
        ({"running": False, "finished": True}, ["Finished: all since 1 Jan is here. 12,345 messages read."]),
        ({"running": False}, ["Stopped. Of all since 1 Jan, 21 of 70 days are here; starting again goes on there."]),
        (
            {"running": False, "trouble": "Twilio refused the credentials."},
            [
                "Stopped: Twilio refused the credentials.",
                "Of all since 1 Jan, 21 of 70 days are here; starting again goes on there.",
            ],
        ),
    ],
)
def test_how_far_it_is_is_said_in_a_few_lines(changes, lines):
    assert describe_load(replace(RUNNING, **changes), NOW) == lines


def test_a_wait_that_twilio_asks_for_is_counted_down():
    waiting = replace(RUNNING, waiting_until=NOW + timedelta(seconds=12))
    assert describe_load(waiting, NOW)[-1] == "Twilio asks to wait 12 s."
    assert describe_load(waiting, NOW + timedelta(seconds=13))[-1] == describe_load(RUNNING, NOW)[-1]


@pytest.mark.parametrize(
    ("first", "history", "words"),
    [
        (date(2026, 2, 9), None, "complete: read it again"),
        (date(2026, 1, 1), None, "since 1 Jan"),
        (date(2025, 12, 1), None, "since 1 Dec 2025"),
        (date(2026, 1, 1), 30, "the last 30 days: no more is kept"),
        (None, 90, "the last 90 days: no more is kept"),
        (None, None, "as far as Twilio keeps it"),
    ],
)
def test_a_period_says_when_it_begins_why_it_is_shorter_or_that_it_is_here(first, history, words):
    assert say_period(first, Archive(history), NOW) == words


def test_all_there_is_is_complete_once_the_beginning_was_reached():
    assert say_period(None, Archive(since=0), NOW) == "complete: read it again"


def test_how_long_messages_are_kept_is_said():
    assert say_kept(Archive(30), NOW).endswith("30 days are kept; History in Connections changes that.")


async def test_a_period_is_loaded_stopped_and_the_dialog_can_be_left_meanwhile(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, screen):
        archive = Archive()
        await opened(pilot, archive)
        assert "Here by now: all since 2 Feb." in text_of(pilot)
        await pilot.press("down", "down", "enter")
        assert archive.told == [(date(2026, 1, 1), False)]
        await until(pilot, lambda: "21 of 70 days complete" in text_of(pilot))
        assert "this year" not in text_of(pilot)
        # One at a time.
        await pilot.press("4", "enter")
        assert archive.told == [(date(2026, 1, 1), False)]
        await pilot.press("escape")
        assert pilot.app.screen is screen
        assert archive.load.running
        await opened(pilot, archive)
        await until(pilot, lambda: "21 of 70 days complete" in text_of(pilot))
        await pilot.press("s")
        assert archive.told[1:] == ["stop"]
        await until(pilot, lambda: "this year" in text_of(pilot))
        assert "Stopped. Of all since 1 Jan" in text_of(pilot)
        await pilot.press("4")
        assert archive.told[2:] == [(None, False)]


async def test_the_end_of_it_is_shown_when_the_session_says_so(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, _):
        archive = Archive()
        await opened(pilot, archive)
        await pilot.press("1")
        # In UTC, the local days of this machine may begin a day earlier.
        since, again = archive.told[0]
        assert since <= date(2026, 3, 4)
        assert again
        archive.load = replace(archive.load, running=False, finished=True)
        archive.coverage = Coverage((Span(0, int(NOW.timestamp())),))
        pilot.app.session.publish(SessionEvent(EventType.SYNC))
        await until(pilot, lambda: "Finished: " in text_of(pilot))
        assert text_of(pilot).count("complete: read it again") == 4


async def test_what_is_in_the_way_is_said(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, _):
        archive = Archive()
        archive.error = ValueError("Twilio cannot be reached.\x1b")
        await opened(pilot, archive)
        await until(pilot, lambda: "What is new could not be read. Twilio cannot be reached.␛" in text_of(pilot))


async def test_without_a_connection_that_is_said_and_nothing_is_begun(tmp_path, text_of):
    async with desk(tmp_path) as (pilot, _):
        await opened(pilot, None)
        await pilot.press("1", "s")
        assert "There is no connection." in text_of(pilot)
