"""Styles are read once, and anew with another theme."""

from __future__ import annotations

from tui.textual_fixes.style_cache import KeptStylesheet

ROW = "Row { color: $ink; }"
PANE = "Pane { color: $ink; }"


def sheet():
    made = KeptStylesheet(variables={"ink": "red"})
    made.add_source(ROW, ("row", ""))
    made.reparse()
    return made


def colours(made):
    return {rule.selectors: rule.styles.color.hex for rule in made.rules}


def test_what_was_read_is_kept_when_more_is_added():
    made = sheet()
    made.set_variables({"ink": "red"})
    made.reparse()
    row = made.rules[0]
    made.add_source(PANE, ("pane", ""))
    made.reparse()
    assert colours(made) == {"Row": "#FF0000", "Pane": "#FF0000"}
    assert made.rules[0] is row


def test_another_theme_is_read_anew():
    made = sheet()
    made.set_variables({"ink": "blue"})
    made.reparse()
    assert colours(made) == {"Row": "#0000FF"}
    made.add_source(PANE, ("pane", ""))
    made.reparse()
    assert colours(made) == {"Row": "#0000FF", "Pane": "#0000FF"}
