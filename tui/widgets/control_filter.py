"""The second layer against remote control characters: none leaves in any segment of any widget.

The first layer is `tui.safe_text`, at the border. This one is for what was forgotten there.
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class ControlFilter(LineFilter):
    """Replaces every control character by a visible stand-in, one cell for one character."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without control characters; the same list when there are none."""
        if not any(_CONTROLS.search(segment.text) for segment in segments):
            return segments
        return [
            Segment(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", segment.text), segment.style, segment.control)
            for segment in segments
        ]
