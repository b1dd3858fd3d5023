"""Large texts read by another interpreter: the same rows as here, whatever becomes of it."""

from __future__ import annotations

import json
import sys

import pytest

from tui.widgets.response_view.json_apart import AT_ONCE, read_large_rows
from tui.widgets.response_view.json_frames import ROWS
from tui.widgets.response_view.json_grammar import NotJson
from tui.widgets.response_view.json_reader import read_rows
from tui.widgets.response_view.json_tree import Tree

COLUMNS = [name for name in Tree.__slots__ if name != "content"]
LONG = {"head": [[], {}], "list": [{"sid": f"SM{n}", "é": [n, [{"x": None}]]} for n in range(ROWS // 4)], "end": 0}
TEXT = json.dumps(LONG).encode()


def rest():
    pass


def read_here(text, **options):
    tree = Tree(text)
    read_rows(tree, rest, **options)
    return tree


def read_apart(text, **options):
    tree = Tree(text)
    read_large_rows(tree, rest, large=0, **options)
    return tree


def same(one, other):
    return all(getattr(one, name) == getattr(other, name) for name in COLUMNS)


@pytest.mark.parametrize("text", [TEXT, b"7", b'{"x": [1, 2]}', b"[" + b"[" * 40_000 + b"]" * 40_000 + b"]"])
def test_another_interpreter_finds_the_rows_that_this_one_finds(text):
    assert same(read_apart(text), read_here(text))


def test_rows_are_seen_before_all_is_read():
    seen = []
    tree = Tree(TEXT)
    read_large_rows(tree, lambda: seen.append(tree.count), large=0)
    assert seen[0] <= AT_ONCE
    assert len([count for count in seen if AT_ONCE < count < tree.count]) >= 1
    assert seen == sorted(seen)


def test_what_is_no_json_is_refused_for_the_same_reason_at_the_same_place():
    broken = TEXT[:-20] + b"nope" + TEXT[-20:]
    known, tree = Tree(broken), Tree(broken)
    with pytest.raises(NotJson) as here:
        read_rows(known, rest)
    with pytest.raises(NotJson) as apart:
        read_large_rows(tree, rest, large=0)
    assert str(apart.value) == str(here.value)
    assert tree.count == known.count > AT_ONCE
    assert not tree.whole


@pytest.mark.parametrize("most", [1024, ROWS + 1])
def test_more_rows_than_are_kept_leave_the_tree_cut(most):
    tree, known = read_apart(TEXT, most=most), read_here(TEXT, most=most)
    assert not tree.whole
    assert tree.count == known.count


@pytest.mark.parametrize("pieces", ["", "exec head -c 100000 /dev/zero", 'exec "{python}" "$@" | head -c 900000'])
def test_where_the_other_interpreter_fails_the_text_is_read_here(tmp_path, pieces):
    script = tmp_path / "interpreter"
    script.write_text(f"#!/bin/sh\n{pieces.format(python=sys.executable)}\n")
    script.chmod(0o700)
    assert same(read_apart(TEXT, interpreter=str(script)), read_here(TEXT))


def test_where_no_other_interpreter_can_be_started_the_text_is_read_here(tmp_path):
    assert same(read_apart(TEXT, interpreter=str(tmp_path / "none")), read_here(TEXT))


def test_reading_that_is_not_wanted_any_more_ends_the_other_interpreter():
    class Unwanted(Exception):
        pass

    def stop():
        raise Unwanted

    # A process that was left behind would be a ResourceWarning, which fails a test.
    with pytest.raises(Unwanted):
        read_large_rows(Tree(TEXT), stop, large=0)
