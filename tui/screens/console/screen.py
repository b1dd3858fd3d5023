"""The Console place: a request form, and the answer to it.

The request runs on the session, so that leaving the place does not end it; an answer for another account is
dropped. What is typed stays whatever happens.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message

from tui.actions import CONSOLE, bindings
from tui.safe_text import glimpse, safe_text
from tui.screens.console.answer import AnswerPane
from tui.screens.console.examples import EXAMPLES
from tui.screens.console.form import RequestForm
from tui.screens.console.typed import Typed, read, write
from tui.screens.place import Look, Place
from tui.session import Account, Session
from tui.twilio.curl import read_curl, to_curl, to_httpx
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.twilio.onward import next_page
from tui.twilio.raw import Attempt, Prepared, Progress, RawRequest, RawResponse, check, prepare
from tui.widgets.body_view import BodyView
from tui.widgets.dialogs import Ask, Choice, Choose, Confirm
from tui.widgets.json_view import JsonView

MOST_REMEMBERED = 50
"""Requests of this run that can be opened again."""


class Went(Message):
    """A request under way went on; delivered in the screen's own turn."""

    def __init__(self, account: Account, step: Attempt | Progress) -> None:
        super().__init__()
        self.account = account
        self.step = step

    def can_replace(self, message: Message) -> bool:
        """Of two reports about bytes only the newer one matters."""
        return isinstance(message, Went) and isinstance(self.step, Progress) and isinstance(message.step, Progress)


class ConsoleScreen(Place):
    """Anything the API can do, by hand."""

    PLACE = "console"
    CSS_PATH = "console.tcss"
    HELP_TEXT = (
        "Any request to Twilio, with the connection's credentials; they never go anywhere else. The path is below "
        "the base URL; $TWILIO_ACCOUNT_SID stands for the account, and → takes a completion.\n\n"
        "Query, headers and form fields are one pair a line; # switches a line off. What will be sent is shown "
        "under the form before it is sent. Retries happen as set; a POST that creates a message is journalled "
        "like any other send.\n\n"
        "In a JSON answer enter folds, / searches, f filters by JSONPath, o opens the message under the cursor."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CONSOLE), ("o", "open_sid", "Open message")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._under_way: asyncio.Task[object] | None = None
        self._page_after: str | None = None
        self._past: list[Typed] = []

    def content(self) -> ComposeResult:
        """The form, the answer."""
        with Horizontal(id="halves"):
            yield RequestForm(id="request")
            yield AnswerPane(id="answer")

    def on_mount(self) -> None:
        """Begin with the most asked question: the newest messages."""
        self._form.fill(Typed(query="PageSize=20"))
        super().on_mount()

    @property
    def _form(self) -> RequestForm:
        return self.query_one(RequestForm)

    @property
    def _answer(self) -> AnswerPane:
        return self.query_one(AnswerPane)

    # -- the account and what is typed ---------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        """Nothing of the other account's answers stays; the form does, it holds no account."""
        if self._under_way is not None:
            self._under_way.cancel()
            self._under_way = None
        self._page_after = None
        self._answer.begin()
        self._answer.idle()
        self._preview()

    @on(RequestForm.Edited)
    def _edited(self) -> None:
        self._preview()

    def _preview(self) -> None:
        # A function, since most of these are replaced by the next key before they begin.
        look = partial(self._prepare, self._form.typed)
        self.run_worker(look, group="preview", exclusive=True, exit_on_error=False)

    async def _prepare(self, typed: Typed) -> None:
        # A short rest, so that a burst of keys is looked at once: files are looked at from outside.
        await asyncio.sleep(0.15)
        account = self.session.account
        if account is None:
            self._form.show_prepared(None)
            return
        ready = await asyncio.to_thread(_look_at, account, typed)
        if account is self.session.account and typed == self._form.typed:
            if isinstance(ready, Prepared):
                self._form.show_prepared(ready)
            else:
                self._form.show_problems(ready, go=False)

    # -- sending -------------------------------------------------------------------------------------

    def action_send(self) -> None:
        """Send, unless something is wrong or a request is under way."""
        account = self.session.account
        if account is None:
            self.notify("There is no connection to send with. ctrl+o chooses one.", severity="warning", markup=False)
        elif self._under_way is not None:
            self.notify("A request is under way; ctrl+x stops it.", markup=False)
        else:
            self.work(self._check_and_send(account, self._form.typed), group="send", exclusive=True)

    async def _check_and_send(self, account: Account, typed: Typed) -> None:
        ready = await asyncio.to_thread(_look_at, account, typed)
        if account is not self.session.account or self._under_way is not None:
            return
        request = read(typed).request
        if not isinstance(ready, Prepared) or request is None:
            self._form.show_problems(ready if isinstance(ready, tuple) else (), go=True)
            return
        retried_send = next((note for note in ready.notes if "second time" in note), "")
        if retried_send:
            question = Confirm("Send with retries?", retried_send, yes="Send as set", no="Change it")
            self.app.push_screen(question, lambda yes: self._begin(account, typed, request) if yes else None)
        else:
            self._begin(account, typed, request)

    def _begin(self, account: Account, typed: Typed, request: RawRequest) -> None:
        if self._under_way is not None or account is not self.session.account:
            return
        self._past = [typed, *(past for past in self._past if past != typed)][:MOST_REMEMBERED]
        self._page_after = None
        self._answer.begin()
        self._under_way = self.session.run(self._send(account, request))
        self.refresh_bindings()

    async def _send(self, account: Account, request: RawRequest) -> None:
        task = asyncio.current_task()
        try:
            response = await self.session.send_by_hand(
                account,
                request,
                on_attempt=lambda attempt: self.post_message(Went(account, attempt)),
                on_progress=lambda progress: self.post_message(Went(account, progress)),
            )
        except asyncio.CancelledError:
            if self._under_way is task and self.is_mounted:
                self._answer.stop()
            raise
        except Exception as problem:
            if self._under_way is task:
                self._answer.fail(problem)
            if not isinstance(problem, RequestFailed):
                raise
        else:
            if self._under_way is task:
                await self._show(account, response)
        finally:
            if self._under_way is task:
                self._under_way = None
                self.refresh_bindings()

    async def _show(self, account: Account, response: RawResponse) -> None:
        await self._answer.show(response)
        self._page_after = None
        with suppress(RequestFailed):
            if response.response_type == "json" and response.size < 8_000_000:
                self._page_after = await asyncio.to_thread(next_page, account.client.gate, response)
        if self.is_current and (view := self._answer.view) is not None:
            view.focus()

    def on_went(self, message: Went) -> None:
        """Show how far a request is."""
        if message.account is not self.session.account or self._under_way is None or self._answer.ended:
            return
        if isinstance(message.step, Attempt):
            self._answer.attempt(message.step)
        else:
            self._answer.progress(message.step)

    def action_stop(self) -> None:
        """Stop the request under way."""
        if self._under_way is not None:
            self._under_way.cancel()

    def action_next_page(self) -> None:
        """Ask for the page after this one."""
        account = self.session.account
        if self._page_after is not None and account is not None:
            typed = write(RawRequest("GET", self._page_after))
            self._form.fill(typed)
            self.action_send()

    # -- reading -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can work now."""
        match action:
            case "stop":
                return self._under_way is not None
            case "next_page":
                return self._page_after is not None
            case "open_sid":
                view = self._answer.view if self.is_mounted else None
                return isinstance(view, JsonView) and view.sid_at_cursor() is not None
            case _:
                return super().check_action(action, parameters)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """In a narrow terminal the answer takes the form's room while it is read."""
        self.set_class(self._answer in event.widget.ancestors, "-reading")

    def action_headers(self) -> None:
        """Headers or body."""
        self._answer.headers_shown = not self._answer.headers_shown

    def action_section(self) -> None:
        """The next part of the form."""
        self._form.next_section()

    def action_answer(self) -> None:
        """From the form to the answer."""
        if (view := self._answer.view) is not None:
            view.focus()

    def action_open_sid(self) -> None:
        """Open the message under the cursor in Messages."""
        view = self._answer.view
        if isinstance(view, JsonView) and (sid := view.sid_at_cursor()):
            self.post_message(Look(sid))

    @on(JsonView.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(BodyView.SearchWanted)
    def _search(self, event: BodyView.SearchWanted) -> None:
        view = event.view

        def entered(text: str | None) -> None:
            if text is not None:
                view.search(text)

        self.app.push_screen(Ask("Search the body", value=view.sought, action="Search"), entered)

    @on(JsonView.FilterWanted)
    def _filter(self, event: JsonView.FilterWanted) -> None:
        view = self._answer.view
        if not isinstance(view, JsonView):
            return
        json = view

        def entered(text: str | None) -> None:
            if text:
                json.filter(text)

        words = "A JSONPath such as $.messages[*].sid; u shows the whole body again."
        self.app.push_screen(Ask("Filter", words, value=json.expression, action="Filter"), entered)

    # -- again, elsewhere ----------------------------------------------------------------------------

    def action_menu(self) -> None:
        """What is done less often."""
        choices = [
            Choice("examples", "Start from an example"),
            Choice("past", "Open an earlier request", f"{len(self._past)} of this run"),
            Choice("curl", "Copy as curl", "credentials stay variables"),
            Choice("python", "Copy as Python (httpx)", "credentials stay variables"),
            Choice("paste", "Read a curl command"),
            Choice("save", "Save the answer's body to a file"),
            Choice("copy", "Copy the value under the cursor"),
        ]
        self.app.push_screen(Choose("Console", choices), self._menu_chosen)

    def _menu_chosen(self, key: str | None) -> None:
        match key:
            case "examples":
                choices = [Choice(str(n), example.name, example.typed.method) for n, example in enumerate(EXAMPLES)]
                self._choose_typed("Examples", choices, [example.typed for example in EXAMPLES])
            case "past":
                choices = [
                    Choice(str(n), f"{safe_text(past.method, limit=8):<7}{glimpse(past.path, 48)}")
                    for n, past in enumerate(self._past)
                ]
                self._choose_typed("Earlier requests", choices, self._past)
            case "curl" | "python":
                self._copy_request(python=key == "python")
            case "paste":
                ask = Ask("Read a curl command", "Paste it in one line.", action="Fill the form")
                self.app.push_screen(ask, self._curl_pasted)
            case "save":
                self._save()
            case "copy":
                self._copy_value()
            case _:
                pass

    def _choose_typed(self, title: str, choices: list[Choice], forms: list[Typed]) -> None:
        if not choices:
            self.notify("There is none yet.", markup=False)
            return
        self.app.push_screen(
            Choose(title, choices), lambda key: self._form.fill(forms[int(key)]) if key is not None else None
        )

    def _copy_request(self, *, python: bool) -> None:
        account, request = self.session.account, read(self._form.typed).request
        if account is None or request is None:
            self.notify("The form cannot be read yet; see what is wrong under it.", severity="warning", markup=False)
            return
        try:
            text = (to_httpx if python else to_curl)(request, account.connection)
        except InvalidRequest as problem:
            self.notify(safe_text(str(problem)), severity="error", markup=False)
            return
        self.app.copy_to_clipboard(text)
        self.notify("Handed to the terminal; credentials are variables in it.", markup=False)

    def _curl_pasted(self, text: str | None) -> None:
        if not text:
            return
        account = self.session.account
        try:
            reading = read_curl(text, *([account.client.gate.base] if account else []))
        except InvalidRequest as problem:
            self.notify(safe_text(f"{problem.field}: {problem}"), severity="error", timeout=12, markup=False)
            return
        self._form.fill(write(reading.request))
        for note in reading.notes:
            self.notify(safe_text(note), markup=False)

    def _copy_value(self) -> None:
        view = self._answer.view
        if isinstance(view, JsonView):
            self.app.copy_to_clipboard(view.value_at(view.cursor))
            self.notify("Handed the value to the terminal.", markup=False)

    def _save(self) -> None:
        response = self._answer.response
        if response is None or not response.content:
            self.notify("There is no body to save.", markup=False)
            return

        def entered(text: str | None) -> None:
            if text:
                self.work(self._write(response.content, Path(text).expanduser(), "xb"), group="save")

        self.app.push_screen(Ask("Save the body", value=str(Path.cwd() / "answer.json"), action="Write"), entered)

    async def _write(self, content: bytes, path: Path, mode: str) -> None:
        shown = safe_text(str(path), limit=120)

        def write_file() -> None:
            with path.open(mode) as file:
                file.write(content)

        try:
            await asyncio.to_thread(write_file)
        except FileExistsError:
            question = Confirm("Replace the file?", f"{shown} is there already.", yes="Replace")

            def answered(yes: bool | None) -> None:
                if yes:
                    self.work(self._write(content, path, "wb"), group="save")

            self.app.push_screen(question, answered)
        except OSError as problem:
            words = f"{shown} was not written: {problem.strerror or problem}. Choose another place."
            self.notify(safe_text(words), severity="error", timeout=10, markup=False)
        else:
            self.notify(f"{len(content):,} bytes written to {shown}.", markup=False)


def _look_at(account: Account, typed: Typed) -> Prepared | tuple[InvalidRequest, ...]:
    reading = read(typed)
    if reading.request is None:
        return reading.problems
    problems = check(account.client, reading.request)
    return problems or prepare(account.client, reading.request)
