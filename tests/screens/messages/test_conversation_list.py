"""Persons as lines: their order, their words, and the addresses that a reply goes between."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.terminal.hostile import PAYLOADS
from tui.archive.conversations import Conversation
from tui.screens.messages.conversation_list import Listed, conversation_row, title_line, when_words
from tui.screens.messages.reply import ReplyAddresses, address_to, say_addresses
from tui.twilio.messages import Message

NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
MAYA, DESK = "+14155550123", "+14155550100"
LAST = Message("SM1", "received", direction="inbound", from_=MAYA, to=DESK, body="Yes", date_sent=NOW)


def conversation(number: str = MAYA, row: int = 1, last: Message = LAST, **more: object) -> Conversation:
    known = {"unread": 0, "failed": False} | more
    return Conversation(number, row, (number,), last, own=DESK, to=number, **known)  # type: ignore[arg-type]


def words(each: Conversation, width: int = 80, name: str = "") -> str:
    return "".join(text for text, _ in conversation_row(each, width, NOW, name))


@given(st.lists(st.tuples(st.integers(0, 8), st.none() | st.integers(1, 10**6)), max_size=40, unique_by=lambda p: p[1]))
def test_whatever_is_told_of_persons_each_stands_once_and_the_newest_first(changes):
    listed, expected = Listed(), dict[str, int]()
    for person, row in changes:
        number = f"+{person}"
        listed.put(number, None if row is None else conversation(number, row))
        expected.pop(number, None)
        if row is not None:
            expected[number] = row
    shown = [listed.at(index) for index in range(len(listed))]
    assert {each.number: each.row for each in shown} == expected
    assert [each.row for each in shown] == sorted(expected.values(), reverse=True)
    for index, each in enumerate(shown):
        assert listed.line_of(each.number) == index
        assert listed.whose(each.row) == each.number
    assert listed.oldest == min(expected.values(), default=None)


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({}, "← Yes"),
        ({"unread": 1}, "  ● "),
        ({"unread": 12}, "12● "),
        ({"unread": 1200}, "99● "),
        ({"failed": True}, "← ✗ ours failed · Yes"),
        ({"last": replace(LAST, direction="outbound-api", from_=DESK, to=MAYA, status="delivered")}, "→ Yes"),
        (
            {"last": replace(LAST, direction="outbound-api", status="undelivered", error_code=30007)},
            "→ ✗ 30007 carrier filtered · Yes",
        ),
        ({"last": replace(LAST, direction="outbound-api", status="scheduled")}, "→ ○ scheduled · Yes"),
        ({"last": replace(LAST, body="", num_media=2)}, "← (2 media)"),
        ({"last": replace(LAST, body="")}, "← (no text)"),
    ],
)
def test_a_line_tells_direction_trouble_and_what_is_unread(known, shown):
    assert shown in words(conversation(**known))


def test_a_person_has_their_name_where_they_have_one_else_the_whole_number_at_every_width():
    assert "Maya Lindqvist" in words(conversation(), name="Maya Lindqvist")
    for width in (44, 58, 80, 120):
        assert "+1 415 555 0123" in words(conversation(), width)
        assert title_line(width).index("Text") == words(conversation(), width).index("←")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_line_is_obeyed_by_a_terminal(payload):
    hostile = replace(LAST, body=payload, status=payload, error_message=payload)
    for direction in ("inbound", "outbound-api"):
        line = words(conversation(last=replace(hostile, direction=direction)))
        assert not [each for each in line if category(each) in ("Cc", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize(
    ("before", "said"),
    [(timedelta(), "09:41"), (timedelta(days=1), "10 Mar"), (timedelta(days=400), "2025"), (None, "")],
)
def test_when_is_said_in_six_cells(be_in, before, said):
    be_in("UTC")
    assert when_words(None if before is None else NOW - before, NOW) == said
    assert cell_len(said) <= 6


@pytest.mark.parametrize(
    ("to", "sender", "goes"),
    [
        (MAYA, DESK, MAYA),
        (f"whatsapp:{MAYA}", f"whatsapp:{DESK}", f"whatsapp:{MAYA}"),
        (f"whatsapp:{MAYA}", DESK, MAYA),
        (MAYA, f"whatsapp:{DESK}", f"whatsapp:{MAYA}"),
        (f"whatsapp:{MAYA}", "MG" + "a" * 32, f"whatsapp:{MAYA}"),
        ("messenger:123", DESK, "messenger:123"),
        ("BANK", f"whatsapp:{DESK}", "BANK"),
        (MAYA, "", MAYA),
    ],
)
def test_a_reply_goes_to_the_address_in_the_channel_of_its_sender(to, sender, goes):
    assert address_to(to, sender) == goes


def test_another_sender_than_they_wrote_to_is_visibly_another():
    names = ("Front desk", "Front desk")
    same = say_addresses(ReplyAddresses(MAYA, DESK, DESK, names))
    other = say_addresses(ReplyAddresses(MAYA, "+14155550101", DESK, ("On-call alerts", "Front desk")))
    assert same.plain.startswith("from Front desk · +1 415 555 0100")
    assert other.plain == "from On-call alerts · +1 415 555 0101  they wrote to Front desk"
    assert all("text-warning" in str(span.style) for span in other.spans)
    assert "not known" in say_addresses(ReplyAddresses(MAYA, "", "")).plain
