"""The parts of Compose that need no screen: the outcome's words, what is said of the form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unicodedata import category
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from tui.screens.compose.form import say_more
from tui.screens.compose.outcome import prefill_of
from tui.screens.compose.recipients import count_recipients
from tui.screens.sending.draft import (
    NAMES,
    DraftFields,
    read_draft,
    typed_of,
)
from tui.screens.sending.outcome_text import REMOVED, explanation, facts, headline, in_brief
from tui.services.send_state import SendStage, SendState
from tui.storage.journal import JournalEntry, JournalState
from tui.storage.journal_entry import SentTemplate, send_at_of
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, InvalidRequest, NoAnswer
from tui.twilio.messages import Message

BERLIN = ZoneInfo("Europe/Berlin")


NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


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


def at(state: JournalState, message: Message | None = None, draft: Draft = DRAFT) -> SendState:
    return SendState(draft, NOW, entry(state), message)


def test_each_status_is_kept_with_the_time_it_was_seen():
    sending = at(JournalState.SENDING)
    for second, status in enumerate(("queued", "queued", "sent", "delivered")):
        message = Message("SM" + "1" * 32, status=status)
        sending = sending.updated(at(JournalState.ACCEPTED, message), NOW + timedelta(seconds=second))
    assert [status for status, _ in sending.seen] == ["queued", "sent", "delivered"]
    assert facts(sending, UTC).plain.endswith(
        "Status  queued      08:00:00\n              sent        08:00:02\n              delivered   08:00:03"
    )


def test_a_send_that_is_not_written_down_yet_is_not_taken_for_an_older_one_of_the_same_draft():
    new = SendState(DRAFT, NOW)
    assert new.is_same_send(replace(new, entry=entry(JournalState.SENDING)))
    assert not new.is_same_send(SendState(DRAFT, NOW - timedelta(seconds=5), entry(JournalState.UNKNOWN)))
    assert not new.is_same_send(SendState(replace(DRAFT), NOW, entry(JournalState.SENDING)))


def test_the_stage_follows_from_what_is_known():
    new, accepted = SendState(DRAFT, NOW), at(JournalState.ACCEPTED)
    assert new.stage is SendStage.PREPARING
    assert replace(new, problem=InvalidRequest("To", "x")).stage is SendStage.NOT_SENT
    assert (accepted.stage, replace(accepted, following=True).stage) == (SendStage.ACCEPTED, SendStage.FOLLOWING)
    assert replace(at(JournalState.UNKNOWN), looking=True).stage is SendStage.LOOKING_UP


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (NoAnswer("No route.", sent=False), "✗ Not sent. Twilio never received it."),
        (InvalidRequest("Body", "There is nothing to send."), "✗ Not sent. Twilio never received it."),
        (ApiError(429, 20429, "Too many"), "✗ Not sent. Twilio did not take it."),
        (None, "✗ Not sent"),
    ],
)
def test_that_twilio_never_received_it_is_said_only_where_no_answer_came(problem, words):
    assert headline(replace(at(JournalState.NOT_SENT), problem=problem)).plain == words


def test_a_scheduled_send_says_when_it_goes_and_which_key_cancels_it(be_in):
    be_in("UTC")
    message = Message("SM" + "1" * 32, status="scheduled")
    scheduled = at(JournalState.ACCEPTED, message, replace(DRAFT, send_at=NOW + timedelta(days=1)))
    assert explanation(scheduled).plain == "Twilio sends it Tue 24 Nov 08:00 UTC. u in Messages cancels it."
    assert "Planned for  Tue 24 Nov 09:00 CET\n" in facts(scheduled, BERLIN).plain
    assert explanation(at(JournalState.ACCEPTED, message)).plain.startswith("Twilio sends it at its time.")


def test_a_template_is_named_and_its_text_is_shown_where_it_is_known():
    sid = "HX" + "a" * 32
    draft = replace(DRAFT, body="", content_sid=sid)
    assert f"Template  {sid}\n" in facts(at(JournalState.UNKNOWN, None, draft)).plain
    sent = at(JournalState.ACCEPTED, Message("SM" + "1" * 32, status="sent", body="Hello Maya"), draft)
    assert f"Template  {sid}\n        Text  Hello Maya\n" in facts(sent).plain
    known = replace(at(JournalState.UNKNOWN, None, draft), template=SentTemplate("order_ready", "en", "Hello Ana"))
    assert "Template  order_ready (en)\n        Text  Hello Ana\n" in facts(known).plain
    gone = facts(known.without_words(gone=False)).plain
    assert f"Template  order_ready (en)\n        Text  {REMOVED}\n" in gone
    assert "Ana" not in gone
    assert "no text" not in facts(sent).plain


@given(st.sampled_from(JournalState), st.text(max_size=40), st.text(max_size=40))
def test_an_outcome_shows_nothing_that_a_terminal_would_obey(state, body, status):
    message = Message("SM" + "1" * 32, status=status, error_message=body) if state is JournalState.ACCEPTED else None
    sending = at(state, message, replace(DRAFT, body=body))
    parts = (headline(sending), explanation(sending), facts(sending, UTC), Content(in_brief(sending)))
    shown = "".join(part.plain.replace("\n", "") for part in parts)
    assert not [character for character in shown if category(character) in ("Cc", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (DraftFields(), "ctrl+t  more: media, schedule"),
        (
            DraftFields(media="https://a.example/1\nhttps://a.example/2", send_at="in 2h"),
            "filled: 2 media URLs, schedule",
        ),
        (DraftFields(media="https://a.example/1", send_as_mms="false"), "filled: 1 media URL, send as MMS"),
    ],
)
def test_what_is_filled_under_more_is_said_while_it_is_closed(typed, words):
    assert words in say_more(typed).plain


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"to", "from_", "body"}))
def test_no_field_under_more_is_forgotten_when_it_is_closed(name):
    assert "filled" in say_more(replace(DraftFields(), **{name: "true"})).plain


@pytest.mark.parametrize(
    ("pasted", "count"),
    [
        ("+14155550123", 1),
        ("\n+14155550123\n", 1),
        ("(415) 555-0123", 1),
        ("whatsapp:+14155550123", 1),
        ("Maya Lindqvist, Berlin", 1),
        ("", 1),
        ("+14155550123\n+14155550124", 2),
        ("\n".join(f"+1415555{n:04}" for n in range(20)), 20),
        ("+14155550123, +14155550124;+14155550125", 3),
        ("+14155550123 +14155550124", 2),
        ("whatsapp:+14155550123 whatsapp:+14155550124", 2),
        ("(415) 555-0123,(415) 555-0124", 2),
    ],
)
def test_pasted_recipients_are_counted(pasted, count):
    assert count_recipients(pasted) == count


EVERYTHING = Draft(
    "+14155550123",
    "MG" + "a" * 32,
    media_urls=("https://example.com/a.png",),
    status_callback="https://example.com/cb",
    validity_period=600,
    send_at=NOW + timedelta(days=1),
    content_sid="HX" + "b" * 32,
    content_variables='{"1": "Maya"}',
    smart_encoded=True,
    shorten_urls=False,
    send_as_mms=True,
)


def test_a_send_comes_back_into_the_form_with_all_it_held_but_a_time_that_is_over():
    def again(now: datetime) -> Draft:
        seed = prefill_of(SendState(EVERYTHING, NOW))
        typed = DraftFields(seed.to, seed.from_, seed.body, "\n".join(seed.media), **typed_of(seed.options, now))
        return read_draft(typed, now=now).draft

    assert again(NOW) == EVERYTHING
    assert again(NOW + timedelta(days=1)) == replace(EVERYTHING, send_at=None)


@pytest.mark.parametrize("written", ["2026-12-04T09:00:00", "2026-12-04T10:00:00+01:00", "20261204T090000Z"])
def test_a_time_in_a_request_by_hand_is_the_same_in_the_form_as_in_the_journal(written):
    options = (("SendAt", written),)
    typed = DraftFields(**typed_of(options, NOW))
    assert (
        read_draft(typed, now=NOW, zone=BERLIN).draft.send_at
        == send_at_of(options)
        == datetime(2026, 12, 4, 9, tzinfo=UTC)
    )


def test_what_was_redacted_or_deleted_is_no_more_in_a_send_that_was_just_made():
    sending = replace(at(JournalState.ACCEPTED, Message("SM1", "undelivered", body="Hi")), draft=EVERYTHING)
    assert sending.whole
    redacted, deleted = (sending.without_words(gone=gone) for gone in (False, True))
    assert not redacted.whole and not deleted.whole
    for left, media in ((redacted, EVERYTHING.media_urls), (deleted, ())):
        seed = prefill_of(left)
        assert (seed.body, seed.media, dict(seed.options).get("ContentVariables")) == ("", media, None)
        assert left.message is not None and left.message.body == ""


@pytest.mark.parametrize(
    ("message", "head", "remedy"),
    [
        (Message("SM1", "undelivered", error_code=30003), "✗ Not delivered: 30003 The phone is switched off", "later"),
        (Message("SM1", "failed", error_code=39999, error_message="\x1b[2J"), "✗ Not delivered: 39999 ␛[2J", "/39999"),
        (Message("SM1", "undelivered"), "✗ Not delivered. Twilio gave no reason.", ""),
    ],
)
def test_why_a_message_was_not_delivered_is_said_once_with_what_to_do(message, head, remedy):
    state = at(JournalState.ACCEPTED, message)
    assert headline(state).plain.startswith(head)
    lines = explanation(state).plain.splitlines()
    assert remedy in lines[0] and len(lines) == (2 if remedy else 1)
    assert "s sends the same again, after the review; e puts it into the form" in lines[-1]


def test_a_status_never_runs_into_its_time():
    statuses = ("queued", "partially_delivered")
    sending = at(JournalState.SENDING)
    for status in statuses:
        sending = sending.updated(at(JournalState.ACCEPTED, Message("SM" + "1" * 32, status=status)), NOW)
    lines = [line for line in facts(sending, UTC).plain.splitlines() if line.endswith("08:00:00")]
    assert len(lines) == 2
    assert all(re.search(r"\S +08:00:00$", line) for line in lines)
