"""The rules of the house that no linter knows: see docs/architecture.md."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.screen import Screen

TUI = Path(__file__).parent.parent / "tui"
FILES = sorted(TUI.rglob("*.py"))

HTTPX = {"twilio/http.py", "sandbox/webhook_sender.py"}
TEXTUAL = ("app.py", "actions.py", "theme.py", "screens/", "widgets/", "textual_fixes/")
DEEPEST = 2
"""Classes of ours that a screen may have above it: `BaseScreen`, and `ListDetailScreen` for a list with a pane."""


def name_of(file: Path) -> str:
    return file.relative_to(TUI).as_posix()


def imports(file: Path) -> Iterator[tuple[str, str]]:
    """Each import of a file, as module and name."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def importers_of(*packages: str) -> set[str]:
    return {name_of(file) for file in FILES for module, _ in imports(file) if module.partition(".")[0] in packages}


def screens() -> list[type]:
    """Every class of ours that is a screen."""
    found: set[type] = set()
    for file in FILES:
        if name_of(file).startswith(("screens/", "widgets/", "textual_fixes/")):
            module = importlib.import_module(".".join(file.relative_to(TUI.parent).with_suffix("").parts))
            found |= {
                each
                for _, each in inspect.getmembers(module, inspect.isclass)
                if issubclass(each, Screen) and each.__module__.startswith("tui.")
            }
    return sorted(found, key=lambda each: each.__qualname__)


OURS = set(screens())


def test_there_are_screens_to_look_at():
    assert {"MessagesScreen", "ComposeScreen", "ConsoleScreen", "WebhooksScreen"} <= {each.__name__ for each in OURS}


def test_textual_is_imported_above_the_line_only():
    assert {name for name in importers_of("textual", "rich") if not name.startswith(TEXTUAL)} == set()


@pytest.mark.parametrize("file", [file for file in FILES if "textual_fixes" not in file.parts], ids=name_of)
def test_a_workaround_for_textual_stands_in_its_room(file: Path):
    private = [
        f"{module}.{name}"
        for module, name in imports(file)
        if module.partition(".")[0] == "textual" and any(part.startswith("_") for part in (*module.split("."), name))
    ]
    assert private == [], "a private name of Textual belongs in tui/textual_fixes"
    assert "8.2." not in file.read_text(), "what holds for one version of Textual belongs in tui/textual_fixes"
