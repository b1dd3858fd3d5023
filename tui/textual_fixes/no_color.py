"""NO_COLOR (no-color.org): no colour in the output, and yet everything that a colour said.

Textual: turns colours into greys, which are colours to the terminal.
Needed: no ink; a background that stands out becomes reversed, and that of fields underlined.
When it changes: gone once Textual writes no colour at all. Knows colours and styles, no widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color, ColorParseError

_ALIKE: Final = 6
"""Steps of 256 in each part up to which two colours are the same."""

_NONE: Final = Style.from_color(RichColor.parse("default"), RichColor.parse("default"))
_REVERSED: Final = _NONE + Style(reverse=True)
_UPRIGHT: Final = _NONE + Style(reverse=False)
_UNDERLINED: Final = _NONE + Style(underline=True)


class NoColor:
    """Takes every colour out of a style, at the last moment: whatever mixes colours before sees them all.

    Args:
        variables: the colours of the theme in use, by name.
    """

    def __init__(self, variables: Callable[[], Mapping[str, str]]) -> None:
        self._variables = variables

    def __call__(self, style: Style) -> Style:
        """The style with attributes for colours."""
        known = self._variables()
        return _plain(style, (known.get("background", ""), known.get("surface", ""), known.get("panel", "")))


@lru_cache(maxsize=4096)
def _plain(style: Style, papers: tuple[str, str, str]) -> Style:
    paper = style.bgcolor
    if paper is None or paper.triplet is None:
        return style + _NONE
    *common, field = papers
    if any(_alike(paper, each) for each in common):
        return style + _NONE
    if _alike(paper, field):
        return style + _UNDERLINED
    # What was reversed on such a paper, a cursor, stands out from it as it did.
    return style + (_UPRIGHT if style.reverse else _REVERSED)


def _alike(paper: RichColor, name: str) -> bool:
    try:
        other = Color.parse(name).rgb
    except ColorParseError:
        return False
    return paper.triplet is not None and all(abs(a - b) <= _ALIKE for a, b in zip(paper.triplet, other, strict=True))
