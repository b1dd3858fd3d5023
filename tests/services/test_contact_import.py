"""What an import would do: every row is counted once, and nothing is called a number that is none."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.services.contact_import import (
    ContactsUnread,
    ImportReport,
    ImportStopped,
    find_country,
    read_contacts,
    report_import,
)
from tui.storage.contact_files import FoundContact, TableFile, read_contacts_file
from tui.storage.contacts import Contact


def rows(*pairs: tuple[str, str]) -> list[FoundContact]:
    return [FoundContact(line, name, number) for line, (name, number) in enumerate(pairs, start=2)]


def nobody(address: str) -> str:
    return ""


def counted(report: ImportReport) -> int:
    return len(report.new) + report.same + len(report.other) + len(report.refused)


def test_a_report_tells_the_new_the_same_those_with_another_name_and_what_is_no_number():
    present = {"+14155550123": "Maya", "+14155550124": "Jonas"}
    report = report_import(
        rows(
            ("Maya", "+1 (415) 555-0123"),
            ("J. Berg", "+14155550124"),
            ("Chloé", "tel:+33-6-39-98-01-23"),
            ("Chloé", "+33639980123"),
            ("Somebody", "+33639980123"),
            ("Nobody", "call me"),
            ("Rounded", "1.41556E+10"),
            ("", "+14155550125"),
            ("+1 415 555 0126", "+14155550126"),
        ),
        lambda address: present.get(address, ""),
    )
    assert report.new == (Contact("+33639980123", "Chloé"),)
    assert report.same == 2
    assert report.other == ((Contact("+14155550124", "J. Berg"), "Jonas"),)
    reasons = {each.line: each.reason for each in report.refused}
    assert "Line 4 names this number already: Chloé" in reasons[6]
    assert "rounded this number" in reasons[8]
    assert "no name" in reasons[9]
    assert "a number itself" in reasons[10]
    assert set(reasons) == {6, 7, 8, 9, 10}
    assert counted(report) == 9


def test_numbers_in_national_form_wait_for_a_country():
    found = rows(("Maya", "(415) 555-0123"), ("Jürgen", "01555 0000123"), ("Priya", "+12125550134"))
    report = report_import(found, nobody)
    assert report.without_country == 2
    assert [each.address for each in report.new] == ["+12125550134"]
    report = report_import(found, nobody, "US")
    assert report.without_country == 0
    assert [each.address for each in report.new] == ["+14155550123", "+12125550134"]
    assert [each.name for each in report.refused] == ["Jürgen"]
    assert report_import(found[1:2], nobody, "DE").new[0].address == "+4915550000123"


@pytest.mark.parametrize(
    "written", ['="+14155550123"', "'+14155550123", "14155550123.0", "14155550123,0"[:11], '"+1 415 555 0123"']
)
def test_what_spreadsheets_put_around_a_number_is_taken_off(written: str):
    assert report_import(rows(("Maya", written)), nobody, "US").new[0].address == "+14155550123"


def test_a_row_that_is_not_to_be_trusted_is_refused_with_its_flaw():
    read = read_contacts_file(
        b'Name;Phone\nMaya;+14155550123\nDubois; Chlo;+33639980123\n"Jonas\nOmar;+14155550124";+14155550125\n'
    )
    assert isinstance(read, TableFile)
    report = report_import(read.found(read.names[0], read.numbers[0]), nobody)
    assert [each.address for each in report.new] == ["+14155550123"]
    assert [(each.line, each.name) for each in report.refused] == [(3, "Dubois"), (4, "Jonas\nOmar;+14155550124")]
    assert "needs quotes around it" in report.refused[0].reason
    assert "what looks like the next one" in report.refused[1].reason


@pytest.mark.parametrize(
    ("text", "region"), [("us", "US"), ("Germany", "DE"), ("the netherlands", "NL"), ("x", None), ("", None)]
)
def test_a_country_is_read_by_its_code_or_its_name(text: str, region: str | None):
    assert find_country(text) == region


def test_a_report_that_nobody_waits_for_is_given_up():
    with pytest.raises(ImportStopped):
        report_import(rows(("Maya", "+14155550123")), nobody, stopped=lambda: True)


def test_a_pipe_a_folder_or_nothing_is_no_file_of_contacts(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("pipe.csv", "", "none.csv"):
        with pytest.raises(ContactsUnread, match="cannot be read"):
            read_contacts(tmp_path / name)


NUMBERS = st.sampled_from(
    ["+14155550123", "(415) 555-0123", "+14155550124", "1.4E+10", "x", "", "12345", "+1 415 5550124"]
) | st.text(max_size=30)
FOUND = st.lists(st.tuples(st.sampled_from(["Maya", "Jonas", "", "123456", "M\x00"]) | st.text(max_size=5), NUMBERS))


@given(FOUND, st.sampled_from([None, "US", "DE"]), st.sampled_from(["", "Maya"]))
def test_every_number_of_the_file_is_counted_once_and_written_once_at_most(found, country, name):
    pairs = rows(*found)
    report = report_import(pairs, lambda address: name if address == "+14155550123" else "", country)
    assert counted(report) == len(pairs)
    written = [each.address for each in report.new] + [each.address for each, _ in report.other]
    assert len(set(written)) == len(written)
    again = {each.address: each.name for each in report.new} | {each.address: each.name for each, _ in report.other}
    after = report_import(pairs, lambda address: again.get(address, name if address == "+14155550123" else ""), country)
    assert after.new == ()
