"""F1 lists the keys that work, in the order of the table, also where keys.toml gave an action another key."""

from __future__ import annotations

from tui.actions import EVERYWHERE, MESSAGES
from tui.screens.help import HelpScreen


async def test_an_action_keeps_its_place_whatever_its_key_is_and_quit_names_all_of_its_keys(
    sandbox, run_app, until, tmp_path
):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "keys.toml").write_text('[messages]\ncompose = "z"\n')
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.screen.query("MessageTable") and pilot.app.screen.rows.row_count)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        lines = str(pilot.app.screen._keys).split("\n")
        words = [line[14:] for line in lines]
        told = [action.help for action in (*MESSAGES, *EVERYWHERE) if action.help in words]
        assert [line for line in words if line in told] == list(dict.fromkeys(told))
        assert any(line.split() == ["z", "Write", "a", "new", "message."] for line in lines)
        quits = next(line for line in lines if "Leave; asks" in line)
        assert "^q" in quits


async def test_over_the_outbox_it_is_about_the_outbox(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.screen.query("MessageTable") and pilot.app.screen.rows.row_count)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "Nothing was sent from here" in text_of(pilot))
        await pilot.press("f1")
        await until(pilot, lambda: "Outbox · help" in text_of(pilot))
