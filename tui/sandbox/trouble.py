"""Carries a fault out: around the honest answer to a request, or instead of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.http_server.http_messages import Answer, Dripping, RawBytes, Reset, Response, Truncated
from tui.sandbox.faults import Fault, Kind

_HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>"
    b"<body><h1>Bad gateway</h1><p>The server is taking a rest.</p></body></html>\n"
)
_GARBAGE = b"\x16\x03\x01\x02\x00 this is not HTTP \x00\xff\r\n\r\n"


async def suffer(
    fault: Fault,
    process: Callable[[], Response],
    refuse: Callable[[int], Response],
    wait: Callable[[float], Awaitable[None]],
) -> tuple[Answer, int]:
    """Return what a request hit by `fault` is answered with, and the HTTP status that shows (0 for none).

    `process` carries the request out and returns the honest answer; `refuse` answers with an error code;
    `wait` lets that many seconds pass.
    """
    match Kind(fault.kind):
        case Kind.RATE_LIMIT:
            limited = refuse(20429)
            if fault.retry_after is not None:
                value = fault.retry_after
                text = f"{value:g}" if isinstance(value, int | float) else value
                limited = _with_header(limited, "Retry-After", text)
            return limited, 429
        case Kind.ERROR_BEFORE:
            return refuse(20500), 500
        case Kind.ERROR_AFTER:
            process()
            return refuse(20500), 500
        case Kind.RESET_BEFORE:
            return Reset(), 0
        case Kind.RESET_AFTER:
            process()
            return Reset(), 0
        case Kind.DELAY:
            honest = process()
            await wait(fault.seconds)
            return honest, honest.status
        case Kind.DELAY_BEFORE:
            await wait(fault.seconds)
            honest = process()
            return honest, honest.status
        case Kind.TRUNCATED:
            honest = process()
            return Truncated(honest, len(honest.body) // 2), honest.status
        case Kind.DRIP:
            honest = process()
            return Dripping(honest, seconds=fault.seconds or 0.05), honest.status
        case Kind.GARBAGE:
            process()
            return RawBytes(_GARBAGE), 0
        case Kind.HTML:
            status = fault.status or 502
            return Response(status, (("Content-Type", "text/html; charset=utf-8"),), _HTML), status
        case Kind.WRONG_JSON:
            process()
            status = fault.status or 200
            body = b'{"hello": ["this", "is", 1, null, {"not": "what was asked for"}], "messages": 7}'
            return Response(status, (("Content-Type", "application/json"),), body), status


def _with_header(response: Response, name: str, value: str) -> Response:
    return Response(response.status, (*response.headers, (name, value)), response.body)
