"""Reading JSON whose shape is not ours to trust: a null or an odd value never crashes a row.

Every function is total: what does not fit becomes None or an empty value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import cast

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST = 2**63 - 1
_LONGEST_NUMBER = 64
_LONGEST_TIME = 200
_REPEATED = 256
"""Numbers, prices, times and days that are kept: in a list they repeat, and one object then serves all who have it."""

_MONTHS = {
    month: f"{number:02}"
    for number, month in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_TWILIO_DAY = re.compile(r"[A-Z][a-z]{2}, ([0-9]{2}) (" + "|".join(_MONTHS) + r") ([0-9]{4}) ")
_MOST_DIGITS = 30


def as_mapping(value: object) -> Mapping[str, object]:
    """The value as a JSON object; empty for anything else."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def as_items(value: object) -> tuple[Mapping[str, object], ...]:
    """The objects in a JSON array; anything in it that is not an object is passed over."""
    if not isinstance(value, list):
        return ()
    items = cast("list[object]", value)
    return tuple(cast("Mapping[str, object]", item) for item in items if isinstance(item, dict))


def as_text(value: object) -> str:
    """Text as it stands, numbers and booleans in JSON's spelling, nothing for null and containers."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return str(value) if isinstance(value, int | float) else ""
    except ValueError:
        # Python refuses to write out a number of thousands of digits.
        return ""


def as_int(value: object) -> int | None:
    """A whole number of at most 63 bits, also when it comes as a string (`num_segments` does).

    Nothing that is counted or coded here is larger, and a database takes no larger one.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -_LARGEST - 1 <= value <= _LARGEST else None
    return _whole(as_text(value))


@lru_cache(maxsize=_REPEATED)
def _whole(text: str) -> int | None:
    text = text.strip()
    # int() takes other scripts' digits and underscores, and refuses very long ones by raising.
    return int(text) if _WHOLE.fullmatch(text) else None


def as_decimal(value: object) -> Decimal | None:
    """An amount such as "-0.00750"; None for anything that is not a finite number of a few digits."""
    text = as_text(value).strip()
    return _amount(text) if text and len(text) <= _LONGEST_NUMBER else None


@lru_cache(maxsize=_REPEATED)
def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    # Written out, 1e999999999 would fill the memory.
    return amount if amount.is_finite() and abs(amount.adjusted()) <= _MOST_DIGITS else None


def as_currency(value: object) -> str:
    """A currency's code in capitals, however it is written, like "USD"; empty for what is none."""
    text = as_text(value).strip().upper()
    return text if _CURRENCY.fullmatch(text) else ""


def as_time(value: object) -> datetime | None:
    """An instant from RFC 2822 (the 2010-04-01 API) or ISO 8601 (newer ones), in UTC."""
    text = as_text(value).strip()
    return _moment(text) if text and len(text) <= _LONGEST_TIME else None


@lru_cache(maxsize=_REPEATED)
def _moment(text: str) -> datetime | None:
    try:
        moment = _twilio_moment(text)
    except ValueError:
        return None
    if moment is not None:
        return moment
    # Imported for the first time that Twilio wrote otherwise: with what reads mail it takes 3 ms of a start.
    from email.utils import parsedate_to_datetime

    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        # Whoever shows it in another zone must not fall off the end of the calendar.
        return moment if 1 < moment.year < 9999 else None
    return None


def _twilio_moment(text: str) -> datetime | None:
    """The one form that Twilio's lists use, a tenth of the time a general reader takes; None for any other."""
    if text[25:] != " +0000" or text[19] != ":" or text[22] != ":":
        return None
    day = _twilio_day(text[:17])
    return datetime.fromisoformat(f"{day}T{text[17:25]}+00:00") if day else None


@lru_cache(maxsize=_REPEATED)
def _twilio_day(text: str) -> str:
    """`Fri, 27 Nov 2026 ` as ISO 8601 has it; empty for anything else, and for the ends of the calendar."""
    found = _TWILIO_DAY.fullmatch(text)
    return f"{found[3]}-{_MONTHS[found[2]]}-{found[1]}" if found and "0001" < found[3] < "9999" else ""
