"""The list of requests to choose from; each of its examples works as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.screens.console.test_preview import Account
from tui.raw_request.form_text import RequestText, read
from tui.raw_request.history import PastRequest
from tui.raw_request.sending import PreparedRequest, send
from tui.raw_request.variables import Variables
from tui.screens.console.request_picker import RequestList, entries, examples
from tui.screens.console.request_runner import prepare_typed
from tui.storage.connection import Connection
from tui.twilio.client import Client

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SHORT, LONG = "/Balance.json", "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"


def rows(*past: PastRequest, width: int = 106) -> list[str]:
    shown = RequestList()
    shown.entries = entries({}, [], past, NOW)[: len(past)]
    shown._several = len({each.connection for each in past}) > 1
    return ["".join(text for text, _ in shown.draw_row(index, width)) for index in range(len(past))]


def past(path: str = LONG, connection: str = "acme", **more: object) -> PastRequest:
    return PastRequest(NOW, connection, RequestText(path=path), **more)


@pytest.mark.parametrize("width", [70, 106])
def test_a_path_that_is_cut_says_so(width):
    short, long = rows(past(SHORT, status=404), past(LONG, status=200), width=width)
    assert short.endswith(" /Balance.json")
    assert long.endswith(" …/Balance.json")


@pytest.mark.parametrize(
    ("words", "status", "sign"),
    [("stopped", None, "■"), ("127.0.0.1 did not answer. Try again.", None, "—"), ("", None, "—"), ("", 503, "503")],
)
def test_what_came_of_it_is_no_cut_word(words, status, sign):
    (row,) = rows(past(words=words, status=status))
    assert f" {sign} " in row
    assert "…" not in row.replace("…/Balance.json", "")


def test_whose_it_was_and_how_long_it_took_are_told():
    one, other = rows(past(connection="acme", status=200, elapsed=2.04), past(connection="harbor", status=200))
    assert "acme" in one and "2.0 s" in one
    assert "harbor" in other
    (alone,) = rows(past(status=200))
    assert "acme" not in alone


def test_a_request_is_found_by_its_connection_and_by_what_went_wrong():
    (entry,) = entries({}, [], [past(connection="harbor", words="No route to host.")], NOW)[:1]
    assert "harbor" in entry.searched and "no route" in entry.searched


NOW = datetime.now(UTC)


async def test_every_example_of_the_sandbox_is_answered_well_there(connection):
    async with Client(connection) as client:
        for name, example in examples(NOW, sandbox=True).items():
            assert isinstance(prepare_typed(Account(client), example, Variables()), PreparedRequest), name
            answer = await send(client, read(example).request)
            assert answer.status in (200, 201), (name, answer.text)


@pytest.mark.parametrize("example", examples(NOW, sandbox=False).values(), ids=examples(NOW, sandbox=False))
async def test_every_example_can_leave_as_it_is_for_twilio(example):
    connection = Connection("acme", "auth_token", "AC" + "0" * 32, auth_token="t" * 32)
    async with Client(connection) as client:
        prepared = prepare_typed(Account(client), example, Variables())
        assert isinstance(prepared, PreparedRequest)
        assert prepared.notes == ()
