"""An address is shortened only where it leads to the same place, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.checks import locate
from tui.raw_request.curl_import import read_curl
from tui.raw_request.form_text import write
from tui.raw_request.links import shorten
from tui.raw_request.model import RawRequest
from tui.twilio.errors import InvalidRequest
from tui.twilio.url_policy import UrlPolicy

SID = "AC" + "5" * 32
POLICIES = [
    UrlPolicy.for_base_url("http://127.0.0.1:4010/2010-04-01"),
    UrlPolicy.for_region("us1"),
    UrlPolicy.for_base_url("https://g.example/t"),
]
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"


@pytest.mark.parametrize("policy", POLICIES)
def test_a_link_to_the_next_page_becomes_a_path_and_a_query(policy):
    link = f"{policy.base}/Accounts/{SID}/Messages.json?PageSize=20&Page=1&PageToken=PASM%2B1&To=%2B1415"
    request = shorten(policy, SID, RawRequest("GET", link))
    assert request.path == MESSAGES
    assert request.query == (("PageSize", "20"), ("Page", "1"), ("PageToken", "PASM+1"), ("To", "+1415"))


def test_the_pairs_of_a_get_become_lines():
    policy = POLICIES[1]
    url = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json"
    command = f"curl -G '{url}' -d 'DateSent>=2026-01-02' -d PageSize=2"
    typed = write(shorten(policy, SID, read_curl(command, policy.base).request))
    assert (typed.path, typed.query) == (MESSAGES, "DateSent>=2026-01-02\nPageSize=2")


PIECES = st.sampled_from(
    ["Accounts", SID, "?", "/", "a=b", "&", "=", "%2B", "+", "%C3%A9", "%e9", ">", "x", "..", "é", " ", "#"]
)


@given(st.lists(PIECES, max_size=9).map("".join), st.booleans(), st.sampled_from(POLICIES))
def test_what_is_shortened_leads_to_the_same_place(rest, absolute, policy):
    request = RawRequest("GET", f"{policy.base if absolute else ''}/{rest}", (("z", "1"),))
    try:
        url = locate(policy, SID, request)
    except InvalidRequest:
        assert shorten(policy, SID, request) is request
    else:
        assert locate(policy, SID, shorten(policy, SID, request)) == url
