"""Where something may be written is said before it is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.screens.exporting import find_problem


def test_a_new_file_and_one_that_is_there_are_both_fine(tmp_path: Path) -> None:
    assert find_problem(str(tmp_path / "new.csv"), (".csv",)) == ""
    (tmp_path / "old.CSV").touch()
    assert find_problem(str(tmp_path / "old.CSV"), (".csv",)) == ""
    assert find_problem(str(tmp_path / "without an ending")) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "name of a file"),
        (".", "name of a file"),
        ("list.txt", "ends in none of .csv, .jsonl"),
        ("no/such/list.csv", "no folder no/such"),
        ("~nobody-of-that-name/list.csv", "no home folder"),
        ("x" * 300 + ".csv", "too long"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_written(name: str, words: str) -> None:
    assert words in find_problem(name, (".csv", ".jsonl"))
