"""Saved views: the dialog that chooses, saves, renames and deletes them, and their commands in the palette."""

from __future__ import annotations

from functools import partial

import pytest
import tomli_w
from textual.command import CommandPalette

from tests.screens.queries.desk import Desk, desk
from tui.screens.queries.saved_views import ChooseView, SavedViewCommands, choose_view, letters_of
from tui.storage.views import SavedViews, View
from tui.widgets.dialogs import Ask, Confirm


async def opened(pilot, screen, until, present=""):
    chosen = []
    screen.work(partial(choose_view, screen, present, chosen.append), group="views", asks=True)
    await until(pilot, lambda: isinstance(pilot.app.screen, ChooseView))
    await pilot.pause()
    return chosen


def views(pilot):
    return SavedViews(pilot.app.session.paths.views)


def names(pilot):
    return [view.name for view in views(pilot).read().views]


def test_a_view_has_the_first_free_letter_of_its_name():
    named = [View(name, "") for name in ("problems", "paid", "today", "jkg", "p", "Zürich", "数")]
    assert letters_of(named) == ["p", "a", "t", "b", "c", "z", "d"]


def test_its_own_letter_comes_first_unless_that_moves_in_every_list():
    assert letters_of([View("one", "", "t"), View("today", "", "j"), View("two", "")]) == ["t", "o", "w"]


@pytest.mark.parametrize(("key", "query"), [("2", "since:today"), ("u", "is:unread"), ("enter", "is:problem")])
async def test_a_digit_a_letter_and_enter_choose_one(tmp_path, until, key, query):
    async with desk(tmp_path) as (pilot, screen):
        chosen = await opened(pilot, screen, until)
        await pilot.press(key)
        assert chosen == [query]


async def test_escape_chooses_none(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        chosen = await opened(pilot, screen, until)
        await pilot.press("9", "escape")
        assert pilot.app.screen is screen
        assert chosen == []


async def test_of_more_views_than_letters_no_key_that_types_nothing_chooses_one(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        views = {f"view {number}": "is:problem" for number in range(40)}
        file = screen.session.paths.views
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(tomli_w.dumps({"views": views}))
        chosen = await opened(pilot, screen, until)
        await until(pilot, lambda: len(names(pilot)) == len(views))
        await pilot.press("down", "end", "f7")
        assert isinstance(pilot.app.screen, ChooseView)
        await pilot.press("escape")
        assert chosen == []


async def test_a_click_chooses_one(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        chosen = await opened(pilot, screen, until)
        await pilot.click("ViewList", offset=(8, 3))
        assert chosen == ["status:scheduled"]


async def test_the_query_in_force_is_saved_there_renamed_and_deleted(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, screen):
        chosen = await opened(pilot, screen, until, "country:DE")
        await pilot.press("plus")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press(*"Germany", "enter")
        await until(pilot, lambda: "5 g  Germany" in text_of(pilot) or "5 e  Germany" in text_of(pilot))
        await pilot.press("end", "ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press("home", *["delete"] * 7, *"Berlin", "enter")
        await until(pilot, lambda: "Berlin" in text_of(pilot))
        assert names(pilot)[-1] == "Berlin"
        await pilot.press("home", "delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "problems" not in names(pilot))
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseView) and "is:problem" not in text_of(pilot))
        await pilot.press("4")
        assert chosen == ["country:DE"]


async def test_a_name_that_another_view_has_is_refused(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, screen):
        await opened(pilot, screen, until)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press("home", *["delete"] * 8, *"today", "enter")
        await until(pilot, lambda: "There is already a view called today." in text_of(pilot))
        assert names(pilot)[0] == "problems"


async def test_without_a_query_in_force_there_is_nothing_to_save(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, screen):
        await opened(pilot, screen, until)
        assert "Save this query" not in text_of(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "No query is in force." in text_of(pilot))


async def test_what_is_wrong_in_the_file_is_said_and_a_query_that_cannot_be_read_is_not_chosen(
    tmp_path, until, text_of
):
    async with desk(tmp_path) as (pilot, screen):
        path = pilot.app.session.paths.views
        path.parent.mkdir(exist_ok=True)
        path.write_text('[views]\nbroken = "stauts:x"\nnone = 3\nmoves = { query = "x", key = "j" }\n')
        chosen = await opened(pilot, screen, until)
        assert "The view none has no query." in text_of(pilot)
        assert "The view moves: j means something else here." in text_of(pilot)
        assert "is no key" in text_of(pilot)
        await pilot.press("1")
        await until(pilot, lambda: "Did you mean status:?" in text_of(pilot))
        assert chosen == []


async def test_a_file_without_views_says_so(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, screen):
        for name in names(pilot):
            views(pilot).remove(name)
        await opened(pilot, screen, until)
        assert "No view is saved." in text_of(pilot)
        await pilot.press("enter", "1", "delete", "ctrl+e")
        assert isinstance(pilot.app.screen, ChooseView)


async def test_the_palette_finds_views_by_name_and_query(tmp_path, until, text_of):
    async with desk(tmp_path) as (pilot, screen):
        views(pilot).put("Germany", "country:DE")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Desk, "COMMANDS", {SavedViewCommands})
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
            await pilot.press(*"germ")
            await until(pilot, lambda: "View: Germany" in text_of(pilot))
            await pilot.press("down", "enter")
            await until(pilot, lambda: screen.heard)
        assert screen.heard == ["query country:DE"]
