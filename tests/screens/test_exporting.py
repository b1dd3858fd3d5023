"""Where something may be written is said before it is tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.screens.export_dialog import ExportProgress, ExportUnderWay, find_problem, propose
from tui.screens.help import HelpScreen


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[None]:
    """The working directory was deleted by somebody."""
    before, folder = Path.cwd(), tmp_path / "gone"
    folder.mkdir()
    os.chdir(folder)
    folder.rmdir()
    yield
    os.chdir(before)


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


@pytest.mark.usefixtures("gone")
def test_without_a_working_directory_another_place_is_proposed_and_a_relative_one_is_refused(tmp_path: Path) -> None:
    value, words = propose("list.csv")
    assert Path(value).is_absolute()
    assert "is gone" in words
    assert "is gone" in find_problem("list.csv")
    assert find_problem(str(tmp_path / "list.csv")) == ""


@pytest.mark.usefixtures("gone")
async def test_without_a_working_directory_an_export_asks_for_another_place(sandbox, run_app, until, text_of, tmp_path):
    path = tmp_path / "list.csv"
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: "● live" in text_of(pilot))
        await pilot.press("e")
        await until(pilot, lambda: pilot.app.screen.query("Ask .words"))
        assert "started in is gone" in str(pilot.app.screen.query_one(".words").content)
        pilot.app.screen.query_one("Input").value = "list.csv"
        await pilot.press("enter")
        await until(pilot, lambda: "give a path from / or ~ on" in str(pilot.app.screen.query_one(".wrong").content))
        pilot.app.screen.query_one("Input").value = str(path)
        await pilot.press("enter")
        await until(pilot, path.exists)


async def test_how_far_an_export_is_goes_when_it_ends_and_what_is_read_over_it_stays(run_app, until):
    async with run_app() as pilot:
        app, progress = pilot.app, ExportProgress(10)
        app.push_screen(ExportUnderWay("list.csv", progress))
        await until(pilot, lambda: isinstance(app.screen, ExportUnderWay))
        dialog = app.screen
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        progress.ended = True
        dialog._look()
        dialog._look()
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await until(pilot, lambda: dialog not in app.screen_stack)
