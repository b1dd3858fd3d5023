"""A typed request goes through a file and comes back field by field."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import example, given
from hypothesis import strategies as st

from tui.raw_request.form_text import NOTATION, RequestText, typed_from

TEXT = st.text(max_size=30) | st.text(max_size=5).map(lambda text: text + "\ud83d\0")
REQUESTS = st.builds(
    RequestText,
    **{
        f.name: st.booleans() if isinstance(f.default, bool) else st.just(NOTATION) if f.name == "notation" else TEXT
        for f in fields(RequestText)
    },
)


@given(REQUESTS)
def test_what_was_written_is_read_back(request):
    assert typed_from(request.texts()) == request


def test_an_empty_form_writes_its_method_and_path_only():
    assert RequestText().texts() == {"method": "GET", "path": ""}
    assert RequestText(method="POST", backoff=True).texts() == {"method": "POST", "path": "", "backoff": True}


def test_only_lines_that_are_read_otherwise_since_say_how_they_are_written():
    assert RequestText(query="a=1", body_kind="raw", body='{"a": 1}').texts().keys().isdisjoint({"notation"})
    assert RequestText(headers='If-Match: "a"').texts()["notation"] == NOTATION
    assert typed_from({"headers": 'If-Match: "a"'}).notation == 1
    assert typed_from({"headers": "If-Match: a"}).notation == NOTATION
    assert typed_from(typed_from({"headers": 'If-Match: "a"'}).texts()).notation == 1


@given(
    st.dictionaries(
        st.sampled_from([f.name for f in fields(RequestText)]) | st.text(max_size=5),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
    )
)
@example({"notation": None, "query": ";"})
@example({"query": ";"})
def test_whatever_stands_in_a_file_reads_as_a_request(texts):
    read = typed_from(texts)
    differs = "notation" in replace(read, notation=NOTATION).texts()
    for field in fields(RequestText):
        given_value = texts.get(field.name)
        expected = given_value if type(given_value) is type(field.default) else field.default
        if field.name == "notation" and type(given_value) is not int and differs:
            # What says nothing about its notation was written before there were two.
            expected = 1
        assert getattr(read, field.name) == expected
