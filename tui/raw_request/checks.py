"""Validate a hand-made request before anything is sent: at most one problem for each input.

Stats files, never reads them. Must not know httpx or a client; the URL policy decides where a request may go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast
from urllib.parse import quote

from tui.http_server.http_messages import FRAMING_HEADERS
from tui.raw_request.model import (
    BACKOFF,
    DATA,
    FILES,
    FORM,
    HEADERS,
    MAX_RETRIES,
    METHOD,
    QUERY,
    RESPONSE_TYPE,
    RESPONSE_TYPES,
    RETRY_ALL,
    RETRY_DELAY,
    TIMEOUT,
    URL,
    FilePart,
    RawRequest,
)
from tui.raw_request.transfer import boundary_of, build, measure
from tui.twilio.errors import InvalidRequest
from tui.twilio.url_policy import Resolved, UrlPolicy

LONGEST_TIMEOUT = 24 * 3600.0
"""Seconds; a request that may take longer than a day is a slip of the finger."""

LONGEST_DELAY_MS = 24 * 3600 * 1000
"""Milliseconds between attempts, at most."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE_REFUSED = re.compile(r"[^\t -~\x80-\xff]")
_ACCOUNT = re.compile(r"\$\{TWILIO_ACCOUNT_SID\}|\$TWILIO_ACCOUNT_SID(?![A-Za-z0-9_])")


def find_problems(policy: UrlPolicy, account_sid: str, request: RawRequest) -> tuple[InvalidRequest, ...]:
    """Everything that is wrong, in the order of the form, at most one problem for each input."""
    seen: dict[str, InvalidRequest] = {}
    checks = (
        _check_method(request),
        _check_url(policy, account_sid, request),
        _check_headers(request),
        _check_body(request),
        _check_form(request),
        _check_files(request),
        _check_response_type(request),
        _check_numbers(request),
    )
    for check in checks:
        try:
            for problem in check:
                seen.setdefault(problem.field, problem)
        except InvalidRequest as problem:
            seen.setdefault(problem.field, problem)
    return tuple(seen.values())


def locate(policy: UrlPolicy, account_sid: str, request: RawRequest) -> str:
    """The effective URL; raises as `resolve`."""
    return resolve(policy, account_sid, request).url


def resolve(policy: UrlPolicy, account_sid: str, request: RawRequest) -> Resolved:
    """The effective URL, and whether another host than the typed one will be asked.

    Raises:
        InvalidRequest: the path or the query cannot be used.
    """
    path = _ACCOUNT.sub(lambda _: quote(account_sid, safe=""), request.path)
    if not path:
        raise InvalidRequest(URL, "There is no path.", "Give one such as /Accounts/$TWILIO_ACCOUNT_SID/Messages.json.")
    if "#" in path:
        raise InvalidRequest(URL, "What follows a # never leaves this machine.", "Take it out, or write %23.")
    where = path.partition("?")[0]
    unknown = re.search(r"\$(?:\w+|\{\w*\}?)", where)
    if unknown is not None:
        reason = f"{unknown[0]} is no variable here, only $TWILIO_ACCOUNT_SID is."
        raise InvalidRequest(URL, reason, "Put the value in its place.")
    gap = re.search(r"\{\w+\}|…|\.{3,}", where)
    if gap is not None:
        raise InvalidRequest(URL, f"{gap[0]} stands for something.", "Put the value in its place.")
    return policy.resolve(path, request.query)


def clean_headers(request: RawRequest) -> tuple[tuple[str, str], ...]:
    """The typed headers as they go out: names without blanks, values without blanks around them."""
    return tuple((name.strip(), value.strip(" \t")) for name, value in request.headers)


def body_bytes(data: str | bytes | None) -> bytes | None:
    """The body as typed; None when nothing was.

    Raises:
        InvalidRequest: the text holds what has no bytes.
    """
    if not data:
        return None
    if isinstance(data, bytes):
        return data
    try:
        return data.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidRequest(DATA, "The body holds half of a character (a lone surrogate).", "Type it again.") from None


def _check_method(request: RawRequest) -> Iterator[InvalidRequest]:
    method = request.method.strip()
    if not method:
        yield InvalidRequest(METHOD, "There is no method.", "Choose one such as GET or POST.")
    elif not _TOKEN.fullmatch(method):
        yield InvalidRequest(METHOD, "A method is one word of letters.", "Write it like GET or PURGE.")
    elif method.upper() == "CONNECT":
        yield InvalidRequest(METHOD, "CONNECT opens a tunnel and is no request.", "Choose another method.")


def _check_url(policy: UrlPolicy, account_sid: str, request: RawRequest) -> Iterator[InvalidRequest]:
    _check_pairs(QUERY, request.query)
    locate(policy, account_sid, request)
    yield from ()


def _check_headers(request: RawRequest) -> Iterator[InvalidRequest]:
    _check_pairs(HEADERS, request.headers)
    for name, value in clean_headers(request):
        low = name.lower()
        if not _TOKEN.fullmatch(name):
            shown = ascii(name)[1:-1]
            yield InvalidRequest(
                HEADERS, f"“{shown}” is not a header's name.", "Use letters, digits and hyphens, without a colon."
            )
        elif low in FRAMING_HEADERS:
            yield InvalidRequest(HEADERS, f"{name} is set by the connection itself.", "Take the header out.")
        elif low in ("authorization", "proxy-authorization"):
            yield InvalidRequest(
                HEADERS, f"{name} is always the connection's own.", "Take it out, or choose another connection."
            )
        refused = _HEADER_VALUE_REFUSED.search(value)
        if refused is not None:
            what = (
                "a line end"
                if refused[0] in "\r\n"
                else f"a character that headers cannot carry (U+{ord(refused[0]):04X})"
            )
            yield InvalidRequest(HEADERS, f"The value of {ascii(name)[1:-1]} holds {what}.", "Take it out.")
        elif low == "content-type" and request.is_multipart and not _is_multipart_type(value):
            yield InvalidRequest(
                HEADERS,
                "Content-Type does not fit a multipart form.",
                "Take the header out, or write multipart/form-data; boundary=… in full.",
            )


def _is_multipart_type(value: str) -> bool:
    return value.lower().startswith("multipart/") and boundary_of(value) is not None


def _check_body(request: RawRequest) -> Iterator[InvalidRequest]:
    if not isinstance(cast("object", request.data), str | bytes | None):
        yield InvalidRequest(DATA, "The body is neither text nor bytes.", "Write it as text.")
        return
    if request.data and request.is_multipart:
        yield InvalidRequest(
            DATA, "There are two bodies: data, and a form with fields or files.", "Empty one of the two."
        )
    body_bytes(request.data)
    if request.data_file is None:
        return
    if not isinstance(cast("object", request.data_file), str | Path):
        yield InvalidRequest(DATA, "The body's file is not given by its path.", "Write the path as text.")
    elif request.data or request.is_multipart:
        other = "a form with fields or files" if request.is_multipart else "data"
        yield InvalidRequest(DATA, f"There are two bodies: a file, and {other}.", "Empty one of the two.")
    else:
        measure(request.data_file, DATA, "the body")


def _check_form(request: RawRequest) -> Iterator[InvalidRequest]:
    _check_pairs(FORM, request.form)
    for key, _ in request.form:
        if not key:
            yield InvalidRequest(FORM, "A field of the form has no name.", "Name it, or take it out.")
    build(request.form, (), "-")


def _check_files(request: RawRequest) -> Iterator[InvalidRequest]:
    for part in request.files:
        if not isinstance(cast("object", part), FilePart):
            yield InvalidRequest(FILES, "A file is given without its key.", "Give a key and a path.")
            return
        if not part.key:
            yield InvalidRequest(FILES, f"The file {part.path} has no key.", "Name the form's field it belongs to.")
    build((), request.files, "-")


def _check_response_type(request: RawRequest) -> Iterator[InvalidRequest]:
    if request.response_type not in RESPONSE_TYPES:
        yield InvalidRequest(
            RESPONSE_TYPE, "There is no such response type.", f"Choose one of {', '.join(RESPONSE_TYPES)}."
        )


def _check_numbers(request: RawRequest) -> Iterator[InvalidRequest]:
    timeout = cast("object", request.timeout)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        yield InvalidRequest(TIMEOUT, "The timeout is not a number.", "Give seconds, such as 30.")
    elif timeout > LONGEST_TIMEOUT:
        yield InvalidRequest(TIMEOUT, "The timeout is longer than a day.", "Give seconds, such as 30.")
    elif not timeout > 0:
        yield InvalidRequest(TIMEOUT, "The timeout is not more than nothing.", "Give seconds, such as 30 or 2.5.")
    yield from _check_whole(MAX_RETRIES, request.max_retries, 1_000_000, "Give a whole number such as 0 or 3.")
    yield from _check_whole(
        RETRY_DELAY, request.retry_delay_ms, LONGEST_DELAY_MS, "Give whole milliseconds, at most a day's."
    )
    for field, value in ((RETRY_ALL, request.retry_all_errors), (BACKOFF, request.exponential_backoff)):
        if not isinstance(cast("object", value), bool):
            yield InvalidRequest(field, "This is neither yes nor no.", "Switch it on or off.")


def _check_whole(field: str, value: object, most: int, remedy: str) -> Iterator[InvalidRequest]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield InvalidRequest(field, "This is not a whole number.", remedy)
    elif not 0 <= value <= most:
        yield InvalidRequest(field, "This is less than nothing." if value < 0 else "This is too much.", remedy)


def _check_pairs(field: str, pairs: Iterable[object]) -> None:
    for pair in pairs:
        words = cast("tuple[object, ...]", pair) if isinstance(pair, tuple | list) else ()
        if len(words) != 2 or not all(isinstance(word, str) for word in words):
            raise InvalidRequest(field, "A row is not a name with a value.", "Give both as text.")
