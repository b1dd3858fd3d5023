"""Webhooks that the sandbox calls: when, with what, how often, and when not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.sandbox.conftest import http_to
from tui.http_server.http_messages import Answer, Request, Reset, Response
from tui.http_server.server import Server
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.parameters import Form
from tui.sandbox.plain_http import PlainHttp
from tui.sandbox.request_log import RequestLog
from tui.sandbox.server import Sandbox
from tui.sandbox.signing import Signing
from tui.sandbox.webhook_sender import WebhookSender
from tui.twilio.signature import verify

MAYA = "+14155550123"


@dataclass
class Hook:
    """A webhook on loopback, and what it was told."""

    answers: list[Answer] = field(default_factory=list)
    heard: list[Request] = field(default_factory=list)
    server: Server | None = None

    async def answer(self, request: Request) -> Answer:
        self.heard.append(request)
        return self.answers.pop(0) if self.answers else Response(204)

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}/hook"

    @property
    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(request.body.decode(), keep_blank_values=True)) for request in self.heard]

    @property
    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for form in self.forms]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    async with Server(hook.answer) as server:
        hook.server = server
        yield hook


@pytest.fixture
async def quick() -> AsyncIterator[Sandbox]:
    async with Sandbox(speed=50, history=0) as running:
        yield running


Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def ask(quick: Sandbox) -> AsyncIterator[Ask]:
    account = f"/2010-04-01/Accounts/{quick.account_sid}"
    async with httpx.AsyncClient(
        base_url=quick.base_url, auth=(quick.account_sid, quick.auth_token), trust_env=False, verify=False
    ) as client:

        async def post(path: str, **form: str) -> httpx.Response:
            return await client.post(path if path.startswith("/v1") else f"{account}/{path}", data=form)

        yield post


async def settle(sandbox: Sandbox) -> None:
    async with asyncio.timeout(10):
        while sandbox.calling:
            await asyncio.sleep(0.005)


async def newest(quick: Sandbox) -> dict[str, str]:
    async with http_to(quick) as client:
        page = await client.get("/Messages.json")
    return page.json()["messages"][0]


async def send_between_own(quick: Sandbox, ask: Ask) -> str:
    answer = await ask("Messages.json", To=quick.numbers[0], From=quick.numbers[1], Body="Hello")
    return answer.json()["sid"]


async def give_webhook(quick: Sandbox, ask: Ask, url: str, method: str = "POST", number: int = 0) -> str:
    async with http_to(quick) as client:
        page = await client.get("/IncomingPhoneNumbers.json")
    sid = page.json()["incoming_phone_numbers"][number]["sid"]
    answer = await ask(f"IncomingPhoneNumbers/{sid}.json", SmsUrl=url, SmsMethod=method)
    assert answer.json()["sms_url"] == url
    return sid


def verified(quick: Sandbox, hook: Hook, request: Request) -> bool:
    return verify(
        quick.auth_token,
        hook.url.removesuffix("/hook") + request.target,
        request.header("X-Twilio-Signature"),
        method=request.method,
        content_type=request.header("Content-Type"),
        body=request.body,
    )


async def send(quick: Sandbox, ask: Ask, to: str = MAYA, **more: str) -> str:
    fields = {"From": quick.numbers[0]} if "MessagingServiceSid" not in more else {}
    answer = await ask("Messages.json", To=to, Body="Hello", **fields, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["sid"]


async def test_every_status_after_the_first_is_reported_and_signed(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    sid = await send(quick, ask, StatusCallback=hook.url)
    await settle(quick)
    assert hook.statuses == ["sent", "delivered"]
    assert all(verified(quick, hook, request) for request in hook.heard)
    first, last = hook.forms
    assert first["MessageSid"] == first["SmsSid"] == sid
    assert first["AccountSid"] == quick.account_sid
    assert (first["From"], first["To"], first["ApiVersion"]) == (quick.numbers[0], MAYA, "2010-04-01")
    assert "RawDlrDoneDate" not in first
    assert re.fullmatch(r"\d{10}", last["RawDlrDoneDate"])
    assert [(called.event, called.attempt, called.status) for called in quick.callbacks] == [
        ("sent", 1, 204), ("delivered", 1, 204),
    ]  # fmt: skip


async def test_by_a_service_the_message_is_queued_first_and_the_services_callback_is_used(
    quick: Sandbox, ask: Ask, hook: Hook
) -> None:
    service = quick.services[0]
    answer = await ask(f"/v1/Services/{service}", StatusCallback=hook.url)
    assert answer.json()["status_callback"] == hook.url
    await send(quick, ask, MessagingServiceSid=service)
    await settle(quick)
    assert hook.statuses == ["queued", "sent", "delivered"]
    assert {form["MessagingServiceSid"] for form in hook.forms} == {service}


async def test_a_failure_is_reported_with_its_code(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    await send(quick, ask, to="+14155530003", StatusCallback=hook.url)
    await settle(quick)
    assert hook.forms[-1]["MessageStatus"] == "undelivered"
    assert hook.forms[-1]["ErrorCode"] == "30003"


@pytest.mark.parametrize("trouble", [Response(500), Reset()])
async def test_a_failed_delivery_is_tried_again_with_the_same_token(
    quick: Sandbox, ask: Ask, hook: Hook, trouble: Answer
) -> None:
    hook.answers = [trouble]
    await send(quick, ask, StatusCallback=hook.url)
    await settle(quick)
    assert hook.statuses == ["sent", "sent", "delivered"]
    tokens = [request.header("I-Twilio-Idempotency-Token") for request in hook.heard]
    assert tokens[0] == tokens[1] != tokens[2]


async def test_the_fragment_of_a_url_says_how_often_and_is_not_sent(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    hook.answers = [Response(503)] * 4
    await send(quick, ask, to="+14155500000", StatusCallback=f"{hook.url}#rc=3")
    await settle(quick)
    assert hook.statuses == ["sent"] * 4
    assert {request.target for request in hook.heard} == {"/hook"}
    assert all(verified(quick, hook, request) for request in hook.heard)


async def test_a_refusal_is_not_tried_again(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    hook.answers = [Response(403), Response(302, (("Location", "http://example.com/"),))]
    await send(quick, ask, StatusCallback=hook.url)
    await settle(quick)
    assert [called.status for called in quick.callbacks] == [403, 302]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://192.0.2.1/hook",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://0.0.0.0/",
        "https://127.0.0.1/",
    ],
)
async def test_nothing_outside_this_machine_is_called_and_the_journal_says_so(
    quick: Sandbox, ask: Ask, url: str
) -> None:
    await send(quick, ask, to="+14155500000", StatusCallback=url)
    await settle(quick)
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        (called,) = (await client.get(f"{quick.base_url}/_sandbox/callbacks")).json()["callbacks"]
    assert (called["attempt"], called["status"], called["url"]) == (0, 0, url)
    assert called["note"].startswith("not called: the sandbox calls")


async def test_an_inbound_message_is_posted_and_its_reply_becomes_a_message(
    quick: Sandbox, ask: Ask, hook: Hook
) -> None:
    await give_webhook(quick, ask, hook.url)
    hook.answers = [
        Response(200, (("Content-Type", "text/xml"),), b"<Response><Message>Th&amp;nks</Message></Response>")
    ]
    message = quick.receive(MAYA, quick.numbers[0], "Grüße 🙂 & more", media=("https://example.com/a.png",))
    await settle(quick)
    (form,) = hook.forms
    assert verified(quick, hook, hook.heard[0])
    assert (form["MessageSid"], form["Body"], form["SmsStatus"]) == (message.sid, "Grüße 🙂 & more", "received")
    assert (form["NumMedia"], form["MediaContentType0"], form["FromCountry"]) == ("1", "image/png", "US")
    reply = await newest(quick)
    assert (reply["direction"], reply["body"], reply["to"]) == ("outbound-reply", "Th&nks", MAYA)
    quick.receive(f"whatsapp:{MAYA}", f"whatsapp:{quick.numbers[0]}", "Hi")
    await settle(quick)
    assert hook.forms[1]["To"] == f"whatsapp:{quick.numbers[0]}"
    stray = quick.receive(MAYA, "+14155550199", "Hi")
    assert (quick.callbacks[-1].sid, quick.callbacks[-1].event) == (stray.sid, "received")
    assert "no such number" in quick.callbacks[-1].note


async def test_a_webhook_may_be_a_get(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    await give_webhook(quick, ask, f"{hook.url}?tag=a%2Fb", "GET")
    quick.receive(MAYA, quick.numbers[0], "a b&c")
    await settle(quick)
    (request,) = hook.heard
    assert (request.method, request.body) == ("GET", b"")
    assert request.query.startswith("tag=a%2Fb&")
    assert dict(parse_qsl(request.query))["Body"] == "a b&c"
    assert verified(quick, hook, request)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (b"<Response><Message>", "not TwiML"),
        (b"<html/>", "html"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Response/>', "document type"),
        (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><Response/>'.encode("utf-16"),
            "document type",
        ),
        (b"<Response><Message>" + b"x" * 1601 + b"</Message></Response>", "21617"),
        (b'<Response><Message to="nobody">x</Message></Response>', "21211"),
    ],
)
async def test_a_reply_that_cannot_be_sent_is_noted(
    quick: Sandbox, ask: Ask, hook: Hook, answer: bytes, note: str
) -> None:
    await give_webhook(quick, ask, hook.url)
    hook.answers = [Response(200, body=answer)]
    quick.receive(MAYA, quick.numbers[0], "x")
    await settle(quick)
    assert quick.callbacks[-1].event == "reply"
    assert note in quick.callbacks[-1].note


@pytest.mark.parametrize(
    ("twiml", "body"),
    [
        (b"<Response><Message><![CDATA[Fish & <chips>]]></Message></Response>", "Fish & <chips>"),
        (b"<!-- one --><Response><!-- two --><Message>Fi<!-- three -->sh</Message></Response><!-- four -->", "Fish"),
        (b"<?xml version='1.0'?><Response><Message><Body>Fi<![CDATA[sh]]></Body></Message></Response>", "Fish"),
        (b"<Response>\n <Message>\n  Fish\n  <!-- x -->\n </Message>\n</Response>\n", "Fish"),
        (b"<Response><Message><Media>http://a.example/b.png</Media>Fish</Message></Response>", "Fish"),
        (
            "<?xml version='1.0' encoding='utf-16'?><Response><Message>Fisch</Message></Response>".encode("utf-16"),
            "Fisch",
        ),
    ],
)
async def test_comments_and_cdata_are_read(quick: Sandbox, ask: Ask, hook: Hook, twiml: bytes, body: str) -> None:
    await give_webhook(quick, ask, hook.url)
    hook.answers = [Response(200, body=twiml)]
    quick.receive(MAYA, quick.numbers[0], "x")
    await settle(quick)
    assert (await newest(quick))["body"] == body


async def test_a_message_between_two_own_numbers_calls_the_webhook_of_the_one_it_reaches(
    quick: Sandbox, ask: Ask, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give_webhook(quick, ask, hook.url)
    now = quick._account.clock()
    with monkeypatch.context() as standing:
        standing.setattr(quick._account, "clock", lambda: now)
        sid = await send_between_own(quick, ask)
        assert (hook.heard, quick.calling) == ([], 1)
    await settle(quick)
    (form,) = hook.forms
    assert (form["From"], form["To"], form["Body"]) == (quick.numbers[1], quick.numbers[0], "Hello")
    assert form["MessageSid"] != sid


async def test_two_own_numbers_that_answer_one_another_come_to_an_end(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    for index in (0, 1):
        await give_webhook(quick, ask, hook.url, number=index)
    hook.answers = [Response(200, body=b"<Response><Message>And you?</Message></Response>")] * 50
    await send_between_own(quick, ask)
    await settle(quick)
    assert [form["Body"] for form in hook.forms] == ["Hello"]
    assert "go on for ever" in quick.callbacks[-1].note


async def test_the_fallback_is_called_when_the_webhook_fails(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    sid = await give_webhook(quick, ask, hook.url)
    await ask(f"IncomingPhoneNumbers/{sid}.json", SmsFallbackUrl=f"{hook.url}?fallback")
    hook.answers = [Response(404), Response(200, body=b"<Response><Message>Fish</Message></Response>")]
    quick.receive(MAYA, quick.numbers[0], "x")
    await settle(quick)
    assert [request.query for request in hook.heard] == ["", "fallback"]
    assert (hook.forms[1]["ErrorCode"], hook.forms[1]["ErrorUrl"]) == ("11200", hook.url)
    assert (await newest(quick))["body"] == "Fish"


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        (Response(500, body=b"Sorry"), 11200, "500"),
        (Response(404), 11200, "404"),
        (Reset(), 11205, "502"),
        (Response(200, body=b"x" * 70_000), 11750, "200"),
        (Response(200, body=b"<Response>"), 12100, "200"),
        (Response(200, body=b"<Answer/>"), 12102, "200"),
        (Response(200, body=b"<Response/>"), None, ""),
    ],
)
async def test_a_webhook_that_fails_makes_one_alert(
    quick: Sandbox, ask: Ask, hook: Hook, answer: Answer, code: int | None, status: str
) -> None:
    await give_webhook(quick, ask, hook.url)
    hook.answers = [answer, answer]
    sid = quick.receive(MAYA, quick.numbers[0], "Hi & bye").sid
    await settle(quick)
    alerts = quick._account.alerts.asked_for(Form())
    if code is None:
        assert alerts == []
        return
    (alert,) = alerts
    assert (alert.code, alert.resource_sid, alert.answer.url) == (code, sid, hook.url)
    assert dict(alert.answer.params)["Body"] == "Hi & bye"
    assert dict(parse_qsl(alert.text))["httpResponse"] == status


async def test_a_service_is_called_in_the_place_of_its_numbers_where_it_says_so(
    quick: Sandbox, ask: Ask, hook: Hook
) -> None:
    await give_webhook(quick, ask, f"{hook.url}?number")
    service = f"/v1/Services/{quick.services[0]}"
    await ask(service, InboundRequestUrl=f"{hook.url}?service", UseInboundWebhookOnNumber="false")
    quick.receive(MAYA, quick.numbers[0], "x")
    await settle(quick)
    await ask(service, UseInboundWebhookOnNumber="true")
    quick.receive(MAYA, quick.numbers[0], "x")
    await settle(quick)
    assert [request.query for request in hook.heard] == ["service", "number"]
    assert [form.get("MessagingServiceSid") for form in hook.forms] == [quick.services[0], None]


async def test_a_service_without_a_url_of_its_own_or_its_numbers_takes_no_messages(
    quick: Sandbox, ask: Ask, hook: Hook
) -> None:
    await give_webhook(quick, ask, hook.url)
    await ask(f"/v1/Services/{quick.services[0]}", UseInboundWebhookOnNumber="false")
    async with httpx.AsyncClient(base_url=quick.base_url, trust_env=False) as client:
        order = {"From": MAYA, "To": quick.numbers[0], "Body": "x"}
        answer = await client.post("/_sandbox/inbound", json=order)
    assert (answer.status_code, "InboundRequestUrl" in answer.json()["message"]) == (400, True)
    await send_between_own(quick, ask)
    await settle(quick)
    assert hook.heard == []
    assert [each.direction for each in quick._account.store] == ["outbound-api"]


async def test_who_opted_out_is_not_replied_to(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    await give_webhook(quick, ask, hook.url)
    hook.answers = [Response(200, body=b"<Response><Message>Sorry to see you go</Message></Response>")]
    quick.receive(MAYA, quick.numbers[0], "STOP")
    await settle(quick)
    assert "21610" in quick.callbacks[-1].note


@pytest.mark.parametrize("mode", [mode for mode in Signing if mode is not Signing.RIGHT])
async def test_the_switch_makes_signatures_wrong_and_right_again(
    quick: Sandbox, ask: Ask, hook: Hook, mode: Signing
) -> None:
    async with httpx.AsyncClient(base_url=quick.base_url, trust_env=False, verify=False) as client:
        assert (await client.post("/_sandbox/signing", json={"mode": mode.value})).status_code == 200
        assert quick.signing is mode
        await send(quick, ask, to="+14155500000", StatusCallback=hook.url)
        await settle(quick)
        assert not verified(quick, hook, hook.heard[-1])
        quick.signing = Signing.RIGHT
        assert (await client.get("/_sandbox/signing")).json() == {"mode": "right"}
        assert (await client.post("/_sandbox/signing", json={"mode": "no"})).status_code == 400
    await send(quick, ask, to="+14155500000", StatusCallback=hook.url)
    await settle(quick)
    assert verified(quick, hook, hook.heard[-1])


async def test_without_callbacks_nothing_runs_in_the_background(quick: Sandbox, ask: Ask) -> None:
    await send(quick, ask)
    quick.receive(MAYA, quick.numbers[0], "x")
    assert quick.calling == 0
    assert quick.callbacks == ()


async def test_closing_leaves_no_task_behind(hook: Hook) -> None:
    before = asyncio.all_tasks()
    sandbox = Sandbox(history=0)
    await sandbox.start()
    async with http_to(sandbox) as client:
        form = {"To": MAYA, "From": sandbox.numbers[0], "Body": "x", "StatusCallback": hook.url}
        await client.post("/Messages.json", data=form)
    assert sandbox.calling == 1
    await sandbox.aclose()
    assert sandbox.calling == 0
    assert asyncio.all_tasks() == before


async def test_a_deleted_message_is_no_longer_followed(quick: Sandbox, ask: Ask, hook: Hook) -> None:
    sid = await send(quick, ask, to="+14155560000", StatusCallback=hook.url)
    message = quick._account.store.find(sid)
    assert message is not None
    quick._account.store.remove(message)
    await settle(quick)
    assert hook.heard == []


async def call(url: str, method: str = "POST", limit: float = 10, times: int = 1) -> tuple[list[WebhookAnswer], str]:
    """Call a URL without a second try; what came of each call, and the note of the last."""
    journal = RequestLog()
    sender = WebhookSender("t", journal, limit=limit)
    answers = [await sender.deliver("sent", "SM1", method, f"{url}#rc=0", [("a", "ü")], "x") for _ in range(times)]
    sender.close()
    return [answer for answer in answers if answer], journal.called[-1].note


async def test_a_webhook_that_does_not_answer_is_given_up_within_its_limit() -> None:
    async def hang(_: Request) -> Response:
        await asyncio.Event().wait()
        return Response(204)

    async with Server(hang) as server:
        (answer,), note = await call(f"http://127.0.0.1:{server.port}/", limit=0.05)
    assert (answer.code, answer.status, note) == (11205, 0, "no answer within 0.05 seconds")


async def test_a_url_is_called_as_it_is_written(hook: Hook) -> None:
    place = hook.url.removesuffix("/hook")
    for method in ("POST", "GET"):
        await call(f"{place.replace('//', '//desk:p%40ss@')}/a b/ü?c=<d>&e=%2f", method)
        await call(f"{place}?x=1", method)
    post, query, get, both = hook.heard
    assert (post.target, post.body) == ("/a%20b/%C3%BC?c=<d>&e=%2f", b"a=%C3%BC")
    assert (query.target, get.target) == ("/?x=1", "/a%20b/%C3%BC?c=<d>&e=%2f&a=%C3%BC")
    assert (both.target, both.body) == ("/?x=1&a=%C3%BC", b"")
    assert post.header("Authorization") == "Basic ZGVzazpwQHNz"
    assert (post.header("Host"), query.header("Authorization")) == (place.removeprefix("http://"), "")
    # Otherwise TwiML might come compressed, which nobody reads here.
    assert post.header("Accept-Encoding") == ""


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serve(talk: Talk) -> AsyncIterator[str]:
    """A URL at which each connection is talked to so, and then closed; all of them are closed in the end."""
    talks: list[asyncio.Task[None] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        with suppress(ConnectionError):
            await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/"
        await asyncio.gather(*filter(None, talks))


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"])
async def test_a_connection_is_used_again_as_long_as_it_stands(last: bytes) -> None:
    asked: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(0)
        while asked[-1] < 3 and await reader.read(9_999):
            asked[-1] += 1
            more = last if asked[-1] == 3 else b""
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n%s\r\nOK" % more)

    http = PlainHttp()
    async with serve(talk) as url:
        for times in range(5):
            async with await http.ask("POST", url, (), b"a=1") as exchange:
                assert [piece async for piece in exchange.body()] == [b"OK"]
            while times == 2 and exchange.stands:
                await asyncio.sleep(0.001)
        http.close()
    assert asked == [3, 2]


@pytest.mark.parametrize(
    ("said", "status", "note"),
    [
        (b"", 0, "no answer: RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 0, "no answer: RemoteProtocolError"),
        (b"SSH-2.0-x\r\n\r\n", 0, "no answer: RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 40_000, 0, "no answer: RemoteProtocolError"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", 0, "no answer: RemoteProtocolError"),
        (b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.0 200 OK\r\n\r\nabc", 200, ""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, ""),
    ],
)
async def test_what_a_webhook_may_say(said: bytes, status: int, note: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"a=%C3%BC")
        writer.write(said)

    async with serve(talk) as url:
        (got,), noted = await call(url)
    assert (got.status, noted) == (status, note)
    assert got.body == (b"" if note else b"abc")


@pytest.mark.parametrize("place", ["127.0.0.1:99999", "127.0.0.1:0", "[::1]:1", "127.0.0.1:x", "127.255.255.254:1"])
async def test_where_nobody_is_is_no_answer(place: str) -> None:
    (answer,), note = await call(f"http://{place}/")
    assert (answer.code, answer.status, note[:10]) == (11205, 0, "no answer:")
