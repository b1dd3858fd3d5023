"""The Linux console (TERM=linux) has no bright backgrounds: it shows the dark ones (console_codes(4), 100 to 107).

Textual: the row under a cursor and the tab in use are bright black, which is black there, like everything around them.
Needed: another background, in sixteen colours. When it changes: gone with consoles. Knows styles, no widgets.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.color import Color, ColorSystem
from rich.style import Style

_BLACK, _BLUE, _CYAN, _WHITE, _BRIGHT = 0, 4, 6, 7, 8

_SHOWN: Final = {
    _BRIGHT + _BLACK: Style.from_color(bgcolor=Color.from_ansi(_BLUE)),
    _WHITE: Style.from_color(bgcolor=Color.from_ansi(_CYAN)),
    _BRIGHT + _WHITE: Style.from_color(bgcolor=Color.from_ansi(_WHITE)),
}
"""What stands out from black, and what stands out from white, where bright white is no other than white."""


@lru_cache(maxsize=4096)
def with_dark_paper(style: Style) -> Style:
    """The style with a background that such a terminal tells from those around it."""
    paper = style.bgcolor
    if paper is None or paper.is_default:
        return style
    instead = _SHOWN.get(paper.downgrade(ColorSystem.STANDARD).number or _BLACK)
    return style if instead is None else style + instead
