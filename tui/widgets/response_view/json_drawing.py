"""What a row of JSON says on the screen: pieces of safe text with a tone, that read as the same JSON.

Nothing invisible stays invisible: what `safe_text` would replace is written as JSON's own escape, so a line is
safe to print and still means exactly what was received.
"""

from __future__ import annotations

import json
import re
from typing import Final

from rich.cells import cell_len

from tui.safe_text import safe_text
from tui.theme import Tone
from tui.widgets.response_view.json_tree import Tree
from tui.widgets.response_view.wrapping import break_text

Piece = tuple[str, Tone]

OPENED: Final = "▾ "
FOLDED: Final = "▸ "
LEAF: Final = "  "
INDENT: Final = 2

LONGEST_SHOWN: Final = 16_384
"""Bytes of one value that can be opened on the screen; copying takes all of it."""

_FOLDED_PREVIEW: Final = 12
_COUNTED: Final = 999
_CUT_ESCAPE: Final = re.compile(rb"(?<!\\)(?>(?:\\\\)*)(\\(?:u[0-9a-fA-F]{0,3})?)\Z")
_CUT_PAIR: Final = re.compile(rb"(?<!\\)(?>(?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2})\Z")
_WORDS: Final[dict[int, Tone]] = {0x22: "good", 0x74: "warn", 0x66: "warn", 0x6E: "muted"}


def indent_of(tree: Tree, row: int, width: int) -> int:
    """Cells before a row's marker; very deep rows stop moving to the right."""
    return min(tree.depths[row] * INDENT, width // 2)


def draw_open(tree: Tree, row: int, width: int) -> list[Piece]:
    """A row that is not folded, its value cut to the width."""
    if tree.is_close(row):
        return [(" " * indent_of(tree, row, width) + LEAF, "plain"), (chr(tree.mark(row)) + _comma(tree, row), "muted")]
    container = tree.is_container(row)
    pieces = _head(tree, row, width, OPENED if container else LEAF)
    if container:
        pieces.append((chr(tree.mark(row)), "muted"))
        return pieces
    comma = _comma(tree, row)
    room = width - _cells(pieces) - len(comma)
    pieces.extend(draw_value(tree, row, room))
    pieces.append((comma, "muted"))
    return pieces


def draw_folded(tree: Tree, row: int, width: int) -> list[Piece]:
    """A folded object or array: its first plain values as far as they fit, and how many there are."""
    pieces = _head(tree, row, width, FOLDED)
    closer = "]" if tree.is_array(row) else "}"
    count = tree.length(row, _COUNTED)
    shown = f"{_COUNTED:,}+" if not tree.is_array(row) and count > _COUNTED else f"{count:,}"
    noun = ("item" if tree.is_array(row) else "key") + ("" if count == 1 else "s")
    tail: Piece = (f"… {shown} {noun} {closer}{_comma(tree, row)}", "muted")
    pieces.append((chr(tree.mark(row)) + " ", "muted"))
    room = width - _cells(pieces) - cell_len(tail[0])
    for number, child in enumerate(tree.children(row)):
        if number >= _FOLDED_PREVIEW or room < INDENT * 4:
            break
        if tree.is_container(child):
            continue
        preview = [*_key(tree, child, room // 2)]
        preview.extend(draw_value(tree, child, max(INDENT * 3, room - _cells(preview) - INDENT)))
        preview.append((", ", "muted"))
        cells = _cells(preview)
        if cells > room:
            break
        room -= cells
        pieces.extend(preview)
    pieces.append(tail)
    return pieces


def draw_value(tree: Tree, row: int, room: int) -> list[Piece]:
    """A plain value or an empty object or array, cut to so many cells; a cut one says how much there is."""
    start, end = tree.starts[row], tree.end(row)
    mark = tree.mark(row)
    tone = _WORDS.get(mark, "busy")
    room = max(room, 1)
    if end - start <= room and mark != 0x22:
        text = tree.content[start:end].decode("ascii")
        return [("{}" if mark == 0x7B else "[]" if mark == 0x5B else text, "muted" if mark in b"{[" else tone)]
    if mark != 0x22:
        text = tree.content[start : start + room].decode("ascii", "replace")
    else:
        # A cell takes at most four bytes of UTF-8, or twelve of two escapes; combining marks are cut short.
        text = show_string(tree.content[start : min(end, start + 12 * room + 64)], whole=end - start <= 12 * room + 64)
    if cell_len(text) <= room and end - start <= 12 * room + 64:
        return [(text, tone)]
    size = f" … {size_of(end - start)}"
    if room < len(size) + 4:
        return [(_clip(text, room - 1) + "…", tone)]
    return [(_clip(text, room - len(size)), tone), (size, "muted")]


def show_value(tree: Tree, row: int) -> tuple[str, Tone, bool]:
    """A plain value as it is shown when opened: its text, its tone, and whether that is all of it."""
    start, end = tree.starts[row], tree.end(row)
    whole = end - start <= LONGEST_SHOWN
    literal = tree.content[start : min(end, start + LONGEST_SHOWN)]
    if tree.mark(row) != 0x22:
        return literal.decode("ascii", "replace"), _WORDS.get(tree.mark(row), "busy"), whole
    return show_string(literal, whole=whole), "good", whole


def show_string(literal: bytes, *, whole: bool = True) -> str:
    """A JSON string as safe text that is the same JSON string; without its closing quote when it is cut."""
    if not whole:
        literal = _trim(literal)
    value: str = json.loads(literal if whole else literal + b'"')
    shown = json.dumps(value, ensure_ascii=False)
    if not (shown.isascii() and shown.isprintable()) and safe_text(shown, limit=None) != shown:
        shown = _escape_each(shown)
        # Alone each may be harmless and a pile of them not: combining marks, selectors.
        if safe_text(shown, limit=None) != shown:
            shown = json.dumps(value)
    return shown.replace("\x7f", "\\u007f") if whole else shown.replace("\x7f", "\\u007f")[:-1]


def size_of(count: int) -> str:
    """A number of bytes in few cells."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"


def _head(tree: Tree, row: int, width: int, marker: str) -> list[Piece]:
    indent = indent_of(tree, row, width)
    # Key and value share what is left, so that neither pushes the other off the screen.
    return [(" " * indent, "plain"), (marker, "muted"), *_key(tree, row, (width - indent) // 2 - INDENT)]


def _key(tree: Tree, row: int, room: int) -> list[Piece]:
    span = tree.key_span(row)
    if span is None:
        return []
    start, end = span
    room = max(room, 4)
    whole = end - start <= 12 * room + 64
    text = show_string(tree.content[start : min(end, start + 12 * room + 64)], whole=whole)
    if cell_len(text) > room or not whole:
        text = _clip(text, room - 1) + "…"
    return [(text, "accent"), (": ", "muted")]


def _comma(tree: Tree, row: int) -> str:
    return "," if tree.has_next(row) else ""


def _cells(pieces: list[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)


def _clip(text: str, room: int) -> str:
    cells = 0
    for index, character in enumerate(text):
        cells += cell_len(character)
        if cells > room:
            # Nothing is left for a joiner to join.
            return text[:index].rstrip("\u200c\u200d")
    return text


def _escape_each(shown: str) -> str:
    """A JSON string in which no character needs another beside it to be safe."""
    return "".join(
        character if safe_text(character) == character else json.dumps(character)[1:-1] for character in shown
    )


def _trim(literal: bytes) -> bytes:
    """A cut string without half an escape or half a character at its end."""
    literal = literal.decode(errors="ignore").encode()
    for pattern in (_CUT_ESCAPE, _CUT_PAIR):
        if found := pattern.search(literal, max(0, len(literal) - 64)):
            literal = literal[: found.start(1)]
    return literal


def draw_around(tree: Tree, row: int, offset: int, width: int) -> list[Piece] | None:
    """The row with its string from a byte offset on, when that would be cut off; None when it shows anyway."""
    start, end = tree.starts[row], tree.end(row)
    if tree.mark(row) != 0x22 or not start < offset < end - 1:
        return None
    pieces = _head(tree, row, width, LEAF)
    room = width - _cells(pieces) - len(_comma(tree, row))
    if offset - start < room - 24:
        return None
    literal = b'"' + tree.content[offset : min(end, offset + 12 * room + 64)]
    text = show_string(literal, whole=offset + 12 * room + 64 >= end)[1:]
    if cell_len(text) + 1 > room:
        text = _clip(text, room - 2) + "…"
    return [*pieces, ("…", "muted"), (text, "good"), (_comma(tree, row), "muted")]


def wrap_value(tree: Tree, row: int, width: int) -> list[list[Piece]]:
    """The lines of a value that is shown whole: the first with its key, the others under it."""
    text, tone, whole = show_value(tree, row)
    if not text.isascii():
        # Emoji that are joined may come to stand on two lines.
        text = _escape_each(text)
    head = _head(tree, row, width, OPENED)
    used = _cells(head)
    # A long key leaves no room beside it.
    hang = used if width - used >= width // 3 else min(indent_of(tree, row, width) + 2 * INDENT, width // 2)
    # The last cell is kept for the comma.
    starts = break_text(text, max(1, width - used - 1) if hang == used else 1, width - hang - 1)
    parts = [text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    lines: list[list[Piece]] = [[*head, (parts[0], tone)]]
    lines.extend([(" " * hang, "plain"), (part, tone)] for part in parts[1:])
    if whole:
        lines[-1].append((_comma(tree, row), "muted"))
    else:
        size = size_of(tree.end(row) - tree.starts[row])
        lines.append([(" " * hang, "plain"), (f"… the first {size_of(LONGEST_SHOWN)} of {size}", "warn")])
    return lines
