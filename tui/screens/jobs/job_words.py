"""What is said of a job: its state, how far it is, its line in a list. Safe to show; asks nothing, changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.jobs.model import ItemState, Job, JobKind, JobState
from tui.keymap import name_keys
from tui.safe_text import glimpse, safe_text
from tui.theme import TONES, StatusLook
from tui.time_format import lasting, short
from tui.widgets.row_list import Piece, fit

if TYPE_CHECKING:
    from tui.services.jobs import JobView

LONGEST_NAME: Final = 60
LONGEST_REASON: Final = 400
"""Characters of what a person, a file or Twilio named that are shown."""

MARK: Final = "⇉"
"""A job, in the top bar and in lists."""

_KINDS: Final = {
    JobKind.CAMPAIGN: ("campaign", "messages", "sent"),
    JobKind.REDACT: ("redaction", "messages", "redacted"),
    JobKind.DELETE: ("deletion", "messages", "deleted"),
    JobKind.CANCEL: ("cancellation", "scheduled messages", "canceled"),
}

_LOOKS: Final = {
    JobState.READY: StatusLook("○", "not begun", "warn"),
    JobState.RUNNING: StatusLook(MARK, "running", "busy"),
    JobState.PAUSED: StatusLook("‖", "paused", "warn"),
    JobState.HALTED: StatusLook("!", "halted", "bad"),
    JobState.FINISHED: StatusLook("✓", "finished", "good"),
    JobState.STOPPED: StatusLook("–", "stopped", "muted"),
}
_ELSEWHERE: Final = StatusLook(MARK, "runs in another window", "busy")
_INTERRUPTED: Final = StatusLook("!", "interrupted", "bad")
_ENDING: Final = {
    JobState.PAUSED: StatusLook("‖", "pausing", "warn"),
    JobState.STOPPED: StatusLook("–", "stopping", "warn"),
}
"""While what was under way ends."""
_UNREADABLE: Final = StatusLook("?", "unreadable", "warn")
_NOT_ALL: Final = StatusLook("✓", "finished", "warn")
"""Where all were tried, and not all of them done."""

Name = Callable[[str], str]
"""A sender → what it is called, safe to show."""


def kind_word(job: Job) -> str:
    """What it is: campaign, redaction …"""
    return _KINDS[job.new.kind][0]


def done_word(job: Job) -> str:
    """What is said of an item that is done: sent, redacted …"""
    return _KINDS[job.new.kind][2]


def job_name(job: Job) -> str:
    """What the person called it."""
    return glimpse(job.new.name, LONGEST_NAME) or f"{kind_word(job)} {job.id}"


def job_look(view: JobView, failed: int = 0) -> StatusLook:
    """How its state is shown; `failed` are known not to have been done, those among them that were not delivered."""
    job = view.job
    if job.damaged:
        return _UNREADABLE
    if view.elsewhere:
        return _ELSEWHERE
    if view.interrupted:
        return _INTERRUPTED
    if job.state is JobState.FINISHED and (failed or failed_count(job) or unknown_count(job)):
        return _NOT_ALL
    return (_ENDING if view.here else _LOOKS).get(job.state, _LOOKS[job.state])


def waits_for_a_person(view: JobView) -> bool:
    """Whether it does nothing until somebody says so."""
    job = view.job
    return not view.elsewhere and not job.damaged and (view.interrupted or job.state in _WAITING)


_WAITING: Final = (JobState.READY, JobState.PAUSED, JobState.HALTED)


def begun(job: Job) -> int:
    """Items that are not waiting any more."""
    return job.counts.total - job.counts.open


def say_progress(job: Job) -> str:
    """`84 of 198`."""
    return f"{begun(job):,} of {job.counts.total:,}"


def unknown_count(job: Job) -> int:
    """Items of which nobody knows whether they were done."""
    return job.counts.states.get(ItemState.UNKNOWN, 0)


def failed_count(job: Job) -> int:
    """Items that were refused; what becomes of accepted messages is not among them."""
    return job.counts.states.get(ItemState.FAILED, 0)


def say_senders(job: Job, name: Name) -> str:
    """`from +1 415 555 0100`, `from 3 senders in turn`; empty where there is none."""
    match job.new.senders:
        case ():
            return ""
        case (sender,):
            return f"from {name(sender)}"
        case several:
            return f"from {len(several)} senders in turn"


# -- the head of its screen --------------------------------------------------------------------------


def title_line(job: Job, now: datetime) -> Content:
    """What it is, what it was made from, since when."""
    began = f"begun {short(job.started_at, now)}" if job.started_at else f"made {short(job.created_at, now)}"
    words = " · ".join(each for each in (kind_word(job), began, glimpse(job.new.source, LONGEST_NAME)) if each)
    return Content.assemble((job_name(job), "bold"), (f" · {words}", "$quiet"))


def state_line(view: JobView, now: datetime, name: Name, failed: int = 0) -> Content:
    """What is going on, in one line, most important first: its end may be cut off. `failed` as in `job_look`."""
    look, senders = job_look(view, failed), say_senders(view.job, name)
    return Content.assemble(
        (str(look), f"bold {TONES[look.tone]}"),
        " · ".join(["", *_facts(view, now, failed)]),
        (f" · {senders}" if senders else "", "$quiet"),
    )


def _facts(view: JobView, now: datetime, failed: int) -> list[str]:
    job = view.job
    facts = [say_progress(job)]
    lost = unknown_count(job)
    if view.here and job.state is JobState.RUNNING:
        if view.rate > 0:
            facts.append(f"{view.rate:,.1f}/s")
        if view.left is not None:
            facts.append(f"about {lasting(view.left)} left")
    elif view.here:
        facts.append(f"{view.under_way:,} still under way")
    if view.looking_up:
        facts.append(f"looking for {view.looking_up:,}")
    if job.state.ended and job.ended_at is not None:
        facts.append(short(job.ended_at, now))
        if job.started_at is not None:
            facts.append(f"after {lasting((job.ended_at - job.started_at).total_seconds())}")
    if job.state is JobState.STOPPED and job.counts.open:
        facts.append(f"{job.counts.open:,} left undone for good")
    # Of accepted messages that were not delivered a list does not know: it says no more than its lines do.
    refused = failed_count(job)
    if failed or refused:
        facts.insert(1, f"{failed:,} failed" if failed else f"{refused:,} refused")
    if lost:
        facts.insert(1, f"{lost:,} unknown")
    return facts


def reason_lines(view: JobView, *, listed: bool = False) -> Content:
    """Why it does not go on, or not as fast as it could, and what to do; empty for nothing.

    With `listed` it is one of a list, where no key goes on with it.
    """
    return Content("\n").join(Content.styled(words, style) for words, style in _reasons(view, listed))


def _reasons(view: JobView, listed: bool) -> Iterator[tuple[str, str]]:
    job = view.job
    if job.damaged:
        which = safe_text(", ".join(job.damaged), limit=100)
        yield f"Damaged in its file, so it is not run; not readable: {which}.", TONES["warn"]
    elif view.elsewhere:
        yield _AWAY, "$quiet"
    elif view.interrupted:
        words = f"The program ended while it ran. Nothing is {done_word(job)} twice"
        yield _with_key(words, "goes on", listed), TONES["warn"]
    elif job.state is JobState.HALTED:
        yield safe_text(job.reason, limit=LONGEST_REASON), TONES["bad"]
        yield _with_key("Mend that first", "then goes on", listed), TONES["warn"]
    elif job.state is JobState.PAUSED:
        yield _with_key("Nothing more is begun", "goes on", listed), "$quiet"
    elif job.state is JobState.READY:
        yield _with_key("Nothing was done so far", "begins", listed), "$quiet"
    elif view.waiting_for and not job.state.ended:
        yield safe_text(view.waiting_for, limit=LONGEST_REASON), TONES["warn"]


def _with_key(words: str, does: str, listed: bool) -> str:
    """A sentence, and what the key that goes on does: in a list once the job is open."""
    return name_keys(f"{words}. Open it: there {{job.go_on}} {does}." if listed else f"{words}; {{job.go_on}} {does}.")


_AWAY: Final = "Another window or program runs it. It can be paused here as well; it is never run twice."


def progress_bar(job: Job, width: int) -> Content:
    """How far it is, in so many cells: what is done, then what is waiting."""
    total = job.counts.total
    full = width if not total else begun(job) * width // total
    # What has begun is seen, and what is left as well.
    if total and 0 < begun(job) < total:
        full = max(1, min(width - 1, full))
    return Content.assemble(("█" * full, TONES["busy"]), ("░" * (width - full), "$quiet"))


# -- its line in a list ------------------------------------------------------------------------------


def job_row(view: JobView, width: int, now: datetime, name: Name) -> list[Piece]:
    """A job in one line of a list: state, when, how far, its name."""
    job, look = view.job, job_look(view)
    word = look.mark if width < _NARROW else f"{look.mark} {'elsewhere' if view.elsewhere else look.word}"
    state = fit(word, 13 if width >= _NARROW else 2)
    when = short(job.started_at or job.created_at, now)
    lost = unknown_count(job)
    failed = failed_count(job)
    pieces: list[Piece] = [
        (f" {state}  ", look.tone),
        (f"{when[:12] if width >= _NARROW else when[:6]:>{12 if width >= _NARROW else 6}}  ", "muted"),
        (f"{fit(say_progress(job), 16)}  ", "plain"),
    ]
    if lost:
        pieces.append((f"{lost:,} unknown  ", "warn"))
    if failed:
        pieces.append((f"{failed:,} refused  ", "bad"))
    pieces.append((job_name(job), "plain"))
    beside = " · ".join(each for each in (kind_word(job), say_senders(job, name)) if each)
    pieces.append((f" · {beside}", "muted"))
    return pieces


_NARROW: Final = 56
"""Cells of a list below which a state is its mark alone."""
