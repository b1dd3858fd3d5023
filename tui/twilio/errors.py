"""The exceptions of a request to Twilio, which carry the field, the reason and the remedy.

Screens render these and decide nothing by their text. The tree, from the first check to the last byte:

    RequestFailed
    ├── InvalidRequest   refused here, before anything was sent
    ├── NoAnswer         the network failed; `.sent` says whether the request may have left
    ├── BadAnswer        something answered, but not in Twilio's words
    └── ApiError         Twilio answered with an error of its own
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Self

from tui.twilio.error_catalogue import Explanation, explain, say_unknown


class RequestFailed(Exception):
    """Base of every failure of a request.

    Attributes:
        reason: one sentence: what happened.
        remedy: one sentence: what the person can do next; may be empty.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}".strip()

    def masked(self, hide: Callable[[str], str]) -> Self:
        """Mask the secrets in every text that a server may have had a say in; returns itself."""
        self.reason, self.remedy = hide(self.reason), hide(self.remedy)
        self.args = (self.reason,)
        return self


class InvalidRequest(RequestFailed):
    """A request that was refused here, before anything was sent.

    Attributes:
        field: the input at fault, by Twilio's name for a message ("To", "Body") or the form's name elsewhere.
        code: the Twilio code the server would have answered with, where there is one.
    """

    def __init__(self, field: str, reason: str, remedy: str = "", *, code: int | None = None) -> None:
        super().__init__(reason, remedy)
        self.field = field
        self.code = code


class NoAnswer(RequestFailed):
    """A network failure: no whole answer arrived.

    Attributes:
        sent: False only when it is certain that no byte of the request left (source: httpcore's trace
            event `send_request_headers.started` never fired). True means: it may have been processed.
        timed_out: whether it was a time limit that ended the exchange.
    """

    def __init__(self, reason: str, remedy: str = "", *, sent: bool, timed_out: bool = False) -> None:
        super().__init__(reason, remedy)
        self.sent = sent
        self.timed_out = timed_out


class BadAnswer(RequestFailed):
    """An answer that is not Twilio's: HTML from a proxy, a redirect, broken JSON.

    Attributes:
        status: the HTTP status that came with it.
    """

    def __init__(self, status: int, reason: str, remedy: str = "") -> None:
        super().__init__(reason, remedy)
        self.status = status


class ApiError(RequestFailed):
    """Twilio's own error answer.

    Attributes:
        status: HTTP status.
        code: Twilio's error code, None where the answer had none.
        message: Twilio's sentence, as received (remote text: sanitise before showing).
        request_id: the `Twilio-Request-Id` header, for support; may be empty.
        retry_after: seconds Twilio asked to wait, None when it did not.
        more_info: address of Twilio's page about the code; may be empty.
    """

    def __init__(
        self,
        status: int,
        code: int | None,
        message: str,
        *,
        request_id: str = "",
        retry_after: float | None = None,
        more_info: str = "",
    ) -> None:
        self.explanation: Explanation | None = None if code is None else _explain(status, code, message)
        reason = self.explanation.meaning if self.explanation else message or f"Twilio answered {status}."
        remedy = self.explanation.remedy if self.explanation else _remedy_for(status)
        # A code that repeats the status is none of Twilio's, whose codes have five digits.
        if code is not None and code != status and self.explanation is None:
            remedy = f"{remedy} {say_unknown(code)}"
        if retry_after:
            remedy = f"Twilio asks to wait {math.ceil(retry_after)} s. {remedy}"
        super().__init__(reason, remedy)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.retry_after = retry_after
        self.more_info = more_info

    @property
    def again(self) -> str:
        """Whether the same may be asked again as it is, in a sentence; empty where that is not known."""
        return self.explanation.again if self.explanation else ""

    def for_auth_token(self) -> Self:
        """Leave out of the remedy what concerns API keys alone; returns itself."""
        self.remedy = self.remedy.partition(" A Standard API key ")[0]
        return self

    def masked(self, hide: Callable[[str], str]) -> Self:
        """See `RequestFailed.masked`."""
        self.message, self.more_info = hide(self.message), hide(self.more_info)
        self.request_id = hide(self.request_id)
        return super().masked(hide)

    def __str__(self) -> str:
        label = f"error {self.code}" if self.code is not None else f"HTTP {self.status}"
        return f"{super().__str__()} ({label})"


def _explain(status: int, code: int, message: str) -> Explanation | None:
    if (status, code) == (403, 20003):
        # Twilio knew who asked: the credentials are right, and checking them would lead nowhere.
        words = f"Twilio does not permit this: {message.rstrip('.')}." if message else "Twilio does not permit this."
        return Explanation(
            code,
            status,
            words,
            "The account may be suspended or closed, or the key may lack the permission: "
            "look at both in the Twilio Console.",
        )
    return explain(code)


def _remedy_for(status: int) -> str:
    if status == 401:
        return "Check the account SID, the key or token, and the region."
    if status == 404:
        return "Check the SID and that it belongs to this account."
    if status == 429:
        return "Twilio is busy and did not process it; wait a moment, then try again."
    if status == 501:
        return "There is no such thing here, and asking again changes nothing."
    if status >= 500:
        return "Twilio has trouble; reading again is safe, look before sending anything again."
    return "Read Twilio's message; change the request before trying again."
