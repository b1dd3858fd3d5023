"""The line over the message list: the query in force as chips, and the input that another one is typed into.

Knows the language of queries and how many messages match, not the list: what a person asks for is posted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.message import Message

if TYPE_CHECKING:
    from tui.services.session import Session


class QueryBar(Vertical):
    """The query in force as chips; once opened, an input with completion and the number of matches.

    At rest it is one line high, or takes no line where nothing is in force. Opened it is one line as well; what it
    says below lies over the list. It closes by itself when a query is taken, on escape, and when the focus goes
    elsewhere on the screen; on closing it gives the focus back to what had it.
    """

    class Submitted(Message):
        """A person asks for another query: typed, by removing a chip, or "" for none. It can be parsed.

        The bar shows it only when it is told to, with `show`.
        """

        def __init__(self, bar: QueryBar, text: str) -> None:
            super().__init__()
            self.bar = bar
            self.text = text

        @property
        def control(self) -> QueryBar:
            """What `@on` selects by."""
            return self.bar

    class OpenAsked(Message):
        """A person gave one message's SID, bare or in a log line or URL, to see that message."""

        def __init__(self, bar: QueryBar, sid: str) -> None:
            super().__init__()
            self.bar = bar
            self.sid = sid

        @property
        def control(self) -> QueryBar:
            """What `@on` selects by."""
            return self.bar

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session = session
        self.text = ""
        """The query in force, as it was typed; "" for none."""

    @property
    def is_open(self) -> bool:
        """Whether a query is being typed."""
        return False

    def show(self, text: str) -> None:
        """Show this query as the one in force; "" for none."""
        self.text = text

    async def open(self, text: str | None = None) -> None:
        """Let a person type: the query in force, or `text`, stands there and is selected.

        To be awaited in the action of the key: keys typed after that one wait for it, and reach the input.
        """

    def close(self) -> None:
        """Leave without change; what was typed stays in the history of queries."""
