"""A line filter that replaces control characters in everything drawn: the second layer after `tui.safe_text`.

Textual: filters control characters out of a `Static`'s markup, not out of what fields and line views draw.
Needed: no remote character may command the terminal or hide. The first layer is at the border; this one is for what was
forgotten there, and for what is edited: a field holds the original, which is sent, and shows what comes out of here.
Every cell stays where it is, since a field counts its cursor's by the original.
When it changes: keep it; it is a layer of safety, whatever Textual does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.safe_text import told_apart

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0386-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2190-\u2193\u23ce\u2500-\u25ff\u2713\u2717]*"
)
"""What nearly every line is made of: letters that combine with nothing, and the signs that widgets draw."""


class ControlFilter(LineFilter):
    """Replaces every control character by a visible stand-in, one cell for one character, and lets go of what hides."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without such characters; the same list when there are none."""
        if all(_PLAIN.fullmatch(segment.text) for segment in segments):
            return segments
        # Together: what a mark or a joiner belongs to may stand in the segment before.
        shown = _shown("".join(segment.text for segment in segments))
        drawn = [
            Segment("".join(next(shown) for _ in segment.text), segment.style, segment.control) for segment in segments
        ]
        return segments if all(new.text == old.text for new, old in zip(drawn, segments, strict=True)) else drawn


def _shown(text: str) -> Iterator[str]:
    """What is drawn in place of each character."""
    return chain.from_iterable(piece if stays else map(_instead, piece) for piece, stays in told_apart(text))


def _instead(character: str) -> str:
    if _CONTROLS.match(character):
        return "\N{REPLACEMENT CHARACTER}"
    return "\N{REPLACEMENT CHARACTER}".ljust(cells) if (cells := cell_len(character)) else ""
