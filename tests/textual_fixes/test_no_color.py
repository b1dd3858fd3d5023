"""Without colours everything that a colour said is said by an attribute."""

from __future__ import annotations

from rich.style import Style

from tui.textual_fixes.no_color import NoColor

THEME = {"background": "#15181E", "surface": "#1B1F27", "panel": "#252A34"}


def plain(words: str) -> Style:
    return NoColor(lambda: THEME)(Style.parse(words))


def test_no_colour_is_left() -> None:
    for words in ("red on blue", "#123456 on #abcdef", "bold color(200)", "on #15181E", "italic"):
        left = plain(words)
        assert left.color is None or left.color.is_default
        assert left.bgcolor is None or left.bgcolor.is_default


def test_a_paper_that_stands_out_is_reversed_and_the_usual_ones_are_not() -> None:
    assert plain("on #334155").reverse
    assert not plain("on #15181E").reverse
    assert not plain("on #1B1F27").reverse
    assert not plain("red").reverse


def test_a_cursor_on_such_a_paper_still_stands_out() -> None:
    assert not plain("reverse on #334155").reverse
    assert plain("reverse on #15181E").reverse


def test_the_paper_of_a_field_is_underlined() -> None:
    assert plain("on #252A34").underline


def test_other_attributes_stay() -> None:
    left = plain("bold underline strike red on #334155")
    assert left.bold and left.underline and left.strike


def test_a_theme_of_the_terminals_own_colours_is_no_trouble() -> None:
    assert NoColor(lambda: {"background": "ansi_default"})(Style.parse("red on #334155")).reverse
