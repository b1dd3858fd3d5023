"""Whether a terminal of some type understands what is drawn: the codes of ECMA-48 and xterm.

Knows names and the places of the system's terminal descriptions (terminfo(5)), nothing of a terminal at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

CANNOT_DRAW: Final = frozenset({"", "dumb", "unknown"})

_FAMILIES: Final = frozenset(
    {
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
    }
)
"""First words of types that draw alike. A server seldom has the description of a terminal as young as its user's."""

_FOLDERS: Final = (
    "/etc/terminfo",
    "/lib/terminfo",
    "/usr/share/terminfo",
    "/usr/lib/terminfo",
    "/usr/local/share/terminfo",
    "/usr/share/lib/terminfo",
)


def can_draw(environ: Mapping[str, str], folders: tuple[str, ...] = _FOLDERS) -> bool:
    """Whether TERM names a terminal to draw on: one of a known family, or one that this system describes.

    Where a system describes none, any name will do but the ones that say no.
    """
    term = environ.get("TERM", "")
    if term in CANNOT_DRAW:
        return False
    if re.split(r"[-+.]", term)[0] in _FAMILIES:
        return True
    places = [place for place in _places(environ, folders) if _is(place.is_dir)]
    if not places:
        return True
    # Under its first letter, or that letter's number on systems that do not tell a from A.
    found = (place / under / term for place in places for under in (term[0], f"{ord(term[0]):x}"))
    return "/" not in term and any(_is(description.is_file) for description in found)


def _is(true: Callable[[], bool]) -> bool:
    try:
        return true()
    except OSError:
        # Not for us to look at, or longer than a name may be.
        return False


def _places(environ: Mapping[str, str], folders: tuple[str, ...]) -> Iterator[Path]:
    if own := environ.get("TERMINFO"):
        yield Path(own)
    if home := environ.get("HOME"):
        yield Path(home, ".terminfo")
    yield from (Path(each) for each in environ.get("TERMINFO_DIRS", "").split(":") if each)
    yield from map(Path, folders)
