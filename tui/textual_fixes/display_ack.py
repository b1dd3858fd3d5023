"""Acknowledgement of the display: since when the terminal has shown what was written (`CSI 5 n`, DSR, ECMA-48 8.3.35).

Textual: knows when bytes were written. On a slow line that is a round trip before they can be read, and a key in
between was pressed without a look.
Needed: the terminal is asked behind what was drawn, and answers when it has got so far. Within tmux or screen it is
they who answer, for as much of the line as is theirs.
When it changes: keep it; it stands on the driver's `write` alone. Knows times and answers, no keys and no screens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

QUESTION: Final = "\x1b[5n"

ANSWER_SECONDS: Final = 3.0
"""How long an answer is waited for where there have been some: a way on must remain when they stop coming."""

FIRST_ANSWER_SECONDS: Final = 1.0
"""How long the first one is waited for; a terminal that has not answered by then is taken for one that never does."""

LAST_ANSWER_SECONDS: Final = 1.0
"""How long an answer is waited for before the terminal is given back."""


@dataclass(eq=False, slots=True)
class DisplayAck:
    """One look at the screen (monotonic seconds).

    Attributes:
        since: when it was written.
        wait: how long to wait for word that it was shown.
        shown: when it was; None where nobody has said so.
    """

    since: float
    wait: float
    shown: float | None = None

    def was_before(self, when: float) -> bool:
        """Whether what happened then was done by somebody who could read what is looked at."""
        return when >= (self.since + self.wait if self.shown is None else min(self.shown, self.since + self.wait))


@runtime_checkable
class AcknowledgesDisplay(Protocol):
    """A driver whose terminal can be asked what it has shown."""

    def look(self) -> DisplayAck:
        """Look at what has been written so far."""
        ...


def look_at(driver: object, now: float) -> DisplayAck:
    """Look at what a driver has written; one that cannot ask has shown it by now."""
    return driver.look() if isinstance(driver, AcknowledgesDisplay) else DisplayAck(now, 0.0, now)


class DisplayAcks:
    """Looks at a terminal, whose answers come in the order of the questions, in the thread that reads.

    Attributes:
        answers: whether it ever did.
    """

    def __init__(self) -> None:
        self._asked: deque[DisplayAck] = deque()
        self._begun: float | None = None
        self.answers = False

    def begin(self, now: float) -> None:
        """The terminal was taken, and asked whether it answers at all; what was asked before is answered to nobody."""
        self._begun = now
        self._asked.clear()
        self._asked.append(DisplayAck(now, FIRST_ANSWER_SECONDS))

    def look(self, now: float, ask: Callable[[], object]) -> DisplayAck:
        """Something was written just now; `ask` writes the question behind it, where an answer may be hoped for."""
        if self.answers:
            self._let_go_of_the_lost(now)
            wait = ANSWER_SECONDS
        elif self._begun is not None and now < self._begun + FIRST_ANSWER_SECONDS:
            wait = self._begun + FIRST_ANSWER_SECONDS - now
        else:
            return DisplayAck(now, 0.0, now)
        look = DisplayAck(now, wait)
        self._asked.append(look)
        ask()
        return look

    def answered(self, when: float) -> None:
        """An answer came then."""
        self.answers = True
        with suppress(IndexError):
            self._asked.popleft().shown = when

    def is_answer_due(self, now: float) -> bool:
        """Whether an answer may be on its way."""
        with suppress(IndexError):
            return now < self._asked[-1].since + LAST_ANSWER_SECONDS
        return False

    def _let_go_of_the_lost(self, now: float) -> None:
        """Answers that are long overdue while younger ones came were lost; what comes next is not theirs."""
        with suppress(IndexError):
            while now > self._asked[0].since + 2 * ANSWER_SECONDS:
                self._asked.popleft()
