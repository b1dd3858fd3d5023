"""A text area of pairs, one a line: lines move, are switched on and off, names and file paths are completed.

Knows lines; what a pair is, `tui.raw_request.pairs` knows.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from tui.raw_request.variables import complete_variable
from tui.screens.console.pasting import hand_on_curl
from tui.textual_fixes.text_field import TextField
from tui.textual_fixes.worker_errors import ReportsWorkerErrors

MOST_LOOKED_AT = 10_000
"""Entries of a folder that are read for a completion; a larger folder is completed from its first ones."""

HEADER_NAMES = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "X-Twilio-Webhook-Enabled",
)
"""Request headers that Twilio's API or HTTP gives a meaning."""


class LinesEditor(ReportsWorkerErrors, TextField):
    """Completes `names` and their `values`, with `files` paths as well, at a line's end; → takes a completion."""

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
        self.variables: Sequence[str] = ()
        self.values: Mapping[str, Sequence[str]] = {}

    async def _on_paste(self, event: events.Paste) -> None:
        hand_on_curl(self, event)

    def update_suggestion(self) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        self.suggestion = ""
        if column != len(line) or not self.selection.is_empty or not line:
            return
        if self.files and (path := file_begun(line)):
            self.run_worker(
                partial(self._offer_file, row, line, path), group="path", exclusive=True, exit_on_error=False
            )
        else:
            self.suggestion = (
                complete_variable(line, self.variables)
                or complete_name(line, self.names, self.separator)
                or complete_value(line, self.values)
            )

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
        row, column = self.cursor_location
        upper, lower = sorted((row, row + by))
        if self.read_only or upper < 0 or lower >= self.document.line_count:
            return
        above, below = self.document.get_line(upper), self.document.get_line(lower)
        self.replace(f"{below}\n{above}", (upper, 0), (lower, len(below)))
        self.move_cursor((row + by, column))

    def action_switch_line(self) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if self.read_only or not line.strip():
            return
        bare = line.lstrip("# \t")
        changed = bare if line.lstrip().startswith("#") else f"# {line}"
        self.replace(changed, (row, 0), (row, len(line)))
        self.move_cursor((row, max(0, column + len(changed) - len(line))))


def complete_name(line: str, names: Sequence[str], separator: str) -> str:
    """The rest of the first name that begins like the line, with its separator; empty for none."""
    if not line or separator in line:
        return ""
    found = next((name for name in names if name.startswith(line)), "")
    space = " " if separator == ":" else ""
    return f"{found[len(line) :]}{separator}{space}" if found else ""


def complete_value(line: str, values: Mapping[str, Sequence[str]]) -> str:
    """The rest of the first value that begins like the one in the line `name=…`; empty where all or none is typed."""
    name, sign, begun = line.partition("=")
    found = next((value for value in values.get(name.strip(), ()) if value.startswith(begun)), "") if sign else ""
    return found[len(begun) :]


def file_begun(line: str) -> str:
    """The path begun in a line of a multipart form, also after a quote; empty when it names no file."""
    _, sign, value = line.partition("=")
    path = value.strip().removeprefix("@") if sign and value.lstrip().startswith("@") else ""
    if path.startswith('"'):
        return path[1:] if '"' not in path[1:] else ""
    # A `;` may begin a type: a name that holds one is completed between quotes only.
    return "" if ";" in path else path


def complete_file(path: str) -> str:
    """The rest of the first file or folder that begins like a path, folders with their slash; empty for none.

    Hidden ones are offered only when the dot was typed. A folder that cannot be read completes nothing.
    """
    folder, name = os.path.split(path)
    try:
        with os.scandir(Path(folder or ".").expanduser()) as entries:
            found = sorted(_begun(islice(entries, MOST_LOOKED_AT), name))
    except (OSError, ValueError, RuntimeError):
        return ""
    return next((rest for entry in found if (rest := entry[len(name) :])), "")


def _begun(entries: Iterable[os.DirEntry[str]], name: str) -> Iterable[str]:
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name):
            continue
        yield entry.name + ("/" if entry.is_dir() else "")
