"""Responses on disk: one that is too large for memory, and any that is saved; and the text for the pager."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tui.raw_request.model import RawResponse
from tui.storage.files import open_private
from tui.twilio.media_types import suffix_of

LARGEST_LAID_OUT = 8_000_000
"""Characters of JSON that are laid out for a pager; more would take seconds."""


class ResponseFile:
    """A nameless temporary file for the whole of a response that outgrew memory; it goes when it is closed, or when the
    program ends in any way.
    """

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._copying = threading.Lock()

    @property
    def holds_one(self) -> bool:
        """Whether there is a response in it."""
        return self._file is not None

    def open(self) -> BinaryIO:
        """A new file in place of the last.

        Raises:
            OSError: the temporary folder (`TMPDIR`) cannot take it.
        """
        self.drop()
        self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `drop`
        return file

    def drop(self) -> None:
        """Close the file, which deletes it."""
        file, self._file = self._file, None
        if file is not None:
            # What could not be written is being thrown away.
            with suppress(OSError):
                file.close()

    def copy_to(self, file: BinaryIO) -> None:
        """Copy it into another file, whole.

        Raises:
            OSError: it cannot be written, or read back.
            ValueError: it was dropped, also while it is copied.
        """
        with self._copying:
            held = self._file
            if held is None:
                raise ValueError("the answer is another one by now")
            held.seek(0)
            shutil.copyfileobj(held, file, 1024 * 1024)


def write_answer(path: Path, content: bytes | ResponseFile, *, replace: bool) -> int:
    """Save a response's body, whole or not at all; returns the bytes written.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
        ValueError: the `ResponseFile` was dropped.
    """
    # It may be about other people: for nobody else's eyes.
    with open_private(path, replace=replace) as file:
        if isinstance(content, ResponseFile):
            content.copy_to(file)
        else:
            file.write(content)
        return file.tell()


def readable(response: RawResponse) -> str:
    """The body as text for a pager: JSON is indented, unless it is long, broken, or would lose something by it."""
    text = response.shown().text
    if response.response_type != "json" or response.cut or len(text) > LARGEST_LAID_OUT:
        return text
    try:
        found: object = json.loads(text, object_pairs_hook=_members, parse_float=_number)
        return json.dumps(found, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name stands there twice, and one would be lost")
    return members


def _number(text: str) -> float:
    if repr(float(text)) != text:
        raise ValueError("it would be written otherwise")
    return float(text)


def ending_of(response: RawResponse) -> str:
    """The suffix, with its dot, of a file that the body is saved to."""
    return suffix_of(response.content_type) or (".json" if response.response_type == "json" else ".bin")
