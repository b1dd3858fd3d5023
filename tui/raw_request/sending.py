"""Send a hand-made request: check and prepare it, retry it as set, return the last response or raise `Unanswered`.

Every request passes the connection's client and its URL policy. Must not know screens; progress is reported through
callbacks, which are called on the event loop and must return at once.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from urllib.parse import unquote, urlsplit

from tui.raw_request.checks import body_bytes, clean_headers, find_problems, resolve
from tui.raw_request.json_body import JsonMistake
from tui.raw_request.model import (
    DATA,
    MOST_BODY_KEPT,
    AttemptOutcome,
    RawRequest,
    RawResponse,
    RequestAttempt,
    SentRequest,
    Timing,
)
from tui.raw_request.transfer import (
    FileChanged,
    OnProgress,
    ProgressBody,
    ResponseReader,
    Spill,
    boundary_of,
    build,
    measure,
    new_boundary,
)
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.exchange import OutgoingRequest, RequestBody, retry_after
from tui.twilio.media_types import type_by_look, type_by_name
from tui.twilio.url_policy import VERSION_PATH, Resolved

MAY_SEND_TWICE = "A retry can send the message a second time: Twilio does not recognise a repeated request."
"""The note on a request that creates a message and has retries set."""

FIRST_BACKOFF = 0.2
"""Seconds of the first exponential wait; each next one is twice as long."""

LONGEST_BACKOFF = 30.0
"""Seconds an exponential wait takes at most, jitter and Retry-After included."""

LARGEST_JITTER = 0.2
"""The share of an exponential wait that chance may add."""


class Unanswered(NoAnswer):
    """No attempt brought a whole response.

    Attributes:
        attempts: every attempt and its outcome.
        partial: what arrived of the last response, None when not even its headers did.
        request: what was sent, or begun to be sent.
    """

    def __init__(
        self,
        problem: RequestFailed,
        attempts: tuple[RequestAttempt, ...],
        partial: RawResponse | None,
        request: SentRequest | None = None,
    ) -> None:
        sent = problem.sent if isinstance(problem, NoAnswer) else True
        super().__init__(problem.reason, problem.remedy, sent=sent)
        self.attempts = attempts
        self.partial = partial
        self.request = request


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request exactly as it will be sent.

    Attributes:
        request: what was asked for.
        url: the effective address, query included.
        headers: every header in its order, defaults included, credentials masked.
        content_type: of the body; empty without one.
        body_size: bytes of the body.
        notes: sentences to read before sending, among them which host answers in place of one of Twilio's.
        outgoing: what the client is given.
        mistake: why a body that is meant as JSON is none; looked for by whoever lets a person type it.
        values: what variables stood for in what was typed: reference without its `$` → value.
    """

    request: RawRequest
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content_type: str
    body_size: int
    notes: tuple[str, ...]
    outgoing: OutgoingRequest
    mistake: JsonMistake | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def creates_message(self) -> bool:
        """Whether Twilio could make a message of it."""
        return _creates_message(self.method, self.url)


def check(client: Client, request: RawRequest) -> tuple[InvalidRequest, ...]:
    """Everything wrong with a request, at most one problem for each input. Stats its files: call it in a thread."""
    return find_problems(client.policy, client.account_sid, request)


def prepare(
    client: Client, request: RawRequest, *, anonymous: bool = False, boundary: Callable[[], str] = new_boundary
) -> PreparedRequest:
    """What will be sent, exactly; nothing is.

    Raises:
        InvalidRequest: the first thing that is wrong.
    """
    for problem in check(client, request):
        raise problem
    resolved = resolve(client.policy, client.account_sid, request)
    headers = clean_headers(request)
    typed = {name.lower(): value for name, value in reversed(headers)}
    content: bytes | RequestBody | None
    content_type = typed.get("content-type", "")
    if request.is_multipart:
        form = build(request.form, request.files, boundary_of(content_type) or boundary())
        content, size, own_type = form, form.length, form.content_type
    elif request.data_file is not None:
        content = measure(request.data_file, DATA, "the body")
        size, own_type = content.size, type_by_name(content.path.name)
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
    return PreparedRequest(request, outgoing.method, resolved.url, shown, content_type, size, notes, outgoing)


async def send(
    client: Client,
    request: RawRequest,
    on_attempt: Callable[[RequestAttempt], object] | None = None,
    *,
    on_progress: OnProgress | None = None,
    spill: Spill | None = None,
    anonymous: bool = False,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> RawResponse:
    """Send a request until a response comes or its retries are used up; a failed status is a response.

    Cancelling the task ends it at any moment and leaves no connection or open file behind.

    Args:
        client: entered.
        request: what to send.
        on_attempt: called for each attempt as it starts, as it ends, and again with the wait when another follows.
        on_progress: called with the bytes sent and received.
        spill: opens a file for a response that outgrows the client's memory limit; it gets the body from its first
            byte on, and whoever opened it closes it. One is opened for each such attempt. Without it the rest is
            not read, and the response says so.
        anonymous: without the connection's credentials.
        clock: seconds, for measuring.
        sleep: waits that many seconds.
        chance: between 0 and 1, for the jitter of the waits.

    Raises:
        InvalidRequest: refused before anything was sent.
        Unanswered: no attempt brought a whole response.
    """
    prepared = await asyncio.to_thread(prepare, client, request, anonymous=anonymous)
    attempts = _Attempts(client, prepared, on_attempt, on_progress, spill, clock)
    for number in range(1, request.max_retries + 2):
        again = await attempts.make(number)
        if not again or number > request.max_retries:
            break
        wait = wait_before_next(request, number, attempts.retry_after, chance())
        attempts.amend(wait)
        await sleep(wait)
    return attempts.result()


class RetryReason(Enum):
    """Why an attempt brought no whole response."""

    NETWORK = "network"
    """No connection, a reset, nothing that is HTTP."""
    TIMEOUT = "timeout"
    """The time limit ended it, in the headers or in the body."""
    CUT = "cut"
    """The headers came whole, the body did not: the request was processed, whatever the status says."""
    OWN = "own"
    """The fault is on this side: a file that changed, a full disk, a closed client."""


def is_worth_another(request: RawRequest, status: int | None, trouble: RetryReason | None) -> bool:
    """Whether an attempt that ended like this is worth another, the count left aside.

    Args:
        request: says whether a 3xx and a 4xx are.
        status: the HTTP status, None when no headers arrived.
        trouble: why no whole response came, None when one did.
    """
    if trouble in (RetryReason.NETWORK, RetryReason.TIMEOUT):
        return True
    if status is None or trouble is RetryReason.OWN:
        return False
    return status >= 500 or (request.retry_all_errors and status >= 300)


def wait_before_next(request: RawRequest, attempt: int, asked: float | None, chance: float) -> float:
    """Seconds to wait after an attempt.

    Args:
        request: its delay, or exponential back-off.
        attempt: the number of the attempt that just ended, from 1.
        asked: seconds the response's Retry-After asks for.
        chance: between 0 and 1, for the jitter.
    """
    if not request.exponential_backoff:
        return max(request.retry_delay_ms / 1000, asked or 0.0)
    # 2**10 is past the cap already; a larger exponent would only overflow.
    wait = max(asked or 0.0, FIRST_BACKOFF * 2 ** min(attempt - 1, 10))
    return min(wait * (1 + LARGEST_JITTER * chance), LONGEST_BACKOFF)


class _Attempts:
    """The attempts at one request so far, and what the last of them brought.

    Attributes:
        retry_after: seconds that the last response asks to wait, None when it does not.
    """

    def __init__(
        self,
        client: Client,
        prepared: PreparedRequest,
        on_attempt: Callable[[RequestAttempt], object] | None,
        on_progress: OnProgress | None,
        spill: Spill | None,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._prepared = prepared
        self._request = prepared.request
        self._on_attempt = on_attempt
        self._on_progress = on_progress
        self._spill = spill
        self._clock = clock
        self._begun = clock()
        self._made: list[RequestAttempt] = []
        self._problem: RequestFailed | None = None
        self._response: RawResponse | None = None
        self._sent: SentRequest | None = None
        self.retry_after: float | None = None

    async def make(self, number: int) -> bool:
        """Make one attempt; whether its outcome is worth another."""
        self._problem = self._response = self.retry_after = None
        request, mask = self._request, self._client.mask
        attempt = RequestAttempt(number, request.max_retries + 1, AttemptOutcome.STARTED)
        self._report(attempt)
        reader = ResponseReader(self._client.largest, self._spill, self._on_progress)
        outgoing = self._prepared.outgoing
        body = outgoing.content
        if body is not None and not isinstance(body, bytes):
            body = ProgressBody(body, self._on_progress)
            outgoing = replace(outgoing, content=body)
        # A kept connection may have died unseen; what changes things must not depend on one, nor a second try.
        fresh = request.changes_things or number > 1
        started = self._clock()
        try:
            await self._client.exchange(outgoing, fresh=fresh, timeout=request.timeout, read=reader.read)
        except (NoAnswer, BadAnswer) as problem:
            self._problem = problem
            if isinstance(problem, NoAnswer) and reader.head is not None and not isinstance(problem, FileChanged):
                problem.reason = _reason_with_a_part(problem, reader, request.timeout)
        finally:
            if isinstance(body, ProgressBody):
                await body.aclose()
        self._sent = _as_sent(self._prepared, body)
        head, now = reader.head, self._clock()
        ended = replace(
            attempt,
            outcome=AttemptOutcome.FAILED if self._problem else AttemptOutcome.ANSWERED,
            status=head.status if head else None,
            reason=mask.text(head.reason) if head else "",
            error=str(self._problem) if self._problem else "",
            elapsed=now - started,
            timed_out=isinstance(self._problem, NoAnswer) and self._problem.timed_out,
        )
        self._made.append(ended)
        self._report(ended)
        if head is not None:
            self._response = RawResponse(
                head.status,
                ended.reason,
                head.headers,
                reader.content,
                (),
                head.http_version,
                ended.elapsed,
                reader.size,
                self._prepared.url,
                self._prepared.method,
                request.response_type,
                cut=reader.cut or self._problem is not None,
                note=reader.note,
                mask=mask,
                timing=Timing(head.connect, head.first_byte, now - self._begun, head.received()),
                sent=self._sent,
            )
            self.retry_after = retry_after(self._response.answer)
        return is_worth_another(request, ended.status, self._trouble())

    def amend(self, wait: float) -> None:
        """Report that another attempt follows after so many seconds."""
        self._made[-1] = replace(self._made[-1], wait_before_next=wait)
        self._report(self._made[-1])

    def result(self) -> RawResponse:
        """The response of the last attempt."""
        made = tuple(self._made)
        response = replace(self._response, attempts=made) if self._response else None
        if self._problem is not None:
            raise Unanswered(self._problem, made, response, self._sent) from self._problem
        assert response is not None
        return response

    def _report(self, attempt: RequestAttempt) -> None:
        if self._on_attempt is not None:
            self._on_attempt(attempt)

    def _trouble(self) -> RetryReason | None:
        problem = self._problem
        if problem is None:
            return None
        if not isinstance(problem, NoAnswer) or isinstance(problem, FileChanged) or self._client.closed:
            return RetryReason.OWN
        if problem.timed_out:
            return RetryReason.TIMEOUT
        return RetryReason.NETWORK if self._response is None else RetryReason.CUT


def _as_sent(prepared: PreparedRequest, body: bytes | ProgressBody | None) -> SentRequest:
    beginning = body.beginning if isinstance(body, ProgressBody) else (body or b"")[:MOST_BODY_KEPT]
    return SentRequest(prepared.method, prepared.url, prepared.headers, beginning, prepared.body_size)


def _reason_with_a_part(problem: NoAnswer, reader: ResponseReader, limit: float) -> str:
    """Why a response broke off, and how much of it there is."""
    reason = f"The answer was not complete after {limit:g} s." if problem.timed_out else problem.reason
    of = f" of {reader.announced:,}" if reader.announced is not None else ""
    return f"{reason.rstrip('.')}; its first {reader.size:,}{of} bytes are shown." if reader.size else reason


def _notes(client: Client, request: RawRequest, outgoing: OutgoingRequest, resolved: Resolved) -> tuple[str, ...]:
    notes: list[str] = []
    typed = request.path.strip()
    policy = client.policy
    if resolved.instead_of:
        notes.append(
            f"{policy.origin} answers here in place of {resolved.instead_of}; this connection reaches nothing else."
        )
    elif resolved.regional:
        notes.append(
            f"{urlsplit(outgoing.url).hostname} is of another region than this connection, whose keys it may not know; "
            f"in its own region this is {resolved.regional}"
        )
    elif "://" in typed:
        if outgoing.url.startswith(policy.base + "/"):
            notes.append("The base URL is included already; the address was shortened to its path.")
    elif any(("/" + typed.removeprefix("/")).startswith(version + "/") for version in {policy.prefix, VERSION_PATH}):
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
