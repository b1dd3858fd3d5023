"""Two programs that save into the same file are killed at a random instant: nothing that was saved is lost or torn.

With the rename taken out of `write_atomic` (writing in place), and with the lock taken out, these tests failed as
they must.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("killing.py")
STORES = ("connections.toml", "requests.toml", "drafts.json", "requests.jsonl")


def check(store: str, folder: Path, rounds: int, seed: int) -> None:
    words = [sys.executable, str(DRIVER), store, str(folder), str(rounds), str(seed)]
    told = subprocess.run(words, capture_output=True, check=False)
    assert told.stderr == b""
    seen = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(seen) == rounds
    for each in seen:
        assert each["killed"], "a writer failed"
        sure = {f"{letter}{number}" for letter, many in each["acknowledged"].items() for number in range(many)}
        possible = sure | {f"{letter}{many}" for letter, many in each["acknowledged"].items()}
        assert sure <= set(each["found"]) <= possible
        assert set(each["after"]) == {*each["found"], "after"}
        # A log is appended to; only what is replaced as a whole goes through a temporary file.
        assert each["litter"] == []
    assert any(each["found"] for each in seen), "they were killed before they began"


@pytest.mark.parametrize("store", STORES)
def test_what_was_saved_is_there_after_a_kill_at_a_random_instant(tmp_path: Path, store: str) -> None:
    check(store, tmp_path, 20, 1)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("store", STORES)
def test_what_was_saved_is_there_after_kills_at_five_hundred_random_instants(tmp_path: Path, store: str) -> None:
    check(store, tmp_path, 500, 2)
