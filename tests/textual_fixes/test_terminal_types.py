"""Which types of terminals are drawn on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.textual_fixes.terminal_types import can_draw, fills_with_colour


@pytest.fixture
def described(tmp_path: Path) -> tuple[str, ...]:
    """A system that describes one terminal, and a folder that is not there."""
    (tmp_path / "h").mkdir()
    (tmp_path / "h" / "hp2645").touch()
    (tmp_path / "7a").mkdir()
    (tmp_path / "7a" / "zterm").touch()
    return (str(tmp_path / "nowhere"), str(tmp_path))


@pytest.mark.parametrize("term", ["xterm", "xterm-kitty", "xterm-ghostty", "screen.xterm-new", "tmux-direct", "linux"])
def test_a_known_family_needs_no_description(described: tuple[str, ...], term: str) -> None:
    assert can_draw({"TERM": term}, described)


@pytest.mark.parametrize("term", ["hp2645", "zterm"])
def test_another_needs_a_description(described: tuple[str, ...], term: str) -> None:
    assert can_draw({"TERM": term}, described)


@pytest.mark.parametrize(
    "term", ["", "dumb", "unknown", "xtrem", "vt52x", "h/hp2645", "../h/hp2645", "x\0", "h" * 4000]
)
def test_what_nobody_knows_is_not_drawn_on(described: tuple[str, ...], term: str) -> None:
    assert not can_draw({"TERM": term}, described)


def test_a_person_may_bring_a_description_along(described: tuple[str, ...], tmp_path: Path) -> None:
    own = tmp_path / "home" / ".terminfo" / "q"
    own.mkdir(parents=True)
    (own / "qterm").touch()
    assert not can_draw({"TERM": "qterm"}, described)
    assert can_draw({"TERM": "qterm", "HOME": str(tmp_path / "home")}, described)
    assert can_draw({"TERM": "qterm", "TERMINFO": str(own.parent)}, described)
    assert can_draw({"TERM": "qterm", "TERMINFO_DIRS": f"/nowhere:{own.parent}"}, described)


def test_without_any_description_only_a_plain_no_is_believed() -> None:
    assert can_draw({"TERM": "qterm"}, ("/nowhere",))
    assert not can_draw({"TERM": "dumb"}, ("/nowhere",))


def compiled(*flags: int) -> bytes:
    """A description with 38 yes-and-no's, as tic(1) writes it."""
    names = b"qterm|a terminal\0"
    said = bytes(n in flags for n in range(38))
    return b"".join(n.to_bytes(2, "little") for n in (0o432, len(names), len(said), 0, 0, 0)) + names + said


@pytest.mark.parametrize(("content", "fills"), [(compiled(4, 28), True), (compiled(4), False), (b"", False)])
def test_what_a_terminal_does_when_it_erases_is_read_in_its_description(
    tmp_path: Path, content: bytes, fills: bool
) -> None:
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / "qterm").write_bytes(content)
    assert fills_with_colour({"TERM": "qterm"}, (str(tmp_path),)) is fills
    # Inside of GNU screen the name is somebody else's.
    assert not fills_with_colour({"TERM": "qterm", "STY": "1.pts-0"}, (str(tmp_path),))


@pytest.mark.parametrize("term", ["", "qterm", "../q/qterm", "q\0"])
def test_what_is_not_described_is_not_trusted_to_erase_in_colour(tmp_path: Path, term: str) -> None:
    assert not fills_with_colour({"TERM": term}, (str(tmp_path),))
