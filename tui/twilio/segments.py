"""How many SMS segments a body costs, which characters make it cost more, and what could stand in for them.

Pure arithmetic over a body; it knows nothing of prices, accounts or screens.

Sources: 3GPP TS 23.038 for the alphabet, and Twilio's published limits for the sizes: one GSM-7 segment holds
160 septets, or 153 when there are several; one UCS-2 segment holds 70 code units, or 67. An escape pair
(`€` is two septets) and a surrogate pair (an emoji is two code units) are never cut in half, so a segment may
end one unit short.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from tui.twilio.gsm7 import BASIC, EXTENSION, smart_equivalents

Encoding = Literal["GSM-7", "UCS-2"]

_SINGLE: Final[dict[Encoding, int]] = {"GSM-7": 160, "UCS-2": 70}
_JOINED: Final[dict[Encoding, int]] = {"GSM-7": 153, "UCS-2": 67}

_OUTSIDE_GSM7: Final = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_ESCAPE: Final = "\x1b"
_ESCAPED: Final = {ord(character): _ESCAPE + character for character in EXTENSION}


@dataclass(frozen=True, slots=True)
class Measure:
    """What a body costs on the wire.

    Attributes:
        encoding: "UCS-2" as soon as one character is outside GSM-7.
        segments: how many messages are billed; 0 for an empty body.
        units: septets (GSM-7) or 16-bit code units (UCS-2) the body itself takes, without headers or waste.
        remaining: units still free in the last segment.
        culprits: indices into the body of the characters that force UCS-2.
    """

    encoding: Encoding
    segments: int
    units: int
    remaining: int
    culprits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Culprit:
    """A character that forces UCS-2, and the GSM-7 text that can stand in for it.

    `replacement` is None where there is no equivalent, and "" where the character would simply be dropped.
    """

    index: int
    character: str
    replacement: str | None


def measure(body: str) -> Measure:
    """Measure `body` as it will be billed.

    An empty body has no segments: a meter should read zero before anything is typed. Who bills for a message
    without text (media only) counts it as one: `max(1, measure(body).segments)`. Lone surrogates, which no
    network can carry, count one unit each. Takes time linear in the length of the body.
    """
    culprits = tuple(found.start() for found in _OUTSIDE_GSM7.finditer(body))
    if culprits:
        # Each UTF-16 unit becomes two bytes, so a pair can be recognised by its first byte alone.
        wire = body.encode("utf-16-be", "surrogatepass")
        return _fill("UCS-2", len(wire) // 2, lambda unit: _is_high(wire, unit) and _is_low(wire, unit + 1), culprits)
    septets = body.translate(_ESCAPED)
    return _fill("GSM-7", len(septets), lambda unit: septets[unit] == _ESCAPE, ())


def find_culprits(body: str) -> tuple[Culprit, ...]:
    """Name every character that forces UCS-2, in order, with what smart encoding would put in its place."""
    equivalents = smart_equivalents()
    return tuple(Culprit(found.start(), found[0], equivalents.get(found[0])) for found in _OUTSIDE_GSM7.finditer(body))


def plain_equivalents(body: str) -> str:
    """Replace every character outside GSM-7 that has an equivalent there, and leave the others as they are.

    The table is the one Twilio publishes for its Smart Encoding. The text can grow (`…` becomes three dots,
    a tab seven spaces) and, where something has no equivalent, still need UCS-2.
    """
    return body.translate(_translation())


@cache
def _translation() -> dict[int, str]:
    return {ord(character): plain for character, plain in smart_equivalents().items()}


def _fill(encoding: Encoding, units: int, begins_pair: Callable[[int], bool], culprits: tuple[int, ...]) -> Measure:
    single, joined = _SINGLE[encoding], _JOINED[encoding]
    if units <= single:
        return Measure(encoding, 1 if units else 0, units, single - units, culprits)
    segments, start = 1, 0
    while units - start > joined:
        start += joined
        if begins_pair(start - 1):
            start -= 1
        segments += 1
    return Measure(encoding, segments, units, joined - (units - start), culprits)


def _is_high(wire: bytes, unit: int) -> bool:
    return 0xD8 <= wire[2 * unit] <= 0xDB


def _is_low(wire: bytes, unit: int) -> bool:
    return 2 * unit < len(wire) and 0xDC <= wire[2 * unit] <= 0xDF
