"""What may follow in a query that is being typed: keys, and the values that make sense with each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tui.archive.folding import fold
from tui.archive.query_parser import KEYS, LONGEST
from tui.archive.query_values import QUOTES
from tui.time_reading import WEEKDAYS
from tui.twilio.addresses import country_name, country_names, is_sid
from tui.twilio.error_catalogue import explain
from tui.twilio.message import STATUSES

MOST: Final = 50
"""Completions that are given at most."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on.

    Attributes:
        span: the part of the text that it replaces, from and to.
        text: what stands there then.
        hint: a few words about it; remote text where it is a name or an address.
        finished: whether a term is complete with it, so that a blank may follow.
    """

    span: tuple[int, int]
    text: str
    hint: str = ""
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to choose from in an account; the most frequent first, where that is known.

    Attributes:
        codes: error codes that messages have.
        countries: regions' codes of those who were written to.
        numbers: the account's own addresses.
        names: what a person calls addresses by → those addresses, SIDs of messaging services among them.
    """

    codes: Sequence[int] = ()
    countries: Sequence[str] = ()
    numbers: Sequence[str] = ()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


_STATUSES: Final = tuple(dict.fromkeys(("failed", "undelivered", "delivered", "received", "sent", *STATUSES)))
"""What is asked for most comes first."""

_KEY_HINTS: Final = {
    "is": "problem, pending, in, out, unread, optout",
    "status": "a status of Twilio's",
    "code": "an error code, any, 30003..30008",
    "to": "who got it: number, name, +49*",
    "from": "who sent it: number, name, +49*",
    "with": "either side: number, name, +49*",
    "since": "7d, 24h, yesterday, 2026-11-01",
    "until": "7d, 24h, yesterday, 2026-11-01",
    "on": "one day, or a..b",
    "country": "of the other side",
    "own": "the account's side, exactly",
    "service": "a messaging service",
    "media": "yes or no",
    "segments": "2, >2, 2..4",
    "price": ">0.05, 0.01..0.05",
    "sid": "a SID or a part of it",
}
_IS_HINTS: Final = {
    "problem": "failed, undelivered, or with an error code",
    "pending": "no final status yet",
    "in": "received",
    "out": "sent from here",
    "unread": "came in since you looked",
    "optout": "STOP, or refused with 21610",
}
_TIMES: Final = {
    "today": "since midnight",
    "yesterday": "",
    "24h": "24 hours ago",
    "7d": "7 days ago",
    "30d": "30 days ago",
    **{day[:3]: f"the last {day.title()}" for day in WEEKDAYS},
}
_AMOUNTS: Final = {"segments": (">1", ">2"), "price": (">0.05", ">0.1", "0"), "media": ("yes", "no")}

_TERM: Final = re.compile(rf"(?:[^\s{QUOTES}]|[{QUOTES}][^{QUOTES}]*(?:[{QUOTES}]|$))+")
_REST: Final = re.compile(r"[^\s()]*")
_SIGNS: Final = re.compile(r"[-(]*")


def complete(text: str, cursor: int, known: Known) -> list[Completion]:
    """The ways to go on with what stands before the cursor, the likeliest first."""
    if len(text) > LONGEST:
        return []
    cursor = min(cursor, len(text))
    before = text[:cursor]
    last = max(_TERM.finditer(before), key=re.Match[str].end, default=None)
    start = last.start() if last and last.end() == cursor else cursor
    signs = _SIGNS.match(before, start)
    start = signs.end() if signs else start
    typed = before[start:]
    # What stands behind the cursor belongs to the term that is replaced.
    found = _REST.match(text, cursor)
    end = found.end() if found else cursor
    key, colon, rest = typed.partition(":")
    if colon and key.lower() in KEYS:
        start += len(key) + 1
        done, comma, last = rest.rpartition(",")
        value = last.strip(QUOTES)
        start += len(done) + len(comma)
        candidates = _values(key.lower(), value, known)
        return [Completion((start, end), written, hint) for written, hint in _fitting(candidates, value)][:MOST]
    return [Completion((start, end), *each) for each in _first(typed.strip(QUOTES), known)][:MOST] if not colon else []


def _first(typed: str, known: Known) -> Iterator[tuple[str, str, bool]]:
    """The beginnings of a term: keys, and values that tell their key."""
    word = fold(typed)
    for value, hint in _IS_HINTS.items() if word else ():
        if value.startswith(word):
            yield f"is:{value}", hint, True
    for key in KEYS:
        if key.startswith(word):
            yield f"{key}:", _KEY_HINTS[key], False
    if not word:
        return
    for status in _STATUSES:
        if status.startswith(word):
            yield f"status:{status}", "", True
    for code in known.codes:
        if str(code).startswith(word):
            yield f"code:{code}", _meaning(code), True
    for name, addresses in known.names.items():
        if word in fold(name):
            yield f"with:{_quoted(name)}", ", ".join(addresses), True
    for region in known.countries:
        if len(word) > 1 and fold(_country(region)).startswith(word):
            yield f"country:{region}", _country(region), True


def _values(key: str, value: str, known: Known) -> Iterable[tuple[str, str]]:
    """The values of a key, each with a hint, which counts as a name of it."""
    match key:
        case "is":
            return [*_IS_HINTS.items(), *((status, "") for status in _STATUSES)]
        case "status":
            return [(status, "") for status in _STATUSES]
        case "code":
            return [*((str(code), _meaning(code)) for code in known.codes), ("any", "with an error code")]
        case "to" | "from" | "with":
            senders = [(number, "") for number in known.numbers]
            return [*((_quoted(name), ", ".join(addresses)) for name, addresses in known.names.items()), *senders]
        case "own":
            return [*((_quoted(number), "") for number in known.numbers), ("unknown", "none that Twilio names")]
        case "service":
            services = [(name, each) for name, sids in known.names.items() for each in sids if is_sid(each, "MG")]
            return [*((_quoted(name), sid) for name, sid in services), ("any", "through a messaging service")]
        case "country":
            rest = country_names() if value else {}
            return [(region, _country(region)) for region in dict.fromkeys([*known.countries, *rest])]
        case "since" | "until" | "on":
            typed = [(f"{value}{unit}", f"{value} {word} ago") for unit, word in _UNITS] if value.isdecimal() else []
            return [*typed, *((each, hint) for each, hint in _TIMES.items() if key != "on" or each != "24h")]
        case _:
            return [(each, "") for each in _AMOUNTS.get(key, ())]


_UNITS: Final = (("d", "days"), ("h", "hours"), ("w", "weeks"))


def _fitting(values: Iterable[tuple[str, str]], typed: str) -> list[tuple[str, str]]:
    """The values that what was typed is part of, or of their hint; those that begin with it first."""
    word = fold(typed)
    ranked: list[tuple[int, tuple[str, str]]] = []
    for value, hint in values:
        folded, explained = fold(value).strip(QUOTES), fold(hint)
        if folded.startswith(word):
            ranked.append((0, (value, hint)))
        elif word in folded or explained.startswith(word):
            ranked.append((1, (value, hint)))
        elif f" {word}" in explained or (word.isdecimal() and word in explained):
            ranked.append((2, (value, hint)))
    return [each for _, each in sorted(ranked, key=lambda entry: entry[0])]


def _quoted(name: str) -> str:
    """A name as a value, in quotes where it has a character that would end it."""
    bare = "".join(each for each in name if each not in QUOTES)
    return bare if re.fullmatch(r"[\w.@+&-]+", bare) else f'"{bare}"'


def _meaning(code: int) -> str:
    found = explain(code)
    return found.meaning if found else ""


def _country(region: str) -> str:
    return (country_name(region) or "").removeprefix("the ")
