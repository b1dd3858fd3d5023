"""Rows as text: every width, every odd message; nothing crashes and nothing is wider than its column."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.archive.coverage import Span
from tui.screens.messages.message_detail import Besides, describe, peek
from tui.screens.messages.table import columns_for, message_row, titles
from tui.twilio.messages import Message, read_message
from tui.widgets.message_words import gap_words

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
WIDE_PANE = 71
"""Cells of a row at 120 columns, with the message beside the list."""


def row(message: Message, width: int = 120) -> str:
    return "".join(text for text, _ in message_row(message, width))


@given(message=MESSAGES, width=st.integers(min_value=20, max_value=220))
def test_no_message_crashes_a_row_or_pushes_the_text_out_of_its_column(message: Message, width: int):
    pieces = message_row(message, width)
    columns = columns_for(width)
    cells = [3, 6, 20, *(2 + each for each in (columns.own, columns.segments, columns.price) if each)]
    assert [cell_len(text) for text, _ in pieces[: len(cells)]] == cells
    before_text = sum(cell_len(text) for text, _ in titles(width)[:-1])
    assert before_text == sum(cells)
    assert all("\x1b" not in text and "\n" not in text for text, _ in pieces)


NAMES = {"+14155550100": "On-call [31m alerts"}


@given(message=MESSAGES)
def test_no_message_crashes_the_pane(message: Message):
    for content in (
        describe(message, NOW),
        describe(message, NOW, Besides(lambda address: NAMES.get(address, ""), NOW, ())),
        peek(message, NOW),
    ):
        assert "\x1b" not in content.plain


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 140, 160])
def test_columns_give_way_in_the_stated_order(width: int):
    columns = columns_for(width)
    assert bool(columns.own) <= bool(columns.price) <= bool(columns.segments)


@pytest.mark.parametrize("width", [WIDE_PANE, 79, 120, 151, 199])
def test_the_text_has_forty_cells_wherever_there_is_a_pane_or_none(width: int):
    assert width - sum(cell_len(text) for text, _ in titles(width)[:-1]) - 2 >= 40


def test_a_row_says_the_word_of_a_status_only_where_it_matters():
    sent = datetime(2026, 11, 22, 23, 12).astimezone()
    fine = Message("SM1", "delivered", "outbound-api", "+14155550123", body="Disk usage is fine.", date_sent=sent)
    assert row(fine, 79) == " ✓ 23:12 → +1 415 555 0123     Disk usage is fine."
    assert "undelivered" not in row(Message("SM1", status="undelivered", error_code=30003))
    assert "undelivered · " in row(Message("SM1", status="undelivered"))
    assert "scheduled · later" in row(Message("SM1", status="scheduled", body="later"))


def test_a_failed_row_says_why_in_plain_words_before_the_text():
    text = row(Message("SM1", status="undelivered", error_code=30003, body="Hello"))
    assert text.lstrip().startswith("✗")
    assert text.index("30003") < text.index("Hello")
    assert "unreachable" in text.lower() or "off" in text.lower()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3 * 86_400, "3 days"), (86_400, "1 day"), (7_000, "2 hours"), (90, "2 minutes"), (5, "less")],
)
def test_a_gap_is_told_in_its_largest_unit(seconds: int, words: str):
    assert gap_words(Span(0, seconds - 1)).startswith(words)


def test_a_code_without_words_says_that_there_are_none():
    message = Message("SM1", status="failed", error_code=39999)
    assert "39999: Twilio sent no words with it. This code is not known here" in peek(message, NOW).plain
    assert "https://www.twilio.com/docs/api/errors/39999" in describe(message, NOW).plain


def test_a_status_nobody_has_heard_of_is_said():
    assert "? " in row(Message("SM1", status="quarantined"))[:3]
    assert "quarantined · " in row(Message("SM1", status="quarantined"))


def test_an_unknown_code_says_what_twilio_says():
    shown = describe(Message("SM1", status="failed", error_code=39999, error_message="Odd [/]"), NOW).plain
    assert "39999" in shown
    assert "Odd [/]" in shown
