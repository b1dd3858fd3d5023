"""Paste a curl command into the form; copy the form's request as a command or a program, or print it plainly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.keymap import key_of
from tui.raw_request.code_export import to_httpx
from tui.raw_request.curl_export import to_curl
from tui.raw_request.curl_import import CurlReading, read_curl
from tui.raw_request.form_text import RequestText, read, write
from tui.raw_request.links import shorten
from tui.raw_request.model import RawRequest
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.services.session import Account
from tui.storage.connection import Connection
from tui.textual_fixes.text_field import TextField
from tui.twilio.errors import InvalidRequest
from tui.widgets.copying import PlainText, copy_text
from tui.widgets.dialogs import Choice, ChoiceList, Choose, Dialog, key_line

LANGUAGES: Mapping[str, tuple[str, Callable[[RawRequest, Connection], str]]] = {
    "curl": ("curl", to_curl),
    "httpx": ("Python, httpx", to_httpx),
}
"""What a request can be copied as: key → its name, and who writes it."""

_PLAINLY = "print:"


class PasteCurl(Dialog[str]):
    """A dialog for a curl command of many lines, with what is wrong with it."""

    DEFAULT_CSS = """
    PasteCurl > Vertical { width: 100; }
    PasteCurl TextArea { height: 10; border: none; background: $panel; padding: 0 1; }
    PasteCurl .wrong { max-height: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,f9,ctrl+enter", "read", "Read", priority=True)]

    def __init__(self, text: str = "", wrong: str = "") -> None:
        super().__init__("Paste a curl command", "As it is, lines and quotes included. It is not run.")
        self._text, self._wrong = text, wrong

    def parts(self) -> ComposeResult:
        hint = "curl https://api.twilio.com/…"
        yield TextField(self._text, soft_wrap=True, show_line_numbers=False, placeholder=hint)
        yield Static(Content(self._wrong), classes="wrong", markup=False)

    def keys(self) -> Content:
        return key_line(("^s F9", "Fill the form"), ("esc", "Back"))

    def action_read(self) -> None:
        self.dismiss(self.query_one(TextArea).text)


def ask_for_curl(screen: BaseScreen, fill: Callable[[RequestText], object], text: str = "", wrong: str = "") -> None:
    """Ask for a curl command and fill the form with it; one that cannot be read is asked for again."""

    def pasted(command: str | None) -> None:
        if command is not None:
            read_pasted_curl(screen, command, fill)

    screen.app.push_screen(PasteCurl(text, wrong), pasted)


def read_pasted_curl(screen: BaseScreen, text: str, fill: Callable[[RequestText], object]) -> None:
    """Fill the form with a pasted curl command, and notify of what was left out.

    One that cannot be read stands in a dialog then, with the reason under it, so that nothing pasted is lost.
    """
    screen.work(partial(_fill_form, screen, text, fill), group="paste", exclusive=True, asks=True)


async def _fill_form(screen: BaseScreen, text: str, fill: Callable[[RequestText], object]) -> None:
    account = screen.session.account
    try:
        typed, notes = await asyncio.to_thread(form_of_curl, text, account)
    except InvalidRequest as problem:
        ask_for_curl(screen, fill, text, safe_text(f"{problem.field}: {problem}", limit=300))
        return
    fill(typed)
    for note in notes:
        screen.notify(safe_text(note), markup=False)


def form_of_curl(text: str, account: Account | None) -> tuple[RequestText, tuple[str, ...]]:
    """The form that a curl command fills, and notes on what was left out. Takes time in proportion to the text.

    Raises:
        InvalidRequest: it cannot be read, or the form cannot hold it.
    """
    reading: CurlReading = read_curl(text, account.client.policy.base) if account else read_curl(text)
    request = reading.request
    if account is not None:
        request = shorten(account.client.policy, account.client.account_sid, request)
    return write(request, reading.variables), reading.notes


class CopyAs(Choose):
    """In which language to copy the request; `p` prints the chosen one where the terminal can select it unbroken."""

    DEFAULT_CSS = "CopyAs > Vertical { width: 110; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("p", "print", "Print it plainly", show=False)]

    def keys(self) -> Content:
        return key_line(("⏎", "Copy"), ("p", "Print it plainly"), ("esc", "Back"))

    def action_print(self) -> None:
        choices = self.query_one(ChoiceList)
        self.dismiss(_PLAINLY + choices.choices[choices.cursor].key)


def copy_request(screen: BaseScreen, typed: RequestText) -> None:
    """Ask in which language to copy the form's request, or to print it plainly outside the screen."""
    screen.work(partial(_copy_request, screen, typed), group="copy", exclusive=True, asks=True)


async def _copy_request(screen: BaseScreen, typed: RequestText) -> None:
    account, request = screen.session.account, read(typed).request
    if account is None or request is None:
        screen.notify("The form cannot be read yet; see what is wrong under it.", severity="warning", markup=False)
        return
    written = await asyncio.to_thread(_written, request, account.connection)
    choices = [
        Choice(key, LANGUAGES[key][0], glimpse(safe_text(text or str(problem)), 80), "plain" if text else "muted")
        for key, (text, problem) in written.items()
    ]

    def chosen(answer: str | None) -> None:
        if answer is None:
            return
        key = answer.removeprefix(_PLAINLY)
        text, problem = written[key]
        if not text:
            screen.notify(safe_text(str(problem)), severity="warning", markup=False)
        elif answer.startswith(_PLAINLY):
            screen.work(partial(_print, screen, text), group="outside", exclusive=True)
        else:
            what = f"the {LANGUAGES[key][0]} (credentials as variables)"
            copy_text(screen, text, what, f"{key_of('console.menu')}, “Copy as…”, p prints it")

    if screen.is_current:
        screen.app.push_screen(CopyAs("Copy as…", choices, "Credentials stay variables."), chosen)


def _written(request: RawRequest, connection: Connection) -> dict[str, tuple[str, InvalidRequest | None]]:
    """The request in every language; why not, where one cannot say it."""
    found: dict[str, tuple[str, InvalidRequest | None]] = {}
    for key, (_, write_as) in LANGUAGES.items():
        try:
            found[key] = write_as(request, connection), None
        except InvalidRequest as problem:
            found[key] = "", problem
    return found


async def _print(screen: BaseScreen, text: str) -> None:
    """Print below what the shell printed, where no line is broken; show it where another program cannot."""
    from tui.widgets.external_programs import OutsideFailed, print_outside

    try:
        await print_outside(screen, text, screen.session.environ)
    except OutsideFailed:
        screen.app.push_screen(PlainText(text))
