"""A Twilio of a few lines that does to a create call whatever a test wants, and lists what it really holds."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.loopback_server import LoopbackServer
from tui.raw_request.model import RawRequest

ACCOUNT = "AC" + "0" * 32
RESET = b"reset"
"""In place of an answer: the line breaks off."""

Stored = dict[str, Any]


def http(body: bytes, status: str = "201 Created", *headers: str) -> bytes:
    rows = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(rows).encode("latin-1") + body


def as_json(document: object, status: str = "201 Created", *headers: str) -> bytes:
    return http(json.dumps(document).encode(), status, "Content-Type: application/json", *headers)


def by_hand(data: str) -> RawRequest:
    """A create call as the console makes it."""
    return RawRequest("POST", "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", data=data)


class LittleTwilio(LoopbackServer):
    """`async with LittleTwilio() as twilio`.

    Attributes:
        store: changes what is kept of a create call; None keeps nothing.
        answer: what is said to one, given what was kept of it; RESET breaks off.
        ahead: how far its clock is ahead of everybody else's.
        dated: whether it says what time it is.
    """

    name, account = "wire", ACCOUNT

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Stored] = []
        self.posts: list[dict[str, str]] = []
        self.store: Callable[[Stored], Stored | None] = lambda message: message
        self.answer: Callable[[Stored | None], bytes] = lambda message: as_json(message or {})
        self.ahead = timedelta()
        self.dated = True
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._numbers = itertools.count(1)

    @property
    def now(self) -> datetime:
        return self.clock() + self.ahead

    def message(self, to: str, sender: str, body: str, **more: Any) -> Stored:
        """A message as it is listed; put it into `messages` yourself."""
        service = sender.startswith("MG")
        made = {
            "sid": f"SM{next(self._numbers):032x}",
            "account_sid": ACCOUNT,
            "to": to,
            "from": "+15005550006" if service else sender,
            "messaging_service_sid": sender if service else None,
            "body": body,
            "status": "sent",
            "direction": "outbound-api",
            "num_media": "0",
            "num_segments": "1",
            "error_code": None,
            "error_message": None,
            "price": None,
            "date_created": format_datetime(self.now),
        }
        return made | more

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *rows = head.rstrip("\r\n").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, target, _ = line.split(" ")
            said = self._create(body) if method == "POST" else self._list(target)
            if said == RESET:
                return
            writer.write(said)
            await writer.drain()
            if method == "POST":
                # A clean end, so that what was said is heard.
                writer.close()
                await writer.wait_closed()
                return

    def _create(self, body: bytes) -> bytes:
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
        form = dict(pairs)
        self.posts.append(form)
        sender = form.get("MessagingServiceSid") or form.get("From") or ""
        media = sum(name == "MediaUrl" for name, _ in pairs)
        more = {"num_media": str(media)} | ({"sid": f"MM{next(self._numbers):032x}"} if media else {})
        kept = self.store(self.message(form.get("To", ""), sender, form.get("Body", ""), **more))
        if kept is not None:
            self.messages.insert(0, kept)
        return self.answer(kept)

    def _list(self, target: str) -> bytes:
        parts = urlsplit(target)
        date = (f"Date: {format_datetime(self.now.astimezone(UTC), usegmt=True)}",) if self.dated else ()
        sid = parts.path.rpartition("/")[2].removesuffix(".json")
        if sid != "Messages":
            one = next((each for each in self.messages if each["sid"] == sid), None)
            return as_json(one or {"code": 20404, "status": 404}, "200 OK" if one else "404 Not Found", *date)
        to = dict(parse_qsl(parts.query)).get("To")
        found = [each for each in self.messages if to in (None, each["to"])]
        return as_json({"messages": found, "next_page_uri": None}, "200 OK", *date)
