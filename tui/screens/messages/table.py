"""The message table: which columns there is room for, and one row as text.

Columns give way in this order as the terminal narrows: own number (below 150 cells), price (below 130),
segments (below 96), the date beside the time (below 66), the word of the status (below 52). The text comes
last in the row, so that a terminal that measures an emoji differently shifts nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    pieces: list[Piece] = [(fit("Status" if c.status > 2 else "", c.status), "muted")]
    pieces.append((_right("Time", c.time), "muted"))
    pieces.append((fit("  Number", c.party), "muted"))
    if c.own:
        pieces.append((fit("Via", c.own), "muted"))
    if c.segments:
        pieces.append((_right("Seg", c.segments), "muted"))
    if c.price:
        pieces.append((_right("Price", c.price), "muted"))
    return _spaced([*pieces, ("Text", "muted")])


def message_row(message: Message, width: int, now: datetime) -> list[Piece]:
    """One message as a row."""
    c = columns_for(width)
    look = look_of(glimpse(message.status, 20))
    status = look.mark if c.status == 2 else str(look)
    moment = short(message.when, now)
    arrow = "← " if message.inbound else "→ "
    pieces: list[Piece] = [
        (fit(status, c.status), look.tone),
        (_right(moment if len(moment) <= c.time else moment[: c.time], c.time), "muted"),
        (fit(arrow + safe_text(message.other_party, limit=40), c.party), "plain"),
    ]
    if c.own:
        pieces.append((fit(safe_text(message.own_party, limit=40), c.own), "muted"))
    if c.segments:
        pieces.append((_right("" if message.num_segments is None else str(message.num_segments), c.segments), "muted"))
    if c.price:
        pieces.append((_right(_price(message.price), c.price), "muted"))
    return [*_spaced(pieces), *_text(message)]


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


def _spaced(pieces: Sequence[Piece]) -> list[Piece]:
    spaced: list[Piece] = [(" " + text if n == 0 else "  " + text, tone) for n, (text, tone) in enumerate(pieces)]
    return [*spaced, ("  ", "plain")]


class MessageTable(RowList):
    """The rows that are shown, by way of two questions: how many, and which."""

    class EndAsked(Posted):
        """The person asked for the last row, wherever the cursor stood: for what is beyond it as well."""

    def __init__(self, *, now: Callable[[], datetime], id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = now
        self.messages: list[Message] = []

    def action_last(self) -> None:
        """To the last row, and say so."""
        super().action_last()
        self.post_message(self.EndAsked())

    @property
    def current(self) -> Message | None:
        """The message under the cursor."""
        return self.messages[self.cursor] if self.cursor < len(self.messages) else None

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """See `message_row`."""
        return message_row(self.messages[index], width, self._now()) if index < len(self.messages) else []
