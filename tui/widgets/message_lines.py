"""One message of a conversation as lines: mark, time and direction at the left, the text beside them, wrapped.

Their messages stand left, one's own are indented. What is known besides the text stands under it, so that the text
comes last in its line: a terminal that measures an emoji differently shifts nothing else. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from tui.safe_text import glimpse, safe_lines, safe_text
from tui.theme import Tone, look_of
from tui.time_format import planned_time
from tui.widgets.error_words import meaning_of
from tui.widgets.message_words import SAID_BY_THE_MARK, show_address
from tui.widgets.toned_lines import Piece

if TYPE_CHECKING:
    from tui.twilio.message import Message

Line = list[Piece]
"""The pieces of one line, left to right."""

LONGEST_BODY: Final = 4_000
"""Characters of a text that a conversation shows; Twilio's own limit is 1,600. Opened, it is shown longer."""

HEAD: Final = 3 + 6 + 2
"""Cells of mark, time and direction."""

WIDEST_TEXT: Final = 80
"""Cells of a line that is still read easily."""

_NARROW: Final = 24
"""Cells for text below which nothing is indented."""

_ROOMY: Final = 48
"""Cells for text from which on a quarter of them tells whose a message is, and not a sixth."""


def text_cells(width: int) -> tuple[int, int]:
    """In a line of so many cells: how wide a text is, and by how much one's own is indented."""
    room = max(1, width - HEAD)
    if room < _NARROW:
        return room, 0
    cells = min(WIDEST_TEXT, room - room // (4 if room >= _ROOMY else 6))
    return cells, room - cells


def message_lines(
    message: Message, width: int, *, via: str = "", now: datetime, planned: datetime | None = None
) -> list[Line]:
    """All lines of a message, at least one, of at most `width` cells.

    Args:
        via: the own number it went over or its name (remote text); empty where there is only one.
        planned: for when it is scheduled, where that is known.
    """
    look, inbound = look_of(glimpse(message.status, 20)), message.inbound
    cells, indent = text_cells(width)
    when = message.when
    head: Line = [
        (f" {look.mark} ", look.tone),
        (f"{when.astimezone():%H:%M} " if when else " " * 6, "muted"),
        ("← ", "accent") if inbound else ("→ ", "muted"),
    ]
    margin = 0 if inbound else indent
    if margin:
        head.append((" " * margin, "plain"))
    blank: Line = [(" " * (HEAD + margin), "plain")]
    lines: list[Line] = _text(message, cells, over=_over(message, via))
    for words, tone in _besides(message, now, planned):
        lines += [_line(part, tone) for part in _wrap(words, cells)]
    return [*(head + line for line in lines[:1]), *(blank + line for line in lines[1:])]


def _line(words: str, tone: Tone) -> Line:
    return [(words, tone)]


def _over(message: Message, via: str) -> str:
    """The channel, where it is not SMS, and the own number: `to` it or `from` it, lest it read as who wrote that."""
    channel, colon, _ = message.other_party.partition(":")
    sign = {"whatsapp": "wa"}.get(channel, safe_text(channel, limit=12)) if colon else ""
    own = f"{'to' if message.inbound else 'from'} {glimpse(via, 24)}" if via else ""
    # A number without a name has the sign behind it.
    return own if sign and own.endswith(f" {sign}") else " · ".join(part for part in (sign, own) if part)


def _text(message: Message, cells: int, *, over: str) -> list[Line]:
    if not message.body:
        words = f"[{message.num_media} media]" if message.num_media else "(redacted, or no text)"
        return [[(part, "muted")] for part in _wrap(f"{over} · {words}" if over else words, cells)]
    first, *rest = safe_lines(message.body, limit=LONGEST_BODY)
    before = f"{over} · " if over else ""
    if cell_len(before) > cells // 2:
        lines: list[Line] = [*([(part, "muted")] for part in _wrap(over, cells)), *_plain(first, cells)]
    else:
        # The words before it end with a blank: no line breaks within them.
        begin, *more = _wrap(before + first, cells)
        lines = [
            [(before, "muted"), (begin[len(before) :], "plain")] if before else [(begin, "plain")],
            *([(part, "plain")] for part in more),
        ]
    return [*lines, *(line for each in rest for line in _plain(each, cells))]


def _plain(text: str, cells: int) -> list[Line]:
    return [[(part, "plain")] for part in _wrap(text, cells)]


def _besides(message: Message, now: datetime, planned: datetime | None) -> list[tuple[str, Tone]]:
    """What stands under a text: its media, what became of it where the mark does not say enough."""
    found: list[tuple[str, Tone]] = []
    if message.body and message.num_media:
        found.append((f"[{message.num_media} media]", "muted"))
    look = look_of(glimpse(message.status, 20))
    if message.error_code is not None:
        why = meaning_of(message.error_code, message.error_message)
        found.append((f"{look.word} · {message.error_code} {why}", "bad"))
    elif message.status == "scheduled":
        at = planned or message.date_sent
        found.append((f"scheduled for {planned_time(at, now)}" if at else "scheduled", look.tone))
    elif message.status not in SAID_BY_THE_MARK:
        found.append((look.word, look.tone))
    return found


def _wrap(text: str, cells: int) -> list[str]:
    """A safe text in lines of at most so many cells, at least one."""
    return [line.plain for line in Content(text).wrap(cells)] or [""]


def own_name(message: Message, names: Callable[[str], str]) -> str:
    """What an own number is called: its name, or the number itself."""
    return names(message.own_party) or show_address(message.own_party)
