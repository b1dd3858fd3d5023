"""A screen that lays itself out for the size the terminal has, and for no other.

In Textual (8.2.8) each layout of a screen tells the screen of its new size, which lays it out once more. When the
terminal changes its size faster than a place can be drawn, two sizes in the queue call for each other for ever: the
core is busy, and the screen stays empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.message_pump import MessagePump as _Pump
else:
    # Another base in front of the screen's own would hide that one's styles.
    _Pump = object


class Sized(_Pump):
    """What every screen is as well."""

    async def on_event(self, event: events.Event) -> None:
        """Let go of sizes the terminal no longer has; the one it has comes by itself."""
        if isinstance(event, events.Resize) and event.size != self.app.size:
            event.stop()
            return
        await super().on_event(event)
