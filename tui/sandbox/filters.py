"""Filters of list requests: messages by To, From and DateSent, files by DateCreated, numbers and accounts by name.

A message that has not been sent, be it still in the queue or refused, is found by the day it was created, so that a
search by date does not miss one just accepted, or one that failed; Twilio does not say what it does there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tui.sandbox.accounts import ACCOUNT_STATUSES, StoredAccount
from tui.sandbox.addresses import as_listed
from tui.sandbox.errors import Refusal
from tui.sandbox.messages import StoredMessage
from tui.sandbox.parameters import Form, choice, flag, given
from tui.sandbox.senders import SandboxNumber

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From `since`, included, to `until`, left out; None for no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment lies in it. Dates are shown, and therefore compared, in whole seconds."""
        moment = moment.replace(microsecond=0)
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


ALWAYS = TimeSpan()


def read_span(query: Form, name: str) -> TimeSpan:
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
    return TimeSpan(since, until)


def read_moment(query: Form, name: str) -> datetime | None:
    """Read a parameter that holds a date or a time: the moment at which it begins; None without one.

    Raises:
        Refusal: 20001 for a value that is no date.
    """
    text = query.text(name)
    return _period(name, text, whole_day=False)[0] if text else None


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


_LONGEST_PATTERN = 64


@dataclass(frozen=True, slots=True)
class ListFilters:
    """What a message must match."""

    to: str | None = None
    from_: str | None = None
    sent: TimeSpan = ALWAYS

    def admit(self, message: StoredMessage, now: datetime) -> bool:
        """Tell whether the message belongs on the list."""
        if self.to is not None and message.to != self.to:
            return False
        if self.from_ is None and self.sent == ALWAYS:
            return True
        standing = message.standing(now)
        if self.from_ is not None and (message.sender != self.from_ or not standing.assigned):
            return False
        return self.sent.holds(standing.sent or message.created)


def read_filters(query: Form) -> ListFilters:
    """Read the filters of a list of messages.

    Raises:
        Refusal: 20001 for a date that cannot be read.
    """
    to, from_ = as_listed(query.text("To")), as_listed(query.text("From"))
    return ListFilters(to or None, from_ or None, read_span(query, "DateSent"))


def part_of_number(text: str) -> Callable[[str], object]:
    """Return the test of a number or short code that holds this part, in which `*` stands for any one digit."""
    return re.compile("[0-9]".join(map(re.escape, text[:_LONGEST_PATTERN].split("*")))).search


def numbers_asked_for(query: Form, numbers: tuple[SandboxNumber, ...]) -> list[SandboxNumber]:
    """Return the owned numbers that a list of them asks for.

    PhoneNumber is a part of the number, see `part_of_number`; FriendlyName is the whole name.
    Beta=false leaves numbers out that are new to Twilio, true is the default; Origin is twilio or hosted.

    Raises:
        Refusal: 20001 for a Beta or an Origin that cannot be.
    """
    is_like = part_of_number(query.text("PhoneNumber"))
    name = query.get("FriendlyName") or None
    with_beta = given(query, "Beta", flag) is not False
    hosted = given(query, "Origin", choice("twilio", "hosted")) == "hosted"
    return [
        number
        for number in numbers
        if is_like(number.phone_number)
        and name in {None, number.friendly_name}
        and (with_beta or not number.beta)
        and not hosted
    ]


def accounts_asked_for(query: Form, accounts: Iterable[tuple[StoredAccount, str]]) -> list[tuple[StoredAccount, str]]:
    """Return the accounts, each with its status, that a list of them asks for by FriendlyName and Status.

    Raises:
        Refusal: 20001 for a Status that cannot be.
    """
    wanted = given(query, "Status", choice(*ACCOUNT_STATUSES))
    name = query.get("FriendlyName") or None
    return [
        (account, status)
        for account, status in accounts
        if name in {None, account.friendly_name} and wanted in {None, status}
    ]
