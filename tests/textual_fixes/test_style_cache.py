"""Styles are read once, and anew with another theme."""

from __future__ import annotations

from textual.app import App
from textual.css.scalar import Scalar
from textual.css.styles import RulesMap
from textual.widgets import Static

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


def test_an_earlier_theme_is_not_read_again():
    made = sheet()
    row = made.rules[0]
    made.set_variables({"ink": "blue"})
    made.reparse()
    made.set_variables({"ink": "red"})
    made.reparse()
    assert made.rules[0] is row


async def test_only_what_differs_is_set():
    class Row(Static):
        pass

    app: App[None] = App()
    async with app.run_test():
        row = Row()
        await app.mount(row)
        told: list[object] = []
        row.notify_style_update = lambda: told.append(None)
        rules = row.styles.base.get_rules()
        KeptStylesheet.replace_rules(row, rules)
        assert len(told) == 1 and row.styles.base.get_rules() == rules
        KeptStylesheet.replace_rules(row, RulesMap(width=Scalar.from_number(7)))
        assert row.styles.base.get_rules() == {"width": Scalar.from_number(7)}
