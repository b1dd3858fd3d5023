"""An example that is offered works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from textual.widgets import Input, TextArea

from tests.screens.console.test_screen import form, ready
from tui.screens.console.choosing import ChooseRequest
from tui.screens.console.examples import examples
from tui.screens.console.exchange import look_at
from tui.screens.console.screen import ConsoleScreen
from tui.screens.console.typed import read
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.raw import Prepared, send

NOW = datetime.now(UTC)


@dataclass
class Account:
    """As much of one as is looked at."""

    client: Client


async def test_every_example_of_the_sandbox_is_answered_well_there(connection):
    async with Client(connection) as client:
        for example in examples(NOW, sandbox=True):
            assert isinstance(look_at(Account(client), example.typed), Prepared), example.name
            answer = await send(client, read(example.typed).request)
            assert answer.status in (200, 201), (example.name, answer.text)


@pytest.mark.parametrize("example", examples(NOW, sandbox=False), ids=lambda example: example.name)
async def test_every_example_can_leave_as_it_is_for_twilio(example):
    connection = Connection("acme", "auth_token", "AC" + "0" * 32, auth_token="t" * 32)
    async with Client(connection) as client:
        prepared = look_at(Account(client), example.typed)
        assert isinstance(prepared, Prepared)
        assert prepared.notes == ()


async def test_the_cursor_stands_where_an_example_misses_something(saved, run_app, until):
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseRequest))
        pilot.app.screen.query_one(Input).value = "send a text"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen))
        assert form(pilot).typed.body == "To=\nFrom=\nBody=Hello there"
        assert pilot.app.screen.focused is form(pilot).query_one("#body", TextArea)
        assert form(pilot).query_one("#body", TextArea).cursor_location == (0, len("To="))
