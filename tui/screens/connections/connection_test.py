"""Test a connection with one request to Twilio, and explain the result. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tui.safe_text import safe_text
from tui.services.session import Session
from tui.storage.connections import Connection
from tui.theme import Tone
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest, NoAnswer, RequestFailed

BAD_CREDENTIALS: Final = 20003


@dataclass(frozen=True, slots=True)
class TestResult:
    """The result of a connection test, or its progress.

    Attributes:
        short: for a row of the list: "works", "refused".
        words: the whole of it, with the next step; safe to show.
        field: the form's field at fault, empty when it is not one.
    """

    tone: Tone
    short: str
    words: str
    field: str = ""

    @property
    def mark(self) -> str:
        """A one-cell symbol with the same meaning as the colour."""
        return {"good": "✓", "bad": "✗", "busy": "…"}.get(self.tone, "?")


ASKING: Final = TestResult("busy", "asking…", "Asking Twilio with these credentials… {connections.stop_test} stops.")
STOPPED: Final = TestResult("warn", "stopped", "The test was stopped; nothing is known.")


async def put_to_test(
    session: Session, connection: Connection, *, elapsed: Callable[[], float] = time.monotonic
) -> TestResult:
    """Test the credentials with one cheap request to Twilio. Raises nothing but CancelledError."""
    begun = elapsed()
    try:
        await session.saved.test(connection)
    except RequestFailed as problem:
        return _explain(problem, connection)
    seconds = elapsed() - begun
    took = f"{seconds:.1f} s" if seconds >= 0.95 else f"{max(1, round(seconds * 1000))} ms"
    account = safe_text(connection.account_sid, limit=40)
    return TestResult("good", "works", f"It works: {_place(connection)} answered in {took} for account {account}.")


def _explain(problem: RequestFailed, connection: Connection) -> TestResult:
    words = safe_text(str(problem), limit=400)
    match problem:
        case InvalidRequest():
            return TestResult("bad", "incomplete", words, problem.field)
        case NoAnswer():
            return TestResult("bad", "no answer", words)
        case BadAnswer():
            return TestResult("bad", "not Twilio", words, "base_url" if connection.base_url else "")
        case ApiError(code=code) if code == BAD_CREDENTIALS:
            asked = f" This asked {_place(connection)}." if not connection.base_url else ""
            return TestResult("bad", "refused", f"{words}{asked}")
        case _:
            return TestResult("bad", "refused", words)


def _place(connection: Connection) -> str:
    if connection.base_url:
        return safe_text(urlsplit(connection.base_url).netloc, limit=60)
    return f"Twilio {safe_text(connection.region or 'us1', limit=8)}"
