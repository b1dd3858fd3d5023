"""What a person narrows the message list by: part of it asked of Twilio, part of it compared here.

Twilio selects by address and by days of UTC only. A person's own days are trimmed out of these here; status, direction
and text are compared here as well, over the loaded messages, and the screen says so. Texts are found in any case and
any normal form, and telephone numbers however they are written. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui.safe_text import is_unseen
from tui.time_format import Days
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.twilio.messages import Filters, Message

NAMES = ("to", "from", "after", "before", "status", "direction", "text")
"""The inputs of the form, in order."""

_CARRIED: Final = re.compile(r"\+[0-9]{3,15}|[0-9]{3,8}")
"""What may be the sender of a received message although Compose would not send to it."""

_FIRST_YEAR: Final = 1980
_LAST_YEAR: Final = 2999


@dataclass(frozen=True, slots=True)
class LocalFilter:
    """What is compared over the loaded messages; empty means any.

    Attributes:
        status: the beginning of a status, or `problem` for failed and undelivered.
        direction: `in` or `out`.
        text: words and numbers to look for, see `read_search_terms`.
    """

    status: str = ""
    direction: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.status or self.direction or self.text)

    def accepts(self, message: Message) -> bool:
        """Whether a message is shown."""
        if self.status == "problem":
            from tui.twilio.message import PROBLEMS

            if message.error_code is None and message.status not in PROBLEMS:
                return False
        elif self.status and message.status != self.status:
            return False
        if self.direction and message.inbound != (self.direction == "in"):
            return False
        return not self.text or read_search_terms(self.text).found_in(message)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """All parts of a filter, and what was typed for them; `server` is None where nothing is asked of Twilio."""

    server: Filters | None = None
    local: LocalFilter = field(default_factory=LocalFilter)
    days: Days = field(default_factory=Days)
    typed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self.server is not None or self.compares

    @property
    def compares(self) -> bool:
        """Whether anything is compared here, over what is loaded."""
        return bool(self.local) or bool(self.days)

    def accepts(self, message: Message) -> bool:
        """Whether a loaded message is shown."""
        if self.days and (message.when is None or message.when not in self.days):
            return False
        return not self.local or self.local.accepts(message)

    def words(self, now: datetime) -> str:
        """The filter in a few words; days with their zone."""
        pieces = [f"{name} {value}" for name, value in self.typed if value and name not in ("after", "before")]
        return ", ".join([*([f"sent {self.days.words(now)}"] if self.days else []), *pieces])


def read_filter(typed: Mapping[str, str], today: date, zone: tzinfo | None = None) -> MessageFilter:
    """Read the form.

    Args:
        typed: input name (see `NAMES`) → text.
        today: for `today`, `yesterday` and `7d`.
        zone: whose days are meant; this machine's when None.

    Raises:
        InvalidRequest: with the input's name as its field.
    """
    from tui.twilio.addresses import read_recipient, read_sender
    from tui.twilio.message import STATUSES
    from tui.twilio.messages import Filters

    text = {name: typed.get(name, "").strip() for name in NAMES}
    days = Days(_read_day("after", text["after"], today), _read_day("before", text["before"], today), zone)
    if days.first and days.last and days.first > days.last:
        raise InvalidRequest("before", "The end lies before the beginning.", "Swap the two dates.")
    status = text["status"].lower()
    if status and status != "problem" and status not in STATUSES:
        raise InvalidRequest(
            "status", f"“{status}” is no status.", f"Try problem (failed or undelivered), {', '.join(STATUSES)}."
        )
    direction = {"": "", "in": "in", "inbound": "in", "out": "out", "outbound": "out"}.get(text["direction"].lower())
    if direction is None:
        raise InvalidRequest("direction", f"“{text['direction']}” is no direction.", "Give in or out.")
    from_ = _read_address("from", text["from"], read_sender)
    to = _read_address("to", text["to"], lambda written: read_recipient(written, sender=from_ or None).address)
    after, before = days.utc_days()
    server = Filters(to=to, from_=from_, sent_after=after, sent_before=before)
    return MessageFilter(
        server=server if server.query() else None,
        local=LocalFilter(status, direction, text["text"]),
        days=days,
        typed=tuple((name, text[name]) for name in NAMES),
    )


def _read_address(name: str, text: str, read: Callable[[str], str]) -> str:
    """An address as Compose reads it; one that a message may carry as it stands."""
    from tui.twilio.addresses import AddressError

    if not text:
        return ""
    try:
        return read(text)
    except AddressError as problem:
        if _CARRIED.fullmatch(text):
            return text
        raise InvalidRequest(name, problem.reason, problem.remedy) from None


def _read_day(name: str, text: str, today: date) -> date | None:
    if not text:
        return None
    lowered = text.lower()
    if lowered in ("today", "yesterday"):
        return today - timedelta(days=lowered == "yesterday")
    if lowered.endswith("d") and lowered[:-1].isdecimal() and len(lowered) < 6:
        return today - timedelta(days=int(lowered[:-1]))
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(
            name, f"“{text}” is not a date.", "Write 2026-11-23, today, yesterday, or 7d for a week ago."
        ) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise InvalidRequest(name, f"No message is from the year {day.year}.", f"Write a date from {_FIRST_YEAR} on.")
    return day


# -- searching in texts ---------------------------------------------------------------------------------

_NUMBER: Final = re.compile(
    r"(?:\b(?:tel|sms)\s*:\s*)?(?<![\w+])(\+?\(?\+?[0-9][0-9 ()\[\]./·•-]*[0-9])(?!\w)", re.IGNORECASE
)
_FEWEST_DIGITS: Final = 5
"""Of a number, as short codes have; fewer are a word."""


_MOST_REMEMBERED: Final = 5_000
"""Characters whose plain form is kept."""


class _Plain(dict[int, str]):
    """A table for `str.translate`: digits, blanks and dashes of every alphabet alike, invisible characters removed."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        plain = {"Zs": " ", "Pd": "-"}.get(category, character)
        if category == "Nd":
            plain = str(unicodedata.decimal(character))
        elif category[0] not in "ZC" or category == "Cf":
            # Variation selectors, of how an emoji is drawn, are invisible as well.
            plain = "" if is_unseen(character) else plain
        if len(self) < _MOST_REMEMBERED:
            self[code] = plain
        return plain


_PLAIN: Final = _Plain()


def fold(text: str) -> str:
    """A text for comparison: case-folded, in NFKC, with plain digits, without invisible characters."""
    if text.isascii():
        return text.lower()
    # Translated first and last: an invisible character may stand between a letter and its accent.
    folded = unicodedata.normalize("NFKC", text.translate(_PLAIN)).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_PLAIN)


@dataclass(frozen=True, slots=True)
class PhoneDigits:
    """A telephone number to look for.

    Attributes:
        digits: each way to read it, one of which an address has to hold.
        words: as it was typed, for a text that holds it so.
    """

    digits: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Words and numbers, all of which have to be found."""

    words: tuple[str, ...]
    numbers: tuple[PhoneDigits, ...]

    def found_in(self, message: Message) -> bool:
        """Whether all are in a message's text, an address, its SID or its error code."""
        where = fold(f"{message.body}\n{message.to}\n{message.from_}\n{message.sid}\n{message.error_code or ''}")
        if not all(word in where for word in self.words):
            return False
        if not self.numbers:
            return True
        addresses = [_digits(message.to), _digits(message.from_)]
        return all(
            any(digits in address for digits in number.digits for address in addresses)
            or all(word in where for word in number.words)
            for number in self.numbers
        )


@lru_cache(maxsize=8)
def read_search_terms(text: str) -> SearchTerms:
    """Read a search: words, and numbers with their blanks, dashes and brackets."""
    plain = fold(text)
    numbers: list[PhoneDigits] = []

    def take(found: re.Match[str]) -> str:
        written = found[1]
        digits = _digits(written)
        if len(digits) < _FEWEST_DIGITS:
            return found[0]
        numbers.append(PhoneDigits(_readings(written, digits), tuple(written.split())))
        return " "

    rest = _NUMBER.sub(take, plain)
    return SearchTerms(tuple(rest.split()), tuple(numbers))


def _readings(written: str, digits: str) -> tuple[str, ...]:
    from tui.twilio.addresses import AddressError, read_recipient

    readings = {digits.lstrip("0") or digits}
    if "+" in written or digits.startswith("00"):
        # As Compose reads it: with a zero in brackets, say.
        with suppress(AddressError):
            readings.add(_digits(read_recipient(written).address))
    return tuple(sorted(readings))


def _digits(address: str) -> str:
    return "".join(character for character in address if "0" <= character <= "9")
