"""The trail of a console: the requests that were made one after the other, to go back and forward through. Pure.

Nothing is asked again by going there: a step holds the form and, where it is small enough, the response. It lives in
memory only and is bounded; a step that is left with something unsent in the form keeps that as a step of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tui.raw_request.form_text import NEWEST_MESSAGES, RequestText
from tui.raw_request.model import RawRequest, RawResponse

MOST_STEPS: Final = 30
LARGEST_KEPT: Final = 32 * 1024 * 1024
"""Bytes of all bodies together."""

LARGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes of one body; with a larger one few others would be kept."""

SMALL_BODY: Final = 64 * 1024
"""Bytes of one body up to which letting go of it would make no room."""

TOO_LARGE: Final = "was too large to be kept"
WITHDRAWN: Final = "had the text of a message that was redacted or deleted"


@dataclass(frozen=True, slots=True)
class BodyPosition:
    """How an answer was looked at: the JSONPath filters, the line under the cursor, and what was folded."""

    filters: tuple[str, ...] = ()
    line: int = 0
    folded: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TrailStep:
    """A step of the trail: a request, and what came of it.

    Attributes:
        typed: the form.
        at: when it was sent, aware; None for a form that was not sent.
        request: what was sent.
        response: None where none came, or where it is not kept.
        status: of the response, also of one that is not kept.
        words: why no whole response came; remote text may be in it.
        elapsed: seconds of the last attempt.
        size: bytes of the response's body.
        lost: why its response is not kept, as in "The answer …"; else empty.
        next_page: the URL of the page after the response; empty where there is none.
        view: how the response was looked at when it was left.
    """

    typed: RequestText
    at: datetime | None = None
    request: RawRequest | None = None
    response: RawResponse | None = None
    status: int | None = None
    words: str = ""
    elapsed: float = 0.0
    size: int = 0
    lost: str = ""
    next_page: str = ""
    view: BodyPosition = BodyPosition()


class Trail:
    """The steps of one connection, oldest first, and where in it the console stands.

    Attributes:
        steps: at most `MOST_STEPS`.
        at: the index of the step that is shown; their number where the form is a new one.
    """

    def __init__(self) -> None:
        self.steps: list[TrailStep] = []
        self.at = 0

    @property
    def current(self) -> TrailStep | None:
        """The step that is shown."""
        return self.steps[self.at] if self.at < len(self.steps) else None

    @property
    def unsent(self) -> tuple[RequestText, ...]:
        """Forms that were left without being sent, the newest first."""
        return tuple(step.typed for step in reversed(self.steps) if step.at is None)

    def add(self, step: TrailStep) -> None:
        """Add what was just asked, and stand on it. The step that it was asked from comes right before it."""
        if (left := self.current) is not None:
            del self.steps[self.at]
            if left.at is not None:
                self.steps.append(left)
        if step.response is not None and len(step.response.content) > LARGEST_BODY:
            step = replace(step, response=None, lost=TOO_LARGE)
        self.steps.append(step)
        self.at = len(self.steps) - 1
        self._bound()

    def depart(self, typed: RequestText, view: BodyPosition) -> None:
        """Keep what is left when the form is filled with something new, which back leads away from."""
        count = 2 if self._leave(typed, view) else 1
        left = self.steps[self.at : self.at + count]
        del self.steps[self.at : self.at + count]
        self.steps += left
        self.at = len(self.steps)

    def set_aside(self, typed: RequestText) -> None:
        """Keep a form that was not sent, of an earlier time, where back leads to it first."""
        if typed not in [step.typed for step in self.steps if step.at is None]:
            self.steps.insert(self.at, TrailStep(typed))
            self.at += 1
            self._bound()

    def can_go(self, by: int) -> bool:
        """Whether there is a step so far back (-1) or forward (1)."""
        return 0 <= self.at + by < len(self.steps)

    def go_to(self, step: TrailStep, typed: RequestText, view: BodyPosition) -> TrailStep | None:
        """Stand on one of the steps, as it is by now, and keep what stands in the form that is left.

        None where that step is gone.
        """
        self._leave(typed, view, to=step)
        found = [index for index, each in enumerate(self.steps) if each is step] or [
            # What was learnt of it since made it another.
            index
            for index, each in enumerate(self.steps)
            if (each.at, each.typed) == (step.at, step.typed)
        ]
        if not found:
            return None
        self.at = found[0]
        return self.steps[found[0]]

    def note_next(self, response: RawResponse, url: str | None) -> None:
        """Note the URL of the page after a step's response."""
        self.steps = [replace(step, next_page=url or "") if step.response is response else step for step in self.steps]

    def withdraw(self, responses: Collection[int]) -> None:
        """Let go of the responses of these ids, and of the bodies that made what is in them."""
        for index, step in enumerate(self.steps):
            if step.response is not None and id(step.response) in responses:
                made = step.request is not None and step.request.changes_things
                typed = replace(step.typed, body_kind="none", body="") if made else step.typed
                request = replace(step.request, data=None, form=(), files=(), data_file=None) if step.request else None
                self.steps[index] = replace(step, typed=typed, request=request, response=None, lost=WITHDRAWN)

    def drop_asked(self) -> None:
        """Forget what was asked, with its answers; forms that were not sent hold no account, and stay."""
        self.steps = [step for step in self.steps if step.at is None]
        self.at = len(self.steps)

    def _leave(self, typed: RequestText, view: BodyPosition, to: TrailStep | None = None) -> bool:
        """Keep a form that is not what the step holds, and how the step's answer is looked at; `to` is kept as well.

        Whether the form became a step of its own, right after the one that was left.
        """
        step = self.current
        if step is not None and step.at is not None:
            self.steps[self.at] = step = replace(step, view=view)
        if not typed.path.strip() or typed in (NEWEST_MESSAGES, step.typed if step is not None else None):
            return False
        unsent = TrailStep(typed)
        if step is not None and step.at is None:
            self.steps[self.at] = unsent
        elif unsent not in self.steps:
            self.steps.insert(self.at + 1, unsent)
            self._bound(to)
            return step is not None
        return False

    def _bound(self, but: TrailStep | None = None) -> None:
        """Forget the oldest steps, and the oldest bodies; where one stands, what follows and `but` stay."""
        while len(self.steps) > MOST_STEPS:
            near = (self.at, self.at + 1)
            oldest = next(n for n, step in enumerate(self.steps) if n not in near and step is not but)
            del self.steps[oldest]
            self.at -= oldest < self.at
        kept = sum(len(step.response.content) for step in self.steps if step.response is not None)
        for index, step in enumerate(self.steps):
            size = len(step.response.content) if step.response is not None else 0
            if kept > LARGEST_KEPT and size > SMALL_BODY and index != self.at:
                kept -= size
                self.steps[index] = replace(step, response=None, lost=TOO_LARGE)
