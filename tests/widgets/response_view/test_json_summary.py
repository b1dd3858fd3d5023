"""Folded objects of a list are told apart by what differs between them, safely, and at the same cost in any list."""

from __future__ import annotations

import json
import time
from itertools import islice

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.widgets.response_view.test_json_drawing import said, table_of, texts
from tui.safe_text import safe_text
from tui.widgets.response_view.json_document import JsonDocument
from tui.widgets.response_view.json_summary import columns_of, draw_summary
from tui.widgets.response_view.json_table import read_table


def message(number, **more):
    return {
        "account_sid": "AC" + "0" * 32,
        "api_version": "2010-04-01",
        "body": f"text {number}",
        "date_created": f"Sat, {number} Nov",
        "direction": "inbound" if number % 2 else "outbound-api",
        "error_code": None,
        "from": "+14155550123" if number % 2 else "+14155550100",
        "sid": f"SM{number:032x}",
        "status": "received" if number % 2 else "delivered",
        "subresource_uris": {"media": f"/{number}"},
        "to": "+14155550100" if number % 2 else f"+1415555{number:04}",
        "uri": f"/Messages/{number}",
        **more,
    }


def drawn(values, width=78):
    table = table_of(values)
    lines = [line for line in table.children(0) if table.is_container(line)]
    columns = columns_of(table, 0)
    return [said(draw_summary(table, line, columns, width)).split() for line in lines]


def test_messages_are_told_apart_by_sid_status_the_other_side_and_text():
    rows = drawn([message(n) for n in range(4)])
    assert rows[1] == ["▸", "SM0000…0001", "received", "+14155550123", '"text', '1"']
    assert rows[2] == ["▸", "SM0000…0002", "delivered", "+14155550002", '"text', '2"']


@pytest.mark.parametrize(
    ("values", "row"),
    [
        # What all have in common tells nothing; what is not among the usual is said with its name.
        ([{"a": 1, "b": n, "uri": str(n)} for n in range(3)], ["▸", "b", "0"]),
        (
            [{"category": "sms", "count": n, "date_updated": str(n)} for n in range(3)],
            ["▸", "count", "0", "date_updated", "0"],
        ),
        ([{"[@click=app.quit]": n} for n in range(3)], ["▸", "[@click=app.quit]", "0"]),
        ([{"error_code": 30007 if n else None, "status": "x"} for n in (1, 0)], ["▸", "error_code", "30007"]),
        # One alone is what it is.
        ([message(3)], ["▸", "SM0000…0003", "received", "+14155550123", '"text', '3"']),
        # Nothing to tell apart: as it begins.
        ([{"x": 1}], []),
        ([{"a": [1]}, {"a": [2]}], []),
        ([{"a": 1}, [1]], []),
    ],
)
def test_what_differs_is_what_is_shown(values, row):
    assert drawn(values)[0] == row


@settings(max_examples=80)
@given(
    values=st.lists(st.dictionaries(st.sampled_from(["sid", "body", "to", "x"]) | texts, texts), max_size=4),
    width=st.integers(24, 90),
)
# The name of what tells them apart is a stranger's as well.
@example(values=[{"\u202egnp.exe": n} for n in range(2)], width=40)
def test_every_row_is_safe_and_fits(values, width):
    table = table_of(values)
    columns = columns_of(table, 0)
    for line in table.children(0):
        row = said(draw_summary(table, line, columns, width))
        assert cell_len(row) <= width
        assert safe_text(row, limit=None) == row


def test_a_large_list_with_huge_names_and_values_costs_what_a_small_one_does():
    long = "é" * 200_000
    values = [{"sid": f"SM{n:032x}", long: 1, "body": long, "[@click=app.quit]": str(n)} for n in range(12)]
    values += [message(n) for n in range(2000)]
    table = read_table(json.dumps(values, ensure_ascii=False).encode(), lambda: None)
    document = JsonDocument(table)
    document.fold_depth(1)
    before = time.thread_time()
    rows = [said(draw_summary(table, line, document.columns(line), 78)) for line in islice(table.children(0), 40)]
    assert time.thread_time() - before < 0.15
    assert '"éééé' in rows[3]
    assert '"text 17"' in rows[29]
    assert document.columns(1) is document.columns(next(islice(table.children(0), 9, None)))
