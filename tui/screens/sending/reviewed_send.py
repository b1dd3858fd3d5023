"""From what is typed to a send under way: read, checked, reviewed, and sent once. What Compose and a reply share.

Knows neither the fields nor what is shown afterwards: whoever holds the text is a `MessageForm`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.screens.sending.draft import DraftFields, DraftReading, read_draft
from tui.screens.sending.review import Review, ReviewContext, duplicate_warning
from tui.screens.sending.send_notes import notes_before_sending, repeat_warning, say_cost
from tui.screens.sending.template_words import DraftTemplate, fill_template, template_warnings
from tui.services.send_state import SendState
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.storage.journal_entry import JournalEntry
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.widgets.address_names import name_address

PATIENCE = 1.0
"""Seconds that a review waits for what the archive holds of sender and recipient, at most."""

LOOK_FOR = 5.0
"""Seconds that a review waits for the account's content templates, at most."""

if TYPE_CHECKING:
    from tui.archive.standing import Standing

SpendDraft = Callable[[JournalEntry], object]


class MessageForm(Protocol):
    """What is asked of whoever holds the text of a message that is to be sent."""

    @property
    def typed(self) -> DraftFields:
        """What is typed now."""
        ...

    def is_still(self, account: Account) -> bool:
        """Whether it is this account's text that stands there: another may be opened while a question is open."""
        ...

    def label_of(self, sender: str) -> str:
        """What the account calls a sender, safe to show; empty for nothing."""
        ...

    @property
    def sent_before(self) -> Collection[JournalEntry]:
        """Earlier sends that the review speaks of however long ago they were."""
        ...

    def failed_with(self, draft: Draft) -> int | None:
        """The error code of the message that this draft repeats as it was; None where it repeats none."""
        ...

    def refuse(self, words: str) -> None:
        """Say why it cannot be sent at all (words already safe to show)."""
        ...

    def show_problems(self, problems: tuple[InvalidRequest, ...]) -> None:
        """Say what is wrong with what is typed."""
        ...

    def declined(self) -> None:
        """The review was left without a yes."""
        ...

    def leaving(self, account: Account, sending: SendState) -> SpendDraft | None:
        """It is about to be sent: show that. Returns what takes the text out of the kept drafts once it was accepted;
        that is called in a thread.
        """
        ...


class ReviewedSend:
    """The one way in which a screen sends a message.

    Args:
        screen: over which the review is shown, and whose workers read the journal.
        form: holds the text.
    """

    def __init__(self, screen: BaseScreen, form: MessageForm) -> None:
        self._screen, self._form = screen, form
        self._reviewing = False

    def review(self, account: Account) -> None:
        """Ask for the sending of what is typed; nothing while that is asked already."""
        if self._form.is_still(account) and not self._reviewing:
            self._reviewing = True
            self._screen.work(partial(self._review, account), group="review", asks=True)

    async def _review(self, account: Account) -> None:
        try:
            await self._learn_template(account)
            sends = await asyncio.to_thread(account.outbox.entries, account.client.account_sid)
            reading = read_draft(self._form.typed, now=self._screen.session.clock())
            standing = await self._standing(account, reading.draft)
            if self._form.is_still(account) and self._screen.is_on_top:
                # Typed meanwhile: what is known of another recipient says nothing of this one.
                later = read_draft(self._form.typed, now=self._screen.session.clock())
                same = (later.draft.from_, later.draft.to) == (reading.draft.from_, reading.draft.to)
                self._ask(account, later, sends, standing if same else None)
        except StorageError as problem:
            self._refuse(problem)
        finally:
            self._reviewing = False

    def _refuse(self, problem: StorageError) -> None:
        self._form.refuse(safe_text(f"It cannot be sent now. {problem}", limit=300))

    async def _standing(self, account: Account, draft: Draft) -> Standing | None:
        """What the archive holds of the two; None where that takes long: no review waits for a search."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await account.archive.standing(draft.from_, draft.to)
        except TimeoutError:
            return None

    async def _learn_template(self, account: Account) -> None:
        """Learn what the template says that is to be sent; without that it can be sent all the same."""
        if account.templates is None and self._form.typed.content_sid.strip():
            with suppress(RequestFailed, TimeoutError):
                async with asyncio.timeout(LOOK_FOR):
                    await account.load_templates()

    def _ask(
        self, account: Account, reading: DraftReading, sends: tuple[JournalEntry, ...], standing: Standing | None
    ) -> None:
        if reading.problems:
            self._form.show_problems(reading.problems)
            return
        session = self._screen.session
        now = session.clock()
        draft = reading.draft
        failed = repeat_warning(self._form.failed_with(draft))
        twin = duplicate_warning(draft, sends, now, self._form.sent_before, account.statuses)
        label = self._form.label_of(draft.from_)
        notes = list(notes_before_sending(draft.from_, draft.to, standing, now, template=draft.content_sid is not None))
        filled = fill_template(account.templates, draft)
        quote = session.files.prices(account).quote(
            account,
            to=draft.to,
            sender=draft.from_,
            body=filled.rendered.text if filled is not None else draft.body,
            media=bool(draft.media_urls) or draft.send_as_mms is True or (filled is not None and filled.is_mms),
        )

        async def confirmed() -> None:
            """Ask anew where another window sent the same while the review was open."""
            try:
                latest = await asyncio.to_thread(account.outbox.entries, account.client.account_sid)
            except StorageError as problem:
                self._refuse(problem)
                return
            known = {entry.id for entry in sends}
            meanwhile = [entry for entry in latest if entry.id not in known]
            if duplicate_warning(draft, meanwhile, session.clock(), statuses=account.statuses):
                self._ask(account, reading, latest, standing)
            else:
                self.submit(account, draft, filled)

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.work(confirmed, group="review", asks=True)
            else:
                self._form.declined()

        context = ReviewContext(
            account.name,
            account.sandbox,
            now,
            label,
            warnings=(
                *(note.words for note in notes if note.tone == "warn"),
                *template_warnings(account.templates, draft),
                *(words for words in (failed, twin) if words),
            ),
            told=tuple(("WhatsApp", note.words) for note in notes if note.tone != "warn"),
            cost=say_cost(quote, sandbox=account.sandbox),
            colour=session.colour,
            template=filled,
            recipient_name=name_address(session, reading.draft.to),
        )
        self._screen.app.push_screen(Review(reading, context), answered)

    def submit(self, account: Account, draft: Draft, filled: DraftTemplate | None = None) -> None:
        """Send what was reviewed, once; nothing while another message is under way.

        `filled` is its template as it was seen: it may have been listed anew since.
        """
        session = self._screen.session
        if account is not session.account:
            words = "Nothing was sent: another connection was opened meanwhile."
            self._screen.notify(words, severity="warning", timeout=10, markup=False)
            return
        if account.sends.busy:
            words = "Another message is being sent; wait for its answer."
            self._screen.notify(words, severity="warning", markup=False)
            return
        filled = filled or fill_template(account.templates, draft)
        sending = SendState(draft, session.clock(), template=filled.sent if filled is not None else None)
        session.send(account, sending, self._form.leaving(account, sending))
