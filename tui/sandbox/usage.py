"""Usage Records: what the account's messages cost and how many there were, by category and by day, month or year.

Computed from the messages themselves when asked for. A message counts once it is sent or received, on that day in UTC;
what failed before, or is still on its way, costs nothing. `count` is messages, `usage` segments (of an MMS, messages),
`price` what they cost, as a positive number. Categories are those of Twilio's that the sandbox can have; of any other
there are no records. Source: Twilio's OpenAPI description (April 2026) and its page on Usage Records.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from tui.sandbox.errors import Refusal
from tui.sandbox.identity import VERSION
from tui.sandbox.messages import StoredMessage
from tui.sandbox.parameters import Form, flag, given
from tui.sandbox.resources import Json, message_price

# Category → what it is, and the unit of `usage`.
CATEGORIES = {
    "sms": ("SMS", "segments"),
    "sms-inbound": ("Inbound SMS", "segments"),
    "sms-outbound": ("Outbound SMS", "segments"),
    "mms": ("MMS", "messages"),
    "mms-inbound": ("Inbound MMS", "messages"),
    "mms-outbound": ("Outbound MMS", "messages"),
    "channels": ("WhatsApp, RCS and Messenger", "messages"),
    "totalprice": ("Total price", "usd"),
}
# The path's last word → the names by which records point at one another.
SUBRESOURCES = {
    "AllTime": "all_time",
    "Daily": "daily",
    "LastMonth": "last_month",
    "Monthly": "monthly",
    "ThisMonth": "this_month",
    "Today": "today",
    "Yearly": "yearly",
    "Yesterday": "yesterday",
}

_OFFSET = re.compile(r"([+-][0-9]{1,5})days?", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Sum:
    count: int = 0
    usage: int = 0
    price: Decimal = Decimal(0)

    def add(self, count: int, usage: int, price: Decimal) -> None:
        self.count += count
        self.usage += usage
        self.price += price


class Usage:
    """The sums of an account's messages as they stand at `now`."""

    def __init__(self, account_sid: str, messages: Iterable[StoredMessage], now: datetime) -> None:
        self._account = account_sid
        self._now = now
        self._days: dict[date, dict[str, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
        for message in messages:
            self._count(message)
        self.today = now.date()
        self.first = min(self._days, default=self.today)

    def records(self, query: Form, which: str = "") -> list[Json]:
        """Return the records that a request asks for, the newest period first.

        `which` is the last word of the path, "" for `/Usage/Records` itself.

        Raises:
            Refusal: 20001 for a date or a boolean that cannot be read, and for a range that ends before it begins.
        """
        given(query, "IncludeSubaccounts", flag)  # there are none
        since, until = self._day(query, "StartDate"), self._day(query, "EndDate")
        if since and until and until < since:
            raise Refusal(20001, reason=f"EndDate {until} lies before StartDate {since}")
        wanted = query.text("Category")
        found: list[Json] = []
        for first, last in self._periods(which):
            begin, end = max(first, since or first), min(last, until or last)
            if begin <= end:
                found += [self._record(which, name, begin, end) for name in CATEGORIES if wanted in {"", name}]
        return found

    def _count(self, message: StoredMessage) -> None:
        sent = message.standing(self._now).sent
        if sent is None or message.created > self._now:
            return
        price = -Decimal(message_price(message))
        direction = "inbound" if message.direction == "inbound" else "outbound"
        day = self._days[sent.date()]
        day["totalprice"].add(0, 0, price)
        if ":" in message.to or ":" in message.sender:
            day["channels"].add(1, 1, price)
            return
        kind, usage = ("mms", 1) if message.is_mms else ("sms", message.segments)
        for name in (kind, f"{kind}-{direction}"):
            day[name].add(1, usage, price)

    def _periods(self, which: str) -> Iterator[tuple[date, date]]:
        """Return the first and the last day of each period, the newest first."""
        today = self.today
        this_month = today.replace(day=1)
        last_month = this_month - _DAY
        match which:
            case "Today":
                yield today, today
            case "Yesterday":
                yield today - _DAY, today - _DAY
            case "ThisMonth":
                yield this_month, today
            case "LastMonth":
                yield last_month.replace(day=1), last_month
            case "Daily" | "Monthly" | "Yearly":
                last = today
                while last >= self.first:
                    first = last if which == "Daily" else last.replace(day=1)
                    first = first.replace(month=1) if which == "Yearly" else first
                    yield max(first, self.first), last
                    last = first - _DAY
            case _:
                yield self.first, today

    def _record(self, which: str, category: str, first: date, last: date) -> Json:
        total = _Sum()
        for day, sums in self._days.items():
            if first <= day <= last and category in sums:
                total.add(sums[category].count, sums[category].usage, sums[category].price)
        description, unit = CATEGORIES[category]
        price = float(round(total.price, 5))
        of_money = category == "totalprice"
        asked = {"Category": category, "StartDate": first.isoformat(), "EndDate": last.isoformat()}
        return {
            "account_sid": self._account,
            "api_version": VERSION,
            "as_of": self._now.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "category": category,
            "count": "" if of_money else str(total.count),
            "count_unit": "" if of_money else "messages",
            "description": description,
            "end_date": last.isoformat(),
            "price": price,
            "price_unit": "usd",
            "start_date": first.isoformat(),
            "subresource_uris": {name: self._uri(word, {"Category": category}) for word, name in SUBRESOURCES.items()},
            "uri": self._uri(which, asked),
            "usage": f"{price:.5f}" if of_money else str(total.usage),
            "usage_unit": unit,
        }

    def _uri(self, which: str, query: dict[str, str]) -> str:
        below = f"/{which}" if which else ""
        return f"/{VERSION}/Accounts/{self._account}/Usage/Records{below}.json?{urlencode(query)}"

    def _day(self, query: Form, name: str) -> date | None:
        text = query.text(name)
        if not text:
            return None
        # A plus that was not encoded has become a blank, which `text` has taken off.
        signed = f"+{text}" if text[0].isdigit() and text.endswith(("day", "days")) else text
        try:
            if offset := _OFFSET.fullmatch(signed):
                return self.today + timedelta(days=int(offset[1]))
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
                return date.fromisoformat(text)
        except (ValueError, OverflowError):
            pass
        raise Refusal(20001, reason=f"{name} {text[:60]} is neither a date like 2026-01-02 nor an offset like -30days")
