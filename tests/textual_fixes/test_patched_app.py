"""What the app does beside its work: notices that go, colours that stay, a selection that is copied."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Offset
from textual.selection import Selection
from textual.widgets._toast import Toast

from tui.screens.help import HelpScreen
from tui.screens.messages.table import MessageTable
from tui.storage.preferences import read_theme
from tui.widgets.dialogs import Choice, Choose, Confirm
from tui.widgets.text_pane import TextPane


async def loaded(pilot, until):
    await until(
        pilot, lambda: pilot.app.screen.query(MessageTable) and pilot.app.screen.query_one(MessageTable).row_count
    )


def toasts(pilot):
    return [toast for toast in pilot.app.screen.query(Toast) if toast.display]


async def test_what_a_held_key_says_again_stands_there_once(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        for words in (*["A request is under way."] * 20, "Another."):
            pilot.app.notify(words, timeout=600)
        await until(pilot, lambda: [toast._notification.message for toast in toasts(pilot)][:1] == ["Another."])
        assert [toast._notification.message for toast in toasts(pilot)] == ["Another.", "A request is under way."]


async def test_the_newest_notice_is_seen_where_not_all_fit(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(80, 24)) as pilot:
        await loaded(pilot, until)
        for number in range(8):
            pilot.app.notify(f"Number {number} was done.\nIt has\nthree lines.", timeout=600)
            await until(pilot, lambda number=number: f"Number {number} was done." in text_of(pilot))
        assert "Number 0 was done." not in text_of(pilot)
        pilot.app.push_screen(Choose("Which?", [Choice("a", "This one")]))
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose) and "Number 7 was done." in text_of(pilot))


async def test_escape_takes_notices_away_and_no_question_or_help_is_under_one(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(24, 8)) as pilot:
        await loaded(pilot, until)
        pilot.app.notify("Something was said.\n" * 6, timeout=600)
        await until(pilot, lambda: toasts(pilot))
        # Half of the screen is left.
        await until(pilot, lambda: 0 < sum("▌" in line for line in text_of(pilot).splitlines()) <= 4)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen) and pilot.app.screen.query(Toast))
        assert toasts(pilot) == []
        await pilot.press("q")
        pilot.app.push_screen(Confirm("Sure?", "For good.", yes="Yes"))
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and pilot.app.screen.query(Toast))
        assert toasts(pilot) == []
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm))
        # It was not to be seen there, so it is still to be read.
        await until(pilot, lambda: toasts(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not pilot.app.screen.query(Toast))


async def test_the_colours_chosen_are_there_again_at_the_next_start(run_app, until, tmp_path):
    kept = tmp_path / "config" / "state" / "theme"
    async with run_app() as pilot:
        pilot.app.theme = "nord"
        await until(pilot, kept.exists)
    assert read_theme(kept) == "nord"
    async with run_app(theme="tuilio-light") as pilot:
        assert pilot.app.theme == "tuilio-light"
    async with run_app() as pilot:
        assert pilot.app.theme == "nord", "what the command line asked for lasted as long as that run"


@pytest.mark.long
async def test_a_session_that_saves_nothing_keeps_no_colours(sandbox, run_app, until, tmp_path):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        pilot.app.theme = "nord"
        await pilot.pause(0.1)
    assert not (tmp_path / "config" / "state").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"no-such-theme\n",
        *(pytest.param(each, marks=pytest.mark.long) for each in (b"", b"\xff\xfe", b"\x1b[2J", b"x" * 5000)),
    ],
)
async def test_kept_colours_that_are_damaged_are_told_and_left_alone(run_app, until, tmp_path, content: bytes):
    kept: Path = tmp_path / "config" / "state" / "theme"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)
    async with run_app() as pilot:
        assert pilot.app.theme == "tuilio-dark"
        assert "none that is known here" in next(n.message for n in pilot.app._notifications)
    assert kept.read_bytes() == content


@pytest.mark.parametrize("key", ["ctrl+c", pytest.param("c", marks=pytest.mark.long)])
async def test_what_the_mouse_has_marked_is_copied_and_nothing_else_happens(sandbox, run_app, until, key: str):
    async with run_app(sandbox=sandbox, size=(140, 40)) as pilot:
        await loaded(pilot, until)
        pane = pilot.app.screen.query_one("#detail", TextPane)
        # Shown, and with the message in it.
        await until(pilot, lambda: pane.region.area and any(strip.text.strip() for strip in pane._strips))
        pilot.app.screen.selections = {pane: Selection(Offset(0, 0), Offset(6, 0))}
        marked = pilot.app.screen.get_selected_text()
        assert marked
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.clipboard == marked)
        assert not pilot.app.screen.selections
        assert len(pilot.app.screen_stack) == 1
        # Without a mark the key is what it was.
        await pilot.press(key)
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2 or not pilot.app.is_running)


@pytest.mark.long
async def test_a_connection_that_is_not_saved_brings_the_names_of_those_that_are(run_app, until, sandbox, tmp_path):
    from tests.conftest import connection_to
    from tui.storage.connections import Connections, save

    save(tmp_path / "config" / "connections.toml", Connections({"harbor": connection_to(sandbox)}))
    async with run_app(connection="harbour") as pilot:
        await until(pilot, lambda: any("There are: harbor." in n.message for n in pilot.app._notifications))
        await until(pilot, lambda: pilot.app.current_mode == "connections")


@pytest.mark.long
async def test_help_names_first_the_key_that_the_footer_names(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 140)) as pilot:
        await loaded(pilot, until)
        await pilot.press("f1")
        await until(pilot, lambda: "^q ^c q  Leave" in text_of(pilot))
