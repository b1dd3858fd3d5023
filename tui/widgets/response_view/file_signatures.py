"""What bytes are, by how they begin: a small table of signatures, for a body whose type nobody told or told wrong."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FileSignature:
    """A type of file.

    Attributes:
        name: in words.
        media_type: its registered name.
        suffix: what its files end in, with the dot.
    """

    name: str
    media_type: str
    suffix: str


UNKNOWN: Final = FileSignature("unknown bytes", "application/octet-stream", ".bin")
EMPTY: Final = FileSignature("nothing", "application/octet-stream", ".bin")
TEXT: Final = FileSignature("text (UTF-8)", "text/plain", ".txt")

_LOOKED_AT: Final = 4096

# Offset, signature. Sources: the formats' own specifications (PNG §5.2, JFIF, GIF89a, ISO 32000 §7.5.2,
# PKWARE APPNOTE §4.3.7, RFC 1952, ISO/IEC 14496-12, RFC 3533, RIFF, RFC 9639, ID3v2.4 §3.1, 3GPP TS 26.101).
_SIGNATURES: Final[tuple[tuple[tuple[tuple[int, bytes], ...], FileSignature], ...]] = (
    (((0, b"\x89PNG\r\n\x1a\n"),), FileSignature("PNG image", "image/png", ".png")),
    (((0, b"\xff\xd8\xff"),), FileSignature("JPEG image", "image/jpeg", ".jpg")),
    (((0, b"GIF87a"),), FileSignature("GIF image", "image/gif", ".gif")),
    (((0, b"GIF89a"),), FileSignature("GIF image", "image/gif", ".gif")),
    (((0, b"RIFF"), (8, b"WEBP")), FileSignature("WebP image", "image/webp", ".webp")),
    (((0, b"RIFF"), (8, b"WAVE")), FileSignature("WAV audio", "audio/wav", ".wav")),
    (((0, b"RIFF"), (8, b"AVI ")), FileSignature("AVI video", "video/x-msvideo", ".avi")),
    (((0, b"BM"), (6, b"\0\0\0\0")), FileSignature("BMP image", "image/bmp", ".bmp")),
    (((0, b"II*\0"),), FileSignature("TIFF image", "image/tiff", ".tif")),
    (((0, b"MM\0*"),), FileSignature("TIFF image", "image/tiff", ".tif")),
    (((0, b"%PDF-"),), FileSignature("PDF document", "application/pdf", ".pdf")),
    (((0, b"PK\x03\x04"),), FileSignature("ZIP archive", "application/zip", ".zip")),
    (((0, b"PK\x05\x06"),), FileSignature("ZIP archive, empty", "application/zip", ".zip")),
    (((0, b"\x1f\x8b\x08"),), FileSignature("gzip data", "application/gzip", ".gz")),
    (((0, b"BZh"),), FileSignature("bzip2 data", "application/x-bzip2", ".bz2")),
    (((0, b"\xfd7zXZ\0"),), FileSignature("xz data", "application/x-xz", ".xz")),
    (((0, b"\x28\xb5\x2f\xfd"),), FileSignature("Zstandard data", "application/zstd", ".zst")),
    (((0, b"7z\xbc\xaf\x27\x1c"),), FileSignature("7-Zip archive", "application/x-7z-compressed", ".7z")),
    (((257, b"ustar"),), FileSignature("tar archive", "application/x-tar", ".tar")),
    (((4, b"ftyp3gp"),), FileSignature("3GPP video", "video/3gpp", ".3gp")),
    (((4, b"ftypM4A"),), FileSignature("MPEG-4 audio", "audio/mp4", ".m4a")),
    (((4, b"ftypqt  "),), FileSignature("QuickTime video", "video/quicktime", ".mov")),
    (((4, b"ftyphei"),), FileSignature("HEIF image", "image/heic", ".heic")),
    (((4, b"ftypavif"),), FileSignature("AVIF image", "image/avif", ".avif")),
    (((4, b"ftyp"),), FileSignature("MPEG-4 video", "video/mp4", ".mp4")),
    (((0, b"OggS"),), FileSignature("Ogg audio", "audio/ogg", ".ogg")),
    (((0, b"fLaC"),), FileSignature("FLAC audio", "audio/flac", ".flac")),
    (((0, b"#!AMR"),), FileSignature("AMR audio", "audio/amr", ".amr")),
    (((0, b".snd"),), FileSignature("AU audio", "audio/basic", ".au")),
    (((0, b"ID3"),), FileSignature("MP3 audio", "audio/mpeg", ".mp3")),
    (((0, b"\x1aE\xdf\xa3"),), FileSignature("Matroska or WebM video", "video/webm", ".webm")),
    (((0, b"BEGIN:VCARD"),), FileSignature("contact (vCard)", "text/vcard", ".vcf")),
    (((0, codecs.BOM_UTF32_LE),), FileSignature("text (UTF-32)", "text/plain", ".txt")),
    (((0, codecs.BOM_UTF32_BE),), FileSignature("text (UTF-32)", "text/plain", ".txt")),
    (((0, codecs.BOM_UTF16_LE),), FileSignature("text (UTF-16)", "text/plain", ".txt")),
    (((0, codecs.BOM_UTF16_BE),), FileSignature("text (UTF-16)", "text/plain", ".txt")),
)
_MP3: Final = FileSignature("MP3 audio", "audio/mpeg", ".mp3")
_TEXTS: Final = (
    ((b"<?xml",), FileSignature("XML text", "application/xml", ".xml")),
    ((b"<!doctype html", b"<html"), FileSignature("HTML text", "text/html", ".html")),
    ((b"{", b"["), FileSignature("text, maybe JSON", "application/json", ".json")),
)


def kind_of(content: bytes) -> FileSignature:
    """The type found in the first bytes; never fails, and says unknown when it is."""
    if not content:
        return EMPTY
    for parts, kind in _SIGNATURES:
        if all(content.startswith(signature, offset) for offset, signature in parts):
            return kind
    if _is_text(content[:_LOOKED_AT]):
        begun = content[:_LOOKED_AT].removeprefix(codecs.BOM_UTF8).lstrip()[:16].lower()
        return next((kind for beginnings, kind in _TEXTS if begun.startswith(beginnings)), TEXT)
    return _MP3 if _is_mpeg_frame(content) else UNKNOWN


def _is_text(beginning: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")("strict").decode(beginning)
    except UnicodeDecodeError:
        return False
    return not any(character < " " and character not in "\t\n\r\f" for character in text)


def _is_mpeg_frame(content: bytes) -> bool:
    """Whether a frame header of MPEG audio layer III stands first (ISO/IEC 11172-3 §2.4.1.3)."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE6 != 0xE2:
        return False
    return content[2] >> 4 not in (0, 15) and content[2] >> 2 & 3 != 3
