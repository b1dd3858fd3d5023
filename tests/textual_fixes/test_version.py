"""Textual changes under the workarounds: each upgrade is a visit to every file of `tui/textual_fixes`."""

from __future__ import annotations

import ast
from importlib.metadata import version
from pathlib import Path

import pytest

import tui.textual_fixes

ROOM = Path(tui.textual_fixes.__file__).parent
FILES = sorted(file for file in ROOM.glob("*.py") if file.name != "__init__.py")


def test_this_version_of_textual_was_looked_at():
    assert version("textual") == tui.textual_fixes.LOOKED_AT, (
        "Read every file of tui/textual_fixes beside the new Textual, then set LOOKED_AT."
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_workaround_says_what_textual_does(file: Path):
    said = ast.get_docstring(ast.parse(file.read_text())) or ""
    assert "Textual" in said or "`" in said.splitlines()[0], "what does Textual do, and what is needed?"
