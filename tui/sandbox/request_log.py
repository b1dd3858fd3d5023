"""The log of requests and of called webhooks, for tests that count and that look: the last 2,000 of each.

No credentials are shown: neither the headers that hold them, nor tokens and secrets in a body or an answer. Of both the
first 4,096 bytes are kept.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui.http_server.http_messages import Headers, Request, Response

if TYPE_CHECKING:
    from tui.sandbox.resources import Json

_KEPT = 2000

LONGEST_BODY: Final = 4096
"""Bytes that are kept of a body and of an answer."""

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SECRET = re.compile(r"(\"(?:auth_?token|secret|api_key_secret)\"\s*:\s*\")[^\"]*|\b((?:Auth_?Token)=)[^&]*", re.I)


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """One request and its answer. `status` is 0 while it is unanswered, and when no HTTP answer was given."""

    method: str
    target: str
    status: int = 0
    headers: Headers = ()
    body: bytes = b""
    answer_headers: Headers = ()
    answer: bytes = b""

    def shown(self) -> Json:
        """It in JSON's own types; headers as pairs, since one can come twice."""
        return {
            "method": self.method,
            "target": self.target,
            "status": self.status,
            "headers": [list(pair) for pair in self.headers if pair[0].lower() not in _SECRET_HEADERS],
            "body": _without_secrets(self.body),
            "answer_headers": [list(pair) for pair in self.answer_headers if pair[0].lower() not in _SECRET_HEADERS],
            "answer": _without_secrets(self.answer),
        }


def _without_secrets(body: bytes) -> str:
    return _SECRET.sub(r"\1\2***", body.decode("utf-8", "replace"))


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


@dataclass(frozen=True, slots=True)
class KeptLog:
    """What a log has at one moment."""

    served: dict[int, ServedRequest]
    called: tuple[CalledUrl, ...]


class RequestLog:
    """Requests and calls in their order, the oldest forgotten first."""

    def __init__(self) -> None:
        self._served: dict[int, ServedRequest] = {}
        self._called: deque[CalledUrl] = deque(maxlen=_KEPT)
        self._count = 0

    def arrive(self, request: Request) -> int:
        """Write a request down, and return the number to answer it by."""
        self._count += 1
        self._served[self._count] = ServedRequest(
            request.method, request.target, headers=request.headers, body=request.body[:LONGEST_BODY]
        )
        if len(self._served) > _KEPT:
            del self._served[next(iter(self._served))]
        return self._count

    def answer(self, number: int, status: int, response: Response | None = None) -> None:
        """Note the status that a request was answered with, and the answer, if it was an ordinary one."""
        if (served := self._served.get(number)) is None:
            return
        headers, body = (response.headers, response.body[:LONGEST_BODY]) if response else ((), b"")
        self._served[number] = replace(served, status=status, answer_headers=headers, answer=body)

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
        return tuple(self._served.values())

    def kept(self) -> KeptLog:
        """Return what is kept, for `put_back`."""
        return KeptLog(dict(self._served), tuple(self._called))

    def put_back(self, kept: KeptLog) -> None:
        """Keep that and nothing else. Numbers go on: an answer still to come is not that of another request."""
        self._served, self._called = dict(kept.served), deque(kept.called, _KEPT)
