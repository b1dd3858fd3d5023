"""Two programs that save into the same file are killed at a random instant: nothing that was saved is lost or torn.

Files that a person has written are there whole, or not at all, as well.

With the rename taken out of `write_atomic` (writing in place), and with the lock taken out, these tests failed as
they must.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("killing.py")
STORES = ("connections.toml", "requests.toml", "drafts.json", "requests.jsonl")
NEWER = ("contacts.toml", "views.toml", "variables.toml", "queries.json", "prices.json", "webhooks.toml")
FILES = ("new files", "the same file")


def run(store: str, folder: Path, rounds: int, seed: int) -> list[dict[str, Any]]:
    words = [sys.executable, str(DRIVER), store, str(folder), str(rounds), str(seed)]
    told = subprocess.run(words, capture_output=True, check=False)
    assert told.stderr == b""
    seen = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(seen) == rounds
    assert any(each["found"] for each in seen), "they were killed before they began"
    return seen


def check(store: str, folder: Path, rounds: int, seed: int) -> None:
    for each in run(store, folder, rounds, seed):
        assert each["killed"], "a writer failed"
        sure = {f"{letter}{number}" for letter, many in each["acknowledged"].items() for number in range(many)}
        possible = sure | {f"{letter}{many}" for letter, many in each["acknowledged"].items()}
        assert sure <= set(each["found"]) <= possible
        assert set(each["after"]) == {*each["found"], "after"}
        # A log is appended to; only what is replaced as a whole goes through a temporary file.
        assert each["litter"] == []


def check_files(store: str, folder: Path, rounds: int, seed: int) -> None:
    seen = run(store, folder, rounds, seed)
    for each in seen:
        assert each["killed"], "a writer failed"
        told, found = each["acknowledged"], each["found"]
        if store == "new files":
            sure = {f"{letter}{number}" for letter, many in told.items() for number in range(many)}
            assert found == {name: name for name in found}
            assert sure <= set(found) <= sure | {f"{letter}{many}" for letter, many in told.items()}
        elif found:
            # Whoever came last was told of it, or was killed before that.
            assert found["same"] in {f"{letter}{many - past}" for letter, many in told.items() for past in (0, 1)}
        assert each["litter"] == []
    assert rounds < 80 or any(each["left"] for each in seen), "none was killed while it wrote"


@pytest.mark.landing
@pytest.mark.parametrize(("store", "rounds"), [*((each, 20) for each in STORES), *((each, 4) for each in NEWER)])
def test_what_was_saved_is_there_after_a_kill_at_a_random_instant(tmp_path: Path, store: str, rounds: int) -> None:
    check(store, tmp_path, rounds, 1)


@pytest.mark.parametrize("store", FILES)
def test_what_was_written_for_a_person_is_there_whole_after_a_kill_at_a_random_instant(
    tmp_path: Path, store: str
) -> None:
    check_files(store, tmp_path, 6, 3)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("store", FILES)
def test_what_was_written_for_a_person_is_there_whole_after_kills_at_three_hundred_random_instants(
    tmp_path: Path, store: str
) -> None:
    check_files(store, tmp_path, 300, 4)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("store", [*STORES, *NEWER])
def test_what_was_saved_is_there_after_kills_at_five_hundred_random_instants(tmp_path: Path, store: str) -> None:
    check(store, tmp_path, 500, 2)
