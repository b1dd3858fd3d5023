"""The sections of the form: the parameters that are offered, and what each section holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.form_text import RequestText
from tui.screens.console.sections import marks_of, options_words, section_of, show_known
from tui.twilio.operations import Parameter, find_operation

MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"


def test_the_useful_parameters_of_a_message_are_seen_at_eighty_columns():
    operation = find_operation("POST", MESSAGES)
    assert operation is not None
    shown = show_known(operation.body, "", 78).plain
    assert shown.startswith("takes To · From · MessagingServiceSid · Body · MediaUrl")
    assert len(shown) <= 78
    assert shown.endswith("more …")
    assert "Body" not in show_known(operation.body, "Body=x", 78).plain.split(" · ")


def test_names_that_lines_have_are_not_offered_again_even_when_switched_off():
    known = tuple(map(Parameter, ("To", "From", "StatusCallback", "MediaUrl", "Body")))
    assert show_known(known, "To=+1\n# Body = x\n\nMediaUrl", 78).plain == "takes From · MediaUrl · StatusCallback"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (RequestText(), "options 30 s · no retries · json"),
        (RequestText(timeout="5", delay="200", backoff=True), "options 5 s · no retries · json"),
        (
            RequestText(retries="2", delay="200", all_errors=True),
            "options 30 s · 2 retries · after 200 ms · on all errors · json",
        ),
        (
            RequestText(retries="x\x1b", backoff=True, response_type="text"),
            "options 30 s · x␛ retries · exponential · text",
        ),
    ],
)
def test_the_options_are_told_in_one_line(typed, words):
    assert options_words(typed).plain == words


@given(
    st.lists(st.builds(Parameter, st.text("abcXYZ", min_size=1, max_size=12), st.booleans()), max_size=60),
    st.integers(30, 300),
)
def test_all_that_is_taken_is_shown_or_counted_within_its_room(known, room):
    shown = show_known(tuple(known), "", room).plain
    names = [each.name for each in known]
    if not names:
        assert shown == ""
        return
    parts = shown.removeprefix("takes ").split(" · ")
    more = int(parts.pop().split()[0]) if shown.endswith("more …") else 0
    assert len(parts) + more == len(names)
    assert len(shown) <= room


def test_sections_say_what_they_hold_and_the_fullest_is_shown():
    typed = RequestText(
        "POST", "/x", "# off=1\na=1\n\nb=2", "X: y", "multipart", "f=@x", "text", retries="2", backoff=True
    )
    assert marks_of(typed) == {"query": "2", "headers": "1", "body": "multipart 1", "options": "3"}
    assert section_of(typed) == "body"
    assert section_of(RequestText(query="a=1", headers="X: y")) == "query"
    assert section_of(RequestText(headers="X: y", body="left over")) == "headers"
    assert section_of(RequestText(timeout="3")) == "options"
    assert marks_of(RequestText(body_kind="raw", body="x")) == {"body": "raw"}
    assert section_of(RequestText()) == "query"
