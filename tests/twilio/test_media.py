"""The files of messages over real sockets: a redirecting Twilio, and a storage host that must learn nothing.

Checked by taking the protection out: with credentials sent on, or a redirect taken unchecked, each of these fails.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
from dataclasses import replace
from typing import Any

import pytest

from tui.twilio import media as media_module
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.exchange import IncomingResponse, OutgoingRequest
from tui.twilio.http import _is_public, read_without_credentials
from tui.twilio.media import Media, delete_media, download, find_media, measure, media_url

ACCOUNT = "AC" + "0" * 32
SID = "MM" + "2" * 32
ONE = Media("ME" + "3" * 32, "image/png")
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media/{ONE.sid}"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 5000
SECRETS = ("key-secret", "SK" + "1" * 32, base64.b64encode(b"key-secret").decode()[:8], ACCOUNT)


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    fields = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def redirect(location: str) -> bytes:
    return answer("307 Temporary Redirect", Location=location, Set_Cookie="session=1; Domain=127.0.0.1; Path=/")


async def fetch(client: Client, media: Media = ONE) -> tuple[Media, bytes]:
    body = bytearray()

    async def write(piece: bytes) -> None:
        body.extend(piece)

    return await download(client, SID, media, write, lambda _, __: None), bytes(body)


def everything(heard: Any) -> str:
    return "\n".join([heard.line, *(f"{name}: {value}" for name, value in heard.headers)])


async def test_the_storage_host_gets_no_credential_no_cookie_and_no_word_of_the_account(serve):
    storage = await serve(
        answer("200 OK", PNG, Content_Type="image/png", Content_Disposition='inline; filename="scan 1.png"')
    )
    twilio = await serve(redirect(f"http://127.0.0.1:{storage.port}/kept/1?Signature=s"))
    async with Client(twilio.connection()) as client:
        told, body = await fetch(client)
        measured = await measure(client, SID, ONE)
    assert body == PNG
    assert (told.size, told.name, told.content_type) == (len(PNG), "scan 1.png", "image/png")
    assert (measured.size, measured.name) == (len(PNG), "scan 1.png")
    assert twilio.heard[0].line == f"GET {PATH} HTTP/1.1"
    assert str(twilio.heard[0].header("Authorization")).startswith("Basic ")
    for heard in storage.heard:
        said = everything(heard)
        assert not any(secret in said for secret in SECRETS), said
        assert {name.lower() for name, _ in heard.headers} == {
            *("host", "connection", "user-agent", "accept", "accept-encoding")
        }
        assert "tuilio" in str(heard.header("User-Agent"))
    assert [heard.line for heard in storage.heard] == [f"{way} /kept/1?Signature=s HTTP/1.1" for way in ("GET", "HEAD")]


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://user:pass@127.0.0.1:{port}/x", "user name"),
        ("http://127.0.0.1:{port}/x?key=key-secret", "this connection's secret"),
        ("http://127.0.0.1:{port}/{basic}", "this connection's secret"),
        ("http://127.0.0.1:{port}/?%6bey-secre%74", "this connection's secret"),
        ("http://127.0.0.1:{port}/?%256bey-secret", "this connection's secret"),
        ("http://169.254.169.254/latest/meta-data", "away from this machine"),
        ("https://example.com/x", "away from this machine"),
        ("http://localhost.example/x", "away from this machine"),
        ("file:///etc/passwd", "leads to file:"),
        ("ftp://127.0.0.1:{port}/x", "leads to ftp:"),
        ("javascript:alert(1)", "leads to javascript:"),
        ("data:image/png;base64,AAAA", "leads to data:"),
        ("{twilio}/2010-04-01/Accounts/AC" + "9" * 32 + "/Messages.json", "back to the API"),
        ("/2010-04-01/Accounts/AC" + "9" * 32 + "/Keys.json", "back to the API"),
        ("{twilio}" + PATH, "back to the API"),
        ("https://api.twilio.com" + PATH, "back to the API"),
        ("http://127.0.0.1:{port}/a b", "cannot be read"),
        ("http://127.0.0.1:{port}\\@x/", "cannot be read"),
        ("http://127.0.0.1:{port}/\xe9", "cannot be read"),
        ("http://127.0.0.1:99999/", "cannot be read"),
        ("http://[::1/", "cannot be read"),
        ("http://127.0.0.1:{port}/" + "x" * 9000, "cannot be read"),
    ],
)
async def test_a_redirect_that_leads_elsewhere_is_refused_with_a_sentence(serve, location, words):
    storage = await serve(answer("200 OK", PNG))
    where: list[str] = []

    async def reply(_: Any, writer: Any) -> None:
        writer.write(redirect(where[0]))
        await writer.drain()
        writer.close()

    twilio = await serve(reply)
    basic = base64.b64encode(f"SK{'1' * 32}:key-secret".encode()).decode()
    where.append(location.format(port=storage.port, twilio=twilio.base_url, basic=basic))
    async with Client(twilio.connection()) as client:
        with pytest.raises(InvalidRequest, match=words) as refused:
            await fetch(client)
    assert refused.value.field == "MediaUrl"
    assert "was not followed" in str(refused.value) and "key-secret" not in str(refused.value)
    assert storage.heard == [] and len(twilio.heard) == 1


async def test_circles_and_long_ways_end(serve):
    wires: list[Any] = []

    async def around(heard: Any, writer: Any) -> None:
        writer.write(redirect(f"http://127.0.0.1:{wires[0].port}/same"))

    async def on_and_on(heard: Any, writer: Any) -> None:
        writer.write(redirect(f"http://127.0.0.1:{wires[0].port}/{len(wires[0].heard)}"))

    for reply, words, most in ((around, "circle", 1), (on_and_on, "on and on", 3)):
        wires[:] = [await serve(reply)]
        twilio = await serve(redirect(f"http://127.0.0.1:{wires[0].port}/same"))
        async with Client(twilio.connection()) as client:
            with pytest.raises(InvalidRequest, match=words):
                await fetch(client)
        assert len(wires[0].heard) == most


async def test_a_file_that_is_too_large_or_endless_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(media_module, "LARGEST", 100_000)

    async def endless(_: Any, writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    bomb = gzip.compress(b"x" * 5_000_000)
    for reply in (
        answer("200 OK", b"x" * 100_001),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        endless,
        answer("200 OK", bomb, Content_Encoding="gzip"),
    ):
        storage = await serve(reply)
        twilio = await serve(redirect(f"http://127.0.0.1:{storage.port}/x"))
        async with Client(twilio.connection()) as client:
            with pytest.raises(BadAnswer, match="larger than"):
                await fetch(client)


@pytest.mark.parametrize(
    ("reply", "size"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n12345678", 4),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12345678", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n12345678", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n12345678", None),
        (b"HTTP/1.1 200 OK\r\n\r\n12345678", 8),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n12345678", None),
    ],
)
async def test_a_wrong_size_costs_nothing_and_passes_for_nothing_whole(serve, reply, size):
    storage = await serve(reply)
    twilio = await serve(redirect(f"http://127.0.0.1:{storage.port}/x"))
    async with Client(twilio.connection()) as client:
        if size is None:
            with pytest.raises(NoAnswer):
                await fetch(client)
        else:
            told, body = await fetch(client)
            assert told.size == len(body) == size


async def test_all_of_it_together_is_bounded_in_time(serve, monkeypatch):
    monkeypatch.setattr(media_module, "TIME_LIMIT", 0.3)

    async def drip(_: Any, writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    storage = await serve(drip)
    twilio = await serve(redirect(f"http://127.0.0.1:{storage.port}/x"))
    async with Client(twilio.connection()) as client:
        with pytest.raises(NoAnswer) as late:
            await fetch(client)
    assert late.value.timed_out


async def test_what_the_hosts_refuse_is_said_of_the_right_one(serve):
    gone = await serve(answer("403 Forbidden", b"<Error>AccessDenied key-secret</Error>"))
    twilio = await serve(redirect(f"http://127.0.0.1:{gone.port}/x"))
    async with Client(twilio.connection()) as client:
        with pytest.raises(BadAnswer, match="which stores the file, answered 403"):
            await fetch(client)
    none = await serve(answer("404 Not Found", b'{"code": 20404, "message": "not found", "status": 404}'))
    async with Client(none.connection()) as client:
        with pytest.raises(ApiError):
            await fetch(client)
        with pytest.raises(RequestFailed):
            await measure(client, SID, ONE)


async def test_a_disk_that_is_full_is_not_taken_for_the_network(serve):
    storage = await serve(answer("200 OK", PNG))
    twilio = await serve(redirect(f"http://127.0.0.1:{storage.port}/x"))

    async def write(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    async with Client(twilio.connection()) as client:
        with pytest.raises(BadAnswer, match="No space left on device"):
            await download(client, SID, ONE, write, lambda _, __: None)


async def test_a_strangers_address_is_asked_without_credentials_too(serve):
    storage = await serve(answer("200 OK", PNG))
    twilio = await serve(answer("200 OK"))
    async with Client(twilio.connection()) as client:
        stranger = Media("", url=f"http://127.0.0.1:{storage.port}/x")
        assert (await fetch(client, stranger))[1] == PNG
        for url in (f"{twilio.base_url}/x", "http://10.0.0.1/x", "file:///etc/passwd"):
            with pytest.raises(InvalidRequest):
                await fetch(client, Media("", url=url))
    assert storage.heard[0].header("Authorization") is None and twilio.heard == []


async def test_from_twilio_itself_no_redirect_leads_into_this_network():
    async def read(_: IncomingResponse) -> bytes:
        return b""

    for url in (
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.1.2.3/x",
        "https://192.168.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://100.100.100.100/x",
        "https://[::1]/x",
        "https://[fe80::1]/x",
        "https://[fd00::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://2130706433/x",
        "https://0/x",
    ):
        with pytest.raises((InvalidRequest, NoAnswer)) as refused:
            await read_without_credentials(OutgoingRequest("GET", url), read, limit=5, here=False)
        assert not getattr(refused.value, "sent", False)
    with pytest.raises(InvalidRequest):
        await read_without_credentials(OutgoingRequest("GET", "http://example.com/"), read, limit=5, here=False)
    with pytest.raises(InvalidRequest):
        await read_without_credentials(OutgoingRequest("GET", "https://example.com/"), read, limit=5, here=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("::ffff:8.8.8.8", True),
        ("::ffff:192.168.1.1", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("fec0::1", False),
        ("::10.0.0.1", False),
        ("64:ff9b:1::a00:1", False),
        ("::ffff:0:a00:1", False),
        ("5f00::1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
    ],
)
def test_which_addresses_are_of_the_internet(address, public):
    assert _is_public(address) is public


async def test_from_a_real_twilio_the_redirect_must_be_https_and_elsewhere(serve):
    """The check of the text alone, since the real one cannot be asked here."""
    wire = await serve(answer("200 OK"))
    async with Client(replace(wire.connection(), base_url=None)) as client:
        base = media_url(client, SID, ONE)
        assert base == f"https://api.twilio.com{PATH}"
        assert media_module._checked(client, "https://mms.twiliocdn.com/AC1/x?Expires=1", base)
        for location in ("http://mms.twiliocdn.com/x", "https://127.0.0.1/x", "https://media.twilio.com/x", PATH):
            with pytest.raises(InvalidRequest):
                media_module._checked(client, location, base)


async def test_a_webhooks_address_is_ours_only_at_this_host_and_of_this_account(serve):
    twilio = await serve(answer("204 No Content"))
    async with Client(twilio.connection()) as client:
        ours = media_url(client, SID, ONE)
        assert ours == f"{twilio.base_url}{PATH}"
        assert find_media(client, ours) == find_media(client, f"https://api.twilio.com{PATH}") == (SID, ONE.sid)
        for url in (
            "",
            "not a url",
            ours.replace(ACCOUNT, "AC" + "9" * 32),
            ours + "/../../x",
            ours + ".json",
            ours.replace("127.0.0.1", "127.0.0.2"),
            ours.replace("http://", "http://a:b@"),
            f"https://api.twilio.com.evil.example{PATH}",
            ours.replace(SID, "XX" + "2" * 32),
            f"{twilio.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json",
        ):
            assert find_media(client, url) is None, url
        await delete_media(client, SID, ONE.sid)
        with pytest.raises(InvalidRequest):
            await delete_media(client, SID, "ME..")
    assert twilio.heard[-1].line == f"DELETE {PATH}.json HTTP/1.1"
