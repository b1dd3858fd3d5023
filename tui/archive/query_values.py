"""The values of a query: statuses, codes, amounts, countries and times, each read into a criterion. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final

from tui.archive.folding import fold
from tui.archive.matching import IS, AnyOf, Criterion, HasSid, HasStatus, LocalTime, Not, OfCountry, Period, in_range
from tui.archive.query import QueryError
from tui.storage.nearest import nearest
from tui.time_reading import CLOCK, COUNT, OFFSET, UNIT, WEEKDAYS, find_name
from tui.twilio.addresses import country_name, country_names, find_message_sids
from tui.twilio.message import STATUSES

QUOTES: Final = '"“”„'
"""What a value or a phrase may stand between."""
UNKNOWN: Final = ("unknown", "none")
"""What stands for a country or an own side that is not known."""
MOST_VALUES: Final = 50
"""Values of one term, with commas between them."""
_LONGEST_WORD: Final = 60
"""Characters of a word that may be a known one, mistyped."""
_NO_ALIASES: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text with its place."""

    text: str
    place: tuple[int, int]

    def wrong(self, reason: str, remedy: str) -> QueryError:
        """The error to raise about it."""
        return QueryError(self.place, reason, remedy)


EXAMPLES: Final = {
    "is": "Write is:problem, is:pending, is:in, is:out, is:unread or is:optout.",
    "status": "Write a status, like status:failed,undelivered.",
    "code": "Write an error code, like code:30007, code:30003..30008 or code:any.",
    "to": "Write a number or a name, like to:+14155550100 or to:+49*.",
    "from": "Write a number or a name, like from:+14155550100 or from:+49*.",
    "with": "Write a number or a name, like with:+14155550100 or with:+49*.",
    "since": "Write a time, like since:7d, since:yesterday or since:2026-11-01.",
    "until": "Write a time, like until:7d, until:yesterday or until:2026-11-01.",
    "on": "Write a day, like on:yesterday, on:mon or on:2026-11-01.",
    "country": "Write a country, like country:DE or country:Germany.",
    "own": "Write one of the account's own addresses as it is, like own:+14155550100 or own:whatsapp:+14155550100.",
    "service": "Write the SID of a messaging service or a part of it, like service:MG0123.",
    "media": "Write media:yes or media:no.",
    "segments": "Write a number, like segments:2, segments:>2 or segments:2..4.",
    "price": "Write an amount, like price:>0.05 or price:0.01..0.05.",
    "sid": "Write the SID of a message or a part of it, like sid:SM0123.",
}


def split_values(value: Piece) -> list[Piece]:
    """The values of a list with commas; what stands in quotes is one value."""
    pieces: list[Piece] = []
    for found in re.finditer(rf"(?:[{QUOTES}][^{QUOTES}]*[{QUOTES}]?|[^,{QUOTES}])+", value.text):
        text = "".join(each for each in found[0] if each not in QUOTES)
        if text.strip():
            pieces.append(Piece(text, (value.place[0] + found.start(), value.place[0] + found.end())))
    if not pieces:
        raise value.wrong("There is no value in this.", "Write one, or several with commas between them.")
    if len(pieces) > MOST_VALUES:
        raise value.wrong(f"A term has at most {MOST_VALUES} values.", "Write fewer.")
    return pieces


def near_word(word: str, known: Sequence[str], also: Mapping[str, str] = _NO_ALIASES) -> str | None:
    """The known word that was probably meant."""
    return nearest(word, known, also) if len(word) <= _LONGEST_WORD else None


def shorten(text: str) -> str:
    """A text as an error quotes it."""
    from tui.safe_text import glimpse

    return glimpse(text, 40)


def _unknown(value: Piece, what: str, known: Sequence[str], also: Mapping[str, str], example: str) -> QueryError:
    near = near_word(value.text, known, also)
    return value.wrong(f"“{shorten(value.text)}” is no {what}.", f"Did you mean {near}?" if near else example)


_IS_ALSO: Final = {
    **dict.fromkeys(("inbound", "incoming", "received"), "in"),
    **dict.fromkeys(("outbound", "outgoing"), "out"),
    **dict.fromkeys(("problems", "error", "errors", "trouble", "bad"), "problem"),
    **dict.fromkeys(("open", "underway"), "pending"),
    "new": "unread",
    **dict.fromkeys(("opt-out", "optouts", "opt-outs", "opted-out", "stop", "stopped", "unsubscribed"), "optout"),
}
_STATUSES_ALSO: Final = {"cancelled": "canceled", "partiallydelivered": "partially_delivered", "error": "failed"}


def read_is(key: Piece, value: Piece) -> Criterion:
    """Read states: `problem`, `pending`, a direction, a status."""
    found: list[Criterion] = []
    for each in split_values(value):
        word = fold(each.text).strip()
        word = {"inbound": "in", "outbound": "out"}.get(word, word)
        if word in IS:
            found.append(IS[word])
        elif word in STATUSES:
            found.append(HasStatus((word,)))
        else:
            raise _unknown(each, "state", (*IS, *STATUSES), {**_STATUSES_ALSO, **_IS_ALSO}, EXAMPLES["is"])
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def read_status(key: Piece, value: Piece) -> Criterion:
    """Read statuses of Twilio's."""
    statuses: list[str] = []
    for each in split_values(value):
        word = fold(each.text).strip()
        word = _STATUSES_ALSO.get(word, word) if word == "cancelled" else word
        if word in IS:
            raise each.wrong(f"“{word}” is no status.", f"Write is:{word}, or a status like failed.")
        if word not in STATUSES:
            example = f"The statuses are {', '.join(STATUSES)}."
            raise _unknown(each, "status", STATUSES, _STATUSES_ALSO, example)
        statuses.append(word)
    return HasStatus(tuple(statuses))


_AMOUNT: Final = r"\d{1,12}(?:\.\d{1,9})?"
_COMPARISON: Final = re.compile(rf"(>=|<=|=>|=<|>|<|=|≥|≤)?\s*({_AMOUNT})")
_RANGE: Final = re.compile(rf"({_AMOUNT})?\s*(?:\.\.|…)\s*({_AMOUNT})?")


def has_code(code: int) -> Criterion:
    """The criterion for an error code."""
    return in_range("code", Decimal(code), Decimal(code))


def read_number(column: str, value: Piece) -> Criterion:
    """Read numbers, comparisons and ranges of one of the columns in_range knows."""
    found = [_read_amount(column, each) for each in split_values(value)]
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def _read_amount(column: str, value: Piece) -> Criterion:
    # Not folded: that would make three dots of an ellipsis, and a minus of a dash.
    written = "".join(str(int(each)) if each.isdecimal() else each for each in value.text).strip().lower()
    if column == "code" and written in ("any", "none", "yes", "no"):
        anything: Criterion = in_range("code", None, None)
        return anything if written in ("any", "yes") else Not(anything)
    if column == "media" and written in ("yes", "no", "any", "none"):
        some: Criterion = in_range("media", Decimal(1), None)
        return some if written in ("yes", "any") else Not(some)
    if (found := _RANGE.fullmatch(written)) and (found[1] or found[2]):
        first, last = (Decimal(each) if each else None for each in found.groups())
        if first is not None and last is not None and first > last:
            raise value.wrong("The end of this range lies before its beginning.", f"Write {last}..{first}.")
        return in_range(column, first, last)
    if not (found := _COMPARISON.fullmatch(written)):
        what = {"code": "error code", "price": "amount"}.get(column, "number")
        raise value.wrong(f"“{shorten(value.text)}” is no {what}.", EXAMPLES[column])
    amount = Decimal(found[2])
    match found[1]:
        case ">":
            return in_range(column, amount, None, open_=True)
        case "<":
            return in_range(column, None, amount, open_=True)
        case ">=" | "=>" | "≥":
            return in_range(column, amount, None)
        case "<=" | "=<" | "≤":
            return in_range(column, None, amount)
        case _:
            return in_range(column, amount, amount)


@cache
def _regions() -> Mapping[str, str]:
    """Folded names of countries, with and without their article, → their regions' codes."""
    names = {fold(name): code for code, name in country_names().items()}
    also = {"usa": "US", "america": "US", "uk": "GB", "england": "GB", "great britain": "GB", "holland": "NL"}
    return {**names, **{name.removeprefix("the "): code for name, code in names.items()}, "turkey": "TR", **also}


def read_country(key: Piece, value: Piece) -> Criterion:
    """Read countries by code or by name."""
    regions: list[str] = []
    for each in split_values(value):
        word = fold(each.text).strip()
        region = word.upper() if country_name(word.upper()) else _regions().get(word)
        if word in UNKNOWN:
            region = ""
        if region is None:
            near = near_word(word, tuple(_regions()))
            known = f"Did you mean {_regions()[near]}, {near.title()}?" if near else EXAMPLES["country"]
            raise each.wrong(f"“{shorten(each.text)}” is no country that is known here.", known)
        regions.append(region)
    return OfCountry(tuple(regions))


def read_sid(key: Piece, value: Piece) -> Criterion:
    """Read SIDs of messages, or parts of them."""
    found: list[Criterion] = []
    for each in split_values(value):
        written = each.text.strip()
        whole = find_message_sids(written)
        if not whole and not re.fullmatch(r"[0-9A-Za-z]{2,34}|[0-9A-Za-z]{2,34}…[0-9A-Za-z]{0,34}", written):
            raise each.wrong(f"“{shorten(written)}” is no part of a SID.", EXAMPLES["sid"])
        found.append(HasSid(whole[0] if whole else written))
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


# -- times ----------------------------------------------------------------------------------------------

_FIRST_YEAR: Final = 1980
_LAST_YEAR: Final = 2999
_FAR: Final = 400_000
"""Days back that a time may lie."""
_AGO: Final = re.compile(rf"({COUNT})\s*({UNIT})")
LIKE_A_DATE: Final = re.compile(r"\d{4}-\d{2}(?:-\d{2})?(?!\d)")
"""Digits that are no number of anybody's."""
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_CLOCK: Final = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})[t ]{CLOCK}\s*({OFFSET})?")
_TIMES: Final = "Write 7d, 24h, today, yesterday, mon, 2026-11-01 or 2026-11-01T08:00."


def read_time(value: Piece) -> LocalTime:
    """Read a moment or a day of the person's own time."""
    word = fold("".join(each for each in value.text if each not in QUOTES)).strip()
    if word in ("today", "yesterday"):
        return LocalTime(ago=int(word == "yesterday"))
    if word == "now":
        return LocalTime(minutes=0)
    if found := _AGO.fullmatch(word):
        many, unit = int(found[1]), found[2]
        if unit[0] in "dw":
            return LocalTime(ago=min(many * (7 if unit[0] == "w" else 1), _FAR))
        return LocalTime(minutes=min(many * (60 if unit[0] == "h" else 1), _FIRST_YEAR * 365 * 24))
    if (weekday := find_name(word, WEEKDAYS)) is not None:
        return LocalTime(weekday=weekday)
    try:
        if found := _DATE.fullmatch(word):
            return LocalTime(days=_days(value, int(found[1]), found[2], found[3]))
        if found := _CLOCK.fullmatch(word):
            return _clock(value, found)
    except QueryError:
        raise
    except ValueError:
        raise value.wrong(f"There is no {shorten(value.text)}.", "Check the day and the hour.") from None
    raise _unknown(value, "time", ("today", "yesterday", *WEEKDAYS), {}, _TIMES)


def _days(value: Piece, year: int, month: str | None, day: str | None) -> tuple[date, date]:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise value.wrong(f"No message is from the year {year}.", f"Write a date from {_FIRST_YEAR} on.")
    if day:
        only = date(year, int(month or 1), int(day))
        return only, only
    first = date(year, int(month or 1), 1)
    following = date(year + 1, 1, 1) if not month or first.month == 12 else date(year, first.month + 1, 1)
    return first, following - timedelta(days=1)


def _clock(value: Piece, found: re.Match[str]) -> LocalTime:
    year, month, day = found[1].split("-")
    _days(value, int(year), month, day)
    zone = "" if not found[5] else "+00:00" if found[5] == "z" else found[5]
    clock = datetime.fromisoformat(f"{found[1]}T{int(found[2]):02}:{found[3]}:{found[4] or '00'}{zone}")
    return LocalTime(clock=clock, seconds=1 if found[4] else 60)


def read_days(key: Piece, value: Piece) -> Criterion:
    """Read a day, or days from one to another."""
    first, dots, last = value.text.partition("..")
    begin = value.place[0]
    if not dots:
        time = read_time(value)
        return Period(time, time)
    since, until = (
        Piece(first, (begin, begin + len(first))),
        Piece(last, (value.place[1] - len(last), value.place[1])),
    )
    return Period(read_time(since) if first else None, read_time(until) if last else None)
