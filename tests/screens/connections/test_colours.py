"""A connection's colour is chosen in the form, and stands behind or in its name wherever that is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.piloting import is_asked, keys_are_answered
from tests.screens.connections.test_form import form_of, row
from tests.screens.connections.test_list import ready, to
from tui.actions import PLACES
from tui.sandbox.server import Sandbox
from tui.screens.connections.list import ConnectionList
from tui.storage.connections import load, save
from tui.widgets.bars import TopBar
from tui.widgets.dialogs import ChoiceList, Choose


def filled(pilot: Pilot[Any]) -> str:
    """What stands on a connection's colour in the bar above the screen, with that."""
    content = pilot.app.screen.query_one(TopBar).render()
    spans = [span for span in content.spans if "$connection-" in str(span.style)]
    return " ".join(f"{content.plain[span.start : span.end]}:{span.style}" for span in spans)


PRODUCTION = " acme :bold $connection-red reverse"


async def test_a_colour_chosen_in_the_form_shows_at_once_and_nothing_is_opened_anew(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox, config_file: Path
) -> None:
    async with stand(to(sandbox, "acme"), to(sandbox, "other"), default="acme") as pilot:
        await ready(pilot, until, 3)
        session = pilot.app.session
        await until(pilot, lambda: session.account is not None)
        account = session.account
        assert filled(pilot) == ""
        await pilot.press("e")
        await until(pilot, lambda: form_of(pilot) and keys_are_answered(pilot))
        row(pilot, "colour").field.focus()
        # It is the last field: the form has scrolled to it by then.
        await until(pilot, lambda: row(pilot, "colour").field.has_focus and "● none" in text_of(pilot))
        await pilot.press("right")
        await until(pilot, lambda: "● red" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: filled(pilot) == PRODUCTION)
        assert load(config_file)["acme"].colour == "red"
        assert session.account is account
        assert "as before" not in text_of(pilot)
        rows = pilot.app.screen.query_one(ConnectionList)
        assert [tone for text, tone in rows.draw_row(0, 78) if text.strip() == "acme"] == ["red"]
        assert [tone for text, tone in rows.draw_row(1, 78) if text.strip() == "other"] == ["plain"]
        await pilot.press("ctrl+o")
        await until(pilot, lambda: is_asked(pilot, Choose))
        choices = pilot.app.screen.query_one(ChoiceList).choices
        assert [(each.words, each.tone) for each in choices][:3] == [
            ("acme", "red"),
            ("other", "plain"),
            ("sandbox", "warn"),
        ]


async def test_while_the_file_says_another_account_the_colour_stays_with_the_one_in_use(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox, config_file: Path
) -> None:
    acme = replace(to(sandbox, "acme"), colour="red")
    async with stand(acme) as pilot:
        await ready(pilot, until, 2)
        await until(pilot, lambda: filled(pilot) == PRODUCTION)
        save(config_file, load(config_file).with_connection(replace(acme, account_sid="AC" + "7" * 32, colour="green")))
        await pilot.press("r")
        await until(pilot, lambda: filled(pilot) == " acme (as before) :bold $connection-red reverse")
        save(config_file, load(config_file).with_connection(replace(acme, colour="green")))
        await pilot.press("r")
        await until(pilot, lambda: filled(pilot) == PRODUCTION.replace("red", "green"))


@pytest.mark.landing
async def test_the_colour_stands_above_every_place_and_never_in_the_sandbox(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    async with stand(replace(to(sandbox, "acme"), colour="red")) as pilot:
        await until(pilot, lambda: filled(pilot) == PRODUCTION)
        for place, _ in PLACES:
            await pilot.app.action_go(place)
            await until(pilot, lambda place=place: pilot.app.current_mode == place and filled(pilot) == PRODUCTION)
            assert text_of(pilot).splitlines()[0].endswith(" acme")
        await pilot.app.session.use_sandbox()
        await until(pilot, lambda: text_of(pilot).splitlines()[0].endswith(" SANDBOX"))
        assert filled(pilot) == ""


async def test_what_is_no_colour_stays_in_the_form_until_one_is_chosen(
    stand: Any, fill: Any, until: Any, text_of: Any, sandbox: Sandbox, config_file: Path
) -> None:
    async with stand(replace(to(sandbox, "acme"), colour="crimson")) as pilot:
        while pilot.app.session.account is None:
            await pilot.pause()
        # The colour is told as the file is read; here that stands over the form.
        pilot.app.clear_notifications()
        await ready(pilot, until, 2)
        assert filled(pilot) == ""
        await pilot.press("e")
        await until(pilot, lambda: form_of(pilot) and keys_are_answered(pilot))
        await fill(pilot, history="30 days")
        row(pilot, "colour").field.focus()
        await until(pilot, lambda: "An unknown colour; it is kept until" in text_of(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: load(config_file)["acme"].history == 30)
        assert load(config_file)["acme"].colour == "crimson"
