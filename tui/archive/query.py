"""The query language of the message list: a line of text is read, checked and made into criteria.

A line is a list of terms, all of which have to hold: words and "phrases" of the text, `key:value`, `-` for not, `or`
between two terms (it binds closer than the blank, as in mail), and brackets. AND and NOT may be written, in capitals.
What cannot be read is a `QueryError` with its place and a way out, raised before anything is asked. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from tui.archive.folding import fold
from tui.archive.matching import (
    END_OF_TIME,
    IS,
    Address,
    AllOf,
    AnyOf,
    Asked,
    ByService,
    Condition,
    Criterion,
    HasSid,
    HasStatus,
    LocalTime,
    Not,
    OfCountry,
    Party,
    Period,
    Phrase,
    in_range,
)
from tui.storage.nearest import nearest
from tui.twilio.addresses import CHANNELS, NUMBERED_CHANNELS, country_name, country_names, find_message_sids, is_sid
from tui.twilio.message import STATUSES

if TYPE_CHECKING:
    from tui.archive.coverage import Coverage, Span
    from tui.twilio.messages import Filters

KEYS: Final = (
    *("is", "status", "code", "to", "from", "with", "since", "until", "on"),
    *("country", "service", "media", "segments", "price", "sid"),
)
"""The keys there are, the most useful first."""

_ALSO: Final = {
    "before": "until",
    "after": "since",
    "date": "on",
    "day": "on",
    "error": "code",
    "errorcode": "code",
    "sender": "from",
    "recipient": "to",
    "contact": "with",
    "number": "with",
    "phone": "with",
    "direction": "is",
    "state": "status",
    "cost": "price",
    "parts": "segments",
    "messagingservice": "service",
    "messagingservicesid": "service",
    "messagesid": "sid",
    "region": "country",
}
"""What people type for a key elsewhere, in small letters."""

LONGEST: Final = 4_000
"""Characters of a query."""
MOST_TERMS: Final = 100
MOST_VALUES: Final = 50
"""Values of one term, with commas between them."""
_LONGEST_WORD: Final = 60
"""Characters of a word that may be a known one, mistyped."""
_NO_ALIASES: Final[Mapping[str, str]] = {}
DEEPEST: Final = 20
"""Brackets within brackets."""

NO_NAMES: Final[Mapping[str, Sequence[str]]] = {}


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

    def condition(self, now: datetime, zone: tzinfo | None = None, *, unread_since: int = 0) -> Condition:
        """The query as SQL over the archive's table `messages`.

        Args:
            now: for `today` and the like.
            zone: whose days are meant; this machine's when None.
            unread_since: the second up to which what came in was looked at, for `is:unread`.
        """
        return self.criterion.condition(Asked(now, zone, unread_since))

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
                whole = len(parties) == len(alternatives) or _NUMBER.fullmatch(term.text) is not None
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


def parse(text: str, *, names: Mapping[str, Sequence[str]] = NO_NAMES) -> Query:
    """Read a query.

    Args:
        text: as it was typed or pasted; a line of a log with the SID of a message in it finds that message.
        names: what a person calls addresses by → those addresses, SIDs of messaging services among them.

    Raises:
        QueryError: see there. Nothing else, whatever the text.
    """
    if sids := _pasted_sids(text):
        criteria = tuple(HasSid(sid) for sid in sids)
        begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return Query(text, (Term(text[begin:end], (begin, end), AnyOf(criteria)),))
    if len(text) > LONGEST:
        reason = f"This query has {len(text):,} characters; {LONGEST:,} can be read."
        raise QueryError((LONGEST, len(text)), reason, "Write a shorter one.")
    return _Parser(text, {fold(name): tuple(addresses) for name, addresses in names.items()}).query()


_LOG_LINE: Final = 100_000
"""Characters of a pasted text in which a SID is looked for."""
_AROUND_SIDS: Final = re.compile(
    rf"[-(]*(?:sid:)?[SM]M[0-9a-f]{{32}}\)*|or|and|[-(]*(?:{'|'.join(KEYS)}):[^/].*", re.IGNORECASE
)


def _pasted_sids(text: str) -> tuple[str, ...]:
    """The SIDs in a text that is a piece of a log, an URL or JSON rather than a query."""
    sids = find_message_sids(text[:_LOG_LINE])[:MOST_TERMS]
    return () if sids and len(text) <= LONGEST and all(map(_AROUND_SIDS.fullmatch, text.split())) else sids


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


# -- reading --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the text with its place."""

    text: str
    place: tuple[int, int]

    def wrong(self, reason: str, remedy: str) -> QueryError:
        return QueryError(self.place, reason, remedy)


QUOTES: Final = '"“”„'
"""What a value or a phrase may stand between."""
_KEY: Final = re.compile(r"([A-Za-z_]+):")
_NUMBER: Final = re.compile(
    r"(?:(?:tel|sms):\s*)?(\+?\(?\+?\d[\d ()\[\]./·•\-\u2010-\u2015\u00a0]{0,40}\d)(?![\w:*])", re.IGNORECASE
)
_FEWEST_DIGITS: Final = 5
"""Of a bare number, as short codes have; fewer are a word."""
_MOST_DIGITS: Final = 15
_ENOUGH_DIGITS: Final = 10
"""After so many, a blank ends a number."""


@dataclass(slots=True)
class _Parser:
    """Reads one query, from left to right."""

    text: str
    names: Mapping[str, tuple[str, ...]]
    at: int = 0
    terms: int = 0
    depth: int = 0
    readers: Mapping[str, Callable[[_Piece, _Piece], Criterion]] = field(init=False)

    def __post_init__(self) -> None:
        self.readers = {
            "is": _read_is,
            "status": _read_status,
            "code": lambda key, value: _read_number("code", value),
            "segments": lambda key, value: _read_number("segments", value),
            "price": lambda key, value: _read_number("price", value),
            "media": lambda key, value: _read_number("media", value),
            "to": self._read_party,
            "from": self._read_party,
            "with": self._read_party,
            "since": lambda key, value: Period(since=_read_time(value)),
            "until": lambda key, value: Period(until=_read_time(value)),
            "on": _read_days,
            "country": _read_country,
            "service": self._read_service,
            "sid": _read_sid,
        }

    def query(self) -> Query:
        terms = self._all()
        if self.at < len(self.text):
            bracket = (self.at, self.at + 1)
            raise QueryError(bracket, "This bracket was not opened.", 'Open it, or quote it: ")".')
        return Query(self.text, terms)

    def _all(self) -> tuple[Term, ...]:
        """Terms up to a closing bracket or the end."""
        found: list[Term] = []
        while not self._ended():
            begin, criterion = self.at, self._one()
            alternatives = [criterion]
            end = self.at
            while (word := self._operator()) and word.text.lower() == "or":
                self.at = word.place[1]
                if self._ended() or self._operator():
                    raise word.wrong("Nothing follows this “or”.", 'Write a term after it, or quote it: "or".')
                alternatives.append(self._one())
                end = self.at
            found.append(
                Term(
                    self.text[begin:end],
                    (begin, end),
                    alternatives[0] if len(alternatives) == 1 else AnyOf(tuple(alternatives)),
                )
            )
        return tuple(found)

    def _ended(self) -> bool:
        """Go to the next term, past blanks and AND; tell whether there is none."""
        while True:
            while self.at < len(self.text) and self.text[self.at].isspace():
                self.at += 1
            word = self._operator()
            if word is None or word.text != "AND":
                break
            self.at = word.place[1]
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def _operator(self) -> _Piece | None:
        """The `or` or AND that comes next."""
        found = re.compile(r"\s*(or|OR|Or|AND)(?![^\s()])").match(self.text, self.at)
        return found and _Piece(found[1], found.span(1))

    def _one(self) -> Criterion:
        """A term with its minus, or an expression in brackets."""
        negated = False
        while found := re.compile(r"-(?=[^\s)])|NOT\s+(?=[^\s)])").match(self.text, self.at):
            negated = not negated
            self.at = found.end()
        word = self._operator()
        if word:
            raise word.wrong("Nothing stands before this “or”.", 'Write a term before it, or quote it: "or".')
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise QueryError((self.at, len(self.text)), f"A query has at most {MOST_TERMS} terms.", "Write fewer.")
        if number := self._number():
            criterion = self._bare_number(number)
        elif self.text[self.at] == "(":
            criterion = self._in_brackets()
        elif self.text[self.at] in QUOTES:
            criterion = self._words(self._quoted())
        else:
            criterion = self._word()
        # Empty quotes are a phrase that is being typed; without them as with them that is everything.
        return Not(criterion) if negated and criterion != AllOf(()) else criterion

    def _in_brackets(self) -> Criterion:
        begin = self.at
        self.depth += 1
        if self.depth > DEEPEST:
            raise QueryError((begin, begin + 1), f"Brackets stand {DEEPEST} deep at most.", "Write it more plainly.")
        self.at += 1
        terms = self._all()
        if self.at >= len(self.text):
            raise QueryError((begin, begin + 1), "This bracket is not closed.", "Close it with ).")
        self.at += 1
        self.depth -= 1
        if not terms:
            raise QueryError((begin, self.at), "Nothing stands in these brackets.", "Write a term, or take them out.")
        return terms[0].criterion if len(terms) == 1 else AllOf(tuple(term.criterion for term in terms))

    def _number(self) -> _Piece | None:
        """A telephone number that stands here, with its blanks, dashes and brackets; the place is behind it then."""
        found = _NUMBER.match(self.text, self.at)
        if not found:
            return None
        begin, end = found.span(1)
        digits = 0
        for place in range(begin, end):
            character = self.text[place]
            digits += character.isdecimal()
            if character.isspace() and digits >= _ENOUGH_DIGITS:
                end = place
                break
        written = self.text[begin:end]
        following = self.text[end : end + 1]
        if not _FEWEST_DIGITS <= digits <= _MOST_DIGITS or written.count("(") != written.count(")"):
            return None
        if _LIKE_A_DATE.match(written) or (following and not following.isspace() and following not in ")],;"):
            return None
        self.at = end
        return _Piece(written, (begin, end))

    def _quoted(self) -> _Piece:
        """What stands in quotes; up to the end while they are not closed."""
        begin = self.at
        end = next((at for at in range(begin + 1, len(self.text)) if self.text[at] in QUOTES), len(self.text))
        self.at = min(end + 1, len(self.text))
        return _Piece(self.text[begin + 1 : end], (begin, self.at))

    def _addresses(self) -> _Piece:
        """Addresses with commas between them, numbers with their blanks."""
        begin = self.at
        while self._number() or self._plain(","):
            if self.text[self.at : self.at + 1] != ",":
                break
            self.at += 1
        return _Piece(self.text[begin : self.at], (begin, self.at))

    def _plain(self, end: str = "") -> _Piece:
        """Up to the next blank, or to a bracket that was not opened in it, or to an `end` that is not quoted."""
        begin, opened = self.at, 0
        quoted = False
        while self.at < len(self.text):
            character = self.text[self.at]
            quoted ^= character in QUOTES
            if not quoted:
                opened += (character == "(") - (character == ")")
                if character.isspace() or opened < 0 or character == end:
                    break
            self.at += 1
        return _Piece(self.text[begin : self.at], (begin, self.at))

    def _word(self) -> Criterion:
        key = _KEY.match(self.text, self.at)
        if key and not self.text.startswith("//", key.end()):
            return self._keyed(_Piece(key[1], key.span(1)))
        word = self._plain()
        sid = find_message_sids(word.text)
        return HasSid(sid[0]) if sid else self._words(word)

    def _words(self, piece: _Piece) -> Criterion:
        folded = fold(piece.text)
        return Phrase(folded) if folded else AllOf(())

    def _keyed(self, key: _Piece) -> Criterion:
        name = key.text.lower()
        if name in CHANNELS:
            return Party("with", self._read_address(self._plain()))
        if name not in self.readers:
            near = _near(name, KEYS, _ALSO)
            known = f"Did you mean {near}:?" if near else f"The keys are {', '.join(KEYS)}."
            raise key.wrong(f"“{key.text}:” is no key.", f"{known} To look for the text, put it in quotes.")
        self.at = key.place[1] + 1
        value = self._addresses() if name in ("to", "from", "with") else self._plain()
        if not value.text.strip(QUOTES + " "):
            raise QueryError((key.place[0], value.place[1]), f"Nothing follows “{key.text}:”.", _EXAMPLES[name])
        return self.readers[name](_Piece(name, key.place), value)

    # -- addresses

    def _bare_number(self, number: _Piece) -> Criterion:
        """A number without a key: that of either side, in the text, or an error code."""
        criteria: list[Criterion] = [Party("with", self._read_address(number)), Phrase(fold(number.text))]
        if len(number.text) == _FEWEST_DIGITS and number.text.isascii() and number.text.isdecimal():
            criteria.append(_code(int(number.text)))
        return AnyOf(tuple(criteria))

    def _read_party(self, key: _Piece, value: _Piece) -> Criterion:
        parties = [self._party(key.text, each) for each in _split(value)]
        return parties[0] if len(parties) == 1 else AnyOf(tuple(parties))

    def _party(self, role: str, value: _Piece) -> Criterion:
        address = self._read_address(value)
        if not address.services or role == "to":
            return Party(role, address)
        return AnyOf((Party(role, address), ByService(tuple(each.lower() for each in address.services))))

    def _read_address(self, value: _Piece) -> Address:
        written = fold(value.text).strip()
        channel, colon, rest = written.partition(":")
        if colon and channel in ("tel", "sms"):
            written, channel = rest.strip(), ""
        elif colon and channel in CHANNELS:
            written = rest.strip()
            if written in ("", "*"):
                return Address(channel=channel)
        elif colon:
            known = ", ".join(f"{each}:" for each in CHANNELS)
            raise value.wrong(f"“{channel}:” is not a channel.", f"The channels are {known}; a number has no prefix.")
        else:
            channel = ""
        if re.fullmatch(r"[+\d ()\[\]./·•\-*]+", written) and re.search(r"[\d*]", written):
            return _read_digits(value, written, channel)
        return self._read_name(value, written, channel)

    def _read_name(self, value: _Piece, written: str, channel: str) -> Address:
        named = self.names.get(written)
        if named is None:
            alike = [each for name, each in self.names.items() if name.startswith(written)]
            named = tuple(dict.fromkeys(address for each in alike for address in each))
        services = tuple(each for each in named if is_sid(each, "MG"))
        addresses = tuple(each for each in named if each not in services)
        numbers = tuple(each.partition(":")[2] if ":" in each else each for each in addresses)
        if is_sid(value.text.strip(), "MG"):
            return Address(services=(value.text.strip(),))
        if written.endswith("*"):
            return Address(tuple(numbers), (_any_case(written),))
        if named:
            return Address((*numbers, written), services=services, askable=addresses)
        if not channel and not re.fullmatch(r"[a-z0-9+\-_& @.]{1,128}", written):
            near = _near(written, tuple(self.names))
            known = f"Did you mean “{near}”?" if near else "Write a number like +14155550100, or a sender's name."
            raise value.wrong(f"“{_short(value.text)}” is no number and no known name.", known)
        address = value.text.strip()
        return Address((written,), askable=(address,))

    def _read_service(self, key: _Piece, value: _Piece) -> Criterion:
        parts: list[str] = []
        for each in _split(value):
            written = fold(each.text).strip()
            named = [sid for sid in self.names.get(written, ()) if is_sid(sid, "MG")]
            if not named and written != "any" and not re.fullmatch(r"[a-z0-9]+", written):
                services = [name for name, sids in self.names.items() if any(is_sid(sid, "MG") for sid in sids)]
                near = _near(written, services)
                known = f"Did you mean “{near}”?" if near else "Write its SID, MG…, or a part of that."
                raise each.wrong(f"“{_short(each.text)}” is no messaging service.", known)
            parts += ["" if written == "any" else written] if not named else [sid.lower() for sid in named]
        return ByService(tuple(parts))


def _any_case(pattern: str) -> str:
    """A GLOB pattern for a name that ends with *, without regard to case."""
    letters = (f"[{each.lower()}{each.upper()}]" if each.isalnum() and each.isascii() else "?" for each in pattern[:-1])
    return "".join(letters) + "*"


def _read_digits(value: _Piece, written: str, channel: str) -> Address:
    """A number however it is written: whole, its beginning with + or *, or its last digits."""
    example = "Write a number like +14155550100, its last digits, or a prefix like +49*."
    digits = re.sub(r"[^+\d*]", "", re.sub(r"(?<=\d)\s*\(0\)", "", written) if "+" in written[:2] else written)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not re.fullmatch(r"\*?\+?\d*\*?", digits) or not re.search(r"\d", digits):
        raise value.wrong(f"“{_short(value.text)}” is not a number.", example)
    if len(digits) > _MOST_DIGITS + 3:
        raise value.wrong(f"“{_short(value.text)}” has too many digits for a number.", example)
    if digits.startswith("*"):
        return Address(patterns=(digits,))
    if digits.endswith("*"):
        return Address(patterns=(digits,) if digits.startswith("+") else (f"+{digits}", digits))
    if digits.startswith("+"):
        # Numbers are no other numbers' beginnings: one that is whole finds nothing but itself.
        return Address(patterns=(f"{digits}*",), askable=(f"{channel}:{digits}" if channel else digits,))
    return Address(patterns=(f"*{digits.lstrip('0') or digits}",))


# -- values ---------------------------------------------------------------------------------------------

_EXAMPLES: Final = {
    "is": "Write is:problem, is:pending, is:in, is:out or is:unread.",
    "status": "Write a status, like status:failed,undelivered.",
    "code": "Write an error code, like code:30007, code:30003..30008 or code:any.",
    "to": "Write a number or a name, like to:+14155550100 or to:+49*.",
    "from": "Write a number or a name, like from:+14155550100 or from:+49*.",
    "with": "Write a number or a name, like with:+14155550100 or with:+49*.",
    "since": "Write a time, like since:7d, since:yesterday or since:2026-11-01.",
    "until": "Write a time, like until:7d, until:yesterday or until:2026-11-01.",
    "on": "Write a day, like on:yesterday, on:mon or on:2026-11-01.",
    "country": "Write a country, like country:DE or country:Germany.",
    "service": "Write the SID of a messaging service or a part of it, like service:MG0123.",
    "media": "Write media:yes or media:no.",
    "segments": "Write a number, like segments:2, segments:>2 or segments:2..4.",
    "price": "Write an amount, like price:>0.05 or price:0.01..0.05.",
    "sid": "Write the SID of a message or a part of it, like sid:SM0123.",
}


def _split(value: _Piece) -> list[_Piece]:
    """The values of a list with commas; what stands in quotes is one value."""
    pieces: list[_Piece] = []
    for found in re.finditer(rf"(?:[{QUOTES}][^{QUOTES}]*[{QUOTES}]?|[^,{QUOTES}])+", value.text):
        text = "".join(each for each in found[0] if each not in QUOTES)
        if text.strip():
            pieces.append(_Piece(text, (value.place[0] + found.start(), value.place[0] + found.end())))
    if not pieces:
        raise value.wrong("There is no value in this.", "Write one, or several with commas between them.")
    if len(pieces) > MOST_VALUES:
        raise value.wrong(f"A term has at most {MOST_VALUES} values.", "Write fewer.")
    return pieces


def _near(word: str, known: Sequence[str], also: Mapping[str, str] = _NO_ALIASES) -> str | None:
    """The known word that was probably meant."""
    return nearest(word, known, also) if len(word) <= _LONGEST_WORD else None


def _short(text: str) -> str:
    from tui.safe_text import glimpse

    return glimpse(text, 40)


def _unknown(value: _Piece, what: str, known: Sequence[str], also: Mapping[str, str], example: str) -> QueryError:
    near = _near(value.text, known, also)
    return value.wrong(f"“{_short(value.text)}” is no {what}.", f"Did you mean {near}?" if near else example)


_IS_ALSO: Final = {
    **dict.fromkeys(("inbound", "incoming", "received"), "in"),
    **dict.fromkeys(("outbound", "outgoing"), "out"),
    **dict.fromkeys(("problems", "error", "errors", "trouble", "bad"), "problem"),
    **dict.fromkeys(("open", "underway"), "pending"),
    "new": "unread",
}
_STATUSES_ALSO: Final = {"cancelled": "canceled", "partiallydelivered": "partially_delivered", "error": "failed"}


def _read_is(key: _Piece, value: _Piece) -> Criterion:
    found: list[Criterion] = []
    for each in _split(value):
        word = fold(each.text).strip()
        word = {"inbound": "in", "outbound": "out"}.get(word, word)
        if word in IS:
            found.append(IS[word])
        elif word in STATUSES:
            found.append(HasStatus((word,)))
        elif word == "optout":
            raise each.wrong("is:optout is not known yet.", "Look for the word instead: is:in stop.")
        else:
            raise _unknown(each, "state", (*IS, *STATUSES), {**_STATUSES_ALSO, **_IS_ALSO}, _EXAMPLES["is"])
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def _read_status(key: _Piece, value: _Piece) -> Criterion:
    statuses: list[str] = []
    for each in _split(value):
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


def _code(code: int) -> Criterion:
    return in_range("code", Decimal(code), Decimal(code))


def _read_number(column: str, value: _Piece) -> Criterion:
    found = [_read_amount(column, each) for each in _split(value)]
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def _read_amount(column: str, value: _Piece) -> Criterion:
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
        raise value.wrong(f"“{_short(value.text)}” is no {what}.", _EXAMPLES[column])
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


def _read_country(key: _Piece, value: _Piece) -> Criterion:
    regions: list[str] = []
    for each in _split(value):
        word = fold(each.text).strip()
        region = word.upper() if country_name(word.upper()) else _regions().get(word)
        if word in ("unknown", "none"):
            region = ""
        if region is None:
            near = _near(word, tuple(_regions()))
            known = f"Did you mean {_regions()[near]}, {near.title()}?" if near else _EXAMPLES["country"]
            raise each.wrong(f"“{_short(each.text)}” is no country that is known here.", known)
        regions.append(region)
    return OfCountry(tuple(regions))


def _read_sid(key: _Piece, value: _Piece) -> Criterion:
    found: list[Criterion] = []
    for each in _split(value):
        written = each.text.strip()
        whole = find_message_sids(written)
        if not whole and not re.fullmatch(r"[0-9A-Za-z]{2,34}|[0-9A-Za-z]{2,34}…[0-9A-Za-z]{0,34}", written):
            raise each.wrong(f"“{_short(written)}” is no part of a SID.", _EXAMPLES["sid"])
        found.append(HasSid(whole[0] if whole else written))
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


# -- times ----------------------------------------------------------------------------------------------

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIRST_YEAR: Final = 1980
_LAST_YEAR: Final = 2999
_FAR: Final = 400_000
"""Days back that a time may lie."""
_AGO: Final = re.compile(r"(\d{1,6})\s*(d|days?|w|weeks?|h|hours?|min|minutes?)")
_LIKE_A_DATE: Final = re.compile(r"\d{4}-\d{2}(?:-\d{2})?(?!\d)")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_CLOCK: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[t ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(z|[+-]\d{2}:?\d{2})?")
_TIMES: Final = "Write 7d, 24h, today, yesterday, mon, 2026-11-01 or 2026-11-01T08:00."


def _read_time(value: _Piece) -> LocalTime:
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
    if len(word) > 2:
        for place, weekday in enumerate(WEEKDAYS):
            if weekday.startswith(word):
                return LocalTime(weekday=place)
    try:
        if found := _DATE.fullmatch(word):
            return LocalTime(days=_days(value, int(found[1]), found[2], found[3]))
        if found := _CLOCK.fullmatch(word):
            return _clock(value, found)
    except QueryError:
        raise
    except ValueError:
        raise value.wrong(f"There is no {_short(value.text)}.", "Check the day and the hour.") from None
    raise _unknown(value, "time", ("today", "yesterday", *WEEKDAYS), {}, _TIMES)


def _days(value: _Piece, year: int, month: str | None, day: str | None) -> tuple[date, date]:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise value.wrong(f"No message is from the year {year}.", f"Write a date from {_FIRST_YEAR} on.")
    if day:
        only = date(year, int(month or 1), int(day))
        return only, only
    first = date(year, int(month or 1), 1)
    following = date(year + 1, 1, 1) if not month or first.month == 12 else date(year, first.month + 1, 1)
    return first, following - timedelta(days=1)


def _clock(value: _Piece, found: re.Match[str]) -> LocalTime:
    year, month, day = found[1].split("-")
    _days(value, int(year), month, day)
    zone = "" if not found[5] else "+00:00" if found[5] == "z" else found[5]
    clock = datetime.fromisoformat(f"{found[1]}T{int(found[2]):02}:{found[3]}:{found[4] or '00'}{zone}")
    return LocalTime(clock=clock, seconds=1 if found[4] else 60)


def _read_days(key: _Piece, value: _Piece) -> Criterion:
    first, dots, last = value.text.partition("..")
    begin = value.place[0]
    if not dots:
        time = _read_time(value)
        return Period(time, time)
    since, until = (
        _Piece(first, (begin, begin + len(first))),
        _Piece(last, (value.place[1] - len(last), value.place[1])),
    )
    return Period(_read_time(since) if first else None, _read_time(until) if last else None)
