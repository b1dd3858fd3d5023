"""SMS segments: how many a body is billed as, which characters force UCS-2, and what could stand in for them.

Pure arithmetic over a body; it knows nothing of prices, accounts or screens.

Sources: 3GPP TS 23.038 for the alphabet (without its national shift tables, which Twilio does not use; backtick, tab
and `ç` are not in it, `Ç` is), Twilio's published list for its Smart Encoding, and its limits for the sizes: one GSM-7
segment holds 160 septets, or 153 when there are several; one UCS-2 segment holds 70 code units, or 67. An escape pair
(`€` is two septets) and a surrogate pair (an emoji is two code units) are never cut in half, so a segment may
end one unit short.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

BASIC: Final = (
    "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ"
)
"""The 127 characters that cost one septet."""

EXTENSION: Final = "\f[\\]^{|}~€"
"""The ten characters that cost two: an escape, then themselves."""

# What stands in, then the characters it stands for; combining, invisible and control characters are written as escapes
# so that they survive an editor.
_STAND_INS: Final = (
    "\"«»“”ʺˮ‟„❝❞〝〞＂ '‘’ʻˈʼʽʹ‛＇´ˊ`ˋ❛❜\u0313\u0314︐︑ /÷⧸\u0337\u0338⁄∕／ \\⧹⧵\u20e5﹨＼ _\u0332＿‗ "
    "|\u20d2\u20d3∣｜⎸⎹⏐⎜⎟ -⎼⎽―﹣－‐⁃—–• @﹫＠ $﹩＄ !ǃ︕﹗！ #﹟＃ %﹪％ &﹠＆ ,‚\u0326﹐﹑，､、 (❨❪﹙（⟮⦅ )❩❫﹚）⟯⦆ "
    "*⁎∗⊛✢✣✤✥✱✲✳✺✻✼✽❃❉❊❋⧆﹡＊ +˖﹢＋ .。﹒．｡ 0０ 1１ 2２ 3３ 4４ 5５ 6６ 7７ 8８ 9９ "
    ":ː˸⦂꞉︓： ;⁏︔﹔； <﹤＜‹ =\u0347꞊﹦＝ >﹥＞› "
    "?︖﹖？ AＡᴀ BＢʙ CＣᴄ DＤᴅ EＥᴇ FＦꜰ GＧɢ HＨʜ IＩɪ JＪᴊ KＫᴋ LＬʟ MＭᴍ NＮɴ OＯᴏ PＰᴘ QＱ RＲʀ SＳꜱ "
    "TＴᴛ UＵᴜ VＶᴠ WＷᴡ XＸ "
    "YＹʏ ZＺᴢ ^ˆ\u0302＾\u1dcd {❴﹛｛ }❵﹜｝ [［ ]］ ~˜˷\u0303\u0330\u0334∼～"
)
_LONGER_STAND_INS: Final = {
    "1/4": "¼",
    "1/2": "½",
    "3/4": "¾",
    "  ": "\xa0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x80\x8d\x90\x9b\x9f",
    "": "\x10\x00\x03\x04\x17\x19\x11\x12\x13\x14\u2060\u200b\u200c\ufeff",
    "       ": "\x09",
    "!!": "‼",
    " ": "\u2028\u2029\u2001",
    "...": "…",
}

Encoding = Literal["GSM-7", "UCS-2"]

_SINGLE: Final[dict[Encoding, int]] = {"GSM-7": 160, "UCS-2": 70}
_JOINED: Final[dict[Encoding, int]] = {"GSM-7": 153, "UCS-2": 67}

_OUTSIDE_GSM7: Final = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_MOST_MARKS: Final = 30
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

    `replacement` is None where there is no equivalent, and "" where the character would simply be dropped, or goes into
    the letter before it.
    """

    index: int
    character: str
    replacement: str | None


@cache
def smart_equivalents() -> dict[str, str]:
    """Map each of the 271 replaceable characters to its GSM-7 text. Built when first asked for."""
    rows = {row[0]: row[1:] for row in _STAND_INS.split(" ")} | _LONGER_STAND_INS
    return {character: plain for plain, characters in rows.items() for character in characters}


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
    """Name every character that forces UCS-2, in order, with what `plain_equivalents` puts in its place."""
    return tuple(
        Culprit(index, body[index], replacement)
        for index, replacement in _stand_ins(body)
        if _OUTSIDE_GSM7.match(body, index)
    )


def plain_equivalents(body: str) -> str:
    """Replace every character outside GSM-7 that has an equivalent there, and leave the others as they are.

    A letter and the marks that follow it are taken for the one letter they are drawn as: n and a tilde become ñ. The
    table is the one Twilio publishes for its Smart Encoding. The text can grow (`…` becomes three dots, a tab seven
    spaces) and, where something has no equivalent, still need UCS-2.
    """
    pieces: list[str] = []
    done = 0
    for index, replacement in _stand_ins(body):
        if replacement is not None:
            pieces += (body[done:index], replacement)
            done = index + 1
    return "".join(pieces) + body[done:]


def _stand_ins(body: str) -> Iterator[tuple[int, str | None]]:
    """Each place whose character forces UCS-2 or is written otherwise, and what to write there; None for no change."""
    end = 0
    for found in _OUTSIDE_GSM7.finditer(body):
        if found.start() < end:
            continue
        begin = end = found.start()
        # The letter before belongs to it: what is outside the alphabet there would have taken it along.
        begin -= begin > 0 and _joins(body[begin])
        end += 1
        while end < len(body) and _joins(body[end]):
            end += 1
        yield from _stand_ins_of_one(body, begin, end)


def _stand_ins_of_one(body: str, begin: int, end: int) -> Iterator[tuple[int, str | None]]:
    """As `_stand_ins`, for one letter with what joins it."""
    letter = _stand_in(body[begin])
    letter = body[begin] if letter is None else letter
    marks = "".join(each for each in body[begin + 1 : end] if not _is_dropped(each))
    # More of them than any writing has are nobody's letter, and putting them in order takes quadratic time.
    composed = unicodedata.normalize("NFC", letter + marks) if len(marks) <= _MOST_MARKS else letter
    joined = not composed.startswith(letter)
    plain = "".join(_stand_in(each) or each for each in composed) if joined else ""
    if plain and not _OUTSIDE_GSM7.search(plain):
        yield begin, plain
        yield from ((index, "") for index in range(begin + 1, end))
        return
    for index in range(begin, end):
        # Half of a letter has no equivalent of its own.
        half = joined and index > begin and not _is_dropped(body[index])
        yield index, None if half else _stand_in(body[index])


def _joins(character: str) -> bool:
    return unicodedata.combining(character) > 0 or _is_dropped(character)


def _is_dropped(character: str) -> bool:
    return smart_equivalents().get(character) == ""


def _stand_in(character: str) -> str | None:
    """What stands in for one character; some are a mere second code of a plain one, such as the sign for ohm."""
    plain = smart_equivalents().get(character)
    if plain is not None or not _OUTSIDE_GSM7.match(character):
        return plain
    other = unicodedata.normalize("NFC", character)
    plain = smart_equivalents().get(other, other)
    return None if _OUTSIDE_GSM7.search(plain) else plain


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
