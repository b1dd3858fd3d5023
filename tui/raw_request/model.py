"""Data of a hand-made request: what a person may set, its attempts, and the response as bytes, text or JSON.

Pure: no connection, no file, no network. Odd values are allowed in a `RawRequest`, so that what was typed can be held
and explained; `tui.raw_request.checks` says what is wrong with it. All of a `RawResponse` is remote text: sanitise it
before it is shown, save it as it is.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path

from tui.twilio.credentials import Mask
from tui.twilio.errors import ApiError, BadAnswer
from tui.twilio.exchange import SAFE_METHODS, HttpResponse, read_json

URL = "URL"
METHOD = "Method"
QUERY = "Query"
HEADERS = "Headers"
DATA = "Data"
FORM = "Form Data"
FILES = "File Data"
RESPONSE_TYPE = "Response Type"
TIMEOUT = "Timeout"
MAX_RETRIES = "Max Retry Count"
RETRY_DELAY = "Retry Delay"
RETRY_ALL = "Retry On All Errors"
BACKOFF = "Use Exponential Backoff"

DEFAULT_TIMEOUT = 30.0
"""Seconds for each attempt."""

RESPONSE_TYPES = ("json", "text", "binary")

Pairs = Sequence[tuple[str, str]]

# Codecs of Python's that are no charset of the web, and slow or surprising on hostile input.
_NO_CHARSET = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
_MOST_DIGITS = 4000

MOST_BODY_KEPT = 16 * 1024
"""Bytes of a request's body that are kept beside its response."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a multipart form.

    Attributes:
        key: the name of the form's field.
        path: where the file is on disk; a leading `~` is the home folder.
        filename: the name sent; the path's last part when None or empty.
        content_type: the type sent; chosen by the name when None or empty.
    """

    key: str
    path: str | Path
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class RawRequest:
    """Every input of a hand-made request.

    Attributes:
        path: below the base URL, or a full URL of Twilio's; `$TWILIO_ACCOUNT_SID` stands for the account.
        query, headers, form: pairs in order, repeats kept.
        data: the body as it is sent; text goes out as UTF-8.
        data_file: the path of a file that is the body, in place of `data`; its type is told by its name.
        response_type: how the answer is to be read: "json", "text" or "binary".
        timeout: seconds for each attempt, from the first byte to the last one of the answer.
        max_retries: N means at most N + 1 attempts.
        retry_delay_ms: milliseconds between attempts; not used with exponential back-off.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    data: str | bytes | None = None
    form: Pairs = ()
    files: Sequence[FilePart] = ()
    response_type: str = "json"
    timeout: float = DEFAULT_TIMEOUT
    max_retries: int = 0
    retry_delay_ms: int = 0
    retry_all_errors: bool = False
    exponential_backoff: bool = False
    data_file: str | Path | None = None

    @property
    def is_multipart(self) -> bool:
        """Whether the body is a multipart form."""
        return bool(self.form or self.files)

    @property
    def changes_things(self) -> bool:
        """Whether the method may do more than read."""
        return self.method.strip().upper() not in SAFE_METHODS


class AttemptOutcome(Enum):
    """The state of one attempt."""

    STARTED = "started"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RequestAttempt:
    """One attempt at sending a request.

    Attributes:
        number: from 1.
        most: how many attempts there may be.
        status: the HTTP status, as soon as the response's headers arrived; also of one that was not whole.
        reason: the phrase beside the status, as received but for the connection's secrets.
        error: why no whole response came; empty when one did.
        elapsed: seconds it took, 0 while it runs.
        wait_before_next: seconds until the next attempt; None when there is none, or none yet.
        timed_out: whether the time limit ended it.
    """

    number: int
    most: int
    outcome: AttemptOutcome
    status: int | None = None
    reason: str = ""
    error: str = ""
    elapsed: float = 0.0
    wait_before_next: float | None = None
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time of a response went, in seconds by a monotonic clock, and its bytes on the wire.

    Attributes:
        connect: of the last attempt, to look up the name and to connect, TLS included; None over a kept connection.
        first_byte: of the last attempt, from its start until the response's head had arrived.
        total: over all attempts, the waits between them included.
        wire: bytes of the last attempt's body as they arrived, still compressed if they were.
    """

    connect: float | None
    first_byte: float | None
    total: float
    wire: int


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it left, for reading again beside its response.

    Attributes:
        headers: every header in its order, the credentials masked.
        body: its first bytes, at most `MOST_BODY_KEPT`.
        body_size: bytes of the whole body.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    body_size: int


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An HTTP response, whatever its status.

    Attributes:
        headers: as received: order, repeats and letter case kept.
        content: the decoded body; its first part only when `cut`.
        elapsed: seconds of the last attempt, from its start to the last byte.
        size: bytes of the whole decoded body, also of what went past memory.
        cut: whether `content` is not the whole body.
        note: one sentence when something about the body needs saying; may be empty.
        url: where the request went.
        method: with which method.
        response_type: how it was asked to be read: "json", "text" or "binary".
        mask: hides the connection's secrets in what is shown as words.
        timing: None of a response that was not received now.
        sent: the request that it answers; None where that is not known.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    attempts: tuple[RequestAttempt, ...]
    http_version: str
    elapsed: float
    size: int
    url: str
    method: str
    response_type: str = "json"
    cut: bool = False
    note: str = ""
    mask: Mask = field(default=Mask(), compare=False, repr=False)
    timing: Timing | None = None
    sent: SentRequest | None = None

    def shown(self) -> RawResponse:
        """A copy for the screen, with the connection's secrets masked, which a server may repeat.

        Looks through the whole body: call it in a thread. What is saved is the response itself, as it came.
        """
        headers = self._masked(self.headers)
        sent = self.sent and replace(
            self.sent,
            url=self.mask.text(self.sent.url),
            headers=self._masked(self.sent.headers),
            body=self.mask.content(self.sent.body),
        )
        return replace(self, headers=headers, content=self.mask.content(self.content), sent=sent)

    def _masked(self, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.mask.text(value)) for name, value in headers)

    @property
    def answer(self) -> HttpResponse:
        """The same as `tui.twilio` has it."""
        return HttpResponse(self.status, self.reason, self.headers, self.content, self.http_version, self.elapsed)

    def header(self, name: str) -> str:
        """The first header of that name, any case; empty when there is none."""
        return self.answer.header(name)

    @property
    def request_id(self) -> str:
        """The `Twilio-Request-Id` header, which Twilio's support asks for; may be empty."""
        return self.mask.text(self.header("twilio-request-id"))

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in small letters; may be empty."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset to decode the body with: its byte order mark's, the Content-Type's, else UTF-8."""
        return charset_of(self.header("content-type"), self.content)

    @property
    def text(self) -> str:
        """The body as text; bytes that do not fit its charset become U+FFFD."""
        return self.content.decode(self.charset, "replace")

    def json(self) -> object:
        """The body as JSON, every digit kept; takes about 10 ms a megabyte.

        Raises:
            ValueError: it is not JSON; the message says why.
        """
        return read_exactly(self.content)

    @property
    def error(self) -> ApiError | BadAnswer | None:
        """Twilio's error with its meaning and remedy, secrets masked; None below status 400."""
        if self.status < 400:
            return None
        try:
            read_json(self.answer)
        except (ApiError, BadAnswer) as problem:
            return problem.masked(self.mask.text)
        return None


def read_exactly(content: bytes | str) -> object:
    """JSON with every digit kept: integers of any size, fractions as `Decimal`.

    Raises:
        ValueError: it is not JSON; one short sentence without its full stop.
    """
    try:
        return json.loads(
            content,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=refuse_constant,
            object_pairs_hook=as_object,
        )
    except json.JSONDecodeError as problem:
        reason = problem.msg[:1].lower() + problem.msg[1:]
        raise ValueError(f"{reason} at line {problem.lineno}, column {problem.colno}") from None
    except UnicodeDecodeError:
        raise ValueError("it holds bytes that are no text") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def as_object(members: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON, made in Python so that the loop gets its turn at each: 6.6 MB held it 56 ms, and so 11 ms."""
    return dict(members)


def charset_of(content_type: str, content: bytes) -> str:
    """The charset to decode a body with, by Python's name."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return name
    told = re.search(r""";\s*charset=["']?([\w.:+-]{1,40})""", content_type, re.IGNORECASE | re.ASCII)
    try:
        name = codecs.lookup(told[1]).name if told else "utf-8"
        # Some codecs turn bytes into bytes; using them as a charset is refused, but not for an empty text.
        "a".encode(name)
    except (LookupError, UnicodeError):
        return "utf-8"
    return "utf-8" if name.replace("-", "_") in _NO_CHARSET else name


def _integer(digits: str) -> int | Decimal:
    # Python refuses to convert very long integers, a guard against slow conversion; Decimal keeps them.
    return int(digits) if len(digits) < _MOST_DIGITS else Decimal(digits)


def _fraction(digits: str) -> Decimal | str:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return digits


def refuse_constant(word: str) -> object:
    """Refuse `NaN` and `Infinity`, which Python's reader takes for JSON.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{word} is not a number in JSON")
