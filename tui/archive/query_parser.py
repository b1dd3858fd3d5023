"""The query language of the message list: a line of text is read, checked and made into criteria.

A line is a list of terms, all of which have to hold: words and "phrases" of the text, `key:value`, `-` for not, `or`
between two terms (it binds closer than the blank, as in mail), and brackets. AND and NOT may be written, in capitals.
What cannot be read is a `QueryError` with its place and a way out, raised before anything is asked. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from tui.archive.folding import fold
from tui.archive.matching import (
    Address,
    AllOf,
    AnyOf,
    ByService,
    Criterion,
    HasSid,
    Not,
    OwnSide,
    Party,
    Period,
    Phrase,
)
from tui.archive.query import NUMBER, Query, QueryError, Term
from tui.archive.query_values import (
    EXAMPLES,
    LIKE_A_DATE,
    QUOTES,
    UNKNOWN,
    Piece,
    has_code,
    near_word,
    read_country,
    read_days,
    read_is,
    read_number,
    read_sid,
    read_status,
    read_time,
    shorten,
    split_values,
)
from tui.twilio.addresses import CHANNELS, find_message_sids, is_sid

KEYS: Final = (
    *("is", "status", "code", "to", "from", "with", "since", "until", "on"),
    *("country", "own", "service", "media", "segments", "price", "sid"),
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
DEEPEST: Final = 20
"""Brackets within brackets."""
MOST_NAMED: Final = 500
"""Addresses that the names in a query may stand for."""

NO_NAMES: Final[Mapping[str, Sequence[str]]] = {}


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
    return _Parser(text, names).query()


_LOG_LINE: Final = 100_000
"""Characters of a pasted text in which a SID is looked for."""
_AROUND_SIDS: Final = re.compile(
    rf"[-(]*(?:sid:)?[SM]M[0-9a-f]{{32}}\)*|or|and|[-(]*(?:{'|'.join(KEYS)}):[^/].*", re.IGNORECASE
)


def _pasted_sids(text: str) -> tuple[str, ...]:
    """The SIDs in a text that is a piece of a log, an URL or JSON rather than a query."""
    sids = find_message_sids(text[:_LOG_LINE])[:MOST_TERMS]
    return () if sids and len(text) <= LONGEST and all(map(_AROUND_SIDS.fullmatch, text.split())) else sids


_KEY: Final = re.compile(r"([A-Za-z_]+):")
_FEWEST_DIGITS: Final = 5
"""Of a bare number, as short codes have; fewer are a word."""
_MOST_DIGITS: Final = 15
_ENOUGH_DIGITS: Final = 10
"""After so many, a blank ends a number."""


@dataclass
class _Parser:
    """Reads one query, from left to right."""

    text: str
    given: Mapping[str, Sequence[str]]
    at: int = 0
    terms: int = 0
    depth: int = 0
    named: int = 0
    readers: Mapping[str, Callable[[Piece, Piece], Criterion]] = field(init=False)

    def __post_init__(self) -> None:
        self.readers = {
            "is": read_is,
            "status": read_status,
            "code": lambda key, value: read_number("code", value),
            "segments": lambda key, value: read_number("segments", value),
            "price": lambda key, value: read_number("price", value),
            "media": lambda key, value: read_number("media", value),
            "to": self._read_party,
            "from": self._read_party,
            "with": self._read_party,
            "since": lambda key, value: Period(since=read_time(value)),
            "until": lambda key, value: Period(until=read_time(value)),
            "on": read_days,
            "country": read_country,
            "own": self._read_own,
            "service": self._read_service,
            "sid": read_sid,
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

    def _operator(self) -> Piece | None:
        """The `or` or AND that comes next."""
        found = re.compile(r"\s*(or|OR|Or|AND)(?![^\s()])").match(self.text, self.at)
        return found and Piece(found[1], found.span(1))

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

    def _number(self) -> Piece | None:
        """A telephone number that stands here, with its blanks, dashes and brackets; the place is behind it then."""
        found = NUMBER.match(self.text, self.at)
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
        if LIKE_A_DATE.match(written) or (following and not following.isspace() and following not in ")],;"):
            return None
        self.at = end
        return Piece(written, (begin, end))

    def _quoted(self) -> Piece:
        """What stands in quotes; up to the end while they are not closed."""
        begin = self.at
        end = next((at for at in range(begin + 1, len(self.text)) if self.text[at] in QUOTES), len(self.text))
        self.at = min(end + 1, len(self.text))
        return Piece(self.text[begin + 1 : end], (begin, self.at))

    def _addresses(self) -> Piece:
        """Addresses with commas between them, numbers with their blanks."""
        begin = self.at
        while self._number() or self._plain(","):
            if self.text[self.at : self.at + 1] != ",":
                break
            self.at += 1
        return Piece(self.text[begin : self.at], (begin, self.at))

    def _plain(self, end: str = "") -> Piece:
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
        return Piece(self.text[begin : self.at], (begin, self.at))

    def _word(self) -> Criterion:
        key = _KEY.match(self.text, self.at)
        if key and not self.text.startswith("//", key.end()):
            return self._keyed(Piece(key[1], key.span(1)))
        word = self._plain()
        sid = find_message_sids(word.text)
        return HasSid(sid[0]) if sid else self._words(word)

    def _words(self, piece: Piece) -> Criterion:
        folded = fold(piece.text)
        return Phrase(folded) if folded else AllOf(())

    def _keyed(self, key: Piece) -> Criterion:
        name = key.text.lower()
        if name in CHANNELS:
            return Party("with", self._read_address(self._plain()))
        if name not in self.readers:
            near = near_word(name, KEYS, _ALSO)
            known = f"Did you mean {near}:?" if near else f"The keys are {', '.join(KEYS)}."
            raise key.wrong(f"“{key.text}:” is no key.", f"{known} To look for the text, put it in quotes.")
        self.at = key.place[1] + 1
        value = self._addresses() if name in ("to", "from", "with") else self._plain()
        if not value.text.strip(QUOTES + " "):
            raise QueryError((key.place[0], value.place[1]), f"Nothing follows “{key.text}:”.", EXAMPLES[name])
        return self.readers[name](Piece(name, key.place), value)

    # -- addresses

    @cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The names, folded. There may be tens of thousands, and few queries ask for one."""
        folded: dict[str, tuple[str, ...]] = {}
        for name, addresses in self.given.items():
            key = fold(name)
            folded[key] = (*folded.get(key, ()), *addresses)
        return folded

    def _bare_number(self, number: Piece) -> Criterion:
        """A number without a key: that of either side, in the text, or an error code."""
        criteria: list[Criterion] = [Party("with", self._read_address(number)), Phrase(fold(number.text))]
        if len(number.text) == _FEWEST_DIGITS and number.text.isascii() and number.text.isdecimal():
            criteria.append(has_code(int(number.text)))
        return AnyOf(tuple(criteria))

    def _read_party(self, key: Piece, value: Piece) -> Criterion:
        parties = [self._party(key.text, each) for each in split_values(value)]
        return parties[0] if len(parties) == 1 else AnyOf(tuple(parties))

    def _party(self, role: str, value: Piece) -> Criterion:
        address = self._read_address(value)
        if not address.services or role == "to":
            return Party(role, address)
        return AnyOf((Party(role, address), ByService(tuple(each.lower() for each in address.services))))

    def _read_address(self, value: Piece) -> Address:
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

    def _read_name(self, value: Piece, written: str, channel: str) -> Address:
        named = self.names.get(written)
        if named is None:
            # A person is asked for by any of their names.
            alike = [each for name, each in self.names.items() if f" {written}" in f" {name}"]
            named = tuple(dict.fromkeys(address for each in alike for address in each))
        self.named += len(named)
        if self.named > MOST_NAMED:
            words = f"“{shorten(value.text)}” is in the names of {len(named):,} numbers."
            raise value.wrong(words, f"A query takes {MOST_NAMED} at most. Write more of the name, or a number.")
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
            near = near_word(written, tuple(self.names))
            known = f"Did you mean “{near}”?" if near else "Write a number like +14155550100, or a sender's name."
            raise value.wrong(f"“{shorten(value.text)}” is no number and no known name.", known)
        address = value.text.strip()
        return Address((written,), askable=(address,))

    def _read_own(self, key: Piece, value: Piece) -> Criterion:
        """The account's own side, exactly: a number with its channel, or a sender's name."""
        addresses: list[str] = []
        for each in split_values(value):
            written = each.text.strip()
            named = () if written.startswith("+") else self.names.get(fold(written).strip(), ())
            addresses += [""] if written.lower() in UNKNOWN else [*named, written]
        return OwnSide(tuple(addresses))

    def _read_service(self, key: Piece, value: Piece) -> Criterion:
        parts: list[str] = []
        for each in split_values(value):
            written = fold(each.text).strip()
            named = [sid for sid in self.names.get(written, ()) if is_sid(sid, "MG")]
            if not named and written != "any" and not re.fullmatch(r"[a-z0-9]+", written):
                services = [name for name, sids in self.names.items() if any(is_sid(sid, "MG") for sid in sids)]
                near = near_word(written, services)
                known = f"Did you mean “{near}”?" if near else "Write its SID, MG…, or a part of that."
                raise each.wrong(f"“{shorten(each.text)}” is no messaging service.", known)
            parts += ["" if written == "any" else written] if not named else [sid.lower() for sid in named]
        return ByService(tuple(parts))


def _any_case(pattern: str) -> str:
    """A GLOB pattern for a name that ends with *, without regard to case."""
    letters = (f"[{each.lower()}{each.upper()}]" if each.isalnum() and each.isascii() else "?" for each in pattern[:-1])
    return "".join(letters) + "*"


def _read_digits(value: Piece, written: str, channel: str) -> Address:
    """A number however it is written: whole, its beginning with + or *, or its last digits."""
    example = "Write a number like +14155550100, its last digits, or a prefix like +49*."
    digits = re.sub(r"[^+\d*]", "", re.sub(r"(?<=\d)\s*\(0\)", "", written) if "+" in written[:2] else written)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not re.fullmatch(r"\*?\+?\d*\*?", digits) or not re.search(r"\d", digits):
        raise value.wrong(f"“{shorten(value.text)}” is not a number.", example)
    if len(digits) > _MOST_DIGITS + 3:
        raise value.wrong(f"“{shorten(value.text)}” has too many digits for a number.", example)
    if digits.startswith("*"):
        return Address(patterns=(digits,))
    if digits.endswith("*"):
        return Address(patterns=(digits,) if digits.startswith("+") else (f"+{digits}", digits))
    if digits.startswith("+"):
        # Numbers are no other numbers' beginnings: one that is whole finds nothing but itself.
        return Address(patterns=(f"{digits}*",), askable=(f"{channel}:{digits}" if channel else digits,))
    return Address(patterns=(f"*{digits.lstrip('0') or digits}",))
