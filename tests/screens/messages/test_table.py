"""Rows as text: every width, every odd message; nothing crashes and nothing is wider than its column."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.screens.messages.message_detail import describe, peek
from tui.screens.messages.table import columns_for, message_row, titles
from tui.twilio.messages import Message, read_message

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    *("sid", "status", "direction", "to", "from", "body", "num_segments", "num_media", "price", "error_code"),
    *("error_message", "date_created", "date_sent", "messaging_service_sid", "price_unit", "more"),
)
MESSAGES = st.fixed_dictionaries(dict.fromkeys(FIELDS, JSON)).map(read_message)


@given(message=MESSAGES, width=st.integers(min_value=20, max_value=220))
def test_no_message_crashes_a_row_or_pushes_the_text_out_of_its_column(message: Message, width: int):
    before = [text for text, _ in titles(width)[:-2]]
    pieces = message_row(message, width, NOW)
    for title, (text, _) in zip(before, pieces, strict=False):
        assert cell_len(text) == cell_len(title)
    assert all("\x1b" not in text and "\n" not in text for text, _ in pieces)


@given(message=MESSAGES)
def test_no_message_crashes_the_pane(message: Message):
    for content in (describe(message, NOW), describe(message, NOW, ()), peek(message, NOW)):
        assert "\x1b" not in content.plain


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 160])
def test_columns_give_way_in_the_stated_order(width: int):
    columns = columns_for(width)
    assert bool(columns.own) <= bool(columns.price) <= bool(columns.segments)
    assert columns.party > 0


def test_a_failed_row_says_why_in_plain_words():
    text = "".join(part for part, _ in message_row(Message("SM1", status="undelivered", error_code=30003), 120, NOW))
    assert "✗ undelivered" in text
    assert "30003" in text
    assert "unreachable" in text.lower() or "off" in text.lower()


def test_a_code_without_words_says_that_there_are_none():
    message = Message("SM1", status="failed", error_code=39999)
    assert "39999: Twilio gives no explanation." in peek(message, NOW).plain
    assert "Twilio gives no explanation." in describe(message, NOW).plain


def test_a_status_nobody_has_heard_of_is_cut_in_its_column_as_everything_is():
    text = "".join(part for part, _ in message_row(Message("SM1", status="quarantined_elsewhere"), 80, NOW))
    assert text.strip().startswith("? quarantine…")
    assert "more]" not in text


def test_a_long_status_keeps_its_look_when_it_is_cut():
    text = "".join(part for part, _ in message_row(Message("SM1", status="partially_delivered"), 80, NOW))
    assert text.strip().startswith("~ partially_…")


def test_an_unknown_code_says_what_twilio_says():
    shown = describe(Message("SM1", status="failed", error_code=39999, error_message="Odd [/]"), NOW).plain
    assert "39999" in shown
    assert "Odd [/]" in shown
