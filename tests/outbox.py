"""What the tests read from a send journal beside what the program asks of it."""

from __future__ import annotations

from tui.storage.journal import JournalEntry, SendJournal


def kept(outbox: SendJournal, entry: JournalEntry) -> JournalEntry:
    """The entry as the journal has it now."""
    return next(each for each in outbox.history(entry.account_sid, 10_000) if each.id == entry.id)


def sids_in(outbox: SendJournal, account_sid: str) -> set[str]:
    """The messages that an account's entries stand for."""
    return {each.sid for each in outbox.entries(account_sid, 10_000) if each.sid}
