"""The questions before messages that are kept on this computer are removed, and what the detail pane says of them."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.keymap import key_of
from tui.safe_text import safe_text
from tui.screens.connections.connection_fields import history_in_words
from tui.services.kept_messages import KeptMessages
from tui.size_format import say_size
from tui.storage.connection import Connection
from tui.widgets.dialogs import Confirm, key_line

AS_WELL = "f"
"""The key that forgets the messages of a connection with the connection."""


def describe_kept(connection: Connection, kept: KeptMessages | None) -> str:
    """How long messages are kept, and how much is kept now, where; None where that is not known yet."""
    how_long = history_in_words(connection.history)
    if kept is None:
        return how_long
    if not kept.size:
        return how_long if connection.days_kept == 0 else f"{how_long}; nothing is kept yet"
    return f"{how_long}; {_what(kept)} ({key_of('connections.forget')} forgets them)"


def ask_to_forget(name: str, kept: KeptMessages) -> Confirm:
    """Whether to remove what is kept of a connection's messages."""
    words = (
        f"{_what(kept)} are removed, the queries typed with this connection, and its campaigns and bulk changes with "
        "what is still to be done of them. Twilio keeps what it has."
    )
    if kept.shared_with:
        words += f" {_names(kept)}: its messages are these as well."
    return Confirm(f"Forget the messages of {safe_text(name, limit=40)}?", words, yes="Forget them")


class DeleteConnection(Confirm):
    """Whether to delete a connection, and whether its messages as well.

    Attributes:
        forget: whether the messages are to go with it; known once it is answered with yes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding(AS_WELL, "forget", "Delete and forget", show=False)]

    def __init__(self, name: str, words: str, kept: KeptMessages | None) -> None:
        self.forget = False
        self._offered = kept is not None and kept.size > 0 and not kept.shared_with
        if kept is not None and kept.size:
            words += f" {_what(kept)} stay there"
            words += f". {_names(kept)}." if kept.shared_with else ", unless you forget them as well."
        super().__init__(f"Delete {safe_text(name, limit=40)}?", words, yes="Delete")

    def keys(self) -> Content:
        as_well = [(AS_WELL, "Delete and forget")] if self._offered else []
        return key_line(("y", "Delete"), *as_well, ("esc", "Back"))

    def action_forget(self) -> None:
        if self._offered:
            self.forget = True
            self.action_accept()


def _what(kept: KeptMessages) -> str:
    return f"{say_size(kept.size)} of messages in {safe_text(str(kept.path), limit=160)}"


def _names(kept: KeptMessages) -> str:
    names = [safe_text(name, limit=40) for name in kept.shared_with]
    if len(names) == 1:
        return f"{names[0]} is a connection to the same account"
    return f"{', '.join(names[:-1])} and {names[-1]} are connections to the same account"
