"""What is said of an event and of the list: bounded, harmless, aligned. Pure functions, no screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from rich.cells import cell_len

from tui.keymap import set_active_keymap
from tui.screens.webhooks.detail_text import describe, peek
from tui.screens.webhooks.event_list import EventFilter, draw_event, read_filter, row_of
from tui.twilio.errors import InvalidRequest
from tui.webhooks.events import EventKind, Verdict, WebhookEvent, WebhookReply
from tui.webhooks.parameters import read_parameters

NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)


def event(**more):
    form = more.pop("form", [("MessageSid", "SM" + "a" * 32), ("From", "+14155550123"), ("To", "+1"), ("Body", "Hi")])
    body = urlencode(form).encode()
    usual = WebhookEvent(
        received_at=NOW,
        kind=EventKind.INBOUND,
        method="POST",
        target="/sms",
        url="http://127.0.0.1:1/sms",
        headers=(("Host", "x"),),
        body=body,
        parameters=read_parameters("/sms", "", body, accepted=True),
        verdict=Verdict.VERIFIED,
        accepted=True,
        reply=WebhookReply(204),
        id=7,
    )
    return replace(usual, **more)


def test_a_status_that_failed_says_why_and_what_to_do():
    form = [("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30007"), ("To", "+1")]
    failed = event(kind=EventKind.STATUS, form=form)
    shown = describe(failed, NOW).plain
    assert "✗ undelivered" in shown
    assert "Error 30007" in shown
    row = "".join(text for text, _ in draw_event(row_of(failed), 200, NOW))
    assert "✗ undelivered 30007" in row


def test_what_arrived_in_part_and_what_rcs_did_not_reach_are_said_in_words():
    partly = event(kind=EventKind.STATUS, parameters=(("MessageSid", "SM1"), ("MessageStatus", "partially_delivered")))
    shown = describe(partly, NOW).plain
    assert "~ partially_delivered" in shown
    assert "~ partially_delivered" in "".join(text for text, _ in draw_event(row_of(partly), 80, NOW))
    told = (("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30046"))
    shown = describe(event(kind=EventKind.STATUS, parameters=told), NOW).plain
    assert "Error 30046" in shown
    unknown = (*told[:2], ("ErrorCode", "39999"))
    shown = describe(event(kind=EventKind.STATUS, parameters=unknown), NOW).plain
    assert "Error 39999  Twilio sent no words with it." in shown and "W why" in shown


@pytest.mark.parametrize("code", ["", "no number", "9" * 400, "٣٠٠٠٧", "-1", "\x1b"])
def test_an_error_code_that_is_none_harms_nothing(code):
    odd = event(kind=EventKind.STATUS, form=[("MessageStatus", "failed"), ("ErrorCode", code)])
    assert "✗ failed" in describe(odd, NOW).plain
    assert draw_event(row_of(odd), 80, NOW)


def test_the_verdict_and_its_reason_come_first():
    forged = event(verdict=Verdict.REJECTED, accepted=False, diagnosis="Signed for https://x.", reply=WebhookReply(403))
    lines = describe(forged, NOW).plain.splitlines()
    assert lines[0].startswith("✗ rejected")
    assert lines[1] == "Signed for https://x."
    assert "led to nothing" in lines[2]
    assert "Signed for https://x." in peek(row_of(forged), NOW).plain


@pytest.mark.parametrize(
    "form",
    [
        [("Body", "x" * 900_000)],
        [(f"n{number}", "y" * 400) for number in range(1900)],
        [(f"n{number}", "") for number in range(1900)],
        [("\x1b[2J\u202e" * 200, "\u0301" * 5000)] * 20,
    ],
)
def test_a_huge_event_is_shown_in_part_and_says_so(form):
    shown = describe(event(form=form), NOW).plain
    assert len(shown) < 60_000
    assert "exports" in shown or "more" in shown or len(form) == 20
    assert not any(character in shown for character in ("\x1b", "\u202e"))
    row = row_of(event(form=form))
    assert len(row.body) <= 1600


@pytest.mark.parametrize("width", [30, 55, 56, 80, 99, 100, 160])
def test_the_columns_before_the_text_are_as_wide_for_every_row(width):
    rows = [
        row_of(event()),
        row_of(event(form=[("Body", "Hi")])),
        row_of(event(form=[("From", "長い名前の送信者" * 4), ("To", "+1" * 30), ("Body", "Hi")])),
    ]
    before = set()
    for row in rows:
        pieces = [text for text, _ in draw_event(row, width, NOW)]
        before.add(cell_len("".join(pieces[: pieces.index("Hi")])))
    assert len(before) == 1


def test_a_row_of_another_day_says_which():
    older = row_of(event(received_at=datetime(2025, 12, 24, 8, 0, tzinfo=UTC)))
    assert "24 Dec" in draw_event(older, 80, NOW)[0][0]


def read_typed(text, kind, verdict):
    return read_filter({"text": text, "kind": kind, "verdict": verdict})


def test_the_beginning_of_a_word_is_enough_for_a_filter():
    assert read_typed(" Hello ", "mess", "VERIF") == EventFilter("Hello", EventKind.INBOUND, Verdict.VERIFIED)
    assert read_typed("", "", "?") == EventFilter(verdict=Verdict.CANNOT_VERIFY)
    with pytest.raises(InvalidRequest) as refused:
        read_typed("", "", "maybe")
    assert refused.value.field == "verdict"


def test_a_long_body_names_the_key_that_exports_it_as_it_is_now():
    set_active_keymap({"webhooks.export": "f7"})
    try:
        assert "… F7 exports the whole of it." in describe(event(body=b"x" * 40_000), NOW).plain
    finally:
        set_active_keymap({})
