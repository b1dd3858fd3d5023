"""A screen is left once, and takes no other screen with it."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widgets import Static

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


async def test_what_is_mounted_first_finds_the_screen_styled_for_the_terminals_size():
    found: list[tuple[bool, object]] = []

    class Line(Static):
        def on_mount(self) -> None:
            found.append((self.screen.has_class("-wide"), self.styles.height))

    class Place(PatchedScreen, Screen[None]):
        HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        CSS = "Place { & Line { height: 2; } &.-wide Line { height: 5; } }"

        def compose(self) -> ComposeResult:
            yield Line()

    app: App[None] = App()
    async with app.run_test(size=(130, 20)) as pilot:
        place = Place()
        app.push_screen(place)
        await pilot.pause()
        assert [(wide, str(height)) for wide, height in found] == [(True, "5")]
        await pilot.resize_terminal(80, 20)
        assert place.has_class("-narrow") and not place.has_class("-wide")
        assert str(place.query_one(Line).styles.height) == "2"


async def test_who_is_mounted_is_told_of_its_size_though_somebody_asked_where_it_stands_before_that():
    told: list[str] = []

    class Late(Static):
        def on_resize(self) -> None:
            told.append(f"resize {self.size.width}")

        def on_show(self) -> None:
            told.append("show")

    class Place(PatchedScreen, Screen[None]):
        pass

    app: App[None] = App()
    async with app.run_test(size=(40, 10)) as pilot:
        place = Place()
        await app.push_screen(place)
        late = Late("late")
        await place.mount(late)
        # As an update does that comes before the next layout.
        place._compositor.update_widgets({late})
        assert late.region.width == 40
        await pilot.pause()
        assert told == ["resize 40", "show"]


async def test_nothing_is_drawn_while_updates_are_batched_and_all_of_it_afterwards():
    drawn: list[int] = []

    class Line(Static):
        def render_line(self, y: int) -> Strip:
            drawn.append(y)
            return super().render_line(y)

    class Place(PatchedScreen, Screen[None]):
        def compose(self) -> ComposeResult:
            yield Line("first")

    app: App[None] = App()
    async with app.run_test() as pilot:
        place = Place()
        app.push_screen(place)
        await pilot.pause()
        drawn.clear()
        with app.batch_update():
            line = place.query_one(Line)
            line.update("second")
            place._compositor.update_widgets({line})
            place._compositor_refresh()
            assert drawn == []
        await pilot.pause()
        assert drawn == [0]
