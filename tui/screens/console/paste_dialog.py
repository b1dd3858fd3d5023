"""A dialog that takes many lines: a curl command as it is copied from a page, line breaks and all."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.raw_request.curl_import import CurlReading
from tui.safe_text import safe_text
from tui.textual_fixes.text_field import TextField
from tui.twilio.errors import InvalidRequest
from tui.widgets.dialogs import Dialog, key_line


class PasteCurl(Dialog[CurlReading]):
    """Reads a curl command; what cannot be read stays there to be mended, with what is wrong under it."""

    DEFAULT_CSS = """
    PasteCurl > Vertical { width: 100; }
    PasteCurl TextArea { height: 10; border: none; background: $panel; padding: 0 1; }
    PasteCurl .wrong { max-height: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,f9,ctrl+enter", "read", "Read", priority=True)]

    def __init__(self, reading: Callable[[str], CurlReading]) -> None:
        super().__init__("Read a curl command", "Paste it as it is, lines and quotes included. It is not run.")
        self._reading = reading

    def parts(self) -> ComposeResult:
        """The text, what is wrong with it."""
        area = TextField(soft_wrap=True, show_line_numbers=False, placeholder="curl https://api.twilio.com/…")
        yield area
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        """The keys."""
        return key_line(("^s F9", "Fill the form"), ("esc", "Back"))

    def action_read(self) -> None:
        """Answer with what was read."""
        text = self.query_one(TextArea).text
        try:
            self.dismiss(self._reading(text))
        except InvalidRequest as problem:
            self.query_one(".wrong", Static).update(Content(safe_text(f"{problem.field}: {problem}", limit=300)))
