"""JSON one can read: folded and unfolded, searched, filtered, the path of the value under the cursor.

One value a line, cut to the width with its size beside it; enter shows a long one whole, wrapped under its key.
Digits, repeated keys and order are as received. What is copied is the original.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType

from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.json_document import MOST_FOLDS, JsonDocument
from tui.widgets.response_view.json_drawing import draw_around, draw_folded, draw_open, wrap_value
from tui.widgets.response_view.json_path import BadExpression, select
from tui.widgets.response_view.json_summary import draw_summary
from tui.widgets.response_view.json_table import NONE, NotShown, read_table
from tui.widgets.response_view.text_search import find_all, inside_escape, json_pattern
from tui.widgets.row_list import Piece

LONGEST_LEAF: Final = 10_000
"""Characters of a value that can be a link, a SID or a number, as written."""


class JsonView(BodyView):
    """A JSON body. Call `set_document`; keys do the rest.

    Attributes:
        document: what is shown; None before the body is read.
        problem: why the body is not shown as JSON, None when it is or is not read yet.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "open_row", "Fold", key_display="⏎", tooltip="Fold or unfold; open the value under the cursor."
        ),
        Binding("space", "toggle_fold", "Fold", show=False, tooltip="Fold or unfold; show a long value whole."),
        Binding("minus,left,h", "fold", "Fold", show=False, tooltip="Fold this, or go to what it is in and fold that."),
        Binding("plus,right,l", "unfold", "Unfold", show=False, tooltip="Unfold this, or show a long value whole."),
        Binding("z", "fold_depth", "Fold level", tooltip="Fold or unfold everything at this depth."),
        Binding("Z", "fold_all", "Fold all", show=False, tooltip="Fold everything, or unfold everything."),
        Binding("f", "filter", "Filter", tooltip="Choose values by a path, such as $.messages[*].sid."),
        Binding("u", "leave_filter", "Unfilter", tooltip="Take the last filter off."),
    ]

    class Loaded(BodyView.Changed):
        """The body is read and shown."""

    class Refused(BodyView.Changed):
        """The body cannot be shown as JSON; `view.problem` says why."""

    class Filtered(BodyView.Changed):
        """A filter ended: other values are shown, or `problem` says in a sentence why not."""

        def __init__(self, view: JsonView, expression: str, count: int, problem: str = "") -> None:
            super().__init__(view)
            self.expression = expression
            self.count = count
            self.problem = problem

    class Opened(BodyView.Opened):
        """A plain value was chosen with enter or a double click.

        Attributes:
            path: where it stands, as `path_at`.
            value: the value, as `value_at`.
        """

        def __init__(self, view: JsonView, index: int) -> None:
            super().__init__(view, index)
            self.view = view
            self.path, self.value = view.path_at(index), view.value_at(index)

    class FilterWanted(BodyView.Changed):
        """The filter key was pressed: ask for an expression and call `filter`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.document: JsonDocument | None = None
        self.problem: NotShown | None = None
        self._wished = ""
        self._wrapped: dict[int, list[list[Piece]]] = {}

    # -- loading -------------------------------------------------------------------------------------

    def set_document(self, content: bytes) -> None:
        """Read a body in a thread, then show it."""
        self.stop_job("filter")
        self._show(None)
        self.problem = None
        self.set_note("Reading…")
        self.begin_job("load", lambda checkpoint: JsonDocument(read_table(content, checkpoint)))

    def job_ended(self, name: str, result: object, problem: Exception | None) -> None:
        if name == "filter":
            self._filter_ended(result, problem)
        elif isinstance(result, JsonDocument):
            self.set_note("")
            self._show(result)
            self.post_message(self.Loaded(self))
        else:
            self.problem = problem if isinstance(problem, NotShown) else NotShown("The body could not be read as JSON")
            self.set_note(f"{self.problem}.")
            self.post_message(self.Refused(self))

    def _show(self, document: JsonDocument | None) -> None:
        """Show a document where it was left, or nothing."""
        self.search("")
        self._wrapped.clear()
        self.document = document
        if document is None:
            self.set_row_count(0)
            return
        self.refresh_bindings()
        if document.opened:
            document.open(dict.fromkeys(document.opened, 0))
        self.set_row_count(len(document.shown), cursor=document.cursor)
        self.post_message(self.Changed(self))

    # -- drawing -------------------------------------------------------------------------------------

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        document = self.document
        if document is None:
            return ()
        table, line = document.table, document.shown[index]
        if line in document.folded:
            return draw_summary(table, line, document.columns(line), width) or draw_folded(table, line, width)
        if line in document.opened:
            return self._wrap(line)[index - document.screen_line(line)]
        offset = self.match_offset
        around = None
        if offset is not None and index == self._match_line:
            around = draw_around(table, line, offset, width)
        return around or draw_open(table, line, width)

    def _wrap(self, line: int) -> list[list[Piece]]:
        assert self.document is not None
        if line not in self._wrapped:
            self._wrapped[line] = wrap_value(self.document.table, line, self.row_width)
        return self._wrapped[line]

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the open values anew; the cursor stays on its value."""
        document = self.document
        self._wrapped.clear()
        if document is not None and document.opened:
            line = document.shown[self.cursor]
            document.open({opened: len(self._wrap(opened)) - 1 for opened in document.opened})
            self._show_changed(line)

    # -- the value under the cursor ------------------------------------------------------------------

    def _value_at(self, index: int) -> tuple[JsonDocument | None, int]:
        """The document, and the line of the value on a line of the screen; no document where there is no value."""
        if self.document is None or not 0 <= index < self.row_count:
            return None, 0
        return self.document, self.document.table.opening(self.document.shown[index])

    def path_at(self, index: int) -> str:
        """The path of the value on a line, in the body as received: `$.messages[3].sid`."""
        document, line = self._value_at(index)
        return document.path(line) if document else ""

    def value_at(self, index: int) -> str:
        """The value on a line, for copying: a string's own characters, anything else as it was written."""
        document, line = self._value_at(index)
        return document.value(line) if document else ""

    def leaf_at_cursor(self) -> str:
        """The value under the cursor; empty for an object or an array, and for a very long one."""
        document, line = self._value_at(self.cursor)
        if document is None or document.table.is_container(line):
            return ""
        length = document.table.end(line) - document.table.starts[line]
        return document.value(line) if length <= LONGEST_LEAF else ""

    def steps_at_cursor(self) -> list[str | int]:
        """The keys and indices that lead to the value under the cursor, in the body as received."""
        document, line = self._value_at(self.cursor)
        return document.steps(line) if document else []

    def texts_around_cursor(self) -> dict[str, str]:
        """The texts beside the value under the cursor, by name."""
        document, line = self._value_at(self.cursor)
        return document.texts_around(line) if document else {}

    def sid_at_cursor(self) -> str | None:
        """The SID of a message: in the value under the cursor, else the `sid` of the object it belongs to."""
        document, line = self._value_at(self.cursor)
        return document.message_sid(line) if document else None

    @property
    def place(self) -> tuple[int, frozenset[int]]:
        """The line under the cursor and those that are folded, to come back to by `go_to`."""
        document, line = self._value_at(self.cursor)
        return (line, frozenset(document.folded)) if document else (0, frozenset())

    def go_to(self, line: int, folded: Iterable[int]) -> None:
        """Fold what was folded, and take the cursor to a line."""
        if self.document is not None:
            self.document.fold_only(folded)
            self._show_changed(line)

    # -- folding -------------------------------------------------------------------------------------

    def action_toggle_fold(self) -> None:
        document, line = self._value_at(self.cursor)
        if document and (line in document.folded or (line not in document.opened and not self._is_container(line))):
            self.action_unfold()
        elif document:
            self.action_fold(climb=False)

    def action_open_row(self) -> None:
        document, line = self._value_at(self.cursor)
        if document is None or self._is_container(line):
            self.action_toggle_fold()
        else:
            self.post_message(self.Opened(self, self.cursor))

    def action_fold(self, *, climb: bool = True) -> None:
        """Fold this; what cannot be folded any more takes the cursor to what it is in."""
        document, line = self._value_at(self.cursor)
        if document is None:
            return
        if line in document.opened:
            document.open({line: 0})
        elif self._is_container(line) and line not in document.folded:
            document.fold(line)
        elif climb and document.table.parents[line] != NONE:
            self.cursor = document.screen_line(document.table.parents[line])
            return
        self._show_changed(line)

    def action_unfold(self) -> None:
        document, line = self._value_at(self.cursor)
        if document is None:
            return
        if self._is_container(line):
            document.unfold(line)
        else:
            document.open({line: len(self._wrap(line)) - 1})
        self._show_changed(line)

    def action_fold_depth(self) -> None:
        """Fold everything at the depth of what the cursor is in, or unfold it all when that is folded.

        What is directly in the outermost object or array is folded in place of that: one line tells nothing.
        """
        document, line = self._value_at(self.cursor)
        if document is None:
            return
        table = document.table
        around = line if self._is_container(line) else table.parents[line]
        if around == NONE:
            return
        depth = max(1, table.depths[around])
        if around in document.folded or (around == 0 and document.folds_at(depth)):
            document.unfold_depth(depth)
        elif not document.fold_depth(depth):
            self._say_folds_are_cut()
        self._show_changed(around)

    def action_fold_all(self) -> None:
        """Fold everything inside, or unfold everything when something is folded."""
        document, line = self._value_at(self.cursor)
        if document is None:
            return
        if document.folded:
            document.unfold_all()
        elif not document.fold_all():
            self._say_folds_are_cut()
        self._show_changed(line)

    def _say_folds_are_cut(self) -> None:
        self.set_note(f"Only {MOST_FOLDS:,} can be folded at once.")

    def _is_container(self, line: int) -> bool:
        return self.document is not None and self.document.table.is_container(line)

    def _show_changed(self, line: int) -> None:
        """Show what folding changed, with the cursor on a line of the table."""
        assert self.document is not None
        self._match_line = -1
        self.set_row_count(len(self.document.shown), cursor=self.document.screen_line(line))

    # -- searching -----------------------------------------------------------------------------------

    def finder(self, sought: str) -> Callable[[Callable[[], None], array[int]], bool]:
        text, pattern = self.document.table.text if self.document else "", json_pattern(sought)
        return lambda checkpoint, found: find_all(
            text, pattern, checkpoint, found, skip=lambda at: inside_escape(text, at)
        )

    def offset_at(self, line: int) -> int:
        return 0 if self.document is None else self.document.table.text_start(self.document.shown[line])

    def go_to_offset(self, offset: int) -> None:
        """Unfold what hides it and go there."""
        if self.document is not None:
            line = self.document.table.line_at(offset)
            self.document.reveal(line)
            self._show_changed(line)

    # -- filtering -----------------------------------------------------------------------------------

    @property
    def expression(self) -> str:
        """What chose the values that are shown; empty when all of the body is."""
        return self.document.expression if self.document else ""

    @property
    def filters(self) -> tuple[str, ...]:
        """The expressions of every filter on the body, the first one first."""
        found: list[str] = []
        document = self.document
        while document is not None and document.source is not None:
            found.append(document.expression)
            document = document.source
        return tuple(reversed(found))

    @property
    def chosen(self) -> str:
        """How many values the last filter chose, in words."""
        if self.document is None or self.document.source is None:
            return ""
        return f"{len(self.document.origins):,}{'+' if self.document.cut else ''} found"

    def filter(self, expression: str) -> None:
        """Show only what a JSONPath chooses from what is shown now; ends with `Filtered`. Empty shows all again."""
        document = self.document
        if not expression.strip():
            self.action_leave_filter()
        elif document is None:
            reason = "Only a body that is read to its end and is JSON can be filtered."
            self.post_message(self.Filtered(self, expression, 0, reason))
        else:
            document.cursor = self.cursor
            self._wished = expression
            self.set_note("Choosing…")
            self.begin_job("filter", lambda checkpoint: select(document, expression, checkpoint))
            self.refresh_bindings()

    def action_leave_filter(self) -> None:
        """Back to what was shown before the last filter, where the cursor was; stops one under way."""
        if "filter" in self._jobs:
            self.stop_job("filter")
            self.set_note("")
            self.refresh_bindings()
        elif self.document is not None and self.document.source is not None:
            self.set_note("")
            self._show(self.document.source)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave_filter":
            return "filter" in self._jobs or bool(self.expression)
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        self.post_message(self.FilterWanted(self))

    def _filter_ended(self, result: object, problem: Exception | None) -> None:
        self.refresh_bindings()
        if isinstance(result, JsonDocument):
            count = len(result.origins)
            self.set_note(f"Only the first {count:,} values are shown." if result.cut else "")
            self._show(result)
            self.post_message(self.Filtered(self, self._wished, count))
        else:
            self.set_note("")
            reason = str(problem) if isinstance(problem, BadExpression) else f"Choosing failed: {problem}."
            self.post_message(self.Filtered(self, self._wished, 0, reason))
