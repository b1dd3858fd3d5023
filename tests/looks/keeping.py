"""Where looks are kept, and what differs from them."""

from __future__ import annotations

import difflib
from pathlib import Path

from tests.looks.stage import Kept

ROOT = Path(__file__).resolve().parents[2]
SAVED = ROOT / "tests" / "looks" / "saved"
PICTURES = ROOT / "screenshots"


def keep(walk: str, kept: Kept) -> list[Path]:
    """Write what a walk brought home, forget what it brings home no longer; returns the files that changed."""
    wanted = _files(walk, kept)
    changed: list[Path] = []
    for file in (SAVED / walk).glob("*.txt"):
        if file not in wanted:
            file.unlink()
            changed.append(file)
    for file, text in wanted.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    return [file.relative_to(ROOT) for file in changed]


def differences(walk: str, kept: Kept) -> str:
    """What looks otherwise than it is kept, as a person would review it; empty for nothing."""
    wanted = _files(walk, kept)
    words = [
        f"{file.relative_to(ROOT)} is kept, but nothing looks like that any more"
        for file in (SAVED / walk).glob("*.txt")
        if kept.reads and file not in wanted
    ]
    for file, text in wanted.items():
        name = str(file.relative_to(ROOT))
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if before == text:
            continue
        if file.suffix == ".svg":
            words.append(f"{name} is not how it looks now")
        else:
            words += difflib.unified_diff(before.splitlines(), text.splitlines(), name, "now", lineterm="", n=1)
    return "\n".join(words)


def _files(walk: str, kept: Kept) -> dict[Path, str]:
    texts = {SAVED / walk / f"{shot}.txt": "\n".join(pages) for shot, pages in kept.pages.items()}
    return texts | {PICTURES / name: picture for name, picture in kept.pictures.items()}
