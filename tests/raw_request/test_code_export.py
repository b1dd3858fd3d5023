"""Requests as commands of HTTPie and as programs: what a person would write, and never a credential."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.code_export import to_httpie, to_httpx
from tui.raw_request.curl_export import to_curl
from tui.raw_request.library_call import to_twilio
from tui.raw_request.model import FilePart, RawRequest
from tui.storage.connections import Connection
from tui.twilio.errors import InvalidRequest

SID = "AC" + "a" * 32
TOKEN = Connection("t", "auth_token", SID, auth_token="s3cret-token")
KEY = Connection("t", "api_key", SID, "SK" + "b" * 32, "s3cret-key", "s3cret-token", base_url="http://127.0.0.1:4010")
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
URL = '"api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"'
USER = '-a "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN"'


@pytest.mark.parametrize(
    ("inputs", "rows"),
    [
        ({}, (f"https {URL}",)),
        (
            {"query": (("PageSize", "20"), ("DateSent>", "2026-01-02"))},
            (f"https {URL}", '"PageSize==20"', '"DateSent>==2026-01-02"'),
        ),
        (
            {"method": "POST", "data": "To=%2B1415&Body=It%27s%20%245&MediaUrl=a&MediaUrl=b"},
            (f"https -f POST {URL}", '"To=+1415"', "'Body=It'\"'\"'s $5'", '"MediaUrl=a"', '"MediaUrl=b"'),
        ),
        # What begins with a sign that separates, or has one in its name, would be another kind of item.
        (
            {"method": "POST", "data": "a=%40home&b=%3D1&c=%3Ax&d%40e%3Af=x&g=a%40b%3D"},
            (
                f"https -f POST {URL}",
                *("'a=\\@home'", "'b=\\=1'", "'c=\\:x'", "'d\\@e\\:f=x'", '"g=a@b="'),
            ),
        ),
        # A backslash before a sign that separates is always taken away.
        (
            {"method": "POST", "data": "a=x%5C%3Dy"},
            (f"https POST {URL}", '"Content-Type:application/x-www-form-urlencoded"', "--raw=a=x%5C%3Dy"),
        ),
        ({"query": (("a", "\\@"),)}, (f'https {URL[:-1]}?a=%5C%40"',)),
        (
            {"method": "PUT", "data": '{"a": "b"}', "headers": (("X-Empty", ""), ("X-A", "@b"))},
            (
                *(f"https PUT {URL}", '"X-Empty;"', "'X-A:\\@b'", '"Content-Type:application/json"'),
                '--raw=\'{"a": "b"}\'',
            ),
        ),
        (
            {"method": "POST", "form": (("a", "@b"),), "files": (FilePart("f", "/tmp/x y.png"),), "timeout": 5.0},
            (
                *(f"https --multipart POST {URL}", "'a=\\@b'", '"f@/tmp/x y.png;type=image/png"'),
                "--timeout=5",
            ),
        ),
        ({"method": "HEAD"}, (f"https HEAD {URL}",)),
        ({"data": "a=b"}, (f"https -f GET {URL}", '"a=b"')),
        (
            {"method": "PUT", "data_file": "/tmp/a b.json"},
            (f"https PUT {URL}", '"Content-Type:application/json"', '"@/tmp/a b.json"'),
        ),
    ],
)
def test_a_command_of_httpie_is_written_as_a_person_would(inputs: dict[str, Any], rows: tuple[str, ...]) -> None:
    request = RawRequest(**{"method": "GET", "path": MESSAGES, **inputs})
    assert to_httpie(request, TOKEN) == " \\\n  ".join((*rows, USER))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"data": b"\xff"}, "cannot carry these bytes"),
        ({"headers": (("X-A", "a\\:b"),)}, "cannot say these headers"),
        ({"form": (("a", "\\@"),)}, "cannot say “a”"),
        ({"files": (FilePart("a", "/b", "c"),)}, "cannot call the file of “a” otherwise"),
        ({"files": (FilePart("a", "/b;type=c"),)}, "cannot say “a”"),
    ],
)
def test_what_httpie_cannot_say_is_refused_by_name(inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        to_httpie(RawRequest(**{"method": "POST", "path": MESSAGES, **inputs}), TOKEN)
    assert said in refused.value.reason


@pytest.mark.parametrize("write", [to_curl, to_httpie, to_httpx, to_twilio])
@pytest.mark.parametrize("connection", [TOKEN, KEY])
def test_credentials_are_variables_and_never_values(write: Any, connection: Connection) -> None:
    text = write(RawRequest("GET", f"/Accounts/{SID}/Messages.json", (("PageSize", "2"),)), connection)
    assert "s3cret" not in text and "SK" + "b" * 32 not in text
    for name in ("TWILIO_API_KEY", "TWILIO_API_SECRET") if connection is KEY else ("TWILIO_AUTH_TOKEN",):
        assert name in text
    with pytest.raises(InvalidRequest, match="always the connection's own"):
        write(RawRequest("GET", MESSAGES, (), (("authorization", "Basic s3cret"),)), connection)


@given(st.text(), st.text(min_size=1))
def test_programs_are_whole_whatever_they_hold(value: str, data: str) -> None:
    request = RawRequest("POST", MESSAGES, (("a", value),), data=data)
    try:
        compile(to_httpx(request, TOKEN), "program", "exec")
        to_httpie(request, TOKEN)
    except InvalidRequest as problem:
        assert problem.remedy
