"""The log of requests and of called webhooks, for tests that count: the last 2,000 of each."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """One request. `status` is 0 while it is unanswered, and when no HTTP answer was given."""

    method: str
    target: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class CalledUrl:
    """One webhook call, or one that was not made. `status` is 0 where there was no answer; `note` says why."""

    event: str
    sid: str
    method: str
    url: str
    attempt: int = 0
    status: int = 0
    note: str = ""


class RequestLog:
    """Requests and calls in their order, the oldest forgotten first."""

    def __init__(self) -> None:
        self._kept: deque[int] = deque()
        self._served: dict[int, ServedRequest] = {}
        self._count = 0
        self._called: deque[CalledUrl] = deque(maxlen=_KEPT)

    def arrive(self, method: str, target: str) -> int:
        """Write a request down, and return the number to answer it by."""
        self._count += 1
        self._kept.append(self._count)
        self._served[self._count] = ServedRequest(method, target)
        if len(self._kept) > _KEPT:
            del self._served[self._kept.popleft()]
        return self._count

    def answer(self, number: int, status: int) -> None:
        """Note the status that a request was answered with."""
        if (served := self._served.get(number)) is not None:
            self._served[number] = replace(served, status=status)

    def call(self, called: CalledUrl) -> None:
        """Write a webhook call down, made or not."""
        self._called.append(called)

    @property
    def called(self) -> tuple[CalledUrl, ...]:
        """The webhook calls kept, oldest first."""
        return tuple(self._called)

    @property
    def served(self) -> tuple[ServedRequest, ...]:
        """The requests kept, oldest first."""
        return tuple(self._served[number] for number in self._kept)
