"""Differences between two bodies: by path where both are JSON, line by line where they are text, else by bytes.

Members are matched by name whatever their order, the objects of an array by their `sid` where all have one, other
elements by their index. Values are compared as written, so that `1.10` differs from `1.1`. Knows no widget; takes up
to a few seconds, so it belongs into a thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, zip_longest
from typing import Final

from tui.size_format import say_size
from tui.widgets.response_view.json_document import value_of, write_step
from tui.widgets.response_view.json_summary import brief_of
from tui.widgets.response_view.json_table import JsonTable, NotShown, read_table
from tui.widgets.response_view.text_lines import to_text

MOST_CHANGES: Final = 10_000
"""Differences that are listed."""

MOST_LINES: Final = 5000
"""Lines of a text that are compared: what difflib takes grows with their square."""

DEEPEST: Final = 200
"""Objects and arrays around a value; what is deeper is compared as one text."""

_LONGEST_STEP: Final = 80
_LONGEST_TEXT: Final = 2_000_000
_COMPARED_AT_ONCE: Final = 4096
_MEMBERS_LOOKED_AT: Final = 200

Checkpoint = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a step below another place.

    Attributes:
        around: None below the root.
        step: a name, an index, or the SID that an element of an array was matched by.
        is_sid: whether it is that.
    """

    around: Place | None
    step: str | int
    is_sid: bool = False

    def path(self, *, short: bool = False) -> str:
        """An RFC 9535 path; with `short` a SID stands cut in brackets, for people."""
        steps: list[str] = []
        place: Place | None = self
        while place is not None:
            steps.append(place._written(short))
            place = place.around
        return "$" + "".join(reversed(steps))

    def _written(self, short: bool) -> str:
        if not self.is_sid:
            return write_step(self.step[:_LONGEST_STEP] if short and isinstance(self.step, str) else self.step)
        sid = str(self.step)
        if short:
            return f"[{sid[:6]}…{sid[-4:]}]" if len(sid) > 12 else f"[{sid}]"
        return f"[?@.sid == {json.dumps(sid, ensure_ascii=False)}]"


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One difference.

    Attributes:
        place: of a JSON value; None at its root; else words, such as a line's number.
        old, new: as received; None where there is none.
        quiet: whether it differs between any two answers, as dates and request ids do.
        run: the same for differences with nothing equal between them.
        brief: what stands for a whole JSON object that only one has; empty where the value itself is shown.
    """

    place: Place | str | None
    old: str | None
    new: str | None
    quiet: bool = False
    run: int = 0
    brief: str = ""

    def where(self, *, short: bool = False) -> str:
        """The place in words."""
        if isinstance(self.place, Place):
            return self.place.path(short=short)
        return self.place or "$"


@dataclass(frozen=True, slots=True)
class BodyComparison:
    """The differences between two bodies, and a sentence about what was left out of them; may be empty."""

    changes: tuple[ChangedValue, ...]
    note: str = ""


def compare_bodies(one: bytes, other: bytes, charsets: tuple[str, str], checkpoint: Checkpoint) -> BodyComparison:
    """What is in one body and not in the other.

    `checkpoint` is called every few milliseconds, and may raise to stop.
    """
    if one == other:
        return BodyComparison(())
    problem = ""
    try:
        tables = read_table(one, checkpoint), read_table(other, checkpoint)
    except NotShown as unread:
        if one.lstrip()[:1] in b"{[" or other.lstrip()[:1] in b"{[":
            problem = f"{unread}, compared as text."
    else:
        return _bounded(_changes_of(*tables, checkpoint))
    if b"\0" in one[:_COMPARED_AT_ONCE] + other[:_COMPARED_AT_ONCE]:
        return BodyComparison((_difference_in_bytes(one, other),))
    texts = to_text(one, charsets[0], checkpoint), to_text(other, charsets[1], checkpoint)
    return _compare_texts(*texts, problem, checkpoint)


def _bounded(changes: Iterator[ChangedValue]) -> BodyComparison:
    found = tuple(islice(changes, MOST_CHANGES))
    if next(changes, None) is not None:
        return BodyComparison(found, f"Only the first {MOST_CHANGES:,} differences are listed.")
    return BodyComparison(found, "" if found else "The same JSON, written otherwise.")


# -- JSON --------------------------------------------------------------------------------------------


def _changes_of(one: JsonTable, other: JsonTable, checkpoint: Checkpoint) -> Iterator[ChangedValue]:
    waiting: list[tuple[Place | None, int | None, int | None, int]] = [(None, 0, 0, 0)]
    run = 0
    while waiting:
        checkpoint()
        place, old, new, depth = waiting.pop()
        if old is None or new is None:
            run += 1
            brief = brief_of(other, new) if new is not None else brief_of(one, old or 0)
            yield ChangedValue(place, _literal(one, old), _literal(other, new), run=run, brief=brief)
        elif one.mark(old) == other.mark(new) and one.mark(old) in "{[" and depth < DEEPEST:
            if not _small_and_equal(one, old, other, new):
                waiting.extend(
                    (Place(place, step, is_sid), first, second, depth + 1)
                    for step, is_sid, first, second in reversed(_children(one, old, other, new, checkpoint))
                )
        elif not _equal(one, old, other, new):
            run += 1
            yield ChangedValue(place, one.literal(old), other.literal(new), run=run)


def _literal(table: JsonTable, line: int | None) -> str | None:
    return None if line is None else table.literal(line)


def _small_and_equal(one: JsonTable, old: int, other: JsonTable, new: int) -> bool:
    """Whether both are short and written alike, which most of two lists are."""
    size = one.end(old) - one.starts[old]
    return size <= _COMPARED_AT_ONCE and size == other.end(new) - other.starts[new] and _alike(one, old, other, new)


def _alike(one: JsonTable, old: int, other: JsonTable, new: int) -> bool:
    return one.literal(old) == other.literal(new)


def _equal(one: JsonTable, old: int, other: JsonTable, new: int) -> bool:
    """Whether two values are the same; a string may be written in several ways."""
    return _alike(one, old, other, new) or (
        one.mark(old) == other.mark(new) == '"' and json.loads(one.literal(old)) == json.loads(other.literal(new))
    )


Matched = list[tuple[str | int, bool, int | None, int | None]]
"""A step, whether it is a SID, and the lines of what stands there in each."""


def _children(one: JsonTable, old: int, other: JsonTable, new: int, checkpoint: Checkpoint) -> Matched:
    if not one.is_array(old):
        return _by_name(_named(one, old, checkpoint), _named(other, new, checkpoint), is_sid=False)
    sids = _sids(one, old, checkpoint), _sids(other, new, checkpoint)
    if sids[0] is not None and sids[1] is not None:
        return _by_name(sids[0], sids[1], is_sid=True)
    pairs = zip_longest(one.children(old), other.children(new))
    return [(index, False, first, second) for index, (first, second) in enumerate(pairs)]


def _by_name(one: dict[tuple[str, int], int], other: dict[tuple[str, int], int], *, is_sid: bool) -> Matched:
    return [(name[0], is_sid, one.get(name), other.get(name)) for name in dict.fromkeys((*one, *other))]


def _named(table: JsonTable, line: int, checkpoint: Checkpoint) -> dict[tuple[str, int], int]:
    """The members of an object by name and, for one that is repeated, by which of them it is."""
    found: dict[tuple[str, int], int] = {}
    repeats: dict[str, int] = {}
    for child in table.children(line):
        checkpoint()
        name = str(table.key(child))
        count = repeats[name] = repeats.get(name, -1) + 1
        found[name, count] = child
    return found


def _sids(table: JsonTable, line: int, checkpoint: Checkpoint) -> dict[tuple[str, int], int] | None:
    """The elements of an array by their `sid`; None where one has none, or two have the same."""
    found: dict[tuple[str, int], int] = {}
    for child in table.children(line):
        checkpoint()
        sid = _sid(table, child)
        if sid is None or (sid, 0) in found:
            return None
        found[sid, 0] = child
    return found


def _sid(table: JsonTable, line: int) -> str | None:
    if table.mark(line) != "{":
        return None
    for child in islice(table.children(line), _MEMBERS_LOOKED_AT):
        if table.mark(child) == '"' and table.key(child) == "sid":
            return value_of(table, child)
    return None


# -- text and bytes ----------------------------------------------------------------------------------


def _compare_texts(one: str, other: str, problem: str, checkpoint: Checkpoint) -> BodyComparison:
    lines, cut = zip(*map(_lines, (one, other)), strict=True)
    old, new = lines
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    # What both begin with costs difflib as much as what differs.
    old, new = old[same : same + MOST_LINES], new[same : same + MOST_LINES]
    whole = not any(cut) and same + len(old) == len(lines[0]) and same + len(new) == len(lines[1])
    checkpoint()
    changes: list[ChangedValue] = []
    blocks = (block for block in SequenceMatcher(None, old, new).get_opcodes() if block[0] != "equal")
    for run, (_, first, past, second, beyond) in enumerate(blocks):
        changes.extend(ChangedValue(f"line {same + n + 1:,}", old[n], None, run=run) for n in range(first, past))
        changes.extend(ChangedValue(f"line {same + n + 1:,}", None, new[n], run=run) for n in range(second, beyond))
    cut_at = "" if whole else f"Only {MOST_LINES:,} lines from the first that differs are compared."
    return BodyComparison(tuple(changes), f"{problem} {cut_at}".strip())


def _lines(text: str) -> tuple[list[str], bool]:
    """The lines of a text, and whether it was too long."""
    return text[:_LONGEST_TEXT].split("\n"), len(text) > _LONGEST_TEXT


def _difference_in_bytes(one: bytes, other: bytes) -> ChangedValue:
    at, step = 0, 1 << 16
    while one[at : at + step] == other[at : at + step]:
        at += step
    shared = min(len(one), len(other))
    while at < shared and one[at] == other[at]:
        at += 1
    old, new = (f"{each[at : at + 16].hex(' ') or 'the end'} ({say_size(len(each))})" for each in (one, other))
    return ChangedValue(f"byte {at:,}", old, new)


# -- headers -----------------------------------------------------------------------------------------


def compare_headers(
    one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...], is_quiet: Callable[[str], bool]
) -> tuple[ChangedValue, ...]:
    """Headers that differ: by name in any letter case, repeats in their order; `is_quiet` is given small letters."""
    names = dict.fromkeys(name.lower() for name, _ in (*one, *other))
    return tuple(
        ChangedValue(name, old, new, is_quiet(name))
        for name in names
        for old, new in zip_longest(_valued(one, name), _valued(other, name))
        if old != new
    )


def _valued(headers: tuple[tuple[str, str], ...], wanted: str) -> list[str]:
    return [value for name, value in headers if name.lower() == wanted]
