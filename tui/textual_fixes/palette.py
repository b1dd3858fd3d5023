"""The command palette, laid out for the terminal's present size only.

Textual: see `resize`; its own palette is one of the screens concerned. When it changes: gone with `resize`.
"""

from __future__ import annotations

from textual.command import CommandPalette

from tui.textual_fixes.patched_screen import PatchedScreen


class Palette(PatchedScreen, CommandPalette):
    """Finds an action by its name."""
