"""A query of the message list that was read: what it means, whether all it asks for is here, what Twilio can be asked.

How a line of text becomes one is `query_parser`'s. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from tui.archive.matching import END_OF_TIME, AllOf, AnyOf, Asked, Condition, Criterion, Party, Period
from tui.twilio.addresses import NUMBERED_CHANNELS

if TYPE_CHECKING:
    from tui.archive.coverage import Coverage, Span
    from tui.twilio.messages import Filters


NUMBER: Final = re.compile(
    r"(?:(?:tel|sms):\s*)?(\+?\(?\+?\d[\d ()\[\]./·•\-\u2010-\u2015\u00a0]{0,40}\d)(?![\w:*])", re.IGNORECASE
)
"""A number as people write it, without a key before it."""


class QueryError(ValueError):
    """A query that cannot be read.

    Attributes:
        place: where in the text, from and to.
        reason: one sentence: what is wrong.
        remedy: one sentence: what to write instead.
    """

    def __init__(self, place: tuple[int, int], reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Term:
    """One of the terms of a query that all have to hold.

    Attributes:
        text: as it was typed, with its minus; `a or b` is one term.
        span: where it stands in the query, from and to.
        criterion: what it means.
    """

    text: str
    span: tuple[int, int]
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read; `Query()` is that for everything."""

    text: str = ""
    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def criterion(self) -> AllOf:
        """What a message has to have."""
        return AllOf(tuple(term.criterion for term in self.terms))

    def without(self, term: Term) -> str:
        """The text without one of its terms."""
        before, after = self.text[: term.span[0]].rstrip(), self.text[term.span[1] :].lstrip()
        # Two numbers side by side would be read as one.
        between = " AND " if before[-1:].isdecimal() and after[:1] in "+(0123456789" else " "
        return f"{before}{between}{after}" if before and after else before or after

    def condition(self, now: datetime, zone: tzinfo | None = None) -> Condition:
        """The query as SQL over the archive's table `messages`.

        Args:
            now: for `today` and the like.
            zone: whose days are meant; this machine's when None.
        """
        return self.criterion.condition(Asked(now, zone))

    def span(self, now: datetime, zone: tzinfo | None = None) -> Span | None:
        """The seconds that the query is about, up to now where it has no `until:`; None without any time in it."""
        from tui.archive.coverage import Span

        first, end = self._seconds(Asked(now, zone))
        if first == 0 and end == END_OF_TIME:
            return None
        last = int(now.timestamp()) if end == END_OF_TIME else end - 1
        return Span(first, max(first, last))

    def is_held_by(self, coverage: Coverage, now: datetime, zone: tzinfo | None = None) -> bool:
        """Whether all of the time that the query names is complete; never of one that names none."""
        from tui.archive.coverage import Span

        span, newest = self.span(now, zone), coverage.newest
        if span is None:
            return False
        # What came since the last look is not complete yet, and is no gap either.
        if newest is not None and span.first <= newest.last:
            span = Span(span.first, min(span.last, newest.last))
        return coverage.holds(span)

    def _seconds(self, asked: Asked) -> tuple[int, int]:
        periods = [term.criterion.seconds_of(asked) for term in self.terms if isinstance(term.criterion, Period)]
        return max([0, *(first for first, _ in periods)]), min([END_OF_TIME, *(end for _, end in periods)])

    @property
    def is_asked_whole(self) -> bool:
        """Whether all that matches is among what Twilio finds for `server_filters`, and not the half of an `or` only.

        A name may be that of a messaging service, say, which is not asked for. A bare number is asked for as an
        address; texts that it stands in are found as far as they are kept.
        """
        return all(whole for _, whole in self._sides().values())

    def _sides(self) -> dict[str, tuple[tuple[str, ...], bool]]:
        """Role → the addresses that Twilio is asked for, and whether nothing else meets the terms they are from."""
        sides: dict[str, tuple[tuple[str, ...], bool]] = {}
        for term in self.terms:
            alternatives = _alternatives(term.criterion)
            parties = [each for each in alternatives if isinstance(each, Party)]
            named = dict.fromkeys(each for party in parties for each in party.address.askable)
            addresses = tuple(dict.fromkeys(each for address in named for each in _in_all_channels(address)))
            if len({party.role for party in parties}) == 1 and len(named) <= _MOST_ASKED:
                role = parties[0].role
                whole = len(parties) == len(alternatives) or NUMBER.fullmatch(term.text) is not None
                whole = whole and all(party.address.askable for party in parties)
                # A name that is no recipient, but a sender, has received nothing.
                whole = whole and all(_can_be("to", each) or _can_be("from", each) for each in addresses)
                sides.setdefault(role, (addresses, whole))
        return sides

    def server_filters(self, now: datetime, zone: tzinfo | None = None) -> tuple[Filters, ...]:
        """What Twilio can be asked for; none without `to:`, `from:`, `with:` or a time.

        A number takes a request for each channel that it may be an address of, and `with:` two. Whether everything that
        matches is among the answers is said by `is_asked_whole`.
        """
        from tui.twilio.messages import Filters

        first, end = self._seconds(Asked(now, zone))
        if first >= end:
            return ()
        after = None if first == 0 else datetime.fromtimestamp(first, UTC).date()
        before = None if end == END_OF_TIME else datetime.fromtimestamp(max(end - 1, 0), UTC).date()
        sides = {role: addresses for role, (addresses, _) in self._sides().items()}
        to, from_ = (
            {role: [each for each in sides.get(role, ()) if _can_be(side, each)] for role in (side, "with")}
            for side in ("to", "from")
        )
        pairs = [(one, other) for one in to["to"] or [""] for other in from_["from"] or [""]]
        # A message stays in its channel.
        pairs = [(one, other) for one, other in pairs if not (one and other) or _channel_of(one) == _channel_of(other)]
        if pairs == [("", "")]:
            pairs = [*((each, "") for each in to["with"]), *(("", each) for each in from_["with"])] or pairs
        # Most messages are in none of the channels.
        pairs.sort(key=lambda pair: any(map(_channel_of, pair)))
        found = [Filters(to=one, from_=other, sent_after=after, sent_before=before) for one, other in pairs]
        return tuple(each for each in found if each.query())


def _alternatives(criterion: Criterion) -> list[Criterion]:
    if isinstance(criterion, AnyOf):
        return [each for alternative in criterion.criteria for each in _alternatives(alternative)]
    return [criterion]


_MOST_ASKED: Final = 5
"""Addresses of one name that Twilio is asked for."""


def _in_all_channels(address: str) -> tuple[str, ...]:
    """An address, and where that is a number, or one of a channel by a number, the others that are found with it."""
    number = address.rpartition(":")[2]
    if not re.fullmatch(r"\+\d+", number):
        return (address,)
    return (number, *(f"{channel}:{number}" for channel in NUMBERED_CHANNELS))


def _channel_of(address: str) -> str:
    return address.rpartition(":")[0]


def _can_be(side: str, address: str) -> bool:
    """Whether Twilio can be asked for an address on a side: no number that is still being typed is one."""
    from tui.twilio.addresses import AddressError, read_recipient, read_sender

    try:
        return address == (read_recipient(address).address if side == "to" else read_sender(address))
    except AddressError:
        return False
