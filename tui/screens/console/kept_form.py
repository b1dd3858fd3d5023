"""The console's form across runs: what stood in it comes back, without secrets, and not in the sandbox."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from tui.raw_request.form_draft import fields_of, typed_of
from tui.raw_request.form_text import NEWEST_MESSAGES
from tui.screens.console.form import RequestForm
from tui.screens.console.request_runner import RequestRunner
from tui.services.session import Account, Session
from tui.storage.errors import DraftsUnsaved

LARGEST: Final = 256 * 1024
"""Characters of its longer inputs; a longer form is not kept."""


class KeptForm:
    """Keeps the form of a console screen for the connection in use."""

    def __init__(self, session: Session, form: RequestForm, runner: RequestRunner) -> None:
        self._session = session
        self._form = form
        self._runner = runner
        self._account: Account | None = None
        self._kept = dict[str, str]()

    @property
    def is_restored(self) -> bool:
        """Whether the form of the connection in use was read, and is kept from now on."""
        return self._account is not None and self._account is self._session.account

    async def restore(self, account: Account) -> None:
        """Fill the form with what stood in it the last time; put that aside if something was typed or asked since."""
        drafts, trail = self._session.files.console_form(account), self._runner.trail
        kept = dict(await asyncio.to_thread(drafts.get, account.name))
        typed, present = typed_of(kept), self._form.typed
        untouched = present == NEWEST_MESSAGES and not trail.steps and self._runner.task is None
        # It may be the same but for what is masked.
        same = untouched or kept == await asyncio.to_thread(fields_of, present, account.client.hide)
        if account is not self._session.account:
            return
        self._account, self._kept = account, kept
        if typed is not None and untouched:
            self._form.fill(typed)
        elif typed is not None and not same:
            trail.set_aside(typed)
            self._form.refresh_bindings()

    async def save(self) -> None:
        """Write what stands in the form, if that is another than what is kept."""
        account = self._session.account
        if account is None or not self.is_restored:
            return
        typed, step = self._form.typed, self._runner.trail.current
        # What was sent and did something stands in the history; its text may have to go with a message's.
        done = step is not None and step.at is not None and step.typed == typed and typed.body_kind != "none"
        if done or typed == NEWEST_MESSAGES or not typed.path.strip():
            fields: dict[str, str] = {}
        else:
            if sum(len(text) for text in (typed.path, typed.query, typed.headers, typed.body)) > LARGEST:
                return
            # Takes half a second for the longest.
            fields = await asyncio.to_thread(fields_of, typed, account.client.hide)
        if fields != self._kept:
            self._kept = fields
            drafts = self._session.files.console_form(account)
            # What is typed stays in the form; another window may have its own there.
            with suppress(DraftsUnsaved):
                await asyncio.to_thread(drafts.put, account.name, fields)
