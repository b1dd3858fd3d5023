"""The message table: its columns by width, and one message as a row.

Columns give way in this order as the terminal narrows: own number (below 150 cells), price (below 130),
segments (below 96), the date beside the time (below 66), the word of the status (below 52). The text comes
last in the row, so that a terminal that measures an emoji differently shifts nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.message import Message as Posted

from tui.safe_text import glimpse, safe_text
from tui.theme import Tone, look_of
from tui.time_format import short
from tui.twilio.error_catalogue import explain
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.twilio.messages import Message

LONGEST_PREVIEW = 400
"""Characters of a body that a row looks at; no terminal is wider."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The width of each column in cells; 0 hides it."""

    status: int
    time: int
    party: int
    own: int
    segments: int
    price: int


@lru_cache(maxsize=32)
def columns_for(width: int) -> Columns:
    """What fits a table of this width."""
    return Columns(
        status=13 if width >= 52 else 2,
        time=12 if width >= 66 else 6,
        party=18,
        own=17 if width >= 150 else 0,
        segments=4 if width >= 96 else 0,
        price=9 if width >= 130 else 0,
    )


def title_line(width: int) -> str:
    """The line above the rows."""
    return "".join(text for text, _ in titles(width))


def titles(width: int) -> list[Piece]:
    """The title of each column."""
    c = columns_for(width)
    status = "Status" if c.status > 2 else ""
    return [*_cells(c, (status, "muted"), "Time", ("  Number", "muted"), "Via", "Seg", "Price"), ("Text", "muted")]


def message_row(message: Message, width: int, now: datetime) -> list[Piece]:
    """One message as a row."""
    c = columns_for(width)
    look = look_of(glimpse(message.status, 20))
    arrow = "←" if message.inbound else "→"
    cells = _cells(
        c,
        (look.mark if c.status == 2 else str(look), look.tone),
        short(message.when, now)[: c.time],
        (f"{arrow} {safe_text(message.other_party, limit=40)}", "plain"),
        safe_text(message.own_party, limit=40) if c.own else "",
        "" if message.num_segments is None else str(message.num_segments),
        _price(message.price),
    )
    return [*cells, *_text(message)]


def _cells(c: Columns, status: Piece, time: str, party: Piece, own: str, segments: str, price: str) -> list[Piece]:
    """All columns but the text, each in its width and two blanks apart."""
    cells: list[Piece] = [
        (fit(status[0], c.status), status[1]),
        (_right(time, c.time), "muted"),
        (fit(party[0], c.party), party[1]),
    ]
    if c.own:
        cells.append((fit(own, c.own), "muted"))
    if c.segments:
        cells.append((_right(segments, c.segments), "muted"))
    if c.price:
        cells.append((_right(price, c.price), "muted"))
    spaced: list[Piece] = [(" " + text if n == 0 else "  " + text, tone) for n, (text, tone) in enumerate(cells)]
    return [*spaced, ("  ", "plain")]


def _text(message: Message) -> list[Piece]:
    preview = glimpse(message.body, LONGEST_PREVIEW)
    tone: Tone = "plain" if preview else "muted"
    if not preview:
        preview = f"({message.num_media} media)" if message.num_media else "(no text)"
    if message.error_code is None:
        return [(preview, tone)]
    known = explain(message.error_code)
    why = known.meaning.rstrip(".") if known else safe_text(message.error_message, limit=80) or "failed"
    return [(f"{message.error_code} {why} · ", "bad"), (preview, "muted")]


def _price(price: Decimal | None) -> str:
    if price is None:
        return ""
    # An absurd amount would be written out with all its zeros.
    return f"{abs(price):.4f}" if abs(price) < 1000 else f"{abs(price):.2e}"


def _right(text: str, width: int) -> str:
    return " " * max(0, width - cell_len(text)) + (text if cell_len(text) <= width else text[: width - 1] + "…")


class MessageTable(RowList):
    """The list of messages."""

    class EndAsked(Posted):
        """The key for the last row was pressed, also where the cursor stands there: older messages are wanted."""

    def __init__(self, *, now: Callable[[], datetime], id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = now
        self.messages: list[Message] = []

    def action_last(self) -> None:
        super().action_last()
        self.post_message(self.EndAsked())

    @property
    def current(self) -> Message | None:
        """The message under the cursor; None where there is no row."""
        return self.messages[self.cursor] if self.cursor < len(self.messages) else None

    def draw_row(self, index: int, width: int) -> list[Piece]:
        return message_row(self.messages[index], width, self._now()) if index < len(self.messages) else []
