"""What of a conversation may be missing, in words: before its first message, between two of them, after its last one.

The archive knows of which periods all messages are here; a conversation looks whole whatever is missing. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.archive.coverage import Coverage, Span
from tui.widgets.message_words import day_of, gap_words

if TYPE_CHECKING:
    from datetime import datetime

WHOLE: Final = "that is all"
_IN_PART_BEFORE: Final = "not all older ones are loaded"
_IN_PART: Final = "up to here only some are loaded"


def gaps_of(coverage: Coverage) -> tuple[Span, ...]:
    """The periods that are not complete, oldest first; one that begins with 0 where older ones may be missing."""
    if not coverage:
        return ()
    # What a page ends with is not complete: it may share its second with the next one, and is here all the same.
    edge = coverage.spans[0].first - 2
    older = [Span(0, edge)] if edge > 0 else []
    return (*older, *(Span(gap.first, max(gap.first, gap.last - 1)) for gap in coverage.gaps()))


def beginning_words(coverage: Coverage, first: int, now: datetime) -> str:
    """What is known of what is older than the first message, sent in this second since 1970."""
    if not coverage:
        return "older ones may not be loaded"
    gaps = gaps_of(coverage)
    if any(first in gap for gap in gaps):
        return _IN_PART_BEFORE
    below = [gap for gap in gaps if gap.last < first]
    return f"all since {day_of(below[-1].last + 1, now)}" if below else WHOLE


def between_words(coverage: Coverage, before: int, after: int) -> str:
    """What may be missing between two messages that follow one another; "" where nothing is.

    Args:
        coverage: what is complete.
        before: the second since 1970 in which the older one was sent.
        after: that of the newer one.
    """
    seconds, ends = 0, False
    for gap in gaps_of(coverage):
        if before <= gap.last < after:
            ends = ends or before in gap
            seconds += gap.last - gap.first + 1
        elif before < gap.first <= after:
            return f"of {gap_words(gap)} from here on only some are loaded"
    if ends:
        return _IN_PART
    return f"{gap_words(Span(1, seconds))} not loaded" if seconds else ""


def end_words(coverage: Coverage, last: int) -> str:
    """What may be missing after the last message, sent in this second; "" where nothing is, but for what is new."""
    seconds = sum(gap.last - max(gap.first, last) + 1 for gap in gaps_of(coverage) if gap.last > last)
    return f"{gap_words(Span(1, seconds))} not loaded" if seconds else ""
