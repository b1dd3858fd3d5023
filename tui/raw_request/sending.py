"""A request made by hand: checked, shown as it will leave, sent as often as asked, answered whole or explained.

Everything passes the connection's client and its gate. Must not know screens; what happens meanwhile is reported
through callbacks, which are called on the event loop and must return at once.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from tui.raw_request.checks import body_bytes, clean_headers, find_problems, resolve
from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.multipart import FileChanged, boundary_of, build, new_boundary
from tui.raw_request.response import AttemptOutcome, RawResponse, RequestAttempt
from tui.raw_request.retry import RetryPolicy, RetryReason
from tui.raw_request.transfer import Progress, ProgressBody, ResponseReader, Spill
from tui.twilio.answers import Answer, retry_after
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.media_types import type_by_look
from tui.twilio.outgoing import OutgoingRequest, RequestBody
from tui.twilio.url_policy import VERSION_PATH, Resolved

__all__ = [
    "MAY_SEND_TWICE",
    "AttemptOutcome",
    "FilePart",
    "PreparedRequest",
    "Progress",
    "RawRequest",
    "RawResponse",
    "RequestAttempt",
    "Unanswered",
    "check",
    "policy_of",
    "prepare",
    "send",
]


MAY_SEND_TWICE = "A retry can send the message a second time: Twilio does not recognise a repeated request."
"""The note on a request that creates a message and is tried again by itself."""


class Unanswered(NoAnswer):
    """No attempt brought a whole answer.

    Attributes:
        attempts: every attempt and its outcome.
        partial: what arrived of the last answer, None when not even its head did.
    """

    def __init__(
        self, problem: RequestFailed, attempts: tuple[RequestAttempt, ...], partial: RawResponse | None
    ) -> None:
        sent = problem.sent if isinstance(problem, NoAnswer) else True
        super().__init__(problem.reason, problem.remedy, sent=sent)
        self.attempts = attempts
        self.partial = partial


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request as it will leave.

    Attributes:
        request: what was asked for.
        url: the effective address, query included.
        headers: every header in its order, defaults included, credentials masked.
        content_type: of the body; empty without one.
        body_size: bytes of the body.
        notes: sentences to read before sending, among them what `resolved` says.
        outgoing: what the client is given.
        resolved: where the typed address leads, and for which of Twilio's hosts another is asked.
    """

    request: RawRequest
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content_type: str
    body_size: int
    notes: tuple[str, ...]
    outgoing: OutgoingRequest
    resolved: Resolved

    @property
    def creates_message(self) -> bool:
        """Whether Twilio could make a message of it."""
        return _creates_message(self.method, self.url)


def check(client: Client, request: RawRequest) -> tuple[InvalidRequest, ...]:
    """Everything wrong with a request, at most one problem for each input; looks at its files from outside."""
    return find_problems(client.gate, client.account_sid, request)


def prepare(
    client: Client, request: RawRequest, *, anonymous: bool = False, boundary: Callable[[], str] = new_boundary
) -> PreparedRequest:
    """What will be sent, exactly; nothing is.

    Raises:
        InvalidRequest: the first thing that is wrong.
    """
    for problem in check(client, request):
        raise problem
    resolved = resolve(client.gate, client.account_sid, request)
    headers = clean_headers(request)
    typed = {name.lower(): value for name, value in reversed(headers)}
    content: bytes | RequestBody | None
    content_type = typed.get("content-type", "")
    if request.is_multipart:
        form = build(request.form, request.files, boundary_of(content_type) or boundary())
        content, size, own_type = form, form.length, form.content_type
    else:
        content = body_bytes(request.data)
        size, own_type = (len(content), type_by_look(content)) if content else (0, "")
    if own_type and not content_type:
        content_type = own_type
        headers = (*headers, ("Content-Type", own_type))
    if request.response_type != "json" and "accept" not in typed:
        headers = (("Accept", "*/*"), *headers)
    outgoing = OutgoingRequest(request.method.strip().upper(), resolved.url, headers, content, anonymous)
    shown = client.preview(outgoing)
    notes = _notes(client, request, outgoing, resolved)
    return PreparedRequest(request, outgoing.method, resolved.url, shown, content_type, size, notes, outgoing, resolved)


def policy_of(request: RawRequest) -> RetryPolicy:
    """What a request says about trying again."""
    return RetryPolicy(
        request.max_retries,
        request.retry_delay_ms / 1000,
        request.retry_all_errors,
        request.exponential_backoff,
    )


async def send(
    client: Client,
    request: RawRequest,
    on_attempt: Callable[[RequestAttempt], object] | None = None,
    *,
    on_progress: Callable[[Progress], object] | None = None,
    spill: Spill | None = None,
    anonymous: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> RawResponse:
    """Send a request until it is answered or its retries are used up; a failed status is an answer.

    Cancelling the task ends it at any moment and leaves no connection or open file behind.

    Args:
        client: the way out, entered.
        request: what to send.
        on_attempt: told of each attempt as it starts, as it ends, and again with the wait when another follows.
        on_progress: told of bytes sent and received.
        spill: opens a file for an answer that outgrows the client's memory limit; it gets the body from its first
            byte on, and whoever opened it closes it. One is opened for each such attempt. Without it the rest is
            not read, and the answer says so.
        anonymous: without the connection's credentials.
        clock: seconds, for measuring.
        sleep: waits that many seconds.
        chance: between 0 and 1, for the jitter of the waits.

    Raises:
        InvalidRequest: refused before anything was sent.
        Unanswered: no attempt brought a whole answer.
    """
    prepared = await asyncio.to_thread(prepare, client, request, anonymous=anonymous)
    policy = policy_of(request)
    course = _RetryLoop(client, request, prepared, policy, on_attempt, on_progress, spill, clock)

    def wait(state: RetryCallState) -> float:
        return policy.wait(state.attempt_number, course.asked, chance())

    def announce(state: RetryCallState) -> None:
        course.amend(state.next_action.sleep if state.next_action else 0.0)

    retrying = AsyncRetrying(
        sleep=sleep,
        stop=stop_after_attempt(policy.attempts),
        wait=wait,
        retry=retry_if_result(lambda again: again is True),
        before_sleep=announce,
        # The last attempt's outcome is the result, good or bad.
        retry_error_callback=lambda _: False,
    )
    await retrying(course.attempt)
    return course.result()


class _RetryLoop:
    """The attempts at one request so far, and what the last of them brought."""

    def __init__(
        self,
        client: Client,
        request: RawRequest,
        prepared: PreparedRequest,
        policy: RetryPolicy,
        on_attempt: Callable[[RequestAttempt], object] | None,
        on_progress: Callable[[Progress], object] | None,
        spill: Spill | None,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._request = request
        self._prepared = prepared
        self._policy = policy
        self._on_attempt = on_attempt
        self._on_progress = on_progress
        self._spill = spill
        self._clock = clock
        self._attempts: list[RequestAttempt] = []
        self._problem: RequestFailed | None = None
        self._response: RawResponse | None = None
        self.asked: float | None = None

    async def attempt(self) -> bool:
        """Make one attempt; whether its outcome is worth another."""
        self._problem = self._response = self.asked = None
        attempt = RequestAttempt(len(self._attempts) + 1, self._policy.attempts, AttemptOutcome.STARTED)
        self._tell(attempt)
        receiving = ResponseReader(self._client.largest, self._spill, self._on_progress)
        outgoing = self._prepared.outgoing
        body = outgoing.content
        watched = None if body is None or isinstance(body, bytes) else ProgressBody(body, self._on_progress)
        if watched is not None:
            outgoing = replace(outgoing, content=watched)
        # A kept connection may have died unseen; what changes things must not depend on one, nor a second try.
        fresh = self._request.changes_things or attempt.number > 1
        started = self._clock()
        try:
            await self._client.exchange(outgoing, fresh=fresh, timeout=self._request.timeout, read=receiving.read)
        except (NoAnswer, BadAnswer) as problem:
            self._problem = problem
            if isinstance(problem, NoAnswer) and receiving.head is not None and not isinstance(problem, FileChanged):
                problem.reason = _reason_with_a_part(problem, receiving, self._request.timeout)
        finally:
            if watched is not None:
                await watched.aclose()
        head = receiving.head
        ended = replace(
            attempt,
            outcome=AttemptOutcome.FAILED if self._problem else AttemptOutcome.ANSWERED,
            status=head.status if head else None,
            reason=self._client.mask.text(head.reason) if head else "",
            error=str(self._problem) if self._problem else "",
            elapsed=self._clock() - started,
        )
        self._attempts.append(ended)
        self._tell(ended)
        if head is not None:
            content = receiving.content
            answer = Answer(head.status, head.reason, head.headers, content, head.http_version, ended.elapsed)
            self.asked = retry_after(answer)
            self._response = RawResponse(
                answer.status,
                ended.reason,
                answer.headers,
                content,
                (),
                answer.http_version,
                answer.elapsed,
                receiving.size,
                self._prepared.url,
                self._prepared.method,
                self._request.response_type,
                cut=receiving.cut or self._problem is not None,
                note=receiving.note,
                mask=self._client.mask,
            )
        return self._policy.wants_another(ended.status, self._trouble())

    def amend(self, wait: float) -> None:
        """Tell that another attempt follows after so many seconds."""
        self._attempts[-1] = replace(self._attempts[-1], wait_before_next=wait)
        self._tell(self._attempts[-1])

    def result(self) -> RawResponse:
        """The answer of the last attempt."""
        attempts = tuple(self._attempts)
        response = replace(self._response, attempts=attempts) if self._response else None
        if self._problem is not None:
            raise Unanswered(self._problem, attempts, response) from self._problem
        assert response is not None
        return response

    def _tell(self, attempt: RequestAttempt) -> None:
        if self._on_attempt is not None:
            self._on_attempt(attempt)

    def _trouble(self) -> RetryReason | None:
        problem = self._problem
        if problem is None:
            return None
        if not isinstance(problem, NoAnswer) or isinstance(problem, FileChanged) or self._client.closed:
            return RetryReason.OWN
        from tui.twilio.failures import timed_out

        if timed_out(problem):
            return RetryReason.TIMEOUT
        return RetryReason.NETWORK if self._response is None else RetryReason.CUT


def _reason_with_a_part(problem: NoAnswer, receiving: ResponseReader, limit: float) -> str:
    """Why an answer broke off, and how much of it there is."""
    from tui.twilio.failures import timed_out

    reason = f"The answer was not complete after {limit:g} s." if timed_out(problem) else problem.reason
    of = f" of {receiving.announced:,}" if receiving.announced is not None else ""
    return f"{reason} Its first {receiving.size:,}{of} bytes are here." if receiving.size else reason


def _notes(client: Client, request: RawRequest, outgoing: OutgoingRequest, resolved: Resolved) -> tuple[str, ...]:
    notes: list[str] = []
    typed = request.path.strip()
    prefix = client.gate.prefix
    if resolved.instead_of:
        stand_in = f"{client.gate.origin} answers here in place of {resolved.instead_of}"
        notes.append(f"{stand_in}; this connection reaches nothing else.")
    elif resolved.regional:
        notes.append(
            f"{urlsplit(outgoing.url).hostname} is of another region than this connection, whose keys it may not know; "
            f"in its own region this is {resolved.regional}"
        )
    elif "://" in typed:
        if outgoing.url.startswith(client.gate.base + "/"):
            notes.append("The base URL is included already; the address was shortened to its path.")
    elif any(("/" + typed.removeprefix("/")).startswith(version + "/") for version in {prefix, VERSION_PATH}):
        notes.append("The base URL includes the version already; the path goes out with it once.")
    if request.max_retries and _creates_message(outgoing.method, outgoing.url):
        notes.append(MAY_SEND_TWICE)
    return tuple(notes)


def _creates_message(method: str, url: str) -> bool:
    """Whether a server could make a message of it: a POST to a collection called Messages, however that is written.

    Whatever follows the name counts as a format, and escapes, case and slashes at the end for nothing: to be careful
    about one send too many costs less than to forget one. Below it one message is changed, which may be done twice.
    """
    if method != "POST":
        return False
    path = urlsplit(url).path
    while (plain := unquote(path, errors="replace")) != path:
        path = plain
    name = path.rstrip("/").rpartition("/")[2]
    return re.split("[.;?#]", name, maxsplit=1)[0].casefold() == "messages"
