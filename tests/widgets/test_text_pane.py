"""A replaced text: wrapped to the width, scrolled without losing a line, honest about what is below."""

from __future__ import annotations

from textual.app import App
from textual.content import Content

from tui.theme import own_variables
from tui.widgets.text_pane import TextPane


class Stage(App[None]):
    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield TextPane()


def lines(app):
    pane = app.query_one(TextPane)
    return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]


def text_of(count):
    return Content("\n".join(f"line {n}" for n in range(count)))


async def test_what_does_not_fit_is_announced_and_every_line_can_be_reached():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(TextPane)
        pane.show(text_of(30))
        await pilot.pause()
        assert lines(app)[:9] == [f"line {n}" for n in range(9)]
        assert lines(app)[9].startswith("↓ 21 more lines")
        pane.focus()
        seen = set(lines(app))
        for _ in range(10):
            await pilot.press("pagedown")
            seen |= set(lines(app))
        assert {f"line {n}" for n in range(30)} <= seen
        assert lines(app)[-1] == "line 29"
        await pilot.press("g")
        assert lines(app)[0] == "line 0"


async def test_a_shorter_text_leaves_nothing_of_the_longer_one():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(TextPane)
        pane.show(text_of(30))
        pane.focus()
        await pilot.press("G")
        pane.show(text_of(2))
        await pilot.pause()
        assert lines(app) == ["line 0", "line 1", *[""] * 8]


async def test_a_resize_wraps_anew():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(TextPane)
        pane.show(Content("one two three four five six seven eight nine ten"))
        await pilot.resize_terminal(10, 10)
        await pilot.pause()
        assert " ".join(lines(app)).split() == [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
        ]


async def test_a_replaced_text_stands_inside_a_border():
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(TextPane)
        pane.styles.border_top = ("solid", "white")
        pane.show(Content("first\nsecond\nthird"))
        await pilot.pause()
        pane.show(Content("1st\nsecond\n3rd"))
        await pilot.pause()
        shown = ["".join(segment.text for segment in line).rstrip() for line in app.screen._compositor.render_strips()]
        assert shown[1:4] == ["1st", "second", "3rd"]
