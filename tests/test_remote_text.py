"""No text reaches a part of Textual that would read it as markup: a lint over the source, held to its word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tui
from tests.markup_lint import Project, complaints, nodes_of
from tui import actions

SOURCES = sorted(each for each in Path(tui.__file__).parent.rglob("*.py") if "sandbox" not in each.parts)
"""All but the sandbox, which draws nothing and invents hostile messages."""

KNOWN = {
    ("app.py", "SystemCommand(…) reads markup"): "words of the table of actions, checked below",
    ("form_fields.py", "a TextArea's placeholder reads markup"): "an Input's, which draws it as it stands",
    ("template_fields.py", "a TextArea's placeholder reads markup"): "an Input's as well",
}
"""What the lint cannot know to be harmless, and why it is."""


@pytest.fixture(scope="module")
def project() -> Project:
    found = Project()
    for source in SOURCES:
        found.add(nodes_of(source.read_text("utf-8")))
    return found


def test_nothing_in_the_program_lets_a_text_be_read_as_markup(project: Project) -> None:
    everywhere = [(source, each) for source in SOURCES for each in complaints(source.read_text("utf-8"), project)]
    found = [(source.name, each.words) for source, each in everywhere]
    assert [
        f"{source}:{each.line}: {each.words}" for source, each in everywhere if (source.name, each.words) not in KNOWN
    ] == []
    assert set(found) == set(KNOWN), "what was excused is gone: take it out of the list"


def test_the_words_of_the_actions_hold_no_bracket() -> None:
    tables = [table for table in vars(actions).values() if isinstance(table, tuple)]
    found = [each for table in tables for each in table if isinstance(each, actions.Action)]
    assert len(found) > 40
    assert [each.name for each in found if "[" in each.words + each.help + each.shown_key] == []


HEAD = """
from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Button, DataTable, Label, Select, Static, Tab, TextArea, Tree
from textual.widgets.option_list import Option
from tui.safe_text import safe_text
"""

BAD = (
    "Static(body)",
    "Static(safe_text(body))",
    "Static('')",
    "Static(Content(body), id='later')",
    "Static(f'{body}', markup=True)",
    "Label(message.body, id='x')",
    "app.notify(body)",
    "app.notify(safe_text(body), severity='error')",
    "self.notify('sent', markup=switch)",
    "partial(self.notify, timeout=10)",
    "frame.border_title = body",
    "frame.border_subtitle = f'{body}'",
    "frame.border_title = safe_text(body)",
    "row.tooltip = 'about ' + body",
    "Option(body)",
    "Option('a [bracket]')",
    "Button(body)",
    "Button(label=body)",
    "button.label = body",
    "Tab(name)",
    "Tree(name)",
    "node.add_leaf(name)",
    "table.add_row(sid, body)",
    "table.add_column(name)",
    "Select([(name, 1)])",
    "Content.from_markup(body)",
    "Content.from_text(body)",
    "visualize(self, body)",
    "TextArea(placeholder=body)",
    "area.placeholder = body",
    "Static(Content.styled('[@click=app.quit]x', 'bold'))",
    "Style(link=url)",
    "style.on(click=action)",
    "class Mine(Static):\n    def __init__(self, text):\n        super().__init__(text)",
    "class Mine(Widget):\n    def render(self):\n        return self.body",
    "class Mine(Widget):\n    def render(self):\n        return f'{self.body}'",
    "class Mine(Widget):\n    BORDER_TITLE = '[title]'",
    "from textual.widgets import Static as Quiet\nQuiet(body)",
)

GOOD = (
    "Static(body, markup=False)",
    "Static(Content(body))",
    "Label('Name', markup=False)",
    "self.notify(safe_text(body), markup=False)",
    "frame.border_title = Content(body)",
    "frame.border_title = 'Review'",
    "frame.border_title = Content(body) if body else 'Review'",
    "title = Content.assemble((body, 'bold'))\nframe.border_title = title",
    "row.tooltip = None",
    "Option(Content(body), id=body)",
    "Button('Send')",
    "Content.from_text(body, markup=False)",
    "HINTS = {'a': 'as typed'}\narea.placeholder = HINTS[kind]",
    "class Mine(Static):\n    def __init__(self, text):\n        super().__init__(text, markup=False)",
    "class Mine(Widget):\n    def render(self):\n        return Content(self.body)",
    "names.add(body)",
    "known.update(body)",
)


@pytest.mark.parametrize("snippet", BAD)
def test_the_lint_sees_a_text_that_would_be_read_as_markup(snippet: str) -> None:
    assert complaints(HEAD + snippet, Project())


@pytest.mark.parametrize("snippet", GOOD)
def test_the_lint_lets_pass_what_is_harmless(snippet: str) -> None:
    assert complaints(HEAD + snippet, Project()) == []


def test_the_lint_knows_what_other_files_return_and_are_made_from() -> None:
    other = Project()
    other.add(nodes_of("class Line(Static): pass\ndef words() -> Content: ...\ndef plain() -> str: ..."))
    assert complaints(HEAD + "frame.border_title = words()", other) == []
    assert complaints(HEAD + "frame.border_title = plain()", other)
    assert complaints(HEAD + "Line(body)", other)
    assert complaints(HEAD + "Line(body, markup=False)", other) == []


@pytest.mark.long
def test_taking_the_protection_out_of_any_file_is_seen(project: Project) -> None:
    """Each `markup=False` of the program is taken out in turn."""
    # What is made with Content is not read, with the protection or without.
    made_with_content = ("Static(Content", "key_line(", "Static(self.keys()", "Static(self._about()")
    for source in SOURCES:
        text = source.read_text("utf-8")
        with_it = len(complaints(text, project))
        for found in re.finditer(r",\s*markup=False", text):
            without = text[: found.start()] + text[found.end() :]
            line = text.count("\n", 0, found.start()) + 1
            nearby = "\n".join(text.splitlines()[max(line - 4, 0) : line])
            harmless = any(each in nearby for each in made_with_content)
            assert len(complaints(without, project)) > with_it or harmless, f"{source}:{line}"
