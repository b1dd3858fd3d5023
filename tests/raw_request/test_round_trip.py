"""A request written into the form's text and read back is the same one, or is refused by name; never another."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.document._document import Document

from tui.raw_request.form_text import read, write
from tui.raw_request.model import FilePart, RawRequest
from tui.twilio.errors import InvalidRequest

ODD = st.sampled_from(
    [
        *(
            '"',
            "\\",
            ";",
            "=",
            ":",
            "@",
            "#",
            " ",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "\u2028",
            "\x85",
            "\0",
            "\x1b",
            "\xa0",
            "é",
        ),
        *("🙏", "🏳️\u200d🌈", "\u202e", "\U000e0001", "\ud83d", "\ude00", "\udcff", "n", "u0041", "U0001f64f"),
        *("%", "&", "+", "'", ",", "<", "type=", ";type=", "; type=", ";filename=", ";headers=", ";encoder="),
        *("text/html; charset=utf-8", '"a;b"', "a.txt"),
    ]
)
MIXED = st.lists(ODD, max_size=8).map("".join)
WORD = MIXED | MIXED.map(json.dumps) | MIXED.map(json.dumps).map(json.dumps) | st.text(max_size=12)
PAIRS = st.lists(st.tuples(WORD, WORD), max_size=4).map(tuple)
FILES = st.lists(st.builds(FilePart, WORD, WORD, st.none() | WORD, st.none() | WORD), max_size=3).map(tuple)
BODIES = (
    st.fixed_dictionaries({"data": st.none() | WORD | st.binary(max_size=12)})
    | st.fixed_dictionaries({"data": st.lists(st.sampled_from("ab=&%+2F0é "), max_size=20).map("".join)})
    | st.fixed_dictionaries({"form": PAIRS, "files": FILES})
)
REQUESTS = st.builds(
    lambda query, headers, timeout, body: RawRequest("POST", "/x", query, headers, timeout=timeout, **body),
    PAIRS,
    PAIRS,
    st.floats(min_value=0.001, max_value=90000),
    BODIES,
)


def whole(text: str) -> bool:
    """Whether a text has bytes: no half of a surrogate pair in it."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def plainly(request: RawRequest) -> tuple[object, ...]:
    """What is sent, told the same way however it was typed."""
    data = request.data.encode("utf-8", "surrogatepass") if isinstance(request.data, str) else request.data
    files = [(each.key, str(each.path), each.filename or "", each.content_type or "") for each in request.files]
    return request.query, request.headers, data or b"", tuple(request.form), files, request.timeout


def comes_back(request: RawRequest) -> None:
    try:
        typed = write(request)
    except InvalidRequest as refused:
        assert refused.field == "Data"
        with pytest.raises(UnicodeDecodeError):
            bytes(request.data or b"").decode("utf-8")
        return
    # What stands in the editor is what was written: it would end a line at any of a dozen characters.
    lines = [typed.query, typed.headers, "" if typed.body_kind == "raw" else typed.body]
    assert [Document(text).text for text in lines] == lines
    reading = read(typed)
    if reading.request is None:
        assert [problem.field for problem in reading.problems] == ["Data"]
        assert not whole(typed.body)
    else:
        assert plainly(reading.request) == plainly(request)


EXAMPLES = [
    RawRequest("POST", "/x", form=(("Body", "@/etc/hostname"), ("Body", '"@x"'), ("a", "@"))),
    RawRequest("POST", "/x", form=(("", "no name"), ("=", ""), ('"', '"'), ("#off", "# not"))),
    RawRequest("POST", "/x", files=(FilePart("f", "a;b.png"), FilePart("f", '"', "x", None))),
    RawRequest("POST", "/x", files=(FilePart(" f ", " a ", ' "n";type=x ', 'text/html; charset="utf-8"'),)),
    RawRequest("POST", "/x", files=(FilePart("f", "a\nb", "c\rd", "text/x; filename=y"),)),
    RawRequest("GET", "/x", (("", "nokey"), ("", ""), ("DateSent>", '""')), (("If-Match", '"abc"'), ("a=b", ":"))),
    RawRequest("POST", "/x", data="Body=Line1%0ALine2%20%C3%A9%20it%27s&To=%2B1415&=x&"),
    RawRequest("POST", "/x", data="To=+1415&Body=a"),
    RawRequest("POST", "/x", data=b"\xff\xfe", timeout=12.3456789),
    RawRequest("POST", "/x", (("\ud83d", "\ude00"), ("\ud83d\ude00", "\ud83d" + "\ude00"))),
]


@pytest.mark.parametrize("request_", EXAMPLES)
def test_requests_that_were_lost_once_come_back(request_):
    comes_back(request_)


@given(REQUESTS)
@settings(max_examples=200)
def test_any_request_comes_back_or_is_refused_by_name(request_):
    comes_back(request_)


@pytest.mark.long
@pytest.mark.timeout(1800)
@given(REQUESTS)
@settings(max_examples=20_000)
def test_twenty_thousand_requests_come_back_or_are_refused_by_name(request_):
    comes_back(request_)
