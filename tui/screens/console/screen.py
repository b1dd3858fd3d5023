"""The Console place: a request form, and the answer to it. What is typed stays whatever happens."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from tui.actions import CONSOLE, bindings
from tui.raw_request.endpoints import Endpoint, parameters_for
from tui.raw_request.form_text import NEWEST_MESSAGES, RequestText
from tui.raw_request.sending import PreparedRequest
from tui.safe_text import safe_text
from tui.screens.base import Navigate, OpenConsole, OpenMessage
from tui.screens.console.choice import Pick
from tui.screens.console.form import RequestForm
from tui.screens.console.request_actions import Again
from tui.screens.console.request_runner import look_at
from tui.screens.console.response_pane import ResponsePane
from tui.services.session import Account
from tui.widgets.dialogs import Ask
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.json_view import JsonView


class ConsoleScreen(Again):
    """Anything the API can do, by hand."""

    PLACE = "console"
    CSS_PATH = "console.tcss"
    HELP_TEXT = (
        "Any request to Twilio, with the connection's credentials; they never go anywhere else. The path is below "
        "the base URL; $TWILIO_ACCOUNT_SID stands for the account, and → takes a completion.\n\n"
        "Query, headers and form fields are one pair a line; alt+↑ and alt+↓ move a line, ctrl+t switches it off "
        'and on with a #. A value with a line end or with blanks at its ends is written as "a\\nb". A file of a '
        'multipart form is name=@/path, completed as it is typed; name="@…" is a text. What will be sent is shown '
        "under the form before it is sent. Retries happen as set; a POST that creates a message is journalled "
        "like any other send.\n\n"
        "{console.open} opens any request again: saved under a name, made before, put aside, or an example. The "
        "history keeps the last 500, without secrets.\n\n"
        "In a JSON answer enter folds, / searches, f filters by JSONPath, {console.open_sid} opens the message under "
        "the cursor, {console.copy_value} and {console.copy_path} copy its value and its path; {console.save_body} "
        "saves the body of any answer."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CONSOLE)]

    def content(self) -> ComposeResult:
        """The form, the answer."""
        with Horizontal(id="halves"):
            yield RequestForm(id="request")
            yield ResponsePane(id="answer")

    def on_mount(self) -> None:
        """Begin with the most asked question: the newest messages."""
        self.form.fill(NEWEST_MESSAGES)

    def account_changed(self, account: Account | None) -> None:
        """What will be sent depends on the account."""
        super().account_changed(account)
        self._preview()

    def navigated(self, request: Navigate) -> None:
        """Ask Twilio by hand what another place wants to see whole."""
        if isinstance(request, OpenConsole):
            self.fill(RequestText(path=request.path))
            self.action_send()

    @on(RequestForm.Edited)
    def _edited(self) -> None:
        self._preview()

    def _preview(self) -> None:
        # A function, since most of these are replaced by the next key before they begin.
        look = partial(self._prepare, self.form.typed)
        self.run_worker(look, group="preview", exclusive=True, exit_on_error=False)

    async def _prepare(self, typed: RequestText) -> None:
        # A short rest, so that a burst of keys is looked at once: files are looked at from outside.
        await asyncio.sleep(0.15)
        account = self.session.account
        endpoint = await asyncio.to_thread(_operation, typed)
        ready = await asyncio.to_thread(look_at, account, typed) if account is not None else None
        if account is not self.session.account or typed != self.form.typed:
            return
        self.form.show_known(endpoint)
        if ready is None or isinstance(ready, PreparedRequest):
            self.form.show_prepared(ready)
        else:
            self.form.show_problems(ready, go=False)

    # -- reading -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can work now."""
        match action:
            case "open_sid":
                view = self.answer.view if self.is_mounted else None
                return isinstance(view, JsonView) and view.sid_at_cursor() is not None
            case _:
                return super().check_action(action, parameters)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """In a narrow terminal the answer takes the form's room while it is read."""
        self.set_class(self.answer in event.widget.ancestors, "-reading")

    def action_headers(self) -> None:
        """Headers or body."""
        self.answer.headers_shown = not self.answer.headers_shown

    def action_section(self) -> None:
        """The next part of the form."""
        self.form.next_section()

    def action_answer(self) -> None:
        """From the form to the answer."""
        self.answer.enter()

    @on(Pick.Changed, "#response")
    def _read_otherwise(self, event: Pick.Changed) -> None:
        """Show the answer that is there as it is to be read now."""
        self.work(self.answer.read_as(event.pick.chosen), group="read-as", exclusive=True)

    def action_open_sid(self) -> None:
        """Open the message under the cursor in Messages."""
        view = self.answer.view
        if isinstance(view, JsonView) and (sid := view.sid_at_cursor()):
            self.post_message(OpenMessage(sid))

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
        if isinstance(view := event.view, JsonView):
            words = "A JSONPath such as $.messages[*].sid; u shows the whole body again."
            self._ask_filter(view, view.expression, words)

    @on(JsonView.Filtered)
    def _filtered(self, event: JsonView.Filtered) -> None:
        """What cannot be applied is asked for again, as it was typed, with what is wrong about it."""
        if event.problem and self.is_current and isinstance(view := event.view, JsonView):
            self._ask_filter(view, event.expression, event.problem)

    def _ask_filter(self, view: JsonView, expression: str, words: str) -> None:
        def entered(text: str | None) -> None:
            if text:
                view.filter(text)

        self.app.push_screen(Ask("Filter", safe_text(words, limit=300), value=expression, action="Filter"), entered)


def _operation(typed: RequestText) -> Endpoint | None:
    """The operation that is being typed; the table of them is read when it is first asked for."""
    return parameters_for(typed.method.strip(), typed.path.strip().partition("?")[0])
