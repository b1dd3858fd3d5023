"""Usage Records: what Twilio itself counts and bills, by category and period of UTC days.

Source: https://www.twilio.com/docs/usage/api/usage-record, and Twilio's OpenAPI description (April 2026). Categories
come without notice, a category's name begins with that of the one it is part of (`sms`, `sms-outbound`,
`sms-outbound-longcode`), and not all that is part of another by its name is in that one's price: only `totalprice` is
a sum to rely on. The calls raise the `RequestFailed`s of `tui.twilio.errors`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final
from urllib.parse import urlencode

from tui.twilio.client import Client
from tui.twilio.lenient_json import as_currency, as_decimal, as_text, as_time
from tui.twilio.numbers import list_items

TOTAL: Final = "totalprice"
"""The category of all that a period cost."""

MESSAGING: Final = ("sms", "mms", "channels", "rcs", "whatsapp", "messaging", "a2p", "failed-message-processing-fee")
"""How the names of categories begin that are about messages, in the order in which they are shown."""

MOST_CATEGORIES: Final = 2_000
"""Categories of a period that are kept; Twilio has some 600."""

_LONGEST: Final = 200
"""Characters of a text that are kept."""


class UsagePeriod(Enum):
    """A period that Twilio has the records of by name; the value is the last word of the path."""

    TODAY = "Today"
    YESTERDAY = "Yesterday"
    THIS_MONTH = "ThisMonth"
    LAST_MONTH = "LastMonth"

    def days(self, today: date) -> tuple[date, date]:
        """Its first and last day, both in it, where this is the present day in UTC."""
        this_month = today.replace(day=1)
        day_before = timedelta(days=1)
        match self:
            case UsagePeriod.TODAY:
                return today, today
            case UsagePeriod.YESTERDAY:
                return today - day_before, today - day_before
            case UsagePeriod.THIS_MONTH:
                return this_month, today
            case UsagePeriod.LAST_MONTH:
                last = this_month - day_before
                return last.replace(day=1), last


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """What was used of one category in a period. All texts are remote: sanitise before showing.

    Attributes:
        category: Twilio's name for it, such as `sms-outbound`.
        description: Twilio's words for it; may be empty.
        count: how often it was used, in `count_unit` such as messages; None where Twilio gave no number.
        usage: how much is billed, in `usage_unit` such as segments or minutes.
        price: what it cost; less than 0 where Twilio gave something back. None where Twilio gave no number.
        currency: of the price, three capitals; empty where Twilio gave none.
    """

    category: str
    description: str = ""
    count: Decimal | None = None
    count_unit: str = ""
    usage: Decimal | None = None
    usage_unit: str = ""
    price: Decimal | None = None
    currency: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was used and nothing paid, as far as Twilio told."""
        return not self.count and not self.usage and not self.price


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """The records of a period.

    Attributes:
        first, last: the UTC days that they cover, both included.
        records: category → record, in Twilio's order.
        as_of: until when Twilio had counted; None where it does not say.
    """

    first: date
    last: date
    records: Mapping[str, UsageRecord] = field(default_factory=dict[str, UsageRecord])
    as_of: datetime | None = None

    @property
    def total(self) -> UsageRecord | None:
        """All that the period cost, as Twilio counts it; None where it does not say."""
        return self.records.get(TOTAL)

    def without(self, categories: Iterable[str]) -> Decimal | None:
        """What the period cost beside these categories: the total less their prices.

        None where that cannot be told: there is no total, one has another currency or an unknown price, or they cost
        more than it.
        """
        total = self.total
        if total is None or total.price is None:
            return None
        left = total.price
        for record in (self.records[name] for name in categories if name in self.records):
            if record.price is None or (record.price and record.currency != total.currency):
                return None
            left -= record.price
        return left if left >= 0 else None


def usage_path(account_sid: str, period: UsagePeriod, *, category: str = "", subaccounts: bool = False) -> str:
    """The path of a period's records, as the console takes it; of one category where that is given."""
    # Twilio counts sub-accounts in unless told otherwise.
    query = [("Category", category)] if category else [("PageSize", "1000")]
    query.append(("IncludeSubaccounts", "true" if subaccounts else "false"))
    # A category is Twilio's word, whatever that holds.
    return f"/Accounts/{account_sid}/Usage/Records/{period.value}.json?{urlencode(query, errors='replace')}"


async def fetch_usage(
    client: Client, period: UsagePeriod, today: date, *, category: str = "", subaccounts: bool = False
) -> PeriodUsage:
    """The records of a period, `MOST_CATEGORIES` at most.

    Args:
        client: whose account it is.
        period: of which they are.
        today: the present day in UTC; for answers that do not say which days they cover.
        category: ask for this one only.
        subaccounts: count what the account's sub-accounts used in; without, the account alone.
    """
    url = client.policy.locate(usage_path(client.account_sid, period, category=category, subaccounts=subaccounts))
    items: list[Mapping[str, object]] = []
    async for item in list_items(client, url, "usage_records", "The answer holds no usage records.", "Try again."):
        items.append(item)
        if len(items) >= MOST_CATEGORIES:
            break
    return read_usage(items, *period.days(today))


def read_usage(items: Iterable[Mapping[str, object]], first: date, last: date) -> PeriodUsage:
    """A period's records from their JSON objects; what has no category is passed over, the first of two alike counts.

    The days are those that Twilio says, else the ones given.
    """
    found: dict[str, UsageRecord] = {}
    days: tuple[date, date] | None = None
    as_of: datetime | None = None
    for item in items:
        category = as_text(item.get("category")).strip()[:_LONGEST]
        if category and category not in found:
            found[category] = _read_record(category, item)
            days = days or _read_days(item)
            as_of = as_of or as_time(item.get("as_of"))
    return PeriodUsage(*(days or (first, last)), found, as_of)


def _read_record(category: str, item: Mapping[str, object]) -> UsageRecord:
    return UsageRecord(
        category,
        description=as_text(item.get("description")).strip()[:_LONGEST],
        count=as_decimal(item.get("count")),
        count_unit=as_text(item.get("count_unit")).strip()[:_LONGEST],
        usage=as_decimal(item.get("usage")),
        usage_unit=as_text(item.get("usage_unit")).strip()[:_LONGEST],
        price=as_decimal(item.get("price")),
        currency=as_currency(item.get("price_unit")),
    )


def _read_days(item: Mapping[str, object]) -> tuple[date, date] | None:
    try:
        first, last = (date.fromisoformat(as_text(item.get(name))) for name in ("start_date", "end_date"))
    except ValueError:
        return None
    # Whoever asks for the days beside these must not fall off the end of the calendar.
    return (first, last) if first.year > 1 and first <= last and last.year < 9999 else None


def is_messaging(category: str) -> bool:
    """Whether a category is about messages, by its name."""
    return any(category == name or category.startswith(f"{name}-") for name in MESSAGING)


def parent_of(category: str, among: Collection[str]) -> str:
    """The category among these that this one is directly part of, by its name; empty for none."""
    while category := category.rpartition("-")[0]:
        if category in among:
            return category
    return ""
