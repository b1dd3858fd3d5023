"""A request made by hand, as data: what a person may set, and the names of those inputs.

Knows nothing of a connection, of files' contents or of the network. Odd values are allowed here, so that what was
typed can be held and explained; `tui.raw_request.checks` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.twilio.outgoing import SAFE_METHODS

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

RESPONSE_TYPES = ("json", "text", "binary")

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a multipart form.

    Attributes:
        key: the name of the form's field.
        path: where the file is on disk; a leading `~` is the home folder.
        filename: the name to tell; the path's own last part when None or empty.
        content_type: the type to tell; chosen by the name when None or empty.
    """

    key: str
    path: str | Path
    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class RawRequest:
    """Every input of a request made by hand.

    Attributes:
        path: below the base URL, or a full URL of Twilio's; `$TWILIO_ACCOUNT_SID` stands for the account.
        query, headers, form: pairs in order, repeats kept.
        data: the body as it is sent; text goes out as UTF-8.
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
    timeout: float = 30.0
    max_retries: int = 0
    retry_delay_ms: int = 0
    retry_all_errors: bool = False
    exponential_backoff: bool = False

    @property
    def is_multipart(self) -> bool:
        """Whether the body is a multipart form."""
        return bool(self.form or self.files)

    @property
    def changes_things(self) -> bool:
        """Whether the method may do more than read."""
        return self.method.strip().upper() not in SAFE_METHODS
