"""What the soaks share: a Twilio apart from the app, and the memory that the app takes."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apart import Apart, sandbox_apart


@pytest.fixture
def service() -> Iterator[Apart]:
    """A Twilio whose memory is not counted as the app's."""
    with sandbox_apart(speed=50) as apart:
        yield apart


def resident_bytes() -> int:
    """The memory that this process takes, once garbage is collected."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
