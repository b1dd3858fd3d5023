"""Drafts that need no screen: their readings, what is kept, what counts as a twin, what the review says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.screens.sending.draft import (
    NAMES,
    DraftFields,
    DraftReading,
    SavedDrafts,
    read_draft,
    read_saved_drafts,
    unspent,
)
from tui.screens.sending.review import ReviewContext, duplicate_warning, review_facts
from tui.screens.sending.send_time import explain_send_at
from tui.storage.journal import JournalEntry, JournalState
from tui.twilio.drafts import Draft

BERLIN = ZoneInfo("Europe/Berlin")


NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


texts = st.text(max_size=20)


typed_texts = st.builds(DraftFields, **dict.fromkeys(NAMES, texts))


@given(typed_texts, typed_texts)
def test_what_is_typed_comes_back_from_storage_verbatim(draft, aside):
    desk = SavedDrafts(draft, aside)
    assert read_saved_drafts(desk.texts()) == desk


@given(typed_texts)
def test_any_texts_can_be_read_and_what_has_no_problem_has_a_form(typed):
    reading = read_draft(typed, now=NOW)
    assert reading.problems or reading.draft.form()


@pytest.mark.parametrize(
    ("fields", "words", "tone"),
    [
        ({"send_at": ""}, "", "plain"),
        ({"send_at": "tomorrow 9:00"}, "= Tue 24 Nov 09:00 CET", "plain"),
        (
            {"send_at": "tomorrow 19:00", "to": "+14155550123"},
            "= Tue 24 Nov 19:00 CET · 10:00 there (Los Angeles, by the area code)",
            "plain",
        ),
        (
            {"send_at": "tomorrow 5:00", "to": "whatsapp:+14155550123"},
            "= Tue 24 Nov 05:00 CET · Mon 20:00 there (Los Angeles, by the area code)",
            "plain",
        ),
        (
            {"send_at": "tomorrow 6:30", "to": "+4915112345678"},
            "= Tue 24 Nov 06:30 CET · 06:30 there (Berlin): at night",
            "warn",
        ),
        (
            {"send_at": "tomorrow 6:30", "to": "+4915112345678", "from_": "+493012345678"},
            "= Tue 24 Nov 06:30 CET · Only a messaging service can send later. Choose a service (MG…) as the sender.",
            "warn",
        ),
        (
            {"send_at": "tomorrow 9:00", "to": "+61412345678"},
            "= Tue 24 Nov 09:00 CET · 14:30 to 19:00 there (several time zones)",
            "plain",
        ),
        (
            {"send_at": "tomorrow 12:00", "to": "+61412345678"},
            "= Tue 24 Nov 12:00 CET · 17:30 to 22:00 there (several time zones): night for some",
            "warn",
        ),
        (
            {"send_at": "tomorrow 18:00", "to": "+61412345678"},
            "= Tue 24 Nov 18:00 CET · 23:30 to Wed 04:00 there (several time zones): at night",
            "warn",
        ),
        (
            {"send_at": "tomorrow 22:00", "to": "+61412345678"},
            "= Tue 24 Nov 22:00 CET · Wed 03:30 to 08:00 there (several time zones): night for some",
            "warn",
        ),
        (
            {"send_at": "+2m"},
            "= Mon 23 Nov 09:02 CET · This is too near: Twilio schedules from 5 minutes ahead. "
            "Give Mon 23 Nov 09:06 CET or later.",
            "warn",
        ),
        (
            {"send_at": "28 dec 9:01"},
            "= Mon 28 Dec 09:01 CET · This is too far off: Twilio schedules up to 35 days ahead. "
            "Give Mon 28 Dec 09:00 CET at the latest.",
            "warn",
        ),
        ({"send_at": "2027-03-28 02:30"}, "Sun 28 Mar has no 02:30", "bad"),
        ({"send_at": "soon"}, "Cannot read “soon” as a time.", "bad"),
        ({"send_at": "tomorrow 9:00", "to": "nobody"}, "= Tue 24 Nov 09:00 CET", "plain"),
    ],
)
def test_a_send_time_is_said_as_it_is_read_and_as_the_recipient_sees_it(fields, words, tone):
    typed = DraftFields(**{"from_": "MG" + "a" * 32} | fields)
    said = explain_send_at(typed, now=NOW, zone=BERLIN)
    assert said[0].startswith(words) and said[1] == tone
    if tone == "plain":
        assert said[0] == words


def test_a_time_that_is_being_typed_is_no_mistake_yet():
    assert explain_send_at(DraftFields(send_at="tom"), now=NOW, zone=BERLIN, finished=False)[1] == "muted"


def test_what_is_no_time_is_a_problem_of_its_field():
    [problem] = [each for each in read_draft(DraftFields(send_at="soon"), now=NOW).problems if each.field == "SendAt"]
    assert problem.reason == "Cannot read “soon” as a time."
    assert problem.remedy == "Write tomorrow 9:00, mon 17:30, 9pm, +2h or 4 dec 9:00."


def entry(
    state: JournalState = JournalState.ACCEPTED, *, to: str = "+14155550123", body: str = "Hi", ago: float = 60
) -> JournalEntry:
    return JournalEntry(
        id=1,
        connection="acme",
        account_sid="AC" + "0" * 32,
        to=to,
        sender="+14155550100",
        body=body,
        media=(),
        state=state,
        sid=None,
        code=None,
        detail=None,
        started_at=NOW - timedelta(seconds=ago),
        settled_at=None,
    )


DRAFT = Draft(to="+14155550123", from_="+14155550100", body="Hi")


@pytest.mark.parametrize(
    ("earlier", "warned"),
    [
        (entry(), True),
        (entry(JournalState.UNKNOWN), True),
        (entry(JournalState.SENDING), True),
        (entry(JournalState.REJECTED), False),
        (entry(JournalState.NOT_SENT), False),
        (entry(body="Hi!"), False),
        (entry(to="+14155550124"), False),
        (entry(ago=3600), False),
    ],
)
def test_a_twin_is_a_recent_send_of_the_same_that_may_have_arrived(earlier, warned):
    assert bool(duplicate_warning(DRAFT, [earlier], NOW)) is warned


@pytest.mark.parametrize(
    ("status", "warned"), [("failed", False), ("undelivered", False), ("canceled", False), ("sent", True), ("", True)]
)
def test_what_is_known_not_to_have_arrived_is_no_twin(status, warned):
    sent = replace(entry(), sid="SM1")
    assert bool(duplicate_warning(DRAFT, [sent], NOW, statuses={"SM1": status})) is warned
    # One before it that may have arrived still is.
    assert duplicate_warning(DRAFT, [sent, replace(entry(ago=90), sid="SM2")], NOW, statuses={"SM1": status})


def test_a_draft_is_spent_only_by_the_send_that_carried_it():
    typed = DraftFields(to="(415) 555-0123", from_="+14155550100", body="Hi")
    assert unspent(typed, entry(), NOW) == DraftFields(from_="+14155550100")
    other = replace(typed, body="Hi, once more")
    assert unspent(other, entry(), NOW) == other


@pytest.mark.parametrize(
    ("context", "shown"),
    [
        (ReviewContext("acme", sandbox=False, now=NOW, colour="red"), (" acme ", "bold $connection-red reverse")),
        (ReviewContext("acme", sandbox=False, now=NOW), ("acme", "bold")),
        (ReviewContext("acme", sandbox=False, now=NOW, colour="crimson"), ("acme", "bold")),
        (
            ReviewContext("acme", sandbox=True, now=NOW, colour="red"),
            (" SANDBOX ", "bold $background on $text-warning"),
        ),
    ],
)
def test_the_review_names_the_connection_on_its_colour(context, shown):
    (through,) = [words for label, words in review_facts(DraftReading(DRAFT, None, ()), context) if label == "Through"]
    (name, *_) = through.spans
    assert (through.plain[name.start : name.end], str(name.style)) == shown
