"""A request in a few words: what tells it from the one before."""

from __future__ import annotations

import pytest

from tui.raw_request.form_text import RequestText
from tui.screens.console.request_words import brief_path, differences, what_differs

LONG = "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"


@pytest.mark.parametrize(
    ("typed", "before", "said"),
    [
        (RequestText(path="/a", query="x=1\n# y=2\nz=3"), None, "x=1 z=3"),
        (RequestText(path="/a", query="x=1\nz=4"), RequestText(path="/a", query="x=1\nz=3"), "z=4"),
        (RequestText(path="/a", query="x=1"), RequestText(path="/a", query="x=1\nz=3"), "no z"),
        (RequestText(path="/a", query="Page=1\nPageToken=x"), RequestText(path="/a"), "Page=1"),
        (RequestText(path="/b", query="x=1"), RequestText(path="/a", query="x=1"), "x=1"),
        (RequestText(path="/a", query="x=1"), RequestText(path="/a", query="x=1"), "again"),
        (RequestText(path="/a", retries="1"), RequestText(path="/a"), "other options"),
        (RequestText("POST", "/a", body_kind="form", body="B=1"), RequestText("POST", "/a"), "B=1"),
    ],
)
def test_a_request_is_told_from_the_one_before_by_what_differs(typed, before, said):
    assert differences(typed, before) == said


def test_a_row_tells_what_it_asks_otherwise_than_the_one_before():
    query = "PageSize=20\nTo=+1415"
    requests = [
        RequestText(path=LONG, query=f"{query}\nDateSent=2026-01-02"),
        RequestText(path=LONG, query=f"{query}\nDateSent=2026-01-01"),
        RequestText(path="/other", query="a=b"),
        RequestText("POST", LONG, body_kind="form", body="To=+1"),
        RequestText(path=LONG, query=f"{query}\nDateSent=2026-01-01"),
        RequestText(path=LONG, query=query),
    ]
    assert what_differs(requests) == [
        *("DateSent=2026-01-02", "again", "a=b", "To=+1", "DateSent=2026-01-01", "PageSize=20 To=+1415")
    ]


@pytest.mark.parametrize(
    ("path", "brief"),
    [
        (" /Accounts/$TWILIO_ACCOUNT_SID/Messages.json", "…/Messages.json"),
        (f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/SM{'0123456789abcdef' * 2}.json", "…/Messages/SM0123…cdef.json"),
        (f"https://verify.twilio.com/v2/Services/VA{'ab' * 16}", "verify/v2/Services/VAabab…abab"),
        ("https://verify.example.com/v2", "https://verify.example.com/v2"),
    ],
)
def test_a_path_is_cut_short_where_it_says_nothing(path, brief):
    assert brief_path(path) == brief
