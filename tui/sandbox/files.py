"""The files of messages: Twilio's two steps to their bytes, and what the bytes are here.

`…/Messages/{MM}/Media/{ME}` without `.json`, with credentials, leads by 307 to an address that needs none and that
nobody can guess, as at Twilio. There it is a storage host, here it is the sandbox itself under `/media/`. The bytes
are the sandbox's own: nothing was ever fetched from a MediaUrl. A picture is a real one, of a colour of its own; of
types that are not in the table there are only a few words.
"""

from __future__ import annotations

import base64
import struct
import zlib

from tui.sandbox.identity import derive
from tui.sandbox.messages import Media, Message

PREFIX = "/media/"

_SIDE = 48
# A grey square of 48 dots, once made with Pillow.
_JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P//////////////////////////////////////"
    "////////////////////wAALCAAwADABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oA"
    "CAEBAAA/AKAAAAAAAAAAAD//2Q=="
)
_PDF_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Resources<<>>>>",
)


def address(secret: str, message: Message, media: Media) -> str:
    """Return the path at which the bytes are; `secret` makes it one that cannot be guessed."""
    return f"{PREFIX}{message.sid}/{media.sid}/{derive(0, f'{secret}/{media.sid}')}"


def content(media: Media) -> bytes:
    """Return the bytes of a file."""
    match media.content_type:
        case "image/png":
            return _png(bytes.fromhex(media.sid[2:8]))
        case "image/gif":
            return _gif(bytes.fromhex(media.sid[2:8]))
        case "image/jpeg":
            return base64.b64decode(_JPEG)
        case "application/pdf":
            return _pdf()
        case kind:
            return f"This stands for a file of type {kind}.\n".encode()


def _png(colour: bytes) -> bytes:
    """Return a square of one colour (red, green, blue)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    rows = (b"\0" + colour * _SIDE) * _SIDE
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _gif(colour: bytes) -> bytes:
    """Return a single dot of one colour (red, green, blue)."""
    screen = struct.pack("<HHBBB", 1, 1, 0x80, 0, 0)
    image = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02D\x01\x00"
    return b"GIF89a" + screen + colour + b"\0\0\0" + image + b";"


def _pdf() -> bytes:
    """Return one empty page."""
    text = b"%PDF-1.4\n"
    index = b"0000000000 65535 f \n"
    for number, written in enumerate(_PDF_OBJECTS, 1):
        index += b"%010d 00000 n \n" % len(text)
        text += b"%d 0 obj%sendobj\n" % (number, written)
    size = len(_PDF_OBJECTS) + 1
    return text + b"xref\n0 %d\n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        index,
        size,
        len(text),
    )
