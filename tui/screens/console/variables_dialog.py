"""Dialogs for the variables of requests: name a value of an answer; list, add, change and delete what is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui.raw_request.pairs import read_pairs, write_pairs
from tui.raw_request.saved_variables import SavedVariable
from tui.raw_request.variables import ACCOUNT, LAST, variable_problem
from tui.safe_text import glimpse
from tui.theme import Tone
from tui.twilio.errors import InvalidRequest
from tui.widgets.dialogs import Ask, Dialog, key_line
from tui.widgets.row_list import Piece, RowList, fit

Check = Callable[[str, str], str]
"""What is wrong with a name and a value for a variable; empty for nothing."""


def check_with(hide: Callable[[str], str]) -> Check:
    """The check for a connection whose credentials `hide` masks."""
    return lambda name, value: variable_problem(name, value, hide)


class UseValue(Ask):
    """Asks for the name of a value, and says which one it would replace."""

    def __init__(self, name: str, value: str, saved: Mapping[str, SavedVariable], check: Check) -> None:
        super().__init__(
            "Use as $…", glimpse(value, 300), value=name, check=lambda name: check(name, value), action="Save"
        )
        self._new = value
        self._saved = saved

    def parts(self) -> ComposeResult:
        yield from super().parts()
        yield Static("", id="replaced", markup=False)

    @on(Input.Changed)
    def _say_what_is_replaced(self, event: Input.Changed) -> None:
        name = event.value.strip()
        before = self._saved.get(name)
        line = self.query_one("#replaced", Static)
        line.display = before is not None and before.value != self._new
        words = f"${name} is {glimpse(before.value, 60)} now; that is replaced." if before else ""
        line.update(Content.styled(words, "$text-warning"))


class EditVariable(Ask):
    """Asks for a line `name=value`, written as the form's lines are."""

    def __init__(self, title: str, name: str, value: str, taken: Mapping[str, SavedVariable], check: Check) -> None:
        line = write_pairs([(name, value)]) if name else ""
        words = 'A value with line ends, or blanks at its ends, is written between quotes: "a\\nb".'
        super().__init__(title, words, value=line, placeholder="name=value", check=self._find_problem, action="Save")
        self._before, self._taken, self._check_variable = name, taken, check

    def _find_problem(self, line: str) -> str:
        pair = variable_of(line)
        if pair is None:
            return "Write name=value."
        if pair[0] != self._before and pair[0] in self._taken:
            return f"${pair[0]} is another variable. Choose another name."
        return self._check_variable(*pair)


def variable_of(line: str) -> tuple[str, str] | None:
    """The name and the value of a line; None for what is no single line of a pair."""
    try:
        pairs = read_pairs(line, field="")
    except InvalidRequest:
        return None
    return (pairs[0][0].removeprefix("$"), pairs[0][1]) if len(pairs) == 1 else None


class VariableList(RowList):
    """Name and value of each variable."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, str, Tone]] = []

    def show(self, rows: list[tuple[str, str, Tone]]) -> None:
        """Show these rows; the cursor stays where it is."""
        self.rows = rows
        self.styles.height = max(1, min(14, len(rows)))
        self.set_row_count(len(rows), cursor=min(self.cursor, len(rows) - 1))
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        name, value, tone = self.rows[index]
        column = min(max(len(each) for each, _, _ in self.rows) + 1, max(8, width // 2))
        return [(fit(f"${name}", column), "accent"), (f"  {glimpse(value, 200)}", tone)]


class VariablesDialog(Dialog[str]):
    """The variables of a connection. Answers with the name of the one to insert at the cursor.

    Args:
        saved: those that are saved.
        account_sid: what the built-in one stands for.
        last: what `$last` reads, in words.
        edit: called with the name of the one to change, empty for a new one.
        delete: called with a name.
    """

    DEFAULT_CSS = "VariablesDialog > Vertical { width: 100; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e,f2", "edit", "Change", show=False),
        Binding("n,a", "add", "New", show=False),
        Binding("delete,x,f8", "delete", "Delete", show=False),
    ]

    def __init__(
        self,
        saved: Mapping[str, SavedVariable],
        account_sid: str,
        last: str,
        *,
        edit: Callable[[str], None],
        delete: Callable[[str], None],
    ) -> None:
        words = "They stand in the path and in the values of lines; $$name is the text. None of them is a secret."
        super().__init__("Variables", words)
        self._built_in: list[tuple[str, str, Tone]] = [(LAST, last, "muted"), (ACCOUNT, account_sid, "muted")]
        self._edit, self._delete = edit, delete
        self.saved = saved

    def parts(self) -> ComposeResult:
        yield VariableList()

    def on_mount(self) -> None:
        self.show(self.saved)

    def keys(self) -> Content:
        changes = (("e", "Change"), ("x", "Delete")) if self._chosen else ()
        return key_line(("⏎", "Insert"), ("n", "New"), *changes, ("esc", "Back"))

    def show(self, saved: Mapping[str, SavedVariable]) -> None:
        """Show these variables."""
        self.saved = saved
        rows: list[tuple[str, str, Tone]] = [(name, each.value, "plain") for name, each in saved.items()]
        self.query_one(VariableList).show(rows + self._built_in)
        self._say_keys()

    @on(RowList.Moved)
    def _say_keys(self) -> None:
        self.query_one(".keys", Static).update(self.keys())

    @property
    def _chosen(self) -> str:
        """The name under the cursor; empty for one that is built in."""
        name = next((rows.rows[rows.cursor][0] for rows in self.query(VariableList) if rows.rows), "")
        return name if name in self.saved else ""

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        self.dismiss(self.query_one(VariableList).rows[event.index][0])

    def action_edit(self) -> None:
        if self._chosen:
            self._edit(self._chosen)

    def action_add(self) -> None:
        self._edit("")

    def action_delete(self) -> None:
        if self._chosen:
            self._delete(self._chosen)
