"""The counts of a job as lines: what became of its items, largest trouble first. Pure; safe to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tui.jobs.model import JobKind, JobState, LeftOut
from tui.jobs.report import Became, Fate
from tui.keymap import name_keys
from tui.theme import Tone
from tui.widgets.error_words import advice, meaning_of, short_error

if TYPE_CHECKING:
    from tui.jobs.model import Job

LEFT_OUT_WORDS: Final = {
    LeftOut.DUPLICATE: "duplicate number",
    LeftOut.OPTED_OUT: "opted out",
    LeftOut.NOT_A_NUMBER: "not a number",
    LeftOut.COUNTRY: "country not enabled",
    LeftOut.QUIET_HOURS: "night where they live",
    LeftOut.MISSING: "a value is missing",
    LeftOut.UNSENDABLE: "cannot be sent",
    LeftOut.NOT_SUITABLE: "cannot be changed so",
}
"""Why an item is not done, in a few words."""

_LEFT_OUT_MEANINGS: Final = {
    LeftOut.DUPLICATE: "The same number stands further above: the first row of it counts.",
    LeftOut.OPTED_OUT: "They had said that they want no messages from this sender.",
    LeftOut.NOT_A_NUMBER: "Their number cannot be read, or can receive nothing. Each row says what stands there.",
    LeftOut.COUNTRY: "The account may not text their country.",
    LeftOut.QUIET_HOURS: "It was night where they live when this would have been sent.",
    LeftOut.MISSING: "The text names a column that is empty in their row.",
    LeftOut.UNSENDABLE: "What their row makes of the message cannot be sent. Each row says why.",
    LeftOut.NOT_SUITABLE: "The message is not in a state in which this can be done.",
}

_CHANGED: Final = {JobKind.REDACT: "redacted", JobKind.DELETE: "deleted", JobKind.CANCEL: "canceled"}


class LineKind(Enum):
    """What a line is: a heading, or a count."""

    HEADING = auto()
    COUNT = auto()


@dataclass(frozen=True, slots=True)
class CountLine:
    """One line.

    Attributes:
        group: of a count: whose.
        count: items in it.
        share: of all items, 0 to 1.
    """

    kind: LineKind
    words: str
    tone: Tone = "plain"
    group: Became | None = None
    count: int = 0
    share: float = 0.0


def look_of_group(group: Became, job: Job) -> tuple[str, str, Tone]:
    """Mark, words and tone of a group."""
    kind = job.new.kind
    match group.fate:
        case Fate.UNKNOWN:
            return "?", "unknown", "warn"
        case Fate.FAILED if group.code is not None:
            return "✗", short_error(group.code), "bad"
        case Fate.FAILED:
            return "✗", "failed without a code", "bad"
        case Fate.WAITING if job.state is JobState.STOPPED:
            return "–", "left undone", "muted"
        case Fate.WAITING:
            return "○", "waiting", "plain"
        case Fate.LEAVING:
            return "…", "being sent" if kind is JobKind.CAMPAIGN else "under way", "busy"
        case Fate.ON_THE_WAY:
            return "›", "accepted, on the way", "plain"
        case Fate.DELIVERED:
            return "✓", "delivered", "good"
        case Fate.CANCELED:
            return "–", "canceled later", "muted"
        case Fate.DONE:
            return "✓", _CHANGED.get(kind, "done"), "good"
        case Fate.OPTED_OUT:
            return "–", "opted out meanwhile", "muted"
        case Fate.LEFT_OUT:
            return "–", LEFT_OUT_WORDS[group.left_out] if group.left_out else "left out", "muted"


def meaning_of_group(group: Became, job: Job) -> str:
    """What a group means and what can be done, in a sentence or two."""
    is_campaign = job.new.kind is JobKind.CAMPAIGN
    match group.fate:
        case Fate.UNKNOWN:
            words = "Twilio's answer was lost: each may have been sent, or not. None is sent again by itself. "
            return words + name_keys("{job.open_item} on one looks for it again, or settles it by your word.")
        case Fate.FAILED if group.code is not None:
            return f"{meaning_of(group.code)} {advice(group.code)}"
        case Fate.FAILED:
            return "Twilio gave no error code for these; each row says what is known."
        case Fate.WAITING if job.state is JobState.STOPPED:
            return f"Stopped for good before their turn: they are not {'sent' if is_campaign else 'done'} any more."
        case Fate.WAITING:
            return "Not sent so far." if is_campaign else "Not done so far."
        case Fate.LEAVING:
            return "Twilio has not answered yet."
        case Fate.ON_THE_WAY:
            return "Twilio took them; no report of an end has come so far. Some carriers never send one."
        case Fate.DELIVERED:
            return "The carrier reported that they arrived."
        case Fate.CANCELED:
            return "Twilio took them, and they were canceled before they were sent."
        case Fate.DONE:
            return "Done at Twilio, and here."
        case Fate.OPTED_OUT:
            return "They said while it ran that they want no more messages, so nothing was sent to them."
        case Fate.LEFT_OUT:
            return _LEFT_OUT_MEANINGS[group.left_out] if group.left_out else "Left out before anything was done."


def count_lines(job: Job, groups: Mapping[Became, Sequence[int]]) -> list[CountLine]:
    """The lines: what became of what was to be done, then what was left out."""
    lines: list[CountLine] = []
    counts = {group: len(numbers) for group, numbers in groups.items()}
    inside = {group: count for group, count in counts.items() if group.fate is not Fate.LEFT_OUT}
    outside = {group: count for group, count in counts.items() if group.fate is Fate.LEFT_OUT}
    everything = sum(counts.values())
    for title, section in (("what became of them", inside), ("left out", outside)):
        total = sum(section.values())
        if not total:
            continue
        lines.append(CountLine(LineKind.HEADING, f"{title} · {total:,}", "muted"))
        for group, count in section.items():
            mark, words, tone = look_of_group(group, job)
            lines.append(CountLine(LineKind.COUNT, f"{mark} {words}", tone, group, count, count / everything))
    return lines
