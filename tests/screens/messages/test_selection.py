"""Narrowing the list: what is asked of Twilio, what is compared here, what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from tui.screens.messages.selection import Local, read_selection
from tui.twilio.errors import InvalidRequest
from tui.twilio.messages import Filters, Message

TODAY = date(2026, 11, 23)


def test_addresses_and_dates_go_to_twilio_and_the_rest_stays_here():
    selection = read_selection(
        {"to": "+49 151 1234-5678", "after": "7d", "before": "today", "status": "Failed", "text": "code"}, TODAY
    )
    assert selection.server == Filters(
        to="+4915112345678", sent_after=date(2026, 11, 16), sent_before=date(2026, 11, 23)
    )
    assert selection.local == Local(status="failed", text="code")
    assert selection.words() == "to +49 151 1234-5678, after 7d, before today, status Failed, text code"


def test_nothing_typed_is_no_filter():
    assert not read_selection({}, TODAY)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("after", {"after": "soon"}),
        ("before", {"before": "2026-02-30"}),
        ("before", {"after": "2026-11-02", "before": "2026-11-01"}),
        ("status", {"status": "lost"}),
        ("direction", {"direction": "up"}),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(field, typed):
    with pytest.raises(InvalidRequest) as refused:
        read_selection(typed, TODAY)
    assert refused.value.field == field
    assert refused.value.remedy


def test_a_problem_is_any_message_that_did_not_arrive():
    problem = Local(status="problem")
    assert problem.accepts(Message("SM1", status="failed"))
    assert problem.accepts(Message("SM1", status="undelivered", error_code=30003))
    assert not problem.accepts(Message("SM1", status="delivered"))


def test_words_are_looked_for_in_text_and_addresses_whatever_their_case():
    message = Message("SM1", body="Your CODE is 12", to="+4915112345678", direction="outbound-api")
    assert Local(text="code +49151").accepts(message)
    assert not Local(text="code never").accepts(message)
    assert Local(direction="out").accepts(message)
    assert not Local(direction="in").accepts(message)
