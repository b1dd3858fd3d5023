"""Changing many messages at once: what can be done, the count before it, and the job or the form that does it.

Of the marked messages, or else of all that are listed. Nothing is asked of Twilio here: what is redacted, deleted or
canceled becomes a job, once its count was typed; what is sent goes through the form of a message to many.

A row number may be another message's by the time that a question is answered: which rows are meant is asked of the
list when they are read, and from then on SIDs are kept.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from textual.content import Content

from tui.jobs.model import JobKind, NewJob, Pacing
from tui.safe_text import glimpse, safe_text
from tui.screens.base import CampaignRows, DraftPrefill, OpenCampaign
from tui.screens.jobs.opening import open_job
from tui.screens.messages.bulk_dialogs import RECORD, WORDS, ChangeDialog, subject_words
from tui.screens.messages.message_actions import export_messages
from tui.services.bulk_plan import MOST, ChangePlan, plan_change, read_again
from tui.services.query_people import PEOPLE_COLUMNS, find_people
from tui.storage.errors import StorageError
from tui.widgets.dialogs import Choice, Choose, TypeCount

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.screens.messages.loader import MessageLoader
    from tui.services.message_archive import MessageArchive
    from tui.services.session import Account

T = TypeVar("T")

AT_ONCE: Final = 4
"""Changes that are under way at a time: Twilio limits how many requests of an account it takes at once (20429)."""

_SLOW: Final = 5_000
"""Messages from which on it is said that they are being counted."""

_LOOKS: Final = 20
"""How often messages are counted that get other rows meanwhile: what was just sent does for some seconds."""

_PAUSE: Final = 0.2
"""Seconds between two counts."""

_CHOICES: Final = (
    Choice("redact", "Redact", "empty texts, delete files"),
    Choice("delete", "Delete", "remove them from the account"),
    Choice("cancel", "Cancel", "those that are scheduled"),
    Choice("campaign", "Send again", "their texts, to the same people"),
    Choice("write", "Write to these people", "one message to each"),
    Choice("export", "Export", "to a file, as CSV or JSON lines"),
)


@dataclass(frozen=True, slots=True)
class ChangeSubject:
    """What is to be changed.

    Attributes:
        archive: where it is kept.
        account: whose it is; None where only the archive is open.
        rows: row numbers, oldest first.
        marked: whether these were marked.
        query: the query in force, as it was typed (foreign text).
        covered: a sentence about what is loaded of it; empty where messages were chosen one by one.
    """

    archive: MessageArchive
    account: Account | None
    rows: array[int]
    marked: bool
    query: str
    covered: str

    @property
    def words(self) -> str:
        """What it is, for a title: `12 marked messages`."""
        return subject_words(len(self.rows), marked=self.marked)

    @property
    def is_recorded(self) -> bool:
        """Whether a record is kept of what is changed: not of the sandbox, nor where nothing is kept."""
        return self.account is not None and not self.account.sandbox and self.account.connection.days_kept != 0

    @property
    def source(self) -> str:
        """What it is, for a job (foreign text)."""
        return f"{self.words}{f' of {self.query}' if self.query else ''}"


def change_many(
    screen: BaseScreen,
    loader: MessageLoader,
    *,
    covered: str,
    open_sid: Callable[[str], None],
    done: Callable[[], None],
) -> None:
    """Ask what is to be done with the marked messages, or with all that are listed, and go on from there.

    Args:
        screen: over which the questions stand.
        loader: has what is listed and marked, all of it found.
        covered: a sentence about what is loaded of all that is listed; may be empty.
        open_sid: shows a message.
        done: called once a job has begun: the marks have served.
    """
    if (archive := loader.archive) is None:
        return
    marked, all_of = len(loader.marks), len(loader.listing.numbers)
    subject = ChangeSubject(
        archive,
        screen.session.account,
        _rows_of(loader, marked=marked > 0),
        marked > 0,
        loader.query.text if loader.query is not None else "",
        covered if marked in (0, all_of) else "",
    )
    _Change(screen, loader, subject, open_sid, done).ask()


def _rows_of(loader: MessageLoader, *, marked: bool) -> array[int]:
    return (loader.marks.rows if marked else loader.listing.numbers)[:]


@dataclass(frozen=True, slots=True)
class _Change:
    """One change, from the first question to the job; see `change_many`."""

    screen: BaseScreen
    loader: MessageLoader
    subject: ChangeSubject
    open_sid: Callable[[str], None]
    done: Callable[[], None]

    def ask(self) -> None:
        """Ask what is to be done."""
        subject = self.subject
        about = "" if subject.marked else f"Nothing is marked: this is all that is listed. {subject.covered}".strip()
        choose = Choose(f"Change {subject.words}", _CHOICES, Content(safe_text(about)))
        self.screen.app.push_screen(choose, self._chosen)

    def _chosen(self, key: str | None) -> None:
        screen, count = self.screen, len(self.subject.rows)
        if key == "export":
            export_messages(screen, self.subject.archive, self._rows, self.subject.covered)
        elif key is not None and count > MOST:
            words = f"These are {count:,} messages; {MOST:,} can be changed at once. Narrow the query first."
            screen.notify(words, severity="warning", markup=False)
        elif key == "write":
            screen.work(self._write_to, group="bulk", asks=True)
        elif key is not None:
            screen.work(partial(self._count, JobKind(key)), group="bulk", asks=True)

    async def _rows(self) -> array[int]:
        """Where the messages stand by now."""
        return _rows_of(self.loader, marked=self.subject.marked)

    async def _read(
        self, read: Callable[[array[int]], Awaitable[T]], is_of_others: Callable[[T], bool] = lambda _: False
    ) -> tuple[array[int], T] | None:
        """Read something of the messages, again where one of them got another row meanwhile; also returns the rows.

        None where they do not come to rest, which is told, or another archive is shown.
        """
        loader = self.loader
        for _ in range(_LOOKS):
            if loader.archive is not self.subject.archive:
                return None
            if not loader.state.counting:
                found = await read(rows := await self._rows())
                by_now = await self._rows()
                if (by_now == rows or set(rows) <= set(by_now)) and not is_of_others(found):
                    return rows, found
            await asyncio.sleep(_PAUSE)
        words = "These messages are changing still, so nothing was counted: press it again in a moment."
        self.screen.notify(words, severity="warning", markup=False)
        return None

    async def _count(self, kind: JobKind) -> None:
        """Count, show what came of it, and go on where that is wanted."""
        screen, archive = self.screen, self.subject.archive
        if len(self.subject.rows) > _SLOW:
            screen.notify(f"Counting {len(self.subject.rows):,} messages…", markup=False)

        def is_of_others(plan: ChangePlan) -> bool:
            return self.subject.marked and self.loader.marks.are_others(plan.fit.rows, plan.fit.sids)

        counted = await self._read(partial(plan_change, archive, kind), is_of_others)
        if counted is None or screen.session.archive is not archive:
            return
        plan, subject = counted[1], replace(self.subject, rows=counted[0])

        def answered(sid: str | None) -> None:
            if sid:
                self.open_sid(sid)
            elif sid == "" and kind is JobKind.CAMPAIGN:
                screen.work(partial(self._send_again, plan, subject), group="bulk", asks=True)
            elif sid == "":
                self._type_the_count(plan, subject)

        besides = f"{subject.covered} {RECORD if subject.is_recorded and kind is not JobKind.CAMPAIGN else ''}".strip()
        screen.app.push_screen(ChangeDialog(screen, subject.archive, plan, subject.words, besides), answered)

    def _type_the_count(self, plan: ChangePlan, subject: ChangeSubject) -> None:
        screen, account = self.screen, self.screen.account_in_use()
        if account is None or account.archive is not subject.archive:
            return
        count, words = len(plan.fit), WORDS[plan.kind]
        what = f"{words.verb} {subject_words(count)}"

        def typed(text: str | None) -> None:
            if text:
                screen.work(partial(self._begin, account, plan, subject.source), group="bulk", asks=True)

        title = f"{what[:1].upper()}{what[1:]}?"
        question = TypeCount(title, words.final, count=count, what=what, action=words.title)
        screen.app.push_screen(question, typed)

    async def _begin(self, account: Account, plan: ChangePlan, source: str) -> None:
        """Write the job down, begin it, and show it."""
        screen = self.screen
        if account is not screen.session.account:
            words = "Nothing was changed: another connection is in use by now."
            screen.notify(words, severity="warning", markup=False)
            return
        new = NewJob(
            plan.kind,
            f"{WORDS[plan.kind].title} {subject_words(len(plan.fit))}",
            account.name,
            account.client.account_sid,
            account.client.policy.base,
            source=source,
            pacing=Pacing(None, AT_ONCE),
        )
        jobs = screen.session.jobs(account)
        try:
            job = await jobs.create(new, plan.items())
            await jobs.start(job.id)
        except StorageError as problem:
            screen.notify(safe_text(f"Nothing was changed. {problem}"), severity="error", timeout=12, markup=False)
            return
        self.done()
        open_job(screen, account, job.id)

    # -- what is sent ------------------------------------------------------------------------------------

    async def _send_again(self, plan: ChangePlan, subject: ChangeSubject) -> None:
        """Open the form of a message to many with each one's recipient and text.

        By its SID a row goes from the form again when its message is redacted or deleted.
        """
        rows: list[tuple[str, ...]] = []
        async for message in read_again(subject.archive, plan.fit):
            # Redacted since, there is nothing of it to send.
            if message.body:
                sender = message.messaging_service_sid or message.from_
                rows.append((message.to, message.body, sender, message.sid))
        senders = {sender for _, _, sender, _ in rows}
        seed = DraftPrefill(from_=senders.pop() if len(senders) == 1 else "", body="{text}")
        table = CampaignRows(subject.source, ("number", "text", "sender", "message"), tuple(rows))
        self.screen.post_message(OpenCampaign(table, seed, name=f"Send again {subject_words(len(rows))}"))

    async def _write_to(self) -> None:
        """Open the form of a message to many with everybody these messages are exchanged with, once each."""
        screen = self.screen

        async def find(of: array[int]) -> tuple[tuple[str, ...], ...]:
            return await find_people(self.subject.archive, of, screen.session.contacts.name_of)

        if (found := await self._read(find)) is None:
            return
        subject, rows = replace(self.subject, rows=found[0]), found[1]
        if not rows:
            screen.notify("None of these messages has somebody on its other side.", markup=False)
            return
        source = f"{len(rows):,} {'person' if len(rows) == 1 else 'people'} of {glimpse(subject.source, 200)}"
        screen.post_message(OpenCampaign(CampaignRows(source, PEOPLE_COLUMNS, rows)))
