"""The errors of storage: each with a reason and a remedy, and the field at fault where there is one.

Screens render `reason` and `remedy`; they decide nothing from the words. Must not hold file contents or
secrets: an exception ends up in crash reports, and a configuration line may be a credential.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a connection or its file: where, why, and what to do about it."""

    field: str
    reason: str
    remedy: str


class StorageError(Exception):
    """Something on disk could not be used; `field` names the part at fault where there is one."""

    def __init__(self, reason: str, remedy: str, *, field: str | None = None) -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.reason = reason
        self.remedy = remedy
        self.field = field


class SecretUnavailable(StorageError):
    """A secret could not be fetched from where it is kept. Never carries the secret or its surroundings."""


class SecretMalformed(StorageError):
    """The value of a secret's key is neither a text nor a known way to fetch one."""


class NameTaken(StorageError):
    """Two connections would carry the same name."""


class EntryChanged(StorageError):
    """A connection in the file is no longer what was changed here, so nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The connection {name} was changed by another program meanwhile.",
            "Look at it as it is now, then change it again.",
        )


class ConfigError(StorageError):
    """The configuration file at `path` cannot be used as asked."""

    def __init__(self, path: Path, reason: str, remedy: str, *, field: str | None = None) -> None:
        super().__init__(reason, remedy, field=field)
        self.path = path


class ConfigUnreadable(ConfigError):
    """The file is there but cannot be understood; `line` and `column` count from 1 where they are known.

    The text of the line is left out on purpose: it may hold a secret.
    """

    def __init__(
        self,
        path: Path,
        reason: str,
        line: int | None = None,
        column: int | None = None,
        remedy: str = "",
        *,
        field: str | None = None,
    ) -> None:
        super().__init__(path, reason, remedy, field=field)
        self.line = line
        self.column = column


class ConfigReadOnly(ConfigError):
    """Saving would overwrite something this version does not understand, so nothing was written."""


class ConfigUnwritable(ConfigError):
    """The file could not be written; what was there before is still there, whole."""


class DraftsUnsaved(StorageError):
    """Drafts could not be put on disk, and stay in memory; or their file could not be read."""


class OutboxUnavailable(StorageError):
    """The send journal cannot be written, so nothing may be sent."""


class ArchiveUnavailable(StorageError):
    """The archive of messages cannot be read or written; what it held before is still there, whole."""


class OutboxConflict(StorageError):
    """A journal entry was asked to move where it may not go, or to claim another entry's message."""


class JobsUnavailable(StorageError):
    """The file of jobs cannot be read or written; what it held before is still there, whole."""


class JobConflict(StorageError):
    """A job or an item of one was asked to move where it may not go."""


class JobGone(StorageError):
    """There is no such job, or there is no more."""
