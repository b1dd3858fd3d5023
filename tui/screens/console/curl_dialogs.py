"""Paste a curl command into the form; copy the form's request as a curl command or as Python."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.keymap import key_of
from tui.raw_request.curl_export import to_curl, to_httpx
from tui.raw_request.curl_import import CurlReading, read_curl
from tui.raw_request.form_text import RequestText, read, write
from tui.raw_request.links import shorten
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.screens.console.form import RequestForm
from tui.services.session import Account
from tui.textual_fixes.text_field import TextField
from tui.twilio.errors import InvalidRequest
from tui.widgets.copying import PlainText, copy_text
from tui.widgets.dialogs import Dialog, key_line


class PasteCurl(Dialog[CurlReading]):
    """A dialog for a curl command of many lines; one that cannot be read stays there, with what is wrong under it."""

    DEFAULT_CSS = """
    PasteCurl > Vertical { width: 100; }
    PasteCurl TextArea { height: 10; border: none; background: $panel; padding: 0 1; }
    PasteCurl .wrong { max-height: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,f9,ctrl+enter", "read", "Read", priority=True)]

    def __init__(self, account: Account | None) -> None:
        super().__init__("Paste a curl command", "As it is, lines and quotes included. It is not run.")
        self._account = account

    def parts(self) -> ComposeResult:
        yield TextField(soft_wrap=True, show_line_numbers=False, placeholder="curl https://api.twilio.com/…")
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        return key_line(("^s F9", "Fill the form"), ("esc", "Back"))

    def action_read(self) -> None:
        text, account = self.query_one(TextArea).text, self._account
        try:
            self.dismiss(read_curl(text, account.client.policy.base) if account else read_curl(text))
        except InvalidRequest as problem:
            self.query_one(".wrong", Static).update(Content(safe_text(f"{problem.field}: {problem}", limit=300)))


def paste_curl(screen: BaseScreen, form: RequestForm, fill: Callable[[RequestText], object]) -> None:
    """Ask for a curl command, and fill the form with it."""

    def pasted(reading: CurlReading | None) -> None:
        if reading is None:
            return
        account, request = screen.session.account, reading.request
        if account is not None:
            request = shorten(account.client.policy, account.client.account_sid, request)
        try:
            fill(write(request))
        except InvalidRequest as problem:
            screen.notify(safe_text(str(problem)), severity="error", markup=False)
            return
        form.enter("path")
        for note in reading.notes:
            screen.notify(safe_text(note), markup=False)

    screen.app.push_screen(PasteCurl(screen.session.account), pasted)


def copy_request(screen: BaseScreen, typed: RequestText, language: str) -> None:
    """Copy the form's request as "curl" or "python", or "show" the curl command to be selected by hand."""
    account, request = screen.session.account, read(typed).request
    if account is None or request is None:
        screen.notify("The form cannot be read yet; see what is wrong under it.", severity="warning", markup=False)
        return
    try:
        text = (to_httpx if language == "python" else to_curl)(request, account.connection)
    except InvalidRequest as problem:
        screen.notify(safe_text(str(problem)), severity="error", markup=False)
        return
    if language == "show":
        screen.work(partial(_print, screen, text), group="outside", exclusive=True)
    else:
        what = f"the {'Python code' if language == 'python' else 'curl command'} (credentials as variables)"
        copy_text(screen, text, what, f"{key_of('console.menu')}, then “Show as curl, plainly”")


async def _print(screen: BaseScreen, text: str) -> None:
    """Print below what the shell printed, where no line is broken; show it where another program cannot."""
    from tui.widgets.external_programs import OutsideFailed, print_outside

    try:
        await print_outside(screen, text, screen.session.environ)
    except OutsideFailed:
        screen.app.push_screen(PlainText(text))
