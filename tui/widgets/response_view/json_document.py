"""A JSON table that is looked at: which of its lines show, what is folded, and where a selection came from.

`shown` has one entry for each line of the screen: the line of the table. A folded object or array leaves out what it
holds, a value that is opened stands there several times.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from tui.twilio.addresses import find_message_sids
from tui.widgets.response_view.json_summary import Column, columns_of
from tui.widgets.response_view.json_table import NONE, JsonTable

MOST_FOLDS: Final = 50_000
"""Folds made at once by depth; more would take longer than a keystroke may."""

_LINES_AT_ONCE: Final = 1 << 16
_LOOKED_AT: Final = 1000
_MEMBERS_LOOKED_AT: Final = 200
_SID_LITERAL: Final = 36
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class JsonDocument:
    """What a view shows at a time.

    Attributes:
        table: the values.
        source: the document that a selection was made from.
        origins: for each value of a selection, its line in the source.
        expression: what selected it.
        cut: whether it selected more than this.
        cursor: the line of the screen to return to.
        shown: the lines of the table, as they show.
        folded: the lines of the objects and arrays that are folded.
        opened: the values that take several lines of the screen, and how many beyond the first.
    """

    def __init__(
        self,
        table: JsonTable,
        source: JsonDocument | None = None,
        origins: Sequence[int] = (),
        expression: str = "",
        *,
        cut: bool = False,
    ) -> None:
        self.table = table
        self.source = source
        self.origins = origins
        self.expression = expression
        self.cut = cut
        self.cursor = 0
        self.folded: set[int] = set()
        self.opened: dict[int, int] = {}
        self._columns: dict[int, tuple[Column, ...]] = {}
        self._all = self.shown = array("I")
        for begin in range(0, table.count, _LINES_AT_ONCE):
            self._all.extend(range(begin, min(begin + _LINES_AT_ONCE, table.count)))

    # -- folding -------------------------------------------------------------------------------------

    def screen_line(self, line: int) -> int:
        """The first line of the screen that shows a line of the table; of one that is folded away, that of the fold."""
        visible = self.shown[bisect_right(self.shown, line) - 1]
        return bisect_left(self.shown, visible)

    def fold(self, line: int) -> None:
        """Fold the object or array at `line`, if it holds something."""
        if self.table.is_container(line):
            self.folded.add(line)
            first, past = (bisect_right(self.shown, edge) for edge in (line, self.table.links[line]))
            self.shown = self.shown[:first] + self.shown[past:]

    def unfold(self, line: int) -> None:
        """Show what the object or array at `line` holds; folds inside it stay."""
        if line in self.folded:
            self.folded.discard(line)
            at = bisect_right(self.shown, line)
            if at and self.shown[at - 1] == line:
                inside = self._laid_out(line + 1, self.table.links[line] + 1)
                self.shown = self.shown[:at] + inside + self.shown[at:]

    def fold_depth(self, depth: int) -> bool:
        """Fold every object and array at a depth; False where there are more than can be folded at once."""
        found = list(islice(self.table.containers_at(depth), MOST_FOLDS + 1))
        self.folded.update(found[:MOST_FOLDS])
        self._lay_out()
        return len(found) <= MOST_FOLDS

    def folds_at(self, depth: int) -> bool:
        """Whether anything at a depth is folded."""
        return any(self.table.depths[line] == depth for line in self.folded)

    def fold_all(self) -> bool:
        """Fold every object and array but the outermost; False where there are more than can be folded at once."""
        # The outermost ends last.
        self.folded.update(self.table.containers[:-1][-MOST_FOLDS:])
        self._lay_out()
        return len(self.table.containers) <= MOST_FOLDS + 1

    def unfold_depth(self, depth: int) -> None:
        """Show what all objects and arrays at a depth hold."""
        self.folded = {line for line in self.folded if self.table.depths[line] != depth}
        self._lay_out()

    def unfold_all(self) -> None:
        """Show everything."""
        self.folded.clear()
        self._lay_out()

    def fold_only(self, lines: Iterable[int]) -> None:
        """Fold the objects and arrays at these lines, and no others."""
        self.folded = {line for line in lines if self.table.is_container(line)}
        self._lay_out()

    def reveal(self, line: int) -> None:
        """Unfold what hides a line."""
        table = self.table
        # A closing line is hidden by the fold of the line that it closes.
        around = table.links[line] if table.is_close(line) else table.parents[line]
        hiding: set[int] = set()
        while around != NONE:
            hiding.add(around)
            around = table.parents[around]
        if hiding & self.folded:
            self.folded -= hiding
            self._lay_out()

    def open(self, lines: dict[int, int]) -> None:
        """Give values so many lines of the screen beyond the first; 0 takes them back."""
        self.opened = {line: extra for line, extra in {**self.opened, **lines}.items() if extra > 0}
        self._lay_out()

    def _lay_out(self) -> None:
        self.shown = self._laid_out(0, self.table.count) if self.folded or self.opened else self._all

    def _laid_out(self, first: int, past: int) -> array[int]:
        """The lines of the screen for some lines of the table, none of which is folded away from outside."""
        shown = array("I")
        at = first
        for line in sorted(each for each in self.folded.union(self.opened) if first <= each < past):
            if line < at:
                continue
            shown += self._all[at : line + 1]
            if line in self.folded:
                at = self.table.links[line] + 1
            else:
                shown += array("I", [line]) * self.opened[line]
                at = line + 1
        return shown + self._all[at:past]

    def columns(self, line: int) -> tuple[Column, ...]:
        """What an element of an array is told apart by from the others; none for anything else."""
        parent = self.table.parents[line]
        if parent == NONE or not self.table.is_array(parent):
            return ()
        if parent not in self._columns:
            self._columns[parent] = columns_of(self.table, parent)
        return self._columns[parent]

    # -- a value -------------------------------------------------------------------------------------

    def steps(self, line: int) -> list[str | int]:
        """The keys and indices of a value in the body as it was received."""
        steps = self.table.steps(line)
        if self.source is None or not steps or not isinstance(steps[0], int):
            return steps
        return self.source.steps(self.origins[steps[0]]) + steps[1:]

    def path(self, line: int) -> str:
        """The same, as people and RFC 9535 write it: `$.messages[3].sid`."""
        return "$" + "".join(map(write_step, self.steps(line)))

    def value(self, line: int) -> str:
        """A string's own characters, anything else as it was written; see `value_of`."""
        return value_of(self.table, line)

    def texts_around(self, line: int) -> dict[str, str]:
        """The texts beside a value, by name: of its object, and of those around it what that one has not."""
        if self.source is not None and (steps := self.table.steps(line)) and isinstance(steps[0], int):
            return self.source.texts_around(self.origins[steps[0]])
        table, texts = self.table, dict[str, str]()
        line = table.parents[line]
        while line != NONE:
            children = () if table.is_array(line) else islice(table.children(line), _MEMBERS_LOOKED_AT)
            for child in children:
                if not table.is_container(child) and table.end(child) - table.starts[child] <= _LOOKED_AT:
                    texts.setdefault(str(table.key(child)), self.value(child))
            line = table.parents[line]
        return texts

    def message_sid(self, line: int) -> str | None:
        """The SID of a message: in the value itself, else the `sid` of the nearest object around it."""
        table = self.table
        if not table.is_container(line):
            start = table.starts[line]
            if found := find_message_sids(table.text[start : min(table.end(line), start + _LOOKED_AT)]):
                return found[0]
            line = table.parents[line]
        while line != NONE and table.is_array(line):
            line = table.parents[line]
        if line == NONE:
            return None
        for child in islice(table.children(line), _MEMBERS_LOOKED_AT):
            if table.end(child) - table.starts[child] == _SID_LITERAL and table.key(child) == "sid":
                found = find_message_sids(table.literal(child))
                return found[0] if found else None
        return None


def value_of(table: JsonTable, line: int) -> str:
    """A string's own characters, anything else as it was written.

    A string with half a surrogate pair stays as written: it could not be handed on as UTF-8.
    """
    literal = table.literal(line)
    if not literal.startswith('"'):
        return literal
    value: str = json.loads(literal)
    try:
        value.encode()
    except UnicodeEncodeError:
        return literal
    return value


def write_step(step: str | int) -> str:
    """A key or an index in a path; keys that are no plain names stand quoted, escaped as in RFC 9535 §2.3.1."""
    if isinstance(step, int):
        return f"[{step}]"
    if _NAME.fullmatch(step):
        return f".{step}"
    quoted = json.dumps(step, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"['{quoted}']"
