"""An example that is offered works."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.screens.console.test_notes import Account
from tui.raw_request.form_text import read
from tui.raw_request.sending import PreparedRequest, send
from tui.screens.console.examples import examples
from tui.screens.console.request_runner import look_at
from tui.storage.connection import Connection
from tui.twilio.client import Client

NOW = datetime.now(UTC)


async def test_every_example_of_the_sandbox_is_answered_well_there(connection):
    async with Client(connection) as client:
        for example in examples(NOW, sandbox=True):
            assert isinstance(look_at(Account(client), example.typed), PreparedRequest), example.name
            answer = await send(client, read(example.typed).request)
            assert answer.status in (200, 201), (example.name, answer.text)


@pytest.mark.parametrize("example", examples(NOW, sandbox=False), ids=lambda example: example.name)
async def test_every_example_can_leave_as_it_is_for_twilio(example):
    connection = Connection("acme", "auth_token", "AC" + "0" * 32, auth_token="t" * 32)
    async with Client(connection) as client:
        prepared = look_at(Account(client), example.typed)
        assert isinstance(prepared, PreparedRequest)
        assert prepared.notes == ()
