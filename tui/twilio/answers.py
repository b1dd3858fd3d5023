"""An answer as it came from the wire, and what it says in Twilio's terms.

Both shapes of error are read: the classic `{"code", "message", "more_info", "status"}` and the RFC 9457
problem documents of newer hosts (`type`, `title`, `detail`, `status`, sometimes `code`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import cast

from tui.twilio.errors import ApiError, BadAnswer
from tui.twilio.lenient_json import as_int, as_text

LONGEST_WAIT = 3600.0
"""Seconds: a Retry-After beyond this is taken as this."""

LARGEST_JSON = 16 * 1024 * 1024
"""Bytes of JSON that are read: a list of a thousand of the longest messages has twelve million."""

MOST_VALUES = 500_000
"""Values in JSON that is read: such a list has fifty thousand. Reading so many takes some 0.2 s under the interpreter's
lock, which keys wait for in whatever thread it is done."""

LARGEST_ERROR = 256 * 1024
"""Bytes of an error that are read; Twilio's have a few hundred."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in their order, and the decoded body.

    Attributes:
        elapsed: seconds from the start of the attempt to the last byte.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    http_version: str
    elapsed: float

    def header(self, name: str) -> str:
        """The first header of that name, any case; empty when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


def read_json(answer: Answer) -> dict[str, object]:
    """The JSON object of a good answer; an empty one for 204.

    Raises:
        ApiError: Twilio's own error.
        BadAnswer: anything else that is not a JSON object with a 2xx status.
    """
    if answer.status >= 400:
        raise _error(answer)
    if 300 <= answer.status < 400:
        raise BadAnswer(
            answer.status,
            f"The answer is a redirect ({answer.status}), which Twilio does not use here.",
            "Check the connection's base URL; it was not followed.",
        )
    if answer.status == 204 and not answer.content:
        return {}
    if not is_readable(answer.content):
        raise BadAnswer(
            answer.status,
            f"The answer holds more than any list of Twilio's ({len(answer.content):,} bytes), and was not read.",
            "Check the base URL; ask for less at a time.",
        )
    document = document_of(answer)
    if document is None:
        raise BadAnswer(answer.status, *_not_json(answer))
    return document


def is_readable(content: bytes) -> bool:
    """Whether JSON is small enough to be read without the keys noticing; counts, which takes 1 ms a megabyte."""
    if len(content) > LARGEST_JSON:
        return False
    return len(content) < MOST_VALUES or sum(content.count(mark) for mark in (b",", b"[", b"{")) <= MOST_VALUES


def retry_after(answer: Answer) -> float | None:
    """Seconds the `Retry-After` header asks for, an hour at most; None when it asks for nothing readable.

    A date is read against the answer's own Date header, since this machine's clock may be off.
    """
    text = answer.header("retry-after").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
        wait = (until - parsedate_to_datetime(answer.header("date"))).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def _error(answer: Answer) -> ApiError | BadAnswer:
    document = document_of(answer) if len(answer.content) <= LARGEST_ERROR else None
    if document is None:
        if answer.status in (401, 429) or not answer.content:
            return ApiError(answer.status, None, "", retry_after=retry_after(answer))
        return BadAnswer(answer.status, *_not_json(answer))
    code = as_int(document.get("code"))
    if code is None:
        # RFC 9457 keeps the code in the last part of the type URI.
        code = as_int(as_text(document.get("type")).rstrip("/").rpartition("/")[2])
    message = as_text(document.get("message")) or as_text(document.get("detail")) or as_text(document.get("title"))
    return ApiError(
        answer.status,
        code,
        message,
        request_id=answer.header("twilio-request-id"),
        retry_after=retry_after(answer),
        more_info=as_text(document.get("more_info")) or as_text(document.get("type")),
    )


def document_of(answer: Answer) -> dict[str, object] | None:
    """The JSON object an answer holds, whatever its status and size; None where it holds none."""
    try:
        value: object = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _not_json(answer: Answer) -> tuple[str, str]:
    start = answer.content[:512].lstrip().lower()
    if "html" in answer.header("content-type").lower() or start.startswith((b"<!doctype html", b"<html")):
        return (
            f"The answer ({answer.status}) is a web page, not Twilio's.",
            "A proxy or a log-in page may stand in between; check the network and the base URL.",
        )
    return (
        f"The answer ({answer.status}) is not the JSON that Twilio sends.",
        "Check the base URL; try again if the network is unsteady.",
    )
