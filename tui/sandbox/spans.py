"""Dates in filters: a parameter alone (that day), with `<` (until it) or with `>` (from it on), bounds included.

A value is a year, a month, a day or a time, all in UTC unless the time says otherwise: `2026`, `2026-11`,
`2026-11-28`, `2026-11-28T09:30:00Z`, `…+0100`. Twilio documents days and is known to take the others
(twilio/twilio-oai, issue 21). What a year or a month means there is not known: here it is all of it. With neither
`<` nor `>` a time means its day. The operator belongs to the name (`DateSent>=2026-11-28` is the pair `DateSent>`,
`2026-11-28`): one in the value is 20001, as Twilio has it (twilio/twilio-cli, issue 99).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tui.sandbox.errors import Refusal
from tui.sandbox.form import Form

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since`, included, to `until`, left out; None for no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment lies in it. Dates are shown, and therefore compared, in whole seconds."""
        moment = moment.replace(microsecond=0)
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


ALWAYS = Span()


def read_span(query: Form, name: str) -> Span:
    """Read all of `name`, `name<` and `name>` that a query holds; blank ones count for nothing.

    Raises:
        Refusal: 20001 for a value that is no date.
    """
    since: datetime | None = None
    until: datetime | None = None
    for key, relation, text in _asked(query, name):
        start, end = _period(key, text, whole_day=relation == "")
        if relation in {"", ">"}:
            since = start if since is None else max(since, start)
        if relation in {"", "<"}:
            until = end if until is None else min(until, end)
    return Span(since, until)


def _asked(query: Form, name: str) -> Iterator[tuple[str, str, str]]:
    for key, value in query.pairs:
        # Some clients encode the whole sign, so that the name ends in `>=`.
        relation = key.removeprefix(name).rstrip("=")
        if key.startswith(name) and relation in {"", "<", ">"} and value.strip():
            yield key, relation, value.strip()


def _period(key: str, text: str, *, whole_day: bool) -> tuple[datetime, datetime]:
    try:
        if date := _DATE.fullmatch(text):
            return _calendar(date[1], date[2], date[3])
        if _TIME.fullmatch(text):
            moment = datetime.fromisoformat(text.replace(",", "."))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            if not whole_day:
                moment = moment.replace(microsecond=0)
                return moment, _after(moment, seconds=1)
            midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
            return midnight, _after(midnight, days=1)
    except (ValueError, OverflowError):
        pass
    raise Refusal(20001, reason=f"{key} {text[:60]} is neither a date like 2026-01-02 nor an ISO 8601 time")


def _calendar(year: str, month: str | None, day: str | None) -> tuple[datetime, datetime]:
    start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    if day:
        return start, _after(start, days=1)
    # The first of the next month, or of the next year.
    following = _after(start, days=32 if month else 366).replace(day=1)
    return start, following if month else following.replace(month=1)


def _after(moment: datetime, **more: int) -> datetime:
    try:
        return moment + timedelta(**more)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
