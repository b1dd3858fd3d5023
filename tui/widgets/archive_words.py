"""What of an account's messages is here, and how far loading the rest is, in words for the line above a list. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from tui.keymap import key_of
from tui.theme import Tone
from tui.twilio.errors import ApiError
from tui.widgets.message_words import day_of

if TYPE_CHECKING:
    from tui.archive.coverage import Coverage
    from tui.archive.history_load import LoadProgress
    from tui.services.message_archive import SyncStatus

SERVER_ERROR: Final = 500
"""The first HTTP status that is the server's own trouble: below it, Twilio did answer."""


def covered_words(
    coverage: Coverage, now: datetime, *, more: bool, key: str = "messages.load_history", before_key: str = ""
) -> str:
    """`all since 1 Sep`, `since 30 Oct, but for 2 gaps; L loads more`, `all there are`; "" where nothing is known.

    Args:
        coverage: which periods are complete.
        now: the present, in whose zone days are told.
        more: whether loading history may bring older ones.
        key: the action that loads more.
        before_key: what is to be done before its key works, such as `esc, then `.
    """
    if not coverage:
        return ""
    gaps = len(coverage.gaps())
    first = coverage.spans[0].first
    but = f", but for {gaps} gap{'' if gaps == 1 else 's'}" if gaps else ""
    since = "all there are" if first == 0 else f"all since {day_of(first, now)}"
    if gaps or (more and first):
        since = since.removeprefix("all ") if first else since
        return f"{since}{but}; {before_key}{key_of(key)} loads more"
    return since


def load_words(load: LoadProgress, now: datetime, step: int = 1) -> str:
    """How far a loading of history is: `loading 12 of 90 days · 3,400 messages · 2 min left`."""
    if load.waiting_until is not None:
        return f"loading: Twilio asks to wait {seconds_between(load.waiting_until, now, step)} s"
    days = f"{load.days_done:,} of {load.days_total:,} days" if load.days_total else f"{load.days_done:,} days"
    left = ""
    if load.seconds_left is not None:
        minutes = round(load.seconds_left / 60)
        left = f" · {minutes or '< 1'} min left"
    return f"loading {days}{left}"


def live_words(status: SyncStatus, *, opening: bool) -> tuple[str, Tone]:
    """Whether what is here is followed: `● live`, `○ offline`, `○ refused` where Twilio answers and says no.

    Args:
        status: of the reading.
        opening: whether an account is being opened, or its first answer is on its way.
    """
    if status.offline_since is not None:
        refused = isinstance(status.error, ApiError) and status.error.status < SERVER_ERROR
        return f"○ {'refused' if refused else 'offline'}", "warn"
    if not status.connected or not status.looked:
        return ("◌ connecting", "muted") if opening else ("○ not connected", "warn")
    return ("● live", "good") if status.watching else ("◌ not watching", "muted")


def seconds_between(later: datetime, earlier: datetime, step: int) -> int:
    """Whole seconds from one instant to the next, in steps of so many, never less than 0."""
    return max(0, int((later - earlier).total_seconds()) // step * step)
