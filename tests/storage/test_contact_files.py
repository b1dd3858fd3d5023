"""Files of contacts from elsewhere: every separator and encoding, vCards of all versions, whatever bytes there are."""

from __future__ import annotations

import codecs
import csv
import io
import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.storage import contact_files, text_decoding
from tui.storage.contact_files import CardFile, ContactsUnread, FoundContact, TableFile, read_contacts_file
from tui.storage.number_cells import is_rounded


def found(data: bytes | str) -> list[tuple[str, str]]:
    read = read_contacts_file(data.encode() if isinstance(data, str) else data)
    entries = read.found(read.names[0], read.numbers[0]) if isinstance(read, TableFile) else read.found
    return [(each.name, each.number) for each in entries]


PEOPLE = [("Chloé Dubois", "+33 6 39 98 01 23"), ("Jürgen Groß", "+49 1555 0000123")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_table_is_read_whatever_program_saved_it(separator: str, encoding: str, header: bool, ends: str):
    rows = [("Name", "Phone"), *PEOPLE] if header else PEOPLE
    text = ends.join(separator.join(row) for row in rows)
    assert found(text.encode(encoding)) == PEOPLE


def test_quotes_line_ends_in_cells_and_a_line_that_names_the_separator_are_understood():
    text = 'sep=;\r\nName;Phone\r\n"Dubois; ""Chloé""\nParis";"+33639980123"\r\n'
    assert found(text) == [('Dubois; "Chloé"\nParis', "+33639980123")]
    read = read_contacts_file(text.encode())
    assert isinstance(read, TableFile)
    assert read.table.rows[0].line == 3


def test_a_google_export_has_its_names_in_parts_and_several_numbers_in_one_cell():
    text = (
        "First Name,Middle Name,Last Name,Labels,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,"
        "Phone 2 - Label,Phone 2 - Value\n"
        "Maya,,Lindqvist,* myContacts,maya@example.com,Mobile,+1 415-555-0123 ::: +14155550124,Work,(415) 555-0125\n"
        "Jonas,K.,Berg,* myContacts,,Mobile,+49 1555 0000123,,\n"
    )
    assert found(text) == [
        ("Maya Lindqvist", "+1 415-555-0123"),
        ("Maya Lindqvist", "+14155550124"),
        ("Maya Lindqvist", "(415) 555-0125"),
        ("Jonas K. Berg", "+49 1555 0000123"),
    ]


def test_an_outlook_export_leaves_faxes_and_postal_codes_alone():
    text = (
        "First Name,Last Name,Business Fax,Mobile Phone,Home Phone,Home Postal Code,Birthday\n"
        "Maya,Lindqvist,+14155550199,+14155550123,,94107123,1990-01-01\n"
        "Jonas,Berg,,+14155550124,+14155550125,94107123,\n"
    )
    assert [number for _, number in found(text)] == ["+14155550123", "+14155550124", "+14155550125"]


def test_without_a_header_columns_are_told_apart_by_what_is_in_them_and_may_be_chosen():
    read = read_contacts_file(b"4711,Maya,+14155550123\n4712,Jonas,+14155550124\n")
    assert isinstance(read, TableFile)
    assert read.titles == ("A (4711)", "B (Maya)", "C (+14155550123)")
    assert read.names[0] == (1,)
    assert read.numbers[0] == (2,)
    assert (0,) in read.numbers
    assert "commas, without a header" in read.table.said


@pytest.mark.parametrize(
    "number", ["1.41556E+10", "1,41556E+10", "4.91555E+12", "1E+10", "'1.41556e+10", "-1.41556E+10"]
)
def test_a_number_that_a_spreadsheet_rounded_is_known_as_that(number: str):
    assert is_rounded(number)
    assert found(f"Name;Phone\nMaya;{number}\n") == [("Maya", number)]


def test_a_plain_number_is_not_taken_for_a_rounded_one():
    assert not any(is_rounded(each) for each in ("+14155550123", "12e", "e10", "Maya", "", "1.5"))


V2 = """BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gro=C3=9F;J=C3=BC=\r
rgen;;;\r
TEL;CELL;PREF:+49 1555 0000123\r
TEL;WORK;FAX:+49 30 1234567\r
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD\r
 FN:Nobody\r
\r
END:VCARD\r
"""
V3 = """BEGIN:VCARD
VERSION:3.0
FN:Maya Lind
 qvist
N:Lindqvist;Maya;;;
item1.TEL;type=CELL;type=VOICE;type=pref:(415) 555-0123
item1.X-ABLabel:_$!<Other>!$_
TEL;TYPE="cell,voice":+14155550124
NOTE:TEL:+1999
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:
N:;;;;
ORG:Müller\\, Söhne\\; Co;Sales
TEL:+49301234567
END:VCARD
"""
V4 = """BEGIN:VCARD
VERSION:4.0
FN:健太
TEL;VALUE=uri;TYPE="voice,cell":tel:+81-90-0000-0123
END:VCARD
"""


def test_cards_of_all_versions_are_read_with_folds_several_numbers_and_no_faxes():
    assert found(V2) == [("Jürgen Groß", "+49 1555 0000123")]
    assert found(V3) == [
        ("Maya Lindqvist", "(415) 555-0123"),
        ("Maya Lindqvist", "+14155550124"),
        ("Müller, Söhne; Co Sales", "+49301234567"),
    ]
    assert found(V4.replace("\n", "\r\n")) == [("健太", "tel:+81-90-0000-0123")]
    read = read_contacts_file(V3.encode())
    assert isinstance(read, CardFile)
    assert read.found[0] == FoundContact(6, "Maya Lindqvist", "(415) 555-0123")
    assert len(found((V2 + V3 + V4).encode("utf-8-sig"))) == 5


def test_latin_1_of_an_old_telephone_is_read_as_it_says():
    card = b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:Gro=DF;J=FCrgen\nTEL:123456\nEND:VCARD\n"
    assert found(card) == [("Jürgen Groß", "123456")]
    assert found(card.replace(b"ISO-8859-1", b"rot13")) == [("Jürgen Groß", "123456")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no row"),
        (b"Name\nMaya\n", "no two columns"),
        (b"PK\x03\x04\0\0\0" * 50, "a spreadsheet itself"),
        (b"BEGIN:VCARD\nFN:Maya\nEND:VCARD\n", "has a number"),
        (b'a,"' + b"x" * 200_000, "Line 1, column B, holds more than 131,072"),
    ],
)
def test_what_holds_no_contacts_is_said(data: bytes, words: str):
    with pytest.raises(ContactsUnread, match=words):
        read_contacts_file(data)


def test_what_is_more_than_can_be_read_is_cut_and_takes_its_time_only(monkeypatch):
    monkeypatch.setattr(contact_files, "MOST_FOUND", 100)
    read = read_contacts_file(b"Name,Phone\n" + b"Maya,+14155550123\n" * 1000)
    assert isinstance(read, TableFile)
    assert read.table.cut
    read = read_contacts_file(b"BEGIN:VCARD\nFN:Maya\nTEL:+14155550123\nEND:VCARD\n" * 1000)
    assert isinstance(read, CardFile)
    assert read.cut
    assert len(read.found) == 100
    monkeypatch.setattr(text_decoding, "MOST_LINES", 1000)
    for begin in (b"", b"BEGIN:VCARD\n"):
        with pytest.raises(ContactsUnread, match="more than 1,000 lines"):
            read_contacts_file(begin + b"\n" * 2000)


@pytest.mark.parametrize(
    "data",
    [
        b"BEGIN:VCARD\n" * 100_000,
        b"BEGIN:VCARD\nPHOTO:" + b"A" * 2_000_000 + b"\nTEL:1\nEND:VCARD",
        b"BEGIN:VCARD\nTEL" + b';"' * 200_000 + b":1\n" * 10,
        b"BEGIN:VCARD\nFN;QUOTED-PRINTABLE:" + b"=\n" * 300_000,
        b"a,b\n" + b"," * 2_000_000,
        b"\0\0" * 500_000,
        b";" * 2_000_000,
        b'"\n",' * 1_000_000,
    ],
)
def test_a_hostile_file_is_over_soon(data: bytes):
    begun = time.process_time()
    with suppress(ContactsUnread):
        found(data)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "data",
    [
        b"BEGIN:VCARD\nFN:x\n" + b";" * 30_000_000,
        b" " * 30_000_000,
        b"," * 30_000_000,
        codecs.BOM_UTF8 + b"\xff" * 5_000_000,
        b"\x81" * 5_000_000,
    ],
    ids=["semicolons", "blanks", "commas", "no-utf8", "no-cp1252"],
)
def test_meanwhile_other_threads_have_their_turn(data: bytes):
    """The thread that draws is one of them. Measured by what this process computed in between, whatever else runs."""
    worst, over = [0.0], threading.Event()

    def draw() -> None:
        before = time.process_time()
        while not over.wait(0.002):
            now = time.process_time()
            worst[0] = max(worst[0], now - before)
            before = now

    drawing = threading.Thread(target=draw)
    drawing.start()
    with suppress(ContactsUnread):
        found(data)
    over.set()
    drawing.join()
    assert worst[0] < 0.4


@given(
    st.binary(max_size=400) | st.text(max_size=300).map(lambda text: f"BEGIN:VCARD\n{text}".encode("utf-8", "replace"))
)
def test_whatever_the_bytes_are_they_are_read_or_said_to_be_unreadable(data: bytes):
    try:
        found(data)
    except ContactsUnread as problem:
        assert problem.reason
        assert problem.remedy


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda name: name.strip() == name and any(each.isalpha() for each in name)
)


@given(
    names=st.lists(NAMES, min_size=1, max_size=6),
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_what_a_spreadsheet_writes_is_read_back(names: list[str], separator: str, encoding: str):
    rows = [(name, f"+1415555{n:04}") for n, name in enumerate(names)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(("Name", "Phone"))
    writer.writerows(rows)
    assert found(text.getvalue().encode(encoding)) == rows
