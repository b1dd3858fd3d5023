"""Editing lines: names and files completed, lines moved and switched off, by keyboard alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Paste

from tests.piloting import keys_are_answered
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.screens.console.form import RequestForm
from tui.screens.console.lines_editor import LinesEditor, complete_file, complete_name, complete_value, file_begun
from tui.screens.console.screen import ConsoleScreen
from tui.widgets.form_fields import ChoiceField

NAMES = ("To", "From", "Body", "StatusCallback", "MediaUrl")


@given(st.sampled_from(NAMES), st.integers(1, 20))
def test_a_name_is_completed_to_one_that_begins_like_it(name, length):
    typed = name[:length]
    whole = typed + complete_name(typed, NAMES, "=")
    assert whole.removesuffix("=") in NAMES
    assert whole.endswith("=")


@pytest.mark.parametrize(
    ("line", "rest"),
    [("Status=", "active"), ("Status=su", "spended"), ("Status=active", ""), ("Status=x", ""), ("To=", ""), ("St", "")],
)
def test_a_value_is_completed_where_only_some_are_allowed(line, rest):
    assert complete_value(line, {"Status": ("active", "suspended", "closed")}) == rest


@pytest.mark.parametrize("line", ["", "To=", "Nothing", "# Body"])
def test_nothing_is_offered_where_nothing_fits(line):
    assert complete_name(line, NAMES, "=") == ""


def test_files_and_folders_are_completed_hidden_ones_when_asked_for(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "picture.png").touch()
    (tmp_path / ".hidden").touch()
    assert complete_file(f"{tmp_path}/pictures") == "/"
    assert complete_file(f"{tmp_path}/picture.") == "png"
    assert complete_file(f"{tmp_path}/.h") == "idden"
    assert complete_file(f"{tmp_path}/") in ("picture.png", "pictures/")
    assert complete_file(f"{tmp_path}/nothing/x") == ""
    assert complete_file("\0") == ""


@pytest.mark.parametrize(
    ("line", "path"),
    [
        *(("f=@/tmp/x", "/tmp/x"), ("f = @~/x y", "~/x y"), ("f=x", ""), ("f=@/tmp/x;type=a/b", ""), ("@x", "")),
        *(('f=@"/tmp/a;b', "/tmp/a;b"), ('f=@"/tmp/x"', ""), ('f="@/tmp/x', "")),
    ],
)
def test_a_file_is_begun_by_an_at_sign(line, path):
    assert file_begun(line) == path


@pytest.mark.landing
async def test_a_form_is_filled_by_keyboard_alone(sandbox, run_app, until, text_of, tmp_path):
    (tmp_path / "owl.png").write_bytes(b"\x89PNG")
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await until(pilot, lambda: pilot.app.session.account and isinstance(pilot.app.screen, ConsoleScreen))
        form = pilot.app.screen.query_one(RequestForm)
        form.fill(RequestText("POST", MESSAGES_PATH))
        await pilot.press("f7", "f7", "f7")
        await until(pilot, lambda: pilot.app.screen.focused is form.query_one("#kind", ChoiceField))
        await pilot.press("right", "right", "right", "tab")
        body = form.query_one("#body", LinesEditor)
        await until(pilot, lambda: body.has_focus and "Body" in body.names and "takes To" in text_of(pilot))
        await pilot.press("B", "o")
        await until(pilot, lambda: body.suggestion == "dy=")
        await pilot.press("right", *"hello", "enter", *"AddressRetention=o")
        await until(pilot, lambda: body.suggestion == "bfuscate")
        await pilot.press("ctrl+u")
        pilot.app.post_message(Paste(f"F=@{tmp_path}/ow"))
        await pilot.press("l")
        await until(pilot, lambda: body.suggestion == ".png")
        await pilot.press("right")
        await until(pilot, lambda: body.text == f"Body=hello\nF=@{tmp_path}/owl.png")
        await pilot.press("alt+up")
        await until(pilot, lambda: body.text == f"F=@{tmp_path}/owl.png\nBody=hello")
        assert body.cursor_location[0] == 0
        await pilot.press("alt+up", "alt+down", "ctrl+t")
        await until(pilot, lambda: body.text == f"Body=hello\n# F=@{tmp_path}/owl.png")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: body.text == f"Body=hello\nF=@{tmp_path}/owl.png")
        await pilot.press("ctrl+z", "ctrl+z")
        await until(pilot, lambda: keys_are_answered(pilot))
        assert body.text.startswith(("Body=hello", "F=@"))


async def test_many_lines_are_pasted_at_once(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, screen="console", size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.session.account and isinstance(pilot.app.screen, ConsoleScreen))
        form = pilot.app.screen.query_one(RequestForm)
        form.fill(RequestText(path=MESSAGES_PATH))
        form.enter("query")
        pilot.app.post_message(Paste("PageSize=5\nTo=+1\nDateSent>=2026-01-02"))
        await until(pilot, lambda: form.typed.query == "PageSize=5\nTo=+1\nDateSent>=2026-01-02")
