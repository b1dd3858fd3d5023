"""Rows to recipients: each row is somebody once, or says why it is nobody."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.jobs.model import LeftOut
from tui.jobs.recipients import RowRecipient, number_column, recipients
from tui.storage.spreadsheets import Table, TableRow, read_pasted, read_table
from tui.twilio.addresses import AddressError, read_recipient


def read(*cells: str, country: str | None = None) -> list[RowRecipient]:
    table = Table(("number",), tuple(TableRow(line, (cell,)) for line, cell in enumerate(cells, 2)))
    return list(recipients(table, 0, country))


@pytest.mark.parametrize(
    "written",
    [
        "+14155550123",
        "+1 (415) 555-0123",
        '="+14155550123"',
        "'+14155550123",
        "14155550123.0",
        "14155550123,00",
        "0014155550123",
        "\u00a0+1 415 555 0123 ",
        "(415) 555-0123",
        "415-555-0123",
        "tel:+1-415-555-0123",
        "＋１４１５５５５０１２３",
        "\u202a+1 415 555 0123\u202c",
    ],
)
def test_a_number_is_read_however_a_spreadsheet_or_a_person_writes_it(written: str):
    assert [each.address for each in read(written, country="US")] == ["+14155550123"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1.41556E+10", "spreadsheet rounded this number"),
        ("4,91555E+12", "spreadsheet rounded this number"),
        ("+14155550123, +14155550124", "2 numbers in this cell"),
        ("+14155550123 ::: +14155550124", "2 numbers in this cell"),
        ("+14155550123\n+14155550124", "2 numbers in this cell"),
        ("+14155550123 / +14155550124", "2 numbers in this cell"),
        ("", "The column “number” is empty in this row"),
        ("call me", "cannot contain “c”"),
        ("12345", "too short for a person's number"),
        ("MG" + "0" * 32, "This is a SID"),
        ("fax:+14155550123", "is not a channel"),
    ],
)
def test_what_is_no_number_says_why(written: str, words: str):
    [found] = read(written, country="US")
    assert found.left_out is LeftOut.NOT_A_NUMBER
    assert not found.address
    assert words in found.detail


def test_numbers_in_national_form_wait_for_a_country_and_are_told_apart():
    found = read("(415) 555-0123", "+14155550124", "x")
    assert [each.lacks_country for each in found] == [True, False, False]
    assert found[0].detail == "It has no country code."
    assert read("01555 0000123", country="DE")[0].address == "+4915550000123"


def test_the_same_person_is_written_to_once_whatever_the_form_and_the_channel():
    found = read("(415) 555-0123", "whatsapp:+14155550123", "+1 415 555 0124", "+14155550123", country="US")
    assert [each.left_out for each in found] == [None, LeftOut.DUPLICATE, None, LeftOut.DUPLICATE]
    assert [each.first for each in found] == [None, 2, None, 2]
    assert found[1].detail == "Line 2 has this number already."
    table = read_pasted("+14155550123, +14155550124, +14155550123")
    assert [each.left_out for each in recipients(table, 0)] == [None, None, LeftOut.DUPLICATE]


def test_addresses_of_channels_pass_as_they_are():
    assert [each.address for each in read("whatsapp:+14155550123", "messenger:123456")] == [
        "whatsapp:+14155550123",
        "messenger:123456",
    ]


def test_a_row_that_is_not_to_be_trusted_is_left_out_with_its_flaw():
    table = read_table(b"Name;Phone\nMaya;+14155550123\nDubois; Chlo;+14155550124\n")
    found = list(recipients(table, 1))
    assert [each.left_out for each in found] == [None, LeftOut.UNSENDABLE]
    assert "This row has 3 cells and the table 2 columns" in found[1].detail


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Name;Phone\nMaya;+14155550123", 1),
        ("Phone;Mobile;Name\n+14155550123;+14155550124;Maya", 1),
        ("Phone 1;Phone 2\n4155550123;+14155550124", 1),
        ("Kundennummer;Kontakt;seit\n4711123;+4915550000123;2024-01-05", 1),
        ("Order;Price;Date;To\n10012345;1234,50;05.06.2024;+14155550123", 3),
        ("4711123;Maya;+14155550123\n4711124;Jonas;+14155550124", 2),
        ("Maya;+14155550123\nJonas;+14155550124", 1),
        ("Name;Telefon\nMaya;siehe unten\nJonas;4,91555E+12", 1),
        ("Name;City\nMaya;Berlin", None),
        ("Name;Kontakt\nMaya;\u202a+14155550123\u202c\nKenta;＋８１９００００００１２３", 1),
        ("Name;Where\nMaya;whatsapp:+14155550123", 1),
    ],
)
def test_the_column_of_numbers_is_found(text: str, column: int | None):
    assert number_column(read_pasted(text)) == column


CELLS = st.sampled_from(
    ["+14155550123", "(415) 555-0123", "1.4E+10", "", "x", "whatsapp:+14155550123", "+14155550124, 2"]
) | st.text(max_size=20)


@given(st.lists(CELLS, max_size=8), st.sampled_from([None, "US", "DE"]))
def test_every_row_has_one_verdict_in_order_and_nobody_is_written_to_twice(cells: list[str], country: str | None):
    found = read(*cells, country=country)
    assert [each.row.line for each in found] == list(range(2, len(cells) + 2))
    ready = [each.address for each in found if each.left_out is None]
    assert len({each.rpartition(":")[2] for each in ready}) == len(ready)
    assert all(each.detail for each in found if each.left_out is not None)
    for each in ready:
        assert read_recipient(each).address == each


@given(st.from_regex(r"\+[1-9][0-9]{6,13}", fullmatch=True), st.sampled_from(["{}", '="{}"', "'{}", " {} ", "{}.0"]))
def test_what_a_spreadsheet_puts_around_a_number_changes_nothing(number: str, around: str):
    try:
        expected = read_recipient(number).address
    except AddressError:
        expected = ""
    assert read(around.format(number))[0].address == expected


def test_ten_thousand_rows_take_little_and_come_as_they_are_asked_for():
    cells = [f"+1415{200 + n // 10_000}{n % 10_000:04}" if n % 2 else f"0151 {n:08}" for n in range(10_000)]
    read("+14155550123")
    begun = time.process_time()
    assert len(read(*cells, country="DE")) == 10_000
    # 0.6 s on the slow machine that it was measured on.
    assert time.process_time() - begun < 3
