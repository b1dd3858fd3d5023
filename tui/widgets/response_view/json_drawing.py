"""What a line of JSON says on the screen: pieces of safe text with a tone, that read as the same JSON.

Nothing invisible stays invisible: what `safe_text` would replace is written as JSON's own escape, so a line is
safe to print and still means exactly what was received.
"""

from __future__ import annotations

import json
import re
from typing import Final

from rich.cells import cell_len

from tui.safe_text import safe_text
from tui.size_format import say_size
from tui.theme import Tone
from tui.widgets.response_view.json_table import JsonTable
from tui.widgets.response_view.text_lines import break_text
from tui.widgets.row_list import Piece

OPENED: Final = "▾ "
FOLDED: Final = "▸ "
LEAF: Final = "  "
INDENT: Final = 2

LONGEST_SHOWN: Final = 16_384
"""Characters of one value that can be opened on the screen; copying takes all of it."""

_FOLDED_PREVIEW: Final = 12
_COUNTED: Final = 999
_CUT_ESCAPE: Final = re.compile(r"(?<!\\)(?>(?:\\\\)*)(\\(?:u[0-9a-fA-F]{0,3})?)\Z")
_CUT_PAIR: Final = re.compile(r"(?<!\\)(?>(?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2})\Z")
_TONES: Final[dict[str, Tone]] = {'"': "good", "t": "warn", "f": "warn", "n": "muted"}


def draw_open(table: JsonTable, line: int, width: int) -> list[Piece]:
    """A line that is not folded, its value cut to the width."""
    mark = table.mark(line)
    if table.is_close(line):
        return [(" " * _indent(table, line, width) + LEAF, "plain"), (mark + _comma(table, line), "muted")]
    if table.is_container(line):
        return [*draw_head(table, line, width, OPENED), (mark, "muted")]
    pieces = draw_head(table, line, width, LEAF)
    comma = _comma(table, line)
    return [*pieces, *_draw_value(table, line, width - cells_of(pieces) - len(comma)), (comma, "muted")]


def draw_folded(table: JsonTable, line: int, width: int) -> list[Piece]:
    """A folded object or array: its first plain values as far as they fit, and how many there are."""
    pieces = draw_head(table, line, width, FOLDED)
    closer = "]" if table.is_array(line) else "}"
    count = table.length(line, _COUNTED)
    shown = f"{_COUNTED:,}+" if not table.is_array(line) and count > _COUNTED else f"{count:,}"
    noun = ("item" if table.is_array(line) else "key") + ("" if count == 1 else "s")
    tail: Piece = (f"… {shown} {noun} {closer}{_comma(table, line)}", "muted")
    pieces.append((table.mark(line) + " ", "muted"))
    room = width - cells_of(pieces) - cell_len(tail[0])
    for number, child in enumerate(table.children(line)):
        if number >= _FOLDED_PREVIEW or room < INDENT * 4:
            break
        if table.is_container(child):
            continue
        preview = [*_key(table, child, room // 2)]
        preview.extend(_draw_value(table, child, max(INDENT * 3, room - cells_of(preview) - INDENT)))
        preview.append((", ", "muted"))
        cells = cells_of(preview)
        if cells > room:
            break
        room -= cells
        pieces.extend(preview)
    pieces.append(tail)
    return pieces


def _draw_value(table: JsonTable, line: int, room: int) -> list[Piece]:
    """A plain value or an empty object or array, cut to so many cells; a cut one says how much there is."""
    start, end, mark = table.starts[line], table.end(line), table.mark(line)
    if mark in "{[":
        return [("{}" if mark == "{" else "[]", "muted")]
    room = max(room, 1)
    # A cell takes at most twelve characters, of two escapes; combining marks are cut short.
    looked_at = 12 * room + 64
    whole = end - start <= looked_at
    text = table.text[start : min(end, start + looked_at)]
    if mark == '"':
        text = show_string(text, whole=whole)
    tone = _TONES.get(mark, "busy")
    if whole and cell_len(text) <= room:
        return [(text, tone)]
    size = f" … {say_size(end - start)}"
    if room < len(size) + 4:
        return [(clip(text, room - 1) + "…", tone)]
    return [(clip(text, room - len(size)), tone), (size, "muted")]


def show_string(literal: str, *, whole: bool = True) -> str:
    """A JSON string as safe text that is the same JSON string; without its closing quote when it is cut."""
    if not whole:
        literal = _without_half_an_escape(literal) + '"'
    value: str = json.loads(literal)
    shown = json.dumps(value, ensure_ascii=False)
    if not (shown.isascii() and shown.isprintable()) and safe_text(shown, limit=None) != shown:
        shown = _escape_each(shown)
        # Alone each may be harmless and a pile of them not: combining marks, selectors.
        if safe_text(shown, limit=None) != shown:
            shown = json.dumps(value)
    shown = shown.replace("\x7f", "\\u007f")
    return shown if whole else shown[:-1]


def draw_head(table: JsonTable, line: int, width: int, marker: str) -> list[Piece]:
    """What stands before a value: its indent, a marker, its key."""
    indent = _indent(table, line, width)
    # Key and value share what is left, so that neither pushes the other off the screen.
    return [(" " * indent, "plain"), (marker, "muted"), *_key(table, line, (width - indent) // 2 - INDENT)]


def _key(table: JsonTable, line: int, room: int) -> list[Piece]:
    span = table.key_span(line)
    if span is None:
        return []
    start, end = span
    room = max(room, 4)
    looked_at = 12 * room + 64
    whole = end - start <= looked_at
    text = show_string(table.text[start : min(end, start + looked_at)], whole=whole)
    if cell_len(text) > room or not whole:
        text = clip(text, room - 1) + "…"
    return [(text, "accent"), (": ", "muted")]


def _indent(table: JsonTable, line: int, width: int) -> int:
    """Cells before a line's marker; very deep lines stop moving to the right."""
    return min(table.depths[line] * INDENT, width // 2)


def _comma(table: JsonTable, line: int) -> str:
    return "," if table.has_next(line) else ""


def cells_of(pieces: list[Piece]) -> int:
    """How many cells pieces take."""
    return sum(cell_len(text) for text, _ in pieces)


def clip(text: str, room: int) -> str:
    """The beginning of a safe text in at most so many cells."""
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


def _without_half_an_escape(literal: str) -> str:
    for pattern in (_CUT_ESCAPE, _CUT_PAIR):
        if found := pattern.search(literal, max(0, len(literal) - 64)):
            literal = literal[: found.start(1)]
    return literal


def draw_around(table: JsonTable, line: int, offset: int, width: int) -> list[Piece] | None:
    """The line with its string from an offset on, when that would be cut off; None when it shows anyway."""
    start, end = table.starts[line], table.end(line)
    if table.mark(line) != '"' or not start < offset < end - 1:
        return None
    pieces = draw_head(table, line, width, LEAF)
    comma = _comma(table, line)
    room = width - cells_of(pieces) - len(comma)
    if offset - start < room - 24:
        return None
    looked_at = 12 * room + 64
    text = show_string('"' + table.text[offset : min(end, offset + looked_at)], whole=offset + looked_at >= end)[1:]
    if cell_len(text) + 1 > room:
        text = clip(text, room - 2) + "…"
    return [*pieces, ("…", "muted"), (text, "good"), (comma, "muted")]


def wrap_value(table: JsonTable, line: int, width: int) -> list[list[Piece]]:
    """The lines of a value that is shown whole: the first with its key, the others under it."""
    start, end, mark = table.starts[line], table.end(line), table.mark(line)
    whole = end - start <= LONGEST_SHOWN
    text, tone = table.text[start : min(end, start + LONGEST_SHOWN)], _TONES.get(mark, "busy")
    if mark == '"':
        text = show_string(text, whole=whole)
    if not text.isascii():
        # Emoji that are joined may come to stand on two lines.
        text = _escape_each(text)
    head = draw_head(table, line, width, OPENED)
    used = cells_of(head)
    # A long key leaves no room beside it.
    hang = used if width - used >= width // 3 else min(_indent(table, line, width) + 2 * INDENT, width // 2)
    # The last cell is kept for the comma.
    starts = break_text(text, max(1, width - used - 1) if hang == used else 1, width - hang - 1)
    parts = [text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    lines: list[list[Piece]] = [[*head, (parts[0], tone)]]
    lines.extend([(" " * hang, "plain"), (part, tone)] for part in parts[1:])
    if whole:
        lines[-1].append((_comma(table, line), "muted"))
    else:
        words = f"… the first {say_size(LONGEST_SHOWN)} of {say_size(end - start)}"
        lines.append([(" " * hang, "plain"), (words, "warn")])
    return lines
