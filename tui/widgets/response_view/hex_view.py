"""Bytes as they are: offset, hexadecimal, and the characters that ASCII has for them; the type of file above.

Nothing is prepared, a line is made when it is looked at: 64 MB cost what 64 bytes do.
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Callable, Iterable
from typing import Final

from textual import events

from tui.size_format import say_size
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.text_search import case_flag, find_all
from tui.widgets.row_list import Piece

_WIDE: Final = 16
_NARROW: Final = 8
_HEX: Final = re.compile(r"(?:0x|\\x)?((?:[0-9a-fA-F]{2}[ :]?)+)")
_PICTURES: Final = "".join(chr(code) if 0x20 <= code < 0x7F else "·" for code in range(256))


_LOOKED_AT: Final = 4096
# How files begin. Sources: the formats' own specifications (PNG §5.2, JFIF, GIF89a, ISO 32000 §7.5.2, PKWARE APPNOTE
# §4.3.7, RFC 1952, ISO/IEC 14496-12, RFC 3533, RIFF, RFC 9639, ID3v2.4 §3.1, 3GPP TS 26.101; an MPEG audio frame of
# layer III: ISO/IEC 11172-3 §2.4.1.3).
_SIGNATURES: Final = tuple(
    (re.compile(beginning, re.DOTALL), name)
    for beginning, name in (
        (rb"\x89PNG\r\n\x1a\n", "PNG image"),
        (rb"\xff\xd8\xff", "JPEG image"),
        (rb"GIF8[79]a", "GIF image"),
        (rb"RIFF....WEBP", "WebP image"),
        (rb"RIFF....WAVE", "WAV audio"),
        (rb"RIFF....AVI ", "AVI video"),
        (rb"BM....\0\0\0\0", "BMP image"),
        (rb"II\*\0|MM\0\*", "TIFF image"),
        (rb"%PDF-", "PDF document"),
        (rb"PK\x03\x04", "ZIP archive"),
        (rb"PK\x05\x06", "ZIP archive, empty"),
        (rb"\x1f\x8b\x08", "gzip data"),
        (rb"BZh", "bzip2 data"),
        (rb"\xfd7zXZ\0", "xz data"),
        (rb"\x28\xb5\x2f\xfd", "Zstandard data"),
        (rb"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
        (rb".{257}ustar", "tar archive"),
        (rb"....ftyp3gp", "3GPP video"),
        (rb"....ftypM4A", "MPEG-4 audio"),
        (rb"....ftypqt  ", "QuickTime video"),
        (rb"....ftyphei", "HEIF image"),
        (rb"....ftypavif", "AVIF image"),
        (rb"....ftyp", "MPEG-4 video"),
        (rb"OggS", "Ogg audio"),
        (rb"fLaC", "FLAC audio"),
        (rb"#!AMR", "AMR audio"),
        (rb"\.snd", "AU audio"),
        (rb"ID3|\xff[\xe2\xe3\xea\xeb\xf2\xf3\xfa\xfb][\x10-\xef]", "MP3 audio"),
        (rb"\x1aE\xdf\xa3", "Matroska or WebM video"),
        (rb"BEGIN:VCARD", "contact (vCard)"),
        (rb"\xff\xfe\0\0|\0\0\xfe\xff", "text (UTF-32)"),
        (rb"\xff\xfe|\xfe\xff", "text (UTF-16)"),
    )
)


def file_type(content: bytes) -> str:
    """What bytes are, in words, by how they begin; never fails, and says so when it is unknown."""
    if not content:
        return "nothing"
    for beginning, name in _SIGNATURES:
        if beginning.match(content):
            return name
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")("strict").decode(content[:_LOOKED_AT])
    except UnicodeDecodeError:
        return "unknown bytes"
    if any(character < " " and character not in "\t\n\r\f" for character in text):
        return "unknown bytes"
    begun = text.lstrip()[:16].lower()
    if begun.startswith("<?xml"):
        return "XML text"
    if begun.startswith(("<!doctype html", "<html")):
        return "HTML text"
    return "text, maybe JSON" if begun.startswith(("{", "[")) else "text (UTF-8)"


class HexView(BodyView):
    """A binary body. Call `set_bytes`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._content = b""
        self._columns = _WIDE

    def set_bytes(self, content: bytes) -> None:
        """Show bytes, at once."""
        self.search("")
        self._content = content
        self.set_row_count(0)
        self._lay_out(0)
        self.set_note(f"{file_type(content)}, {say_size(len(content))}" if content else "No bytes.")

    def on_resize(self, event: events.Resize) -> None:
        """Sixteen bytes a line where there is room, else eight; the cursor stays on its byte."""
        self._lay_out(self.cursor * self._columns)

    def _lay_out(self, offset: int) -> None:
        self._columns = _WIDE if self.row_width >= _width_for(_WIDE) else _NARROW
        self.set_row_count(-(-len(self._content) // self._columns), cursor=offset // self._columns)

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        columns = self._columns
        part = self._content[index * columns : (index + 1) * columns]
        digits = part.hex(" ")
        groups = [digits[start : start + 3 * _NARROW].rstrip() for start in range(0, len(digits), 3 * _NARROW)]
        yield f"{index * columns:08x}  ", "muted"
        yield "  ".join(groups).ljust(_hex_cells(columns)) + "  ", "plain"
        yield part.decode("latin-1").translate(_PICTURES), "good"

    def offset_at(self, line: int) -> int:
        return line * self._columns

    def go_to_offset(self, offset: int) -> None:
        self.cursor = offset // self._columns

    def finder(self, sought: str) -> Callable[[Callable[[], None], array[int]], bool]:
        """Bytes when it reads as pairs of hexadecimal digits (`89 50` or `0x8950`), else a text in UTF-8."""
        content, stripped = self._content, sought.strip()
        pairs = _HEX.fullmatch(stripped)
        if pairs and (" " in stripped or ":" in stripped or stripped[:2] in ("0x", "\\x")):
            pattern = re.compile(re.escape(bytes.fromhex(pairs[1].replace(":", " "))))
        else:
            pattern = re.compile(re.escape(sought.encode("utf-8", "replace")), case_flag(sought))
        return lambda checkpoint, found: find_all(content, pattern, checkpoint, found)


def _hex_cells(columns: int) -> int:
    return 3 * columns - 1 + (columns // _NARROW - 1)


def _width_for(columns: int) -> int:
    return 10 + _hex_cells(columns) + 2 + columns
