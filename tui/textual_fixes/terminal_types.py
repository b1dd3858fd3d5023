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
    if not any(_is(place.is_dir) for place in _places(environ, folders)):
        return True
    return any(_is(description.is_file) for description in _descriptions(environ, folders))


_BACK_COLOUR_ERASE: Final = 28
"""Its place among the yes-and-no's of a compiled description, term(5)."""


def fills_with_colour(environ: Mapping[str, str], folders: tuple[str, ...] = _FOLDERS) -> bool:
    """Whether the terminal is known to fill what it erases with the colour at hand (terminfo(5), bce).

    Where the system does not describe it, it is not known. GNU screen does not, whatever TERM says within it.
    """
    if "STY" in environ:
        return False
    for description in _descriptions(environ, folders):
        try:
            content = description.read_bytes()
        except (OSError, ValueError):
            continue
        names, count = int.from_bytes(content[2:4], "little"), int.from_bytes(content[4:6], "little")
        return count > _BACK_COLOUR_ERASE and content[12 + names + _BACK_COLOUR_ERASE :][:1] == b"\x01"
    return False


def _descriptions(environ: Mapping[str, str], folders: tuple[str, ...]) -> Iterator[Path]:
    """Where a description of the type may be: under its first letter, or that letter's number on some systems."""
    term = environ.get("TERM", "")
    if term and "/" not in term:
        for place in _places(environ, folders):
            yield from (place / under / term for under in (term[0], f"{ord(term[0]):x}"))


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
