"""Bytes as they are: offset, hexadecimal, and the characters that ASCII has for them; the type found above.

Nothing is prepared, a line is made when it is looked at: 64 MB cost what 64 bytes do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from textual import events

from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.file_signatures import EMPTY, FileSignature, kind_of
from tui.widgets.response_view.json_drawing import Piece, size_of

_WIDE: Final = 16
_NARROW: Final = 8
_HEX: Final = re.compile(r"(?:0x|\\x)?((?:[0-9a-fA-F]{2}[ :]?)+)")
_PICTURES: Final = "".join(chr(code) if 0x20 <= code < 0x7F else "·" for code in range(256))


class HexView(BodyView):
    """A binary body. Call `set_bytes`.

    Attributes:
        kind: the type found from the first bytes.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.kind: FileSignature = EMPTY
        self._content = b""
        self._columns = _WIDE

    def set_bytes(self, content: bytes) -> None:
        """Show bytes, at once."""
        self.search("")
        self._content = content
        self.kind = kind_of(content)
        self.set_row_count(0)
        self._lay_out(0)
        self.tell(f"{self.kind.name}, {size_of(len(content))}" if content else "No bytes.")

    def on_resize(self, event: events.Resize) -> None:
        """Sixteen bytes a line where there is room, else eight; the cursor stays on its byte."""
        self._lay_out(self.cursor * self._columns)

    def _lay_out(self, offset: int) -> None:
        self._columns = _WIDE if self.text_width >= _width_for(_WIDE) else _NARROW
        self.set_row_count(-(-len(self._content) // self._columns), cursor=offset // self._columns)

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        """A line: offset, bytes in groups of eight, characters."""
        columns = self._columns
        part = self._content[index * columns : (index + 1) * columns]
        digits = part.hex(" ")
        groups = [digits[start : start + 3 * _NARROW].rstrip() for start in range(0, len(digits), 3 * _NARROW)]
        yield f"{index * columns:08x}  ", "muted"
        yield "  ".join(groups).ljust(_hex_cells(columns)) + "  ", "plain"
        yield part.decode("latin-1").translate(_PICTURES), "good"

    def offset_at(self, line: int) -> int:
        """The byte a line begins with."""
        return line * self._columns

    def go_to_offset(self, offset: int) -> None:
        """To the line that shows the byte."""
        self.cursor = offset // self._columns

    def searched(self) -> bytes:
        """The bytes."""
        return self._content

    def pattern_for(self, sought: str) -> re.Pattern[bytes]:
        """Bytes when it reads as pairs of hexadecimal digits (`89 50` or `0x8950`), else a text in UTF-8."""
        told = _HEX.fullmatch(sought.strip())
        if told and (" " in sought.strip() or ":" in sought or sought.strip()[:2] in ("0x", "\\x")):
            return re.compile(re.escape(bytes.fromhex(told[1].replace(":", " "))), re.DOTALL)
        return re.compile(re.escape(sought.encode("utf-8", "replace")), re.IGNORECASE if sought.islower() else 0)


def _hex_cells(columns: int) -> int:
    return 3 * columns - 1 + (columns // _NARROW - 1)


def _width_for(columns: int) -> int:
    return 10 + _hex_cells(columns) + 2 + columns
