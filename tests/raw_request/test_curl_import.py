"""curl commands as people paste them: what is taken over, what is left out and said, what is refused."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.code_export import to_httpx
from tui.raw_request.curl_export import to_curl
from tui.raw_request.curl_import import read_curl
from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.pasted_commands import OpenQuote, split_words
from tui.raw_request.sending import send
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest

URL = "https://api.twilio.com/2010-04-01/x"


@given(st.lists(st.text(), max_size=6))
def test_what_the_shell_would_hand_on_is_what_is_read(words: list[str]) -> None:
    # Carriage returns before line ends are a terminal's, not the command's.
    words = [word.replace("\r\n", "\n") for word in words]
    assert split_words(shlex.join(words)).words == words


@pytest.mark.parametrize(
    ("text", "words", "rest"),
    [
        ("a 'b c' \"d\"'e'f", ("a", "b c", "def"), ""),
        ("a \\\n  b\\ c \\\r\n d", ("a", "b c", "d"), ""),
        ('a "\\$x \\" \\n \\\\"', ("a", '$x " \\n \\'), ""),
        (r"a $'it\'s\n\x41\u00e9\101'", ("a", "it's\nAéA"), ""),
        ("a '' \"\"", ("a", "", ""), ""),
        ("a b | jq .", ("a", "b"), "| jq ."),
        ("a b>c", ("a", "b"), ""),
        ("a b# c #d", ("a", "b#", "c"), ""),
        ("a b?x=1&y=2", ("a", "b?x=1"), "&y=2"),
        ("a\nb", ("a",), "b"),
    ],
)
def test_a_command_is_taken_apart_as_a_shell_does(text: str, words: tuple[str, ...], rest: str) -> None:
    found = split_words(text)
    assert tuple(found.words) == words
    assert found.rest == rest


@pytest.mark.parametrize("stdin", ["< body.txt", "<<EOF\nhi\nEOF"])
def test_what_an_upload_reads_is_not_said_to_be_left_out(stdin: str) -> None:
    reading = read_curl(f"curl {URL} -T - {stdin}")
    assert reading.request.data_file or reading.request.data == "hi\n"
    assert not any("left out" in note for note in reading.notes)


def test_no_part_of_a_password_stays_in_the_address() -> None:
    reading = read_curl("curl https://AC1:pa@ss@api.twilio.com/2010-04-01/x?to=a@b")
    assert reading.request.path == "/x?to=a@b"
    assert len(reading.notes) == 1


@pytest.mark.parametrize("text", ["'", 'a "b', "a $'b", 'a "b\\"'])
def test_an_open_quote_is_told(text: str) -> None:
    with pytest.raises(OpenQuote):
        split_words(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read_curl(f"curl {text}")
    except InvalidRequest as problem:
        assert problem.reason
        assert problem.remedy


def request(**inputs: Any) -> RawRequest:
    return RawRequest(**{"method": "GET", "path": "/x", **inputs})


FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (f"curl {URL}", request()),
        (f"$ curl --url {URL}", request()),
        ("curl api.twilio.com/2010-04-01/x", request()),
        (f"curl -sSXDELETE {URL}", request(method="DELETE")),
        (f"curl -I {URL}", request(method="HEAD")),
        (f"curl --request PURGE -- {URL}", request(method="PURGE")),
        (f"curl '{URL}?a=1&a=2&DateSent%3E=x#part'", request(query=(("a", "1"), ("a", "2"), ("DateSent>", "x")))),
        (f"curl '{URL}?odd&a=1'", request(path="/x?odd&a=1")),
        ("curl https://messaging.twilio.com/v1/S", request(path="https://messaging.twilio.com/v1/S")),
        (f"curl {URL} -d a=b -d c=d", request(method="POST", data="a=b&c=d")),
        (f"curl {URL} --data-raw @x=y", request(method="POST", data="@x=y")),
        (f"curl {URL} -d words", request(method="POST", data="words", headers=FORM)),
        (f"curl {URL} -d ''", request(method="POST")),
        (f"curl -G {URL} -d a=b --data-urlencode 'c=d e'", request(query=(("a", "b"), ("c", "d e")))),
        (f"curl {URL}/'?z=1' -G -d a=b", request(path="/x/", query=(("z", "1"), ("a", "b")))),
        (
            f"curl {URL} --data-urlencode '=a&b' --data-urlencode 'é'",
            request(method="POST", data="a%26b&%C3%A9", headers=FORM),
        ),
        (
            f"curl {URL} --json '{{}}'",
            request(
                method="POST", data="{}", headers=(("Content-Type", "application/json"), ("Accept", "application/json"))
            ),
        ),
        (
            f"curl {URL} -H 'X-A:  b' -H 'X-Empty;' -A me -b a=b -e there",
            request(
                headers=(("X-A", "b"), ("X-Empty", ""), ("User-Agent", "me"), ("Cookie", "a=b"), ("Referer", "there"))
            ),
        ),
        (
            f"curl {URL} -F a=b -F 'a=\"c;d\"' --form-string 'e=@f' "
            '-F \'g=@h i.png;type=image/x;filename="j\\"k"\' -F l=@m',
            request(
                method="POST",
                form=(("a", "b"), ("a", "c;d"), ("e", "@f")),
                files=(FilePart("g", "h i.png", 'j"k', "image/x"), FilePart("l", "m")),
            ),
        ),
        (f"curl {URL} --data-binary @a/b", request(method="POST", headers=FORM, data_file="a/b")),
        (f"curl -T a/b {URL}/", request(method="PUT", path="/x/b", data_file="a/b")),
        (f"curl -T a/b {URL}/?c=d", request(method="PUT", path="/x/b", query=(("c", "d"),), data_file="a/b")),
        (f"curl -m 2.5 --retry 3 {URL}", request(timeout=2.5, max_retries=3, exponential_backoff=True)),
        (
            f"curl --retry 3 --retry-delay 1.5 --retry-all-errors {URL}",
            request(max_retries=3, retry_delay_ms=1500, retry_all_errors=True),
        ),
    ],
)
def test_what_curl_would_send_is_what_is_read(command: str, wanted: RawRequest) -> None:
    assert read_curl(command).request == wanted


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"curl -u AC1:s3cret {URL}", "credentials"),
        (f"curl -H 'Authorization: Basic s3cret' {URL}", "credentials"),
        ("curl https://AC1:s3cret@api.twilio.com/2010-04-01/x", "credentials"),
        (f"curl -H 'Host: s3cret' {URL}", "Host is set by the connection"),
        (f"curl -H 'Accept:' {URL}", "would send no Accept"),
        (f"curl -kL {URL}", "Certificates are always checked"),
        (f"curl -o out {URL}", "output file"),
        (f"curl {URL} | jq .s3cret", "from the “|” on"),
        (f"curl {URL}\necho s3cret", "from the next line on"),
        (f'curl {URL} -H "X: $TOKEN"', "$TOKEN stands as it is written"),
        (f'curl {URL} -d "$A$B"', "$A and $B stand as they are written"),
        (f'curl {URL} -d "$A$B$C$D$E"', "$A, $B, $C and 2 others stand"),
        (f'curl {URL} -H "X: $TOKEN" -d a=b', "save a value for it"),
        (f"""curl {URL} -d '{{"to": "'$TO'"}}'""", "$TO stands as it is written: put its value in its place."),
        (f"""curl {URL} -d '{{"of": "'$TWILIO_ACCOUNT_SID'"}}'""", "$TWILIO_ACCOUNT_SID stands as it is written: put"),
        (f'curl {URL} -F "a=@$FILE"', "$FILE stands as it is written: put its value"),
        (f'curl {URL} --data-binary "@$A/$B"', "$A and $B stand as they are written: put their values"),
        (f"curl {URL} -T - <<EOF\nhi $TO\nEOF", "$TO stands as it is written: put its value"),
        (f"curl {URL} -d a < file", "behind the < is not read"),
        (f"curl {URL} -T file", "says no Content-Type"),
        (f"curl {URL} -d '{{}}'", "take the Content-Type out"),
        (f"curl {URL} -H 'Content-Type: multipart/form-data' -F a=b", "is made here"),
        (f"curl {URL} -F 'a=b;type=text/x'", "type of the form field"),
    ],
)
def test_what_is_left_out_is_said_and_no_credential_is_taken_over(command: str, said: str) -> None:
    reading = read_curl(command)
    assert any(said in note for note in reading.notes)
    assert "s3cret" not in repr(reading)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("curl", "no address"),
        (f"curl {URL} {URL}", "Only one address"),
        (f"curl {URL} -d @file", "--data reads from a file"),
        (f"curl {URL} --data-urlencode name@file", "--data-urlencode name@… reads from a file"),
        (f"curl {URL} -F 'a=<file'", "-F reads from a file"),
        (f"curl {URL} -F 'a=@b,c'", "several files"),
        (f"curl {URL} -F a", "no value"),
        (f"curl {URL} -F 'a=@b;headers=x'", "headers="),
        (f"curl {URL} -H @file", "reads from a file"),
        (f"curl {URL} -b jar", "reads from a file"),
        (f"curl {URL} -d a -F b=c", "two bodies, -d and -F"),
        (f"curl {URL} -d a --data-binary @file", "two bodies, -d and a file"),
        (f"curl {URL} -T file -F b=c", "two bodies"),
        (f"curl {URL} -T - ", "typed or piped"),
        (f"curl -G {URL} --data-binary @file", "-G puts a file"),
        (f"curl {URL} -x proxy", "-x"),
        (f"curl {URL} --proxy proxy", "--proxy"),
        (f"curl {URL} -sZ", "-Z"),
        (f"curl {URL} -m soon", "--max-time needs a number"),
        (f"curl {URL} --retry 2.5", "--retry needs a number"),
        (f"curl {URL} -X", "-X stands without its value"),
        (f"curl '{URL}", "not closed"),
        (f"fetch {URL}", "begin with curl"),
    ],
)
def test_what_has_no_place_here_is_refused_by_name(command: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_curl(command)
    assert said in refused.value.reason


@pytest.mark.parametrize("kind", ["api_key", "auth_token"])
@pytest.mark.parametrize("way", ["curl", "python"])
async def test_a_form_with_a_file_leaves_the_same_whoever_sends_it(
    serve: Any, http: Any, tmp_path: Path, kind: str, way: str
) -> None:
    if way == "curl" and (shutil.which("curl") is None or shutil.which("bash") is None):
        pytest.skip("curl is not installed")
    file = tmp_path / 'it\'s "one" $HOME.png'
    file.write_bytes(bytes(range(256)))
    wire = await serve(http(b"{}"))
    connection: Connection = wire.connection(kind=kind)
    raw = RawRequest(
        "POST",
        "/Accounts/${TWILIO_ACCOUNT_SID}/x.json",
        query=[("a", "[1]"), ("a", "é")],
        form=[("b", "@c;type=d"), ("b", "$e 'f'\n")],
        files=[FilePart("g", file, filename="h.bin"), FilePart("i", file, content_type="image/x")],
        timeout=20,
    )
    async with Client(connection) as client:
        await send(client, raw)
    command = f"{to_curl(raw, connection)} -sS" if way == "curl" else to_httpx(raw, connection)
    assert "secret" not in command.replace("_SECRET", "")
    environ = {
        **os.environ,
        "TWILIO_ACCOUNT_SID": connection.account_sid,
        "TWILIO_API_KEY": connection.api_key_sid or "",
        "TWILIO_API_SECRET": "key-secret",
        "TWILIO_AUTH_TOKEN": "token-secret",
    }
    program = ("bash", "-c") if way == "curl" else (sys.executable, "-c")
    process = await asyncio.create_subprocess_exec(*program, command, env=environ, stdout=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
    ours, theirs = wire.heard
    assert theirs.line == ours.line
    assert theirs.header("authorization") == ours.header("authorization")

    def body(heard: Any) -> bytes:
        boundary = heard.header("content-type").partition("boundary=")[2].encode()
        return heard.body.replace(boundary, b"B")

    assert sorted(body(theirs).split(b"--B")) == sorted(body(ours).split(b"--B"))


def test_what_a_command_line_cannot_carry_is_refused() -> None:
    connection = Connection("c", "auth_token", "AC1", auth_token="t")
    for inputs in ({"data": b"\xff"}, {"data": "\0"}, {"form": [("a=b", "c")]}, {"form": [("a", "\0")]}):
        with pytest.raises(InvalidRequest):
            to_curl(RawRequest("POST", "/x", **inputs), connection)  # type: ignore[arg-type]
    assert repr(b"\xff") in to_httpx(RawRequest("POST", "/x", data=b"\xff"), connection)
