"""Pairs as lines: what is written is read back, whatever it holds; what cannot be read names its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.form_text import RequestText, read, write
from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.pairs import read_pairs, read_parts, write_pairs, write_parts
from tui.twilio.errors import InvalidRequest

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=5).map(tuple)


@given(pairs=PAIRS, separator=st.sampled_from("=:"))
def test_pairs_survive_being_lines(pairs, separator):
    assert read_pairs(write_pairs(pairs, separator=separator), field="x", separators=separator) == pairs


def test_a_line_is_switched_off_by_a_hash_and_repeats_are_kept():
    text = "MediaUrl=https://a/1\n# MediaUrl=https://a/2\n\nMediaUrl = https://a/3\nDateSent>=2026-01-02"
    assert read_pairs(text, field="Query") == (
        ("MediaUrl", "https://a/1"),
        ("MediaUrl", "https://a/3"),
        ("DateSent>", "2026-01-02"),
    )


def test_headers_are_read_with_either_separator():
    assert read_pairs("Accept: a=b\nX-Y=1:2", field="Headers", separators=":=") == (("Accept", "a=b"), ("X-Y", "1:2"))


@pytest.mark.parametrize("text", ["novalue", "a=1\nb", '"a"'])
def test_a_line_that_is_no_pair_is_named(text):
    with pytest.raises(InvalidRequest) as refused:
        read_pairs(text, field="Query")
    assert refused.value.field == "Query"
    assert "Line" in refused.value.reason


@pytest.mark.parametrize("text", ["=nokey", '""=nokey', '"" = nokey'])
def test_a_pair_without_a_name_is_a_pair(text):
    assert read_pairs(text, field="Query") == (("", "nokey"),)
    assert write_pairs([("", "nokey")]) == "=nokey"


@pytest.mark.parametrize("value", ['"abc"', 'W/"abc"', '"Hello"', '""', '"', '"say \\"it\\""'])
def test_the_quotes_of_a_value_are_its_own(value):
    assert read_pairs(f"If-Match: {value}", field="Headers", separators=":=") == (("If-Match", value),)
    assert read_parts(f"Body={value}") == ((("Body", value),), ())


def test_what_a_line_cannot_hold_is_unquoted():
    assert read_pairs(r'Body="a\nb"', field="Data") == (("Body", "a\nb"),)
    assert read_pairs('Body=" a "', field="Data") == (("Body", " a "),)


def test_a_text_that_begins_with_an_at_is_quoted_and_a_file_is_not():
    fields = (("Body", "@/etc/hostname"), ("To", "a@b"))
    assert write_parts(fields, ()) == 'Body="@/etc/hostname"\nTo=a@b'
    assert read_parts('Body="@/etc/hostname"\nTo=a@b') == (fields, ())
    assert read_parts('f=@"/a;b.png"') == ((), (FilePart("f", "/a;b.png"),))


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("f=@a;b.png", FilePart("f", "a;b.png")),
        ("f=@a.htm;type=text/html; charset=utf-8", FilePart("f", "a.htm", None, "text/html; charset=utf-8")),
        ('f=@a ;filename="x;type=y" ; type=text/csv', FilePart("f", "a", "x;type=y", "text/csv")),
        (r'f=@"C:\new\"q\".txt"', FilePart("f", 'C:\\new"q".txt')),
        (r'f=@"a\u000ab"', FilePart("f", "a\nb")),
        ("f=@/a b.txt", FilePart("f", "/a b.txt")),
    ],
)
def test_a_file_is_written_as_curl_has_it(line, part):
    assert read_parts(line) == ((), (part,))
    assert read_parts(write_parts((), (part,))) == ((), (part,))


@pytest.mark.parametrize("line", ['f=@"a" b', "f=@a;headers=X: y", 'f=@"a"b;type=x/y', 'f=@a;type="x/y" z'])
def test_what_follows_a_path_and_cannot_be_sent_is_refused_with_its_line(line):
    with pytest.raises(InvalidRequest) as refused:
        read_parts(f"# off\n{line}")
    assert refused.value.field == "File Data"
    assert "Line 2" in refused.value.reason


def test_files_of_a_multipart_form_have_names_and_types():
    fields, files = read_parts("a=1\npicture=@/tmp/x.png;type=image/png;filename=y.png\nb=2")
    assert fields == (("a", "1"), ("b", "2"))
    assert files == (FilePart("picture", "/tmp/x.png", "y.png", "image/png"),)
    assert read_parts(write_parts(fields, files)) == (fields, files)


@given(query=PAIRS, data=st.none() | TEXT.filter(bool), retries=st.integers(0, 9), backoff=st.booleans())
def test_a_request_survives_being_a_form(query, data, retries, backoff):
    request = RawRequest("POST", "/x", query, data=data, max_retries=retries, exponential_backoff=backoff)
    assert read(write(request)).request == request


def test_a_form_body_is_sent_urlencoded():
    request = read(RequestText(method="POST", body_kind="form", body="To=+1 2\nBody=a&b")).request
    assert request is not None
    assert request.data == "To=%2B1%202&Body=a%26b"


def test_every_input_that_cannot_be_read_says_so_at_once():
    reading = read(RequestText(query="x", headers="y", timeout="soon", retries="2.5", delay="-1"))
    assert reading.request is None
    assert [problem.field for problem in reading.problems] == [
        "Query",
        "Headers",
        "Timeout",
        "Max Retry Count",
        "Retry Delay",
    ]


@pytest.mark.parametrize("text", ["1_0", "١", "5s", "½", "soon"])
def test_a_timeout_is_a_number_as_it_is_written_here(text):
    assert [problem.field for problem in read(RequestText(timeout=text)).problems] == ["Timeout"]
