"""Keeps the texts of one draft on disk while they are typed. Must not know what the texts mean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from tui.storage.drafts import Drafts
from tui.storage.errors import DraftsUnsaved


class Autosave:
    """What is kept under one name.

    Args:
        drafts: where it is kept.
        name: its name there.
        trouble: told once when it cannot be kept on disk; it is kept in memory all the same.

    Attributes:
        noted: the texts that were noted last.
        kept: the texts that were saved last, as far as it is known here.
        problem: why what was noted last is not on disk; None where it is, or nobody has tried.
    """

    def __init__(self, drafts: Drafts, name: str, trouble: Callable[[DraftsUnsaved], None]) -> None:
        self._drafts, self._name, self._trouble = drafts, name, trouble
        self._told = False
        self._saving = threading.Lock()
        self.problem: DraftsUnsaved | None = None
        self.noted = self.kept = self.read()

    def read(self) -> Mapping[str, str]:
        """Read the texts from the disk. For a thread."""
        return dict(self._drafts.get(self._name))

    def note(self, texts: Mapping[str, str]) -> bool:
        """Remember what is typed now, to be saved; returns whether it differs from what is saved."""
        self.noted = texts
        return texts != self.kept

    def save(self) -> DraftsUnsaved | None:
        """Write what was noted last; returns why it could not be written, if it could not. For a thread."""
        # One at a time: an earlier text that is slow to be written must not replace a later one.
        with self._saving:
            texts = self.noted
            if texts == self.kept:
                return None
            try:
                self._drafts.put(self._name, texts)
            except DraftsUnsaved as problem:
                self.problem = problem
                if not self._told:
                    self._told = True
                    self._trouble(problem)
                return problem
            self.kept, self.problem = texts, None
            return None
