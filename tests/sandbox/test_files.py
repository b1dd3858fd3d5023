"""The bytes of a message's files: by redirect, as at Twilio, and real pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.sandbox.conftest import http_to
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"


@pytest.fixture
async def http(empty: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with http_to(empty) as client:
        yield client


def file_of(sandbox: Sandbox, url: str) -> str:
    message = sandbox.receive(MAYA, sandbox.numbers[0], "", media=(url,))
    return f"/Messages/{message.sid}/Media/{message.media[0].sid}"


@pytest.mark.parametrize(
    ("name", "kind", "begins"),
    [
        ("a.png", "image/png", b"\x89PNG"),
        ("a.jpg", "image/jpeg", b"\xff\xd8\xff"),
        ("a", "image/jpeg", b"\xff\xd8\xff"),
        ("a.gif", "image/gif", b"GIF89a"),
        ("a.pdf", "application/pdf", b"%PDF-"),
        ("a.vcf", "text/vcard", b"BEGIN:VCARD"),
        ("a.wav", "audio/x-wav", b"RIFF"),
    ],
)
async def test_the_bytes_are_where_the_redirect_leads_and_ask_for_no_credentials(
    http: httpx.AsyncClient, empty: Sandbox, name: str, kind: str, begins: bytes
) -> None:
    path = file_of(empty, f"https://files.example/{name}")
    away = await http.get(path)
    assert (away.status_code, away.content) == (307, b"")
    assert away.headers["Location"].startswith(f"{empty.storage_url}/") and empty.storage_url != empty.base_url
    async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
        found = await stranger.get(away.headers["Location"])
        assert found.status_code == 200
        assert found.content.startswith(begins)
        if name != "a.vcf":
            assert found.headers["Content-Type"] == kind
        assert (await stranger.get(away.headers["Location"][:-1] + "x")).status_code == 404
        assert (
            await stranger.get(empty.base_url + f"/2010-04-01/Accounts/{empty.account_sid}{path}")
        ).status_code == 401


async def test_a_picture_is_whole(http: httpx.AsyncClient, empty: Sandbox) -> None:
    picture = (await http.get(file_of(empty, "https://f.example/a.png"), follow_redirects=True)).content
    chunks: dict[bytes, bytes] = {}
    rest = picture[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        name, data = rest[4:8], rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length]) == (zlib.crc32(name + data),)
        chunks[name], rest = data, rest[12 + length :]
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)


async def test_what_was_removed_is_gone_from_both_places(http: httpx.AsyncClient, empty: Sandbox) -> None:
    path = file_of(empty, "https://f.example/a.png")
    there = (await http.get(path)).headers["Location"]
    assert (await http.delete(path)).status_code == 204
    assert (await http.get(path)).status_code == 404
    async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
        assert (await stranger.get(there)).status_code == 404


async def test_the_storage_host_wants_no_credentials_and_only_reads(http: httpx.AsyncClient, empty: Sandbox) -> None:
    there = (await http.get(file_of(empty, "https://f.example/a.png"))).headers["Location"]
    # This client has the account's credentials with it.
    assert (await http.get(there)).status_code == 400
    async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
        assert (await stranger.delete(there)).status_code == 405
        assert int((await stranger.head(there)).headers["Content-Length"]) > 100


async def test_the_webhooks_own_urls_lead_to_the_bytes(http: httpx.AsyncClient, empty: Sandbox) -> None:
    message = empty.receive(MAYA, empty.numbers[0], "", media=("https://f.example/a.png",))
    urls = [value for name, value in empty._callbacks._inbound(message) if name == "MediaUrl0"]
    answer = await http.get(urls[0], follow_redirects=True)
    assert answer.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    ("url", "kind", "content"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("data:text/plain;charset=utf-8;base64,w6k=", "text/plain", "é".encode()),
        ("data:text/csv,a%2Cb%0A", "text/csv", b"a,b\n"),
        ("data:audio/amr,", "audio/amr", b""),
    ],
)
async def test_a_file_whose_bytes_come_with_it_is_read_back(
    http: httpx.AsyncClient, empty: Sandbox, url: str, kind: str, content: bytes
) -> None:
    fields = {"From": MAYA, "To": empty.numbers[0], "Body": "", "MediaUrl": url}
    arrived = (await http.post(f"{empty.base_url}/_sandbox/inbound", json=fields, auth=None)).json()
    assert arrived["num_media"] == "1"
    (file,) = (await http.get(f"/Messages/{arrived['sid']}/Media.json")).json()["media_list"]
    assert file["content_type"] == kind
    away = await http.get(f"/Messages/{arrived['sid']}/Media/{file['sid']}")
    async with httpx.AsyncClient(trust_env=False, verify=False) as stranger:
        found = await stranger.get(away.headers["Location"])
    assert (found.content, found.headers["Content-Type"]) == (content, kind)


@pytest.mark.parametrize(
    "url", ["data:", "data:image/png", "data:picture,x", "data:image/png;base64,é", "data:;base64,"]
)
async def test_a_file_that_cannot_be_read_is_refused(http: httpx.AsyncClient, empty: Sandbox, url: str) -> None:
    fields = {"From": MAYA, "To": empty.numbers[0], "Body": "", "MediaUrl": url}
    answer = await http.post(f"{empty.base_url}/_sandbox/inbound", json=fields, auth=None)
    assert (answer.status_code, "MediaUrl" in answer.text) == (400, True)


@pytest.mark.parametrize("url", ["data:image/png;base64,iVBORw0KGgo=", "data:nonsense"])
async def test_a_message_that_is_sent_cannot_bring_its_bytes(http: httpx.AsyncClient, empty: Sandbox, url: str) -> None:
    """Twilio fetches what MediaUrl names, and takes http and https only."""
    form = {"From": empty.numbers[0], "To": MAYA, "MediaUrl": url}
    answer = await http.post("/Messages.json", data=form)
    assert (answer.status_code, answer.json()["code"]) == (400, 21620)
    assert (await http.get("/Messages.json")).status_code == 200
