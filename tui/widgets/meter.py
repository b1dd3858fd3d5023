"""What a text costs, in words: encoding, segments, what is left, and which characters are to blame.

Draws nothing; gives `Content` for whoever does.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from textual.content import Content

from tui.keymap import key_of
from tui.safe_text import safe_text
from tui.theme import TONES
from tui.twilio.drafts import LONGEST_BODY
from tui.twilio.segments import EXTENSION, Measure, find_culprits, measure, plain_equivalents, smart_equivalents

MOST_NAMED = 6
"""Characters named one by one; a text in another alphabet would name all of it."""

UNICODE_UNITS = 70
"""Units of UTF-16 in a message of one segment; 67 in each of several."""

_GOOD, _WARN, _BAD, _MUTED = TONES["plain"], TONES["warn"], TONES["bad"], TONES["muted"]


_CHANNEL = re.compile(r"\s*(?!tel:|sms:)([a-z_]+):", re.IGNORECASE)


def is_sms(*addresses: str) -> bool:
    """Whether a message between these is billed in segments: those of WhatsApp, RCS and Messenger are not."""
    return not any(_CHANNEL.match(address) for address in addresses)


def plain_text(text: str) -> str:
    """A text in GSM-7 as far as it can be, for an editor: Twilio's own table would make many blanks of one."""
    blanks = {ord(each): " " for each, plain in smart_equivalents().items() if plain and not plain.strip()}
    return plain_equivalents(text.translate(blanks))


def meter_line(body: str, *, sms: bool = True, cost: str = "", width: int = 0) -> Content:
    """`GSM-7 · 2 segments · 31 left · 275 of 1600 · about 0.0166 USD`; over the limit it says by how many.

    Args:
        body: the text.
        sms: whether it is billed in segments; what is not has Twilio's limit of characters only, which is the same
            for every channel (its support page on the maximum message length).
        cost: what it will cost, safe to show; empty where that is not known.
        width: cells there are; what is left goes where not all has room. 0 for any number.
    """
    size, count = measure(body), len(body)
    if count > LONGEST_BODY:
        total = Content.styled(f"{count} of {LONGEST_BODY}: {count - LONGEST_BODY} too many", f"bold {_BAD}")
    else:
        total = Content.styled(f"{count} of {LONGEST_BODY}", _MUTED)
    if not sms:
        return total
    left = f" · {size.remaining} left · " if size.segments else " · "
    price = f" · {cost}" if cost and size.segments and count <= LONGEST_BODY else ""

    def line(left: str) -> Content:
        return Content.assemble(
            (size.encoding, _WARN if size.culprits else _GOOD),
            (" · ", _MUTED),
            (say_segments(size), _GOOD),
            (left, _MUTED),
            total,
            (price, _GOOD),
        )

    whole = line(left)
    return line(" · ") if price and 0 < width < whole.cell_length else whole


def say_segments(size: Measure) -> str:
    """`1 segment`."""
    return f"{size.segments} segment{'' if size.segments == 1 else 's'}"


def say_length(text: str) -> str:
    """`1 character`."""
    return f"{len(text):,} character{'' if len(text) == 1 else 's'}"


def blame_line(body: str) -> Content:
    """`– 😀 need Unicode (70 per segment). F8 replaces –`: what makes it cost more; empty when nothing does."""
    culprits = find_culprits(body)
    if culprits:
        named = list(dict.fromkeys(culprit.character for culprit in culprits))
        replaced = list(dict.fromkeys(culprit.character for culprit in culprits if culprit.replacement is not None))
        if not replaced:
            cure = "No plain equivalent."
        else:
            them = "it" if len(named) == 1 else "them" if len(replaced) == len(named) else name_all(replaced)
            cure = f"{key_of('compose.plain')} replaces {them}"
        needs = "needs" if len(named) == 1 else "need"
        return Content.assemble(
            (name_all(culprit.character for culprit in culprits), _WARN),
            (f" {needs} Unicode ({UNICODE_UNITS} per segment). {cure}", _MUTED),
        )
    double = [character for character in body if character in EXTENSION]
    if double:
        return Content.assemble((name_all(double), _GOOD), (" count twice", _MUTED))
    return Content("")


def name_all(characters: Iterable[str]) -> str:
    """The characters once each, in order of appearance, with how often; the first few of many."""
    counted = Counter(characters)
    named = [
        f"{name_character(character)}{f'×{count}' if count > 1 else ''}"
        for character, count in list(counted.items())[:MOST_NAMED]
    ]
    more = len(counted) - MOST_NAMED
    return " ".join(named) + (f" and {more} more" if more > 0 else "")


def name_character(character: str) -> str:
    """The character itself where it can be seen, its name where it cannot."""
    if character.isspace() or not character.isprintable() or unicodedata.combining(character):
        known = {"\t": "tab", "\u00a0": "no-break space", "\u200b": "zero-width space", "\ufeff": "byte order mark"}
        return f"({known.get(character) or unicodedata.name(character, f'U+{ord(character):04X}').lower()})"
    return safe_text(character)
