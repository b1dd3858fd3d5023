"""A text is shown as it is wrapped for the width it has."""

from __future__ import annotations

import pytest
from textual.app import App

from tests.conftest import screen_text
from tui.textual_fixes.text_field import TextField

TEXT = "Hi Maya, we can see you at 15:30 today – does that still suit you? " * 2


class Form(App):
    CSS = "TextField { border: none; padding: 0; }"

    def compose(self):
        yield TextField(TEXT)


@pytest.mark.parametrize("widths", [(66, 58, 66), (58, 66, 86, 58)])
async def test_a_text_is_drawn_as_it_is_wrapped_for_another_width(widths):
    app = Form()
    async with app.run_test(size=(70, 12)) as pilot:
        for width in widths:
            await pilot.resize_terminal(width, 12)
            await pilot.pause()
            wrapped = [line.rstrip() for line in app.query_one(TextField).wrapped_document.lines[0]]
            assert screen_text(pilot).splitlines()[: len(wrapped)] == wrapped, width
