"""What leaves, in the rows there are."""

from __future__ import annotations

import pytest

from tui.raw_request.form_text import MESSAGES_PATH
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import prepare
from tui.screens.console.request_preview import show_notes, show_request
from tui.storage.connection import Connection
from tui.twilio.client import Client


@pytest.mark.parametrize(("rows", "width"), [(2, 78), (3, 78), (5, 90)])
async def test_the_end_of_a_long_address_is_seen_in_one_row(rows, width):
    async with Client(Connection("c", "auth_token", "AC" + "0" * 32, auth_token="1" * 32)) as client:
        prepared = prepare(client, RawRequest("POST", MESSAGES_PATH, form=(("Body", "x"),)))
    first = show_request(prepared, width, rows).plain.split("\n")[0]
    assert first == "POST https://api.twilio.com/2010-04-01/Accounts/AC0000…0000/Messages.json"


@pytest.mark.parametrize(
    ("count", "rows", "shown"),
    [
        (1, 3, ["! One that says more than a", "row holds, to its end."]),
        (2, 3, ["! One that says more than…", "! One that says more than…"]),
        (4, 3, ["! One that says more than…"] * 2 + ["… and 2 more; there is room at 120×30"]),
    ],
)
def test_a_note_is_never_cut_unseen(count, rows, shown):
    notes = ("One that says more than a row holds, to its end.",) * count
    assert [row.plain.rstrip() for row in show_notes(notes, 27, rows)] == shown
