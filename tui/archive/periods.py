"""Periods as people name them, and the period of the same length before each. Pure.

A day is a local one: that of the zone that is given, or of this machine where it is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from tui.archive.matching import END_OF_TIME, Asked, LocalTime, Period
from tui.archive.query import Query, QueryError, Term
from tui.archive.query_values import Piece, read_time, shorten
from tui.time_reading import seconds_of_local

EXAMPLES: Final = "Write today, 24h, 7d, 30d, month, 2026-11-01..2026-11-07 or all."

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""The earliest that a query can name."""


@dataclass(frozen=True, slots=True)
class Window:
    """A period that messages were sent in, or else created.

    Attributes:
        since: its first second; 1970 where it has no beginning.
        until: the second after its last; None where it has no end, so that scheduled messages are in it.
        terms: what a query says for it, like `since:7d`; empty for all.
    """

    since: datetime
    until: datetime | None
    terms: str

    def seconds(self) -> tuple[int, int]:
        """Its first second since 1970, and the first one after it."""
        return int(self.since.timestamp()), END_OF_TIME if self.until is None else int(self.until.timestamp())

    def narrow(self, query: Query) -> Query:
        """A query for what another one finds in this period: exactly this one, whatever the time is by then."""
        last = None if self.until is None else LocalTime(clock=self.until - timedelta(seconds=1), seconds=1)
        period = Period(LocalTime(clock=self.since, seconds=1), last)
        return Query(query.text, (*query.terms, Term(self.terms, (0, 0), period)))

    def before(self, now: datetime, zone: tzinfo | None = None) -> Window | None:
        """The period of the same length before it, as far as this one has passed; None where nothing lies before.

        Where it begins at midnight that is as many whole days earlier as it touches: what was sent today until 3:00 is
        compared with yesterday until 3:00 and not with the evening. Any other one ends where this one begins.
        """
        since, end = self.since, now.replace(microsecond=0) if self.until is None else min(self.until, now)
        if since <= _EARLIEST or end <= since:
            return None
        first, last = (_local(each, zone) for each in (since, end - timedelta(seconds=1)))
        if _seconds(first.replace(hour=0, minute=0, second=0), zone)[0] == since.timestamp():
            days = timedelta(days=(last.date() - first.date()).days + 1)
            begin = _seconds(first - days, zone)[0]
            end_second = min(_seconds(last - days, zone)[1], int(since.timestamp()))
        else:
            begin, end_second = int((since - (end - since)).timestamp()), int(since.timestamp())
        if begin < _EARLIEST.timestamp() or begin >= end_second:
            return None
        terms = f"since:{_say_since(begin, zone)} until:{_say_until(end_second, zone)}"
        return Window(_instant(begin), _instant(end_second), terms)


ALL: Final = Window(_EPOCH, None, "")


def read_window(text: str, now: datetime, zone: tzinfo | None = None) -> Window:
    """Read a period: `today`, `24h`, `7d` (today and the seven days before it), `month`, a day, `first..last`, `all`.

    Everything that `since:` takes is taken, here and at both ends of a range.

    Raises:
        QueryError: it cannot be read, or has not begun.
    """
    word = text.strip().casefold()
    if word == "all":
        return ALL
    asked = Asked(now, zone)
    whole = (0, len(text))
    if word == "month":
        first = asked.today.replace(day=1)
        return _window(Period(LocalTime(days=(first, first))), f"since:{first}", asked, whole)
    since, dots, until = word.partition("..")
    if not dots:
        time = _read(word, whole)
        # A day, a month or a year of the calendar has an end; `7d`, `24h` and `mon` go on until now.
        ends = time.days is not None or time.clock is not None or word == "yesterday"
        terms = f"on:{_quoted(word)}" if ends else f"since:{_quoted(word)}"
        return _window(Period(time, time if ends else None), terms, asked, whole)
    if not since and not until:
        raise QueryError(whole, "There is no day in this.", EXAMPLES)
    period = Period(_read(since, whole) if since else None, _read(until, whole) if until else None)
    terms = " ".join(f"{key}:{_quoted(end)}" for key, end in (("since", since), ("until", until)) if end)
    return _window(period, terms, asked, whole)


def _read(word: str, place: tuple[int, int]) -> LocalTime:
    try:
        return read_time(Piece(word, place))
    except QueryError as problem:
        raise QueryError(place, f"“{shorten(word)}” is no period. {problem.reason}", EXAMPLES) from None


def _quoted(word: str) -> str:
    """A time as a value of a query; one with a blank needs quotes."""
    word = word.strip()
    return f'"{word}"' if " " in word else word


def _window(period: Period, terms: str, asked: Asked, place: tuple[int, int]) -> Window:
    first, end = period.seconds_of(asked)
    if first >= end:
        raise QueryError(place, "This period ends before it begins.", "Write the earlier day first.")
    if first > asked.now.timestamp():
        raise QueryError(place, "This period has not begun yet.", EXAMPLES)
    return Window(_instant(max(first, 0)), None if end == END_OF_TIME else _instant(end), terms)


def _instant(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)


def _local(instant: datetime, zone: tzinfo | None) -> datetime:
    """What the clocks show, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _seconds(local: datetime, zone: tzinfo | None) -> tuple[int, int]:
    return seconds_of_local(local, zone)


def _say_since(second: int, zone: tzinfo | None) -> str:
    """The shortest value of `since:` that begins with a second."""
    local = _local(_instant(second), zone)
    midnight = local.replace(hour=0, minute=0, second=0)
    return str(local.date()) if _seconds(midnight, zone)[0] == second else _say_second(second, local, zone)


def _say_until(end: int, zone: tzinfo | None) -> str:
    """The shortest value of `until:` that ends before a second."""
    last = _local(_instant(end - 1), zone)
    following = datetime.combine(last.date() + timedelta(days=1), datetime.min.time())
    return str(last.date()) if _seconds(following, zone)[0] == end else _say_second(end - 1, last, zone)


def _say_second(second: int, local: datetime, zone: tzinfo | None) -> str:
    if _seconds(local, zone) == (second, second + 1):
        return local.isoformat()
    # The clocks show it twice.
    return f"{_instant(second).replace(tzinfo=None).isoformat()}Z"
