"""Words for messages that lists, the conversation and the pane share: addresses, days, times."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui.safe_text import safe_text
from tui.time_format import short_day
from tui.twilio.addresses import CHANNELS

if TYPE_CHECKING:
    from tui.archive.coverage import Span

SAID_BY_THE_MARK: Final = frozenset({"", "delivered", "read", "received", "sent"})
"""Statuses whose mark says enough: nobody has to do anything about them, or can."""

_SHORT_CODES: Final = frozenset(["1", "7"])
_CODES_OF_TWO: Final = frozenset(
    [
        *("20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49"),
        *("51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66"),
        *("81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"),
    ]
)
"""Country codes of two digits (ITU-T E.164); all others but those of `_SHORT_CODES` have three."""


@lru_cache(maxsize=1024)
def show_address(address: str) -> str:
    """An address for the eye: `+1 415 555 0123`, WhatsApp's `+1 415 555 0123 wa`. Safe to show, not to be copied."""
    channel, colon, number = address.partition(":")
    if not colon or channel not in CHANNELS:
        channel, number = "", address
    digits = number.removeprefix("+")
    if number == digits or not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15):
        return safe_text(address, limit=40)
    code = 1 if digits[0] in _SHORT_CODES else 2 if digits[:2] in _CODES_OF_TWO else 3
    sign = {"": "", "whatsapp": " wa"}.get(channel, f" {channel}")
    return f"+{digits[:code]} {_grouped(digits[code:])}{sign}"


def _grouped(digits: str) -> str:
    """In groups of three; where one or two digits would be left over, in as many groups of four at the end."""
    fours = len(digits) % 3
    threes = len(digits) - 4 * fours if len(digits) >= 4 * fours else len(digits)
    groups = [digits[n : min(n + 3, threes)] for n in range(0, threes, 3)]
    return " ".join([*groups, *(digits[n : n + 4] for n in range(threes, len(digits), 4))])


def day_words(day: date | None, today: date) -> str:
    """`Fri 27 Nov`, `today, Sat 28 Nov`; the year where it is another one."""
    if day is None:
        return "no time"
    words = f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")
    near = {0: "today, ", 1: "yesterday, "}.get((today - day).days, "")
    return near + words


def day_of(second: int, now: datetime) -> str:
    """A second since 1970 as a day of the present's zone, or as a time where it is of today."""
    moment, today = datetime.fromtimestamp(second, now.tzinfo).astimezone(), now.astimezone()
    if moment.date() == today.date():
        return f"{moment:%H:%M}"
    return short_day(moment, today)


def gap_words(gap: Span) -> str:
    """How long a time was not read, in whole days, hours or minutes: `3 days`."""
    seconds = gap.last - gap.first + 1
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
