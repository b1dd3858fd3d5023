"""A webhook request as an event: as received, with the verdict and the reply. Plain data.

Headers, body and parameters are kept as they arrived. All of it is remote text: sanitise before showing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

Pairs = tuple[tuple[str, str], ...]


MOST_MEDIA: Final = 30
"""Files of a message that are looked for; Twilio sends ten at most."""

TEST_MARK: Final = "7e57e4e7-"
"""What the retry token of a test event of one's own begins with, as one of Twilio's does once in four thousand million:
nothing else in it is another than Twilio's."""


OPT_OUT_TYPES: Final = ("STOP", "START", "HELP")
"""https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out"""


class EventKind(Enum):
    """What a request is about."""

    INBOUND = "inbound"
    STATUS = "status"
    OTHER = "other"
    UNSERVED = "unserved"
    """Nothing of ours: a path or method that is not served. Never kept."""


class Verdict(Enum):
    """Whether Twilio sent a request."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    CANNOT_VERIFY = "cannot verify"


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """The answer to a request."""

    status: int
    content_type: str = ""
    body: bytes = b""


class ForwardState(Enum):
    """How far the forwarding of an event to the person's own program came."""

    WAITING = "waiting"
    ANSWERED = "answered"
    NO_ANSWER = "no answer"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What came of forwarding an event to the person's own program.

    Attributes:
        url: where it went, or was to go; without a query.
        status: of the program's answer; 0 without one.
        seconds: until its answer was whole, or was given up.
        problem: why there is no answer, or none that could be handed on, as a sentence; empty otherwise.
        relayed: whether the program's answer is what Twilio got; else it got the saved reply.
        by_hand: whether this is of a repetition by hand, whose answer never goes to Twilio.
        resigned: whether it was signed anew, for the URL that the program sees.
        headers: of the answer, in their order.
        body: of the answer, bounded.
    """

    url: str
    state: ForwardState = ForwardState.WAITING
    status: int = 0
    seconds: float = 0.0
    problem: str = ""
    relayed: bool = False
    by_hand: bool = False
    resigned: bool = False
    headers: Pairs = ()
    body: bytes = b""

    @property
    def failed(self) -> bool:
        """Whether the program did not answer, or answered that it failed."""
        return self.state in {ForwardState.NO_ANSWER, ForwardState.NOT_SENT} or self.status >= 300


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One webhook request.

    Attributes:
        id: its number in the store; 0 before it is stored.
        received_at: when it was whole, in UTC.
        target: path and query as they stood in the request line.
        url: the public URL the signature was verified against, without a user and password in it.
        headers: in their order, with their case and repeats.
        parameters: of the query, then of the body; decoded, in order, all of them.
        accepted: whether it may have consequences; False for everything answered with 403.
        diagnosis: why it was not verified, as a sentence; empty for a verified one.
        duplicate_of: the id of the accepted event that this one repeats.
        forwarded: what came of forwarding it; None when that was not to be done.
        unreadable: names of what could not be read from the store.
    """

    received_at: datetime
    kind: EventKind
    method: str
    target: str
    url: str
    headers: Pairs
    body: bytes
    parameters: Pairs
    verdict: Verdict
    accepted: bool
    reply: WebhookReply
    diagnosis: str = ""
    duplicate_of: int | None = None
    id: int = 0
    forwarded: Forwarded | None = None
    unreadable: tuple[str, ...] = ()

    def parameter(self, name: str, default: str = "") -> str:
        """The first parameter of that name."""
        return next((value for key, value in self.parameters if key == name), default)

    def header(self, name: str, default: str = "") -> str:
        """The first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    @property
    def media(self) -> Pairs:
        """URL and content type of the files it names (MediaUrl{N}, MediaContentType{N}), at most `MOST_MEDIA`."""
        found = {name: value for name, value in reversed(self.parameters) if name.startswith("Media")}
        urls = ((n, found.get(f"MediaUrl{n}", "")) for n in range(MOST_MEDIA))
        return tuple((url, found.get(f"MediaContentType{n}", "")) for n, url in urls if url)

    @property
    def sid(self) -> str:
        """The SID of its SMS or MMS; empty when it is about none."""
        if self.kind in {EventKind.OTHER, EventKind.UNSERVED}:
            return ""
        return self.parameter("MessageSid") or self.parameter("SmsSid") or self.parameter("SmsMessageSid")

    @property
    def being_forwarded(self) -> bool:
        """Whether it is on its way to the person's own program, or was when it was kept."""
        return self.forwarded is not None and self.forwarded.state is ForwardState.WAITING

    @property
    def status(self) -> str:
        """The message's status, as received."""
        return self.parameter("MessageStatus") or self.parameter("SmsStatus")

    @property
    def opt_out_type(self) -> str:
        """What Twilio took the text for: `STOP`, `START` or `HELP`; empty for none of them."""
        given = self.parameter("OptOutType").upper()
        return given if given in OPT_OUT_TYPES else ""

    @property
    def retry_token(self) -> str:
        """Twilio's mark of one event over several deliveries; empty when there is none."""
        return self.header("I-Twilio-Idempotency-Token")

    @property
    def is_test(self) -> bool:
        """Whether it is a test event of one's own, made by this program."""
        return self.retry_token.startswith(TEST_MARK)

    @property
    def message_and_status(self) -> str:
        """Marks two deliveries of the same event where there is no retry token; empty when it is about no message."""
        return f"{self.sid} {self.status}" if self.sid else ""

    @property
    def size(self) -> int:
        """Bytes in the store, roughly."""
        answer = self.forwarded or Forwarded("")
        headers = sum(len(k) + len(v) + 4 for k, v in (*self.headers, *answer.headers))
        bodies = len(self.body) + len(self.reply.body) + len(answer.body)
        return bodies + headers + len(self.target) + len(self.url) + 200
