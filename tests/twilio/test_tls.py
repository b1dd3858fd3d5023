"""What is said when no answer comes: of the host that was asked, and with the remedy for what is wrong."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpcore
import pytest

from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest, NoAnswer
from tui.twilio.exchange import BrokenAnswer, OutgoingRequest
from tui.twilio.http import no_answer

Secure = Callable[[Path], Awaitable[int]]


@pytest.fixture
async def secure() -> AsyncIterator[Secure]:
    """`await secure(pem)` is the port of an https server that answers `{}`."""
    servers: list[asyncio.Server] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()

    async def start(pem: Path) -> int:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def to(port: int, *, ca_file: str = "", host: str = "127.0.0.1") -> Connection:
    return Connection(
        "c", "auth_token", "AC" + "0" * 32, auth_token="t" * 32, base_url=f"https://{host}:{port}", ca_file=ca_file
    )


async def failure(connection: Connection) -> NoAnswer:
    async with Client(connection) as client:
        with pytest.raises(NoAnswer) as raised:
            await client.get(client.policy.locate("/x"))
    assert not raised.value.sent
    return raised.value


async def test_a_certificate_of_an_unknown_issuer_is_said_to_be_that_and_what_to_set(
    secure: Secure, nobody: Path
) -> None:
    problem = await failure(to(await secure(nobody)))
    assert "an issuer that is not known here" in problem.reason
    assert "ca_file" in problem.remedy
    assert "network," not in problem.remedy


async def test_a_file_of_ones_own_certificates_is_believed_beside_the_usual_ones(
    secure: Secure, nobody: Path, expired: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "company.pem"
    mine.write_bytes("# Società Anonima\n".encode("latin-1") + nobody.read_bytes() + b"\nthe end\n")
    async with Client(to(await secure(nobody), ca_file=str(mine))) as client:
        assert await client.get(client.policy.locate("/x")) == {}
    # Beside them, and nobody else's.
    assert "issuer" in (await failure(to(await secure(expired), ca_file=str(mine)))).reason


async def test_a_certificate_for_another_name_or_out_of_date_is_said_to_be_that(
    secure: Secure, nobody: Path, expired: Path
) -> None:
    problem = await failure(to(await secure(nobody), ca_file=str(nobody), host="localhost"))
    assert "for another name" in problem.reason
    problem = await failure(to(await secure(expired), ca_file=str(expired)))
    assert "expired" in problem.reason
    assert "clock" in problem.remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"", "holds none"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds none"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
        (bytes(5 * 1024 * 1024), "too large"),
    ],
    ids=["missing", "empty", "a key", "damaged", "too large"],
)
async def test_a_file_of_certificates_that_cannot_be_used_is_named_before_anything_is_sent(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    place = tmp_path / "ca.pem"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(InvalidRequest, match=words) as refused:
        async with Client(to(1, ca_file=str(place))):
            pass
    assert refused.value.field == "ca_file"


TROUBLES: list[Exception] = [
    httpcore.ConnectTimeout("x"),
    TimeoutError(),
    httpcore.ConnectError("all connection attempts failed"),
    httpcore.ConnectError("x"),
    BrokenAnswer("x"),
    httpcore.ReadError("x"),
    httpcore.WriteError("x"),
    OSError("x"),
]


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: type(each).__name__)
def test_the_host_that_was_asked_is_named_and_no_other(trouble: Exception, sent: bool) -> None:
    for url, host in (
        ("https://lookups.twilio.com/v2/x", "lookups.twilio.com"),
        ("http://127.0.0.1:4010/x", "127.0.0.1:4010"),
        ("https://api.twilio.com:443/x", "api.twilio.com"),
    ):
        problem = no_answer(trouble, OutgoingRequest("GET", url), sent=sent, limit=1.0)
        assert host in problem.reason
        assert str(problem).count("twilio.com") == host.count("twilio.com")


async def test_a_name_that_is_not_found_is_the_one_of_the_request() -> None:
    real = Connection("c", "auth_token", "AC" + "0" * 32, auth_token="t" * 32)
    refuse = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with Client(real) as client:
        loop = asyncio.get_running_loop()

        async def lookup(*_: object, **__: object) -> list[object]:
            raise refuse

        loop.getaddrinfo = lookup  # type: ignore[method-assign]
        with pytest.raises(NoAnswer) as raised:
            await client.get("https://messaging.twilio.com/v1/Services")
    assert raised.value.reason.startswith("The name messaging.twilio.com could not be found")
