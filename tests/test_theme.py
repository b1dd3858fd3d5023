"""The colours of connections, in every theme a person may choose, and how a theme is named on the command line."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.cli import BadCommandLine, StartOptions, read_command_line
from tui.storage.connection import COLOURS
from tui.theme import THEMES, TONES, connection_tone, find_theme, own_variables, theme_names

TELLS_APART = 3.0
"""The contrast that WCAG 2.1 wants of large or bold text: names are one or the other, with words behind it."""

READABLE = 4.5
"""The contrast that WCAG 2.1 wants of text."""


def luminance(color: Color) -> float:
    parts = [value / 255 for value in color.rgb]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(luminance(Color.parse(each)) for each in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [*THEMES, *BUILTIN_THEMES.values()], ids=lambda theme: theme.name)
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


@pytest.mark.parametrize("theme", [*THEMES, *BUILTIN_THEMES.values()], ids=lambda theme: theme.name)
def test_what_is_said_in_passing_can_be_read_in_each_theme_on_the_row_of_the_cursor_too(theme: Theme) -> None:
    variables = theme.to_color_system().generate()
    if variables["background"].startswith("ansi_"):
        assert own_variables(variables)["quiet-selected"] == variables["foreground"], "readable when it is reversed"
        return
    for name, grounds in (("quiet", ("background", "surface")), ("quiet-selected", ("panel", "primary-muted"))):
        quiet = own_variables(variables)[name]
        for ground in grounds:
            # Where a theme is paler itself, it is said as everything else.
            plain = Color.parse(variables["foreground"]).hex
            assert quiet == plain or contrast(quiet, variables[ground]) >= READABLE, (name, ground)


def test_every_colour_has_a_tone_and_whatever_else_a_file_says_is_plain() -> None:
    assert [TONES[connection_tone(colour)] for colour in COLOURS] == [f"$connection-{colour}" for colour in COLOURS]
    for other in ("", "crimson", "bad", "plain", "accent", "$text-error", "[red]"):
        assert connection_tone(other) == "plain"


def test_a_theme_is_found_by_its_name_and_our_own_by_a_short_one() -> None:
    assert [find_theme(name) for name in theme_names()] == list(theme_names())
    shorts = {"dark": "tuilio-dark", " Light": "tuilio-light", "frugal": "tuilio-frugal", "NORD": "nord"}
    assert {short: find_theme(short) for short in shorts} == shorts
    assert [find_theme(other) for other in ("", "tuilio-", "nrod", "dark,light", "\x1b[2J")] == [""] * 5


def test_a_theme_that_is_asked_for_goes_before_the_frugal_way_of_the_environment_and_never_with_the_option() -> None:
    frugal = {"TUILIO_FRUGAL": "1"}
    assert read_command_line(["--theme", "nord"], frugal) == StartOptions(theme="nord")
    assert read_command_line(["--screen", "console"], frugal) == StartOptions(screen="console", frugal=True)
    with pytest.raises(BadCommandLine, match="leave one of the two out"):
        read_command_line(["--frugal", "--theme", "nord"], {})
