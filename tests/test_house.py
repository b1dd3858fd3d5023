"""The rules of the house that no linter knows: see docs/architecture.md."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import textual.widgets
from textual.screen import Screen

TUI = Path(__file__).parent.parent / "tui"
FILES = sorted(TUI.rglob("*.py"))

HTTPX = {"twilio/http.py"}
TEXTUAL = ("app.py", "actions.py", "theme.py", "screens/", "widgets/", "textual_fixes/")
DEEPEST = 2
"""Classes of ours that a screen may have above it: `BaseScreen`, and `ListDetailScreen` for a list with a pane."""


def name_of(file: Path) -> str:
    return file.relative_to(TUI).as_posix()


@cache
def imports(file: Path) -> frozenset[tuple[str, str]]:
    """Each import of a file, as module and name."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {(alias.name, "") for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return frozenset(plain | {(node.module or "", alias.name) for node in froms for alias in node.names})


def importers_of(*packages: str) -> set[str]:
    return {name_of(file) for file in FILES for module, _ in imports(file) if module.partition(".")[0] in packages}


def test_no_public_type_name_stands_for_two_things():
    homes = defaultdict[str, list[str]](list)
    for file in FILES:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(name_of(file))
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def classes(files: list[Path]) -> list[type]:
    """Every class that is defined in these files, where they may know Textual."""
    found: list[type] = []
    for file in files:
        if name_of(file).startswith(TEXTUAL):
            module = importlib.import_module(".".join(file.relative_to(TUI.parent).with_suffix("").parts))
            found += [
                each for _, each in inspect.getmembers(module, inspect.isclass) if each.__module__ == module.__name__
            ]
    return found


SCREENS = {each for each in classes(FILES) if issubclass(each, Screen)}


def test_no_screen_has_more_than_two_of_our_classes_above_it():
    chains = {
        screen.__qualname__: above
        for screen in SCREENS
        if len(above := [each.__name__ for each in screen.__mro__[1:] if each in SCREENS]) > DEEPEST
    }
    assert chains == {}


def test_there_are_screens_to_look_at():
    assert {"MessagesScreen", "ComposeScreen", "ConsoleScreen", "WebhooksScreen"} <= {each.__name__ for each in SCREENS}


def test_httpx_stands_behind_one_module():
    assert importers_of("httpx", "httpcore") == HTTPX


def test_textual_is_imported_above_the_line_only():
    assert {name for name in importers_of("textual", "rich") if not name.startswith(TEXTUAL)} == set()


OUTSIDE = [file for file in FILES if "textual_fixes" not in file.parts]


@pytest.mark.parametrize("file", OUTSIDE, ids=name_of)
def test_a_workaround_for_textual_stands_in_its_room(file: Path):
    private = [
        f"{module}.{name}"
        for module, name in imports(file)
        if module.partition(".")[0] == "textual" and any(part.startswith("_") for part in (*module.split("."), name))
    ]
    assert private == [], "a private name of Textual belongs in tui/textual_fixes"
    assert "8.2." not in file.read_text(), "what holds for one version of Textual belongs in tui/textual_fixes"


def test_no_private_method_of_textual_is_overridden_outside_of_that_room():
    overridden = [
        f"{each.__qualname__}.{name}"
        for each in classes(OUTSIDE)
        for name in vars(each)
        if name.startswith("_") and not name.startswith(("__", "_on_", "_abc_")) and name in privates_above(each)
    ]
    assert overridden == []


def privates_above(each: type) -> set[str]:
    """Private methods of Textual's classes above one of ours."""
    return {
        name
        for above in each.__mro__[1:]
        if above.__module__.startswith("textual.")
        for name, value in vars(above).items()
        if name.startswith("_") and inspect.isfunction(value)
    }


TEXTUALS_OWN = {
    *textual.widgets.__all__,
    *("Screen", "Vertical", "VerticalScroll", "Horizontal", "ToastRack"),
    *("CommandPalette", "CommandInput", "CommandList", "SearchIcon", "Toast"),
}
SELECTOR = re.compile(r"(?<![\w.#&:$-])_?[A-Z]\w+")


def styles() -> Iterator[tuple[str, str]]:
    """Every style sheet: files, and what a class holds in DEFAULT_CSS."""
    for file in TUI.rglob("*.tcss"):
        yield name_of(file), file.read_text()
    for each in classes(FILES):
        yield each.__qualname__, vars(each).get("DEFAULT_CSS", "")


def test_every_type_that_a_style_names_is_a_widget():
    ours = {each.__name__ for each in classes(FILES)}
    unknown = {
        (where, name)
        for where, sheet in styles()
        for selector in re.findall(r"([^{};]+)\{", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
        for name in SELECTOR.findall(selector)
        if name not in ours | TEXTUALS_OWN
    }
    assert unknown == set()
