"""What came of a request made by hand: every attempt, and the answer as bytes, as text, as JSON.

Data and pure reading only. All of it is remote text: it must be sanitised before it is shown, and is saved as it is.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from enum import Enum

from tui.twilio.answers import Answer, read_json
from tui.twilio.errors import ApiError, BadAnswer
from tui.twilio.masking import Mask

# Codecs of Python's that are no charset of the web, and slow or surprising on hostile input.
_NO_CHARSET = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
_MOST_DIGITS = 4000


class AttemptOutcome(Enum):
    """How far an attempt is."""

    STARTED = "started"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RequestAttempt:
    """One attempt at a request.

    Attributes:
        number: from 1.
        most: how many attempts there may be.
        status: the HTTP status, as soon as a head arrived; also of an answer that was not whole.
        reason: the phrase beside the status, as received but for the connection's secrets.
        error: why no whole answer came; empty when one did.
        elapsed: seconds it took, 0 while it runs.
        wait_before_next: seconds until the next attempt; None when there is none, or none yet.
    """

    number: int
    most: int
    outcome: AttemptOutcome
    status: int | None = None
    reason: str = ""
    error: str = ""
    elapsed: float = 0.0
    wait_before_next: float | None = None


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer, whatever its status.

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

    def shown(self) -> RawResponse:
        """The same as a screen shows it: the connection's secrets, which a server may repeat, are masked.

        Saving takes the answer itself, as it came. Looks through the whole body, so it belongs into a thread.
        """
        headers = tuple((name, self.mask.text(value)) for name, value in self.headers)
        return replace(self, headers=headers, content=self.mask.content(self.content))

    @property
    def answer(self) -> Answer:
        """The same in the words of the rest of the package."""
        return Answer(self.status, self.reason, self.headers, self.content, self.http_version, self.elapsed)

    def header(self, name: str) -> str:
        """The first header of that name, any case; empty when there is none."""
        return self.answer.header(name)

    @property
    def request_id(self) -> str:
        """Twilio's name for the request, for its support; may be empty."""
        return self.mask.text(self.header("twilio-request-id"))

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in small letters; may be empty."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset the body is read with: as told, by its byte order mark, else UTF-8."""
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
    def not_json(self) -> str:
        """One sentence when JSON was asked for and this is none, else empty; reads the whole body each time."""
        if self.response_type != "json" or not self.content:
            return ""
        if self.cut:
            return "The answer is not whole, and so is not JSON."
        try:
            self.json()
        except ValueError as problem:
            return f"The answer is not JSON: {problem}."
        return ""

    @property
    def error(self) -> ApiError | BadAnswer | None:
        """What Twilio's error means and what to do, secrets masked; None for a good answer."""
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
        return json.loads(content, parse_int=_integer, parse_float=_fraction, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        reason = problem.msg[:1].lower() + problem.msg[1:]
        raise ValueError(f"{reason} at line {problem.lineno}, column {problem.colno}") from None
    except UnicodeDecodeError:
        raise ValueError("it holds bytes that are no text") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def charset_of(content_type: str, content: bytes) -> str:
    """The Python name of the charset to read a body with."""
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


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is not a number in JSON")
