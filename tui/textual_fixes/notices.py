"""Notices: one whose time ends just as it is put up goes away, in place of holding up the program for ever.

Textual: each screen that is opened puts up anew the notices that are not over, with a timer for the rest of their time.
Some tenths of a millisecond pass between that look and the timer, more on a busy machine, and a timer of less than
nothing never sleeps: `Timer._run` counts the intervals that it has missed and comes to none that lies ahead. The loop
stands still, at full load: no key gets through, and what stands on the screen stays there.
Needed: what is put up has a moment left. When it changes: gone once a one-shot timer of less than nothing just ends.
"""

from __future__ import annotations

from typing import Final

from textual.notifications import Notification

LEAST: Final = 0.05
"""Seconds; a timer that has passed when it is first looked at never goes off, and the notice would stay."""


class TimedNotice(Notification):
    """A notice that has a moment left whenever that is asked for; whether it is over is not asked this way."""

    @property
    def time_left(self) -> float:
        """Seconds until it goes."""
        return max(LEAST, super().time_left)

    @property
    def has_expired(self) -> bool:
        """Whether it is put up no more."""
        return super().time_left <= 0
