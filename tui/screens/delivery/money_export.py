"""Balance and usage out of their view: as a text to copy, as CSV with Twilio's own words and numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from tui.safe_text import safe_text
from tui.screens.delivery.money_lines import PERIODS, MoneyKnown, list_lines, say_difference, say_title
from tui.twilio.usage import TOTAL

COLUMNS: Final = (
    "source",
    "period",
    "first_day_utc",
    "last_day_utc",
    "category",
    "description",
    "count",
    "count_unit",
    "usage",
    "usage_unit",
    "price",
    "price_unit",
)
"""Of the CSV: a line for each category that Twilio counted something of, and those of what is on this computer."""


def say_all(known: MoneyKnown, name: str) -> str:
    """The whole view as text."""
    rows = [f"{safe_text(name, limit=80)} · {say_title(known)}"]
    for line in list_lines(known, unfolded=True):
        cells = "".join(f"{cell:>20}" for cell in line.cells)
        rows.append(f"{line.label:<34}{cells or line.words}".rstrip())
    return "\n".join([*rows, say_difference(known), ""])


def csv_rows(known: MoneyKnown) -> Iterator[tuple[object, ...]]:
    """The lines of the CSV below `COLUMNS`."""
    for period in PERIODS:
        usage = known.read(period)
        for record in () if usage is None else usage.records.values():
            if usage is not None and (record.category == TOTAL or not record.is_nothing):
                yield (
                    "twilio",
                    period.value,
                    usage.first.isoformat(),
                    usage.last.isoformat(),
                    record.category,
                    record.description,
                    _plain(record.count),
                    record.count_unit,
                    _plain(record.usage),
                    record.usage_unit,
                    _plain(record.price),
                    record.currency,
                )
        kept = known.kept.get(period)
        if kept is not None:
            first, last = (day.isoformat() for day in known.days[period])
            for currency, cost in kept.costs.items() or [("", None)]:
                row = (
                    "archive",
                    period.value,
                    first,
                    last,
                    "",
                    "messages on this computer",
                    str(kept.count),
                    "messages",
                )
                yield (*row, "", "", _plain(cost), currency)


def _plain(number: Decimal | None) -> str:
    return "" if number is None else format(number, "f")
