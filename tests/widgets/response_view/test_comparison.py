"""What differs between two bodies: nothing else, all of it, and where."""

from __future__ import annotations

import json
from typing import Any

import jsonpath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.response_view.comparison import (
    DEEPEST,
    MOST_CHANGES,
    MOST_LINES,
    ChangedValue,
    Place,
    compare_bodies,
    compare_headers,
)

SIDS = [f"SM{n:032x}" for n in range(4)]


def compared(one: Any, other: Any) -> Any:
    contents = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in (one, other)]
    return compare_bodies(contents[0], contents[1], ("utf-8", "utf-8"), lambda: None)


def changes(one: Any, other: Any) -> list[tuple[str, str | None, str | None]]:
    return [(each.where(), each.old, each.new) for each in compared(one, other).changes]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"a": 1, "b": [1, {}]}, {"b": [1, {}], "a": 1}, []),
        ({"a": "queued"}, {"a": "sent"}, [("$.a", '"queued"', '"sent"')]),
        ({"a": None}, {"b": "x"}, [("$.a", "null", None), ("$.b", None, '"x"')]),
        ([1, 2, 3], [1, 3], [("$[1]", "2", "3"), ("$[2]", "3", None)]),
        ({"a": {}}, {"a": []}, [("$.a", "{}", "[]")]),
        ({"a": {}}, {"a": {"x": {"y": 1}}}, [("$.a.x", None, '{"y": 1}')]),
        (b'{"a":[]}', b'{ "a" : [ ] }', []),
        (b"[1.10, 1e2]", b"[1.1, 100]", [("$[0]", "1.10", "1.1"), ("$[1]", "1e2", "100")]),
        (b'["\\u00e9", "\\ud800"]', b'["\xc3\xa9", "\\uD800"]', []),
        (b'{"a":1,"a":2}', b'{"a":1,"a":3}', [("$.a", "2", "3")]),
        (b'{"it\'s [@click=x]":1}', b"{}", [("$['it\\'s [@click=x]']", "1", None)]),
        (b"3", b"4", [("$", "3", "4")]),
        (b"a\nb\nc", b"a\nx\nc", [("line 2", "b", None), ("line 2", None, "x")]),
        (b"\0\1\2", b"\0\1\3\4", [("byte 2", "02 (3 B)", "03 04 (4 B)")]),
        (b"\0", b"\0\1", [("byte 1", "the end (1 B)", "01 (2 B)")]),
    ],
)
def test_what_differs_is_listed_by_its_place(one: Any, other: Any, found: Any) -> None:
    assert changes(one, other) == found


def test_objects_of_a_list_are_matched_by_their_sid_wherever_they_stand() -> None:
    one = {"messages": [{"sid": sid, "status": "queued"} for sid in SIDS[:3]]}
    other = {"messages": [{"status": "queued", "sid": sid} for sid in SIDS[1:]]}
    other["messages"][0]["status"] = "sent"
    found = changes(one, other)
    assert [(old, new) for _, old, new in found] == [
        (json.dumps(one["messages"][0]), None),
        ('"queued"', '"sent"'),
        (None, json.dumps(other["messages"][2])),
    ]
    # A path of RFC 9535, which chooses that value and no other.
    assert jsonpath.findall(found[1][0], other) == ["sent"]
    assert compared(one, other).changes[1].where(short=True) == "$.messages[SM0000…0001].status"


def test_an_object_that_only_one_has_is_told_by_what_people_look_for() -> None:
    message = {"account_sid": "AC1", "body": "Hi Maya", "direction": "inbound", "from": "+14155550123", "to": "+1415"}
    told = [each.brief for each in compared({"a": 1}, {"b": message | {"status": "received", "sid": "SM1"}}).changes]
    assert told == ["", 'received  +14155550123  "Hi Maya"']


def test_two_with_the_same_sid_are_compared_by_their_index() -> None:
    twice = [{"sid": SIDS[0], "n": 1}, {"sid": SIDS[0], "n": 2}]
    assert changes(twice, [twice[0], {"sid": SIDS[0], "n": 3}]) == [("$[1].n", "2", "3")]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


def put(document: Any, place: Place | str | None, new: str | None) -> Any:
    """The document with one difference made; elements of arrays are taken out last to first."""
    assert not isinstance(place, str)
    if place is None:
        assert new is not None
        return json.loads(new)
    steps: list[Any] = []
    while place is not None:
        steps.insert(0, place.step)
        place = place.around
    around = document
    for step in steps[:-1]:
        around = around[step]
    if new is None:
        del around[steps[-1]]
    elif isinstance(around, list) and steps[-1] >= len(around):
        around.append(json.loads(new))
    else:
        around[steps[-1]] = json.loads(new)
    return document


@settings(max_examples=80)
@given(one=values, other=values)
def test_the_differences_are_what_makes_one_document_the_other(one: Any, other: Any) -> None:
    found: tuple[ChangedValue, ...] = compared(one, other).changes
    assert bool(found) == (json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    made = json.loads(json.dumps(one))
    for change in [each for each in found if each.new is not None] + [each for each in found[::-1] if each.new is None]:
        made = put(made, change.place, change.new)
    assert json.dumps(made, sort_keys=True) == json.dumps(other, sort_keys=True)


def test_what_is_too_much_is_said() -> None:
    many = compared(list(range(MOST_CHANGES + 5)), [])
    assert (len(many.changes), many.note) == (MOST_CHANGES, "Only the first 10,000 differences are listed.")
    lines = b"".join(b"%d\n" % n for n in range(3 * MOST_LINES))
    cut = compared(b"x\n" + lines, b"x\ny\n" + lines)
    assert [each.new for each in cut.changes if each.new is not None] == ["y"]
    assert "Only 5,000 lines" in cut.note
    deep = b"[" * (DEEPEST + 9) + b"%d" + b"]" * (DEEPEST + 9)
    assert changes(deep % 1, deep % 2) == [("$" + "[0]" * DEEPEST, "[" * 9 + "1" + "]" * 9, "[" * 9 + "2" + "]" * 9)]
    broken = compared(b'{"a": 1,}', b'{"a": 1}')
    assert broken.note.startswith("Not JSON (")
    assert broken.note.endswith("compared as text.")


def test_headers_are_matched_by_name_and_those_that_always_differ_are_quiet() -> None:
    one = (("Date", "1"), ("X", "a"), ("X", "b"), ("Same", "s"))
    other = (("date", "2"), ("x", "a"), ("SAME", "s"), ("New", "n"))
    found = compare_headers(one, other, lambda name: name == "date")
    assert [(each.where(), each.old, each.new, each.quiet) for each in found] == [
        ("date", "1", "2", True),
        ("x", "b", None, False),
        ("new", None, "n", False),
    ]
