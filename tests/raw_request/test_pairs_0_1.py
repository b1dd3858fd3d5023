"""Requests that an older version stored go on meaning what was sent then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request import pairs_0_1 as pairs_before
from tui.raw_request.form_text import NOTATION, RequestText, read, typed_from
from tui.raw_request.model import FilePart
from tui.raw_request.pairs import read_pairs, read_parts
from tui.raw_request.pairs_0_1 import carried_over
from tui.twilio.errors import InvalidRequest

WORDS = st.lists(
    st.sampled_from(['"', "@", ";", "=", ":", "#", " ", "a", "\\n", "type=", ";filename=", "é"]), max_size=9
)
LINES = st.lists(WORDS.map("".join), max_size=4).map("\n".join)


def stored(**texts: object) -> RequestText:
    return typed_from({"method": "POST", "path": "/x", **texts})


@pytest.mark.parametrize(
    ("line", "fields", "files"),
    [
        ('Body="Hello"', (("Body", "Hello"),), ()),
        ('f="@/tmp/a b;type=text/x"', (), (FilePart("f", "/tmp/a b", None, "text/x"),)),
        ("f=@a;b.png", (), (FilePart("f", "a"),)),
        ("f=@a;type=text/html; charset=utf-8", (), (FilePart("f", "a", None, "text/html"),)),
        ("f=@/a.png;type=image/png", (), (FilePart("f", "/a.png", None, "image/png"),)),
    ],
)
def test_the_lines_of_a_stored_form_stay_what_they_were(line, fields, files):
    request = read(carried_over(stored(body_kind="multipart", body=line))).request
    assert request is not None
    assert (request.form, request.files) == (fields, files)


def test_a_line_that_is_switched_off_is_carried_over_as_well_and_the_others_stay_as_typed():
    typed = stored(query='# a="1"\nb = 2', headers='If-Match: "abc"', body_kind="raw", body='{"a": "b"}')
    now = carried_over(typed)
    assert (now.query, now.headers, now.body) == ("# a=1\nb = 2", "If-Match: abc", '{"a": "b"}')
    assert now.notation == NOTATION
    assert carried_over(now) is now


@given(LINES)
def test_every_line_of_before_reads_today_as_it_did(lines):
    def before(line):
        pair = pairs_before._read_line(line.strip(), "=")
        return None if pair is None or line.strip().startswith("#") else pair

    now = carried_over(RequestText(query=lines, body_kind="multipart", body=lines, notation=1))
    for old, query, part in zip(lines.split("\n"), now.query.split("\n"), now.body.split("\n"), strict=True):
        if (pair := before(old)) is not None:
            assert read_pairs(query, field="") == (pair,)
            if not pair[1].startswith("@"):
                assert read_parts(part) == ((pair,), ())
            else:
                assert read_parts(part) == ((), (pairs_before._read_file(pair[0], pair[1][1:]),))
        elif old.strip() and not old.strip().startswith("#"):
            assert query == old


def test_a_new_line_is_read_as_it_is_written():
    with pytest.raises(InvalidRequest):
        read_pairs("x", field="Query")
    assert carried_over(RequestText(body_kind="multipart", body='Body="@x"')).body == 'Body="@x"'
