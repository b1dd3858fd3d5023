"""The account's messages in one SQLite file. (The surface; what is in it follows.)"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from tui.archive.coverage import Coverage, Span

if TYPE_CHECKING:
    from pathlib import Path

    from tui.archive.query import Query  # pyright: ignore
    from tui.twilio.message import Message


@dataclass(frozen=True, slots=True)
class ArchiveChange:
    """What one write changed.

    Attributes:
        rows: SID → its row number before and its row number now; None where it was not, or is not any more.
        coverage: all that is complete now, where this write changed it.
    """

    rows: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict[str, tuple[int | None, int | None]])
    coverage: Coverage | None = None

    def __bool__(self) -> bool:
        return bool(self.rows) or self.coverage is not None


class Archive:
    """The messages of one account; usable from any thread, and by several programs at once.

    Attributes:
        notice: a sentence for the person: the file was damaged and set aside, or written by a newer tuilio. It may
            come while the archive is in use: damage is found when it is met.
        read_only: nothing is written to the file: a newer tuilio's is left as it is, and this run keeps what it
            reads in memory.

    Every method may raise ArchiveUnavailable (tui.storage.errors): the disk is full, say; then nothing has changed.
    """

    notice: str
    read_only: bool

    @classmethod
    def open(cls, path: Path | None) -> Archive:
        """Open the file, make it where it is missing; with no path the archive lives in memory."""
        raise NotImplementedError

    def put(self, messages: Iterable[Message], *, covered: Span | None = None) -> ArchiveChange:
        """Keep what Twilio told, merged with what is known by `take_over`, and that a period is complete with it.

        One transaction: both are kept, or neither.
        """
        raise NotImplementedError

    def remove(self, sids: Iterable[str]) -> ArchiveChange:
        """Forget messages that Twilio no longer has; an answer that was under way does not bring them back."""
        raise NotImplementedError

    def find(self, sid: str) -> Message | None:
        """A message by its SID."""
        raise NotImplementedError

    def read(self, rows: Sequence[int]) -> list[Message | None]:
        """The messages of these rows, in this order; None for a row that is no longer there."""
        raise NotImplementedError

    def find_rows(self, query: Query, *, now: datetime, zone: tzinfo | None, limit: int | None = None) -> array[int]:
        """The rows that match, ascending: oldest first. With a limit only the newest of them."""
        raise NotImplementedError

    def matching(self, query: Query, rows: Iterable[int], *, now: datetime, zone: tzinfo | None) -> set[int]:
        """Those of some rows that match."""
        raise NotImplementedError

    @property
    def coverage(self) -> Coverage:
        """Which periods are complete."""
        raise NotImplementedError

    def prune(self, before: int, *, most: int = 2_000) -> ArchiveChange:
        """Forget what is older than a second since 1970, `most` messages at a time: call it until nothing changes."""
        raise NotImplementedError

    def unsettled(self, since: int) -> list[tuple[str, int]]:
        """SID and row of the messages from this second on whose status is not final, oldest first."""
        raise NotImplementedError

    def note(self, name: str) -> str:
        """A remembered text; empty when there is none."""
        raise NotImplementedError

    def set_note(self, name: str, value: str) -> None:
        """Remember a text under a name; an empty one is forgotten."""
        raise NotImplementedError

    def changed_elsewhere(self) -> bool:
        """Whether another program has written to the file since this was last asked."""
        raise NotImplementedError

    @property
    def scrub_due(self) -> bool:
        """Whether something was removed or redacted that `scrub` has not cleaned up after; kept over a restart."""
        raise NotImplementedError

    def scrub(self) -> None:
        """Leave nothing of what was removed in any file: its trigrams, addresses, the write-ahead log.

        Works in short steps between which others may write; with a million messages it takes a while.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close the file; nothing may be asked afterwards."""
        raise NotImplementedError


def forget(path: Path) -> None:
    """Remove an archive's file with all that belongs to it, copies that were set aside included."""
    raise NotImplementedError
