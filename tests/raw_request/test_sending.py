"""What leaves for a request made by hand, byte by byte over a real socket, and how its answer is read."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tui.raw_request.links import Pages, pages, redirect_target
from tui.raw_request.model import RawRequest, RawResponse
from tui.raw_request.sending import PreparedRequest, Unanswered, check, prepare, send
from tui.raw_request.transfer import Progress
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, InvalidRequest

Http = Callable[..., bytes]
ACCOUNT = "AC" + "0" * 32


async def exchange(serve: Any, request: RawRequest, said: Any, **more: Any) -> tuple[Any, RawResponse]:
    wire = await serve(said)
    async with Client(wire.connection()) as client:
        return wire.heard, await send(client, request, **more)


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "LINK", "UNLINK", "PURGE", "m-search"]
)
async def test_any_method_goes_out(serve: Any, method: str) -> None:
    heard, response = await exchange(
        serve, RawRequest(method, "/x"), b"HTTP/1.1 200 Fine enough\r\nContent-Length: 0\r\n\r\n"
    )
    assert heard[0].line == f"{method.upper()} /2010-04-01/x HTTP/1.1"
    assert (response.status, response.reason, response.http_version) == (200, "Fine enough", "HTTP/1.1")
    assert len(response.attempts) == 1


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/Accounts/$TWILIO_ACCOUNT_SID.json", (), f"/2010-04-01/Accounts/{ACCOUNT}.json"),
        ("/Accounts/${TWILIO_ACCOUNT_SID}.json", (), f"/2010-04-01/Accounts/{ACCOUNT}.json"),
        ("a", (), "/2010-04-01/a"),
        ("/2010-04-01/2010-04-01/a", (), "/2010-04-01/a"),
        ("/a", [("MediaUrl", "1"), ("MediaUrl", "2")], "/2010-04-01/a?MediaUrl=1&MediaUrl=2"),
        ("/a?x=1", [("x", "2")], "/2010-04-01/a?x=1&x=2"),
        ("/a", [("DateSent>", "2024-01-01")], "/2010-04-01/a?DateSent%3E=2024-01-01"),
        ("/a", [("Body", "é &=+\r\n'")], "/2010-04-01/a?Body=%C3%A9%20%26%3D%2B%0D%0A%27"),
        ("/a?DateSent>=1", (), "/2010-04-01/a?DateSent%3E=1"),
        ("/é%20'", (), "/2010-04-01/%C3%A9%20'"),
    ],
)
async def test_the_address_on_the_wire_is_the_one_shown(
    serve: Any, path: str, query: Any, target: str, http: Http
) -> None:
    wire = await serve(http(b"{}"))
    request = RawRequest("GET", path, query=query)
    async with Client(wire.connection()) as client:
        shown = prepare(client, request).url
        await send(client, request)
    assert wire.heard[0].line == f"GET {target} HTTP/1.1"
    assert shown == wire.base_url + target


async def test_headers_keep_order_repeats_and_letters_and_the_preview_shows_them_all(serve: Any, http: Http) -> None:
    wire = await serve(http(b"{}"))
    typed = (("X-One", "1"), ("x-TWO", "é"), ("X-One", " 3 "), ("Accept", "text/csv"), ("X-Empty", ""))
    request = RawRequest("POST", "/x", headers=typed, data="a=b")
    async with Client(wire.connection()) as client:
        prepared = prepare(client, request)
        await send(client, request)
    heard = wire.heard[0].headers
    own = [pair for pair in heard if pair[0].startswith(("X-", "x-"))]
    assert own == [("X-One", "1"), ("x-TWO", "é"), ("X-One", "3"), ("X-Empty", "")]
    assert [value for name, value in heard if name.lower() == "accept"] == ["text/csv"]
    masked = [(n, "Basic •••" if n == "Authorization" else v) for n, v in heard]
    assert masked == list(prepared.headers)
    assert "key-secret" not in repr(prepared)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ('{"a": 1}', "application/json"),
        ("[1, 2]", "application/json"),
        ('  {"n": 12345678901234567890123456789}\n', "application/json"),
        ("a=b&c=d", "application/x-www-form-urlencoded"),
        ("To=%2B1555&Body=Hi there&MediaUrl=https://x/?y=z", "application/x-www-form-urlencoded"),
        ("DateSent>=2024", "application/x-www-form-urlencoded"),
        ("a=b&", "text/plain"),
        ("just words", "text/plain"),
        ('{"a": }', "text/plain"),
        ('{"a":"b=c"', "text/plain"),
        ("a=b\r\nc=d", "text/plain"),
        ("grüße", "text/plain; charset=utf-8"),
        (b"\xff\x00", "application/octet-stream"),
    ],
)
async def test_data_goes_out_as_typed_with_the_type_it_looks_like(
    serve: Any, data: str | bytes, content_type: str, http: Http
) -> None:
    heard, _ = await exchange(serve, RawRequest("POST", "/x", data=data), http(b"{}"))
    assert heard[0].body == (data if isinstance(data, bytes) else data.encode())
    assert heard[0].header("content-type") == content_type
    assert heard[0].header("content-length") == str(len(heard[0].body))


async def test_a_content_type_typed_by_hand_wins(serve: Any, http: Http) -> None:
    request = RawRequest("POST", "/x", headers=[("content-TYPE", "text/weird; a=b")], data='{"a": 1}')
    heard, _ = await exchange(serve, request, http(b"{}"))
    assert [v for k, v in heard[0].headers if k.lower() == "content-type"] == ["text/weird; a=b"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("data", [None, "", b""])
async def test_no_data_is_no_body_and_no_type(serve: Any, method: str, data: Any, http: Http) -> None:
    heard, _ = await exchange(serve, RawRequest(method, "/x", data=data), http(b"{}"))
    assert heard[0].body == b""
    assert heard[0].header("content-type") is None


@pytest.mark.parametrize(("kind", "accept"), [("json", "application/json"), ("text", "*/*"), ("binary", "*/*")])
async def test_only_json_is_asked_for_as_json(serve: Any, kind: str, accept: str, http: Http) -> None:
    heard, response = await exchange(serve, RawRequest("GET", "/x", response_type=kind), http(b"\x00\xff"))
    assert heard[0].header("accept") == accept
    assert response.content == b"\x00\xff"
    assert response.size == 2


async def test_integers_beyond_two_to_the_53rd_and_fractions_keep_every_digit(serve: Any, http: Http) -> None:
    big = "9" * 6000
    body = f'{{"a": 9007199254740993, "b": 1.10, "c": {big}, "d": 1e99999999999999999999}}'.encode()
    _, response = await exchange(serve, RawRequest("GET", "/x"), http(body))
    value: Any = response.json()
    assert value["a"] == 9007199254740993
    assert str(value["b"]) == "1.10"
    assert value["c"] == Decimal(big)
    assert str(value["d"]) == "1e99999999999999999999"


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"a": }', b"[" * 200_000, b"NaN", b"\xff\xfe\x00", b'{"a": 1} x', b"\x80"]
)
async def test_what_is_not_json_says_so_and_is_kept_as_it_came(serve: Any, body: bytes, http: Http) -> None:
    _, response = await exchange(serve, RawRequest("GET", "/x"), http(body))
    with pytest.raises(ValueError, match=r"\w"):
        response.json()
    assert response.content == body
    assert isinstance(response.text, str)


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=iso-8859-1", b"\xe9", "é"),
        ('text/plain; charset="windows-1252"', b"\x80", "€"),
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=nonsense", "é".encode(), "é"),
        ("text/plain; charset=zip", b"x", "x"),
        ("text/plain; charset=unicode_escape", rb"\x41", r"\x41"),
        ("text/plain; charset=idna", b"xn--", "xn--"),
        ("text/plain; charset=utf-8", b"\xff", "\ufffd"),
        ("text/plain; charset=ascii", b"\xef\xbb\xbf\xc3\xa9", "é"),
        ("text/plain", "é".encode("utf-16"), "é"),
    ],
)
async def test_text_is_read_by_its_charset(serve: Any, content_type: str, body: bytes, text: str, http: Http) -> None:
    answer = http(body, headers=(f"Content-Type: {content_type}",))
    _, response = await exchange(serve, RawRequest("GET", "/x", response_type="text"), answer)
    assert response.text == text


async def test_an_answers_headers_keep_order_repeats_and_letters(serve: Any, http: Http) -> None:
    answer = http(b"{}", headers=("X-B: 1", "x-A: \xe9", "X-B: 2", "Twilio-Request-Id: RQ1"))
    _, response = await exchange(serve, RawRequest("GET", "/x"), answer)
    assert response.headers == (
        ("Content-Length", "2"),
        ("X-B", "1"),
        ("x-A", "é"),
        ("X-B", "2"),
        ("Twilio-Request-Id", "RQ1"),
    )
    assert response.request_id == "RQ1"


async def test_a_failed_status_is_an_answer_with_twilios_error_explained(serve: Any, http: Http) -> None:
    body = b'{"code": 21211, "message": "no", "status": 400}'
    _, response = await exchange(serve, RawRequest("POST", "/x"), http(body, status="400 Bad Request"))
    assert (response.status, response.content) == (400, body)
    assert isinstance(response.error, ApiError)
    assert response.error.code == 21211


async def test_credentials_are_the_connections_and_can_be_left_out(serve: Any, http: Http) -> None:
    heard, _ = await exchange(serve, RawRequest("GET", "/x"), http(b"{}"))
    assert heard[0].header("authorization").startswith("Basic ")
    heard, _ = await exchange(serve, RawRequest("GET", "/x"), http(b"{}"), anonymous=True)
    assert heard[0].header("authorization") is None


@pytest.mark.parametrize(
    ("location", "status", "method", "url", "crosses", "refused"),
    [
        ("/2010-04-01/y", 302, "GET", "{base}/2010-04-01/y", False, False),
        ("y?z=1#f", 307, "POST", "{base}/2010-04-01/y?z=1", False, False),
        ("https://media.twilio.com/m", 303, "GET", "https://media.twilio.com/m", True, True),
        ("https://evil.example/m", 308, "POST", "https://evil.example/m", True, True),
        ("//evil.example", 302, "GET", "http://evil.example", True, True),
        ("http://[::1", 302, "GET", "http://[::1", True, True),
        ("http://a\u20ac:x/", 302, "GET", None, True, True),
    ],
)
async def test_a_redirect_is_shown_and_not_followed(
    serve: Any, location: str, status: int, method: str, url: str, crosses: bool, refused: bool
) -> None:
    said = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 4\r\n\r\nbody".encode()
    wire = await serve(said)
    async with Client(wire.connection()) as client:
        response = await send(client, RawRequest("POST", "/x", data="a=b"))
        target = redirect_target(client.policy, response)
    assert len(wire.heard) == 1
    assert (response.status, response.content) == (status, b"body")
    assert target is not None
    assert target.method == method
    assert target.crosses == crosses
    assert bool(target.refusal) == refused
    if url is not None:
        assert target.url == url.format(base=wire.base_url)


async def test_a_plain_answer_leads_nowhere(serve: Any, http: Http) -> None:
    _, response = await exchange(serve, RawRequest("GET", "/x"), http(b"{}"))
    policy = Client((await serve(b"")).connection()).policy
    assert redirect_target(policy, response) is None
    assert pages(policy, response) == Pages()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            b'{"next_page_uri": "/2010-04-01/M.json?n=1", "previous_page_uri": "/2010-04-01/M.json?n=2", "page": 2}',
            ("{base}/2010-04-01/M.json?n=1", "{base}/2010-04-01/M.json?n=2", 2),
        ),
        (
            b'{"meta": {"next_page_url": "{base}/v1/S?Page=1", "previous_page_url": null, "page": 0}}',
            ("{base}/v1/S?Page=1", None, 0),
        ),
        (b'{"next_page_uri": null, "page": true}', (None, None, None)),
        (b'{"next_page_uri": "https://evil.example/", "page": -1, "previous_page_uri": 7}', (None, None, None)),
        (b"[]", (None, None, None)),
        (b"x", (None, None, None)),
    ],
)
async def test_the_pages_around_a_list_are_found(
    serve: Any, body: bytes, found: tuple[str | None, str | None, int | None], http: Http
) -> None:
    wire = await serve(lambda *_: asyncio.sleep(0))
    body = body.replace(b"{base}", wire.base_url.encode())

    async def say(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(http(body))

    wire.reply = say
    after, before = (link and link.format(base=wire.base_url) for link in found[:2])
    async with Client(wire.connection()) as client:
        response = await send(client, RawRequest("GET", "/x"))
        assert pages(client.policy, response) == Pages(after, before, found[2])


async def test_a_gzip_bomb_is_cut_at_the_limit_and_keys_get_their_turn(serve: Any, http: Http) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    wire = await serve(http(bomb, headers=("Content-Encoding: gzip",)))
    turns = 0

    async def press_keys() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    keys = asyncio.create_task(press_keys())
    async with Client(wire.connection(), largest=8 * 1024 * 1024) as client:
        response = await send(client, RawRequest("GET", "/x"))
    keys.cancel()
    assert response.cut
    assert response.content == bytes(8 * 1024 * 1024)
    assert "larger than 8 MB" in response.note
    assert turns > 30


async def test_what_outgrows_memory_goes_whole_to_a_file(serve: Any, http: Http) -> None:
    body = bytes(range(256)) * 4096
    wire = await serve(http(body))
    file = io.BytesIO()
    seen: list[Progress] = []
    async with Client(wire.connection(), largest=100_001) as client:
        response = await send(client, RawRequest("GET", "/x"), spill=lambda: file, on_progress=seen.append)
    assert file.getvalue() == body
    assert response.content == body[:100_001]
    assert response.cut
    assert response.size == len(body)
    assert [p.received for p in seen] == sorted(p.received for p in seen)
    assert (seen[-1].received, seen[-1].to_receive) == (len(body), len(body))


class Full(io.BytesIO):
    def write(self, _: Any) -> int:
        raise OSError(28, "No space left on device")


async def test_a_full_disk_is_told_and_not_tried_again(serve: Any, http: Http) -> None:
    wire = await serve(http(bytes(5000)))
    async with Client(wire.connection(), largest=100) as client:
        with pytest.raises(Unanswered, match="No space left") as raised:
            await send(client, RawRequest("GET", "/x", max_retries=3), spill=Full)
    assert len(wire.heard) == 1
    assert raised.value.partial is not None


async def test_notes_tell_of_a_repeated_version_and_of_a_retried_message(serve: Any) -> None:
    wire = await serve(b"")
    async with Client(wire.connection()) as client:

        def notes(path: str, **more: Any) -> str:
            prepared: PreparedRequest = prepare(client, RawRequest(more.pop("method", "GET"), path, **more))
            return " ".join(prepared.notes)

        assert notes("/Accounts.json") == ""
        assert "version" in notes("/2010-04-01/Accounts.json")
        assert "shortened" in notes(f"{wire.base_url}/2010-04-01/Accounts.json")
        assert "second time" in notes("/Accounts/AC1/Messages.json", method="POST", max_retries=1)
        assert notes("/Accounts/AC1/Messages.json", method="GET", max_retries=1) == ""
        assert notes("/Accounts/AC1/Messages/SM1.json", method="POST", max_retries=1) == ""


async def test_everything_wrong_is_told_at_once_and_nothing_leaves(serve: Any) -> None:
    wire = await serve(b"")
    request = RawRequest(
        "G T",
        "https://evil.example/",
        headers=[("Host", "x"), ("A", "\n")],
        data="x",
        form=[("", "")],
        files=[],
        response_type="xml",
        timeout=0,
        max_retries=-1,
        retry_delay_ms=-1,
    )
    async with Client(wire.connection()) as client:
        problems = check(client, request)
        with pytest.raises(InvalidRequest):
            await send(client, request)
    assert [problem.field for problem in problems] == [
        "Method",
        "URL",
        "Headers",
        "Data",
        "Form Data",
        "Response Type",
        "Timeout",
        "Max Retry Count",
        "Retry Delay",
    ]
    assert all(problem.reason and problem.remedy for problem in problems)
    assert wire.connections == 0


async def test_what_stands_in_for_twilio_is_said_before_anything_is_sent(serve: Any) -> None:
    wire = await serve(b"")
    request = RawRequest("GET", "https://messaging.twilio.com/v1/Services")
    async with Client(wire.connection()) as client:
        prepared = prepare(client, request)
    assert prepared.url == f"{wire.base_url}/v1/Services"
    assert f"{wire.base_url} answers here in place of messaging.twilio.com" in prepared.notes[0]
    ireland = Connection("ireland", "auth_token", ACCOUNT, auth_token="t" * 32, region="ie1")
    async with Client(ireland) as client:
        prepared = prepare(client, request)
    assert prepared.url == request.path
    assert "https://messaging.dublin.ie1.twilio.com/v1/Services" in prepared.notes[0]
