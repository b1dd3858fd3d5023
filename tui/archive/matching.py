"""What a message has to have: the criteria that a query is made of, and each of them as SQL over the archive's tables.

No condition here is ever NULL, so that each may be negated. Texts are compared folded, by the SQL function `folded`
that `tui.archive.text_index.prepare` gives a connection. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from math import ceil, floor
from typing import TYPE_CHECKING, ClassVar, Final

from tui.archive.encoding import encode_sid, storable
from tui.archive.layout import DIRECTIONS, PRICE_UNIT, STATUSES, WISH, row_number
from tui.time_reading import seconds_of_local
from tui.twilio.message import PROBLEMS, UNDER_WAY

if TYPE_CHECKING:
    from decimal import Decimal

END_OF_TIME: Final = 1 << 40
"""A second that no message has reached."""

_INBOUND: Final = DIRECTIONS.index("inbound")


@dataclass(frozen=True, slots=True)
class Asked:
    """When and where a query is asked: its days are those of this place.

    Attributes:
        now: with a zone of its own.
        zone: whose days are meant; this machine's when None.
    """

    now: datetime
    zone: tzinfo | None = None

    @property
    def today(self) -> date:
        """The day it is there."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition over the table `messages`, true or false and never NULL, with the values it takes."""

    sql: str
    values: tuple[str | int | bytes, ...] = ()


# -- criteria -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of the text, folded and not empty."""

    text: str

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        found = "instr(folded(body), ?) > 0"
        if " " in self.text:
            # Of several blanks, folding leaves one.
            return Condition(found, (self.text,))
        # SQLite itself folds what is ASCII, in a tenth of the time.
        if self.text.isascii():
            plainly = "instr(lower(body), ?) > 0"
            return Condition(f"(CASE WHEN {_IS_ASCII} THEN {plainly} ELSE {found} END)", (self.text, self.text))
        return Condition(f"(NOT {_IS_ASCII} AND {found})", (self.text,))


_IS_ASCII: Final = "(length(body) = length(CAST(body AS BLOB)))"
"""As many characters as bytes."""


@dataclass(frozen=True, slots=True)
class HasStatus:
    """One of these statuses."""

    statuses: tuple[str, ...]

    @property
    def kept(self) -> tuple[str | int, ...]:
        """The statuses as the table has them."""
        return tuple(STATUSES.index(each) if each in STATUSES else each for each in self.statuses)

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return Condition(f"status IN ({_marks(self.statuses)})", self.kept)


@dataclass(frozen=True, slots=True)
class IsInbound:
    """Somebody sent it to the account."""

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return Condition(f"direction = {_INBOUND}")


@dataclass(frozen=True, slots=True)
class IsUnread:
    """It came in after what was last read of that address; the same as `conversations` counts."""

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return Condition(f"(direction = {_INBOUND} AND id > coalesce(({_MARK}), {_NO_ROW}))")


_MARK: Final = "SELECT read FROM others WHERE others.id = messages.other"
_NO_ROW: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class IsOptOut:
    """It says that somebody wants no more messages, by the rule of `opt_outs`; whether a START followed or not."""

    SQL: ClassVar[str] = f"""({WISH} IN ('refused', 'STOP') OR {WISH} = 'stop' AND EXISTS (
        SELECT 1 FROM addresses WHERE addresses.id = messages.other AND address IN (number, 'rcs:' || number)
    ))"""  # noqa: S608

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return Condition(self.SQL)


@dataclass(frozen=True, slots=True)
class InRange:
    """A whole number of the table in a range, both ends included; None for an open end. What is unknown is not in it.

    Attributes:
        column: `code`, `segments`, `media`, or `price`, which is then the cost: the price without its minus.
    """

    column: str
    first: int | None = None
    last: int | None = None

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        value = "-price" if self.column == "price" else self.column
        ends = [(end, sign) for end, sign in ((self.first, ">="), (self.last, "<=")) if end is not None]
        tests = [f"{self.column} IS NOT NULL", *(f"{value} {sign} ?" for _, sign in ends)]
        return Condition(f"({' AND '.join(tests)})", tuple(end for end, _ in ends))


def in_range(column: str, first: Decimal | None, last: Decimal | None, *, open_: bool = False) -> InRange:
    """A range of a column's own units from numbers as a person writes them; with `open_` the ends are left out."""
    unit = PRICE_UNIT if column == "price" else 1
    low = None if first is None else (floor(first * unit) + 1 if open_ else ceil(first * unit))
    high = None if last is None else (ceil(last * unit) - 1 if open_ else floor(last * unit))
    return InRange(column, low, high)


@dataclass(frozen=True, slots=True)
class OfCountry:
    """The other side's number is of one of these regions, '' for none that is known."""

    regions: tuple[str, ...]

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return Condition(f"country IN ({_marks(self.regions)})", self.regions)


@dataclass(frozen=True, slots=True)
class ByService:
    """It was sent through a messaging service whose SID has one of these parts, in lower case; '' is any service."""

    parts: tuple[str, ...]

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        parts = " OR ".join(["instr(lower(text), ?) > 0"] * len(self.parts))
        sids = f"SELECT id FROM terms WHERE {parts}"  # noqa: S608
        return Condition(f"(service IS NOT NULL AND service IN ({sids}))", self.parts)


@dataclass(frozen=True, slots=True)
class OwnSide:
    """The account's own side, sender or recipient, is exactly one of these addresses, with its channel; '' for none.

    Attributes:
        within: or one that this finds.
    """

    addresses: tuple[str, ...] = ()
    within: Address | None = None

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        if self.within is not None:
            found = self.within.ids()
            return Condition(f"(own IS NOT NULL AND own IN ({found.sql}))", found.values)
        addresses = tuple(map(storable, self.addresses))
        ids = f"SELECT id FROM addresses WHERE address IN ({_marks(addresses)})"  # noqa: S608
        named = f"own IS NOT NULL AND own IN ({ids})"
        return Condition(f"({named} OR own IS NULL)" if "" in self.addresses else f"({named})", addresses)


@dataclass(frozen=True, slots=True)
class HasSid:
    """Its SID is this one, or begins or ends so, with or without SM; `begin…end` has both."""

    part: str

    @property
    def begins(self) -> bool:
        """Whether its beginning is known, so that an index tells where it is."""
        return self.part[:2].lower() in ("sm", "mm") or "…" in self.part[1:]

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        key = encode_sid(self.part)
        if isinstance(key, bytes):
            return Condition("sid = ?", (key,))
        begin, _, end = self.part.lower().partition("…")
        tests = [_begins(begin), *([_ends(end)] if end else [])]
        if not self.begins:
            either = (tests[0], _ends(begin))
            tests = [Condition(f"({either[0].sql} OR {either[1].sql})", (*either[0].values, *either[1].values))]
        sql = " AND ".join(each.sql for each in tests)
        return Condition(f"({sql})", tuple(value for each in tests for value in each.values))


_SID_DIGITS: Final = 32
_FOREIGN: Final = "sid >= '' AND sid < x''"
"""SIDs that are kept as text: SQLite sorts texts before bytes."""


def _begins(part: str) -> Condition:
    """A SID begins so."""
    kinds = part[0].upper() if part[:2] in ("sm", "mm") else "SM"
    digits = part[2:] if len(kinds) == 1 else part
    ranges: list[bytes] = []
    if len(digits) <= _SID_DIGITS and set(digits) <= set("0123456789abcdef"):
        for kind in kinds:
            ranges += [kind.encode() + bytes.fromhex(digits.ljust(_SID_DIGITS, pad)) for pad in "0f"]
    tests = ["sid BETWEEN ? AND ?"] * (len(ranges) // 2)
    foreign = f"{_FOREIGN} AND substr(lower(sid), 1, ?) = ?"
    return Condition(f"({' OR '.join([*tests, foreign])})", (*ranges, len(part), part))


def _ends(part: str) -> Condition:
    """A SID ends so."""
    foreign = f"{_FOREIGN} AND substr(lower(sid), ?) = ?"
    if len(part) > _SID_DIGITS or not set(part) <= set("0123456789abcdef"):
        return Condition(f"({foreign})", (-len(part), part))
    size = (len(part) + 1) // 2
    whole = ("substr(sid, ?) = ?", -size, bytes.fromhex(part)) if len(part) % 2 == 0 else None
    test, *values = whole or ("substr(hex(substr(sid, ?)), 2) = ?", -size, part.upper())
    return Condition(f"(sid >= x'' AND {test} OR {foreign})", (*values, -len(part), part))


@dataclass(frozen=True, slots=True)
class Address:
    """Some addresses; a channel's address (`whatsapp:+49…`) is found by its number, and a number with its channels.

    Attributes:
        numbers: whole addresses, without channels; their case does not matter.
        patterns: numbers with * for any digits: `+49*`, `*175`.
        channel: all addresses of this channel.
        services: SIDs of messaging services that stand for a sender.
        askable: the addresses, with channels, that Twilio can be asked for in their place.
    """

    numbers: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    channel: str = ""
    services: tuple[str, ...] = ()
    askable: tuple[str, ...] = ()

    def ids(self) -> Condition:
        """A subquery for their numbers in the table `addresses`."""
        tests = [
            # In one test: a name may stand for hundreds, and SQLite bounds the depth of an expression.
            *[f"number COLLATE NOCASE IN ({_marks(self.numbers)})"] * bool(self.numbers),
            *["number GLOB ?"] * len(self.patterns),
            *["address GLOB ?"] * bool(self.channel),
        ]
        values = (*self.numbers, *self.patterns, *([f"{self.channel}:*"] if self.channel else []))
        return Condition(f"SELECT id FROM addresses WHERE {' OR '.join(tests) or '0'}", values)  # noqa: S608


@dataclass(frozen=True, slots=True)
class Party:
    """One side of the message, `to`, `from` or `with` for either, is one of some addresses."""

    role: str
    address: Address

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        ids = self.address.ids()
        other, own = (f"({name} IS NOT NULL AND {name} IN ({ids.sql}))" for name in ("other", "own"))
        if self.role == "with":
            return Condition(f"({other} OR {own})", ids.values * 2)
        # What came in is from the other side.
        first, second = (other, own) if self.role == "from" else (own, other)
        return Condition(f"(CASE direction WHEN {_INBOUND} THEN {first} ELSE {second} END)", ids.values * 2)

    def on_own_side(self) -> OwnSide | AllOf:
        """The same where none of the addresses is ever the other side."""
        own = OwnSide(within=self.address)
        match self.role:
            case "with":
                return own
            case "from":
                return AllOf((Not(IsInbound()), own))
            case _:
                return AllOf((IsInbound(), own))


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A time as a person writes it, which is a stretch of time: a day, a month, a minute, an instant.

    Attributes:
        days: of the calendar, first and last.
        ago: so many days before today; `weekday` (0 for Monday) is the last such day, today included.
        minutes: an instant so long before now.
        clock: a local time, or one with a zone of its own, of this many `seconds`.
    """

    days: tuple[date, date] | None = None
    ago: int | None = None
    weekday: int | None = None
    minutes: int | None = None
    clock: datetime | None = None
    seconds: int = 60

    def seconds_of(self, asked: Asked) -> tuple[int, int]:
        """Its first second, and the first one after it."""
        if self.minutes is not None:
            instant = int((asked.now - timedelta(minutes=self.minutes)).timestamp())
            return instant, instant + 1
        if self.clock is not None:
            end = self.clock + timedelta(seconds=self.seconds)
            if self.clock.tzinfo:
                return int(self.clock.timestamp()), int(end.timestamp())
            last = end - timedelta(seconds=1)
            return seconds_of_local(self.clock, asked.zone)[0], seconds_of_local(last, asked.zone)[1]
        if self.days:
            first, last = self.days
        else:
            back = self.ago if self.weekday is None else (asked.today.weekday() - self.weekday) % 7
            first = last = asked.today - timedelta(days=min(back or 0, (asked.today - _FIRST_DAY).days))
        return _midnight(first, asked.zone), _midnight(last + timedelta(days=1), asked.zone)


_FIRST_DAY: Final = date(1970, 1, 2)


def _midnight(day: date, zone: tzinfo | None) -> int:
    """The second in which a local day begins."""
    return seconds_of_local(datetime(day.year, day.month, day.day), zone)[0]  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Period:
    """It was sent (or else created) from the beginning of `since` to the end of `until`; None for an open end."""

    since: LocalTime | None = None
    until: LocalTime | None = None

    def seconds_of(self, asked: Asked) -> tuple[int, int]:
        """Its first second, and the first one after it."""
        first = 0 if self.since is None else self.since.seconds_of(asked)[0]
        return first, END_OF_TIME if self.until is None else self.until.seconds_of(asked)[1]

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        first, end = self.seconds_of(asked)
        return Condition("(id >= ? AND id < ?)", (row_number(first), row_number(end)))


@dataclass(frozen=True, slots=True)
class Given:
    """A condition that is SQL already."""

    given: Condition

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return self.given


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    criterion: Criterion

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        found = self.criterion.condition(asked)
        return Condition(f"NOT {found.sql}" if found.sql.startswith("(") else f"NOT ({found.sql})", found.values)


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these; everything where there are none."""

    criteria: tuple[Criterion, ...]

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return _join(" AND ", "1", self.criteria, asked)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    criteria: tuple[Criterion, ...]

    def condition(self, asked: Asked) -> Condition:
        """As SQL."""
        return _join(" OR ", "0", self.criteria, asked)


Criterion = (
    Phrase
    | HasStatus
    | IsInbound
    | IsUnread
    | IsOptOut
    | InRange
    | OfCountry
    | ByService
    | OwnSide
    | HasSid
    | Party
    | Period
    | Not
    | AllOf
    | AnyOf
    | Given
)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _join(word: str, empty: str, criteria: Sequence[Criterion], asked: Asked) -> Condition:
    found = [each.condition(asked) for each in criteria]
    if len(found) == 1:
        return found[0]
    sql = word.join(each.sql for each in found) or empty
    return Condition(f"({sql})", tuple(value for each in found for value in each.values))


IS: Final[dict[str, Criterion]] = {
    "problem": AnyOf((InRange("code"), HasStatus(tuple(sorted(PROBLEMS))))),
    "pending": HasStatus(UNDER_WAY),
    "in": IsInbound(),
    "out": Not(IsInbound()),
    "unread": IsUnread(),
    "optout": IsOptOut(),
}
"""What `is:` knows besides the statuses."""
