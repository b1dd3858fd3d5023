"""Loading the account's history into its archive: UTC days by `DateSent`, newest first, resumable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a loading of history is.

    Attributes:
        since: the first UTC day that is wanted; None for all that the account has.
        running: whether it goes on by itself; False once it was stopped, failed or is finished.
        finished: whether the whole period is in the archive.
        days_done: UTC days of the period that are complete, those included that were so before.
        days_total: UTC days of the period; None until it is known when an account began.
        messages: how many were read in this run.
        rate: messages per second in this run.
        seconds_left: estimated from the days that are left; None where nothing can be said yet.
        reached: the period is complete from this UTC day on; None before the first.
        waiting_until: Twilio asked to wait until then (429); None while it does not.
        trouble: why it stopped by itself, as a sentence; empty where it did not.
    """

    since: date | None
    running: bool = True
    finished: bool = False
    days_done: int = 0
    days_total: int | None = None
    messages: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    reached: date | None = None
    waiting_until: datetime | None = None
    trouble: str = ""
