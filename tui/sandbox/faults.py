"""Injected faults: which requests go wrong (a pattern of paths), how, and how often.

A fault is described once and used up request by request. The kinds:

    429            refused with 20429, nothing processed; `retry_after` seconds in Retry-After if given
    500-before     a 500 with 20500, nothing processed
    500-after      processed, and then answered with the same 500
    reset-before   the connection is reset, nothing processed
    reset-after    processed, and then the connection is reset
    delay          processed at once, answered `seconds` later
    delay-before   processed and answered `seconds` later
    truncated      processed; half of the answer arrives, then the connection closes
    drip           processed; the answer arrives a byte every `seconds`
    garbage        processed; answered with bytes that are not HTTP
    html           answered with an HTML page and `status` (502 if not given), nothing processed
    wrong-json     processed; answered with JSON of the wrong shape and `status` (200 if not given)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from tui.http_server.http_messages import Answer, Dripping, RawBytes, Reset, Response, Truncated
from tui.sandbox.patterns import read_pattern

MOST_WAITING = 100

_MOST = 1_000_000
_LONGEST = 200


class FaultKind(StrEnum):
    """How a request goes wrong; the module's text tells each."""

    RATE_LIMIT = "429"
    ERROR_BEFORE = "500-before"
    ERROR_AFTER = "500-after"
    RESET_BEFORE = "reset-before"
    RESET_AFTER = "reset-after"
    DELAY = "delay"
    DELAY_BEFORE = "delay-before"
    TRUNCATED = "truncated"
    DRIP = "drip"
    GARBAGE = "garbage"
    HTML = "html"
    WRONG_JSON = "wrong-json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble for the requests it fits.

    Attributes:
        kind: one of `FaultKind`, or its text.
        method: an HTTP method, `*` for every one.
        path: searched for in the path, see `read_pattern`; empty for every path.
        times: how many requests it strikes; 0 for all of them.
        skip: how many requests that fit pass unharmed first.
        seconds: how long `delay` waits, or between two bytes of `drip`.
        status: the HTTP status of `html` and `wrong-json`.
        retry_after: the Retry-After of `429`, in seconds or as any text; None for none.
    """

    kind: str
    method: str = "*"
    path: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    status: int | None = None
    retry_after: float | str | None = None

    def __post_init__(self) -> None:
        """Refuse what could never work, with a sentence that names the field."""
        if self.kind not in tuple(FaultKind):
            raise ValueError(f"kind {self.kind!r} is not one of {', '.join(FaultKind)}")
        try:
            read_pattern(self.path)
        except ValueError as problem:
            raise ValueError(f"path: {problem}") from None
        if not (0 <= self.times <= _MOST and 0 <= self.skip <= _MOST):
            raise ValueError(f"times and skip must be from 0 to {_MOST}; times=0 means every time")
        if not 0 <= self.seconds <= 600:
            raise ValueError("seconds must be from 0 to 600")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status must be from 200 to 599")
        if isinstance(self.retry_after, str):
            whole = self.retry_after.isprintable() and self.retry_after.isascii() and len(self.retry_after) <= _LONGEST
        else:
            whole = self.retry_after is None or abs(self.retry_after) <= _MOST
        if not whole or len(self.method) > _LONGEST:
            raise ValueError(
                f"retry_after is a number to {_MOST} or a text, it and method of at most {_LONGEST} characters"
            )

    def fits(self, method: str, path: str) -> bool:
        """Tell whether it is meant for this request."""
        return self.method.upper() in {"*", method.upper()} and read_pattern(self.path).fits(path)


class Faults:
    """The faults that are waiting, oldest first. The first that fits a request strikes it."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._over = asyncio.Event()

    def add(self, *faults: Fault) -> None:
        """Let faults wait for their requests, all of them or none.

        Raises:
            ValueError: that would be more than can wait.
        """
        if len(self._waiting) + len(faults) > MOST_WAITING:
            raise ValueError(f"{MOST_WAITING} faults are the most that can wait; forget those that do (DELETE)")
        self._waiting.extend(faults)

    def clear(self) -> None:
        """Forget every fault; answers that wait because of one are given now."""
        self._waiting.clear()
        self._over.set()
        self._over = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait that long, or until the faults are forgotten."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """The faults not used up yet, with the `times` and `skip` they have left."""
        return tuple(self._waiting)

    def take_for(self, method: str, path: str) -> Fault | None:
        """Return the fault for this request, if there is one, and count it."""
        for index, fault in enumerate(self._waiting):
            if not fault.fits(method, path):
                continue
            if fault.skip > 0:
                self._waiting[index] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.times == 1:
                del self._waiting[index]
            elif fault.times > 1:
                self._waiting[index] = replace(fault, times=fault.times - 1)
            return fault
        return None


def read_fault(value: object) -> Fault:
    """Read a fault from parsed JSON.

    Raises:
        ValueError: with a sentence that names the field.
    """
    if not isinstance(value, dict):
        raise ValueError('a fault is a JSON object such as {"kind": "429"}')
    fields = cast("dict[str, Any]", value)
    kinds: dict[str, type | tuple[type, ...]] = {
        "kind": str,
        "method": str,
        "path": str,
        "times": int,
        "skip": int,
        "seconds": (int, float),
        "status": int,
        "retry_after": (int, float, str),
    }
    for name, given in fields.items():
        if name not in kinds:
            raise ValueError(f"{name!r} is not a field of a fault; these are: {', '.join(kinds)}")
        optional = name in {"status", "retry_after"} and given is None
        if not optional and (isinstance(given, bool) or not isinstance(given, kinds[name])):
            raise ValueError(f"{name} cannot be {given!r}")
    if "kind" not in fields:
        raise ValueError(f"kind is missing: one of {', '.join(FaultKind)}")
    return Fault(**fields)


_HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>"
    b"<body><h1>Bad gateway</h1><p>The server is taking a rest.</p></body></html>\n"
)
_GARBAGE = b"\x16\x03\x01\x02\x00 this is not HTTP \x00\xff\r\n\r\n"


async def apply_fault(
    fault: Fault,
    process: Callable[[], Response],
    refuse: Callable[[int], Response],
    wait: Callable[[float], Awaitable[None]],
) -> tuple[Answer, int]:
    """Return what a request hit by `fault` is answered with, and the HTTP status that shows (0 for none).

    `process` carries the request out and returns the honest answer; `refuse` answers with an error code;
    `wait` lets that many seconds pass.
    """
    match FaultKind(fault.kind):
        case FaultKind.RATE_LIMIT:
            limited = refuse(20429)
            if fault.retry_after is not None:
                value = fault.retry_after
                text = f"{value:g}" if isinstance(value, int | float) else value
                limited = _with_header(limited, "Retry-After", text)
            return limited, 429
        case FaultKind.ERROR_BEFORE:
            return refuse(20500), 500
        case FaultKind.ERROR_AFTER:
            process()
            return refuse(20500), 500
        case FaultKind.RESET_BEFORE:
            return Reset(), 0
        case FaultKind.RESET_AFTER:
            process()
            return Reset(), 0
        case FaultKind.DELAY:
            honest = process()
            await wait(fault.seconds)
            return honest, honest.status
        case FaultKind.DELAY_BEFORE:
            await wait(fault.seconds)
            honest = process()
            return honest, honest.status
        case FaultKind.TRUNCATED:
            honest = process()
            return Truncated(honest, len(honest.body) // 2), honest.status
        case FaultKind.DRIP:
            honest = process()
            return Dripping(honest, seconds=fault.seconds or 0.05), honest.status
        case FaultKind.GARBAGE:
            process()
            return RawBytes(_GARBAGE), 0
        case FaultKind.HTML:
            status = fault.status or 502
            return Response(status, (("Content-Type", "text/html; charset=utf-8"),), _HTML), status
        case FaultKind.WRONG_JSON:
            process()
            status = fault.status or 200
            body = b'{"hello": ["this", "is", 1, null, {"not": "what was asked for"}], "messages": 7}'
            return Response(status, (("Content-Type", "application/json"),), body), status


def _with_header(response: Response, name: str, value: str) -> Response:
    return Response(response.status, (*response.headers, (name, value)), response.body)
