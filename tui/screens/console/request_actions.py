"""Open, save and forget requests on the console: saved ones, the history, replaced forms, examples, operations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.raw_request.form_text import NEWEST_MESSAGES, RequestText, read
from tui.raw_request.history import PastRequest
from tui.raw_request.model import RawResponse
from tui.raw_request.saved_requests import RequestStore, name_problem
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.screens.console.disk import changed, tried
from tui.screens.console.form import RequestForm
from tui.screens.console.path_field import are_words
from tui.screens.console.request_runner import RECALL, RequestRunner
from tui.screens.console.response_pane import ResponsePane
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.twilio.operations import search
from tui.widgets.dialogs import Ask, Confirm

if TYPE_CHECKING:
    from tui.screens.console.request_choices import RequestChoice
    from tui.screens.console.request_picker import ChooseRequest

_EMPTY = {RequestText(), replace(NEWEST_MESSAGES, path="")}


class RequestActions:
    """What a console screen does with the requests that are kept for its connection."""

    def __init__(self, screen: BaseScreen, form: RequestForm, answer: ResponsePane, runner: RequestRunner) -> None:
        self._screen = screen
        self._form = form
        self._answer = answer
        self._runner = runner

    @property
    def store(self) -> RequestStore | None:
        """The requests kept for the connection in use, None without one."""
        session = self._screen.session
        return session.files.requests(session.account) if session.account else None

    def open(self, typed: str = "") -> None:
        """Ask which request to put into the form; `typed` is looked for at first."""
        self._screen.work(partial(self._open, typed), group="open", exclusive=True, asks=True)

    async def _open(self, typed: str) -> None:
        # A first visit imports no more than it needs.
        from tui.screens.console.request_choices import entries, find
        from tui.screens.console.request_picker import ChooseRequest

        screen, store, account = self._screen, self.store, self._screen.session.account
        if store is None or account is None:
            return
        kept = await tried(screen, store.saved.read)
        saved = dict(kept.requests) if kept is not None else {}
        past = await asyncio.to_thread(store.history.entries)
        now = screen.session.clock()
        aside = [typed for typed in self._runner.trail.unsent if not _only_words(typed)]
        known = await asyncio.to_thread(entries, saved, aside, past, now, sandbox=account.sandbox)
        # Once the catalogue was read and indexed, a search takes a millisecond.
        await asyncio.to_thread(search, "messages")
        served = await account.load_sandbox_operations()
        if screen.is_on_top:

            def forget(entry: RequestChoice) -> None:
                self._ask_to_forget(dialog, store, entry)

            def rename(entry: RequestChoice) -> None:
                self._ask_to_rename(dialog, store, entry)

            dialog = ChooseRequest(known, partial(find, served=served), forget, rename, typed)
            screen.app.push_screen(dialog, self._opened)

    def _opened(self, entry: RequestChoice | None) -> None:
        if entry is None:
            return
        self.begin(entry.request)
        if entry.past is not None:
            self._screen.work(partial(self._recall, entry.past), group=RECALL, exclusive=True)

    async def _recall(self, past: PastRequest) -> None:
        """Have the form mean what was sent, though its variables are others by now, and show what was answered."""
        account = self._screen.session.account
        if account is not None and past.values and past.values != await asyncio.to_thread(self._values, account, past):
            as_sent = await asyncio.to_thread(lambda: past.as_sent)
            if self._form.typed == past.request and as_sent != past.request:
                self._form.fill(as_sent)
                words = ", ".join(f"${name} was {glimpse(value, 40)}" for name, value in past.values.items())
                self._screen.notify(f"As it was sent: {glimpse(words, 200)}.", timeout=8, markup=False)
        await self._show_past(past)

    def _values(self, account: Account, past: PastRequest) -> Mapping[str, str]:
        """What the variables of a past request stand for now."""
        return read(past.request, self._runner.variables.read(account)).values

    def begin(self, request: RequestText) -> None:
        """Put a request into the form, and the cursor where a value is still to be given."""
        self._runner.fill(request)
        if not self._form.enter_gap():
            self._form.enter("path")

    async def _show_past(self, past: PastRequest) -> None:
        """Show what the history kept of a response, and say that it was not requested now."""
        screen = self._screen
        if past.body_dropped:
            screen.notify("Its body was too long to be remembered; type it again.", severity="warning", markup=False)
        if past.answer is None or self._runner.task is not None:
            return
        content = past.answer.encode("utf-8", "replace")
        response = RawResponse(
            past.status or 0,
            "",
            (),
            content,
            (),
            "",
            past.elapsed,
            past.size,
            past.request.path,
            past.request.method,
            past.request.response_type,
        )
        cut = " Only its beginning was kept." if len(content) < past.size else ""
        words = f"Remembered, not asked for now.{cut}"
        self._runner.forget_response()
        self._answer.say(words)
        await self._answer.show(response, more=words)

    def _ask_to_forget(self, dialog: ChooseRequest, store: RequestStore, entry: RequestChoice) -> None:
        past = entry.past

        def change() -> None:
            if past is not None:
                store.history.remove(past)
            else:
                store.saved.remove(entry.name)

        async def drop() -> None:
            if await changed(self._screen, change) and dialog.is_attached:
                dialog.put(entry, None)

        words = f"“{safe_text(entry.name, limit=60)}” is taken out of the saved requests."
        if past is not None:
            asked = f"{past.request.method} {past.request.path.strip()}"
            words = f"{glimpse(asked, 120)}, {entry.name}: it is taken out of the history, with its answer."
        self._ask("Forget this request?", words, "Forget it", drop)

    def _ask_to_rename(self, dialog: ChooseRequest, store: RequestStore, entry: RequestChoice) -> None:
        async def rename(new: str) -> None:
            if await changed(self._screen, lambda: store.saved.rename(entry.name, new)) and dialog.is_attached:
                dialog.put(entry, replace(entry, name=new, searched=f"{entry.searched}\n{new.casefold()}"))

        def named(new: str | None) -> None:
            if new and new != entry.name:
                self._screen.work(partial(rename, new), group="store")

        words = "A / before the name puts it into a folder: team/send a picture."
        question = Ask("Rename this request", words, value=entry.name, check=name_problem, action="Rename")
        self._screen.app.push_screen(question, named)

    def save(self) -> None:
        """Save what the form holds under a name; one that is taken is asked about."""
        store, account = self.store, self._screen.session.account
        if store is None or account is None:
            self._screen.notify("Requests are saved beside the connection in use, and there is none.", markup=False)
            return
        typed = self._form.typed

        def named(name: str | None) -> None:
            if name:
                self._screen.work(partial(self._ask_to_replace, store, account, name, typed), group="store", asks=True)

        words = (
            "Values that look like secrets are masked, in the file and when it is opened again. A / in the name puts "
            "it into a folder: team/send a picture."
        )
        self._screen.app.push_screen(Ask("Save this request", words, check=name_problem, action="Save"), named)

    async def _ask_to_replace(self, store: RequestStore, account: Account, name: str, typed: RequestText) -> None:
        shown = safe_text(name, limit=60)

        async def save() -> None:
            if await changed(self._screen, lambda: store.saved.put(name, typed, account.client.hide)):
                until = "" if store.on_disk else " until you leave: the sandbox saves nothing"
                self._screen.notify(f"Saved as “{shown}”{until}.", markup=False)

        kept = await tried(self._screen, store.saved.read)
        if kept is None:
            return
        if name in kept.requests:
            words = f"There is a saved request “{shown}” already. This one takes its place."
            self._ask("Replace it?", words, "Replace", save)
        else:
            # Work of its own: keys wait for the question, not for the disk.
            self._screen.work(save, group="store")

    async def keeps_answers(self) -> bool:
        """Whether the history keeps the beginning of responses; False where that cannot be read."""
        store = self.store
        try:
            return store is not None and (await asyncio.to_thread(store.saved.read)).keep_answers
        except StorageError:
            return False

    def switch_answers(self) -> None:
        """Keep the beginning of responses in the history from now on, or no longer."""
        if (store := self.store) is not None:
            self._screen.work(partial(self._switch_answers, store), group="store")

    async def _switch_answers(self, store: RequestStore) -> None:
        keep = False

        def switch() -> None:
            nonlocal keep
            keep = not store.saved.read().keep_answers
            store.saved.keep_answers(keep)

        if await changed(self._screen, switch):
            words = "The history keeps the beginning of answers from now on." if keep else "Answers are not kept."
            self._screen.notify(words, markup=False)

    def forget_history(self) -> None:
        """Ask, then delete the history; that of the connection in use when it was asked."""
        if (store := self.store) is None:
            return

        async def forget() -> None:
            if await changed(self._screen, store.history.forget):
                self._screen.notify("The history is empty.", markup=False)

        words = "Every request of the history is deleted, and what was kept of answers. Saved ones stay."
        self._ask("Forget the history?", words, "Forget it", forget)

    def _ask(self, title: str, words: str, yes: str, task: Callable[[], Coroutine[object, object, None]]) -> None:
        """Run a task after a yes."""
        self._screen.app.push_screen(
            Confirm(title, words, yes=yes),
            lambda accepted: self._screen.work(task, group="store") if accepted else None,
        )


def _only_words(typed: RequestText) -> bool:
    """Whether a form holds words to look for in place of a path, and nothing else."""
    return are_words(typed.path) and replace(typed, path="") in _EMPTY
