"""The files of messages, and the host that stores them: another origin than the API's, which wants no credentials.

Nothing is ever fetched: what a file holds came with it, in a `data:` URL, or follows from its type and SID.
"""

from __future__ import annotations

import base64
import struct
import zlib

from tui.http_server.http_messages import Request, Response
from tui.sandbox.account import SandboxAccount
from tui.sandbox.identity import derive
from tui.sandbox.messages import StoredMedia, StoredMessage

MEDIA_PREFIX = "/media/"

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


def media_path(secret: str, message: StoredMessage, media: StoredMedia) -> str:
    """Return the path at which the bytes are; `secret` makes it one that cannot be guessed."""
    return f"{MEDIA_PREFIX}{message.sid}/{media.sid}/{derive(0, f'{secret}/{media.sid}')}"


def media_bytes(media: StoredMedia) -> bytes:
    """Return the bytes of a file: those that came with it, or else made up."""
    if media.content is not None:
        return media.content
    match media.content_type:
        case "image/png":
            return _png(bytes.fromhex(media.sid[2:8]))
        case "image/gif":
            return _gif(bytes.fromhex(media.sid[2:8]))
        case "image/jpeg":
            return base64.b64decode(_JPEG)
        case "application/pdf":
            return _pdf()
        case "audio/wav" | "audio/x-wav":
            return _wav()
        case "text/vcard":
            return b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Maya Okafor\r\nTEL;TYPE=CELL:+14155550123\r\nEND:VCARD\r\n"
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


def _wav() -> bytes:
    """Return a tenth of a second of silence."""
    samples = b"\x80" * 800
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


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


def serve(account: SandboxAccount, request: Request) -> Response:
    """Answer a request to the storage host. Credentials are refused, as a signed URL has its own."""
    if request.header("authorization"):
        return _refused(400, "Only one way of authentication is allowed; the URL has its own.")
    if request.method not in ("GET", "HEAD"):
        return _refused(405, "A file can be read here, and nothing else.")
    sid = request.path.removeprefix(MEDIA_PREFIX).partition("/")[0]
    message = account.find(sid) if request.path.startswith(MEDIA_PREFIX) else None
    for media in message.media if message else ():
        if message and request.path == media_path(account.identity.auth_token, message, media):
            return Response(200, (("Content-Type", media.content_type),), media_bytes(media))
    return _refused(404, "There is no such file.")


def _refused(status: int, words: str) -> Response:
    return Response(status, (("Content-Type", "text/plain"),), f"{words}\n".encode())
