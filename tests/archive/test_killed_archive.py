"""Two programs that put, empty, remove, prune and scrub are killed at random instants: the archive stays true.

The file opens and is sound, the index agrees with the table, what is called complete is there, what was removed is not,
and nothing of it is in any file after the next scrub.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import in_full

HOUSE = Path(__file__).parent.parent.parent


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("rounds", "seed"), [(4, 1), in_full(100, 2), in_full(100, 3)])
def test_an_archive_whose_programs_are_killed_stays_true(tmp_path: Path, rounds: int, seed: int) -> None:
    words = [sys.executable, "-m", "tests.archive.killing", str(tmp_path), str(rounds), str(seed)]
    told = subprocess.run(words, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert told.stderr == ""
    seen = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(seen) == rounds
    assert any(each["done"] for each in seen), "they were killed before they began"
    assert rounds < 50 or any(each["begun"] > each["done"] for each in seen), "none was killed at a deed"
