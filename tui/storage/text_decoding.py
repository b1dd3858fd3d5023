"""From the bytes of a text file to its text and lines: UTF-8, UTF-16, and what Western programs wrote before them.

What is no text is named. Pure, and in bounded pieces: other threads, the one that draws among them, have no turn until
one call that is written in C is done, so that nothing here goes over a whole file, or a line of any length, in one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tui.storage.errors import StorageError

MOST_LINES: Final = 2_000_000
"""Lines of a file; pictures in vCards have 75 characters a line."""

_PIECE: Final = 128 * 1024
"""Bytes that are decoded in one go."""

_BEGINNING: Final = 10_000
"""Bytes by which a file is known."""

_MOSTLY: Final = 0.6
_AT_MOST_ODD: Final = 0.25
_LEAST_LETTERS: Final = 12

_AS_CSV: Final = "Save it as CSV (UTF-8) in its own program, and choose that."
_AS_UTF_8: Final = "Save it as CSV UTF-8 in its own program, and choose that."

_KINDS: Final = (
    (b"\xd0\xcf\x11\xe0", "a workbook of an old spreadsheet (.xls)"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a document (.rtf)"),
    (b"\x1f\x8b", "a compressed file (.gz)"),
    (b"7z\xbc\xaf", "a compressed file (.7z)"),
    (b"SQLite format 3", "a database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)
_ZIPPED: Final = (
    (b"opendocument.spreadsheet", "a spreadsheet itself (.ods)"),
    (b"opendocument", "a document (.odt)"),
    (b"xl/", "a spreadsheet itself (.xlsx)"),
    (b"word/", "a document (.docx)"),
    (b"Index/", "a spreadsheet itself (.numbers)"),
)
"""What stands in the beginning of a ZIP file, by what it holds."""

_MARKUP: Final = re.compile(rb"\s*(?:<\?xml|<!doctype|<html|<table|<workbook)", re.IGNORECASE)


class TextUnread(StorageError):
    """Bytes are no text that can be read.

    Attributes:
        line: where, from 1; None for all of it.
    """

    def __init__(self, reason: str, remedy: str, line: int | None = None) -> None:
        super().__init__(reason, remedy)
        self.line = line


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes are read.

    Attributes:
        codec: Python's name of it.
        said: what people call it.
        mark: how many bytes at the beginning say so, and are no text.
    """

    codec: str
    said: str
    mark: int = 0


_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_UTF_8: Final = Encoding("utf-8", "UTF-8")
_WINDOWS: Final = Encoding("cp1252", "Windows-1252 (Latin-1)")
_OLD_MAC: Final = Encoding("mac_roman", "Mac Roman")


def find_encoding(data: bytes) -> Encoding:
    """What its mark says, else UTF-8 where it is that, else what Windows or an old Mac uses in the West.

    Raises:
        TextUnread: it is no text.
    """
    for mark, codec, said in _MARKS:
        if data.startswith(mark):
            return Encoding(codec, said, len(mark))
    if kind := _kind_of(data[:_BEGINNING]):
        raise TextUnread(f"This is {kind}, no text.", _AS_CSV)
    # Without a mark every other byte of a Western text is nothing.
    for codec, nothing in (("utf-16-le", data[1:2000:2]), ("utf-16-be", data[0:2000:2])):
        if len(nothing) > 1 and nothing.count(0) > len(nothing) * _MOSTLY:
            return Encoding(codec, "UTF-16")
    if data.count(0, 0, _BEGINNING) > 0:
        raise TextUnread("This is no text: it holds bytes that no text has.", _AS_CSV)
    try:
        for _ in _pieces(data, _UTF_8, "strict"):
            pass
    except _Undecodable as problem:
        before = data[: problem.place]
        # Where other letters were UTF-8 so far, this one is damaged; the first one may be in another encoding.
        if not before.isascii() or _HALF.match(data, problem.place):
            return _UTF_8
        return _WINDOWS if b"\n" in data or b"\r" not in data else _with_returns(data, problem.place)
    return _UTF_8


def decoded(data: bytes, encoding: Encoding, *, strict: bool) -> Iterator[str]:
    """The text in pieces; what is wrong with it is refused with `strict`, and replaced otherwise.

    Raises:
        TextUnread: a place is wrong, or the letters are those of another encoding.
    """
    if not strict:
        yield from _pieces(data, encoding, "replace")
        return
    if encoding in (_WINDOWS, _OLD_MAC) and _is_foreign(_sample(data).decode(encoding.codec, "replace")):
        reason = (
            "It cannot be told how this file writes its letters: they come to nothing in UTF-8 and in Windows-1252."
        )
        raise TextUnread(reason, _AS_UTF_8)
    try:
        yield from _pieces(data, encoding, "strict")
    except _Undecodable as problem:
        line = 1 + sum(map(_ends, _pieces(data[: problem.place], encoding, "replace")))
        half = encoding.codec.startswith(("utf-16", "utf-32")) or (
            encoding.codec == "utf-8" and _HALF.match(data, problem.place)
        )
        what = "half of a character" if half else f"a byte that is no {encoding.said}"
        raise TextUnread(f"Line {line:,} holds {what}.", _AS_UTF_8, line) from None


def in_pieces(text: str) -> Iterator[str]:
    """A text in pieces, as `lines` takes them."""
    for place in range(0, len(text), _PIECE):
        yield text[place : place + _PIECE]


_LINES: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def lines(pieces: Iterable[str], longest: int) -> Iterator[tuple[int, str]]:
    """The lines with their numbers from 1 and their ends, of whatever system; of a long one not much over `longest`.

    Raises:
        TextUnread: there are more than any such file has.
    """
    number, begun, held = 0, "", ""
    for piece in pieces:
        # Whether a line feed follows a return at the end of a piece, the next one shows.
        whole, held = (held + piece, "") if not piece.endswith("\r") else (held + piece[:-1], "\r")
        for part in _LINES.findall(whole):
            begun = begun + part if len(begun) <= longest else begun + part[-1]
            if part[-1] in "\r\n":
                number += 1
                if number > MOST_LINES:
                    raise TextUnread(f"This file has more than {MOST_LINES:,} lines.", "Choose another file.")
                yield number, begun
                begun = ""
    if begun or held:
        yield number + 1, begun + held


_HALF: Final = re.compile(rb"\xed[\xa0-\xbf]")
"""A surrogate as UTF-8 would write it, if it did."""


class _Undecodable(Exception):
    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place


def _pieces(data: bytes, encoding: Encoding, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
    place = len(data)
    try:
        for place in range(encoding.mark, len(data), _PIECE):
            yield decoder.decode(data[place : place + _PIECE])
        place = len(data)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as problem:
        # What it kept of the piece before comes first.
        kept = len(problem.object) - len(data[place : place + _PIECE])
        raise _Undecodable(place - kept + problem.start) from None


def _kind_of(beginning: bytes) -> str:
    """What kind of file that is no text it is; "" for none that is known."""
    if beginning.startswith(b"PK\x03\x04"):
        return next((said for inside, said in _ZIPPED if inside in beginning), "a spreadsheet itself (.xlsx) or a ZIP")
    if _MARKUP.match(beginning):
        return "a web page or XML"
    return next((said for begin, said in _KINDS if beginning.startswith(begin)), "")


def _ends(text: str) -> int:
    return text.count("\n") or text.count("\r")


def _sample(data: bytes) -> bytes:
    """Some of it from about its first letter beyond ASCII on."""
    places = range(0, len(data), _PIECE)
    begin = next((each for each in places if not data[each : each + _PIECE].isascii()), 0)
    return data[begin : begin + _PIECE]


def _with_returns(data: bytes, place: int) -> Encoding:
    """How a file whose lines end as on an old Mac writes its letters: those of the likelier reading are small ones."""
    sample = data[max(0, place - 100) : place + _PIECE]
    return max(_OLD_MAC, _WINDOWS, key=lambda each: _likelihood(sample.decode(each.codec, "replace")))


def _likelihood(text: str) -> int:
    """How many letters beyond ASCII look right: small ones, or capitals where a word begins, rather than signs."""
    found = re.findall(r"(.?)([^\x00-\x7f])", text)
    return sum(1 if each.isalpha() and (each.islower() or not before.islower()) else -1 for before, each in found)


def _is_foreign(text: str) -> bool:
    """Whether what is beyond ASCII stands in long runs, or is signs that hardly any Western text has."""
    runs = re.findall(r"[^\x00-\x7f]+", text)
    every = sum(map(len, runs))
    long, odd = sum(len(run) for run in runs if len(run) > 2), len(re.findall("[‚ƒ†‡ˆ‰‹˜›]", text))
    return every >= _LEAST_LETTERS and (long > every * _MOSTLY or odd > every * _AT_MOST_ODD)
