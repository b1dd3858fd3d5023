"""Words in the field for a path lead to an operation of Twilio's."""

from __future__ import annotations

import pytest

from tests.piloting import is_asked
from tui.raw_request.form_text import RequestText
from tui.screens.console.form import RequestForm
from tui.screens.console.path_field import PathField, are_words
from tui.screens.console.request_picker import ChooseRequest, RequestList
from tui.screens.console.screen import ConsoleScreen

LOOKUP = "https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}"


@pytest.mark.parametrize("typed", ["", "  ", "/", "/Acc", "https:/", "$x", "a/b", "x?y"])
def test_a_path_is_no_words(typed):
    assert not are_words(typed)


@pytest.mark.landing
async def test_words_are_completed_to_an_operation_and_looked_for_in_the_list(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console") as pilot:
        await until(pilot, lambda: pilot.app.session.account and isinstance(pilot.app.screen, ConsoleScreen))
        console = pilot.app.screen
        form, path = console.query_one(RequestForm), console.query_one(PathField)
        await until(pilot, lambda: path.has_focus and path.value)
        await pilot.press("ctrl+u", *"lookup")
        await until(pilot, lambda: path._suggestion.endswith(LOOKUP))
        await pilot.press("right")
        await until(pilot, lambda: form.typed == RequestText(path=LOOKUP) and path.selected_text == "{PhoneNumber}")
        await pilot.press("end", "enter")
        await until(pilot, lambda: path.selected_text == "{PhoneNumber}")
        await pilot.press("+", "1")
        await until(pilot, lambda: path.value == LOOKUP.replace("{PhoneNumber}", "+1"))
        for key in ("ctrl+r", "enter"):
            await pilot.press("ctrl+u", *"verify check", key)
            await until(pilot, lambda: is_asked(pilot, ChooseRequest))
            chosen = pilot.app.screen.query_one(RequestList).chosen
            assert chosen is not None and chosen.operation is not None and not chosen.lacking
            assert chosen.operation.path.endswith("/VerificationCheck")
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is console and path.has_focus)
        # What was only looked for is not put aside.
        await pilot.press("ctrl+r")
        await until(pilot, lambda: is_asked(pilot, ChooseRequest))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is console and "{ServiceSid}" in path.value)
        await until(pilot, lambda: "{ServiceSid} stands for something" in text_of(pilot))
        assert "finds every host" not in text_of(pilot)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: is_asked(pilot, ChooseRequest))
        assert "verify check" not in [each.request.path for each in pilot.app.screen.query_one(RequestList).entries]
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is console and path.has_focus)
        path.value = "https://example.com"
        await until(pilot, lambda: "ctrl+r finds every host of Twilio's" in text_of(pilot))
        # There is no answer to go to: escape leaves the form all the same, and the digits lead to places again.
        assert "esc Leave form" in text_of(pilot)
        await pilot.press("escape", "1")
        await until(pilot, lambda: pilot.app.current_mode == "messages")
        assert path.value == "https://example.com"
