"""Paste a curl command into the form; copy the form's request as a command or a program, or print it plainly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.keymap import key_of
from tui.raw_request.checks import locate
from tui.raw_request.form_text import RequestText, read, write
from tui.raw_request.links import shorten
from tui.raw_request.model import RawRequest
from tui.raw_request.variables import Variables
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.services.session import Account
from tui.textual_fixes.text_field import TextField
from tui.twilio.errors import InvalidRequest
from tui.widgets.copying import PlainText, copy_text
from tui.widgets.dialogs import Choice, ChoiceList, Choose, Dialog, key_line

LANGUAGES = {"curl": "curl", "twilio": "Python, twilio", "httpx": "Python, httpx", "httpie": "HTTPie"}
"""What a request can be copied as: key → its name."""

_WIDEST = max(map(len, LANGUAGES.values()))
_PLAINLY = "print:"
_TELLING = re.compile("^(?:answer = |for record in |response = )", re.MULTILINE)
"""Where a program begins to differ from others."""


class PasteCurl(Dialog[str]):
    """A dialog for a curl command of many lines, with what is wrong with it."""

    DEFAULT_CSS = """
    PasteCurl > Vertical { width: 100; }
    PasteCurl TextArea { height: 10; }
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
    if notes:
        # One notification: several would cover the form that they are about.
        screen.notify("\n".join(map(safe_text, notes)), timeout=10, markup=False)


def form_of_curl(text: str, account: Account | None) -> tuple[RequestText, tuple[str, ...]]:
    """The form that a curl command fills, and notes on what was left out. Takes time in proportion to the text.

    Raises:
        InvalidRequest: it cannot be read, or the form cannot hold it.
    """
    from tui.raw_request.curl_import import TWILIO_BASE, read_curl

    if account is None:
        reading = read_curl(text)
        return write(reading.request, reading.variables), reading.notes
    policy, sid = account.client.policy, account.client.account_sid
    here, twilio = (locate(policy, sid, RawRequest("GET", path)) for path in ("/x", f"{TWILIO_BASE}/x"))
    # Where Twilio's own base stands for the connection's, as in the sandbox, the path alone says it.
    reading = read_curl(text, TWILIO_BASE if here == twilio else policy.base)
    request = shorten(policy, sid, reading.request)
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


def copy_request(screen: BaseScreen, typed: RequestText, variables: Callable[[Account], Variables]) -> None:
    """Ask in which language to copy the form's request, or to print it plainly outside the screen.

    Args:
        screen: where the form is.
        typed: the form.
        variables: reads what its variables stand for; called in a thread.
    """
    screen.work(partial(_copy_request, screen, typed, variables), group="copy", exclusive=True, asks=True)


async def _copy_request(screen: BaseScreen, typed: RequestText, variables: Callable[[Account], Variables]) -> None:
    account = screen.session.account
    if account is None:
        screen.notify("There is no connection to write it for.", severity="warning", markup=False)
        return
    try:
        written = await asyncio.to_thread(lambda: _written(typed, account, variables(account)))
    except InvalidRequest as problem:
        words = safe_text(f"The form cannot be copied yet. {problem.field}: {problem}", limit=300)
        screen.notify(words, severity="warning", timeout=10, markup=False)
        return
    choices = [
        Choice(key, f"{LANGUAGES[key]:<{_WIDEST}}", each.preview, "plain" if each.text else "muted")
        for key, each in written.items()
    ]

    def chosen(answer: str | None) -> None:
        if answer is None:
            return
        key = answer.removeprefix(_PLAINLY)
        each = written[key]
        if not each.text:
            screen.notify(each.preview, severity="warning", markup=False)
        elif answer.startswith(_PLAINLY):
            screen.work(partial(_print, screen, each.text), group="outside", exclusive=True)
        else:
            what = f"the {LANGUAGES[key]} ({each.told})"
            copy_text(screen, each.text, what, f"{key_of('console.menu')}, “Copy as…”, p prints it")

    if screen.is_on_top:
        screen.app.push_screen(CopyAs("Copy as…", choices), chosen)


@dataclass(frozen=True, slots=True)
class _Written:
    """The request in one language; without a text, `preview` says why not."""

    text: str
    preview: str
    told: str = ""


def _written(typed: RequestText, account: Account, variables: Variables) -> dict[str, _Written]:
    """The request in every language.

    Raises:
        InvalidRequest: the form cannot be read.
    """
    from tui.raw_request.code_export import to_httpie, to_httpx
    from tui.raw_request.curl_export import to_curl
    from tui.raw_request.library_call import to_twilio

    reading = read(typed, variables)
    request = reading.request
    if request is None:
        raise reading.problems[0]
    told = "credentials as variables"
    if names := ", ".join(f"${name}" for name in reading.values):
        told += f", {glimpse(names, 60)} with {'its value' if len(reading.values) == 1 else 'their values'}"
    found: dict[str, _Written] = {}
    for key, write_as in {"curl": to_curl, "twilio": to_twilio, "httpx": to_httpx, "httpie": to_httpie}.items():
        try:
            text = write_as(request, account.connection)
        except InvalidRequest as problem:
            found[key] = _Written("", glimpse(safe_text(str(problem)), 160))
            continue
        hidden = account.client.hide(text)
        more = told if hidden == text else f"{told}, a secret in it masked"
        more += ", without its retries" if request.max_retries and key != "curl" else ""
        found[key] = _Written(hidden, _preview(hidden), more)
    return found


def _preview(text: str) -> str:
    begin = _TELLING.search(text)
    line = text[begin.start() if begin else 0 :][:400].replace(" \\\n", " ")
    return glimpse(safe_text(" ".join(line.split())), 160)


async def _print(screen: BaseScreen, text: str) -> None:
    """Print below what the shell printed, where no line is broken; show it where another program cannot."""
    from tui.widgets.external_programs import OutsideFailed, print_outside

    try:
        await print_outside(screen, text, screen.session.environ)
    except OutsideFailed:
        screen.app.push_screen(PlainText(text))
