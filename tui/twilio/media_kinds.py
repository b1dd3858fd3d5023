"""What kind of file a medium is: judged by how it begins, then by the type that was declared; and a name for it.

Type, name and content come from whoever sent the message. Of the name little is left, and its ending is always one of
this table, none of which a system runs. Pure functions over bytes and texts; must not open a file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from tui.safe_text import is_unseen, safe_text
from tui.size_format import say_size

BEGINNING: Final = 4096
"""Bytes of a file by which its kind is told."""

LONGEST_NAME: Final = 60
"""Characters of a file's name, its ending left out."""

Opens = Literal["at once", "asks", "never"]


@dataclass(frozen=True, slots=True)
class MediaKind:
    """One kind of file.

    Attributes:
        words: such as "JPEG image".
        suffix: of its files, with the dot.
        opens: whether a program may be given it at once, after a question, or not at all.
        why: the reason for a question or a refusal, as a sentence; empty where it opens at once.
        is_text: whether it can be read in a pager.
    """

    words: str
    suffix: str
    opens: Opens = "at once"
    why: str = ""
    is_text: bool = False


_SCRIPTS = "It may run scripts, and load what tells others that it was opened."
_MACROS = "It may hold macros, which are programs."
_ARCHIVE = "What is packed in it may be anything, programs too."
_FORMULAS = "A spreadsheet may run formulas that stand in it."
_STORED = "The program that takes it may add it to your contacts or your calendar."

_KINDS: Final = {
    "image/jpeg": MediaKind("JPEG image", ".jpg"),
    "image/png": MediaKind("PNG image", ".png"),
    "image/gif": MediaKind("GIF image", ".gif"),
    "image/webp": MediaKind("WebP image", ".webp"),
    "image/bmp": MediaKind("BMP image", ".bmp"),
    "image/tiff": MediaKind("TIFF image", ".tif"),
    "image/heic": MediaKind("HEIC image", ".heic"),
    "image/avif": MediaKind("AVIF image", ".avif"),
    "image/svg+xml": MediaKind("SVG drawing", ".svg", "asks", _SCRIPTS, is_text=True),
    "application/pdf": MediaKind("PDF document", ".pdf"),
    "audio/aac": MediaKind("AAC audio", ".aac"),
    "audio/amr": MediaKind("AMR audio", ".amr"),
    "audio/mp4": MediaKind("M4A audio", ".m4a"),
    "audio/mpeg": MediaKind("MP3 audio", ".mp3"),
    "audio/ogg": MediaKind("Ogg audio", ".ogg"),
    "audio/flac": MediaKind("FLAC audio", ".flac"),
    "audio/wav": MediaKind("WAV audio", ".wav"),
    "video/3gpp": MediaKind("3GPP video", ".3gp"),
    "video/3gpp2": MediaKind("3GPP2 video", ".3g2"),
    "video/mp4": MediaKind("MP4 video", ".mp4"),
    "video/mpeg": MediaKind("MPEG video", ".mpg"),
    "video/ogg": MediaKind("Ogg video", ".ogv"),
    "video/quicktime": MediaKind("QuickTime video", ".mov"),
    "video/webm": MediaKind("WebM video", ".webm"),
    "video/x-msvideo": MediaKind("AVI video", ".avi"),
    "text/plain": MediaKind("text", ".txt", is_text=True),
    "text/vcard": MediaKind("contact (vCard)", ".vcf", "asks", _STORED, is_text=True),
    "text/calendar": MediaKind("calendar entry", ".ics", "asks", _STORED, is_text=True),
    "text/csv": MediaKind("CSV table", ".csv", "asks", _FORMULAS, is_text=True),
    "text/html": MediaKind("web page", ".html", "asks", _SCRIPTS, is_text=True),
    "application/xml": MediaKind("XML text", ".xml", "asks", _SCRIPTS, is_text=True),
    "application/json": MediaKind("JSON text", ".json", is_text=True),
    "text/rtf": MediaKind("RTF document", ".rtf", "asks", "It may hold objects that run programs."),
    "application/msword": MediaKind("Word document", ".doc", "asks", _MACROS),
    "application/vnd.ms-excel": MediaKind("Excel sheet", ".xls", "asks", _MACROS),
    "application/vnd.ms-powerpoint": MediaKind("PowerPoint slides", ".ppt", "asks", _MACROS),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": MediaKind(
        "Word document", ".docx", "asks", _MACROS
    ),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": MediaKind(
        "Excel sheet", ".xlsx", "asks", _MACROS
    ),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": MediaKind(
        "PowerPoint slides", ".pptx", "asks", _MACROS
    ),
    "application/vnd.apple.pkpass": MediaKind("pass for a wallet", ".pkpass", "asks", _STORED),
    "application/zip": MediaKind("ZIP archive", ".zip", "asks", _ARCHIVE),
    "application/gzip": MediaKind("gzip archive", ".gz", "asks", _ARCHIVE),
    "application/x-bzip2": MediaKind("bzip2 archive", ".bz2", "asks", _ARCHIVE),
    "application/x-tar": MediaKind("tar archive", ".tar", "asks", _ARCHIVE),
}
"""Media type → kind. No suffix here is one of a program, a script, a shortcut or an installer on any system."""

PROGRAM: Final = MediaKind("program", ".bin", "never", "It is a program or a script, whatever it was called.")
UNKNOWN: Final = MediaKind("unknown", ".bin", "asks", "What kind of file it is cannot be told.")

_ALIASES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/heif": "image/heic",
    "image/x-ms-bmp": "image/bmp",
    "audio/3gpp": "video/3gpp",
    "audio/3gpp2": "video/3gpp2",
    "audio/mp3": "audio/mpeg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/opus": "audio/ogg",
    "application/ogg": "audio/ogg",
    "audio/x-wav": "audio/wav",
    "audio/webm": "video/webm",
    "text/x-vcard": "text/vcard",
    "text/directory": "text/vcard",
    "application/vcard": "text/vcard",
    "application/rtf": "text/rtf",
    "text/xml": "application/xml",
    "application/xhtml+xml": "text/html",
    "text/x-csv": "text/csv",
}

_ZIPPED: Final = tuple(kind for kind in _KINDS if "openxmlformats" in kind or kind.endswith("pkpass"))
_OLE: Final = ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")

_RUNS: Final = (
    *(b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    *(b"\0asm", b"dex\n", b"L\0\0\0\x01\x14\x02\0", b"!<arch>\n", b"\xed\xab\xee\xdb"),
)
"""How programs, shortcuts and packages begin."""

_RUNS_AS_TEXT: Final = (
    "#!",
    "[desktop entry]",
    "[internetshortcut]",
    "@echo off",
    "<?php",
    "<hta:",
    "windows registry",
)

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"{\\rtf", "text/rtf"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
)

_BRANDS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"avi", "image/avif"),
    (b"hei", "image/heic"),
    (b"hev", "image/heic"),
    (b"mif1", "image/heic"),
    (b"msf1", "image/heic"),
    (b"M4A", "audio/mp4"),
    (b"qt  ", "video/quicktime"),
    (b"3g2", "video/3gpp2"),
    (b"3g", "video/3gpp"),
    (b"", "video/mp4"),
)
"""The brand of a file of the ISO base format → its type; the last is every other."""


def media_type(declared: str) -> str:
    """The bare media type of a Content-Type, in small letters, by its usual name; empty for what is none."""
    bare = declared[:200].partition(";")[0].strip().lower()
    return _ALIASES.get(bare, bare) if re.fullmatch(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", bare, re.ASCII) else ""


def say_type(declared: str) -> str:
    """A declared type in words, safe to show: its kind's, or itself where that is none of the table."""
    bare = media_type(declared)
    known = _KINDS.get(bare)
    return known.words if known else safe_text(bare, limit=40) or "of no type"


def say_file(declared: str, size: int | None) -> str:
    """A file in words, safe to show: `JPEG image · 48.2 kB`; without its size where that is not known."""
    return f"{say_type(declared)} · {say_size(size)}" if size is not None else say_type(declared)


def judge(declared: str, beginning: bytes) -> MediaKind:
    """The kind of a file by how it begins; by its declared type only where that shows nothing against it.

    `beginning` is its first `BEGINNING` bytes, or all of it.
    """
    claimed = media_type(declared)
    text = _as_text(beginning)
    found = _by_magic(claimed, beginning)
    if found:
        return _KINDS[found]
    if text is None:
        return PROGRAM if beginning.startswith(_RUNS) else UNKNOWN
    opening = text.lstrip("\ufeff \t\r\n").lower()
    if opening.startswith(_RUNS_AS_TEXT):
        return PROGRAM
    if re.match(r"<[a-z!?]", opening):
        return _KINDS[_marked_up(opening)]
    if opening.startswith("begin:vcard"):
        return _KINDS["text/vcard"]
    if opening.startswith("begin:vcalendar"):
        return _KINDS["text/calendar"]
    if claimed in ("text/csv", "application/json"):
        return _KINDS[claimed]
    return _KINDS["text/plain"] if beginning else UNKNOWN


def _marked_up(opening: str) -> str:
    """Which of the languages that begin with `<` it is."""
    if "<svg" in opening:
        return "image/svg+xml"
    return "application/xml" if opening.startswith("<?xml") and "<html" not in opening else "text/html"


def _by_magic(claimed: str, beginning: bytes) -> str:
    """The type that the first bytes of a file are the mark of; `claimed` chooses among those that share one."""
    for mark, kind in _MAGIC:
        if beginning.startswith(mark):
            return kind
    if beginning.startswith(b"RIFF"):
        shared = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
        return shared.get(beginning[8:12], "")
    if beginning.startswith(b"OggS"):
        return "video/ogg" if claimed == "video/ogg" else "audio/ogg"
    if beginning[4:8] == b"ftyp":
        return next(kind for brand, kind in _BRANDS if beginning[8:12].startswith(brand))
    if beginning.startswith(b"PK\x03\x04"):
        return claimed if claimed in _ZIPPED else "application/zip"
    if beginning.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # An installer of Windows begins like that as well, and would be named so that nothing runs it.
        return claimed if claimed in _OLE else ""
    if beginning[257:262] == b"ustar":
        return "application/x-tar"
    return _by_few_bits(claimed, beginning)


def _by_few_bits(claimed: str, beginning: bytes) -> str:
    """The same for marks so short that the declared type has to agree."""
    fits: dict[str, Callable[[bytes], bool]] = {
        "image/bmp": lambda data: data.startswith(b"BM"),
        "audio/mpeg": lambda data: data[:1] == b"\xff" and data[1:2] >= b"\xe0",
        "audio/aac": lambda data: data[:2] in (b"\xff\xf1", b"\xff\xf9"),
    }
    check = fits.get(claimed)
    return claimed if check is not None and check(beginning) else ""


def _as_text(beginning: bytes) -> str | None:
    """The beginning as UTF-8, a cut last character left out; None for what is no text."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return None
    return None if any(sign < " " and sign not in "\t\n\v\f\r\x1b" for sign in text) else text


# -- names -----------------------------------------------------------------------------------------------

_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever ending they have."""


def declared_name(disposition: str) -> str:
    """The file's name in a Content-Disposition header, as it was sent; empty where there is none."""
    header = disposition[:4000]
    if found := re.search(r"filename\*\s*=\s*(?:utf-8)?'[^']*'([^;\s]+)", header, re.IGNORECASE):
        return unquote(found[1], errors="replace")
    found = re.search(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', header, re.IGNORECASE)
    return (found[1] or found[2] or "") if found else ""


def file_name(wanted: str, otherwise: str, suffix: str) -> str:
    """A name for a file: letters, digits and blanks of the wanted one, and the suffix of its kind.

    No folder, no dot or dash in front, nothing that turns the direction of writing, no other ending than `suffix`.

    Args:
        wanted: the name that was sent, if any.
        otherwise: what it is called where nothing of that is left; a plain name itself.
        suffix: of its kind, with the dot.
    """
    stem = re.split(r"[/\\]", unicodedata.normalize("NFC", wanted[:400]))[-1]
    stem = re.sub(r"\.[^.]{0,12}$", "", stem)
    kept = "".join(sign if _is_plain(sign) else "_" for sign in stem)
    kept = re.sub(r"[_\s]{2,}", "_", kept)[:LONGEST_NAME].strip(" _-.")
    # A name of 255 bytes is the longest of most systems; a letter has up to four.
    if not kept or _RESERVED.fullmatch(kept):
        kept = otherwise
    return f"{kept}{suffix}"


def _is_plain(sign: str) -> bool:
    return sign in " _-" or (unicodedata.category(sign)[0] in "LMN" and not is_unseen(sign))
