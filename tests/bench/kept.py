"""Archives that are filled with a sandbox's history, as if it had come over HTTP."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tui.archive.coverage import Span
from tui.archive.store import Archive
from tui.sandbox import resources
from tui.sandbox.account import SandboxAccount
from tui.sandbox.control_call import reply
from tui.sandbox.filters import ListFilters
from tui.sandbox.traffic import fill_history
from tui.twilio.messages import read_messages

SEED = 2026
"""That of the sandboxes in `tests.apart`."""

NEWEST = "15:30 is perfect"
"""What the newest message of a sandbox's history says."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An archive that was filled.

    Attributes:
        path: its file.
        count: messages in it.
        started: when the history of the sandbox ended that they are of.
        rate: messages that were kept in a second; 0 where an earlier run had filled it.
    """

    path: Path
    count: int
    started: datetime
    rate: float


def fill_archive(folder: Path, count: int) -> Kept:
    """Keep so many messages, a thousand at a time, newest first, as loading a history does; once in a folder."""
    path = folder / f"{count}.sqlite3"
    archive = Archive.open(path)
    try:
        if filled := archive.coverage.newest:
            return Kept(path, count, datetime.fromtimestamp(filled.last, UTC), 0.0)
        started = datetime.now(UTC).replace(microsecond=0)
        account = SandboxAccount(SEED, lambda: started, pace=1.0)
        fill_history(account, SEED, count)
        token: str | None = None
        spent = 0.0
        while True:
            page = account.list(ListFilters(), 1000, token)
            rows = [resources.message(account.identity.account_sid, row, started) for row in page.rows]
            messages = read_messages(json.loads(reply(200, {"messages": rows}).body))
            begun = time.perf_counter()
            archive.put(messages)
            spent += time.perf_counter() - begun
            if (token := page.next_token) is None:
                break
        archive.put((), covered=Span(0, int(started.timestamp())))
        return Kept(path, count, started, count / spent)
    finally:
        archive.close()


if __name__ == "__main__":
    # In a process of its own, whose memory is nobody's who is measured: prints when the history ended.
    print(fill_archive(Path(sys.argv[1]), int(sys.argv[2])).started.timestamp())
