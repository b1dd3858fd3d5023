"""Words looked for in messages: any case, any normal form, and telephone numbers however they are written. Pure."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui.safe_text import is_unseen

if TYPE_CHECKING:
    from tui.twilio.messages import Message

_NUMBER: Final = re.compile(
    r"(?:\b(?:tel|sms)\s*:\s*)?(?<![\w+])(\+?\(?\+?[0-9][0-9 ()\[\]./·•-]*[0-9])(?!\w)", re.IGNORECASE
)
_FEWEST_DIGITS: Final = 5
"""Of a number, the short codes; fewer are words."""


class _Plain(dict[int, str]):
    """What each character is compared as: every alphabet's digits, blanks and dashes alike, nothing for the unseen."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        plain = {"Zs": " ", "Pd": "-"}.get(category, character)
        if category == "Nd":
            plain = str(unicodedata.decimal(character))
        elif category[0] not in "ZC" or category == "Cf":
            # A selector of how an emoji is drawn is unseen as well.
            plain = "" if is_unseen(character) else plain
        if len(self) < _MOST_REMEMBERED:
            self[code] = plain
        return plain


_MOST_REMEMBERED: Final = 5_000
_PLAIN: Final = _Plain()


def fold(text: str) -> str:
    """A text as it is compared: without case, composed, in plain digits, without what cannot be seen."""
    if text.isascii():
        return text.lower()
    # Taken away first and last: what cannot be seen may stand between a letter and its accent.
    folded = unicodedata.normalize("NFKC", text.translate(_PLAIN)).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_PLAIN)


@dataclass(frozen=True, slots=True)
class PhoneDigits:
    """A telephone number that is looked for.

    Attributes:
        digits: each way to read it; one of them has to stand in an address.
        words: as it was written, for a text that holds it so.
    """

    digits: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needles:
    """What has to be found, all of it."""

    words: tuple[str, ...]
    numbers: tuple[PhoneDigits, ...]

    def found_in(self, message: Message) -> bool:
        """Whether a message holds each of them, in its text, an address, its SID or its error code."""
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
def read_needles(text: str) -> Needles:
    """What a person typed to be looked for: words, and numbers with their blanks, dashes and brackets."""
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
    return Needles(tuple(rest.split()), tuple(numbers))


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
