"""Keeps what is typed while it is typed: a moment after each change, and at once when asked. Knows no widgets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from tui.safe_text import safe_text
from tui.screens.compose.draft_check import unspent
from tui.screens.compose.draft_fields import SavedDrafts, read_saved_drafts
from tui.services.session import Account
from tui.storage.errors import DraftsUnsaved
from tui.storage.journal import JournalEntry


class DraftAutosave:
    """What is kept for one account.

    Args:
        account: whose draft it is.
        trouble: told once when it cannot be kept on disk; it is kept in memory all the same.
    """

    def __init__(self, account: Account, trouble: Callable[[DraftsUnsaved], None]) -> None:
        self.account = account
        self._trouble = trouble
        self._told = False
        self._problem: DraftsUnsaved | None = None
        self._saving = threading.Lock()
        self._newest = self._kept = self.read()

    def read_last(self) -> SavedDrafts:
        """What was kept last, as far as it is known here."""
        return self._kept

    def read(self) -> SavedDrafts:
        """What was kept last, from the disk. For a thread."""
        return read_saved_drafts(self.account.drafts.get(self.account.name))

    def keeps_for(self, account: Account) -> bool:
        """Whether this account's draft is the one kept here; the same connection may be opened twice in a row."""
        mine, other = self.account, account
        return (mine.sandbox, mine.connection) == (other.sandbox, other.connection)

    def note(self, desk: SavedDrafts) -> bool:
        """Take over what is typed now; says whether it differs from what is kept."""
        self._newest = desk
        return desk != self._kept

    def spend(self, entry: JournalEntry, now: datetime) -> None:
        """Take what was just sent out of what is kept, on disk as well. For a thread."""
        kept = self.read()
        self.note(SavedDrafts(unspent(kept.draft, entry, now), unspent(kept.aside, entry, now)).without_blanks())
        self.save()

    def leave(self, desk: SavedDrafts) -> str:
        """What becomes of what is typed when the program ends now: empty when nothing is typed, or it is kept."""
        if desk.draft.blank and desk.aside.blank:
            return ""
        if self.account.sandbox:
            return "The message you were writing is lost then: the sandbox saves nothing."
        if desk == self._kept:
            return ""
        if self._problem is None:
            return "The disk has not taken the message you were writing yet: it may be lost if you quit."
        return f"The message you were writing is lost if you quit. {safe_text(self._problem.reason, limit=200)}"

    def save(self) -> DraftsUnsaved | None:
        """Write what was noted last; why it is not on disk, if it is not. For a thread."""
        # One at a time: an earlier text that is slow to be written must not replace a later one.
        with self._saving:
            desk = self._newest
            if desk == self._kept:
                return None
            try:
                self.account.drafts.put(self.account.name, desk.texts())
            except DraftsUnsaved as problem:
                self._problem = problem
                if not self._told:
                    self._told = True
                    self._trouble(problem)
                return problem
            self._kept, self._problem = desk, None
            return None
