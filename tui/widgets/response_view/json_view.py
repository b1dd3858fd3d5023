"""JSON one can read: folded and unfolded, searched, filtered, the path of the value under the cursor.

One value a line, cut to the width with its size beside it; enter shows a long one whole, wrapped under its key.
Digits, repeated keys and order are as received. What is copied is the original.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.document import Document
from tui.widgets.response_view.folding import Folding
from tui.widgets.response_view.json_apart import read_large_rows
from tui.widgets.response_view.json_drawing import (
    Piece,
    draw_around,
    draw_folded,
    draw_open,
    size_of,
    wrap_value,
)
from tui.widgets.response_view.json_filter import BadExpression, Selection, select
from tui.widgets.response_view.json_grammar import NotJson
from tui.widgets.response_view.json_reader import as_utf8
from tui.widgets.response_view.json_tree import NONE, Tree
from tui.widgets.response_view.searching import json_pattern
from tui.widgets.row_list import RowList


class JsonView(BodyView):
    """A JSON body. Call `set_document`; keys do the rest.

    Attributes:
        document: what is shown; None before the first.
        problem: why the body is not (whole) JSON, None when it is or is not read yet.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,space", "toggle_fold", "Fold", key_display="⏎", tooltip="Fold or unfold; show a long value whole."
        ),
        Binding("minus,left,h", "fold", "Fold", show=False, tooltip="Fold this, or go to what it is in and fold that."),
        Binding("plus,right,l", "unfold", "Unfold", show=False, tooltip="Unfold this, or show a long value whole."),
        Binding("z", "fold_depth", "Fold level", tooltip="Fold or unfold everything at this depth."),
        Binding("Z", "unfold_all", "Unfold all", show=False, tooltip="Unfold everything."),
        Binding("f", "filter", "Filter", tooltip="Choose values by a path, such as $.messages[*].sid."),
        Binding("u", "leave_filter", "Unfilter", show=False, tooltip="Back from what was chosen to all of it."),
    ]

    class Moved(RowList.Moved):
        """The cursor stands on another line; path and value are worked out when asked for."""

        rows: JsonView

        def __init__(self, rows: JsonView, index: int) -> None:
            super().__init__(rows, index)

        @property
        def path(self) -> str:
            """The path of the value, as received: sanitise before showing."""
            return self.rows.path_at(self.index)

        @property
        def value(self) -> str:
            """The beginning of the value, a thousand characters at most; sanitise before showing."""
            return self.rows.glimpse_at(self.index)

    class Loaded(BodyView.Told):
        """The body is read: all of it is JSON, or as much as is kept."""

    class Refused(BodyView.Told):
        """The body is not JSON; `view.problem` says why. What stands before the fault is shown."""

    class Filtered(BodyView.Told):
        """A filter ended: other values are shown, or `problem` says in a sentence why not."""

        def __init__(self, view: JsonView, expression: str, count: int, problem: str = "") -> None:
            super().__init__(view)
            self.expression = expression
            self.count = count
            self.problem = problem

    class FilterWanted(BodyView.Told):
        """The filter key was pressed: ask for an expression and call `filter`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.document: Document | None = None
        self.problem: NotJson | None = None
        self._reading: list[Document] = []
        self._chosen: list[Selection] = []
        self._wished = ""
        self._wrapped: dict[int, list[list[Piece]]] = {}

    # -- loading -------------------------------------------------------------------------------------

    def set_document(self, content: bytes) -> None:
        """Show a body. It is read in a thread, and shown as far as it is read."""
        self.stop_job("filter")
        self._read(content)

    def _read(self, content: bytes, source: Document | None = None, selection: Selection | None = None) -> None:
        self.search("")
        self.problem = None
        self.document = None
        self._wrapped.clear()
        self.set_row_count(0)
        self.tell("Reading…")
        reading = self._reading = list[Document]()

        def read(rest: Callable[[], None]) -> None:
            tree = Tree(as_utf8(content, rest))
            document = Document(tree, Folding(tree), source)
            if selection is not None:
                document.origins, document.expression = selection.rows, self._wished
            reading.append(document)
            read_large_rows(tree, rest)

        self.begin_job("load", read)

    def job_went_on(self, name: str) -> None:
        """Show the rows that were read since."""
        if name == "load" and self._reading:
            self._show_read()
            tree = self._reading[0].tree
            done = tree.starts[tree.count - 1] if tree.count else 0
            self.tell(f"Reading: {size_of(done)} of {size_of(len(tree.content))}.")

    def job_ended(self, name: str, problem: Exception | None) -> None:
        """Show what was read or chosen, or say why not."""
        if name == "filter":
            self._filter_ended(problem)
            return
        self._show_read()
        tree = self._reading[0].tree if self._reading else None
        if isinstance(problem, NotJson):
            self.problem = problem
            self.tell(f"Not JSON: {problem}.")
            self.post_message(self.Refused(self))
        elif problem is not None or tree is None:
            self.tell(f"The body could not be read as JSON: {problem}.")
            self.post_message(self.Refused(self))
        else:
            cut = "" if tree.whole else f"Only the first {tree.count:,} lines are shown; as text there is all of it."
            self.tell(cut)
            self.post_message(self.Loaded(self))

    def _show_read(self) -> None:
        if not self._reading:
            return
        first = self.document is None and self._reading[0].tree.count > 0
        self.document = self._reading[0]
        self.set_row_count(self.document.folding.line_count)
        if first:
            self.post_message(self.Moved(self, self.cursor))

    # -- what a line is ------------------------------------------------------------------------------

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        """A line of JSON."""
        width = self.text_width
        document = self.document
        if document is None:
            return ()
        row, line = document.folding.row_at(index)
        if document.folding.is_folded(row):
            return draw_folded(document.tree, row, width)
        if document.folding.extra_lines(row):
            lines = self._lines_of(row)
            return lines[line] if line < len(lines) else ()
        offset = self.match_offset
        if offset is not None and index == self._match_line:
            around = draw_around(document.tree, row, offset, width)
            if around is not None:
                return around
        return draw_open(document.tree, row, width)

    def _lines_of(self, row: int) -> list[list[Piece]]:
        assert self.document is not None
        lines = self._wrapped.get(row)
        if lines is None:
            lines = self._wrapped[row] = wrap_value(self.document.tree, row, self.text_width)
        return lines

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the open values anew; the cursor stays on its value."""
        document = self.document
        self._wrapped.clear()
        if document is None or not document.folding.opened:
            return
        row, _ = document.folding.row_at(self.cursor)
        document.folding.open([(opened, len(self._lines_of(opened)) - 1) for opened in document.folding.opened])
        self._fold_changed(row)

    # -- the value under the cursor ------------------------------------------------------------------

    def row_at(self, line: int) -> int | None:
        """The row of the value on a line; of a closing bracket the row it closes."""
        if self.document is None or not 0 <= line < self.row_count:
            return None
        return self.document.tree.node(self.document.folding.row_at(line)[0])

    def path_at(self, line: int) -> str:
        """The path of the value on a line, in the body as received: `$.messages[3].sid`."""
        row = self.row_at(line)
        return "" if row is None or self.document is None else self.document.path(row)

    def value_at(self, line: int) -> str:
        """The value on a line, for copying: a string's own characters, anything else as it was written."""
        row = self.row_at(line)
        return "" if row is None or self.document is None else self.document.value(row)

    def glimpse_at(self, line: int) -> str:
        """The beginning of the value on a line, as it was written; a thousand bytes at most."""
        row = self.row_at(line)
        return "" if row is None or self.document is None else self.document.glimpse(row)

    def sid_at_cursor(self) -> str | None:
        """The SID of a message: in the value under the cursor, else the `sid` of the object it belongs to."""
        row = self.row_at(self.cursor)
        return None if row is None or self.document is None else self.document.message_sid(row)

    # -- folding -------------------------------------------------------------------------------------

    def action_toggle_fold(self) -> None:
        """Fold or unfold; open or close a long value."""
        row = self.row_at(self.cursor)
        if row is None or self.document is None:
            return
        folding = self.document.folding
        if not self.document.tree.is_container(row):
            self._open_value(row, open_it=not folding.extra_lines(row))
        elif folding.is_folded(row):
            folding.unfold(row)
            self._fold_changed(row)
        else:
            self._fold(row)

    def action_open_row(self) -> None:
        """What a double click does."""
        self.action_toggle_fold()

    def action_fold(self) -> None:
        """Fold this; what cannot be folded any more takes the cursor to what it is in."""
        row = self.row_at(self.cursor)
        if row is None or self.document is None:
            return
        tree, folding = self.document.tree, self.document.folding
        if folding.extra_lines(row):
            self._open_value(row, open_it=False)
        elif tree.is_container(row) and not folding.is_folded(row):
            self._fold(row)
        elif tree.parents[row] != NONE:
            self.cursor = folding.line_of(tree.parents[row])

    def action_unfold(self) -> None:
        """Unfold this, or open a long value."""
        row = self.row_at(self.cursor)
        if row is None or self.document is None:
            return
        if self.document.tree.is_container(row):
            self.document.folding.unfold(row)
            self._fold_changed(row)
        else:
            self._open_value(row, open_it=True)

    def action_fold_depth(self) -> None:
        """Fold everything at the depth of what the cursor is in, or unfold it all when that is folded."""
        row = self.row_at(self.cursor)
        if row is None or self.document is None:
            return
        tree, folding = self.document.tree, self.document.folding
        around = row if tree.is_container(row) else tree.parents[row]
        if around == NONE:
            return
        if folding.is_folded(around):
            folding.unfold_depth(tree.depths[around])
        elif not folding.fold_depth(tree.depths[around]):
            self.tell("Folded what is read so far, 200,000 at the most.")
        self._fold_changed(around)

    def action_unfold_all(self) -> None:
        """Unfold everything."""
        row = self.row_at(self.cursor)
        if row is not None and self.document is not None:
            self.document.folding.unfold_all()
            self._fold_changed(row)

    def _fold(self, row: int) -> None:
        assert self.document is not None
        if not self.document.folding.fold(row):
            self.tell("This is not read to its end yet; it can be folded then.")
        self._fold_changed(row)

    def _open_value(self, row: int, *, open_it: bool) -> None:
        assert self.document is not None
        self.document.folding.open([(row, len(self._lines_of(row)) - 1 if open_it else 0)])
        self._fold_changed(row)

    def _fold_changed(self, row: int) -> None:
        assert self.document is not None
        self._match_line = -1
        self.set_row_count(self.document.folding.line_count, cursor=self.document.folding.line_of(row))

    # -- searching -----------------------------------------------------------------------------------

    SEARCHES_JSON = True

    def searched(self) -> bytes:
        """The text of the values that are shown."""
        return self.document.tree.content if self.document else b""

    def pattern_for(self, sought: str) -> re.Pattern[bytes]:
        """A pattern that understands JSON's escapes."""
        return json_pattern(sought)

    def offset_at(self, line: int) -> int:
        """Where the text of a line begins."""
        if self.document is None:
            return 0
        return self.document.tree.text_start(self.document.folding.row_at(line)[0])

    def go_to_offset(self, offset: int) -> None:
        """Unfold what hides it and go there."""
        if self.document is None:
            return
        row = self.document.tree.row_at(offset)
        self.document.folding.reveal(row)
        self.set_row_count(self.document.folding.line_count, cursor=self.document.folding.line_of(row))

    # -- choosing ------------------------------------------------------------------------------------

    @property
    def expression(self) -> str:
        """What chose the values that are shown; empty when all of the body is."""
        return self.document.expression if self.document else ""

    @property
    def only_filter(self) -> str:
        """The expression that chose what is shown from the whole body; empty where there is none, or several."""
        source = self.document.source if self.document else None
        return self.expression if source is not None and source.source is None else ""

    def filter(self, expression: str) -> None:
        """Show only what a JSONPath chooses from what is shown now; ends with `Filtered`. Empty shows all again."""
        if not expression.strip():
            self.action_leave_filter()
            return
        document = self.document
        if document is None or self.is_loading or self.problem is not None:
            self._filter_refused(expression, "Only a body that is read to its end and is JSON can be filtered.")
            return
        document.cursor = self.cursor
        chosen = self._chosen = list[Selection]()
        self._wished = expression
        self.tell("Choosing…")
        self.begin_job("filter", lambda rest: chosen.append(select(document.tree, expression, rest)))

    def action_leave_filter(self) -> None:
        """Back to what was shown before the last filter, where the cursor was; stops one under way."""
        if self.has_job("filter"):
            self.stop_job("filter")
            self.tell("")
            return
        shown = self.document or (self._reading[0] if self._reading else None)
        if shown is not None and shown.source is not None:
            self.stop_job("load")
            self.search("")
            self._wrapped.clear()
            self.document = shown.source
            folding = self.document.folding
            folding.open([(row, 0) for row in folding.opened])
            self.tell("")
            self.set_row_count(folding.line_count, cursor=self.document.cursor)
            self.post_message(self.Moved(self, self.cursor))

    def action_filter(self) -> None:
        """Ask whoever shows the view for an expression."""
        self.post_message(self.FilterWanted(self))

    def _filter_ended(self, problem: Exception | None) -> None:
        source = self.document
        if problem is not None or source is None or not self._chosen:
            reason = problem.reason if isinstance(problem, BadExpression) else f"Choosing failed: {problem}."
            self.tell("")
            self._filter_refused(self._wished, reason)
            return
        selection = self._chosen[0]
        self._read(selection.content, source, selection)
        self.post_message(self.Filtered(self, self._wished, len(selection.rows)))

    def _filter_refused(self, expression: str, reason: str) -> None:
        self.post_message(self.Filtered(self, expression, 0, reason))
