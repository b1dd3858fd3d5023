"""One line above the form about sends that are not settled, and the words where there is no account."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Static

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.services.session import Session
from tui.theme import TONES


class Banner(Static):
    """A line that is there only when it has something to say. Mouse: a click does what it offers."""

    def __init__(self, action: str) -> None:
        super().__init__("", id="banner", markup=False)
        self._action = action
        self._said: str | None = None

    def on_mount(self) -> None:
        """Begin silent."""
        self.say("")

    def say(self, words: str) -> None:
        """Show a sentence (already safe to show), or nothing."""
        if words == self._said:
            return
        self._said = words
        self.display = bool(words)
        self.update(
            Content.assemble((words, TONES["warn"]), (f"  {key_of('compose.outbox')}: outbox", "$quiet"))
            if words
            else ""
        )

    async def on_click(self, event: events.Click) -> None:
        """The same as the key."""
        event.stop()
        await self.screen.run_action(self._action)


def no_account_words(session: Session) -> Content:
    """Why there is no form: an account is being opened, could not be opened, or was never chosen."""
    if session.account is not None and not session.opening:
        return Content.styled("Reading the draft …", "$quiet")
    if session.opening:
        return Content.styled(f"Opening {safe_text(session.opening, limit=40)} …", "$quiet")
    keys = Content.styled(
        name_keys(
            "{everywhere.switch_connection} chooses a connection, {everywhere.connections_anywhere} shows them all."
        ),
        "$quiet",
    )
    if session.trouble is not None:
        trouble = Content.styled(safe_text(session.refusal, limit=400), TONES["bad"])
        return Content("\n\n").join([trouble, keys])
    return Content("\n\n").join([Content("No connection is in use, so nothing can be sent."), keys])
