"""Keys that arrive many at once take effect in their order, as they do when they come one by one."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.events import Key, Paste

from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.text_field import TextField

KEYS = ["1", "2", "x", "backspace", "delete", "left", "right", "home", "end", "ctrl+u", "ctrl+k", "enter", "up"]


class Form(App):
    def compose(self):
        yield LineField(id="line")
        yield TextField(id="text")


async def typed(field, keys, *, at_once):
    app = Form()
    async with app.run_test() as pilot:
        box = app.query_one(field)
        box.focus()
        await pilot.pause()
        for key in keys:
            if at_once:
                app.post_message(Key(key, key if len(key) == 1 else None))
            else:
                await pilot.press(key)
        await pilot.press("Z")
        await pilot.pause()
        return box.value if isinstance(box, LineField) else box.text


async def test_a_corrected_digit_in_a_burst_is_the_digit_that_was_meant():
    assert await typed(LineField, [*"+1415", "backspace", "6", "left", "left", "9"], at_once=True) == "+149Z16"


@pytest.mark.parametrize("field", [LineField, TextField])
@given(keys=st.lists(st.sampled_from(KEYS), max_size=12))
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
async def test_a_burst_means_what_the_same_keys_mean_one_by_one(field, keys):
    assert await typed(field, keys, at_once=True) == await typed(field, keys, at_once=False)


@pytest.mark.parametrize("field", [LineField, TextField])
async def test_a_chord_with_alt_types_no_letter(field):
    app = Form()
    async with app.run_test() as pilot:
        box = app.query_one(field)
        box.focus()
        await pilot.pause()
        # What a terminal's escape and letter become (Textual 8.2.8).
        app.post_message(Key("alt+s", "s"))
        await pilot.press("Z")
        assert (box.value if isinstance(box, LineField) else box.text) == "Z"


@pytest.mark.parametrize(
    ("pasted", "taken", "said"),
    [
        ("+14155550123", "+14155550123", []),
        ("\n  \n+14155550123\n", "+14155550123", []),
        ("\n\n", "", []),
        ("+14155550123\r\n+14155550124\r\n", "+14155550123", ["2 lines"]),
    ],
)
async def test_a_paste_of_several_lines_gives_the_first_that_holds_anything_and_says_so(pasted, taken, said):
    app = Form()
    async with app.run_test(notifications=True) as pilot:
        box = app.query_one(LineField)
        box.focus()
        await pilot.pause()
        app.post_message(Paste(pasted))
        await pilot.press("Z")
        await pilot.pause()
        assert box.value == f"{taken}Z"
        spoken = [notification.message for notification in app._notifications]
        assert len(spoken) == len(said)
        assert all(words in sentence for words, sentence in zip(said, spoken, strict=True))
