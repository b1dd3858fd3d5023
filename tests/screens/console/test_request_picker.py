"""The list of requests to choose from and what is found in it; each of its examples works as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.screens.console.test_preparing import Account
from tui.raw_request.form_text import MESSAGES_PATH, RequestText, read
from tui.raw_request.history import PastRequest
from tui.raw_request.sending import PreparedRequest, send
from tui.raw_request.variables import Variables
from tui.screens.console.preparing import prepare_typed
from tui.screens.console.request_choices import LIKELIEST, entries, examples, find
from tui.screens.console.request_picker import RequestList, describe
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.operations import Operation, find_operation

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SHORT, LONG = "/Balance.json", "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"


def rows(*past: PastRequest, width: int = 106) -> list[str]:
    shown = RequestList()
    shown.show(entries({}, [], past, NOW)[: len(past)])
    return ["".join(text for text, _ in shown.draw_row(index, width)) for index in range(len(past))]


def past(path: str = LONG, connection: str = "acme", request_of: str = "", **more: object) -> PastRequest:
    return PastRequest(NOW, connection, RequestText(path=path, query=request_of), **more)


def operation(method: str, path: str) -> Operation:
    found = find_operation(method, path)
    assert found is not None
    return found


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
    assert "acme" in one and "2 s" in one
    assert "harbor" in other
    (alone,) = rows(past(status=200))
    assert "acme" not in alone


def test_a_request_is_found_by_its_connection_and_by_what_went_wrong():
    (entry,) = entries({}, [], [past(connection="harbor", words="No route to host.")], NOW)[:1]
    assert "harbor" in entry.searched and "no route" in entry.searched


NOTHING = RequestText()


def test_what_differs_is_drawn_behind_the_path():
    newer, older = rows(past(request_of="PageSize=1"), past(request_of="PageSize=2\nTo=+1"))
    assert newer.endswith("…/Balance.json  PageSize=1 no To")
    assert older.endswith("…/Balance.json  PageSize=2 To=+1")


SAVED = {"one": NOTHING, "team/zoo": NOTHING, "alone": NOTHING, "team/send a picture": NOTHING, "Ops/a/b": NOTHING}


def test_saved_requests_stand_in_their_folders_and_a_folder_is_narrowed_to():
    known = entries(SAVED, [], [], NOW)
    assert [each.name for each in known if each.kind == "saved"] == [
        *("one", "alone", "Ops/a/b", "team/zoo", "team/send a picture")
    ]
    assert [each.name for each in find(known, "team/", None)] == ["team/zoo", "team/send a picture"]
    assert [each.name for each in find(known, "team/ pict", None)] == ["team/send a picture"]
    assert [each.name for each in find(known, "OPS/", None)] == ["Ops/a/b"]
    shown = RequestList()
    shown.entries = find(known, "team/ pict", None)
    assert ("team/", "muted") in shown.draw_row(0, 100)
    assert "".join(text for text, _ in shown.draw_row(0, 100)).startswith("★ team/send a picture     GET")


def test_operations_are_found_by_words_and_only_then():
    known = entries({"look": NOTHING}, [], [past(f"/lookups/{number}") for number in range(9)], NOW)
    assert all(each.operation is None for each in find(known, "", frozenset()))
    found = find(known, "lookups", frozenset())
    kinds = [each.kind for each in found]
    # The last few that were sent, what there is to send, all else that was sent.
    assert kinds[:LIKELIEST] == ["past"] * LIKELIEST
    assert kinds[-5:] == ["past"] * (9 - LIKELIEST) + ["example"]
    assert len({id(each) for each in found}) == len(found)
    first = found[LIKELIEST]
    assert first.operation is not None
    assert first.request == RequestText(path="https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}")


def test_a_request_that_was_sent_often_is_found_once_before_the_operations():
    known = entries({}, [], [past(MESSAGES_PATH)] * 20 + [past(MESSAGES_PATH, request_of="To=1")], NOW)
    kinds = [each.kind for each in find(known, "messages.json", None)]
    assert kinds[:3] == ["past", "past", "operation"]
    assert kinds.count("past") == 21


def test_what_the_sandbox_has_not_is_marked():
    has = operation("GET", MESSAGES_PATH)
    found = find([], "messages", frozenset({(has.method, has.host, has.path)}))
    assert [each.operation for each in found if not each.lacking] == [has]
    assert not any(each.lacking for each in find([], "messages", None))
    shown = RequestList()
    shown.entries = found[:2]
    first, second = ("".join(text for text, _ in shown.draw_row(index, 100)) for index in range(2))
    assert first.startswith("◌ POST   api         …/Messages.json  To")
    assert second.startswith("○ GET    api         …/Messages.json")


def test_the_row_under_the_cursor_is_described_in_full():
    sent = entries({}, [], [past(status=200, elapsed=0.011, request_of="a=b")] * 2, NOW)[0]
    assert describe(sent, 100).plain == f"GET {LONG}\n200 · 11 ms · acme · a=b"
    offered = find([], "verify check", None)[0]
    lines = describe(offered, 200).plain.split("\n")
    assert lines[0] == "POST https://verify.twilio.com/v2/Services/{ServiceSid}/VerificationCheck"
    assert lines[1].startswith("takes To · Code")


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
