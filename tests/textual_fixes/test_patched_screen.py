"""A screen is left once, and takes no other screen with it."""

from __future__ import annotations

from textual.app import App
from textual.screen import ModalScreen

from tui.textual_fixes.patched_screen import PatchedScreen


class Question(PatchedScreen, ModalScreen[str]):
    pass


async def test_a_screen_under_another_one_stays_with_it_and_is_left_afterwards():
    app: App[None] = App()
    answers: list[str | None] = []
    async with app.run_test() as pilot:
        below, above = Question(), Question()
        app.push_screen(below, answers.append)
        app.push_screen(above, answers.append)
        below.dismiss("too early")
        await pilot.pause()
        assert (app.screen, answers) == (above, [])
        above.dismiss("read")
        below.dismiss("now")
        await pilot.pause()
        assert answers == ["read", "now"]


async def test_a_screen_that_was_left_answers_no_second_time():
    app: App[None] = App()
    answers: list[str | None] = []
    async with app.run_test() as pilot:
        question = Question()
        app.push_screen(question, answers.append)
        question.dismiss("once")
        question.dismiss("twice")
        await pilot.pause()
        assert (answers, len(app.screen_stack)) == (["once"], 1)
