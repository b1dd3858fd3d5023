"""What a row of the archive holds is the whole message, whatever Twilio said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.archive.resources import RESOURCES, resource
from tui.archive.encoding import DamagedRow, decode, decode_sid, encode, encode_sid
from tui.twilio.message import Message, StatusReport, read_message, take_over


def kept(message: Message) -> Message:
    """The message after it stood in a row. A number for an address or a term comes back as its text."""
    cells = encode(message)
    for cell in cells:
        assert cell is None or isinstance(cell, int | bytes) or cell.encode() is not None
        assert not isinstance(cell, int) or -(2**63) <= cell < 2**63
    row = [None if cell == "" and place not in (0, 1, 2, 16) else cell for place, cell in enumerate(cells)]
    number, found = decode((7, *row))
    assert number == 7
    return found


def comes_back(raw: dict[str, object]) -> None:
    message = read_message(raw)
    assert dict(message.raw) == raw
    found = kept(message)
    assert found == message
    assert dict(found.raw) == raw
    assert json.dumps(dict(found.raw), sort_keys=True) == json.dumps(raw, sort_keys=True)
    assert encode(found) == encode(message)


@settings(max_examples=150)
@given(RESOURCES)
def test_every_json_object_comes_back_whole(raw: dict[str, object]) -> None:
    comes_back(raw)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=10_000)
@given(RESOURCES)
def test_ten_thousand_json_objects_come_back_whole(raw: dict[str, object]) -> None:
    comes_back(raw)


@given(RESOURCES, RESOURCES)
def test_merged_states_come_back_too(one: dict[str, object], other: dict[str, object]) -> None:
    merged = take_over(read_message(one), read_message(other))
    assert kept(merged) == merged
    assert dict(kept(merged).raw) == dict(merged.raw)


@pytest.mark.parametrize(
    "message",
    [
        Message("SM1", price=Decimal("0.000001"), date_sent=datetime(2026, 7, 1, 12, 0, 0, 5, UTC)),
        Message("SM1", price=Decimal("1e25"), date_created=datetime(1969, 12, 31, 23, 59, 59, 999, UTC)),
        Message("SM1", price=Decimal("-0.00000"), body="cut \ud83d", to="\udfff", error_message="\x00"),
        Message("", "", "inbound", "whatsapp:+49151", "\x00"),
    ],
)
def test_what_no_answer_said_comes_back_as_well(message: Message) -> None:
    assert kept(message) == message


def test_a_report_stays_a_report() -> None:
    report = StatusReport("SM1", "failed", error_code=30003)
    assert kept(report) == report
    assert isinstance(kept(take_over(report, report)), StatusReport)


def test_what_a_text_was_taken_for_comes_back_and_is_no_part_of_the_resource() -> None:
    told = StatusReport("SM1", opt_out_type="STOP")
    message = take_over(read_message(resource(1, direction="inbound", more=1)), told)
    assert message.opt_out_type == "STOP"
    assert kept(message) == message
    assert dict(kept(message).raw) == resource(1, direction="inbound", more=1)
    assert kept(told) == told


def test_twilios_usual_form_takes_no_room_of_its_own() -> None:
    assert encode(read_message(resource(1))).extra is None
    one = resource(1)
    del one["subresource_uris"]["feedback"]  # type: ignore[attr-defined]
    extra = encode(read_message(one)).extra
    assert extra is not None and len(extra) < 100
    assert kept(read_message(one)).raw == one


def test_a_redacted_text_is_nowhere_in_the_row() -> None:
    known = read_message({"sid": "SM1", "status": "sent", "body": 12345})
    told = read_message({"sid": "SM1", "status": "sent", "body": ""})
    assert "12345" not in str(encode(take_over(known, told)))
    assert "12345" not in str(encode(take_over(told, known)))


@given(st.text() | st.from_regex(r"[SM]M[0-9a-f]{32}", fullmatch=True))
def test_a_sid_of_any_kind_comes_back(sid: str) -> None:
    assert decode_sid(encode_sid(sid)) == sid


def test_a_damaged_extra_leaves_what_the_columns_say() -> None:
    cells = encode(read_message(resource(1)))
    for damaged in ("{", "[]", "7", '{"differs": 1, "lacks": {"x": 1}}', '{"lacks": [1, null]}'):
        assert decode((7, *cells[:-1], damaged))[1].body == read_message(resource(1)).body


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        *((1, b"\xc7" * 17), (1, None), (1, b"\0\xff"), (2, 99), (2, None), (3, -77), (4, 5), (6, "x"), (9, 1.5)),
        *((15, 2**62), (15, -(2**62)), (17, b"body"), (17, None), (18, 5)),
    ],
)
def test_a_damaged_cell_is_damage_and_no_message(place: int, cell: object) -> None:
    row = list[object]((7, *encode(read_message(resource(1)))))
    row[place] = cell
    with pytest.raises(DamagedRow):
        decode(tuple(row))
