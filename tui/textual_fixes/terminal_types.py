"""What the terminal's type (TERM) says about it: whether screens can be drawn on it, and how it erases.

The system's terminal descriptions (terminfo(5)) are read by the standard library's curses, where Python has it.
Textual asks neither: it draws on any type, with the codes of ECMA-48 and xterm.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Final

CANNOT_DRAW: Final = frozenset({"", "dumb", "unknown"})

_FAMILIES: Final = frozenset(
    [
        "alacritty",
        "ansi",
        "contour",
        "cygwin",
        "eterm",
        "foot",
        "ghostty",
        "gnome",
        "iterm",
        "iterm2",
        "kitty",
        "konsole",
        "linux",
        "mintty",
        "nsterm",
        "putty",
        "rio",
        "rxvt",
        "screen",
        "st",
        "tmux",
        "vte",
        "vt100",
        "vt220",
        "wezterm",
        "xterm",
    ]
)
"""First words of types that draw alike. A server seldom has the description of a terminal as young as its user's."""


def can_draw(environ: Mapping[str, str]) -> bool:
    """Whether TERM names a terminal to draw on: one of a known family, or one that this system describes.

    Where a system describes none, any name will do but the ones that say no.
    """
    term = environ.get("TERM", "")
    if term in CANNOT_DRAW:
        return False
    return re.split(r"[-+.]", term)[0] in _FAMILIES or _described(term) or not _described("xterm")


def fills_with_colour(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is known to fill what it erases with the colour at hand (terminfo(5), `bce`).

    Where the system does not describe it, it is not known. GNU screen does not, whatever TERM says within it.
    """
    term = environ.get("TERM", "")
    if "STY" in environ or not term or not _described(term):
        return False
    import curses

    return curses.tigetflag("bce") > 0


def is_linux_console(environ: Mapping[str, str]) -> bool:
    """Whether this is the Linux console, which has eight backgrounds, and escape and tab for shift+tab."""
    return re.split(r"[-+.]", environ.get("TERM", ""))[0] == "linux"


def _described(term: str) -> bool:
    """Whether the system has a description of this type. The first that has one is the one that curses tells about."""
    try:
        import curses
    except ImportError:
        # Windows, and Pythons that were built without it.
        return False
    try:
        curses.setupterm(term, sys.stderr.fileno())
    except (curses.error, ValueError, OSError):
        return False
    return True
