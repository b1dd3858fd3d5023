"""The console's form as texts, and as a request. Pure: what is typed is never changed by reading it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from tui.screens.console.pairs import read_pairs, read_parts, write_pairs, write_parts
from tui.storage.typed_request import TypedRequest
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM as FORM_TYPE
from tui.twilio.raw_request import DATA, FilePart, RawRequest

_TYPE = "content-type"

T = TypeVar("T")

BODY_KINDS = ("none", "raw", "form", "multipart")
"""Nothing; bytes as typed; `a=b` lines sent urlencoded; fields and files."""

MESSAGES_PATH = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"


NEWEST_MESSAGES = TypedRequest(path=MESSAGES_PATH, query="PageSize=20")
"""What the form begins with: the question that is asked most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the form says.

    Attributes:
        request: None when there are problems.
        problems: what cannot be read, one an input at most.
    """

    request: RawRequest | None
    problems: tuple[InvalidRequest, ...] = ()


def read(typed: TypedRequest) -> Reading:
    """Read the form; whether the request may be sent is `tui.twilio.raw.check`'s to say."""
    problems: list[InvalidRequest] = []

    query = _tried(problems, lambda: read_pairs(typed.query, field="Query"), ())
    headers = _tried(problems, lambda: read_pairs(typed.headers, field="Headers", separators=":="), ())
    data: str | None = None
    form: tuple[tuple[str, str], ...] = ()
    files: tuple[FilePart, ...] = ()
    if typed.body_kind == "raw":
        data = typed.body or None
    elif typed.body_kind == "form":
        data = _tried(problems, lambda: _urlencoded(typed.body), None)
    elif typed.body_kind == "multipart":
        form, files = _tried(problems, lambda: read_parts(typed.body), ((), ()))
    timeout = _tried(problems, lambda: _number("Timeout", typed.timeout, 30.0), 30.0)
    retries = _tried(problems, lambda: _whole("Max Retry Count", typed.retries), 0)
    delay = _tried(problems, lambda: _whole("Retry Delay", typed.delay), 0)
    if problems:
        return Reading(None, tuple(problems))
    return Reading(
        RawRequest(
            typed.method.strip(),
            typed.path.strip(),
            query,
            headers,
            data,
            form,
            files,
            typed.response_type,
            timeout,
            retries,
            delay,
            typed.all_errors,
            typed.backoff,
        )
    )


def write(request: RawRequest) -> TypedRequest:
    """A form that says what the request is: for pasted commands, next pages and redirects.

    Raises:
        InvalidRequest: the form cannot hold it.
    """
    kind, body = "none", ""
    if request.form or request.files:
        kind, body = "multipart", write_parts(tuple(request.form), tuple(request.files))
    elif request.data:
        kind, body = _body(request)
    return TypedRequest(
        request.method,
        request.path,
        write_pairs(request.query),
        write_pairs(request.headers, separator=":"),
        kind,
        body,
        request.response_type,
        "" if request.timeout == 30.0 else _written(request.timeout),
        str(request.max_retries or ""),
        str(request.retry_delay_ms or ""),
        request.exponential_backoff,
        request.retry_all_errors,
    )


def _body(request: RawRequest) -> tuple[str, str]:
    """The kind and the text of a body: lines of pairs where they come out as the same bytes again."""
    try:
        data = request.data.decode("utf-8") if isinstance(request.data, bytes) else request.data or ""
    except UnicodeDecodeError:
        raise InvalidRequest(DATA, "The body holds bytes that are no text.", "Send it as a file instead.") from None
    typed = [value.partition(";")[0].strip().lower() for name, value in request.headers if name.lower() == _TYPE]
    if all(each == FORM_TYPE for each in typed) and "=" in data:
        pairs = parse_qsl(data, keep_blank_values=True, errors="surrogateescape")
        lines = write_pairs(pairs)
        with suppress(InvalidRequest):
            if _urlencoded(lines) == data:
                return "form", lines
    return "raw", data


def _urlencoded(lines: str) -> str | None:
    pairs = read_pairs(lines, field=DATA)
    try:
        return urlencode(pairs, quote_via=quote) or None
    except UnicodeEncodeError:
        raise InvalidRequest(DATA, "A line holds half of a character (a lone surrogate).", "Type it again.") from None


def _written(seconds: float) -> str:
    short = f"{seconds:g}"
    return short if float(short) == seconds else repr(seconds)


def _tried(problems: list[InvalidRequest], reading: Callable[[], T], instead: T) -> T:
    try:
        return reading()
    except InvalidRequest as problem:
        problems.append(problem)
        return instead


def _number(field: str, text: str, blank: float) -> float:
    text = text.strip()
    if not text:
        return blank
    try:
        # Python reads 1_0 and other scripts' digits as numbers as well; nobody who types them means one.
        return float(text if text.isascii() and "_" not in text else "")
    except ValueError:
        raise InvalidRequest(field, f"“{text}” is not a number of seconds.", "Give one such as 30 or 2.5.") from None


def _whole(field: str, text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest(field, f"“{text}” is not a whole number.", "Give 0 or more, without a sign or a point.")
    return int(text)
