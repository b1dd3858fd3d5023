"""What is refused before a byte leaves: foreign addresses, injected headers, odd numbers; each names its field."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.checks import find_problems
from tui.raw_request.links import redirect_target
from tui.raw_request.model import RawRequest, RawResponse
from tui.raw_request.sending import check, send
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest
from tui.twilio.url_policy import UrlPolicy

GATE = UrlPolicy.for_region(None)
ACCOUNT = "AC" + "0" * 32

ELSEWHERE = (
    "http://evil.example/x",
    "https://evil.example/x",
    "HTTPS://EVIL.EXAMPLE/x",
    "https://evil.example:443/x",
    "https://api.twilio.com.evil.example/x",
    "https://api-twilio.com/x",
    "https://eviltwilio.com/x",
    "https://twilio.com/x",
    "https://twilio.com.evil.example/x",
    "https://api.twilio.com@evil.example/x",
    "https://api.twilio.com:x@evil.example/x",
    "https://user@api.twilio.com/x",
    "https://user:word@api.twilio.com/x",
    "https://@api.twilio.com/x",
    "http://api.twilio.com/x",
    "https://api.twilio.com:8443/x",
    "https://api.twilio.com:80/x",
    "https://api.twilio.com:0/x",
    "https://api.twilio.com:99999/x",
    "https://api.twilio.com\\.evil.example/x",
    "https://api.twilio.com\\@evil.example/x",
    "https://api.twilio.com%2eevil.example/x",
    "https://api.twilio.com%00.evil.example/x",
    "https://evil.example%2f.twilio.com/x",
    "https://evil.example#.twilio.com/x",
    "https://evil.example?.twilio.com/x",
    "https://evil.example;.twilio.com/x",
    "https://evil.example／.twilio.com/x",
    "https://evil。twilio。com/x",
    "https://ａpi.twilio.com/x",
    "https://.twilio.com/x",
    "https://a..twilio.com/x",
    "https://-a.twilio.com/x",
    "https://api.twilio.com./x",
    "https://127.0.0.1/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[::1].twilio.com/x",
    "https://169.254.169.254/latest/meta-data",
    "http://localhost/x",
    "https:/evil.example/x",
    "https:evil.example/x",
    "https:///evil.example/x",
    "https://",
    "//evil.example/x",
    "///evil.example/x",
    "\\\\evil.example\\x",
    "/\\evil.example/x",
    "ftp://api.twilio.com/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,x",
    "gopher://api.twilio.com/x",
    "ws://api.twilio.com/x",
    "/../x",
    "/Accounts/../../x",
    "/Accounts/%2e%2e/x",
    "/Accounts/%252e%252e/x",
    "/Accounts/..%2fx",
    "/Accounts/..;/x",
    "/./x",
    "/a b",
    "/a\tb",
    "/a\r\nHost: evil.example",
    "/a%0d%0aHost:%20evil.example",
    "/a\x00",
    "/a\ud800",
    " /a",
    "/a ",
    "/a#b",
    "/Accounts/{AccountSid}/Messages.json",
    "",
)


def problem_of(request: RawRequest) -> InvalidRequest:
    (problem,) = find_problems(GATE, ACCOUNT, request)
    assert problem.reason
    assert problem.remedy
    return problem


@pytest.mark.parametrize("path", ELSEWHERE, ids=ascii)
def test_an_address_that_leads_astray_is_refused(path: str) -> None:
    assert problem_of(RawRequest("GET", path)).field == "URL"


async def test_none_of_them_opens_a_connection_with_proxies_in_the_environment(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = await serve(b"")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, wire.base_url)

    looked_up: list[Any] = []
    loop = asyncio.get_running_loop()
    reach = loop.getaddrinfo

    async def watch(*asked: Any, **more: Any) -> Any:
        looked_up.append(asked)
        return await reach(*asked, **more)

    monkeypatch.setattr(loop, "getaddrinfo", watch)
    async with Client(wire.connection()) as client:
        for path in ELSEWHERE:
            with pytest.raises(InvalidRequest):
                await send(client, RawRequest("POST", path, data="a=b", max_retries=3))
    assert wire.connections == 0
    assert looked_up == []


@pytest.mark.parametrize("location", [path for path in ELSEWHERE if "://" in path or path.startswith("//")], ids=ascii)
def test_no_redirect_there_can_be_followed(location: str) -> None:
    response = RawResponse(
        302,
        "Found",
        (("Location", location),),
        b"",
        (),
        "HTTP/1.1",
        0.0,
        0,
        "https://api.twilio.com/2010-04-01/x",
        "GET",
    )
    target = redirect_target(GATE, response)
    assert target is not None
    # A refused one says why; what may be followed stays with Twilio.
    assert target.refusal or urlsplit(target.url).netloc == "api.twilio.com"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("X", "a\r\nEvil: 1", "line end"),
        ("X", "a\nb", "line end"),
        ("X", "a\rb", "line end"),
        ("X", "a\x00b", "U+0000"),
        ("X", "a\x7f", "U+007F"),
        ("X", "\u0142", "U+0142"),
        ("X", "\U0001f600", "U+1F600"),
        ("X", "\ud800", "U+D800"),
        ("X\r\nEvil", "1", "name"),
        ("X Y", "1", "name"),
        ("X:", "1", "name"),
        (":path", "1", "name"),
        ("", "1", "name"),
        ("é", "1", "name"),
        ("Host", "evil.example", "Host"),
        (" hOST ", "evil.example", "hOST"),
        ("Content-Length", "5", "Content-Length"),
        ("transfer-encoding", "chunked", "transfer-encoding"),
        ("Authorization", "Basic eA==", "always the connection's"),
        ("authorization ", "Bearer x", "always the connection's"),
        ("Proxy-Authorization", "Basic eA==", "always the connection's"),
    ],
)
def test_a_header_that_cannot_or_must_not_go_out_is_refused_by_name(name: str, value: str, said: str) -> None:
    problem = problem_of(RawRequest("GET", "/x", headers=[("X-Good", "1"), (name, value)]))
    assert problem.field == "Headers"
    assert said in problem.reason


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_header_that_passes_can_end_its_line(name: str, value: str) -> None:
    if not find_problems(GATE, ACCOUNT, RawRequest("GET", "/x", headers=[(name, value)])):
        row = f"{name.strip()}: {value.strip()}".encode("latin-1")
        assert not set(row) & {0, 10, 13}


@pytest.mark.parametrize("method", ["", " ", "G T", "GET\r\n", "GÉT", "GET/", "CONNECT", "a:b"])
def test_a_method_that_is_no_method_is_refused(method: str) -> None:
    if method.strip() == "GET":
        assert not find_problems(GATE, ACCOUNT, RawRequest(method, "/x"))
    else:
        assert problem_of(RawRequest(method, "/x")).field == "Method"


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"timeout": 0}, "Timeout"),
        ({"timeout": -1.5}, "Timeout"),
        ({"timeout": float("nan")}, "Timeout"),
        ({"timeout": float("inf")}, "Timeout"),
        ({"timeout": 10**400}, "Timeout"),
        ({"timeout": "30"}, "Timeout"),
        ({"timeout": None}, "Timeout"),
        ({"timeout": True}, "Timeout"),
        ({"max_retries": -1}, "Max Retry Count"),
        ({"max_retries": 2.5}, "Max Retry Count"),
        ({"max_retries": "2"}, "Max Retry Count"),
        ({"max_retries": True}, "Max Retry Count"),
        ({"max_retries": 10**12}, "Max Retry Count"),
        ({"retry_delay_ms": -1}, "Retry Delay"),
        ({"retry_delay_ms": 0.5}, "Retry Delay"),
        ({"retry_delay_ms": 10**12}, "Retry Delay"),
        ({"retry_all_errors": "off"}, "Retry On All Errors"),
        ({"retry_all_errors": 0}, "Retry On All Errors"),
        ({"exponential_backoff": "0"}, "Use Exponential Backoff"),
        ({"response_type": "yaml"}, "Response Type"),
        ({"query": ["ab"]}, "Query"),
        ({"query": [("a", "\ud800")]}, "Query"),
        ({"headers": [("a", 1)]}, "Headers"),
        ({"data": 5}, "Data"),
        ({"data": "\ud800"}, "Data"),
        ({"data": "x", "form": [("a", "b")]}, "Data"),
        ({"form": [("", "b")]}, "Form Data"),
        ({"form": [("a", "\ud800")]}, "Form Data"),
        ({"form": [("a",)]}, "Form Data"),
        ({"files": ["path"]}, "File Data"),
        ({"form": [("a", "b")], "headers": [("Content-Type", "application/json")]}, "Headers"),
        ({"form": [("a", "b")], "headers": [("Content-Type", "multipart/form-data; boundary=a b c")]}, "Headers"),
        ({"form": [("a", "b")], "headers": [("Content-Type", 'multipart/mixed; boundary="a b"; x=y')]}, "Headers"),
        ({"form": [("a", "b")], "headers": [("Content-Type", 'multipart/mixed; boundary="a:b"; x=y')]}, None),
        ({"form": [("a", "b")], "headers": [("Content-Type", "multipart/form-data")]}, "Headers"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field_named(inputs: dict[str, Any], field: str | None) -> None:
    problems = find_problems(GATE, ACCOUNT, RawRequest("POST", "/x", **inputs))
    assert [problem.field for problem in problems] == ([field] if field else [])


async def test_a_refusal_reaches_the_sender_before_any_byte_does(serve: Any) -> None:
    wire = await serve(b"")
    request = RawRequest("POST", "/x", data="a", form=[("b", "c")])
    async with Client(wire.connection()) as client:
        (problem,) = check(client, request)
        with pytest.raises(InvalidRequest, match="two bodies"):
            await send(client, request)
    assert problem.field == "Data"
    assert wire.connections == 0
