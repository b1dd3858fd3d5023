"""A screen as a text that a person can review: the characters, then which colours stand where.

Colours are named by their meaning in the theme, so that a snapshot does not change with a shade, only with a role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from rich.color import Color
from rich.style import Style
from textual.strip import Strip

ROLES = (
    "foreground",
    "background",
    "quiet",
    "quiet-selected",
    "text-success",
    "text-error",
    "text-warning",
    "text-accent",
    "text-primary",
    "surface",
    "panel",
    "primary",
    "primary-muted",
    "error",
    "error-muted",
    "warning",
    "success",
    "accent",
    "secondary",
)
"""Variables of the theme, the one to name first where two have the same value."""

Page = str


def read_page(
    strips: Iterable[Strip], size: tuple[int, int], variables: Mapping[str, str], plain: Callable[[str], str]
) -> Page:
    """What stands on the screen, and the runs of cells that are not plain text on the background."""
    names: dict[str, str] = {}
    for role in reversed(ROLES):
        names[variables[role].upper()] = role
    lines = list(strips)[: size[1]]
    text = [plain(line.text).rstrip() for line in lines]
    colours = [_runs(line, names) for line in lines]
    return "\n".join([f"══ {size[0]}x{size[1]}", *text, "── colours", *_folded(colours)]) + "\n"


def _runs(strip: Strip, names: Mapping[str, str]) -> str:
    """`3-11 text-primary bold on panel` for each run of cells; nothing for plain text and blanks."""
    runs: list[tuple[int, int, str]] = []
    at = 0
    for segment in strip:
        begin, at = at, at + segment.cell_length
        words = _words_of(segment.style, names, blank=not segment.text.strip())
        if runs and runs[-1][1] == begin and runs[-1][2] == words:
            runs[-1] = (runs[-1][0], at, words)
        else:
            runs.append((begin, at, words))
    return ", ".join(f"{begin}-{end - 1} {words}" for begin, end, words in runs if words and end > begin)


def _words_of(style: Style | None, names: Mapping[str, str], *, blank: bool) -> str:
    if style is None:
        return ""
    front, back = _name(style.color, names), _name(style.bgcolor, names)
    if style.reverse:
        front, back = back, front
    words = [] if blank or front == "foreground" else [front]
    words += [
        word
        for word, on in (
            ("bold", style.bold and not blank),
            ("italic", style.italic and not blank),
            ("underline", style.underline),
            ("struck", style.strike),
            ("dim", style.dim),
        )
        if on
    ]
    if back not in ("background", ""):
        words.append(f"on {back}")
    return " ".join(words)


def _name(colour: Color | None, names: Mapping[str, str]) -> str:
    if colour is None or colour.is_default:
        return ""
    shade = colour.get_truecolor().hex.upper()
    return names.get(shade, shade.lower())


def _folded(colours: list[str]) -> list[str]:
    """Lines that follow one another with the same runs, in one line."""
    folded: list[str] = []
    first = 0
    for number, runs in enumerate(colours):
        if number + 1 < len(colours) and colours[number + 1] == runs:
            continue
        if runs:
            folded.append(f"{first + 1 if first == number else f'{first + 1}…{number + 1}'}: {runs}")
        first = number + 1
    return folded
