"""The colours of connections, in every theme a person may choose."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.storage.connection import COLOURS
from tui.theme import DARK, FRUGAL, LIGHT, TONES, connection_tone, own_variables

TELLS_APART = 3.0
"""The contrast that WCAG 2.1 wants of large or bold text: names are one or the other, with words behind it."""


def luminance(color: Color) -> float:
    parts = [value / 255 for value in color.rgb]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(luminance(Color.parse(each)) for each in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT, FRUGAL, *BUILTIN_THEMES.values()], ids=lambda theme: theme.name)
def test_each_colour_of_a_connection_can_be_read_in_each_theme_and_is_like_no_other(theme: Theme) -> None:
    variables = theme.to_color_system().generate()
    shades = {colour: own_variables(variables)[f"connection-{colour}"] for colour in COLOURS}
    assert len(set(shades.values())) == len(COLOURS)
    if variables["background"].startswith("ansi_"):
        assert all(shade.startswith("ansi_") for shade in shades.values()), "the terminal's own"
        return
    for shade in shades.values():
        assert contrast(shade, variables["background"]) >= TELLS_APART
        # What is written into the filled name above each screen.
        assert contrast(shade, variables["surface"]) >= TELLS_APART


def test_every_colour_has_a_tone_and_whatever_else_a_file_says_is_plain() -> None:
    assert [TONES[connection_tone(colour)] for colour in COLOURS] == [f"$connection-{colour}" for colour in COLOURS]
    for other in ("", "crimson", "bad", "plain", "accent", "$text-error", "[red]"):
        assert connection_tone(other) == "plain"
