"""The history of hand-made requests, newest first, kept across runs: bounded, mode 0600, without secrets.

A file of one JSON object a line, appended to; now and then the oldest are dropped by writing it anew. A line that
cannot be read is skipped, since losing one is better than losing all.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from tui.raw_request.form_text import RequestText, expand, typed_from
from tui.raw_request.redaction import redact, redact_text
from tui.raw_request.variables import Variables
from tui.storage.document import as_table
from tui.storage.errors import StorageError
from tui.storage.files import FILE_MODE, lock, make_folder, read_regular, sweep, write_atomic
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from io import FileIO
    from pathlib import Path

KEPT: Final = 500
"""Requests that are kept."""

STOPPED: Final = "stopped"
"""The words of a request that was stopped."""

LARGEST_BODY: Final = 16 * 1024
"""Characters of a request's body, path, query, headers or values that are kept; of a longer one nothing is, and the
entry says so: half of a request would be another one."""

LARGEST_ANSWER: Final = 64 * 1024
"""Characters of an answer that are kept, where answers are kept at all."""

LONGEST_WORDS: Final = 300
LONGEST_SECRET: Final = 1024

LARGEST_FILE: Final = 8 * 1024 * 1024
"""Bytes of the file before the older half is dropped."""

_ENORMOUS: Final = 2**53
"""Larger numbers were never measured."""


class HistoryUnsaved(StorageError):
    """The request is kept until the program ends, but is not on disk."""


@dataclass(frozen=True, slots=True)
class PastRequest:
    """A request that was made, and its outcome.

    Attributes:
        at: when it was sent, aware.
        connection: the name of the connection it was made with.
        status: the HTTP status, None when no whole response came.
        words: the outcome in a few words; remote text may be in it.
        elapsed: seconds of the last attempt.
        size: bytes of the response's body.
        body_dropped: whether a part of the request, usually its body, was too long to be kept.
        answer: the beginning of the response's text, None where responses are not kept.
        values: what its variables stood for: reference without the `$` → value.
    """

    at: datetime
    connection: str
    request: RequestText
    status: int | None = None
    words: str = ""
    elapsed: float = 0.0
    size: int = 0
    body_dropped: bool = False
    answer: str | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def as_sent(self) -> RequestText:
        """The request with the values that its variables stood for; as it was typed where they are not kept."""
        try:
            return expand(self.request, Variables(self.values))
        except InvalidRequest:
            return self.request


class RequestHistory:
    """The requests at `path`, or in memory with none. Usable from any thread."""

    def __init__(self, path: Path | None, *, kept: int = KEPT) -> None:
        self._path = path
        self._kept = kept
        self._guard = threading.RLock()
        # What could not be written, or may not be; newest last.
        self._memory: list[PastRequest] = []

    def entries(self) -> tuple[PastRequest, ...]:
        """The requests, newest first. Never raises: an unreadable file counts as empty."""
        # Whoever reads waits for nobody, though a writer may wait seconds for another program.
        found = [past for line in self._lines() if (past := _decode(line)) is not None] + self._memory
        found.sort(key=lambda past: past.at)
        return tuple(reversed(found[-self._kept :]))

    def add(self, past: PastRequest, hide: Callable[[str], str] = lambda text: text) -> PastRequest:
        """Add a request without its secrets; returns it as it is kept.

        Args:
            past: the request.
            hide: masks the connection's credentials in a text.

        Raises:
            HistoryUnsaved: it is kept here, but not on disk.
        """
        safe = _without_secrets(past, hide)
        why = ""
        with self._guard:
            if self._path is not None:
                try:
                    make_folder(self._path.parent)
                    with lock(self._path):
                        self._append(self._path, _encode(safe))
                    return safe
                except OSError as problem:
                    why = problem.strerror or type(problem).__name__
            self._memory = [*self._memory, safe][-self._kept :]
        if self._path is not None:
            remedy = f"Check that {self._path.parent} can be written."
            raise HistoryUnsaved(f"The request history is not saved: {why}.", remedy)
        return safe

    def remove(self, past: PastRequest) -> None:
        """Delete one request, as `entries` gave it; does nothing where it is gone.

        Raises:
            OSError: the file stays as it is.
        """
        self._rewrite(lambda each: None if each == past else each, unreadable=True)

    def revise(self, edit: Callable[[PastRequest], PastRequest | None]) -> None:
        """Keep what `edit` makes of each request, None for nothing. Lines that cannot be read go: nobody knows whose
        words they have.

        Raises:
            OSError: the file stays as it is.
        """
        self._rewrite(edit, unreadable=False)

    def _rewrite(self, edit: Callable[[PastRequest], PastRequest | None], *, unreadable: bool) -> None:
        def edited(line: bytes) -> bytes:
            past = _decode(line)
            if past is None:
                return line if unreadable else b""
            kept = edit(past)
            return b"" if kept is None else line if kept is past else _encode(kept)

        with self._guard:
            self._memory = [kept for past in self._memory if (kept := edit(past)) is not None]
            if self._path is None or not os.path.lexists(self._path):
                return
            with suppress(FileNotFoundError), lock(self._path):
                lines = self._read(self._path)
                revised = [edited(line) for line in lines]
                if revised != lines:
                    write_atomic(self._path, b"".join(line + b"\n" for line in revised if line))

    def forget(self) -> None:
        """Delete every request.

        Raises:
            OSError: the file stays as it is.
        """
        with self._guard:
            self._memory = []
            if self._path is not None:
                with suppress(FileNotFoundError), lock(self._path):
                    self._path.unlink()

    def _lines(self) -> list[bytes]:
        if self._path is None:
            return []
        try:
            return self._read(self._path)
        except OSError:
            return []

    @staticmethod
    def _read(path: Path) -> list[bytes]:
        return read_regular(path, limit=2 * LARGEST_FILE, follow=False, tail=True).split(b"\n")

    def _append(self, path: Path, line: bytes) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, FILE_MODE)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "Not a regular file", str(path))
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), FILE_MODE)
            size = status.st_size
            # A program that died in the middle of a line must not spoil the next one as well.
            torn = size > 0 and os.lseek(file.fileno(), -1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
            try:
                _write_all(file, (b"\n" if torn else b"") + line + b"\n")
            except BaseException:
                file.truncate(size)
                raise
        lines = [each for each in self._lines() if each.strip()]
        if len(lines) > self._kept + self._kept // 5 or size + len(line) > LARGEST_FILE:
            self._drop_oldest(path, lines)

    def _drop_oldest(self, path: Path, lines: list[bytes]) -> None:
        kept: list[bytes] = []
        size = 0
        for line in reversed(lines[-self._kept :]):
            size += len(line) + 1
            if size > LARGEST_FILE // 2 and kept:
                break
            kept.append(line)
        write_atomic(path, b"\n".join(reversed(kept)) + b"\n")
        sweep(path.parent)


def _write_all(file: FileIO, data: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part and says so only at the next write."""
    while data:
        data = data[file.write(data) :]


def _without_secrets(past: PastRequest, hide: Callable[[str], str]) -> PastRequest:
    request = past.request
    too_long = [name for name in ("path", "query", "headers", "body") if len(getattr(request, name)) > LARGEST_BODY]
    request = redact(replace(request, **dict.fromkeys(too_long, "")), hide)
    values = {name: redact_text(value, hide) for name, value in past.values.items()}
    if sum(map(len, values.values())) > LARGEST_BODY:
        too_long, values = [*too_long, "values"], {}
    return replace(
        past,
        at=past.at.astimezone(UTC),
        request=request,
        words=redact_text(past.words, hide)[:LONGEST_WORDS],
        elapsed=round(past.elapsed, 3),
        body_dropped=past.body_dropped or bool(too_long),
        answer=None if past.answer is None else _beginning(past.answer, hide),
        values=values,
    )


def _beginning(answer: str, hide: Callable[[str], str]) -> str:
    # Concealed before it is cut: half of a secret would not be known for one. What is far behind is not looked at,
    # and where that cut fell is left out as well.
    near = redact_text(answer[: 2 * LARGEST_ANSWER], hide)
    if len(answer) > 2 * LARGEST_ANSWER:
        near = near[:-LONGEST_SECRET]
    return near[:LARGEST_ANSWER]


def _encode(past: PastRequest) -> bytes:
    line: dict[str, object] = {
        "at": past.at.isoformat(timespec="microseconds"),
        "connection": past.connection,
        "request": past.request.texts(),
        "words": past.words,
        "elapsed": past.elapsed,
        "size": past.size,
        "status": past.status,
        "body_dropped": past.body_dropped or None,
        "answer": past.answer,
        "values": dict(past.values) or None,
    }
    line = {name: value for name, value in line.items() if value is not None}
    # ASCII escapes carry even half a surrogate pair, which UTF-8 cannot.
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _decode(line: bytes) -> PastRequest | None:
    if not line.strip():
        return None
    try:
        table = as_table(cast("object", json.loads(line)))
        if table is None or (request := as_table(table.get("request"))) is None:
            return None
        at = datetime.fromisoformat(str(table.get("at")))
        elapsed = float(_number(table.get("elapsed")) or 0)
    except (ValueError, RecursionError, OverflowError):
        return None
    # In the calendar's first and last years another zone may lie outside it.
    if not MINYEAR < at.year < MAXYEAR:
        return None
    status, answer = _number(table.get("status")), table.get("answer")
    return PastRequest(
        at if at.tzinfo is not None else at.replace(tzinfo=UTC),
        _text(table.get("connection")),
        typed_from(request),
        None if status is None else int(status),
        _text(table.get("words")),
        elapsed,
        int(_number(table.get("size")) or 0),
        table.get("body_dropped") is True,
        answer if isinstance(answer, str) else None,
        {name: value for name, value in (as_table(table.get("values")) or {}).items() if isinstance(value, str)},
    )


def _number(value: object) -> int | float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if abs(value) < _ENORMOUS else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
