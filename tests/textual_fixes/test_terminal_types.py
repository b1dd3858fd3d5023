"""Which types of terminals are drawn on, and which fill with colour what they erase.

Each question is asked in a process of its own: curses reads one description for the life of a process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.color import ColorSystem
from rich.style import Style

ASKED = (
    "import os, sys; from tui.textual_fixes.terminal_types import can_draw, fills_with_colour; "
    "asked = {'can_draw': can_draw, 'fills': fills_with_colour}[sys.argv[1]]; "
    "print(asked({**os.environ, 'TERM': sys.argv[2]}))"
)


def ask(question: str, term: str, **environ: str) -> bool:
    """What a process with these variables answers, and with no description but those that they name."""
    plain = {name: value for name, value in os.environ.items() if name not in ("TERM", "TERMINFO", "STY", "HOME")}
    done = subprocess.run(
        [sys.executable, "-c", ASKED, question, term],
        env={**plain, **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return {"True": True, "False": False}[done.stdout.strip()]


def compiled(*flags: int) -> bytes:
    """A description with 38 yes-and-no's, as tic(1) writes it (term(5))."""
    names = b"qterm|a terminal\0"
    said = bytes(n in flags for n in range(38))
    padding = b"\0" * ((len(names) + len(said)) % 2)
    return b"".join(n.to_bytes(2, "little") for n in (0o432, len(names), len(said), 0, 0, 0)) + names + said + padding


@pytest.fixture
def describe(tmp_path: Path):
    """`describe(*flags)` is a folder with the description of qterm; 28 is back_color_erase."""

    def write(*flags: int) -> str:
        (tmp_path / "q").mkdir()
        (tmp_path / "q" / "qterm").write_bytes(compiled(*flags))
        return str(tmp_path)

    return write


@pytest.mark.parametrize("term", ["xterm", "xterm-kitty", "xterm-ghostty", "screen.xterm-new", "tmux-direct", "linux"])
def test_a_known_family_needs_no_description(term: str) -> None:
    assert ask("can_draw", term, TERMINFO="/nowhere")


@pytest.mark.parametrize("term", ["dumb", "unknown", "xtrem", "vt52x", "x/xterm", "../x/xterm", "x" * 4000])
def test_what_nobody_knows_is_not_drawn_on(term: str) -> None:
    assert not ask("can_draw", term)


def test_a_person_may_bring_a_description_along(describe) -> None:
    folder = describe()
    assert not ask("can_draw", "qterm")
    assert ask("can_draw", "qterm", TERMINFO=folder)
    assert ask("can_draw", "qterm", TERMINFO_DIRS=f"/nowhere:{folder}")


def test_without_curses_only_a_plain_no_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.textual_fixes.terminal_types import can_draw, fills_with_colour

    monkeypatch.setitem(sys.modules, "curses", None)
    assert can_draw({"TERM": "qterm"})
    assert not can_draw({"TERM": "dumb"})
    assert not can_draw({})
    assert not fills_with_colour({"TERM": "xterm-256color"})


@pytest.mark.parametrize(("flags", "fills"), [((4, 28), True), ((4,), False)])
def test_what_a_terminal_does_when_it_erases_is_read_in_its_description(describe, flags, fills: bool) -> None:
    folder = describe(*flags)
    assert ask("fills", "qterm", TERMINFO=folder) is fills
    # Inside of GNU screen the name is somebody else's.
    assert not ask("fills", "qterm", TERMINFO=folder, STY="1.pts-0")


@pytest.mark.parametrize("term", ["", "qterm", "../q/qterm"])
def test_what_is_not_described_is_not_trusted_to_erase_in_colour(term: str) -> None:
    assert not ask("fills", term)


def test_on_a_linux_console_what_stands_out_does_so_by_one_of_its_eight_backgrounds() -> None:
    from tui.textual_fixes.dark_papers import with_dark_paper
    from tui.textual_fixes.terminal_types import is_linux_console

    for term, has in (("linux", True), ("linux-16color", True), ("xterm", False), ("", False)):
        assert is_linux_console({"TERM": term}) is has
    for ground, cursor in (("#15181E", "#334155"), ("#FAFAF7", "#BBCBDE")):
        seen = [with_dark_paper(Style.parse(f"#777777 on {paper}")).bgcolor for paper in (ground, cursor)]
        # The console takes three bits of a background.
        assert len({paper.downgrade(ColorSystem.STANDARD).number % 8 for paper in seen}) == 2
    assert with_dark_paper(Style.parse("bold red")) == Style.parse("bold red")
