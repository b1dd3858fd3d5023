"""The replies that are being written in conversations, one a person, kept while they are typed. For one connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tui.archive.conversations import without_channel
from tui.safe_text import safe_text
from tui.services.autosave import Autosave
from tui.storage.drafts import Drafts
from tui.storage.errors import DraftsUnsaved
from tui.storage.journal_entry import JournalEntry


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """What is typed to one person.

    Attributes:
        body: the text, verbatim.
        sender: the account's sender that was chosen for it; empty for the one they wrote to.
    """

    body: str = ""
    sender: str = ""

    def texts(self) -> dict[str, str]:
        """As the storage keeps it; a sender without a text is not worth keeping."""
        pairs = {"body": self.body, "from": self.sender}
        return {name: text for name, text in pairs.items() if text} if self.body else {}


class ReplyDrafts:
    """What is typed in the conversations of one connection.

    Args:
        kept: where they are kept.
        connection: whose they are.
        sandbox: whether they are kept in memory only.
        trouble: told once for each that cannot be kept on disk; called in a thread.
    """

    def __init__(
        self, kept: Drafts, connection: str, *, sandbox: bool, trouble: Callable[[DraftsUnsaved], None]
    ) -> None:
        self._kept, self._connection, self._sandbox, self._trouble = kept, connection, sandbox, trouble
        self._autosaves: dict[str, Autosave] = {}
        self._typed: dict[str, ReplyDraft] = {}
        self._spent: set[int] = set()
        self._writing = threading.Lock()

    async def read(self, number: str) -> ReplyDraft:
        """What is typed to this person, as it was left."""
        if number not in self._typed:
            texts = (await asyncio.to_thread(self._autosave, number)).kept
            # What was typed while the disk was read is newer.
            self._typed.setdefault(number, ReplyDraft(texts.get("body", ""), texts.get("from", "")))
        return self._typed[number]

    def note(self, number: str, draft: ReplyDraft) -> bool:
        """Remember what is typed to this person now, to be saved; returns whether it is another than before."""
        changed = self._typed.get(number, ReplyDraft()) != draft
        self._typed[number] = draft
        return changed

    def save(self) -> None:
        """Write all that was noted and is not on disk. For a thread."""
        for number in list(self._typed):
            # A reply may be spent meanwhile: what stood there before must not be written after that.
            with self._writing:
                autosave = self._autosave(number)
                if autosave.note(self._typed[number].texts()):
                    autosave.save()

    def spend(self, entry: JournalEntry) -> None:
        """Let go of a reply that was sent, in memory and on disk, whichever screen sent it. For a thread.

        Once for each send: the same text that is typed again afterwards is another reply. On return it is done,
        whoever began it.
        """
        with self._writing:
            if entry.id in self._spent:
                return
            self._spent.add(entry.id)
            number = without_channel(entry.to)
            autosave = self._autosave(number)
            if self._typed.get(number, ReplyDraft()).body == entry.body:
                self._typed[number] = ReplyDraft()
            if autosave.read().get("body") == entry.body and autosave.note({}):
                autosave.save()

    def unsaved_warning(self) -> str:
        """What would be lost if the program ended now, as a sentence; empty for nothing."""
        written = {number: draft for number, draft in self._typed.items() if draft.body.strip()}
        if self._sandbox:
            unsaved, why = written, "the sandbox saves nothing"
        else:
            unsaved = {
                number: draft
                for number, draft in written.items()
                if number not in self._autosaves or self._autosaves[number].kept != draft.texts()
            }
            problems = [each.problem for number in unsaved if (each := self._autosaves.get(number)) and each.problem]
            why = safe_text(problems[0].reason, limit=200).rstrip(".") if problems else "the disk has not taken it yet"
        if not unsaved:
            return ""
        what = "The reply you were writing is" if len(unsaved) == 1 else f"{len(unsaved)} replies you were writing are"
        return f"{what} lost then: {why}."

    def _autosave(self, number: str) -> Autosave:
        found = self._autosaves.get(number)
        if found is None:
            # Each on its own: two windows that write to two people do not stand in each other's way.
            name = f"{self._connection}\n{number}"
            found = self._autosaves.setdefault(number, Autosave(self._kept, name, self._trouble))
        return found
