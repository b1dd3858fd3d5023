"""What the answer pane says on the way to an answer."""

from __future__ import annotations

import pytest

from tui.screens.console.answer import share_of


@pytest.mark.parametrize(
    ("moved", "whole", "words"),
    [
        (0, 200, "░░░░░░░░░░ 0 % · 0 of 200 bytes sent"),
        (99, 200, "████░░░░░░ 49 % · 99 of 200 bytes sent"),
        (300_000_000, 300_000_000, "██████████ 100 % · 300,000,000 of 300,000,000 bytes sent"),
        (1234, None, "1,234 bytes sent"),
        (0, 0, "0 bytes sent"),
    ],
)
def test_progress_is_a_bar_where_the_end_is_known(moved, whole, words):
    assert share_of("sent", moved, whole) == words
