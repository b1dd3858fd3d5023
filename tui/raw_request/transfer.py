"""A request's body streamed from disk, a response read within a memory limit, and the progress of both.

Both a multipart form and a lone file are read anew for each attempt, and their length is known before the first byte
leaves. A file that is no longer what it was measured to be ends the attempt before the body is complete, so that no
half-written file is taken for a whole one. Must not know the network, attempts or retries.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import stat
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tui.raw_request.model import FILES, FORM, MOST_BODY_KEPT, FilePart
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer
from tui.twilio.exchange import IncomingResponse, RequestBody
from tui.twilio.media_types import type_by_name

LARGEST_SPILL = 1024 * 1024 * 1024
"""Bytes of a decoded response that are written to a file; the bound against decompression bombs on disk."""

Spill = Callable[[], BinaryIO]
"""Opens a file for a response that is too large for memory."""

_PIECE = 256 * 1024
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")
_WORD = r"[\w!#$&^.+-]+"
_TYPE = re.compile(rf'{_WORD}/{_WORD}(\s*;\s*{_WORD}=({_WORD}|"[^"\\\r\n\x00]*"))*', re.ASCII)


class FileChanged(NoAnswer):
    """A file was changed while it was being sent; the request was broken off.

    Attributes:
        field: the input at fault.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path} changed while it was being sent; the upload was broken off.",
            "Wait until nothing writes to it, then send again.",
            sent=True,
        )
        self.field = FILES


@dataclass(frozen=True, slots=True)
class Measured:
    """A file's size and time of change when the request was prepared: a whole body, or a part of one.

    Attributes:
        size: bytes.
        changed: nanoseconds of its last change, the file system's.
    """

    path: Path
    size: int
    changed: int

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return self.size

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The file from its first byte on.

        Raises:
            FileChanged: it is not as it was measured.
        """
        with _open(self.path) as file:
            left = self.size
            while left:
                # A disk can be slow, a network share slower; keys must not wait for it.
                piece = await asyncio.to_thread(_read, file, min(left, _PIECE))
                if not piece:
                    raise FileChanged(self.path)
                left -= len(piece)
                yield piece
            now = os.fstat(file.fileno())
            if (now.st_size, now.st_mtime_ns) != (self.size, self.changed):
                raise FileChanged(self.path)


@dataclass(frozen=True, slots=True)
class Multipart:
    """A multipart/form-data body: bytes and files in turn."""

    boundary: str
    sections: tuple[bytes | Measured, ...]

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return sum(len(section) if isinstance(section, bytes) else section.size for section in self.sections)

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header."""
        plain = re.fullmatch(r"[0-9A-Za-z'+_.-]+", self.boundary)
        quote = "" if plain else '"'
        return f"multipart/form-data; boundary={quote}{self.boundary}{quote}"

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The body from its first byte on.

        Raises:
            FileChanged: a file is not as it was measured.
        """
        for section in self.sections:
            if isinstance(section, bytes):
                yield section
            else:
                async with aclosing(section.pieces()) as pieces:
                    async for piece in pieces:
                        yield piece


def new_boundary() -> str:
    """A random boundary."""
    return f"----tuilio{secrets.token_hex(16)}"


def build(form: Sequence[tuple[str, str]], files: Sequence[FilePart], boundary: str) -> Multipart:
    """The body of a multipart form: fields first, then files, each in order.

    Raises:
        InvalidRequest: a name or value cannot be sent, or a file cannot be read.
    """
    sections: list[bytes | Measured] = []
    dashes = b"--" + boundary.encode("ascii")
    text = b""
    for key, value in form:
        head = f'Content-Disposition: form-data; name="{escape(key)}"\r\n\r\n{value}'
        text += dashes + b"\r\n" + _encode(FORM, key, head) + b"\r\n"
    for part in files:
        measured = measure(part.path, FILES, f"“{part.key}”")
        name = part.filename or measured.path.name
        head = (
            f'Content-Disposition: form-data; name="{escape(part.key)}"; filename="{escape(name)}"\r\n'
            f"Content-Type: {content_type_of(part)}\r\n\r\n"
        )
        sections.append(text + dashes + b"\r\n" + _encode(FILES, part.key, head))
        sections.append(measured)
        text = b"\r\n"
    sections.append(text + dashes + b"--\r\n")
    return Multipart(boundary, tuple(sections))


def escape(name: str) -> str:
    """A name between quotes as browsers write it (https://html.spec.whatwg.org/#multipart-form-data)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def content_type_of(part: FilePart) -> str:
    """The content type a file is sent with: as typed, else by its name.

    Raises:
        InvalidRequest: the typed one is not a content type.
    """
    typed = (part.content_type or "").strip()
    if not typed:
        return type_by_name(part.filename or Path(part.path).name)
    if not _TYPE.fullmatch(typed):
        raise InvalidRequest(
            FILES, f"The content type of “{part.key}” is not one.", "Write it like image/png, or leave it empty."
        )
    return typed


def measure(named: str | Path, field: str, owner: str) -> Measured:
    """Stat a file, and try to open it.

    Args:
        named: its path; a leading `~` is the home folder.
        field, owner: the input that names it and what it is for, both for errors.

    Raises:
        InvalidRequest: it is missing, unreadable, or no ordinary file.
    """
    if not str(named):
        raise InvalidRequest(field, f"No file is chosen for {owner}.", "Give its path.")
    try:
        path = Path(named).expanduser()
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):
            kind = "a folder" if stat.S_ISDIR(seen.st_mode) else "not an ordinary file"
            raise InvalidRequest(field, f"{path} is {kind}.", "Choose a file.")
        with path.open("rb"):
            return Measured(path, seen.st_size, seen.st_mtime_ns)
    except FileNotFoundError:
        raise InvalidRequest(field, f"There is no file {named}.", "Check the path.") from None
    except OSError as problem:
        why = problem.strerror or "it cannot be opened"
        raise InvalidRequest(field, f"The file {named} cannot be read: {why}.", "Check its permissions.") from None
    except (ValueError, RuntimeError):
        # A NUL in the path, or a ~name nobody has.
        raise InvalidRequest(field, f"The path of {owner} cannot be read.", "Write it out in full.") from None


def boundary_of(content_type: str) -> str | None:
    """The boundary a typed Content-Type asks for; None when it names none that can be used."""
    found = re.search(r';\s*boundary=(?:"([^"]*)"|([^\s;]*))\s*(?:;|$)', content_type, re.IGNORECASE)
    boundary = (found[1] or found[2] or "") if found else ""
    return boundary if _BOUNDARY.fullmatch(boundary) else None


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError:
        raise FileChanged(path) from None


def _read(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError:
        return b""


def _encode(field: str, key: str, text: str) -> bytes:
    try:
        # A file name on disk may hold bytes that are no UTF-8; they go out as they are.
        return text.encode("utf-8", "surrogateescape" if field == FILES else "strict")
    except UnicodeEncodeError:
        raise InvalidRequest(
            field, f"“{escape(key)}” holds half of a character (a lone surrogate).", "Type it again."
        ) from None


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one attempt, in bytes.

    Attributes:
        to_receive: the Content-Length, None when there is none or the body is compressed.
    """

    sent: int = 0
    to_send: int = 0
    received: int = 0
    to_receive: int | None = None


OnProgress = Callable[[Progress], object]


class ProgressBody:
    """A request body that reports its progress.

    Attributes:
        beginning: its first bytes, at most `MOST_BODY_KEPT`, as far as they left.
    """

    def __init__(self, body: RequestBody, on_progress: OnProgress | None) -> None:
        self.beginning = b""
        self._body = body
        self._on_progress = on_progress
        self._under_way: list[AsyncGenerator[bytes]] = []

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return self._body.length

    def pieces(self) -> AsyncGenerator[bytes]:
        """The body from its first byte on."""
        pieces = self._counted()
        self._under_way.append(pieces)
        return pieces

    async def aclose(self) -> None:
        """Close the files that an ended attempt left open."""
        for pieces in self._under_way:
            await pieces.aclose()

    async def _counted(self) -> AsyncGenerator[bytes]:
        sent = 0
        async with aclosing(self._body.pieces()) as pieces:
            async for piece in pieces:
                yield piece
                # Asked for the next one: the network has taken this one.
                sent += len(piece)
                if len(self.beginning) < MOST_BODY_KEPT:
                    self.beginning += piece[: MOST_BODY_KEPT - len(self.beginning)]
                if self._on_progress is not None:
                    self._on_progress(Progress(sent, self.length))


class ResponseReader:
    """Reads one response: its headers, its body up to a limit of memory, the rest into a file.

    Attributes:
        head: status and headers, None until they have arrived.
        size: decoded bytes received.
        announced: the Content-Length, as `Progress.to_receive`.
        cut: whether `content` is not the whole body.
        note: one sentence about a body that is not whole here; may be empty.
    """

    def __init__(self, largest: int, spill: Spill | None, on_progress: OnProgress | None) -> None:
        self.head: IncomingResponse | None = None
        self.size = 0
        self.announced: int | None = None
        self.cut = False
        self.note = ""
        self._largest = largest
        self._spill = spill
        self._on_progress = on_progress
        self._body = bytearray()

    @property
    def content(self) -> bytes:
        """The body, or its first part when `cut`."""
        return bytes(self._body)

    async def read(self, incoming: IncomingResponse) -> bytes:
        """Read a response; returns no bytes, since the body is kept here even when it breaks off.

        Raises:
            BadAnswer: the file cannot take it.
        """
        self.head = incoming
        announced = self.announced = _announced(incoming)
        file: BinaryIO | None = None
        async for piece in incoming.pieces:
            self.size += len(piece)
            if self._on_progress is not None:
                self._on_progress(Progress(received=self.size, to_receive=announced))
            if file is None and self.size <= self._largest:
                self._body += piece
                continue
            if file is None:
                self.cut = True
                file = self._open(incoming)
                self._body += piece[: self._largest - len(self._body)]
            if file is None:
                self.note = f"The answer is larger than {_megabytes(self._largest)}; the rest was not read."
                return b""
            self._write(incoming, file, piece)
        if file is not None:
            self.note = f"The answer is larger than {_megabytes(self._largest)}; all of it went to a file."
        return b""

    def _open(self, incoming: IncomingResponse) -> BinaryIO | None:
        """A file that holds what was received so far; None where there may be none."""
        if self._spill is None:
            return None
        try:
            file = self._spill()
        except OSError as problem:
            raise _unwritable(incoming, problem) from None
        self._write(incoming, file, bytes(self._body))
        return file

    def _write(self, incoming: IncomingResponse, file: BinaryIO, piece: bytes) -> None:
        if self.size > LARGEST_SPILL:
            raise BadAnswer(
                incoming.status,
                f"The answer is larger than {_megabytes(LARGEST_SPILL)} and was broken off.",
                "Ask for less at a time.",
            )
        try:
            file.write(piece)
        except OSError as problem:
            raise _unwritable(incoming, problem) from None


def _announced(incoming: IncomingResponse) -> int | None:
    headers = {name.lower(): value for name, value in incoming.headers}
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 19 and "content-encoding" not in headers else None


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.3g} MB"


def _unwritable(incoming: IncomingResponse, problem: OSError) -> BadAnswer:
    why = problem.strerror or "it failed"
    return BadAnswer(incoming.status, f"The answer could not be written to its file: {why}.", "Choose another place.")
