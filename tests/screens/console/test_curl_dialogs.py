"""Copy a request in any of the languages, with values in the place of variables; or print it plainly."""

from __future__ import annotations

from unittest import mock

import pytest

from tests.piloting import is_asked
from tests.screens.console.test_request_actions import form, from_the_menu, ready
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.saved_variables import SavedVariable
from tui.screens.console.curl_dialogs import CopyAs, form_of_curl
from tui.storage.connections import Connection
from tui.twilio.client import Client
from tui.widgets.copying import PlainText


def told(pilot):
    return "\n".join(str(each.message) for each in pilot.app._notifications)


async def copying(pilot, until, typed):
    form(pilot).fill(typed)
    await from_the_menu(pilot, until, "copy")
    await until(pilot, lambda: is_asked(pilot, CopyAs))


@pytest.mark.landing
async def test_each_language_is_previewed_copied_and_printed(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        body = "To=$mine\nFrom=$ours\nBody=costs $$mine"
        account = pilot.app.session.account
        for name, number in (("mine", "+14155550123"), ("ours", "+14155550100")):
            pilot.app.session.files.variables(account).put(account.name, name, SavedVariable(number))
        typed = RequestText("POST", MESSAGES_PATH, body_kind="form", body=body, retries="2")
        await copying(pilot, until, typed)
        assert "client.messages.create(" in text_of(pilot)
        await pilot.press("2")
        await until(pilot, lambda: 'to="+14155550123"' in pilot.app.clipboard)
        assert 'body="costs $mine"' in pilot.app.clipboard and sandbox.api_key_secret not in pilot.app.clipboard
        await until(pilot, lambda: "$mine, $ours with their values, without its retries" in told(pilot))
        await copying(pilot, until, typed)
        await pilot.press("down", "p")
        await until(pilot, lambda: is_asked(pilot, PlainText) and "from twilio.rest import Client" in text_of(pilot))
        await pilot.press("escape")


async def test_what_a_language_cannot_say_is_said_in_its_line(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await copying(pilot, until, RequestText("PURGE", MESSAGES_PATH))
        assert "The twilio library has no call for PURGE" in text_of(pilot)
        pilot.app.copy_to_clipboard("before")
        await pilot.press("2")
        await until(pilot, lambda: not is_asked(pilot, CopyAs))
        await until(pilot, lambda: "Copy as Python with httpx instead" in told(pilot))
        assert pilot.app.clipboard == "before"
        form(pilot).fill(RequestText(path=MESSAGES_PATH, query="To=$none"))
        await from_the_menu(pilot, until, "copy")
        await until(pilot, lambda: "cannot be copied yet. Query: “To”: $none is no variable" in told(pilot))


@pytest.mark.parametrize(
    ("region", "base_url", "path"),
    [
        (None, None, "/Messages/$SID.json"),
        (None, "http://127.0.0.1:1", "/Messages/$SID.json"),
        ("ie1", None, "https://api.twilio.com/2010-04-01/Messages/$SID.json"),
    ],
)
async def test_a_pasted_address_is_told_from_the_connections_own_base(region, base_url, path):
    connection = Connection("t", "auth_token", "AC1", auth_token="t", region=region, base_url=base_url)
    async with Client(connection) as client:
        account = mock.Mock(client=client)
        typed, notes = form_of_curl("curl https://api.twilio.com/2010-04-01/Messages/$SID.json", account)
    assert typed.path == path
    assert any("$SID stands" in note for note in notes)
