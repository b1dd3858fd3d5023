"""The palette of actions and that of themes: Textual's own, laid out for the terminal's present size only."""

from __future__ import annotations

from textual.command import CommandPalette

from tui.textual_fixes.resize import Sized


class Palette(Sized, CommandPalette):
    """Finds an action by its name."""
