"""The text of a campaign: after `{` it lists the columns of the table, which stand for their values.

Nobody is chosen but by a person: a row is taken by enter or tab once one was chosen by ↓, or by a click.
"""

from __future__ import annotations

import re
from typing import Final

from textual import events

from tui.storage.table_layout import column_key
from tui.widgets.completion_list import CompletionList
from tui.widgets.message_text import MessageText

MOST_SHOWN: Final = 6
"""At 80×24 the meter stays in view below them."""

_BEGUN: Final = re.compile(r"(?<!\{)(?:\{\{)*\{([^{}\n]{0,60})$")
"""What is typed of a placeholder before the cursor; `{{` is a brace."""

_CLOSED: Final = re.compile(r"[^{}\n]{0,60}\}")
"""The rest of one, behind the cursor."""


class PlaceholderText(MessageText):
    """A text with `{placeholders}`.

    Attributes:
        columns: the titles, with what stands first in each (foreign texts).
        listed: is shown over what follows the field.
    """

    def __init__(self, *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, placeholder=placeholder)
        self.columns: tuple[tuple[str, str], ...] = ()
        self.listed = CompletionList(self._take, most=MOST_SHOWN)
        self._offered: tuple[tuple[str, str], ...] = ()
        self._row = -1

    @property
    def _begun(self) -> tuple[str, str] | None:
        """What is typed of a placeholder before the cursor, and behind it where it is closed; None for none."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        before = _BEGUN.search(line[:column])
        if before is None:
            return None
        behind = _CLOSED.match(line, column)
        return before[1], behind[0] if behind is not None else ""

    def offer(self) -> None:
        """List the columns that may be meant by what stands before the cursor; to be called after each change."""
        begun = self._begun if self.has_focus else None
        if begun is None:
            self._show(())
            return
        if not self.columns:
            self._show(())
            self.listed.say(wrong="No columns are known yet: they are those of the file, or of the lines pasted.")
            return
        wanted = column_key(begun[0])
        whole = column_key("".join(begun))
        if any(column_key(title) in (wanted, whole) for title, _ in self.columns):
            # What stands there already needs no completion.
            self._show(())
            return
        ranked = [(column_key(title).find(wanted), number) for number, (title, _) in enumerate(self.columns)]
        self._show(
            tuple(self.columns[number] for place, number in sorted(ranked, key=lambda r: r[0] > 0) if place >= 0)
        )

    def _show(self, rows: tuple[tuple[str, str], ...], row: int = -1) -> None:
        self._offered, self._row, self.completes = rows, row, row >= 0
        self.listed.say(rows, row)

    def _take(self, row: int) -> None:
        begun, title = self._begun, self._offered[row][0]
        self._show(())
        if begun is not None:
            line, column = self.cursor_location
            before, behind = begun
            self.replace("{" + title + "}", (line, column - len(before) - 1), (line, column + len(behind)))
            self._show(())

    def cursor_moved(self) -> None:
        """Close the list where the cursor left what it is about."""
        if self._begun is None:
            self._show(())

    def _step(self, by: int) -> None:
        self._show(self._offered, max(-1, min(self._row + by, len(self._offered) - 1)))

    async def _on_key(self, event: events.Key) -> None:
        """Choose with ↓ and ↑, take with enter or tab, close with escape; all else is the text's."""
        if self._offered and (
            event.key in ("up", "down", "escape") or (event.key in ("enter", "tab") and self._row >= 0)
        ):
            event.stop()
            event.prevent_default()
            match event.key:
                case "down" | "up":
                    self._step(1 if event.key == "down" else -1)
                case "escape":
                    self._show(())
                case _:
                    self._take(self._row)
            return
        await super()._on_key(event)

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self._show(())
