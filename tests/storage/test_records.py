"""What is written is read back by strict readers, a record a line, and computes nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.storage.records import csv_line, guard, json_line, whole

ANY_TEXT = st.text(st.characters() | st.sampled_from("=+-@'\t\r\n\0\x85\u2028\u2029\ud83d\udc4d😀"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=3,
)
RECORDS = st.lists(st.dictionaries(ANY_TEXT, JSON, max_size=2), max_size=2)


def no_such_number(name: str) -> object:
    raise AssertionError(f"{name} is no JSON")


def as_written(value: Any) -> Any:
    """What a reader finds: halves of pairs replaced, numbers without a form as texts."""
    match value:
        case str():
            return whole(value)
        case float() if value != value or value in (float("inf"), float("-inf")):
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
        case list():
            return [as_written(each) for each in value]
        case dict():
            return {whole(key): as_written(each) for key, each in value.items()}
        case _:
            return value


@settings(max_examples=60)
@given(records=RECORDS, ascii_only=st.booleans())
def test_json_is_a_record_a_line_for_every_reader(records: list[dict[str, Any]], ascii_only: bool):
    lines = [json_line(record, ascii_only=ascii_only) for record in records]
    text = "".join(f"{line}\n" for line in lines).encode("utf-8", "strict").decode("utf-8", "strict")
    assert len(text.splitlines()) == len(records)
    assert text.isprintable() or not records or set("\n") == {c for c in text if c < " "}
    assert [json.loads(line, parse_constant=no_such_number) for line in text.splitlines()] == [
        as_written(record) for record in records
    ]
    assert not ascii_only or text.isascii()


def unguard(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and guard(cell[1:]) == cell else cell


@given(rows=st.lists(st.lists(ANY_TEXT, min_size=2, max_size=2), max_size=4))
def test_csv_reads_back_what_was_written(rows: list[list[str]]):
    text = "".join(map(csv_line, [("a", "b"), *rows])).encode("utf-8", "strict").decode()
    assert "\0" not in text
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert read[0] == ["a", "b"]
    assert [[unguard(cell) for cell in row] for row in read[1:]] == [
        [whole(cell).replace("\0", "\u2400") for cell in row] for row in rows
    ]


@given(text=ANY_TEXT)
def test_no_cell_is_a_formula_and_each_can_be_had_back(text: str):
    cell = guard(text)
    assert unguard(cell) == text
    if cell.lstrip()[:1] and cell.lstrip()[0] in "=@＝＋－＠":
        raise AssertionError(cell)
    if cell.lstrip()[:1] and cell.lstrip()[0] in "+-":
        # A number, which computes nothing.
        float(cell)
    assert cell[:1] not in ("\t", "\r")


@pytest.mark.parametrize(
    "text", ["=1+1", "+SUM(1)", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "\n=1", "＝1", "'=1", "\ufeff=1"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_begins_with_an_apostrophe(text: str):
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["+14165550175", "-0.00750", "", "Hello = you", "'tis", "whatsapp:+14165550175", "0.5"]
)
def test_numbers_and_ordinary_texts_stay_usable(text: str):
    assert guard(text) == text


def test_what_is_no_text_is_written_as_json_has_it():
    content = csv_line([None, True, 5, {"x": [1, "é\ud800"]}])
    assert next(csv.reader(io.StringIO(content))) == ["", "true", "5", '{"x": [1, "é\ufffd"]}']


def test_lines_of_other_alphabets_split_no_record():
    assert json_line({"body": "a\u2028b\x85c\u2029"}) == '{"body": "a\\u2028b\\u0085c\\u2029"}'


@given(text=st.text(st.sampled_from("aZ09 !\"#+,-./:;<=>?@[]^_`{|}~'\t\r\n\x7f\xa0é"), max_size=6))
def test_what_is_written_without_a_closer_look_is_what_the_closer_look_would_write(text: str):
    (cell,) = next(csv.reader(io.StringIO(csv_line([text]), newline=""), strict=True)) if text else ("",)
    assert cell == guard(text)
