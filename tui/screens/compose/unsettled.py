"""The sends of an account of which nobody knows whether they happened, from this run or an earlier one."""

from __future__ import annotations

import asyncio

from tui.safe_text import safe_text
from tui.screens.compose.send_progress import SendProgress
from tui.services.sends import SendState
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.storage.journal import JournalEntry
from tui.twilio.drafts import Draft


async def find_unsettled(account: Account) -> tuple[JournalEntry, ...]:
    """Those in the outbox, newest first; none when it cannot be read, which sending reports where it matters."""
    try:
        return await asyncio.to_thread(account.outbox.unknown, account.client.account_sid)
    except StorageError:
        return ()


def say_unsettled(entries: tuple[JournalEntry, ...]) -> str:
    """One sentence, safe to show; empty for none."""
    match entries:
        case ():
            return ""
        case (entry,):
            to, connection = safe_text(entry.to, limit=30), safe_text(entry.connection, limit=24)
            return f"{connection}: a message to {to} may have been sent, or not."
        case _:
            names = sorted({entry.connection for entry in entries})
            connections = ", ".join(safe_text(name, limit=24) for name in names[:3]) + (" …" if names[3:] else "")
            return f"{connections}: {len(entries)} messages may have been sent, or not."


def course_of(entry: JournalEntry) -> SendProgress:
    """The course of a send from what the outbox kept of it."""
    draft = Draft(entry.to, entry.sender, entry.body, entry.media)
    return SendProgress(draft, entry.started_at, SendState(entry), journalled=True)
