"""What is pasted into the console's form and is more than text: a curl command."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widget import Widget

from tui.raw_request.pasted_commands import begins_with_curl
from tui.textual_fixes.input_fields import LineField


class PastedCurl(Message):
    """A curl command was pasted into an input of the form, which did not take it as text.

    Attributes:
        text: as it was pasted.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def hand_on_curl(here: Widget, event: events.Paste) -> bool:
    """Keep a pasted curl command from being taken as text, and post it instead; whether it was one."""
    if not begins_with_curl(event.text):
        return False
    event.stop()
    event.prevent_default()
    here.post_message(PastedCurl(event.text))
    return True


class FormLine(LineField):
    """One line of the form."""

    def _on_paste(self, event: events.Paste) -> None:
        # What Textual's own class does with a paste comes after this, and only where it was not handed on.
        hand_on_curl(self, event)
