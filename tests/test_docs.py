"""The documents name files, pictures, pages and commands that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]

PATH = re.compile(r"(?<![\w/.])((?:tui|tests|docs)/[\w/.*-]*[\w*])")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def named(document: Path) -> set[str]:
    """Paths of this repository in the document's words and code."""
    return set(PATH.findall(document.read_text(encoding="utf-8")))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_every_path_that_is_named_exists(document: Path):
    assert sorted(path for path in named(document) if not list(ROOT.glob(path))) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_every_link_and_picture_leads_somewhere(document: Path):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_promise_of_the_readme_is_told_whole_with_its_proof():
    short = re.findall(
        r"^- \*\*([^*]+?)\.?\*\*",
        (ROOT / "README.md").read_text(encoding="utf-8").split("## What it promises")[1],
        re.M,
    )
    whole = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    assert len(short) == 10
    assert [promise for promise in short if f"| **{promise}" not in whole] == []
    assert all("pytest" in row for row in whole.splitlines() if row.startswith("| **"))


def test_the_readme_fits_on_two_pages():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 110
