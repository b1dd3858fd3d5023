"""The differences between two answers as rows: `~` changed, `-` only in the first, `+` only in the second."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from tui.safe_text import glimpse, safe_text
from tui.theme import Tone
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.comparison import ChangedValue
from tui.widgets.response_view.json_drawing import show_string
from tui.widgets.response_view.text_search import find_all, text_pattern
from tui.widgets.row_list import Piece, fit

ARROW: Final = " → "

_LOOKED_AT: Final = 2000
_SHARED: Final = 8
"""Characters of what both values begin with that stay in front of where they differ."""


class ComparisonView(BodyView):
    """Rows of differences, with headings between them. Call `compare`; keys do the rest."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next_match", "Next", tooltip="Go to the next difference, or to the next match of a search."),
        Binding("N", "previous_match", "Previous", show=False, tooltip="Go to the one before."),
    ]

    class Compared(BodyView.Changed):
        """The differences are there, or `view.note` says why they are not."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._found_rows = _Found((), lambda: None)

    def compare(self, work: Callable[[Callable[[], None]], Sequence[ChangedValue | str]]) -> None:
        """Run `work(checkpoint)` in a thread and show its rows; a `str` among them is a heading."""
        self.set_note("Comparing…")
        self.begin_job("load", lambda checkpoint: _Found(work(checkpoint), checkpoint))

    def job_ended(self, name: str, result: object, problem: Exception | None) -> None:
        self.set_note("" if problem is None else f"They could not be compared: {safe_text(str(problem), limit=200)}.")
        if isinstance(result, _Found):
            self._found_rows = result
            self.set_row_count(len(result.rows), cursor=0)
        self.post_message(self.Compared(self))

    @property
    def _rows(self) -> Sequence[ChangedValue | str]:
        return self._found_rows.rows

    @property
    def change(self) -> ChangedValue | None:
        """The difference under the cursor; None without one."""
        row = self._rows[self.cursor] if self.cursor < len(self._rows) else None
        return row if isinstance(row, ChangedValue) else None

    def is_stop(self, index: int) -> bool:
        return index < len(self._rows) and isinstance(self._rows[index], ChangedValue)

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        row = self._rows[index]
        if isinstance(row, str):
            return ((fit(row, width), "muted"),)
        return _drawn(row, width)

    # -- to the next one -----------------------------------------------------------------------------

    def _step(self, by: int) -> None:
        """To the next match of a search; without a search to the next run of differences that are not quiet."""
        if self.sought:
            super()._step(by)
            return
        here = self.change
        at = self.cursor
        for _ in self._rows:
            at = (at + by) % len(self._rows)
            row = self._rows[at]
            if isinstance(row, ChangedValue) and not row.quiet and (here is None or not _same_run(row, here)):
                self.cursor = at
                return

    # -- searching -----------------------------------------------------------------------------------

    def finder(self, sought: str) -> Callable[[Callable[[], None], array[int]], bool]:
        text, pattern = self._found_rows.text, text_pattern(sought)
        return lambda checkpoint, found: find_all(text, pattern, checkpoint, found)

    def offset_at(self, line: int) -> int:
        return self._found_rows.starts[line]

    def go_to_offset(self, offset: int) -> None:
        self.cursor = max(0, bisect_right(self._found_rows.starts, offset) - 1)


class _Found:
    """Rows, and the text of all of them that is searched."""

    def __init__(self, rows: Sequence[ChangedValue | str], checkpoint: Callable[[], None]) -> None:
        self.rows = rows
        self.starts: array[int] = array("I")
        texts: list[str] = []
        at = 0
        for row in rows:
            checkpoint()
            text = row if isinstance(row, str) else _searched(row)
            texts.append(text)
            self.starts.append(at)
            at += len(text) + 1
        self.text = "\n".join(texts)


def _same_run(one: ChangedValue, other: ChangedValue) -> bool:
    return one.run == other.run and type(one.place) is type(other.place)


def _searched(change: ChangedValue) -> str:
    return " ".join(glimpse(text or "", _LOOKED_AT) for text in (change.where(), change.old, change.new))


def as_copied(change: ChangedValue) -> str:
    """One difference as received, whole."""
    old, new = change.old, change.new
    values = [f"- {old}"] * (old is not None) + [f"+ {new}"] * (new is not None)
    return "\n".join((change.where(), *values))


def _drawn(change: ChangedValue, width: int) -> Iterable[Piece]:
    show = show_line if isinstance(change.place, str) else show_json
    old, new = (None if value is None else show(value) for value in (change.old, change.new))
    mark = "~" if old is not None and new is not None else "-" if new is None else "+"
    tones: dict[str, Tone] = {"~": "warn", "-": "bad", "+": "good"}
    yield f"{mark} ", "muted" if change.quiet else tones[mark]
    where = glimpse(change.where(short=True), _LOOKED_AT)
    room = width - 2
    values = cell_len(change.brief or f"{old or ''}{new or ''}") + len(ARROW)
    # The place gives way to the values down to half of the row, and they share the other half.
    where = fit(where, max(8, room // 2, room - values - 1)) if cell_len(where) + 1 + values > room else where
    where = where.rstrip(" ")
    yield f"{where} ", "muted" if change.quiet else "accent"
    room -= cell_len(where) + 1
    if old is None or new is None:
        only = change.brief or (old if old is not None else new or "")
        yield fit(only, max(1, room)).rstrip(" "), "muted" if change.quiet else "plain"
        return
    if cell_len(old) + cell_len(new) + len(ARROW) > room:
        old, new = _from_the_difference(old, new, (room - len(ARROW)) // 2)
    yield old, "muted"
    yield ARROW, "muted"
    yield new, "muted" if change.quiet else "plain"


def show_json(literal: str, most: int = _LOOKED_AT) -> str:
    """The beginning of a JSON value as safe text, a string as a JSON string."""
    if literal.startswith('"'):
        return show_string(literal[:most], whole=len(literal) <= most)
    return glimpse(literal, most)


def show_line(text: str, most: int = _LOOKED_AT) -> str:
    """The beginning of a line as safe text."""
    return safe_text(text[:most], limit=None) or "(empty)"


def _from_the_difference(old: str, new: str, room: int) -> tuple[str, str]:
    """Two texts cut to so many cells each, from a little before where they differ."""
    room = max(1, room)
    same = next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    skip = same - _SHARED if same > room // 2 else 0
    cut = ["…" + each[skip:] if skip > 0 else each for each in (old, new)]
    return fit(cut[0], room).rstrip(" "), fit(cut[1], room).rstrip(" ")
