"""The form of a campaign as texts: kept and read again, seeded, and read into what is planned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.test_planning import plan_of
from tui.jobs.model import HaltRules, Pacing
from tui.jobs.plan import CampaignSpec
from tui.screens.base import CampaignRows
from tui.screens.campaign.fields import (
    NAMES,
    CampaignFields,
    clashes,
    name_campaign,
    read_campaign,
    read_fields,
    read_halts,
    read_pace,
    read_senders,
    rows_of,
    table_of,
    with_seed,
    write_rows,
)
from tui.screens.campaign.plan_words import head_lines
from tui.screens.campaign.seed import CampaignSeed
from tui.screens.campaign.sender_words import say_country, say_pace, say_senders, with_sender
from tui.screens.campaign.text_sizes import measure_rows
from tui.screens.sending.draft import DraftFields
from tui.storage.spreadsheets import Table, TableRow
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest
from tui.twilio.segments import measure

NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
ONE, TWO, SERVICE = "+14155550100", "+14155550101", "MG" + "0" * 32
TABLE = Table(("phone", "name"), (TableRow(2, ("+14155550123", "Maya")), TableRow(3, ("+14155550124", ""))))


@given(st.builds(CampaignFields, **dict.fromkeys(NAMES, st.text(max_size=20))))
def test_what_is_kept_is_read_again_as_it_was_typed(typed: CampaignFields):
    assert read_fields(typed.texts()) == typed


CELLS = st.text(max_size=8)


@given(st.builds(CampaignRows, CELLS, st.tuples(CELLS, CELLS), st.lists(st.tuples(CELLS, CELLS)).map(tuple)))
def test_rows_that_were_given_are_kept_as_they_were(rows: CampaignRows):
    assert rows_of(write_rows(rows)) == rows
    table = table_of(rows)
    assert [row.cells for row in table.rows] == list(rows.rows)


@given(st.text(max_size=40))
def test_whatever_a_file_holds_in_the_place_of_rows_is_no_rows_and_no_error(text: str):
    rows_of(text)


@pytest.mark.parametrize("text", ["", "[]", "[1,2,3,4]", '["a",["b"],null,[5]]', "[" * 5000])
def test_what_is_no_rows_is_none(text: str):
    assert rows_of(text) is None


def test_senders_are_one_several_in_turn_or_a_service_alone():
    assert read_senders(f" {ONE} , {TWO},{ONE}") == (ONE, TWO)
    assert read_senders(SERVICE) == (SERVICE,)
    with pytest.raises(InvalidRequest, match="sends alone"):
        read_senders(f"{ONE}, {SERVICE}")
    with pytest.raises(InvalidRequest):
        read_senders(f"{ONE}, what is this?")


def test_a_sender_that_is_chosen_again_is_taken_out_and_a_service_replaces_all():
    assert with_sender("", ONE) == ONE
    assert with_sender(ONE, TWO) == f"{ONE}, {TWO}"
    assert with_sender(f"{ONE}, {TWO}", ONE) == TWO
    assert with_sender(f"{ONE}, {TWO}", SERVICE) == SERVICE
    assert with_sender(SERVICE, ONE) == ONE


@pytest.mark.parametrize(("typed", "pace"), [("", None), ("1", 1), (" 0.5/s", 0.5), ("0,5", 0.5), ("100 / s", 100)])
def test_a_pace_is_segments_a_second(typed: str, pace: float | None):
    assert read_pace(typed) == pace


@pytest.mark.parametrize("typed", ["0", "-1", "nan", "inf", "1e9", "fast", "1 2"])
def test_no_pace_is_refused_with_what_to_write(typed: str):
    with pytest.raises(InvalidRequest, match="Write one like 1"):
        read_pace(typed)


def test_when_it_halts_is_typed_or_the_usual():
    assert read_halts("", "") == HaltRules()
    assert read_halts("3", "50 %") == HaltRules(3, 0.5)
    for alike, filtered, field in (
        ("0", "", "alike"),
        ("²", "", "alike"),
        ("", "0", "filtered"),
        ("", "101", "filtered"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            read_halts(alike, filtered)
        assert caught.value.field == field


def reading(**typed: Any) -> Any:
    fields = CampaignFields(source="lines", from_=ONE, body="Hi {name}")
    return read_campaign(CampaignFields(**(_texts(fields) | typed)), TABLE, 0, now=NOW)


def _texts(fields: CampaignFields) -> dict[str, str]:
    return fields.texts()


def test_a_whole_form_says_what_is_planned():
    read = reading(country="Germany", pace="3", alike="2")
    assert read.problems == ()
    assert (read.spec.table, read.spec.column, read.spec.senders, read.spec.country) == (TABLE, 0, (ONE,), "DE")
    assert read.spec.pacing == Pacing(3)
    assert read.halts == HaltRules(2)
    assert reading(from_=SERVICE, pace="3").spec.pacing is None, "what goes through a service Twilio paces"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"from_": ""}, "From"),
        ({"from_": "what?"}, "From"),
        ({"body": " "}, "Body"),
        ({"country": "Atlantis"}, "country"),
        ({"pace": "0"}, "pace"),
        ({"send_at": "never"}, "SendAt"),
        ({"alike": "x"}, "alike"),
        ({"filtered": "x"}, "filtered"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(typed: dict[str, str], field: str):
    read = reading(**typed)
    assert read.spec is None
    assert [each.field for each in read.problems] == [field]


def test_without_rows_there_is_nobody_to_write_to():
    fields = CampaignFields(source="file", from_=ONE, body="Hi")
    assert [each.field for each in read_campaign(fields, None, None, now=NOW).problems] == ["path"]
    assert [each.field for each in read_campaign(fields, TABLE, None, now=NOW).problems] == ["column"]


def test_a_seed_puts_in_what_it_has_and_asks_where_something_else_stands():
    kept = CampaignFields(name="Autumn", source="file", path="a.csv", from_=TWO, body="Hi")
    text = CampaignSeed(typed=DraftFields(body="Hello", from_=ONE))
    assert clashes(kept, text)
    assert (with_seed(kept, text).body, with_seed(kept, text).path) == ("Hello", "a.csv")
    sender = CampaignSeed(typed=DraftFields(from_=ONE))
    assert not clashes(kept, sender)
    assert with_seed(kept, sender) == kept, "a sender alone takes the place of none"
    rows = CampaignSeed(rows=CampaignRows("28 people", ("phone",), ((ONE,),)))
    assert not clashes(kept, rows), "the path stays, and is not what is read"
    assert (with_seed(kept, rows).source, name_campaign(with_seed(CampaignFields(), rows))) == ("rows", "28 people")
    lines = CampaignSeed(lines="+1\n+2")
    assert clashes(CampaignFields(lines="+3"), lines)
    assert with_seed(kept, lines).source == "lines"


def test_what_is_said_of_senders_pace_and_country():
    assert say_senders("", None)[0].startswith("One sender, several in turn")
    assert "in turn" in say_senders(f"{ONE}, {TWO}", None)[0]
    assert "for what outgrows one machine" in say_senders(SERVICE, None)[0]
    assert say_senders("what?", None)[1] == "bad"
    assert say_pace("", ONE) == ("= 1 segment/s: what Twilio lets a US or Canadian number send.", "muted")
    assert say_pace("5", ONE)[1] == "warn"
    assert "a guess" in say_pace("", "+4915112345678")[0]
    assert say_pace("5", SERVICE)[0].startswith("Not looked at")
    assert say_country("", ONE)[0] == "= the United States, as the sender"
    assert say_country("de", ONE)[0] == "= Germany"
    assert say_country("Atlantis", ONE)[1] == "bad"


@given(st.lists(st.text(alphabet="ab€é😀", max_size=200), min_size=1, max_size=12))
def test_the_longest_row_has_the_most_segments_and_the_typical_one_is_a_row(names: list[str]):
    rows = tuple(TableRow(line, (f"x{name}x",)) for line, name in enumerate(names, 2))
    sizes = measure_rows("Hi {name}", Table(("name",), rows))
    assert sizes is not None
    texts = [f"Hi {row.cells[0].strip()}" for row in rows]
    assert measure(sizes.longest).segments == max(measure(text).segments for text in texts)
    assert sizes.typical in texts
    assert sizes.longest == texts[sizes.longest_line - 2]


def test_rows_that_lack_a_value_are_counted_and_measure_nothing():
    sizes = measure_rows("Hi {name}", TABLE)
    assert sizes is not None
    assert (sizes.rows, sizes.missing, sizes.longest, sizes.longest_line) == (2, 1, "Hi Maya", 2)
    assert measure_rows("Hi {name}", Table(("name",), (TableRow(1, ("",)),))) is None


@pytest.mark.parametrize(
    ("body", "begins"), [("Hi {name}", "✓ 1 of 2 rows ready"), ("Hi {nmae}", "✗ 2 of 2 rows ready")]
)
def test_what_cannot_begin_is_not_ticked_off_for_its_ready_rows(body: str, begins: str):
    plan = plan_of(CampaignSpec(TABLE, 0, Draft("", "", body), (ONE,)), now=NOW + timedelta(hours=7))
    first = head_lines(plan, "r", "r.csv", None, sandbox=True, now=NOW)[0]
    assert first.plain.startswith(begins)
