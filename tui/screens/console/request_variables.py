"""What the variables of the console's requests stand for: the connection's saved values, and the last answer."""

from __future__ import annotations

from functools import partial

from tui.raw_request.model import RawResponse
from tui.raw_request.redaction import redact_text
from tui.raw_request.variables import LastAnswer, Variables
from tui.safe_text import safe_text
from tui.services.session import Account, Session
from tui.storage.errors import StorageError


class RequestVariables:
    """The variables of one console screen."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: LastAnswer | None = None

    def answered(self, response: RawResponse | None) -> None:
        """Take a response for the last answer; None forgets it."""
        self._last = None if response is None else LastAnswer(response)

    @property
    def last(self) -> RawResponse | None:
        """The last answer."""
        return None if self._last is None else self._last.response

    def read(self, account: Account) -> Variables:
        """What they stand for now. Reads variables.toml: call it in a thread."""
        last, client = self._last, account.client
        hide = partial(redact_text, hide=client.hide)
        try:
            saved = self._session.files.variables(account).read(account.name)
        except StorageError as problem:
            return Variables({}, last, client.account_sid, hide, safe_text(str(problem), limit=200))
        values = {name: variable.value for name, variable in saved.items()}
        return Variables(values, last, client.account_sid, hide)
