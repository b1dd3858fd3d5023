"""What is said above the list, below it, and in its place."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.coverage import Coverage, Span
from tui.archive.history_load import LoadProgress
from tui.screens.messages.loader import ListState
from tui.screens.messages.summary import edge_words, explain_emptiness, summarise
from tui.services.message_archive import SyncStatus
from tui.twilio.errors import ApiError, InvalidRequest

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SESSION: Any = SimpleNamespace(clock=lambda: NOW, account=SimpleNamespace(sandbox=True, client=SimpleNamespace()))
SESSION.account.client.policy = SimpleNamespace(origin="https://api.twilio.com")
SESSION.opening = ""
SUSPENDED = ApiError(403, 20003, "Account is suspended")
LIVE = SyncStatus(connected=True, looked=True)
DOWN = ApiError(503, None, "Oh")
OFFLINE = replace(LIVE, error=DOWN, offline_since=NOW - timedelta(seconds=42), next_try=NOW + timedelta(seconds=8))


def second(day: int, month: int = 11) -> int:
    return int(datetime(2026, month, day, tzinfo=UTC).timestamp())


SINCE = Coverage((Span(second(1, 9), second(23)),))
WITH_A_GAP = Coverage((Span(second(30, 10), second(5)), Span(second(9), second(23))))
ALL = Coverage((Span(0, second(23)),))
STATE = ListState(LIVE, total=89, coverage=SINCE)
LOADING = LoadProgress(since=None, days_done=12, days_total=90, seconds_left=130)


@pytest.fixture(autouse=True)
def utc(be_in):
    be_in("UTC")


def above(state: ListState = STATE, width: int = 120, step: int = 1, **more: Any) -> str:
    line = summarise(replace(state, **more), NOW, width, step=step).plain
    assert len(line) == width
    return line


def test_the_line_counts_what_is_here_and_what_matches_and_says_what_that_covers():
    assert above().startswith(" 89 messages · all since 1 Sep")
    assert above(found=9).startswith(" 9 of 89 loaded · all since 1 Sep")
    assert " 200+ of 89" in above(found=200, counting=True)
    assert " 1 message ·" in above(total=1)
    assert above(above=3, found=9, marked=2).startswith(" 9 of 89 loaded · ▲ 3 new · 2 marked ")
    assert above(total=0).startswith(" 0 messages ·")
    assert "all there are" in above(coverage=ALL)
    assert "since 1 Sep; L loads more" in above(more_below=True, more_to_load=True)
    assert "since 30 Oct, but for 1 gap; L loads more" in above(coverage=WITH_A_GAP)
    assert "all that Twilio has" in above(found=3, searched=True, complete=True)
    assert "all back to 13 Nov" in above(found=3, searched=True, back_to=NOW - timedelta(days=10))


def test_before_twilio_has_answered_none_is_no_number():
    unknown = {"total": 0, "coverage": None}
    assert above(status=SyncStatus(), **unknown).startswith(" Messages  ")
    assert above(status=replace(OFFLINE, looked=False), error=DOWN, **unknown).startswith(" Messages · ")


def test_a_query_whose_time_is_complete_here_has_all_of_it_however_far_twilio_was_asked():
    state = replace(STATE, found=3, more_below=True, more_to_load=True, period_complete=True)
    assert "3 of 89 loaded · all of this period" in above(state)
    assert "all of this period" in above(state, searched=True, back_to=NOW - timedelta(days=10))
    assert edge_words(state) == "that is all"
    assert edge_words(replace(state, searched=True)) == "that is all"
    assert "What is here: all of this period." in in_place(replace(state, found=0), "since:7d parcel")


def test_loading_more_is_offered_only_where_more_would_be_kept():
    state = replace(STATE, more_below=True)
    assert "all since 1 Sep" in above(state)
    assert edge_words(replace(state, found=3)) == "older ones are not kept"
    assert "L loads more" not in in_place(replace(state, found=0), "parcel")
    assert "L loads more" in above(state, more_to_load=True)


def test_the_count_and_the_sign_stand_apart_however_narrow_it_is():
    assert above(STATE, width=20) == " 89 messages ● live "


def test_the_line_ends_with_the_zone_and_with_whether_it_is_live():
    assert above().endswith("UTC  ● live ")
    assert above(status=replace(LIVE, watching=False)).endswith("◌ not watching ")
    assert above(status=SyncStatus()).endswith("◌ connecting ")
    assert above(status=SyncStatus(), opening=False).endswith("○ not connected ")
    assert above(status=OFFLINE).endswith("○ offline 0:42, next try 8 s ")


def test_what_twilio_refuses_is_not_called_offline():
    assert "○ refused 0:42" in above(status=replace(OFFLINE, error=SUSPENDED), error=SUSPENDED)


def test_a_clock_goes_on_in_steps():
    assert "○ offline 0:40, trying" in above(status=OFFLINE, step=10)


def test_what_is_under_way_is_said():
    assert "loading 12 of 90 days · 2 min left" in above(status=replace(LIVE, load=LOADING))
    assert "asking…" in above(status=replace(LIVE, asking=True))
    waits = replace(LOADING, waiting_until=NOW + timedelta(seconds=5))
    assert "Twilio asks to wait 5 s" in above(status=replace(LIVE, load=waits))


def test_trouble_is_named_with_what_to_press():
    assert "r: try again. Twilio does not permit this" in above(status=LIVE, error=SUSPENDED)
    assert "messages · Twilio does not permit this" in above(status=OFFLINE, error=SUSPENDED)
    # Whole where the line is narrow.
    narrow = summarise(replace(STATE, status=OFFLINE, error=SUSPENDED), NOW, 80, hint="6 then e edits acme.").plain
    assert " 89 messages · 6 then e edits acme. Twilio does" in narrow
    assert "The disk is full." in above(status=replace(LIVE, trouble="The disk is full."))
    assert "could not be opened" in above(status=SyncStatus(), opening=False, refusal="bad could not be opened.")


FLAGS = st.fixed_dictionaries(
    {
        "status": st.sampled_from([LIVE, OFFLINE, SyncStatus(), replace(LIVE, load=LOADING)]),
        "total": st.integers(0, 10**7),
        "found": st.none() | st.integers(0, 10**7),
        "coverage": st.sampled_from([Coverage(), SINCE, WITH_A_GAP, ALL]),
        "more_below": st.booleans(),
        "error": st.sampled_from([None, SUSPENDED]),
    }
)


@given(more=FLAGS, width=st.integers(48, 200))
def test_however_narrow_count_and_sign_are_whole_and_nothing_else_is_cut_off_without_a_sign(more: Any, width: int):
    wide, line = above(**more, width=240), above(**more, width=width)
    signs = ("● live", "◌ connecting", "○ offline 0:42")
    assert next(sign for sign in signs if sign in wide) in line
    said = [piece.removesuffix("…") for piece in re.split(r"  +| · ", line.strip())]
    assert said[0] == re.split(r"  +| · ", wide.strip())[0]
    assert [piece for piece in said if piece not in wide] == []


def test_below_the_last_message_it_is_said_what_is_known_of_older_ones():
    assert edge_words(replace(STATE, more_below=True)) == "older ones are loaded as you move down"
    assert edge_words(replace(STATE, more_below=True, status=replace(LIVE, loading=True))) == "loading older ones…"
    assert edge_words(replace(STATE, more_below=True, status=SyncStatus())) == "older ones come once Twilio answers"
    assert "r tries again" in edge_words(replace(STATE, more_below=True, error=SUSPENDED))
    assert edge_words(replace(STATE, coverage=ALL)) == "that is all"
    assert edge_words(STATE) == "older ones are not kept"
    some = replace(STATE, found=3, more_below=True, more_to_load=True)
    assert edge_words(some).endswith("L loads more")
    # Only a whole number is asked of Twilio; who wrote another is told how to write it.
    for typed, told in (("(416) 555-0175", True), ("+14165550175", False), ("30007", False), ("00 44 7700", False)):
        assert ("+ before a number asks Twilio" in edge_words(some, typed)) is told
        assert ("Written with + and its country" in in_place(replace(some, found=0), typed)) is told
    assert edge_words(replace(STATE, found=3, searched=True, complete=True)) == "that is all"
    assert edge_words(replace(STATE, found=3, searched=True)) == "older ones are asked for as you move down"
    assert "r tries again" in edge_words(replace(STATE, found=3, searched=True, error=DOWN))


def in_place(state: ListState, text: str = "", session: Any = SESSION) -> str:
    return str(explain_emptiness(state, session, text))


def test_where_nothing_is_found_it_is_said_what_was_tried_what_it_covers_and_what_to_press():
    nothing = replace(STATE, found=0, more_below=True, more_to_load=True)
    words = in_place(nothing, "parcel is:problem")
    assert "None of the 89 messages here match: parcel is:problem." in words
    assert "since 1 Sep; L loads more" in words
    assert "/ changes the query, esc drops it." in words
    assert "Twilio has none either." in in_place(replace(nothing, searched=True, complete=True), "to:+1")
    assert "Twilio is being asked as well" in in_place(replace(nothing, searched=True, searching=True), "to:+1")
    offline = in_place(replace(nothing, searched=True, error=SUSPENDED), "to:+1")
    assert "Twilio could not be asked" in offline
    assert "r tries again." in offline


def test_an_empty_list_says_whether_it_was_read():
    assert "Loading messages" in in_place(ListState(SyncStatus(connected=True)))
    assert "No messages yet." in in_place(ListState(LIVE, coverage=ALL))
    assert "The messages could not be read." in in_place(ListState(OFFLINE, error=SUSPENDED))
    assert "L loads older ones." in in_place(ListState(LIVE, coverage=SINCE, more_below=True))


def test_refused_credentials_name_the_keys_that_edit_the_connection():
    def words(error: ApiError, **account: Any) -> str:
        client = SimpleNamespace(policy=SimpleNamespace(origin="https://api.twilio.com"))
        used = SimpleNamespace(**{"name": "harbor", "sandbox": False, "client": client} | account)
        saved = SimpleNamespace(connections=SimpleNamespace(names=("harbor",)))
        session: Any = SimpleNamespace(account=used, saved=saved, clock=SESSION.clock, opening="")
        return in_place(ListState(LIVE, error=error), session=session)

    refused = ApiError(401, 20003, "Authenticate")
    assert "\n6 then e edits harbor.\n" in words(refused)
    assert "edits" not in words(SUSPENDED)
    assert "edits" not in words(refused, sandbox=True)
    assert "edits" not in words(refused, name="removed meanwhile")


def test_a_connection_that_does_not_open_is_named():
    trouble = InvalidRequest("api_key_secret", "The environment variable HARBOR is not set.", "Set it.")
    session: Any = SimpleNamespace(account=None, opening="", failed="harbor", trouble=trouble)
    words = in_place(ListState(), session=session)
    assert "harbor could not be opened." in words
    assert "HARBOR is not set" in words


def test_the_first_picture_of_a_start_with_a_connection_says_that_it_is_being_opened(tmp_path, connection):
    from tui.app import TuilioApp
    from tui.cli import StartOptions
    from tui.services.session import Session
    from tui.storage.connections import Connections, save
    from tui.storage.paths import find_paths

    def first_words(start: StartOptions, *saved: Any) -> str:
        session = Session(find_paths(tmp_path / str(len(saved))))
        if saved:
            save(session.saved.file, Connections(list(saved)))
        app = TuilioApp(session, start)
        app.expect()
        return in_place(ListState(), session=session)

    assert "Opening sandbox…" in first_words(StartOptions(sandbox=True))
    assert "Opening harbor…" in first_words(StartOptions(connection="harbor"), connection)
    assert "Opening the connection…" in first_words(StartOptions(), connection)
    assert "No connection yet" in first_words(StartOptions())
