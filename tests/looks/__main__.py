"""Accepts how everything looks now: `python -m tests.looks`, from the repository's root.

Writes the snapshots that the tests compare with, and the pictures in `screenshots/`. Two runs write the same bytes.
With `--check` it writes nothing, and ends with status 1 where a text or a picture is not how it looks now.
With the names of walks it takes these only.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.looks.keeping import differences, keep
from tests.looks.stage import Kept
from tests.looks.tour import tour
from tests.looks.walks import WALKS

WORKERS = 4
"""Twice the cores of a small machine: a walk waits half of its time."""

TAKEN = WALKS | {"tour": tour}
"""The walks that are tested, and the film, which is only drawn."""


def accept(walk: str) -> tuple[str, bool]:
    """Take a walk and keep what it brings home; returns the files that changed."""
    kept = Kept()
    asyncio.run(TAKEN[walk](kept))
    return "\n".join(str(file) for file in keep(walk, kept)), True


def check(walk: str) -> tuple[str, bool]:
    """Take a walk; returns which texts and pictures are not how they are kept."""
    kept = Kept()
    asyncio.run(TAKEN[walk](kept))
    words = differences(walk, kept)
    return words, not words


def main(words: list[str]) -> int:
    """Take the walks, some at a time; returns the exit status."""
    checking = "--check" in words
    wanted = [word for word in words if word != "--check"] or ["tour", *WALKS]
    status = 0
    with ProcessPoolExecutor(WORKERS) as pool:
        for told, good in pool.map(check if checking else accept, wanted):
            if told:
                print(told)
            status = status if good else 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
