"""Sanitizes remote text for the terminal: controls, direction overrides and what nobody sees become visible.

Anyone may text the number this program displays, and a terminal obeys what it prints. The functions here turn
every character that could move the cursor, change the terminal's state, reorder or hide text into something
visible, and leave honest text as it is. They know nothing of widgets or markup. What is copied or saved must
be the original, never what comes out of here.

The rules (Unicode's general categories and UTS #51):

- C0 controls and DEL become control pictures: ESC is shown as `␛`.
- C1 controls, format characters (bidirectional controls, zero-width characters, tags …), line separators,
  other characters that draw nothing, and noncharacters become their code point: `<U+202E>`.
- A lone surrogate becomes U+FFFD.
- Four combining marks on one character stay; more are dropped.
- Joiners stay where a script needs them: a zero-width joiner between two emoji (three joins at most, as in
  the longest emoji there is), one joiner or non-joiner after a letter of a script that joins.
- Variation selectors 15 and 16 stay after a character that has both an emoji and a text form, an ideographic
  selector after an ideograph.
- Private use and unassigned characters stay: emoji newer than this Python are unassigned to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import Final

# Controls, formats (zero width, direction, byte order mark), blanks and line ends of all kinds.
_CATEGORIES: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
DRAW_NOTHING: Final = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xFFF0, 0xFFF9),
        *range(0xE0000, 0xE1000),
    ]
)
"""Draw nothing although their category is letter, mark or none at all: joiners, fillers, selectors."""

_EMPTY_BRAILLE: Final = "\u2800"
_QUOTES: Final = frozenset({'""', "''", "``", "“”", "‘’", "„“", "‚‘", "«»", "”“", "””", "’’"})
_ANY_QUOTE: Final = frozenset("".join(_QUOTES))


def is_unseen(character: str) -> bool:
    """Whether a character leaves no mark; blanks and line ends are among those."""
    drawn = ord(character) not in DRAW_NOTHING and character != _EMPTY_BRAILLE
    return not drawn or unicodedata.category(character) in _CATEGORIES


def code_point(character: str) -> str:
    """What a character is called when it cannot be shown, such as U+200B."""
    return f"U+{ord(character):04X}"


def bare(text: str) -> str:
    """A value without what a paste, a shell or a file adds around it: blanks, line ends, what nobody sees, quotes."""
    begin, end = 0, len(text)
    while begin < end:
        if is_unseen(text[begin]):
            begin += 1
        elif is_unseen(text[end - 1]):
            end -= 1
        elif end - begin > 1 and text[begin] + text[end - 1] in _QUOTES:
            begin, end = begin + 1, end - 1
        else:
            break
    return text[begin:end]


def flaw_in(value: str) -> str:
    """What cannot belong into a bare value that is one word, to follow its name in a sentence; empty for nothing.

    A plain blank is seen well enough, and may be meant.
    """
    for place, character in enumerate(value, 1):
        if character in "\r\n":
            return "holds a line end"
        if "\ud800" <= character <= "\udfff":
            return "holds bytes that are no text"
        if character != " " and is_unseen(character):
            return f"holds a character that nobody sees ({code_point(character)}, character {place})"
    quotes = [place for place, character in enumerate(value) if character in _ANY_QUOTE]
    if quotes in ([0], [len(value) - 1]):
        return "has a quote on one side only"
    return ""


DEFAULT_LIMIT: Final = 10_000
"""Characters kept by default: six of the longest messages, and a fraction of a hostile megabyte."""

_MARKS_KEPT: Final = 4
_JOINS_KEPT: Final = 3
_TAB: Final = "    "
# Dropped marks show nothing, so a flood of them would be read to its end without this bound.
_READ_PER_SHOWN: Final = 4

# Nearly all text is this: letters, digits and punctuation that combine with nothing. What is left is looked
# at one by one, at several hundred times the cost.
_PLAIN_RUN: Final = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u0386-\u0482\u048a-\u052f\u3041-\u3096\u30a1-\u30ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]+"
)

_ZWNJ: Final = "\u200c"
_ZWJ: Final = "\u200d"

# Unicode 15 to 18 (Mn, Mc and Me): to a Python with older data they are unassigned, to terminals marks of no width.
_NEWER_MARKS: Final = (
    *((0x05C8, 0x05C9), (0x0897, 0x0897), (0x0B53, 0x0B54), (0x0CF3, 0x0CF3), (0x0ECE, 0x0ECE), (0x1ACF, 0x1AF0)),
    *((0x10D69, 0x10D6D), (0x10ECB, 0x10ECF), (0x10EF0, 0x10EFF), (0x11241, 0x11241), (0x113B8, 0x113C0)),
    *((0x113C2, 0x113C2), (0x113C5, 0x113C5), (0x113C7, 0x113CA), (0x113CC, 0x113D0), (0x113D2, 0x113D2)),
    *((0x113E1, 0x113E2), (0x11B60, 0x11B67), (0x11DF0, 0x11DF0), (0x11F00, 0x11F01), (0x11F03, 0x11F03)),
    *((0x11F34, 0x11F3A), (0x11F3E, 0x11F42), (0x11F5A, 0x11F5A), (0x13440, 0x13440), (0x13447, 0x13455)),
    *((0x1611E, 0x1612F), (0x1D127, 0x1D128), (0x1D250, 0x1D252), (0x1D25B, 0x1D25C), (0x1D25F, 0x1D25F)),
    *((0x1D280, 0x1D281), (0x1E08F, 0x1E08F), (0x1E4EC, 0x1E4EF), (0x1E5EE, 0x1E5EF), (0x1E6E3, 0x1E6E3)),
    *((0x1E6E6, 0x1E6E6), (0x1E6EE, 0x1E6EF), (0x1E6F5, 0x1E6F5)),
    # Vowels and finals of Hangul: letters by name, drawn upon the one before.
    *((0x1161, 0x11FF), (0xD7B0, 0xD7FF)),
)
_SCRIPTS_THAT_JOIN: Final = (
    (0x0600, 0x08FF),  # Arabic, Syriac, Thaana, N'Ko, Mandaic
    (0x0900, 0x0DFF),  # Devanagari to Sinhala
    (0x0F00, 0x109F),  # Tibetan, Myanmar
    (0x1780, 0x18AF),  # Khmer, Mongolian
    (0x1B00, 0x1BFF),  # Balinese, Batak
    (0xA8E0, 0xA9DF),  # Devanagari extended, Javanese
    (0xAA60, 0xAA7F),  # Myanmar extended
    (0xFB50, 0xFDCF),  # Arabic presentation forms
    (0x11000, 0x1171F),  # Brahmi and its kin
)
_IDEOGRAPHS: Final = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD))
_EMOJI: Final = ((0x2190, 0x23FF), (0x2440, 0x2BFF), (0x1F000, 0x1FAFF))
_SKIN_TONES: Final = ((0x1F3FB, 0x1F3FF),)
_KEYCAP_BASES: Final = frozenset("0123456789#*©®")
_EMOJI_ELSEWHERE: Final = frozenset([0x203C, 0x2049, 0x2122, 0x2139, 0x3030, 0x303D, 0x3297, 0x3299])


class _Kind(Enum):
    """What a character does to the text around it."""

    LETTER = auto()
    JOINING_LETTER = auto()
    IDEOGRAPH = auto()
    KEYCAP_BASE = auto()
    EMOJI = auto()
    SKIN_TONE = auto()
    MARK = auto()
    JOINING_MARK = auto()
    EMOJI_SELECTOR = auto()
    IDEOGRAPH_SELECTOR = auto()
    JOINER = auto()
    NON_JOINER = auto()
    SHOWN_INSTEAD = auto()


# Tuples: `in` finds their members by identity, where a set would call the Enum's slow hash.
_MARKS: Final = (_Kind.MARK, _Kind.JOINING_MARK)
_JOINING: Final = (_Kind.JOINING_LETTER, _Kind.JOINING_MARK)
_SELECTABLE: Final = (_Kind.EMOJI, _Kind.KEYCAP_BASE)
_JOINABLE: Final = (_Kind.EMOJI, _Kind.SKIN_TONE, _Kind.EMOJI_SELECTOR)
_DRAWN: Final = (
    *(_Kind.LETTER, _Kind.JOINING_LETTER, _Kind.IDEOGRAPH),
    *(_Kind.KEYCAP_BASE, _Kind.EMOJI, _Kind.SKIN_TONE),
)


def safe_text(text: str, *, limit: int | None = DEFAULT_LIMIT, keep_newlines: bool = False) -> str:
    """Make `text` safe to print in one place, by default on one line: a line feed is shown as `␊`.

    Args:
        text: anything, lone surrogates included.
        limit: how many characters may come out, counting the ending that then says how many more there were;
            None for all of them.
        keep_newlines: keep line feeds, turn CR LF into one and a tab into four spaces; for a text that has
            several lines to itself.

    Doing it twice changes nothing. Never raises. Takes time linear in the length of `text`, and no more than
    `limit` allows for, however long the text.
    """
    if text.isascii() and text.isprintable() and (limit is None or len(text) <= limit):
        return text
    kept: list[tuple[str, int]] = []
    total = consumed = 0
    for piece, taken in _pieces(text, keep_newlines=keep_newlines):
        kept.append((piece, taken))
        total += len(piece)
        consumed += taken
        if limit is not None and (total > limit or limit * _READ_PER_SHOWN < consumed < len(text)):
            return _cut(kept, total, len(text) - consumed, limit)
    return "".join(piece for piece, _ in kept)


def safe_lines(text: str, *, limit: int | None = DEFAULT_LIMIT) -> list[str]:
    """Make `text` safe and give its lines, at least one; each is safe on its own."""
    return safe_text(text, limit=limit, keep_newlines=True).split("\n")


def told_apart(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces of `text` in their order, each with whether `safe_text` would show it as it is."""
    index = 0
    for piece, taken in _pieces(text, keep_newlines=False):
        original = text[index : index + taken]
        index += taken
        yield original, piece == original


def _pieces(text: str, *, keep_newlines: bool) -> Iterator[tuple[str, int]]:
    """Give what is shown, piece by piece, each with the number of characters of `text` it stands for.

    Every decision looks at what was shown last, not at what was read, so that the result stands when it is
    read again.
    """
    index, end = 0, len(text)
    last = _Kind.SHOWN_INSTEAD
    marks = joins = 0
    while index < end:
        run = _PLAIN_RUN.match(text, index)
        if run is not None:
            yield run[0], len(run[0])
            index = run.end()
            last, marks, joins = _kind(text[index - 1]), 0, 0
            continue
        character = text[index]
        if keep_newlines and character in "\n\r\t":
            piece, taken = _break(text, index)
            yield piece, taken
            index += taken
            last, marks, joins = _Kind.SHOWN_INSTEAD, 0, 0
            continue
        index += 1
        kind = _kind(character)
        if kind in _MARKS:
            marks += 1
            if marks > _MARKS_KEPT:
                yield "", 1
                continue
        elif kind in _DRAWN:
            marks = 0
            if last is not _Kind.JOINER and kind is not _Kind.SKIN_TONE:
                joins = 0
        elif _belongs(kind, last, joins, emoji_next=index < end and _kind(text[index]) is _Kind.EMOJI):
            joins += kind is _Kind.JOINER
        else:
            kind, marks, joins = _Kind.SHOWN_INSTEAD, 0, 0
        yield (_instead(character) if kind is _Kind.SHOWN_INSTEAD else character), 1
        last = kind


def _belongs(kind: _Kind, last: _Kind, joins: int, *, emoji_next: bool) -> bool:
    """Tell whether a character that draws nothing has its place after what was shown last."""
    match kind:
        case _Kind.JOINER:
            return last in _JOINING or (last in _JOINABLE and joins < _JOINS_KEPT and emoji_next)
        case _Kind.NON_JOINER:
            return last in _JOINING
        case _Kind.EMOJI_SELECTOR:
            return last in _SELECTABLE
        case _Kind.IDEOGRAPH_SELECTOR:
            return last is _Kind.IDEOGRAPH
        case _:
            return False


def _break(text: str, index: int) -> tuple[str, int]:
    """Give what a line feed, a carriage return or a tab is in a text of several lines."""
    if text[index] == "\n":
        return "\n", 1
    if text[index] == "\t":
        return _TAB, 1
    return ("\n", 2) if text.startswith("\r\n", index) else (_instead("\r"), 1)


def _cut(kept: list[tuple[str, int]], total: int, left: int, limit: int) -> str:
    """Drop pieces from the end until an ending that says how many characters are missing fits."""
    while True:
        ending = f"… [{left:,} more]"
        surplus = total + len(ending) - limit
        # A joiner that has lost what it joined would read differently the second time.
        dangling = bool(kept) and kept[-1][0] in {_ZWJ, _ZWNJ}
        if surplus <= 0 and not dangling:
            return "".join(piece for piece, _ in kept) + ending
        if not kept:
            return "…"[: max(limit, 0)]
        piece, taken = kept.pop()
        if 0 < surplus < len(piece) == taken:
            kept.append((piece[:-surplus], taken - surplus))
            total, left = total - surplus, left + surplus
        else:
            total, left = total - len(piece), left + taken


def _instead(character: str) -> str:
    """Give the visible form of a character that must not be printed."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return f"<U+{code:04X}>"


@lru_cache(maxsize=8192)
def _kind(character: str) -> _Kind:
    code = ord(character)
    if character == _ZWJ:
        return _Kind.JOINER
    if character == _ZWNJ:
        return _Kind.NON_JOINER
    if code in {0xFE0E, 0xFE0F}:
        return _Kind.EMOJI_SELECTOR
    if 0xE0100 <= code <= 0xE01EF:
        return _Kind.IDEOGRAPH_SELECTOR
    if _is_dangerous(code, unicodedata.category(character)):
        return _Kind.SHOWN_INSTEAD
    joining = _within(code, _SCRIPTS_THAT_JOIN)
    if unicodedata.category(character).startswith("M") or _within(code, _NEWER_MARKS):
        return _Kind.JOINING_MARK if joining else _Kind.MARK
    if joining:
        return _Kind.JOINING_LETTER
    if _within(code, _IDEOGRAPHS):
        return _Kind.IDEOGRAPH
    if _within(code, _SKIN_TONES):
        return _Kind.SKIN_TONE
    if _within(code, _EMOJI) or code in _EMOJI_ELSEWHERE:
        return _Kind.EMOJI
    return _Kind.KEYCAP_BASE if character in _KEYCAP_BASES else _Kind.LETTER


def _is_dangerous(code: int, category: str) -> bool:
    return (
        category in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        or code in DRAW_NOTHING
        # Format controls for hieroglyphs, of which older Unicode data knows only some.
        or 0x13430 <= code <= 0x1343F
        or 0xFDD0 <= code <= 0xFDEF
        or code & 0xFFFE == 0xFFFE
    )


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def glimpse(text: str, length: int) -> str:
    """One line about a longer text: runs of blanks become one, what is over `length` characters is cut to “…”."""
    # A bounded look: a hostile megabyte is not split into words.
    line = safe_text(" ".join(text[: 4 * length + 64].split()), limit=None)
    if len(line) <= length and len(text) <= 4 * length + 64:
        return line
    # A joiner at the cut would have nothing left to join.
    return line[: length - 1].rstrip(" \u200c\u200d") + "…"
