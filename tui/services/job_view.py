"""How a job stands, for screens. Data; must not know how it is run."""

from __future__ import annotations

from dataclasses import dataclass

from tui.jobs.model import Job


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands.

    Attributes:
        job: as it is kept; HALTED with its reason also where the disk could not take that.
        here: whether it runs in this window, or what was under way when it was paused still is.
        elsewhere: whether another window or program runs it.
        interrupted: whether it was running when whoever ran it ended: it goes on with `AccountJobs.start`.
        under_way: how many of its items are being done, here.
        rate: items done in a second, of late.
        left: seconds that it takes still, about; None where that is not known: it does not run, waits for more than
            its pace, or did nothing of late.
        waiting_for: what it waits for beyond its pace, as a sentence: "Twilio says slow down: next try in 8 s."; empty
            for nothing (may hold foreign text).
        looking_up: how many unknown items are being looked up.
    """

    job: Job
    here: bool = False
    elsewhere: bool = False
    interrupted: bool = False
    under_way: int = 0
    rate: float = 0.0
    left: float | None = None
    waiting_for: str = ""
    looking_up: int = 0
