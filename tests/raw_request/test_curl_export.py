"""A request as a curl command and back: nothing is lost on the way, and no credential is ever written."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.raw_request.code_export import to_httpx
from tui.raw_request.curl_export import to_curl
from tui.raw_request.curl_import import read_curl
from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.sending import send
from tui.storage.connections import Connection
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest

SID = "AC" + "a" * 32
CONNECTION = Connection("t", "api_key", SID, "SK" + "b" * 32, "s3cret-key", "s3cret-token")
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), max_size=12)
NAMES = st.text("abcXYZ-", min_size=1, max_size=8)
PAIRS = st.lists(st.tuples(WORDS.filter(bool), WORDS), max_size=3).map(tuple)


@example("POST", (), (), "one\u2028two\u2029three\x85")
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT"]),
    query=PAIRS,
    values=st.lists(st.tuples(NAMES.map("X-{}".format), st.text("abc 12'\"$", max_size=8)), max_size=2).map(tuple),
    data=st.none()
    | st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=1),
)
def test_what_is_written_as_curl_is_read_back_as_the_same_request(method, query, values, data):
    headers = tuple((name, value.strip() or "v") for name, value in values)
    request = RawRequest(method, "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", query, headers, data)
    command = to_curl(request, CONNECTION)
    assert "s3cret" not in command
    again = read_curl(command).request
    assert to_curl(again, CONNECTION) == command
    assert again.method == method
    assert again.data == data


@given(PAIRS.filter(lambda pairs: pairs and all(word.isprintable() for pair in pairs for word in pair)))
def test_a_form_is_written_as_it_is_read_and_comes_back_byte_for_byte(pairs):
    data = urlencode(pairs, quote_via=quote)
    command = to_curl(RawRequest("POST", "/x", data=data), CONNECTION)
    assert command.count("--data-urlencode") == len(pairs) and "--data-raw" not in command
    assert read_curl(command).request.data == data


@pytest.mark.parametrize("data", ["To=+1", "a=1&b", "=x", "a=%00", "a=%e9", "a=%C3%A9%zz", "a=1&", "a=b c"])
def test_a_form_that_would_not_be_the_same_bytes_is_written_as_it_is(data):
    command = to_curl(RawRequest("POST", "/x", data=data), CONNECTION)
    assert f"--data-raw {shlex.quote(data)}" in command
    assert read_curl(command).request.data == data


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ""),
        ({"max_retries": 2, "exponential_backoff": True}, "--retry 2"),
        ({"max_retries": 2, "retry_delay_ms": 1500}, "--retry 2 --retry-delay 2"),
        (
            {"max_retries": 1, "retry_delay_ms": 3000, "retry_all_errors": True},
            "--retry 1 --retry-delay 3 --retry-all-errors",
        ),
        ({"retry_delay_ms": 3000, "retry_all_errors": True}, ""),
    ],
)
def test_retries_are_written_as_curl_knows_them(options, words):
    command = to_curl(RawRequest("GET", "/x", **options), CONNECTION)
    assert f"\n  {words} \\\n" in command if words else "--retry" not in command


@pytest.mark.parametrize("path", ["/tmp/a b.json", "-", "it's $5", "notes"])
def test_a_file_that_is_the_body_is_written_as_curl_and_comes_back(path):
    request = RawRequest("POST", "/x", data_file=path)
    command = to_curl(request, CONNECTION)
    again = read_curl(command).request
    # Its type is said, since curl would call any file a form.
    assert (again.data_file, again.method) == (path if path != "-" else "./-", "POST")
    assert to_curl(again, CONNECTION) == command


HEADERS = st.lists(st.tuples(NAMES.map("X-{}".format), st.text('ab1"$', min_size=1, max_size=6))).map(tuple)
BODIES = ({}, {"data": "To=%2B1&Body=a%20b"}, {"data": "a b"}, {"data": "[1]"}, {"form": (("a", "@b;c"),)})
OPTIONS = (
    *({}, {"timeout": 2.5}, {"max_retries": 3, "exponential_backoff": True}),
    {"max_retries": 1, "retry_delay_ms": 2000, "retry_all_errors": True},
)
REQUESTS = st.builds(
    lambda method, query, headers, body, options: RawRequest(method, "/x", query, headers, **body, **options),
    st.sampled_from(["GET", "POST", "DELETE", "PURGE"]),
    PAIRS,
    HEADERS,
    st.sampled_from(BODIES),
    st.sampled_from(OPTIONS),
)


@given(REQUESTS)
def test_what_is_copied_as_curl_is_pasted_as_the_same_request(request_):
    again = read_curl(to_curl(request_, CONNECTION)).request
    # A type that was only to be guessed is written out, as curl guesses otherwise.
    headers = tuple(pair for pair in again.headers if pair in request_.headers)
    assert replace(again, headers=headers) == request_


ODD = st.lists(
    st.sampled_from(['"', "\\", ";", "=", ",", "@", " ", "é", "'", "<", ";type=", "; filename="]), min_size=1
).map("".join)


@given(ODD.filter(lambda key: "=" not in key), ODD, st.none() | ODD)
def test_a_file_is_written_as_curl_and_comes_back(key, path, filename):
    part = FilePart(key, path, filename, "text/html; charset=utf-8")
    request = RawRequest("POST", "/x", files=(part,))
    assert read_curl(to_curl(request, CONNECTION)).request.files == (replace(part, path=str(Path(path))),)


@pytest.mark.parametrize(
    "part", [FilePart("f", "~nobody-of-that-name/x"), FilePart("f", "x", None, 'a/b; c="d;type=e"')]
)
def test_a_file_that_curl_cannot_name_is_refused_with_its_field(part):
    with pytest.raises(InvalidRequest) as refused:
        to_curl(RawRequest("POST", "/x", files=(part,)), CONNECTION)
    assert refused.value.field == "File Data"
    assert "“f”" in refused.value.reason


def test_python_gets_a_form_as_names_and_values():
    data = urlencode([("To", "+1415"), ("MediaUrl", "a/1"), ("MediaUrl", "b")], quote_via=quote)
    program = to_httpx(RawRequest("POST", "/x", data=data), CONNECTION)
    assert "data={" in program and '"To": "+1415",' in program and '"MediaUrl": ["a/1", "b"],' in program
    apart = urlencode([("a", "1"), ("b", "2"), ("a", "3")], quote_via=quote)
    assert f'content="{apart}"' in to_httpx(RawRequest("POST", "/x", data=apart), CONNECTION)


@given(query=PAIRS, data=st.none() | WORDS.filter(bool))
def test_python_is_valid_and_holds_no_credential(query, data):
    program = to_httpx(RawRequest("POST", "/Accounts.json", query, data=data), CONNECTION)
    compile(program, "request.py", "exec")
    assert "s3cret" not in program


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    "data",
    [
        "To=%2B1&Body=it's $5\nend",
        urlencode([("To", "+1 2"), ("DateSent>", "é🙏\n"), ("Body", "@it's $5 ~-._/*"), ("x", "")], quote_via=quote),
    ],
)
async def test_curl_itself_sends_what_the_program_sends(serve: Any, http: Any, data: str):
    wire = await serve(http(b"{}"))
    connection = wire.connection()
    request = RawRequest(
        "POST",
        "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json",
        query=(("a", "1"), ("a", "it's"), ("DateSent>", "2026-01-02")),
        headers=(("X-Odd", 'quo"te $HOME `x`'),),
        data=data,
    )
    async with Client(connection) as client:
        await send(client, request)
    environ = {
        **os.environ,
        "TWILIO_ACCOUNT_SID": connection.account_sid,
        "TWILIO_API_KEY": connection.api_key_sid or "",
        "TWILIO_API_SECRET": "key-secret",
    }
    process = await asyncio.create_subprocess_exec("bash", "-c", f"{to_curl(request, connection)} -sS", env=environ)
    assert await process.wait() == 0
    ours, theirs = wire.heard
    assert theirs.line == ours.line
    # Some versions of curl write a blank of --data-urlencode as +, which is the same to whoever reads a form.
    assert theirs.form == ours.form if "%20" in data else theirs.body == ours.body
    for name in ("Authorization", "Content-Type", "X-Odd"):
        assert theirs.header(name) == ours.header(name)


def test_a_command_from_the_documentation_is_understood():
    reading = read_curl(
        f"""curl -X POST "https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json" \\
        --data-urlencode "Body=Hi there" --data-urlencode "From=+15017122661" \\
        --data-urlencode "To=+15558675310" -u {SID}:s3cret-token"""
    )
    assert reading.request.method == "POST"
    assert reading.request.data == "Body=Hi%20there&From=%2B15017122661&To=%2B15558675310"
    assert reading.notes
    assert "s3cret" not in repr(reading)


@pytest.mark.parametrize("text", ["", "wget x", "curl", "curl 'open", "curl --no-such-thing https://api.twilio.com/x"])
def test_what_is_no_curl_command_is_refused_with_a_sentence(text):
    with pytest.raises(InvalidRequest) as refused:
        read_curl(text)
    assert refused.value.reason
