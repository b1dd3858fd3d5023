"""Lines and rows, whatever is folded or open: the same as writing all lines down and looking."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.response_view.folding import Folding
from tui.widgets.response_view.json_reader import read_rows
from tui.widgets.response_view.json_tree import Tree

values = st.recursive(
    st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=5),
    max_leaves=25,
)
steps = st.lists(
    st.tuples(st.sampled_from(["fold", "unfold", "open", "depth", "undepth", "reveal", "all"]), st.integers(0, 60)),
    max_size=12,
)


def written_down(tree, folded, opened):
    lines = []
    row = 0
    while row < tree.count:
        lines.append((row, 0))
        if row in folded:
            row = tree.links[row] + 1
            continue
        lines.extend((row, extra + 1) for extra in range(opened.get(row, 0)))
        row += 1
    return lines


@settings(max_examples=150)
@given(value=values, steps=steps)
def test_lines_are_what_writing_them_down_gives(value, steps):
    tree = Tree(json.dumps(value).encode())
    read_rows(tree, lambda: None)
    folding = Folding(tree)
    folded, opened = set(), {}
    for what, number in steps:
        row = number % tree.count
        if what == "fold":
            assert folding.fold(row) == tree.is_container(row)
            folded |= {row} if tree.is_container(row) else set()
        elif what == "unfold":
            folding.unfold(row)
            folded.discard(row)
        elif what == "open" and not tree.is_container(row) and not tree.is_close(row):
            folding.open([(row, number % 4)])
            opened[row] = number % 4
        elif what == "depth":
            assert folding.fold_depth(number % 4)
            folded |= {r for r in tree.containers if tree.depths[r] == number % 4}
        elif what == "undepth":
            folding.unfold_depth(number % 4)
            folded = {r for r in folded if tree.depths[r] != number % 4}
        elif what == "reveal":
            folding.reveal(row)
            folded = {r for r in folded if not r < row <= tree.links[r]}
        elif what == "all":
            folding.unfold_all()
            folded = set()
    lines = written_down(tree, folded, opened)
    assert folding.line_count == len(lines)
    assert [folding.row_at(line) for line in range(len(lines))] == lines
    for row in range(tree.count):
        hidden_by = [r for r in sorted(folded) if r < row <= tree.links[r]]
        assert folding.line_of(row) == lines.index((hidden_by[0] if hidden_by else row, 0))
