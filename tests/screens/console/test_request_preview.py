"""What leaves, in the rows there are."""

from __future__ import annotations

import pytest

from tui.raw_request.form_text import MESSAGES_PATH
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import prepare
from tui.screens.console.request_preview import show_request
from tui.storage.connection import Connection
from tui.twilio.client import Client


@pytest.mark.parametrize(("rows", "width"), [(2, 78), (3, 78), (5, 90)])
async def test_the_end_of_a_long_address_is_seen_in_one_row(rows, width):
    async with Client(Connection("c", "auth_token", "AC" + "0" * 32, auth_token="1" * 32)) as client:
        prepared = prepare(client, RawRequest("POST", MESSAGES_PATH, form=(("Body", "x"),)))
    first = show_request(prepared, width, rows).plain.split("\n")[0]
    assert first == "POST https://api.twilio.com/2010-04-01/Accounts/AC0000…0000/Messages.json"
