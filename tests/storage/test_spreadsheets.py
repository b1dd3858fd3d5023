"""Tables as Excel, LibreOffice, Google Sheets and Numbers save them: read right, or refused with line and column."""

from __future__ import annotations

import codecs
import csv
import io
import os
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.storage import spreadsheets
from tui.storage.spreadsheets import Table, TableUnread, read_pasted, read_table, read_table_file
from tui.storage.table_layout import column_key

COLUMNS = ("Name", "Phone", "Text")
PEOPLE = [
    ("Chloé Dubois", "+33 6 39 98 01 23", 'Sie sagte: "Ja; um 8"\nBis dann'),
    ("Jürgen Groß", "+4915550000123", "1,50 €"),
]
BODY = 'Chloé Dubois;+33 6 39 98 01 23;"Sie sagte: ""Ja; um 8""\nBis dann"\r\nJürgen Groß;+4915550000123;1,50 €\r\n'

EXCEL = "Name;Phone;Text\r\n" + BODY
AS_WRITTEN = {
    "Excel, CSV UTF-8": codecs.BOM_UTF8 + EXCEL.encode(),
    "Excel, CSV with its separator named": ("sep=;\r\n" + EXCEL).encode("cp1252"),
    "Excel, CSV (ANSI)": EXCEL.encode("cp1252"),
    "Excel, Unicode text": codecs.BOM_UTF16_LE
    + 'Name\tPhone\tText\r\nChloé Dubois\t+33 6 39 98 01 23\t"Sie sagte: ""Ja; um 8""\nBis dann"\r\n'
    "Jürgen Groß\t+4915550000123\t1,50 €\r\n".encode("utf-16-le"),
    "LibreOffice": EXCEL.replace("\r\n", "\n").encode(),
    "LibreOffice, each text in quotes": (
        '"Name","Phone","Text"\n"Chloé Dubois","+33 6 39 98 01 23","Sie sagte: ""Ja; um 8""\nBis dann"\n'
        '"Jürgen Groß","+4915550000123","1,50 €"\n'
    ).encode("iso8859-15").replace(b"\xa4", "€".encode("cp1252")),
    "Google Sheets": (
        'Name,Phone,Text\r\nChloé Dubois,+33 6 39 98 01 23,"Sie sagte: ""Ja; um 8""\nBis dann"\r\n'
        'Jürgen Groß,+4915550000123,"1,50 €"'
    ).encode(),
    "Numbers, with the names of tables": ("Table 1\r\n" + EXCEL).encode(),
    "UTF-16 of the other order": codecs.BOM_UTF16_BE + EXCEL.encode("utf-16-be"),
}  # fmt: skip


def cells_of(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


@pytest.mark.parametrize("program", AS_WRITTEN)
def test_a_table_is_read_as_its_program_wrote_it(program: str):
    table = read_table(AS_WRITTEN[program])
    assert table.columns == COLUMNS
    assert cells_of(table) == PEOPLE
    assert table.header
    assert not any(row.flaw for row in table.rows)
    first = 3 if "separator" in program or "names of" in program else 2
    assert [row.line for row in table.rows] == [first, first + 2]


def test_an_old_mac_ends_its_lines_and_writes_its_letters_in_its_own_way():
    text = "Name;Phone;Text\rChloé Dubois;+33639980123;à 8 h, Müller’s\rJürgen Groß;+4915550000123;1,50\r"
    read = read_table(text.encode("mac_roman"))
    assert cells_of(read)[0] == ("Chloé Dubois", "+33639980123", "à 8 h, Müller’s")
    assert read.said == "Mac Roman, semicolons, with a header"
    assert cells_of(read_table(text.encode("cp1252"))) == cells_of(read)


def test_what_was_read_and_how_is_said_in_words():
    assert read_table(AS_WRITTEN["Excel, Unicode text"]).said == "UTF-16, tabs, with a header"
    assert read_table(b"+14155550123\n+14155550124\n").said == "UTF-8, commas, without a header"
    assert "line 1 is a caption" in read_table(AS_WRITTEN["Numbers, with the names of tables"]).said


def test_decimal_commas_do_not_part_cells_where_semicolons_do():
    assert cells_of(read_table(b"+14155550123;1,50\n+14155550124;2,75\n"))[0] == ("+14155550123", "1,50")
    assert cells_of(read_table("Müller, Anna;+14155550123\nNobody\n".encode()))[0] == ("Müller, Anna", "+14155550123")


def test_titles_are_told_apart_and_none_is_without_a_name():
    read = read_table(b'Name;name ;;"First\n name";B;N a m e\nMaya;b;c;d;e;f\n')
    assert read.columns == ("Name", "name (2)", "C", "First name", "B", "N a m e (3)")
    read = read_table(("a" * 500 + ";" + "a" * 500 + "\n1;2\n").encode())
    assert len(set(read.columns)) == 2


def test_without_titles_columns_are_called_as_a_spreadsheet_calls_them_and_a_person_may_say_otherwise():
    data = b"Maya;+14155550123\nJonas;+14155550124\n"
    assert read_table(data).columns == ("A", "B")
    assert read_table(data, header=True).columns == ("Maya", "+14155550123")
    assert cells_of(read_table(b"Name;Phone\nMaya;1\n", header=False))[0] == ("Name", "Phone")
    wide = read_table(b";".join(b"%d" % (n + 100_000) for n in range(60)) + b"\n")
    assert wide.columns[25:28] == ("Z", "AA", "AB")


def test_fifty_columns_are_read_and_five_hundred_are_the_most():
    head = ";".join(f"c{n}" for n in range(50))
    assert len(read_table(f"{head}\n{head}\n".encode()).columns) == 50
    with pytest.raises(TableUnread, match="Line 2 has 600 cells; a table has 500 columns at most"):
        read_table(b"a;b\n" + b"x;" * 599 + b"x\n")


def test_empty_rows_are_none_and_excel_may_leave_empty_cells_at_the_end_out():
    read = read_table(b"Name;Phone;Text;;\r\n;;;;\r\n\r\nMaya;+14155550123\r\n  ;;\r\nJonas;+14155550124;x;;\r\n")
    assert read.columns == COLUMNS
    assert [(row.line, row.cells, row.flaw) for row in read.rows] == [
        (4, ("Maya", "+14155550123", ""), ""),
        (6, ("Jonas", "+14155550124", "x"), ""),
    ]


def test_a_row_with_more_cells_than_titles_is_told_and_keeps_them():
    read = read_table(b"Name,Phone\nMaya,+14155550123\nDubois, Chlo,+33639980123\n")
    assert read.columns == ("Name", "Phone")
    assert read.rows[0].flaw == ""
    assert read.rows[1].cells == ("Dubois", " Chlo", "+33639980123")
    assert "This row has 3 cells and the table 2 columns: a text with “,”" in read.rows[1].flaw
    read = read_table(b"Name\tPhone\nMaya\t+14155550123\t1\n")
    assert "a text with a tab in it needs quotes" in read.rows[0].flaw


def test_a_row_that_swallowed_the_next_one_is_told():
    read = read_table(b'Name;Phone;Size\nMaya;+14155550123;"5\nJonas;+14155550124;6"\nPriya;+14155550125;7\n')
    assert [bool(row.flaw) for row in read.rows] == [True, False]
    assert "what looks like the next one" in read.rows[0].flaw


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b'a;b\n1;2\n3;"4\n5;6\n7;8\n', 3, "Line 3, column B, begins a text in quotes that does not end."),
        (b'a;b\n"x";"y;' + b"z" * 200_000, 2, r"Line 2, column B, holds more than 131,072 characters. Is a quote"),
        (b"a;b\nx;" + b"z" * 200_000 + b";y;z\n", 2, "Line 2, column B, holds more than 131,072 characters"),
        (b'a;b\n"1"2;3\n', 2, "Line 2, column A, goes on after its closing quote."),
        (b'a;b\n1;"2 "x"";3\n', 2, "Line 2, column B, goes on after its closing quote."),
        (b"a;b\nMaya\0;2\n" * 2000, 2, "This is no text|Line 2 holds a character that no text has"),
        (b"a;b\n" * 3000 + b"Maya\0;2\n", 3001, "Line 3,001 holds a character that no text has"),
        ("a;b\nGroß;2\n".encode() + b"Gro\xdf;3\n", 3, "Line 3 holds a byte that is no UTF-8"),
        ("a;b\nGroß;2\nGro".encode() + b"\xc3", 3, "Line 3 holds a byte that is no UTF-8"),
        (b"a;b\n1;\xed\xa0\xbd\n", 2, "Line 2 holds half of a character"),
        ("a;b\n1;\ud83d\n".encode("utf-16", "surrogatepass"), 2, "Line 2 holds half of a character"),
        ("a;b\n1;2".encode("utf-16") + b"\0", 2, "Line 2 holds half of a character"),
        (b"a;b\n1;2\nx;\x81\n", 3, "Line 3 holds a byte that is no Windows-1252"),
        ("Имя;Телефон\nМария Иванова;+14155550123\n".encode("cp1251"), None, "cannot be told how this file writes"),
        ("名前;電話\nさとうさくら様;+14155550123\n".encode("shift-jis"), None, "cannot be told how this file writes"),
        (b"", None, "There is no row in it"),
        (b"\r\n,,\r\n", None, "There is no row in it"),
        (b"x" * 1_200_000, 1, "Line 1 begins a row that does not end"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused_with_its_line(data: bytes, line: int | None, words: str):
    with pytest.raises(TableUnread, match=words) as caught:
        read_table(data)
    assert caught.value.line == line or caught.value.line is None
    assert caught.value.remedy


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as writer:
        for name in names:
            writer.writestr(name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "x" * 100)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), r"a spreadsheet itself \(.xlsx\)"),
        (zipped("mimetype", "content.xml"), r"a spreadsheet itself \(.ods\)"),
        (zipped("Index/Document.iwa"), r"a spreadsheet itself \(.numbers\)"),
        (zipped("word/document.xml"), r"a document \(.docx\)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, r"an old spreadsheet \(.xls\)"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
        (b"<html><table><tr><td>+14155550123</td></tr></table></html>", "a web page"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
    ],
)
def test_a_file_of_another_kind_is_named_with_what_to_do(data: bytes, kind: str):
    with pytest.raises(TableUnread, match=f"This is .*{kind}") as caught:
        read_table(data)
    assert "Save it as CSV" in caught.value.remedy


def test_a_table_of_a_million_rows_is_refused_soon():
    data = b"Maya;+14155550123;Tuesday\n" * 1_000_000
    begun = time.process_time()
    with pytest.raises(TableUnread, match=r"more than 100,000 rows\. Split it"):
        read_table(data)
    # 0.3 s on the slow machine that it was measured on.
    assert time.process_time() - begun < 3
    assert read_table(data, most=1000, cut=True).cut


@pytest.mark.landing
def test_ten_thousand_rows_of_fifty_columns_are_read_soon_and_take_their_cells_and_little_more():
    head = ";".join(f"c{n}" for n in range(50))
    data = "\n".join([head, *(";".join(f"{n:05}-{m:02}x" for m in range(50)) for n in range(10_000))]).encode()
    tracemalloc.start()
    read = read_table(data)
    now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(read.rows) == 10_000
    assert now < 45_000_000
    assert most < 60_000_000


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spreadsheets, "MOST_CELLS", 1000)
    with pytest.raises(TableUnread, match="more than 1,000 cells"):
        read_table(b"a;b\n" + b"1;2\n" * 1000)


def test_what_is_no_file_or_not_to_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "large.csv").write_bytes(b"x" * 2000)
    monkeypatch.setattr(spreadsheets, "LARGEST_FILE", 1000)
    for name in ("", "pipe.csv", "none.csv", "large.csv", "a\0b"):
        with pytest.raises(TableUnread, match="The file cannot be read") as caught:
            read_table_file(tmp_path / name)
        assert caught.value.remedy

    def refuse(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(spreadsheets, "read_regular", refuse)
    with pytest.raises(TableUnread, match="The file cannot be read: Permission denied"):
        read_table_file(tmp_path / "large.csv")


def test_pasted_numbers_are_a_row_each_however_they_are_parted():
    numbers = [("+14155550123",), ("+1 415 555 0124",), ("(415) 555-0125",)]
    for text in (
        "+14155550123, +1 415 555 0124, (415) 555-0125",
        "+14155550123\n+1 415 555 0124\n\n(415) 555-0125\n",
        "+14155550123;+1 415 555 0124;\n(415) 555-0125",
        "\ufeff+14155550123 +1 415 555 0124\r\n(415) 555-0125",
    ):
        read = read_pasted(text)
        assert cells_of(read) == numbers
        assert read.columns == ("number",)


def test_pasted_cells_of_a_spreadsheet_are_a_table_and_half_a_character_is_refused():
    read = read_pasted("Name\tPhone\nMaya\t+14155550123\nJonas\t+14155550124")
    assert (read.columns, len(read.rows), read.said) == (("Name", "Phone"), 2, "pasted, tabs, with a header")
    assert read_pasted("+14155550123\t+14155550124\n+14155550125\t+14155550126").columns == ("A", "B")
    with pytest.raises(TableUnread, match="Line 2 holds half of a character"):
        read_pasted("Maya\n\ud83d")


CELLS = st.text(
    st.sampled_from(",;\t|\"'\n\r a1é€😀\\") | st.characters(codec="utf-8", exclude_characters="\0"), max_size=12
)
ROWS = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


def written(rows: list[list[str]], delimiter: str, quoting: int, ends: str) -> str:
    # Before Python 3.13 csv leaves the line ends of other systems without quotes.
    several = ends != "\r\n" and any(end in cell for end in "\r\n" for row in rows for cell in row)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL if several else quoting, lineterminator=ends)
    writer.writerows(rows)
    return text.getvalue()


DIALECT = {
    "quoting": st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    "ends": st.sampled_from(["\r\n", "\n", "\r"]),
    "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
}


def without_empty(rows: list[list[str]]) -> list[list[str]]:
    """Rows that hold something, of columns that do."""
    filled = [row for row in rows if any(map(str.strip, row))]
    width = max((place for row in filled for place, cell in enumerate(row, 1) if cell.strip()), default=0)
    return [row[:width] for row in filled]


@given(rows=ROWS, delimiter=st.sampled_from([*",;\t|", ":", "~"]), **DIALECT)
def test_whatever_csv_writes_with_a_separator_that_is_named_is_read_back_the_same(
    rows: list[list[str]], delimiter: str, quoting: int, ends: str, encoding: str
):
    data = f"sep={delimiter}{ends}{written(rows, delimiter, quoting, ends)}".encode(encoding)
    wanted = without_empty(rows)
    if not wanted:
        with pytest.raises(TableUnread):
            read_table(data, header=False)
    else:
        assert [list(cells) for cells in cells_of(read_table(data, header=False))] == wanted


@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"), header=st.booleans(), **DIALECT)
def test_whatever_csv_writes_with_a_column_of_numbers_is_read_back_the_same(
    rows: list[list[str]], delimiter: str, header: bool, quoting: int, ends: str, encoding: str
):
    rows = [[*row, f"+1415555{number:04}"] for number, row in enumerate(rows)]
    titles = [[*(f"t{place}" for place in range(len(rows[0]) - 1)), "Phone"]] if header else []
    read = read_table(written([*titles, *rows], delimiter, quoting, ends).encode(encoding))
    assert read.header == header
    assert [list(cells) for cells in cells_of(read)] == rows


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-16", "replace")))
def test_whatever_the_bytes_are_they_are_a_table_or_refused_with_a_sentence(data: bytes):
    try:
        read = read_table(data)
    except TableUnread as problem:
        assert problem.reason and problem.remedy
    else:
        assert read.rows
        assert all(len(row.cells) == len(read.columns) or row.flaw for row in read.rows)
        assert len({column_key(each) for each in read.columns}) == len(read.columns)


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_a_table_or_refused_with_a_sentence(text: str):
    try:
        read = read_pasted(text)
    except TableUnread as problem:
        assert problem.reason and problem.remedy
    else:
        assert read.rows
