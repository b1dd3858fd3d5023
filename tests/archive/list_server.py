"""A Twilio of a few lines that lists messages, whose list changes and fails between pages as a test wants."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.loopback_server import LoopbackServer

ACCOUNT = "AC" + "0" * 32
NOW = 1_760_000_000
"""What the server takes for now: 9 October 2025, 08:53:20 UTC."""

Stored = dict[str, Any]


def seconds(text: str | None) -> int | None:
    """The second of one of Twilio's dates."""
    return None if text is None else int(datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %z").timestamp())


def dated(second: int) -> str:
    """A second as one of Twilio's dates."""
    return format_datetime(datetime.fromtimestamp(second, UTC))


class ListServer(LoopbackServer):
    """`async with ListServer() as server`.

    Attributes:
        now: the server's clock, seconds since 1970.
        by: what its list is ordered by, "sent" or "created".
        bounds: how it takes `DateSent<` and `DateSent>`: "included", "excluded", or "midnight" of their day.
        before: called with each request's path, before it is answered.
        failures: what the next requests are answered with instead: a status, "reset" or "cut".
        waits: the Retry-After of a 429.
        dates: whether answers tell the time.
        ahead: seconds that the time they tell is ahead of `now`.
        asked: every path and query that was asked for.
        made: when the account was made; None says nothing.
        list_hides: SIDs that are left out of lists.
        oddly: SID → what the list says of it otherwise.
        page: makes a list's answer of its messages and the link to the next page.
    """

    name, account = "list", ACCOUNT

    def __init__(self, by: str = "sent", bounds: str = "included", dates: bool = True) -> None:
        super().__init__()
        self.messages: dict[str, Stored] = {}
        self.now = NOW
        self.by, self.bounds, self.dates = by, bounds, dates
        self.before: Callable[[str], object] = lambda _: None
        self.failures: list[int | str] = []
        self.waits = self.ahead = 0
        self.made: int | None = NOW - 400 * 86_400
        self.asked: list[str] = []
        self.list_hides: set[str] = set()
        self.oddly: dict[str, Stored] = {}
        self.page: Callable[[list[Stored], str | None], Stored] = lambda rows, link: {
            "messages": [row | self.oddly.get(row["sid"], {}) for row in rows],
            "next_page_uri": link,
        }
        self._numbers = itertools.count(1)

    # -- what it holds -------------------------------------------------------------------------------

    def add(self, created: int, sent: int | None = -1, *, status: str = "delivered", **more: Any) -> str:
        """One more message; returns its SID. It was sent when it was created where nothing else is said."""
        sid = f"SM{next(self._numbers):032x}"
        at = created if sent == -1 else sent
        self.messages[sid] = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "to": "+15550000001",
            "from": "+15550000002",
            "body": f"Text {sid[-4:]}",
            "status": status,
            "direction": "outbound-api",
            "num_media": "0",
            "num_segments": "1",
            "date_created": dated(created),
            "date_sent": None if at is None else dated(at),
            "date_updated": dated(created if at is None else at),
            **more,
        }
        return sid

    def add_many(self, times: Iterable[int]) -> list[str]:
        return [self.add(at) for at in times]

    def change(self, sid: str, **more: Any) -> None:
        """Another state of a message, as of now."""
        self.messages[sid] |= {"date_updated": dated(self.now), **more}

    @staticmethod
    def when(stored: Stored) -> int:
        at = seconds(stored["date_sent"] or stored["date_created"])
        assert at is not None
        return at

    def within(self, first: int, last: int) -> set[str]:
        """SIDs of the messages of a span."""
        return {sid for sid, stored in self.messages.items() if first <= self.when(stored) <= last}

    # -- what it says --------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            target = head.split(" ")[1]
            self.asked.append(target)
            self.before(target)
            failure = self.failures.pop(0) if self.failures else None
            if failure == "reset":
                return
            date = (
                (f"Date: {format_datetime(datetime.fromtimestamp(self.now + self.ahead, UTC), usegmt=True)}",)
                if self.dates
                else ()
            )
            if isinstance(failure, int):
                wait = (f"Retry-After: {self.waits}",) if failure == 429 else ()
                said = _http({"code": 20000 + failure, "message": "no", "status": failure}, failure, *wait, *date)
            else:
                said = self._answer(target, date)
            if failure == "cut":
                writer.write(said[:-20])
                await writer.drain()
                return
            writer.write(said)
            await writer.drain()

    def _answer(self, target: str, date: tuple[str, ...]) -> bytes:
        parts = urlsplit(target)
        name = parts.path.rpartition("/")[2].removesuffix(".json")
        if name == "Messages":
            return _http(self._list(parts.path, dict(parse_qsl(parts.query))), 200, *date)
        if name == ACCOUNT:
            made = None if self.made is None else dated(self.made)
            return _http({"sid": ACCOUNT, "date_created": made}, 200, *date)
        if (one := self.messages.get(name)) is not None:
            return _http(one, 200, *date)
        return _http({"code": 20404, "message": "not found", "status": 404}, 404, *date)

    def _list(self, path: str, query: dict[str, str]) -> Stored:
        def key(stored: Stored) -> tuple[int, str]:
            at = self.when(stored) if self.by == "sent" else seconds(stored["date_created"])
            assert at is not None
            return at, stored["sid"]

        wanted = sorted(filter(self._selects(query), self.messages.values()), key=key, reverse=True)
        if (token := query.get("PageToken")) is not None:
            at, _, sid = token.partition("-")
            wanted = [stored for stored in wanted if key(stored) < (int(at), sid)]
        size = int(query.get("PageSize", 50))
        page, more = wanted[:size], len(wanted) > size
        link = None
        if more:
            at, sid = key(page[-1])
            link = f"{path}?{urlencode(query | {'PageToken': f'{at}-{sid}'}, quote_via=quote)}"
        return self.page(page, link)

    def _selects(self, query: dict[str, str]) -> Callable[[Stored], bool]:
        def period(text: str) -> tuple[int, int]:
            at = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
            if self.bounds == "midnight":
                at -= at % 86_400
                return at, at
            return at, at + (86_399 if "T" not in text else 0)

        def fits(stored: Stored) -> bool:
            if stored["sid"] in self.list_hides:
                return False
            at = self.when(stored)
            if "DateSent" in query:
                first = int(datetime.fromisoformat(query["DateSent"]).replace(tzinfo=UTC).timestamp())
                if not first <= at < first + 86_400:
                    return False
            if "DateSent<" in query:
                last = period(query["DateSent<"])[1]
                if at > last or (at == last and self.bounds == "excluded"):
                    return False
            if "DateSent>" in query:
                first = period(query["DateSent>"])[0]
                if at < first or (at == first and self.bounds == "excluded"):
                    return False
            return query.get("To", stored["to"]) == stored["to"] and query.get("From", stored["from"]) == stored["from"]

        return fits


def _http(document: object, status: int, *headers: str) -> bytes:
    body = json.dumps(document).encode()
    rows = (f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers, "", "")
    return "\r\n".join(rows).encode("latin-1") + body
