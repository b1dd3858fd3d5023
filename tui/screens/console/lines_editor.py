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
from typing import ClassVar, Literal

from textual import events, on
from textual.binding import Binding, BindingType

from tui.raw_request.pairs import write_pairs
from tui.raw_request.variables import complete_variable
from tui.screens.console.pasting import hand_on_curl, read_encoded
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


LARGEST_HERE = 200_000
"""Characters that are edited here; of a longer text the beginning is shown, since a key costs in proportion."""

_SHOWN_OF_LONGER = 5_000
_TEXTS_KEPT = 4


class LinesEditor(ReportsWorkerErrors, TextField):
    """Completes `names`, with `files` paths as well, at a line's end; → takes a completion.

    Attributes:
        names: what a line may begin with.
        values: name → the values it takes.
        files: where paths are completed: nowhere, behind an `@` ("parts"), or the text is one ("path").
        pairs: whether a pasted `a=b&c=d`, also of a URL, comes apart into lines; undo puts it together again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+up", "move_line(-1)", "Line up", show=False, tooltip="Move this line up."),
        Binding("alt+down", "move_line(1)", "Line down", show=False, tooltip="Move this line down."),
        Binding(
            "ctrl+t", "switch_line", "Line on/off", show=False, tooltip="Switch this line off with a #, or on again."
        ),
    ]

    def __init__(self, *, id: str, separator: str = "=", pairs: bool = False) -> None:
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False)
        self.separator = separator
        self.files: Literal["", "parts", "path"] = ""
        self.pairs = pairs
        self.names: Sequence[str] = ()
        self.variables: Sequence[str] = ()
        self.values: Mapping[str, Sequence[str]] = {}
        self._contents: dict[str, str] = {}

    # -- the text, also where it is more than what is shown --------------------------------------------

    @property
    def content(self) -> str:
        """The text, with the line ends it came with, and whole where only its beginning is shown."""
        shown = self.text
        return self._contents.get(shown, shown) if self._contents else shown

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the text is shown, which cannot be edited here."""
        content = self.content
        return len(content) > LARGEST_HERE and content != self.text

    @property
    def holds_other_line_ends(self) -> bool:
        """Whether the text has line ends that are shown, and once it is edited sent, as others."""
        return not self.is_cut and self.content != self.text

    def load(self, text: str) -> None:
        """Put a text here; undo does not lead back to the one before."""
        self._contents.clear()
        self.load_text(_shown(text))
        self._note_content(text)

    def put(self, text: str) -> None:
        """Put another text in place of this one, as one step that undo takes back."""
        self.replace_all(_shown(text))
        self._note_content(text)
        if self.is_cut:
            self.move_cursor(self.document.start)

    def _note_content(self, text: str) -> None:
        # Textual's text area ends a line at a dozen characters, and joins lines with one of them.
        if (shown := self.text) != text:
            self._contents[shown] = text
            for older in list(self._contents)[:-_TEXTS_KEPT]:
                del self._contents[older]
        self._lock()

    @on(TextField.Changed)
    def _lock(self) -> None:
        self.read_only = self.is_cut

    def action_delete_left(self) -> None:
        """Delete; all of a text that is too long to be edited here."""
        if self.is_cut:
            self.put("")
        else:
            super().action_delete_left()

    def action_delete_right(self) -> None:
        if self.is_cut:
            self.put("")
        else:
            super().action_delete_right()

    async def _on_paste(self, event: events.Paste) -> None:
        if hand_on_curl(self, event) or self.read_only:
            return
        pairs = read_encoded(event.text) if self.pairs else ()
        start, end = sorted(self.selection)
        if len(self.text) + len(event.text) > LARGEST_HERE:
            event.prevent_default()
            event.stop()
            before, after = self.get_text_range((0, 0), start), self.get_text_range(end, self.document.end)
            self.put(before + event.text + after)
        elif (
            pairs
            and not (self.document.get_line(start[0])[: start[1]] + self.document.get_line(end[0])[end[1] :]).strip()
        ):
            event.prevent_default()
            event.stop()
            pasted = self.replace(event.text, start, end, maintain_selection_offset=False).end_location
            lines = write_pairs(pairs)
            self.move_cursor(self.replace(lines, start, pasted, maintain_selection_offset=False).end_location)

    def on_resize(self) -> None:
        """Keep the line of the cursor in sight where there are fewer lines."""
        self.scroll_cursor_visible()

    # -- completion --------------------------------------------------------------------------------------

    def update_suggestion(self) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        self.suggestion = ""
        if column != len(line) or not self.selection.is_empty or not line:
            return
        path = line if self.files == "path" else file_begun(line) if self.files else ""
        if path:
            self.run_worker(
                partial(self._offer_file, row, line, path), group="path", exclusive=True, exit_on_error=False
            )
        elif self.files != "path":
            self.suggestion = (
                complete_variable(line, self.variables)
                or complete_name(line, self.names, self.separator)
                or complete_value(line, self.values)
            )

    async def _offer_file(self, row: int, line: str, path: str) -> None:
        # A folder may lie on a slow network.
        rest = await asyncio.to_thread(complete_file, path)
        quoted = f'@"{path}' in line
        if self.files == "parts" and any(mark in rest for mark in ('"\\' if quoted else '";')):
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


def _shown(text: str) -> str:
    return text if len(text) <= LARGEST_HERE else f"{text[:_SHOWN_OF_LONGER]}\n…"


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
