"""What the app does beside its work: notices that go, text that the mouse marks, colours that stay.

Knows a folder of its own and no place.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual import events
from textual.app import InvalidThemeError
from textual.theme import Theme
from textual.widgets._toast import Toast  # pyright: ignore[reportPrivateUsage] - it has no public name

from tui.keymap import key_of
from tui.safe_text import glimpse
from tui.textual_fixes.input_fields import InOrder
from tui.textual_fixes.key_queue import SerialKeyApp


class Comfort(SerialKeyApp):
    """An app with these."""

    theme_file: Path

    async def on_event(self, event: events.Event) -> None:
        """Escape takes notices away, whatever else it does; what the mouse has marked is copied."""
        if isinstance(event, events.Key) and not event.is_forwarded and self.screen_stack:
            # Where none is to be seen they are still to be read.
            if event.key == "escape" and any(notice.display for notice in self.screen.query(Toast)):
                self.clear_notifications()
            if event.key in ("c", "ctrl+c") and self._copy_marked(event.key):
                return
        await super().on_event(event)

    def _copy_marked(self, key: str) -> bool:
        marked = self.screen.get_selected_text()
        if not marked or (key == "c" and isinstance(self.focused, InOrder)):
            return False
        from tui.widgets.copying import hand_over

        self.screen.clear_selection()
        hand_over(self.screen, marked, "what was marked", "mark it with shift held, which is the terminal's own way")
        return True

    def take_theme(self) -> None:
        """Use the colours that were chosen last; what is no name of any is told and left alone."""
        if not os.path.lexists(self.theme_file):
            return
        from tui.storage.preferences import read_theme

        try:
            self.theme = read_theme(self.theme_file)
        except (ValueError, InvalidThemeError):
            words = f"The colours kept in {glimpse(str(self.theme_file), 60)} are none that are known here."
            how = f"Choose some: {key_of('everywhere.command_palette')}, then Theme."
            self.notify(f"{words} {how}", severity="warning", timeout=12, markup=False)

    def keep_theme(self) -> None:
        """From now on keep what is chosen for the next start."""
        self.theme_changed_signal.subscribe(self, self._theme_chosen)

    def _theme_chosen(self, theme: Theme) -> None:
        from tui.storage.preferences import write_theme

        async def keep() -> None:
            try:
                await asyncio.to_thread(write_theme, self.theme_file, theme.name)
            except OSError as problem:
                words = f"The colours are not kept for the next start: {problem.strerror}."
                self.notify(words, severity="warning", markup=False)

        self.run_worker(keep(), group="theme", exit_on_error=False)
