"""What leaves for the person's own program, byte for byte, and what the official validator says of it there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator, compare

from tests.webhooks.conftest import HELLO, PUBLIC, TOKEN, Twilio
from tests.webhooks.programs import TWIML, Arrived, Program, answer, program
from tests.webhooks.test_export import EVENT
from tui.http_server.http_messages import CONNECTION_HEADERS
from tui.twilio.signature import sign
from tui.webhooks.events import ForwardState, Verdict, WebhookEvent
from tui.webhooks.forward_target import read_target
from tui.webhooks.forwarding import LARGEST, Forwarding, forward, make_request, relayed_headers, reply_of
from tui.webhooks.receiver import Receiver
from tui.webhooks.settings import FOR_MY_URL, SIGNATURES, ReceiverSettings
from tui.webhooks.verification import Tokens

SHARED = "k" * 40


def settings_for(mine: Program, **more: object) -> ReceiverSettings:
    return ReceiverSettings(public_url=PUBLIC, forward_to=mine.url, **more)  # type: ignore[arg-type]


def public_url(arrived: Arrived) -> str:
    """`request.url` of a framework that trusts one proxy: Flask with ProxyFix(x_proto=1, x_host=1)."""
    scheme = arrived.header("X-Forwarded-Proto").split(",")[-1].strip() or "http"
    host = arrived.header("X-Forwarded-Host").split(",")[-1].strip() or arrived.header("Host")
    return f"{scheme}://{host}{arrived.line.split()[1]}"


def plain_url(arrived: Arrived) -> str:
    """`request.url` of a framework without any settings."""
    return f"http://{arrived.header('Host')}{arrived.line.split()[1]}"


def is_valid(arrived: Arrived, url: str) -> bool:
    params = dict(parse_qsl(arrived.body.decode(), keep_blank_values=True)) if arrived.body else {}
    return RequestValidator(TOKEN).validate(url, params, arrived.header("X-Twilio-Signature"))


# -- byte for byte -----------------------------------------------------------------------------------


async def test_a_request_arrives_at_the_program_as_it_came_to_the_receiver(receiver: Receiver, twilio: Twilio) -> None:
    async with program() as mine:
        receiver.adjust(settings_for(mine))
        path = "/sms?a=%2f&b=[1]|x&c=1%2"
        more = (("X-Twice", "1"), ("x-twice", "é".encode().decode("latin-1")), ("X-Blank", ""))
        sent = twilio.form(path, HELLO, headers=[*more, ("Connection", "close, X-Hop"), ("X-Hop", "1")])
        said = await twilio.say(sent)
    [arrived] = mine.requests
    first, *rows = sent.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    assert arrived.line == first
    assert arrived.body == sent.partition(b"\r\n\r\n")[2]
    expected = [tuple(row.split(": ", 1)) for row in rows if not row.startswith(("Connection", "X-Hop"))]
    # Behind them what a proxy adds, and nothing of this program's own.
    assert arrived.headers[: len(expected)] == expected
    added = dict(arrived.headers[len(expected) :])
    assert added.pop("Via").startswith("1.1 tuilio-")
    assert added == {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "hooks.example.com"}
    assert (said.status, said.body, said.headers["content-type"]) == (200, TWIML, "text/xml")


async def test_a_get_has_no_body_and_a_chunked_body_comes_with_its_length(receiver: Receiver, twilio: Twilio) -> None:
    async with program() as mine:
        receiver.adjust(settings_for(mine))
        query = "/sms?" + urlencode(HELLO)
        signed = sign(TOKEN, PUBLIC + query, ())
        head = f"Host: h\r\nX-Twilio-Signature: {signed}\r\n"
        assert (await twilio.say(f"GET {query} HTTP/1.1\r\n{head}\r\n".encode())).status == 200
        signed = sign(TOKEN, PUBLIC + "/sms", [("Body", "x")])
        head = f"Host: h\r\nTransfer-Encoding: chunked\r\nX-Twilio-Signature: {signed}\r\n"
        form = "Content-Type: application/x-www-form-urlencoded\r\n"
        chunks = "3\r\nBod\r\n3\r\ny=x\r\n0\r\n\r\n"
        assert (await twilio.say(f"POST /sms HTTP/1.1\r\n{head}{form}\r\n{chunks}".encode())).status == 200
    got, posted = mine.requests
    assert (got.line, got.body, got.header("Content-Length")) == (f"GET {query} HTTP/1.1", b"", "")
    assert (posted.body, posted.header("Content-Length"), posted.header("Transfer-Encoding")) == (b"Body=x", "6", "")


@pytest.mark.parametrize(
    ("typed", "came", "goes"),
    [
        ("http://127.0.0.1:3000", "/sms?a=%2f&b=[1]", "http://127.0.0.1:3000/sms?a=%2f&b=[1]"),
        ("http://127.0.0.1:3000/", "/sms", "http://127.0.0.1:3000/sms"),
        ("http://localhost:3000/other", "/sms?a=1", "http://localhost:3000/other?a=1"),
        ("http://[::1]:3000/x/", "/sms?", "http://[::1]:3000/x/?"),
        ("https://dev.example.com", "/sms", "https://dev.example.com/sms"),
    ],
)
def test_a_program_without_a_path_gets_the_events_own(typed: str, came: str, goes: str) -> None:
    assert read_target(typed).url_of(came) == goes
    assert make_request(replace(EVENT, target=came), Forwarding(read_target(typed)))[0].url == goes


@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/sms\0"), ("POST", "/a b"), ("POST", "1/sms"), ("POST", ".example/sms"), ("ä", "/sms"), ("", "/sms")],
)
async def test_what_is_left_of_a_damaged_event_goes_nowhere(method: str, target: str) -> None:
    async with program() as mine:
        event = replace(EVENT, method=method, target=target)
        said = await forward(event, Forwarding(read_target(mine.url)))
    assert (said.state, said.problem) == (ForwardState.NOT_SENT, "What is left of this event is no request.")
    assert mine.requests == []


names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True)
values = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"]), max_size=20)
ADDED = {"via", "x-forwarded-proto", "x-forwarded-host", "content-length", "host"}


@settings(max_examples=60)
@given(st.lists(st.tuples(names, values), max_size=12), st.binary(max_size=40), st.sampled_from(SIGNATURES))
def test_whatever_the_headers_are_they_stay_in_their_order_but_for_those_of_the_connection(
    headers: list[tuple[str, str]], body: bytes, signature: str
) -> None:
    event = verified(headers=tuple(headers), body=body)
    request, _ = make_request(event, Forwarding(read_target("3000"), signature, Tokens(TOKEN)))
    hop = CONNECTION_HEADERS | {"transfer-encoding", "proxy-connection", "proxy-authorization"}
    named = {
        word.strip().lower() for name, value in headers if name.lower() == "connection" for word in value.split(",")
    }
    # What the body is and who signed it stays, whatever a stranger between says.
    hop |= named - {"content-type", "x-twilio-signature"}
    kept = [pair for pair in headers if pair[0].lower() not in hop | ADDED]
    assert [pair for pair in request.headers if pair[0].lower() not in ADDED] == kept
    assert (request.content or b"", request.method) == (body, event.method)
    lengths = [value for name, value in request.headers if name.lower() == "content-length"]
    assert lengths in ([str(len(body))], [] if not body else None)
    assert sum(name.lower() == "host" for name, _ in request.headers) >= 1


# -- signatures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("tunnels", [(), (("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "inner:8080"))])
@pytest.mark.parametrize("signature", SIGNATURES)
async def test_the_official_validator_takes_what_was_forwarded(
    receiver: Receiver, twilio: Twilio, method: str, tunnels: tuple[tuple[str, str], ...], signature: str
) -> None:
    async with program() as mine:
        receiver.adjust(settings_for(mine, forward_signature=signature))
        if method == "POST":
            data = twilio.form("/sms?x=1%20y", HELLO, headers=tunnels)
        else:
            query = "/sms?" + urlencode(HELLO)
            rows = [
                f"GET {query} HTTP/1.1",
                "Host: hooks.example.com",
                *(f"{name}: {value}" for name, value in tunnels),
            ]
            rows.append(f"X-Twilio-Signature: {sign(TOKEN, PUBLIC + query, ())}")
            data = "\r\n".join([*rows, "", ""]).encode()
        assert (await twilio.say(data)).status == 200
    [arrived] = mine.requests
    url = plain_url(arrived) if signature == FOR_MY_URL else public_url(arrived)
    assert url.startswith(mine.url if signature == FOR_MY_URL else PUBLIC)
    assert is_valid(arrived, url)
    # The other way of looking at it does not hold by chance.
    assert is_valid(arrived, plain_url(arrived)) is (signature == FOR_MY_URL)
    if signature == FOR_MY_URL:
        assert public_url(arrived) == url
        assert receiver.store.latest()[0].forwarded.resigned  # type: ignore[union-attr]


async def test_a_json_body_keeps_its_hash_and_is_valid_for_the_programs_url(receiver: Receiver, twilio: Twilio) -> None:
    import hashlib

    body = b'{"a": 1}'
    path = f"/status?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signed = sign(TOKEN, PUBLIC + path, ())
    async with program() as mine:
        receiver.adjust(settings_for(mine, forward_signature=FOR_MY_URL))
        head = f"Host: h\r\nContent-Type: application/json\r\nX-Twilio-Signature: {signed}\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        await twilio.say(f"POST {path} HTTP/1.1\r\n{head}".encode() + body)
    [arrived] = mine.requests
    valid = RequestValidator(TOKEN).validate(plain_url(arrived), body.decode(), arrived.header("X-Twilio-Signature"))
    assert valid


def verified(**more: object) -> WebhookEvent:
    """An event that Twilio signed."""
    body = urlencode(HELLO).encode()
    headers = (
        ("Host", "hooks.example.com"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Twilio-Signature", sign(TOKEN, f"{PUBLIC}/sms", HELLO)),
    )
    event = replace(EVENT, method="POST", target="/sms", url=f"{PUBLIC}/sms", headers=headers, body=body)
    return replace(event, verdict=Verdict.VERIFIED, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "tokens"),
    [
        (verified(), Tokens()),
        (verified(), Tokens("other" * 8)),
        (verified(), Tokens(shared=TOKEN)),
        (replace(verified(), verdict=Verdict.CANNOT_VERIFY), Tokens(TOKEN)),
        (replace(verified(), verdict=Verdict.REJECTED, accepted=False), Tokens(TOKEN)),
        (replace(verified(), body=b"Body=changed"), Tokens(TOKEN)),
        (replace(verified(), url=f"{PUBLIC}/other"), Tokens(TOKEN)),
    ],
)
def test_no_signature_is_made_for_what_these_tokens_do_not_verify(event: WebhookEvent, tokens: Tokens) -> None:
    request, resigned = make_request(event, Forwarding(read_target("3000"), FOR_MY_URL, tokens))
    assert not resigned
    assert dict(request.headers)["X-Twilio-Signature"] == event.header("X-Twilio-Signature")


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_what_a_shared_key_signed_is_signed_with_it_again(algorithm: str) -> None:
    signed = sign(SHARED, f"{PUBLIC}/sms", HELLO, algorithm=algorithm)
    headers = (
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Twilio-Signature", signed),
        ("X-Twilio-Webhooks-Signature-Settings", f"key=WK1,algorithm={algorithm}"),
    )
    how = Forwarding(read_target("3000"), FOR_MY_URL, Tokens(TOKEN, SHARED))
    request, resigned = make_request(verified(headers=headers), how)
    assert resigned
    made = dict(request.headers)["X-Twilio-Signature"]
    assert compare(made, sign(SHARED, "http://127.0.0.1:3000/sms", HELLO, algorithm=algorithm))


# -- what the program answers ------------------------------------------------------------------------


async def played(say: object, limit: float = 5.0) -> object:
    async with program(say) as mine:  # type: ignore[arg-type]
        return await forward(verified(), Forwarding(read_target(mine.url)), limit=limit)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(65536))
        await writer.drain()


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("say", "limit", "words"),
    [
        (silence, 0.1, "did not answer within"),
        (drip, 0.2, "did not answer within"),
        (endless, 5, "larger than 1,048,576 bytes"),
        (answer(bytes(LARGEST + 1)), 5, "larger than 1,048,576 bytes"),
        (b"hello, this is no HTTP\r\n\r\n", 5, "not HTTP"),
        (b"just a body, as HTTP/0.9 had it", 5, "without an HTTP answer"),
        (b"", 5, "without an HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 5, "broke off"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 5, "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", 5, "compressed"),
    ],
    ids=["silent", "drips", "endless", "huge", "garbage", "HTTP/0.9", "empty", "half", "101", "no gzip"],
)
async def test_an_answer_that_cannot_be_handed_on_says_why(say: object, limit: float, words: str) -> None:
    async with asyncio.timeout(10):
        answered = await played(say, limit)
    assert answered.state is ForwardState.NO_ANSWER  # type: ignore[attr-defined]
    assert words in answered.problem  # type: ignore[attr-defined]
    assert reply_of(answered) is None  # type: ignore[arg-type]
    assert len(answered.body) <= LARGEST  # type: ignore[attr-defined]


async def test_a_program_that_is_not_there_is_told() -> None:
    async with program() as mine:
        pass
    answered = await forward(verified(), Forwarding(read_target(mine.url)))
    assert "Nothing answers at 127.0.0.1" in answered.problem


async def test_an_answer_is_handed_on_with_its_cookies_but_without_what_is_about_the_connection() -> None:
    said = answer(
        b"hi", "503 Out", "text/plain; charset=utf-8", "Set-Cookie: a=1", "Set-Cookie: b=2", "Keep-Alive: 5",
        "X-Name: é", "Connection: close, X-Hop", "X-Hop: 1",
    )  # fmt: skip
    answered = await played(said.decode("latin-1").encode())
    reply = reply_of(answered)  # type: ignore[arg-type]
    assert reply is not None
    assert (reply.status, reply.content_type, reply.body) == (503, "text/plain; charset=utf-8", b"hi")
    assert relayed_headers(answered) == (  # type: ignore[arg-type]
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-Name", "é".encode().decode("latin-1")),
    )


def test_what_a_signature_check_needs_is_no_header_of_the_connection() -> None:
    event = verified()
    named = ("Connection", "X-Twilio-Signature, content-type, x-mine")
    made, _ = make_request(
        replace(event, headers=(named, ("X-Mine", "1"), *event.headers)), Forwarding(read_target("1"))
    )
    assert made.headers == make_request(event, Forwarding(read_target("1")))[0].headers


async def test_what_is_no_redirect_is_not_called_one() -> None:
    async with program(answer(b"", "304 Not Modified", "text/plain")) as mine:
        answered = await forward(verified(), Forwarding(read_target(mine.url)))
    assert (answered.status, answered.problem) == (304, "")


async def test_a_redirect_goes_nowhere_and_is_told() -> None:
    async with program() as other, program(answer(b"", "308 X", "text/plain", f"Location: {other.url}/")) as mine:
        answered = await forward(verified(), Forwarding(read_target(mine.url)))
        assert other.connections == 0
    assert (answered.status, answered.state) == (308, ForwardState.ANSWERED)
    assert f"redirects to {other.url}/" in answered.problem
    assert ("Location", f"{other.url}/") in relayed_headers(answered)
