"""An editor of pairs, one a line: lines move, are switched off and on, and are completed as they are typed.

Knows lines; what a pair is, is `pairs`' business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.screens.console.completion import complete_file, complete_name, file_begun
from tui.textual_fixes.text_field import TextField
from tui.textual_fixes.worker_errors import ReportsWorkerErrors


class LinesEditor(ReportsWorkerErrors, TextField):
    """Lines of text. `names` are completed at a line's end; → takes a completion."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+up", "move_line(-1)", "Line up", show=False, tooltip="Move this line up."),
        Binding("alt+down", "move_line(1)", "Line down", show=False, tooltip="Move this line down."),
        Binding(
            "ctrl+t", "switch_line", "Line on/off", show=False, tooltip="Switch this line off with a #, or on again."
        ),
    ]

    def __init__(self, *, id: str, placeholder: str, separator: str = "=", files: bool = False) -> None:
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False, placeholder=placeholder)
        self.separator = separator
        self.files = files
        self.names: Sequence[str] = ()

    def update_suggestion(self) -> None:
        """Offer the rest of what the line may become."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        self.suggestion = ""
        if column != len(line) or not self.selection.is_empty or not line:
            return
        if self.files and (path := file_begun(line)):
            self.run_worker(self._offer_file(row, line, path), group="path", exclusive=True, exit_on_error=False)
        else:
            self.suggestion = complete_name(line, self.names, self.separator)

    async def _offer_file(self, row: int, line: str, path: str) -> None:
        # A folder may lie on a slow network.
        rest = await asyncio.to_thread(complete_file, path)
        quoted = f'@"{path}' in line
        if any(mark in rest for mark in ('"\\' if quoted else '";')):
            # What these mean in a line the person has to write.
            return
        if self.cursor_location == (row, len(line)) and self.document.get_line(row) == line:
            self.suggestion = rest

    def action_move_line(self, by: int) -> None:
        """Exchange this line with its neighbour; the cursor goes with it."""
        row, column = self.cursor_location
        upper, lower = sorted((row, row + by))
        if self.read_only or upper < 0 or lower >= self.document.line_count:
            return
        above, below = self.document.get_line(upper), self.document.get_line(lower)
        self.replace(f"{below}\n{above}", (upper, 0), (lower, len(below)))
        self.move_cursor((row + by, column))

    def action_switch_line(self) -> None:
        """Put a # before the line, or take it away."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if self.read_only or not line.strip():
            return
        bare = line.lstrip("# \t")
        changed = bare if line.lstrip().startswith("#") else f"# {line}"
        self.replace(changed, (row, 0), (row, len(line)))
        self.move_cursor((row, max(0, column + len(changed) - len(line))))
