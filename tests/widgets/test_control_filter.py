"""The second layer against control characters, alone: what the first one forgot does not pass it.

Seen to fail with each kind of control taken out of its pattern.
"""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.color import Color

from tui.widgets.control_filter import ControlFilter


@pytest.mark.parametrize(
    "control",
    [
        *("\x00", "\x07", "\t", "\n", "\x1b", "\x1f", "\x7f", "\x80", "\x9b", "\x9d", "\x9f"),
        *("\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069", "\ud800", "\udfff"),
    ],
)
def test_no_control_passes(control: str) -> None:
    (segment,) = ControlFilter().apply([Segment(f"a{control}b")], Color.parse("black"))
    assert segment.text == "a\ufffdb"


def test_what_is_honest_passes_as_it_is() -> None:
    segments = [Segment("é 👩‍👧 שלום")]
    assert ControlFilter().apply(segments, Color.parse("black")) is segments
