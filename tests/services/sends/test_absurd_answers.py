"""Answers as absurd as can be made: never sent twice, never a false “sent” or “not sent”, never an exception.

The judge is written from what Twilio promises, not from the program: a refusal is status 4xx with JSON and one of
Twilio's codes, 401 and 429 are refusals without one as well.
"""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.services.sends.little_twilio import RESET, LittleTwilio, Stored, by_hand
from tests.services.sends.steps import look_up, submit
from tui.services.raw_requests import send_by_hand
from tui.services.sends import SendService
from tui.storage.journal import JournalState, SendJournal
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.errors import RequestFailed

TO, FROM = "+14155552671", "+15005550006"

STATUSES = [200, 201, 202, 203, 204, 206, 226, 299, 300, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 408, 409]
STATUSES += [410, 413, 418, 421, 422, 425, 429, 431, 444, 451, 499, 500, 501, 502, 503, 504, 507, 520, 529, 599, 600]
STATUSES += [700, 999]
CODES: list[Any] = [10**25, -(10**25), 2**63, 2**63 - 1, -(2**63), 2**64, 10**4000, 0, -1, 1, 429, 9999, 10_000, 20_003]
CODES += [20_429, 21_211, 21_611, 30_007, 99_999, 999_999, 1_000_000, 10**9, 1e300, -1e300, 21_211.5, 21_211.0, 1e999]
CODES += [
    "21211",
    " 21211 ",
    "21211abc",
    "",
    "9" * 400,
    "٢١٢١١",
    "0x52DB",
    "\ud800",
    True,
    False,
    None,
    [],
    [21_211],
    {},
]
CODES += [{"code": 21_211}, "-21211", "+21211", "1e5"]
ODD_SIDS: list[Any] = [
    "",
    "SM",
    "SM" + "1" * 31,
    "SM" + "g" * 32,
    "XX" + "1" * 32,
    None,
    5,
    [],
    {},
    "\x00",
    "SM" + "1" * 99,
]
ODD_SIDS += ["sm" + "1" * 32, " SM" + "1" * 32, "SM" + "1" * 32 + "\n", True, "../" * 20, 10**30, "\ud83d"]
TEXTS = ["", " ", "\x00", "💥" * 50, "x" * 5000, "\x1b]0;pwn\a", "\ud800", "a\nb", "[/]", "Basic AC…", "not sent"]
HEADERS = [
    "Date: never",
    "Date: Thu, 99 Foo 99999 99:99:99 GMT",
    "Retry-After: -1",
    "Retry-After: 1e999",
    "X: \xff\xfe",
]
HEADERS += ["Retry-After: " + "9" * 300, "Content-Encoding: gzip", "Content-Encoding: br", "Content-Type: text/html"]
HEADERS += [
    "Content-Type: application/xml",
    "Twilio-Request-Id: " + "R" * 3000,
    "Connection: keep-alive",
    "Set-Cookie: a=b",
]
HEADERS += ["Content-Type: application/json; charset=utf-16", "Location: http://169.254.169.254/", "Date:"]
XML = "<?xml version='1.0'?><TwilioResponse><RestException><Code>21211</Code><Status>400</Status></RestException>"
BODIES = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"true",
    b'"21211"',
    b"21211",
    XML.encode(),
    b"<html>Bad gateway</html>",
    b"\xff\xfe\x00",
]
BODIES += [
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\xef\xbb\xbf{}",
    b"{}" * 2,
    gzip.compress(b'{"code": 21211}'),
    b"rejected",
]


class Absurd:
    """One answer, made from a number: its bytes, and whether they are a refusal in Twilio's own form."""

    def __init__(self, number: int) -> None:
        random = self._random = Random(number)
        self.status = random.choice(STATUSES)
        self.made = random.random() < 0.6
        self.names_sid = False
        self.code: Any = None
        self.document: dict[str, Any] | None = None
        self.headers = random.sample(HEADERS, random.choice([0, 0, 1, 1, 2]))
        self.way = random.choice(["whole"] * 7 + ["cut", "too long", "reset", "chunked", "no head", "head only"])
        self.raw = random.choice(BODIES) if random.random() < 0.25 else None
        if self.raw is None:
            keys = ("code", "message", "more_info", "status", "sid", "type", "title", "detail", "body", "date_created")
            self.document = {key: self._value(key) for key in random.sample(keys, random.randint(0, 6))}
            self.document |= {"error_code": random.choice(CODES), "num_segments": random.choice(CODES)}

    def _value(self, key: str) -> Any:
        match key:
            case "code" | "status":
                return self._random.choice(CODES)
            case "sid":
                return self._random.choice(ODD_SIDS)
            case "type":
                return self._random.choice(["about:blank", "https://x/21211", f"https://x/{10**30}", 5, *TEXTS])
            case _:
                return self._random.choice([*TEXTS, 5, None, [], {}, 10**30])

    def bytes(self, kept: Stored | None) -> bytes:
        """The answer on the wire."""
        if self.way == "reset":
            return RESET
        if self.way == "no head":
            return b"\x16\x03\x01\x02" * 20
        document = self.document
        if document is not None and kept is not None and self._random.random() < 0.3:
            document = document | {"sid": kept["sid"]}
            self.names_sid = 200 <= self.status < 300
        body = self.raw if document is None else json.dumps(document).encode()
        assert body is not None
        length = {"cut": len(body) + 9, "too long": max(0, len(body) - 3)}.get(self.way, len(body))
        rows = [f"HTTP/1.1 {self.status} {self._random.choice(['OK', '', 'Not Sent', 'é'])}", *self.headers]
        if self.way == "chunked":
            rows.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%s\r\n" % (len(body), body) + self._random.choice([b"0\r\n\r\n", b"zz\r\n", b""])
        else:
            rows.append(f"Content-Length: {length}")
        head = ("\r\n".join(rows) + "\r\n\r\n").encode("latin-1", "replace")
        return head if self.way == "head only" else head + body

    @property
    def may_be_refusal(self) -> bool:
        """Whether it could be called a refusal: then it says nothing about what such a server really did."""
        if not 400 <= self.status < 500 or self.way == "reset":
            return False
        text = json.dumps(self.document) if self.document is not None else (self.raw or b"").decode("latin-1")
        named = "21211" in text or "2000" in text or "20429" in text or "21611" in text or "30007" in text
        named = named or any(str(code) in text for code in (10_000, 99_999, 999_999))
        codeless = self.document is None or self.document.get("code") in (None, "")
        return named or (self.status in (401, 429) and codeless)


def judge(absurd: Absurd, kept: Stored | None, state: JournalState, sid: str | None) -> str:
    """What is wrong with what is said; empty when nothing is."""
    if state is JournalState.SENDING:
        return "left as sending"
    if state is JournalState.ACCEPTED and (kept is None or sid != kept["sid"]):
        return "called sent, and it was not"
    if state in (JournalState.REJECTED, JournalState.NOT_SENT) and not absurd.may_be_refusal:
        return f"called {state}, and nobody refused it"
    return ""


async def play(number: int, way: str) -> None:
    absurd = Absurd(number)
    async with LittleTwilio() as twilio, Client(twilio.connection, timeout=5) as client:
        twilio.store = lambda message: message if absurd.made else None
        twilio.answer = absurd.bytes
        outbox = SendJournal(None)
        if way == "compose":
            desk = SendService("c", client, outbox, lambda _: None, clock=outbox.now)
            sending = await submit(desk, Draft(TO, FROM, "Hello"))
            assert sending is not None
            (entry,) = outbox.entries(client.account_sid)
            assert sending.entry == entry, absurd.__dict__
            assert not desk.busy
        else:
            data = urlencode({"To": TO, "From": FROM, "Body": "Hello"})
            with suppress(RequestFailed):
                await send_by_hand(client, "c", outbox, by_hand(data))
            (entry,) = outbox.entries(client.account_sid)
        kept = twilio.messages[0] if twilio.messages else None
        assert judge(absurd, kept, entry.state, entry.sid) == "", (number, absurd.__dict__)
        assert len(twilio.posts) == 1
        if entry.state is JournalState.UNKNOWN:
            # A look settles it truly, or not at all.
            desk = SendService("c", client, outbox, lambda _: None, clock=outbox.now)
            looked = await look_up(desk, entry)
            assert looked.entry.state is (JournalState.ACCEPTED if kept else JournalState.UNKNOWN), (
                number,
                absurd.__dict__,
            )
            assert looked.entry.sid == (kept["sid"] if kept else None)
        assert len(twilio.posts) == 1
        outbox.close()


@pytest.mark.parametrize("way", ["compose", "by hand"])
async def test_nothing_that_twilio_could_answer_makes_a_false_claim(way: str) -> None:
    for number in range(15 if way == "compose" else 10):
        await play(number, way)


@pytest.mark.long
@pytest.mark.parametrize("way", ["compose", "by hand"])
@pytest.mark.parametrize("part", range(8))
async def test_nothing_at_all_that_twilio_could_answer_makes_a_false_claim(way: str, part: int) -> None:
    for number in range(1000 + part * 500, 1500 + part * 500):
        await play(number, way)
