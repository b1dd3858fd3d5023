"""The request under way and what follows from its answer: the next page, a redirect, a line in the history.

It runs on the session, so that leaving the place does not end it. When another connection is chosen a read is
dropped; what may change things goes on where it was sent from, and what came of it is told.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

from textual.message import Message

from tui.keymap import key_of, name_keys
from tui.raw_request.form_text import RequestText, read, write
from tui.raw_request.history import HistoryUnsaved, PastRequest
from tui.raw_request.links import Redirect, next_page, redirect_target
from tui.raw_request.model import RawRequest, RawResponse, RequestAttempt
from tui.raw_request.saved_requests import SavedRequests
from tui.raw_request.sending import MAY_SEND_TWICE, PreparedRequest, Unanswered, check, prepare
from tui.raw_request.transfer import Progress
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.screens.console.addresses import as_typed
from tui.screens.console.form import RequestForm
from tui.screens.console.notes import notes_on
from tui.screens.console.request_picker import STOPPED, short_path
from tui.screens.console.response_files import ResponseFile
from tui.screens.console.response_pane import ResponsePane
from tui.services.session import Account, Session
from tui.storage.errors import StorageError
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.widgets.dialogs import Confirm

LARGEST_SEARCHED = 8_000_000
"""Bytes of an answer that is searched for the link to its next page."""

LARGEST_REMEMBERED = 256 * 1024
"""Bytes of an answer that are handed to the history, which keeps fewer."""


class RequestFinished(Message):
    """A request under way went on; delivered in the screen's own turn."""

    def __init__(self, account: Account, step: RequestAttempt | Progress) -> None:
        super().__init__()
        self.account = account
        self.step = step

    def can_replace(self, message: Message) -> bool:
        """Of two reports about bytes only the newer one matters."""
        return (
            isinstance(message, RequestFinished)
            and isinstance(self.step, Progress)
            and isinstance(message.step, Progress)
        )


class Exchange(BaseScreen):
    """A place with a request form and an answer. Abstract: the Console place adds what a person does with them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.spool = ResponseFile()
        self._under_way: asyncio.Task[object] | None = None
        self._elsewhere: dict[asyncio.Task[object], str] = {}
        self._page_after: str | None = None
        self._redirect: Redirect | None = None
        self._sent: RawRequest | None = None
        self._sender = ""

    @property
    def form(self) -> RequestForm:
        """The request."""
        return self.query_one(RequestForm)

    @property
    def answer(self) -> ResponsePane:
        """The answer."""
        return self.query_one(ResponsePane)

    def on_unmount(self) -> None:
        """Nothing of an answer stays on disk that was not saved."""
        self.spool.drop()

    def account_changed(self, account: Account | None) -> None:
        """Nothing of the other account's answers stays; the form does, it holds no account."""
        task, sent, sender = self._under_way, self._sent, self._sender
        self._under_way = None
        if task is not None and not task.done():
            if sent is not None and sent.changes_things and not self.answer.ended:
                # It has left, and may do its work whether anybody waits for the answer or not.
                self._elsewhere[task] = _named(sent, sender)
                self.spool = ResponseFile()
                words = f"{self._elsewhere[task]} goes on; what comes of it will be told."
                self.app.notify(f"{words} {key_of('console.stop')} stops it.", markup=False)
            else:
                task.cancel()
        self._forget_answer()
        self.answer.begin()
        self.answer.idle()

    def _forget_answer(self) -> None:
        self._page_after = self._redirect = self._sent = None
        self.spool.drop()

    def unsaved_warning(self) -> str:
        """A request under way would be cut off; one whose answer is there already is only being looked through."""
        cut = [f"{words} would be cut off, and what it did would not be known." for words in self._elsewhere.values()]
        if self._under_way is not None and not self.answer.ended:
            cut.append("A request by hand is under way and would be cut off.")
        return " ".join(cut)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can work now."""
        match action:
            case "stop":
                return self._under_way is not None or bool(self._elsewhere)
            case "next_page":
                return self._page_after is not None
            case "follow":
                return self._redirect is not None and not self._redirect.refusal
            case _:
                return super().check_action(action, parameters)

    # -- sending -------------------------------------------------------------------------------------

    def action_send(self) -> None:
        """Send, unless something is wrong or a request is under way."""
        account = self.session.account
        if account is None and self.session.opening:
            words = f"Nothing was sent: {glimpse(self.session.opening, 40)} is still being opened. Send in a moment."
            self.notify(words, severity="warning", markup=False)
        elif account is None:
            self.notify(
                name_keys("There is no connection to send with. {everywhere.switch_connection} chooses one."),
                severity="warning",
                markup=False,
            )
        elif self._under_way is not None:
            self.notify(name_keys("A request is under way; {console.stop} stops it."), markup=False)
        else:
            self.work(self._check_and_send(account, self.form.typed), group="send", exclusive=True, asks=True)

    async def _check_and_send(self, account: Account, typed: RequestText) -> None:
        ready = await asyncio.to_thread(look_at, account, typed)
        if account is not self.session.account or self._under_way is not None:
            return
        if not isinstance(ready, PreparedRequest):
            self.form.show_problems(ready, go=True)
            self.answer.refuse()
            return
        if MAY_SEND_TWICE in ready.notes:
            question = Confirm("Send with retries?", MAY_SEND_TWICE, yes="Send as set", no="Change it")
            self.app.push_screen(question, lambda yes: self._begin(account, typed, ready.request) if yes else None)
        else:
            self._begin(account, typed, ready.request)

    def _begin(self, account: Account, typed: RequestText, request: RawRequest, *, anonymous: bool = False) -> None:
        if account is not self.session.account:
            self.notify("Another connection is in use by now, so nothing was sent.", severity="warning", markup=False)
            return
        if self._under_way is not None:
            return
        before = self._sent
        self._forget_answer()
        self._sent, self._sender = request, account.name
        self.answer.begin(keep_filter=before is not None and _asks_the_same(before, request))
        self._under_way = self.session.run(self._send(account, typed, request, anonymous=anonymous))
        self.refresh_bindings()

    async def _send(self, account: Account, typed: RequestText, request: RawRequest, *, anonymous: bool) -> None:
        task, spool = asyncio.current_task(), self.spool
        past = PastRequest(self.session.clock(), account.name, typed, words=STOPPED)
        response: RawResponse | None = None
        try:
            response = await self.session.send_by_hand(
                account,
                request,
                on_attempt=lambda attempt: self.post_message(RequestFinished(account, attempt)),
                on_progress=lambda progress: self.post_message(RequestFinished(account, progress)),
                spill=spool.open,
                anonymous=anonymous,
            )
            past = replace(past, words="")
            if self._under_way is task:
                await self._show(account, response)
        except asyncio.CancelledError:
            if self._under_way is task and self.is_mounted:
                self.answer.stop(changes_things=request.changes_things)
            raise
        except Exception as problem:
            past = replace(past, words=str(problem))
            response = problem.partial if isinstance(problem, Unanswered) else None
            if self._under_way is task:
                await self._show_failure(problem, response)
            if not isinstance(problem, RequestFailed):
                raise
        finally:
            self.session.run(self._remember(account, past, response))
            if self._under_way is task:
                self._under_way = None
                self.refresh_bindings()
            if task is not None and (words := self._elsewhere.pop(task, "")):
                spool.drop()
                self._tell_of_elsewhere(words, past, response)

    def _tell_of_elsewhere(self, words: str, past: PastRequest, response: RawResponse | None) -> None:
        """Say what came of a request whose connection is no longer the one in use."""
        if not self.is_mounted:
            return
        good = response is not None and response.status < 300 and not past.words
        what = f"{response.status} {response.reason}" if response is not None and not past.words else past.words
        told = safe_text(f"{words}: {what}", limit=300)
        self.app.notify(told, severity="information" if good else "warning", timeout=12, markup=False)
        self.refresh_bindings()

    async def _show(self, account: Account, response: RawResponse) -> None:
        gate = account.client.gate
        redirect = redirect_target(gate, response)
        await self.answer.show(response, more=self._words_about(response, redirect))
        after: str | None = None
        with suppress(RequestFailed):
            if response.response_type == "json" and response.size < LARGEST_SEARCHED:
                after = await asyncio.to_thread(next_page, gate, response)
        if account is self.session.account:
            self._redirect, self._page_after = redirect, after
        if self.is_current:
            self.answer.enter()

    async def _show_failure(self, problem: Exception, partial: RawResponse | None) -> None:
        if partial is None:
            self.answer.fail(problem)
        else:
            await self.answer.show(partial, more=safe_text(str(problem), limit=400))

    def _words_about(self, response: RawResponse, redirect: Redirect | None) -> str:
        if redirect is not None:
            where = f"It points to {glimpse(redirect.shown, 120)}."
            if redirect.refusal:
                return f"{where} {safe_text(redirect.refusal)}"
            return f"{where} {key_of('console.follow')} follows" + (
                ", without credentials." if redirect.crosses else "."
            )
        if self.spool.holds_one:
            return name_keys(
                "Shown is its beginning; the whole is kept until the next request, and {console.save_body} saves it."
            )
        return ""

    def on_request_finished(self, message: RequestFinished) -> None:
        """Show how far a request is."""
        if message.account is not self.session.account or self._under_way is None or self.answer.ended:
            return
        if isinstance(message.step, RequestAttempt):
            self.answer.attempt(message.step)
        else:
            self.answer.progress(message.step)

    def action_stop(self) -> None:
        """Stop the request under way."""
        if self._under_way is not None:
            self._under_way.cancel()
        elif self._elsewhere:

            def stop(yes: bool | None) -> None:
                for task in tuple(self._elsewhere) if yes else ():
                    task.cancel()

            words = f"{' '.join(f'{each} is under way.' for each in self._elsewhere.values())} What it did may stand."
            self.app.push_screen(Confirm("Stop it?", words, yes="Stop"), stop)

    # -- onward --------------------------------------------------------------------------------------

    def action_next_page(self) -> None:
        """Ask for the page after this one."""
        account = self.session.account
        if self._page_after is not None and account is not None:
            request = as_typed(account.client.gate, account.client.account_sid, RawRequest("GET", self._page_after))
            self.form.fill(write(request))
            self.action_send()

    def action_follow(self) -> None:
        """Go where the answer points; what changes things asks first."""
        account, redirect, sent = self.session.account, self._redirect, self._sent
        if account is None or redirect is None or redirect.refusal or sent is None:
            return
        request = replace(sent, method=redirect.method, path=redirect.url, query=())
        if redirect.method in ("GET", "HEAD"):
            request = replace(request, data=None, form=(), files=())
        if redirect.crosses:
            # What was typed for one host is not another's business.
            request = replace(request, headers=())

        def follow(yes: bool | None = True) -> None:
            if yes:
                self._begin(account, write(request), request, anonymous=redirect.crosses)

        if request.changes_things:
            words = f"{redirect.method} again, to {glimpse(redirect.shown, 160)}: it may do its work a second time."
            self.app.push_screen(Confirm("Follow the redirect?", words, yes="Follow"), follow)
        else:
            follow()

    # -- remembering ---------------------------------------------------------------------------------

    async def _remember(self, account: Account, past: PastRequest, response: RawResponse | None) -> None:
        shelf = self.session.shelf(account)

        def add() -> None:
            entry = past
            if response is not None:
                entry = replace(past, status=response.status, elapsed=response.elapsed, size=response.size)
                if response.response_type != "binary" and _keeps_answers(shelf.saved):
                    text = response.content[:LARGEST_REMEMBERED].decode(response.charset, "replace")
                    entry = replace(entry, answer=text)
            shelf.history.add(entry, account.client.hide)

        try:
            await asyncio.to_thread(add)
        except HistoryUnsaved as problem:
            self.notify(safe_text(str(problem)), severity="warning", markup=False)


def look_at(account: Account, typed: RequestText) -> PreparedRequest | tuple[InvalidRequest, ...]:
    """What will be sent, or everything that is wrong; looks at files, so it belongs into a thread."""
    reading = read(typed)
    if reading.request is None:
        return reading.problems
    problems = check(account.client, reading.request)
    if problems:
        return problems
    prepared = prepare(account.client, reading.request)
    return replace(prepared, notes=(*prepared.notes, *notes_on(prepared)))


def _asks_the_same(one: RawRequest, other: RawRequest) -> bool:
    """Whether the answers are of one kind: the same method and path, whatever the query."""
    first, second = ((each.method.strip().upper(), each.path.partition("?")[0].strip()) for each in (one, other))
    return first == second


def _named(request: RawRequest, connection: str) -> str:
    where = glimpse(short_path(request.path), 60)
    return safe_text(f"{request.method.strip().upper()} {where} on “{connection}”", limit=160)


def _keeps_answers(saved: SavedRequests) -> bool:
    try:
        return saved.read().keep_answers
    except StorageError:
        return False
