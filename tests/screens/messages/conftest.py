"""Fixtures of the tests of the list."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def be_in() -> Iterator[Callable[[str], None]]:
    """`be_in(zone)` makes a zone that of this machine until the test ends."""
    with pytest.MonkeyPatch.context() as patch:

        def change(zone: str) -> None:
            patch.setenv("TZ", zone)
            time.tzset()

        yield change
    time.tzset()
