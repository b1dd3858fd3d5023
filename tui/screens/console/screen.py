"""The Console screen: a request form and the response to it. What is typed stays whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from tui.actions import CONSOLE, bindings
from tui.raw_request.form_text import NEWEST_MESSAGES, RequestText, write
from tui.raw_request.links import shorten
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import PreparedRequest
from tui.screens.base import BaseScreen, Navigate, OpenConsole, OpenMessage
from tui.screens.console.answer_actions import AnswerActions
from tui.screens.console.asked_so_far import choose_asked
from tui.screens.console.curl_dialogs import ask_for_curl, copy_request, read_pasted_curl
from tui.screens.console.form import RequestForm
from tui.screens.console.kept_form import KeptForm
from tui.screens.console.pasting import hand_on_curl
from tui.screens.console.path_field import PathField
from tui.screens.console.preparing import prepare_typed
from tui.screens.console.request_actions import RequestActions
from tui.screens.console.request_runner import RequestProgress, RequestRunner
from tui.screens.console.response_pane import ResponsePane
from tui.screens.console.value_actions import ValueActions
from tui.screens.console.variable_actions import VariableActions
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.twilio.errors import InvalidRequest
from tui.twilio.operations import Operation, find_operation
from tui.widgets.bars import KeyBar
from tui.widgets.dialogs import Choice, Choose
from tui.widgets.form_fields import ChoiceField
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.json_view import JsonView

_REST = 1.0
"""Seconds after which what was typed is kept."""

_FOR_READING = frozenset({"open_link", "explain_value", "open_row", "leave_filter", "next_page", "back", "section"})
"""What the key bar offers first in an answer."""


class ConsoleScreen(BaseScreen):
    """Any request to the API, made by hand.

    Attributes:
        form: the request.
        answer: the response.
        runner: sends the request.
        requests: opens and saves requests.
        answers: what can be done with the response.
        kept: what stands in the form, across runs.
        values: what enter does on a value of the response.
    """

    PLACE = "console"
    CSS_PATH = "console.tcss"
    HELP_TEXT = (
        "Any request to Twilio, with the connection's credentials; they never go anywhere else. The path is below "
        "the base URL; other APIs live on hosts of their own and are written in full: "
        "https://lookups.twilio.com/v2/…, verify, messaging, content, monitor. {console.open} finds each of Twilio's "
        "1,447 operations by words, such as “verify check”, and fills the form; so do words in the place of the path. "
        "It also opens saved requests (“team/” finds a folder's) and the last 500, kept without secrets.\n\n"
        "Query, headers and form fields are one pair a line; alt+↑ and alt+↓ move a line, ctrl+t switches it off. "
        'A value with line ends is a JSON string: Body="a\\nb". A file is name=@/path; name="@…" is a text. '
        "{console.edit} opens the text under the cursor in your editor; {console.format} writes a raw JSON body one "
        "value a line, or goes to its mistake. A curl "
        "command may be pasted anywhere; {console.menu}, “Copy as…” hands one out, or a program. What will leave "
        "stands below the form. Retries happen as set; a POST that creates a message is journalled like any other "
        "send. What stands in the form comes back the next time.\n\n"
        "Enter on a URI or URL of an answer asks for it; on a SID or a phone number it says what that is and what "
        "can be asked. {console.back} and {console.forward} go through what was asked, with the answers as they were "
        "and without asking again; a form that was not sent is kept there as well. {console.asked} lists it all. "
        "{console.next_page} and {console.previous_page} turn pages, {console.compare} compares two answers.\n\n"
        "{console.use_value} saves the value under the cursor as a variable: $sid stands for it in the path and in "
        "values. $last.sid reads the newest answer, $$sid is the text; {console.variables} lists them.\n\n"
        "/ searches an answer, f filters it by JSONPath and u takes a filter off, z folds a level and Z all, "
        "{console.headers} shows headers and the request as sent, {console.read_as} reads the answer as text or bytes, "
        "{console.copy_value} and {console.copy_path} copy a value and its path, "
        "{console.open_sid} opens the message, {console.save_body} saves the body."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CONSOLE)]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.form = RequestForm(id="request")
        self.answer = ResponsePane(id="answer")
        self.runner = RequestRunner(self, self.form, self.answer)
        self.requests = RequestActions(self, self.form, self.answer, self.runner)
        self.answers = AnswerActions(self, self.answer, self.runner)
        self.kept = KeptForm(session, self.form, self.runner)
        self.values = ValueActions(self, self.answer, self.runner)
        self.variables = VariableActions(self, self.form, self.answer, self.runner)

    def content(self) -> ComposeResult:
        with Horizontal(id="halves"):
            yield self.form
            yield self.answer

    def on_mount(self) -> None:
        self.form.fill(NEWEST_MESSAGES)

    def on_unmount(self) -> None:
        # Nothing of an answer stays on disk that was not saved.
        self.runner.file.drop()

    def account_changed(self, account: Account | None) -> None:
        """Drop the other account's responses; the form stays, it holds no account."""
        self.runner.account_changed()
        if self.answer.has_focus_within:
            self.form.enter("path")
        self.answer.begin()
        self.answer.idle(sandbox=account is not None and account.sandbox)
        self._preview()
        if account is not None:
            self.work(partial(self.kept.restore, account), group="kept", exclusive=True)

    def session_changed(self, event: SessionEvent) -> None:
        if event.what is EventType.WITHDRAWN:
            self.work(partial(self._withdraw, event.withdrawn), group="withdrawn")

    async def _withdraw(self, sids: Mapping[str, bool]) -> None:
        from tui.screens.console.compare_answers import CompareAnswers

        found = await self.runner.withdraw(sids)
        held = [each for each in self.app.screen_stack if isinstance(each, CompareAnswers) and each.holds(found)]
        # With what stands over it, such as a difference in full.
        while held and held[0] in self.app.screen_stack:
            await self.app.pop_screen()

    async def put_away(self, within: float | None = None) -> None:
        """Keep what stands in the form for the next time."""
        if self.is_mounted:
            await asyncio.wait({self.session.run(self.kept.save())}, timeout=within)

    def unsaved_warning(self) -> str:
        return self.runner.unsaved_warning()

    def navigated(self, request: Navigate) -> None:
        if isinstance(request, OpenConsole):
            self.runner.fill(self._form_of(request))
            if request.send:
                self.action_send()
            else:
                self.form.enter("path")

    def _form_of(self, asked: OpenConsole) -> RequestText:
        """What was asked for as a person would type it: a full URL below the base URL, with its query as lines."""
        account = self.session.account
        if account is None or not asked.path.startswith("http"):
            return RequestText(asked.method, asked.path)
        return write(shorten(account.client.policy, account.client.account_sid, RawRequest(asked.method, asked.path)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "stop":
                return self.runner.is_busy
            case "next_page":
                return self.runner.pages.next is not None
            case "previous_page":
                return self.runner.can_ask_previous
            case "back" | "forward":
                return self.runner.trail.can_go(-1 if action == "back" else 1)
            case "asked":
                return bool(self.runner.trail.steps)
            case "open_link":
                return self.is_mounted and self.values.can_follow
            case "explain_value":
                return self.is_mounted and self.values.can_explain
            case "use_value":
                return self.is_mounted and self.variables.can_use
            case "follow":
                return self.runner.can_follow
            case "compare":
                return self.is_mounted and self.answer.has_focus_within and bool(self.answers.others)
            case "answer":
                return self.is_mounted and self.form.has_focus_within
            case "headers":
                return self.is_mounted and self.answer.has_heads
            case "save_body" | "view" | "read_as":
                return self.is_mounted and self.answer.has_focus_within
            case "format":
                editor = self.form.editor if self.is_mounted else None
                return editor is not None and editor.id == "body" and self.form.typed.body_kind == "raw"
            case "copy_value" | "copy_path":
                return self.is_mounted and self.answer.has_focus_within and isinstance(self.answer.view, JsonView)
            case "open_sid":
                view = self.answer.view if self.is_mounted else None
                return isinstance(view, JsonView) and view.sid_at_cursor() is not None
            case _:
                return super().check_action(action, parameters)

    # -- the form ------------------------------------------------------------------------------------

    @on(RequestForm.Edited)
    def _preview(self) -> None:
        # A function, since most of these are replaced by the next key before they begin.
        prepare = partial(self._prepare, self.form.typed)
        self.run_worker(prepare, group="preview", exclusive=True, exit_on_error=False)

    async def _prepare(self, typed: RequestText) -> None:
        # A short rest, so that a burst of keys is looked at once: files are looked at from outside.
        await asyncio.sleep(0.15)
        account = self.session.account
        operation = await asyncio.to_thread(_operation, typed)
        ready: PreparedRequest | tuple[InvalidRequest, ...] | None = None
        names: tuple[str, ...] = ()
        if account is not None:
            variables = await asyncio.to_thread(self.runner.variables.read, account)
            ready = await asyncio.to_thread(prepare_typed, account, typed, variables)
            names = await asyncio.to_thread(variables.names)
        if account is not self.session.account or typed != self.form.typed:
            return
        self.form.show_known(operation, names)
        if ready is None or isinstance(ready, PreparedRequest):
            self.form.show_prepared(ready)
            self.answer.accept()
        else:
            self.form.show_problems(ready, go=False)
        # What is typed on cancels this as well.
        await asyncio.sleep(_REST)
        await self.kept.save()

    def action_edit(self) -> None:
        edit = partial(self.form.edit_outside, self.session.environ)
        self.work(partial(self._change_form, edit), group="outside", exclusive=True)

    def action_format(self) -> None:
        self.work(partial(self._change_form, self.form.format_body), group="outside", exclusive=True)

    async def _change_form(self, change: Callable[[], Coroutine[object, object, str]]) -> None:
        if problem := await change():
            self.notify(problem, severity="warning", markup=False)

    def on_paste(self, event: events.Paste) -> None:
        # While an answer is read, or where the form has no text.
        hand_on_curl(self, event)

    @on(RequestForm.PastedCurl)
    def _curl_pasted(self, event: RequestForm.PastedCurl) -> None:
        # In a narrow terminal an answer that is read covers what was filled in.
        fill = self.requests.begin if self.answer.has_focus_within else self.runner.fill
        read_pasted_curl(self, event.text, fill)

    def action_section(self) -> None:
        self.form.next_section()

    def action_open(self) -> None:
        self.requests.open(self.form.words)

    @on(PathField.Chosen)
    def _operation_chosen(self, event: PathField.Chosen) -> None:
        self.requests.begin(event.request)

    @on(Input.Submitted, "#path")
    def _path_entered(self) -> None:
        """Look for words that stand in place of a path, or go to what is still to be given."""
        if self.form.words:
            self.action_open()
        else:
            self.form.enter_gap()

    def action_name(self) -> None:
        self.requests.save()

    def action_use_value(self) -> None:
        self.variables.use_value()

    def action_variables(self) -> None:
        self.variables.open()

    def action_exchange(self) -> None:
        # A first visit imports no more than it needs.
        from tui.screens.console.request_file_actions import RequestFileActions

        RequestFileActions(self).ask()

    def action_menu(self) -> None:
        self.work(self._open_menu, group="menu", exclusive=True, asks=True)

    async def _open_menu(self) -> None:
        answers = "on" if await self.requests.keeps_answers() else "off"
        entries: list[tuple[Choice, Callable[[], object]]] = [
            (Choice("name", "Save this request under a name"), self.requests.save),
            (
                Choice("copy", "Copy as…", "curl, Python, HTTPie"),
                lambda: copy_request(self, self.form.typed, self.runner.variables.read),
            ),
            (
                Choice("paste", "Paste a curl command", "or anywhere in the form"),
                lambda: ask_for_curl(self, self.runner.fill),
            ),
            (Choice("variables", "Variables", "$name in path and lines"), self.variables.open),
            (Choice("asked", "Asked so far", f"{len(self.runner.trail.steps)}, to go back to"), self.action_asked),
            (Choice("save", "Save the answer's body"), self.answers.save),
            (Choice("exchange", "Requests as files", "export, import"), self.action_exchange),
            (Choice("answers", "Keep answers in the history", f"now: {answers}"), self.requests.switch_answers),
            (Choice("forget", "Forget the history"), self.requests.forget_history),
        ]
        actions = {choice.key: action for choice, action in entries}

        def chosen(key: str | None) -> None:
            if key is not None:
                actions[key]()

        if self.is_current:
            self.app.push_screen(Choose("Console", [choice for choice, _ in entries]), chosen)

    # -- the request ---------------------------------------------------------------------------------

    def action_send(self) -> None:
        self.runner.send(self.form.typed)

    def action_stop(self) -> None:
        self.runner.stop()

    def action_next_page(self) -> None:
        self.runner.ask_page(self.runner.pages.next)

    def action_previous_page(self) -> None:
        self.runner.ask_previous_page()

    def action_back(self) -> None:
        self.runner.go(-1)

    def action_forward(self) -> None:
        self.runner.go(1)

    def action_asked(self) -> None:
        trail = self.runner.trail
        choose_asked(self, tuple(trail.steps), "Asked so far", self.runner.go_to, at=trail.at)

    def action_compare(self) -> None:
        self.answers.compare()

    def action_follow(self) -> None:
        self.runner.follow()

    def on_request_progress(self, message: RequestProgress) -> None:
        self.runner.show_progress(message)

    # -- the response --------------------------------------------------------------------------------

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """In a narrow terminal the response covers the form while it has the focus, whose keys come first then."""
        reading = self.answer in event.widget.ancestors
        self.set_class(reading, "-reading")
        self.query_one(KeyBar).leading = _FOR_READING if reading else frozenset()

    def action_headers(self) -> None:
        self.answer.turn()

    def action_read_as(self) -> None:
        self.work(self.answer.read_otherwise, group="read-as", exclusive=True)

    def action_answer(self) -> None:
        if not self.answer.enter():
            # Nothing was answered so far: the keys of everywhere work then, the digits among them.
            self.set_focus(None)

    @on(ChoiceField.Changed, "#response")
    def _read_otherwise(self, event: ChoiceField.Changed) -> None:
        """Show the response that is there by the type that was chosen."""
        self.work(partial(self.answer.read_as, event.choice.value), group="read-as", exclusive=True)

    def action_open_sid(self) -> None:
        view = self.answer.view
        if isinstance(view, JsonView) and (sid := view.sid_at_cursor()):
            self.post_message(OpenMessage(sid))

    @on(JsonView.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(JsonView.Opened)
    def _open_value(self, event: JsonView.Opened) -> None:
        if self.values.can_follow:
            self.values.follow()
        elif self.values.can_explain:
            self.values.explain()
        else:
            event.view.action_toggle_fold()

    def action_open_link(self) -> None:
        self.values.follow()

    def action_explain_value(self) -> None:
        self.values.explain()

    @on(BodyView.SearchWanted)
    def _search(self, event: BodyView.SearchWanted) -> None:
        self.answers.search(event.view)

    @on(JsonView.FilterWanted)
    def _filter(self, event: JsonView.FilterWanted) -> None:
        if isinstance(view := event.view, JsonView):
            words = "A JSONPath such as $.messages[*].sid; u shows the whole body again."
            if view.filters:
                words = "A JSONPath such as $[0], which chooses from what is shown now; u takes one off again."
            self.answers.ask_filter(view, "", words)

    @on(JsonView.Filtered)
    def _filtered(self, event: JsonView.Filtered) -> None:
        """Ask again for a filter that cannot be applied, as it was typed, with what is wrong about it."""
        if event.problem and self.is_current and isinstance(view := event.view, JsonView):
            self.answers.ask_filter(view, event.expression, event.problem)

    def action_copy_value(self) -> None:
        self.answers.copy_value()

    def action_copy_path(self) -> None:
        self.answers.copy_path()

    def action_view(self) -> None:
        self.answers.show_in_pager()

    def action_save_body(self) -> None:
        self.answers.save()


def _operation(typed: RequestText) -> Operation | None:
    """The operation that is being typed; the table of them is read from disk when it is first asked for."""
    return find_operation(typed.method.strip(), typed.path.strip().partition("?")[0])
