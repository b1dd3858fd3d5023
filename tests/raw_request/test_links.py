"""An address is shortened only where it leads to the same place, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.checks import locate
from tui.raw_request.curl_import import read_curl
from tui.raw_request.form_text import write
from tui.raw_request.links import at_typed_host, follow, is_link, shorten
from tui.raw_request.model import RawRequest, RawResponse
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


def answer_of(url):
    return RawResponse(200, "OK", (), b"{}", (), "HTTP/1.1", 0.1, 2, url, "GET")


SERVICES = "https://messaging.twilio.com/v1/Services"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("value", "path", "query"),
    [
        (f"/2010-04-01/Accounts/{SID}/Messages.json?Page=1&To=%2B1", MESSAGES, (("Page", "1"), ("To", "+1"))),
        (f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json", MESSAGES, ()),
        (f"{SERVICES}/MG1?PageSize=5", f"{SERVICES}/MG1", (("PageSize", "5"),)),
    ],
)
def test_a_link_in_an_answer_is_asked_as_a_person_would_type_it(policy, value, path, query):
    assert is_link(value)
    request = follow(policy, SID, answer_of(f"{policy.base}/Accounts.json"), value)
    if policy.is_confined and "api.twilio.com" in value:
        # Its host is said, as any that the base stands for is.
        assert locate(policy, SID, request) == f"{policy.base}/Accounts/{SID}/Messages.json"
    else:
        assert (request.method, request.path, tuple(request.query)) == ("GET", path, query)


def test_a_link_of_the_sandbox_is_written_with_the_host_it_stood_in_for():
    sandbox, twilio, _ = POLICIES
    link = f"{sandbox.origin}/v1/Services/MG1?PageSize=5"
    assert at_typed_host(sandbox, SERVICES, link) == f"{SERVICES}/MG1?PageSize=5"
    assert at_typed_host(sandbox, MESSAGES, link) == link
    assert at_typed_host(sandbox, "https://evil.example/", link) == link
    assert at_typed_host(twilio, SERVICES, "https://api.twilio.com/v1/x") == "https://api.twilio.com/v1/x"


def test_a_path_is_of_the_host_that_gave_it():
    request = follow(POLICIES[1], SID, answer_of(f"{SERVICES}?PageSize=1"), "/v1/Services/MG1")
    assert request.path == f"{SERVICES}/MG1"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("https://evil.example/x", "evil.example"),
        ("https://api.twilio.com.evil.example/2010-04-01/x", "evil.example"),
        ("http://api.twilio.com/2010-04-01/Accounts.json", "https only|credentials go nowhere"),
        ("https://u:p@api.twilio.com/2010-04-01/x", "user name"),
        ("https://www.twilio.com/docs/errors/20404", "page for people"),
        ("/2010-04-01/../x", "climbs"),
        ("https://[::1/x", "cannot be read"),
    ],
)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_link_that_leads_to_no_api_of_twilios_is_refused_with_the_reason(policy, value, why):
    with pytest.raises(InvalidRequest, match=why):
        follow(policy, SID, answer_of(f"{policy.base}/x"), value)


@pytest.mark.parametrize("value", ["", "/", "/help", "text/plain", "see https://x.example", "a/b/c", "/x" * 5000])
def test_what_is_no_link_is_not_followed(value):
    assert not is_link(value)
