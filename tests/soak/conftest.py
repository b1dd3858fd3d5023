"""What the soaks share: a Twilio apart from the app, and the memory that the app takes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.apart import Apart, sandbox_apart
from tui.services.kept_messages import archive_path
from tui.storage.connection import Connection
from tui.storage.paths import find_paths


@pytest.fixture
def service() -> Iterator[Apart]:
    """A Twilio whose memory is not counted as the app's."""
    with sandbox_apart(speed=50) as apart:
        yield apart


@contextmanager
def service_with_history(folder: Path, count: int) -> Generator[Apart]:
    """The same with a past of so many messages, all of which are kept in a configuration folder already."""
    folder.mkdir(mode=0o700)
    filling = [sys.executable, "-m", "tests.bench.kept", str(folder), str(count)]
    started = float(subprocess.run(filling, stdout=subprocess.PIPE, check=True).stdout)
    with sandbox_apart(history=count, speed=50, started=started) as apart:
        own = archive_path(find_paths(folder), Connection("one", "api_key", **apart.fields))
        assert own is not None
        own.parent.mkdir(parents=True, mode=0o700)
        for file in folder.glob(f"{count}.sqlite3*"):
            file.rename(own.with_name(file.name.replace(f"{count}.sqlite3", own.name)))
        yield apart


def resident_bytes() -> int:
    """The memory that this process takes, once garbage is collected."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
