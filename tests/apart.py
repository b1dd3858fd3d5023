"""A sandbox in a process of its own, for what would be measured wrongly with its memory and its time counted in.

Run as `python -m tests.apart HISTORY SPEED STARTED` it prints one line of JSON and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tui.sandbox.server import Sandbox


@dataclass(frozen=True, slots=True)
class Apart:
    """Where it is.

    Attributes:
        origin: the URL without a path, also for `/_sandbox/…`.
        fields: what a connection's fields are called in the configuration, and their values.
        numbers: the account's own.
        pid: the process it is.
    """

    origin: str
    fields: dict[str, str]
    numbers: tuple[str, ...]
    pid: int = 0


@contextmanager
def sandbox_apart(*, history: int = 520, speed: float = 1.0, started: float | None = None) -> Generator[Apart]:
    """A sandbox with a past of so many messages, whose messages move on `speed` times as fast.

    `started` is when its past ended, in seconds since 1970; now if None. The same past has the same messages.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "tests.apart", str(history), str(speed), str(started or time.time())],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        try:
            yield Apart(**json.loads(process.stdout.readline()))
        finally:
            process.kill()


async def serve(history: int, speed: float, started: float) -> None:
    """Serve until the input ends."""
    past: datetime | None = datetime.fromtimestamp(started, UTC)
    sandbox = Sandbox(history=history, speed=speed, clock=lambda: past or datetime.now(UTC))
    past = None
    async with sandbox:
        fields = {
            "account_sid": sandbox.account_sid,
            "api_key_sid": sandbox.api_key_sid,
            "api_key_secret": sandbox.api_key_secret,
            "auth_token": sandbox.auth_token,
            "base_url": f"{sandbox.base_url}/2010-04-01",
        }
        print(json.dumps(asdict(Apart(sandbox.base_url, fields, sandbox.numbers, os.getpid()))), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
