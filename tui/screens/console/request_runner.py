"""Run the console's request: send it, show its progress and response, write the history and the trail, follow pages and
redirects, go back to what was asked before.

A request runs on the session, so that leaving the screen does not end it. When another connection is chosen a read is
cancelled; what may change things goes on with the connection it was sent from, and a notification says how it ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from time import monotonic

from textual.message import Message

from tui.keymap import key_of, name_keys
from tui.raw_request.form_text import RequestText, write
from tui.raw_request.history import STOPPED, HistoryUnsaved, PastRequest
from tui.raw_request.links import Pages, Redirect, at_typed_host, pages, redirect_target, shorten
from tui.raw_request.model import RawRequest, RawResponse, RequestAttempt
from tui.raw_request.saved_requests import SavedRequests
from tui.raw_request.sending import PreparedRequest, Unanswered
from tui.raw_request.trail import TOO_LARGE, WITHDRAWN, Trail, TrailStep
from tui.raw_request.transfer import Progress
from tui.raw_request.withdrawn import with_words_of
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.screens.console.form import RequestForm
from tui.screens.console.preparing import prepare_typed, question_before
from tui.screens.console.request_variables import RequestVariables
from tui.screens.console.request_words import short_path
from tui.screens.console.response_files import ResponseFile
from tui.screens.console.response_pane import ResponsePane
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.twilio.errors import RequestFailed
from tui.twilio.exchange import SAFE_METHODS
from tui.twilio.url_policy import UrlPolicy
from tui.widgets.dialogs import Confirm

LARGEST_SEARCHED = 8_000_000
"""Bytes of a response that is searched for the links to the pages around it."""

LARGEST_REMEMBERED = 256 * 1024
"""Bytes of a response that are handed to the history, which keeps fewer."""

ONE_PRESS = 0.7
"""Seconds from one press to the next within which what may change things is not sent a second time."""

RECALL = "recall"
"""The work of showing an answer again, which a new request ends."""


class RequestProgress(Message):
    """The progress of a request, posted to the screen: an attempt, or bytes sent or received."""

    def __init__(self, account: Account, step: RequestAttempt | Progress) -> None:
        super().__init__()
        self.account = account
        self.step = step

    def can_replace(self, message: Message) -> bool:
        """Of two reports about bytes only the newer one matters."""
        return (
            isinstance(message, RequestProgress)
            and isinstance(self.step, Progress)
            and isinstance(message.step, Progress)
        )


class RequestRunner:
    """The request under way on a console screen, and what its response allows next.

    Attributes:
        file: holds a response that is too large for memory.
        task: the request under way, None without one.
        trail: what was asked with this connection, to go back to.
        pages: the pages around the response.
        redirect: where the response points, None when it is no redirect.
        variables: what those of a request stand for; the last answer is the newest response here.
    """

    def __init__(self, screen: BaseScreen, form: RequestForm, answer: ResponsePane) -> None:
        self._screen = screen
        self._form = form
        self._answer = answer
        self._session = screen.session
        self.variables = RequestVariables(screen.session)
        self.file = ResponseFile()
        self.task: asyncio.Task[object] | None = None
        self.trail = Trail()
        self.pages = Pages()
        self.redirect: Redirect | None = None
        self._sent: RawRequest | None = None
        self._sender = ""
        self._pressed: tuple[RequestText | None, float] = (None, 0.0)
        self._elsewhere: dict[asyncio.Task[object], str] = {}

    @property
    def is_busy(self) -> bool:
        """Whether there is a request to stop, with this connection or another."""
        return self.task is not None or bool(self._elsewhere)

    @property
    def can_follow(self) -> bool:
        """Whether the response is a redirect that may be followed."""
        return self.redirect is not None and not self.redirect.refusal

    def account_changed(self) -> None:
        """Drop a read and every response; go on with what may change things."""
        task, sent = self.task, self._sent
        self.task = None
        if task is not None and not task.done():
            if sent is not None and sent.changes_things and not self._answer.ended:
                # It has left, and may do its work whether anybody waits for the answer or not.
                words = self._elsewhere[task] = _described(sent, self._sender)
                self.file = ResponseFile()
                stop = f"{key_of('console.stop')} stops it."
                self._screen.app.notify(f"{words} goes on; what comes of it will be told. {stop}", markup=False)
            else:
                task.cancel()
        self._screen.workers.cancel_group(self._screen, RECALL)
        self.trail.drop_asked()
        self.forget_response()
        self.variables.answered(None)

    def forget_response(self) -> None:
        """Drop the last response, its file, and what it allowed next."""
        self.pages = Pages()
        self.redirect = self._sent = None
        self.file.drop()

    def fill(self, typed: RequestText) -> None:
        """Put a new request into the form; back leads to the one that stood there."""
        self.trail.depart(self._form.typed, self._answer.looked_at)
        self._form.fill(typed)

    def unsaved_warning(self) -> str:
        """What quitting would cut off; a response that is there already is only being looked through."""
        cut = [f"{words} would be cut off, and what it did would not be known." for words in self._elsewhere.values()]
        if self.task is not None and not self._answer.ended:
            cut.append("A request by hand is under way and would be cut off.")
        return " ".join(cut)

    def send(self, typed: RequestText) -> None:
        """Check and send a request, unless another one is under way."""
        screen, account, opening = self._screen, self._session.account, self._session.opening
        # A key that is held, or that bounces, is no wish for a second message, however quickly the first was answered.
        now, (begun, pressed) = monotonic(), self._pressed
        again = typed == begun and now - pressed < ONE_PRESS
        self._pressed = begun, now
        if account is None:
            words = (
                f"Nothing was sent: {glimpse(opening, 40)} is still being opened. Send in a moment."
                if opening
                else name_keys("There is no connection to send with. {everywhere.switch_connection} chooses one.")
            )
            screen.notify(words, severity="warning", markup=False)
        elif self.task is not None:
            screen.notify(name_keys("A request is under way; {console.stop} stops it."), markup=False)
        elif again and typed.method.strip().upper() not in SAFE_METHODS:
            words = name_keys("That was sent a moment ago, and not again. {console.send} sends it once more.")
            screen.notify(words, severity="warning", markup=False)
        else:
            screen.work(partial(self._check_and_send, account, typed), group="send", exclusive=True, asks=True)

    async def _check_and_send(self, account: Account, typed: RequestText) -> None:
        variables = await asyncio.to_thread(self.variables.read, account)
        ready = await asyncio.to_thread(prepare_typed, account, typed, variables)
        if account is not self._session.account or self.task is not None:
            return
        if not isinstance(ready, PreparedRequest):
            self._form.show_problems(ready, go=True)
            self._answer.refuse()
            return
        past = PastRequest(self._session.clock(), account.name, typed, values=ready.values)
        if (question := question_before(ready)) is not None:

            def answered(yes: bool | None) -> None:
                if yes:
                    self._begin(account, past, ready.request)
                elif ready.mistake is not None:
                    self._form.enter_mistake(ready.mistake)

            self._screen.app.push_screen(question, answered)
        else:
            self._begin(account, past, ready.request)

    def _begin(self, account: Account, past: PastRequest, request: RawRequest, *, anonymous: bool = False) -> None:
        if account is not self._session.account:
            words = "Another connection is in use by now, so nothing was sent."
            self._screen.notify(words, severity="warning", markup=False)
            return
        if self.task is not None:
            return
        before = self._sent
        self._screen.workers.cancel_group(self._screen, RECALL)
        self.forget_response()
        self._sent, self._sender = request, account.name
        self._pressed = past.request, monotonic()
        self._answer.begin(keep_filter=before is not None and _asks_the_same(before, request))
        self.task = self._session.run(self._send(account, past, request, anonymous=anonymous))
        self._screen.refresh_bindings()

    async def _send(self, account: Account, past: PastRequest, request: RawRequest, *, anonymous: bool) -> None:
        screen, task, file = self._screen, asyncio.current_task(), self.file
        past = replace(past, at=self._session.clock(), words=STOPPED)
        response: RawResponse | None = None
        try:
            response = await self._session.send_by_hand(
                account,
                request,
                on_attempt=lambda attempt: screen.post_message(RequestProgress(account, attempt)),
                on_progress=lambda progress: screen.post_message(RequestProgress(account, progress)),
                spill=file.open,
                anonymous=anonymous,
            )
            past = replace(past, words="")
            self._add_step(account, request, past, response)
            if self.task is task:
                self._take_for_last(response)
                await self._show(account, response)
        except asyncio.CancelledError:
            self._add_step(account, request, past, None)
            if self.task is task and screen.is_mounted:
                self._answer.stop(changes_things=request.changes_things)
            raise
        except Exception as problem:
            past = replace(past, words=str(problem))
            response = problem.partial if isinstance(problem, Unanswered) else None
            self._add_step(account, request, past, response)
            if self.task is task:
                if response is None:
                    self._answer.fail(problem)
                else:
                    await self._answer.show(response, more=safe_text(str(problem), limit=400))
            if not isinstance(problem, RequestFailed):
                raise
        finally:
            self._session.run(self._remember(account, past, response))
            if self.task is task:
                self.task = None
                screen.refresh_bindings()
            if task is not None and (words := self._elsewhere.pop(task, "")):
                file.drop()
                self._notify_of_end(words, past, response)

    def _take_for_last(self, response: RawResponse | None) -> None:
        """Take a response for the last answer, None for no longer having one; what leaves means that from now on."""
        self.variables.answered(response)
        self._form.post_message(RequestForm.Edited())

    def _notify_of_end(self, words: str, past: PastRequest, response: RawResponse | None) -> None:
        """Notify of the outcome of a request whose connection is no longer the one in use."""
        if not self._screen.is_mounted:
            return
        good = response is not None and response.status < 300 and not past.words
        what = f"{response.status} {response.reason}" if response is not None and not past.words else past.words
        told = safe_text(f"{words}: {what}", limit=300)
        self._screen.app.notify(told, severity="information" if good else "warning", timeout=12, markup=False)
        self._screen.refresh_bindings()

    def _add_step(self, account: Account, request: RawRequest, past: PastRequest, response: RawResponse | None) -> None:
        """Add a request to the trail, unless another connection is in use by now."""
        step = TrailStep(past.request, past.at, request, response, words=past.words)
        if response is not None:
            step = replace(step, status=response.status, elapsed=response.elapsed, size=response.size)
            if self.file.holds_one:
                step = replace(step, response=None, lost=TOO_LARGE)
        if account is self._session.account:
            self.trail.add(step)

    async def _show(self, account: Account, response: RawResponse, *, more: str = "") -> None:
        policy = account.client.policy
        redirect = redirect_target(policy, response)
        await self._answer.show(response, more=f"{more} {self._words_about(redirect)}".strip())
        if self._answer.response is response:
            self.redirect = redirect
            if response.response_type == "json" and response.size < LARGEST_SEARCHED:
                self._screen.work(partial(self._find_pages, policy, response), group="pages", exclusive=True)
        if self._screen.is_current:
            self._answer.enter()

    async def _find_pages(self, policy: UrlPolicy, response: RawResponse) -> None:
        found = await asyncio.to_thread(pages, policy, response)
        if self._answer.response is response:
            self.pages = found
            self.trail.note_next(response, found.next)
            if found.number:
                self._answer.say_page(found.number + 1)
            self._screen.refresh_bindings()

    # -- the trail -----------------------------------------------------------------------------------

    def go(self, by: int) -> None:
        """Show the request before (-1) or after (1) the one that is shown, and its answer; nothing is asked again."""
        if self.trail.can_go(by):
            self.go_to(self.trail.steps[self.trail.at + by])

    def go_to(self, step: TrailStep) -> None:
        """The same for one of the trail's steps."""
        if self.task is not None and not self._answer.ended:
            self._screen.notify(name_keys("A request is under way; {console.stop} stops it."), markup=False)
            return
        there = self.trail.go_to(step, self._form.typed, self._answer.looked_at)
        if there is None:
            return
        step = there
        # At once, so that a second key finds what the first one led to.
        self.forget_response()
        self._sent = step.request
        self._form.fill(step.typed)
        if step.at is None:
            self._answer.say(name_keys("Not sent. {console.send} sends what the form says."))
            return
        asked = name_keys(f"Asked at {step.at:%H:%M:%S}, not asked again; {{console.send}} asks it anew.")
        account, response = self._session.account, step.response
        if response is None or account is None:
            lost = f"The answer, {step.size:,} bytes, {step.lost}." if step.lost else ""
            result = str(step.status or "") or safe_text(step.words, limit=200)
            self._answer.say(" ".join(part for part in (result, lost, asked) if part))
        else:
            self._answer.say(asked)
            self._answer.look_at = step.view
            self._screen.work(partial(self._show, account, response, more=asked), group=RECALL, exclusive=True)

    async def withdraw(self, sids: Mapping[str, bool]) -> frozenset[int]:
        """Let go of every response that has the text of one of these messages; return the responses' ids.

        SIDs as in `SessionEvent.withdrawn`.
        """
        shown, last = self._answer.response, self.variables.last
        held = [response for response in (*(step.response for step in self.trail.steps), shown, last) if response]
        found = await asyncio.to_thread(with_words_of, held, sids)
        self.trail.withdraw(found)
        if id(self.variables.last) in found:
            self._take_for_last(None)
        if self._answer.ended and id(self._answer.response) in found:
            self._screen.workers.cancel_group(self._screen, RECALL)
            self.forget_response()
            self._answer.say(name_keys(f"The answer {WITHDRAWN}. {{console.send}} asks it anew."))
        return found

    def _words_about(self, redirect: Redirect | None) -> str:
        if redirect is not None:
            where = f"It points to {glimpse(redirect.shown, 120)}."
            if redirect.refusal:
                return f"{where} {safe_text(redirect.refusal)}"
            return f"{where} {key_of('console.follow')} follows{', without credentials' if redirect.crosses else ''}."
        if self.file.holds_one:
            return name_keys(
                "Shown is its beginning; the whole is kept until the next request, and {console.save_body} saves it."
            )
        return ""

    def show_progress(self, message: RequestProgress) -> None:
        """Show the progress of the request under way; that of any other is left out."""
        answer = self._answer
        if message.account is not self._session.account or self.task is None or answer.ended:
            return
        if isinstance(message.step, RequestAttempt):
            answer.attempt(message.step)
        else:
            answer.progress(message.step)

    def stop(self) -> None:
        """Stop the request under way; those of other connections after a question."""
        if self.task is not None:
            self.task.cancel()
        elif self._elsewhere:

            def stop(yes: bool | None) -> None:
                for task in tuple(self._elsewhere) if yes else ():
                    task.cancel()

            words = f"{' '.join(f'{each} is under way.' for each in self._elsewhere.values())} What it did may stand."
            self._screen.app.push_screen(Confirm("Stop it?", words, yes="Stop"), stop)

    def ask(self, request: RawRequest) -> None:
        """Put a request into the form, as a person would type it, and send it."""
        account, sent = self._session.account, self._sent
        if account is not None and self.task is None:
            policy = account.client.policy
            request = replace(request, path=at_typed_host(policy, sent.path if sent is not None else "", request.path))
            self.fill(write(shorten(policy, account.client.account_sid, request)))
        self.send(self._form.typed)

    def ask_page(self, url: str | None) -> None:
        """Request another page of the list, by its URL."""
        if url is not None:
            self.ask(RawRequest("GET", url))

    @property
    def can_ask_previous(self) -> bool:
        """Whether there is a page before the response: by its link, or among what was asked."""
        return self.pages.previous is not None or self._page_before() is not None

    def ask_previous_page(self) -> None:
        """Request the page before this response; show it again where the response has no link to it."""
        if self.pages.previous is not None:
            self.ask_page(self.pages.previous)
        elif (step := self._page_before()) is not None:
            self.go_to(step)

    def _page_before(self) -> TrailStep | None:
        shown = self._answer.response
        if shown is None:
            return None
        return next((step for step in reversed(self.trail.steps) if step.next_page == shown.url), None)

    def follow(self) -> None:
        """Follow the response's redirect; what may change things asks first."""
        account, redirect, sent = self._session.account, self.redirect, self._sent
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
                past = PastRequest(self._session.clock(), account.name, write(request))
                self._begin(account, past, request, anonymous=redirect.crosses)

        if request.changes_things:
            words = f"{redirect.method} again, to {glimpse(redirect.shown, 160)}: it may do its work a second time."
            self._screen.app.push_screen(Confirm("Follow the redirect?", words, yes="Follow"), follow)
        else:
            follow()

    async def _remember(self, account: Account, past: PastRequest, response: RawResponse | None) -> None:
        """Add a request to the history, with the beginning of its response where those are kept."""
        store = self._session.files.requests(account)

        def add() -> None:
            entry = past
            if response is not None:
                entry = replace(past, status=response.status, elapsed=response.elapsed, size=response.size)
                if response.response_type != "binary" and _keeps_answers(store.saved):
                    text = response.content[:LARGEST_REMEMBERED].decode(response.charset, "replace")
                    entry = replace(entry, answer=text)
            store.history.add(entry, account.client.hide)

        try:
            await asyncio.to_thread(add)
        except HistoryUnsaved as problem:
            self._screen.notify(safe_text(str(problem)), severity="warning", markup=False)


def _asks_the_same(one: RawRequest, other: RawRequest) -> bool:
    """Whether method and path are the same, whatever the query: the responses are of one kind then."""
    first, second = ((each.method.strip().upper(), each.path.partition("?")[0].strip()) for each in (one, other))
    return first == second


def _described(request: RawRequest, connection: str) -> str:
    where = glimpse(short_path(request.path), 60)
    return safe_text(f"{request.method.strip().upper()} {where} on “{connection}”", limit=160)


def _keeps_answers(saved: SavedRequests) -> bool:
    try:
        return saved.read().keep_answers
    except StorageError:
        return False
