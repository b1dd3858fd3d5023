"""The sends of an account of which nobody knows whether they happened, from this run or an earlier one."""

from __future__ import annotations

import asyncio

from tui.safe_text import safe_text
from tui.screens.compose.course import Course
from tui.sending import Sending
from tui.session import Account
from tui.storage.errors import StorageError
from tui.storage.outbox import Entry
from tui.twilio.drafts import Draft
from tui.widgets.dialogs import Choice, Choose


async def find_unsettled(account: Account) -> tuple[Entry, ...]:
    """Those in the outbox, newest first; none when it cannot be read, which sending reports where it matters."""
    try:
        return await asyncio.to_thread(account.outbox.unknown, account.client.account_sid)
    except StorageError:
        return ()


def say_unsettled(entries: tuple[Entry, ...]) -> str:
    """One sentence, safe to show; empty for none."""
    match entries:
        case ():
            return ""
        case (entry,):
            return f"It is not known whether an earlier message to {safe_text(entry.to, limit=30)} was sent."
        case _:
            return f"It is not known whether {len(entries)} earlier messages were sent."


def choose_unsettled(entries: tuple[Entry, ...]) -> Choose:
    """The question which one to look at; answers with the entry's number as text."""
    lines = [Choice(str(entry.id), safe_text(entry.to, limit=24), safe_text(entry.body, limit=40)) for entry in entries]
    return Choose("Which send?", lines, "It is not known whether these were sent.")


def course_of(entry: Entry) -> Course:
    """The course of a send from what the outbox kept of it."""
    draft = Draft(entry.to, entry.sender, entry.body, entry.media)
    return Course(draft, entry.started_at, Sending(entry))
