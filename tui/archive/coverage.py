"""Of which periods every message is known: spans of seconds, joined where they meet. Pure.

A list that Twilio paged through to its end without a gap covers its period. What lies between two spans was not read,
and may hold anything.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A period, as seconds since 1970, both included. From 0 on it goes back to the beginning of the account."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"A span cannot end ({self.last}) before it begins ({self.first}).")

    def __contains__(self, second: int) -> bool:
        return self.first <= second <= self.last


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is complete.

    Attributes:
        spans: oldest first; at least one second lies between two of them.
    """

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Coverage:
        """What these spans cover together, whatever their order and overlaps."""
        joined: list[Span] = []
        for span in sorted(spans):
            if joined and span.first <= joined[-1].last + 1:
                joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
            else:
                joined.append(span)
        return cls(tuple(joined))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def with_(self, span: Span) -> Coverage:
        """This and one more span."""
        return Coverage.of((*self.spans, span))

    def without_before(self, second: int) -> Coverage:
        """What is left when everything older than this second is forgotten."""
        return Coverage(tuple(Span(max(span.first, second), span.last) for span in self.spans if span.last >= second))

    def gaps(self) -> tuple[Span, ...]:
        """What lies between two spans, oldest first."""
        return tuple(
            Span(older.last + 1, newer.first - 1) for older, newer in zip(self.spans, self.spans[1:], strict=False)
        )

    def span_at(self, second: int) -> Span | None:
        """The span that a second belongs to."""
        place = bisect_right(self.spans, second, key=lambda span: span.first) - 1
        return self.spans[place] if place >= 0 and second in self.spans[place] else None

    def holds(self, span: Span) -> bool:
        """Whether all of a period is complete."""
        found = self.span_at(span.first)
        return found is not None and span.last in found

    @property
    def newest(self) -> Span | None:
        """The latest span."""
        return self.spans[-1] if self.spans else None
