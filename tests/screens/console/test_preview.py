"""What an operation takes is told in the order in which it is wanted, and what does not fit is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.endpoints import Parameter, parameters_for
from tui.raw_request.form_text import RequestText
from tui.screens.console.preview import marks_of, section_of, show_known

MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"


def test_the_useful_parameters_of_a_message_are_seen_at_eighty_columns():
    endpoint = parameters_for("POST", MESSAGES)
    assert endpoint is not None
    shown = show_known(endpoint.body, "", 78).plain
    assert shown.startswith("takes To · From · MessagingServiceSid · Body · MediaUrl")
    assert len(shown) <= 78
    assert shown.endswith("more …")
    assert "Body" not in show_known(endpoint.body, "Body=x", 78).plain.split(" · ")


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
