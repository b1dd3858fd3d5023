"""The line list: the cursor, the view and what is drawn, whatever arrives above or below."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.app import App

from tui.theme import own_variables
from tui.widgets.row_list import RowList


class Lines(RowList):
    """Rows that say their number."""

    def draw_row(self, index, width):
        return [(f"row {index}", "plain")]


class Stage(App[None]):
    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield Lines()


def top(rows):
    return rows.top


async def test_keys_move_the_cursor_and_keep_it_in_view():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Lines)
        rows.set_row_count(100)
        rows.focus()
        await pilot.press("j", "down", "down")
        assert rows.cursor == 3
        await pilot.press("G")
        assert rows.cursor == 99
        assert top(rows) == 90
        await pilot.press("g", "up")
        assert rows.cursor == 0
        assert top(rows) == 0
        await pilot.press("pagedown")
        assert rows.cursor == 9


async def test_rows_arriving_above_leave_the_cursor_on_its_row_and_its_line():
    app = Stage()
    async with app.run_test(size=(40, 10)):
        rows = app.query_one(Lines)
        rows.set_row_count(100)
        rows.cursor = 50
        line = rows.cursor - top(rows)
        rows.set_row_count(105, cursor=55)
        assert rows.cursor == 55
        assert rows.cursor - top(rows) == line


async def test_at_the_top_new_rows_are_seen():
    app = Stage()
    async with app.run_test(size=(40, 10)):
        rows = app.query_one(Lines)
        rows.set_row_count(100)
        rows.set_row_count(103, cursor=3)
        assert rows.cursor == 3
        assert top(rows) == 0


@settings(max_examples=12)
@given(steps=st.lists(st.tuples(st.integers(0, 60), st.integers(-5, 70)), min_size=1, max_size=8))
@pytest.mark.timeout(60)
def test_the_cursor_is_always_on_a_row_and_in_view(steps):
    import asyncio

    async def play():
        app = Stage()
        async with app.run_test(size=(40, 10)) as pilot:
            rows = app.query_one(Lines)
            for count, cursor in steps:
                rows.set_row_count(count, cursor=cursor if cursor >= 0 else None)
                await pilot.pause()
                assert 0 <= rows.cursor <= max(0, count - 1)
                if count:
                    assert top(rows) <= rows.cursor < top(rows) + 10

    asyncio.run(play())


async def test_the_wheel_moves_the_view_and_leaves_the_cursor():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Lines)
        rows.set_row_count(100)
        await pilot._post_mouse_events([events.MouseScrollDown], rows, offset=(3, 3))
        await pilot.pause()
        assert (rows.top, rows.cursor) == (3, 0)
        await pilot._post_mouse_events([events.MouseScrollUp], rows, offset=(3, 3))
        await pilot.pause()
        assert rows.top == 0


@given(st.integers(1, 400), st.integers(0, 400))
@settings(max_examples=20, deadline=None)
async def test_the_mark_stands_at_the_ends_only_when_the_view_does(count, place):
    app = Stage()
    async with app.run_test(size=(20, 10)) as pilot:
        rows = app.query_one(Lines)
        rows.set_row_count(count)
        rows.scroll_rows_to(place)
        await pilot.pause()
        marked = [y for y in range(10) if rows.render_line(y).text[-1] == "┃"]
        if count <= 10:
            assert not marked
            return
        assert marked == list(range(marked[0], marked[-1] + 1))
        assert (marked[0] == 0) is (rows.top == 0)
        assert (marked[-1] == 9) is (rows.top == count - 10)


async def test_a_click_beside_the_rows_goes_to_that_part_of_them():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Lines)
        rows.set_row_count(1000)
        await pilot.click(rows, offset=(39, 5))
        assert 450 <= rows.top <= 550
        assert rows.cursor == 0


async def test_opening_is_offered_only_where_there_is_something_to_open():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Lines)
        rows.focus()
        await pilot.pause()
        assert "enter" not in app.screen.active_bindings
        rows.set_row_count(3)
        assert "enter" in app.screen.active_bindings
        rows.set_row_count(0)
        assert "enter" not in app.screen.active_bindings


class Counted(Lines):
    """Remembers which rows it was asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def draw_row(self, index, width):
        self.asked.append(index)
        return super().draw_row(index, width)


class CountedStage(Stage):
    def compose(self):
        yield Counted()


@pytest.mark.parametrize("count", [1_000, 100_000])
async def test_of_a_long_list_only_what_is_seen_is_ever_made_and_a_key_makes_two_rows_and_one_picture(count):
    app = CountedStage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Counted)
        rows.set_row_count(count)
        rows.focus()
        await pilot.press("down")
        assert set(rows.asked) <= set(range(10))
        pictures, display = [], app._display
        app._display = lambda screen, made: (pictures.append(made), display(screen, made))[1]
        rows.asked.clear()
        await pilot.press("down")
        assert set(rows.asked) == {1, 2}
        assert sum(made is not None for made in pictures) == 1
        rows.asked.clear()
        await pilot.press("end")
        assert set(rows.asked) <= {*range(count - 10, count), 2}


class Headed(Lines):
    """Each row whose number can be divided by `every` is a heading, and so is the last."""

    every = 5

    def is_stop(self, index):
        return index % self.every != 0 and index != self.row_count - 1


class HeadedStage(Stage):
    def compose(self):
        yield Headed()


KEYS = ("down", "up", "pagedown", "pageup", "home", "end")


@settings(max_examples=12, deadline=None)
@given(count=st.integers(3, 60), every=st.integers(2, 7), keys=st.lists(st.sampled_from(KEYS), max_size=12))
@pytest.mark.timeout(60)
async def test_the_cursor_passes_over_headings_and_they_stay_in_view_with_it(count, every, keys):
    app = HeadedStage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Headed)
        rows.every = every
        rows.set_row_count(count)
        rows.focus()
        stops = [index for index in range(count) if rows.is_stop(index)]
        for key in keys:
            before = rows.cursor
            await pilot.press(key)
            assert rows.cursor in stops
            beside = {index for index in (rows.cursor - 1, rows.cursor + 1) if 0 <= index < count}
            assert all(top(rows) <= index < top(rows) + 10 for index in beside if not rows.is_stop(index))
            if key == "down":
                assert rows.cursor == next((stop for stop in stops if stop > before), before)
            if key == "up":
                assert rows.cursor == next((stop for stop in reversed(stops) if stop < before), before)


@pytest.mark.parametrize(("key", "back"), [("pagedown", "end"), ("pageup", "home")])
async def test_pages_pass_over_headings_and_reach_the_end(key, back):
    app = HeadedStage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Headed)
        rows.set_row_count(100)
        rows.focus()
        await pilot.press("end" if key == "pageup" else "home")
        seen = {rows.cursor}
        for _ in range(14):
            await pilot.press(key)
            seen.add(rows.cursor)
        there = rows.cursor
        await pilot.press(back)
        assert rows.cursor == there
        assert len(seen) > 10


async def test_a_click_on_a_heading_does_nothing():
    app = HeadedStage()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = app.query_one(Headed)
        rows.set_row_count(100)
        await pilot.click(rows, offset=(3, 3))
        assert rows.cursor == 3
        await pilot.click(rows, offset=(3, 5))
        assert rows.cursor == 3
