"""What tells the objects of a list apart: the members that a folded one is shown by, chosen from its siblings.

A bounded number of siblings and members is looked at, so that it takes the same few milliseconds in a list of any size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rich.cells import cell_len

from tui.theme import Tone
from tui.widgets.response_view.json_drawing import FOLDED, cells_of, clip, draw_head, show_string
from tui.widgets.response_view.json_table import JsonTable
from tui.widgets.row_list import Piece

MOST_SIBLINGS: Final = 50
MOST_MEMBERS: Final = 40
MOST_SHOWN: Final = 4
MOST_BRIEF: Final = 80
WIDEST: Final = 22
"""Cells of a column that others follow."""

# What people look for first; of each line the one that differs most. The first three speak for themselves.
_FIRST: Final = (
    ("sid",),
    ("status", "state"),
    ("to", "from", "phone_number"),
    ("body", "friendly_name", "unique_name", "name", "message"),
    ("error_code", "code", "price"),
)
_BARE: Final = frozenset(name for group in _FIRST[:4] for name in group)
_DATE: Final = re.compile(r"date_|created|updated|.*_(?:at|time)\Z")
# Tells the same as the SID, at length.
_NEVER: Final = re.compile(r"(?:.*_)?(?:uri|url)\Z|links\Z|etag\Z")
_SID: Final = re.compile(r'"([A-Z]{2}[0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})"')
_SIDES: Final = ("to", "from")
_TEXTS: Final = frozenset(_FIRST[3])
_LONGEST_NAME: Final = 40
_SAMPLED: Final = 64
_LOOKED_AT: Final = 400


@dataclass(frozen=True, slots=True)
class Column:
    """A member that is shown, and in how many cells."""

    name: str
    width: int


def columns_of(table: JsonTable, parent: int) -> tuple[Column, ...]:
    """The members by which the objects directly inside differ most, those that people look for first; or none."""
    values: dict[str, dict[str, int]] = {}
    siblings = 0
    for child in islice(table.children(parent), MOST_SIBLINGS):
        if table.mark(child) == "{":
            siblings += 1
            for name, line in _members(table, child).items():
                shown = _value(table, name, line, _SAMPLED)
                values.setdefault(name, {}).setdefault(shown, cell_len(shown))
    telling = [name for name, found in values.items() if not _NEVER.match(name) and (len(found) > 1 or siblings == 1)]
    telling.sort(key=lambda name: (_DATE.match(name) is not None, -len(values[name])))
    chosen = [best for group in _FIRST for best in [name for name in telling if name in group][:1]]
    # A lone one has nothing to be told apart from: what it is at all is said.
    chosen += [name for name in telling if name not in chosen and siblings > 1]
    return tuple(Column(name, min(WIDEST, max(values[name].values()))) for name in chosen[:MOST_SHOWN])


def _members(table: JsonTable, line: int) -> dict[str, int]:
    """The plain members of an object by their plain names; of a repeated one the last."""
    found: dict[str, int] = {}
    for child in islice(table.children(line), MOST_MEMBERS):
        if table.mark(child) in "{[":
            continue
        start = table.keys[child]
        written = table.text[start + 1 : start + 2 + _LONGEST_NAME]
        name, closed, _ = written.partition('"')
        if closed and "\\" not in name:
            found[name] = child
    return found


def _value(table: JsonTable, name: str, line: int, most: int = _LOOKED_AT) -> str:
    """A value as it is shown: SIDs cut in the middle, words bare, texts as JSON, others after their name."""
    start, end = table.starts[line], table.end(line)
    whole = end - start <= most
    literal = table.text[start : min(end, start + most)]
    if sid := _SID.fullmatch(literal):
        shown = f"{sid[1]}…{sid[2]}"
    elif literal.startswith('"'):
        shown = show_string(literal, whole=whole)
        if name not in _TEXTS and whole:
            shown = shown[1:-1]
    else:
        shown = "" if literal == "null" else literal
    if name in _BARE or not shown:
        return shown
    return show_string(f'"{name}"')[1:-1] + f" {shown}"


def _other_side(table: JsonTable, members: dict[str, int]) -> str:
    """Whose number tells messages and calls apart: the account's own is on the other side of most."""
    direction = members.get("direction")
    if direction is not None and table.literal(direction) == '"inbound"':
        return "from" if "from" in members else "to"
    return "to" if "to" in members else "from"


def brief_of(table: JsonTable, line: int) -> str:
    """An object in one line, without its SID: the values that people look for first; empty for anything else."""
    members = _members(table, line) if table.mark(line) == "{" else {}
    found: list[str] = []
    for group in _FIRST[1:]:
        name = next((name for name in group if name in members), "")
        name = _other_side(table, members) if name in _SIDES else name
        if name in members and (shown := _value(table, name, members[name], MOST_BRIEF)):
            found.append(shown)
    return "  ".join(found)


def draw_summary(table: JsonTable, line: int, columns: tuple[Column, ...], width: int) -> list[Piece]:
    """A folded object by its columns; empty where it has none of these members."""
    members = _members(table, line) if columns and table.mark(line) == "{" else {}
    if not any(column.name in members for column in columns):
        return []
    pieces = draw_head(table, line, width, FOLDED)
    room = width - cells_of(pieces)
    for column in columns:
        member = members.get(_other_side(table, members) if column.name in _SIDES else column.name)
        text = "" if member is None else _value(table, column.name, member)
        wide = room if column is columns[-1] else min(column.width, room)
        if wide < 1:
            break
        if cell_len(text) > wide:
            text = clip(text, wide - 1) + "…"
        tone: Tone = "accent" if column.name == "sid" else "good" if text.startswith('"') else "plain"
        pieces.append((text, tone))
        room -= wide + 2
        if room > 0:
            pieces.append((" " * (wide - cell_len(text) + 2), "plain"))
    return pieces
