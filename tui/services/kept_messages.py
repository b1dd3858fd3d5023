"""What is kept on this computer of a saved connection's messages: where, how much, and who else's it is."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.storage.connection import Connection
    from tui.storage.paths import Paths


@dataclass(frozen=True, slots=True)
class KeptMessages:
    """What is on the disk of one connection's messages.

    Attributes:
        path: the archive's file; beside it stand its write-ahead log, and copies that were set aside.
        size: of all of them, in bytes; 0 where nothing is kept.
        shared_with: the names of other saved connections to the same account and server, which have the same file.
    """

    path: Path
    size: int = 0
    shared_with: tuple[str, ...] = ()


def archive_path(paths: Paths, connection: Connection) -> Path | None:
    """Where a connection's messages are kept, if any are; None for one that says no server that could be asked."""
    from tui.twilio.url_policy import UrlPolicy

    try:
        policy = UrlPolicy.for_connection(connection.base_url, connection.region)
    except InvalidRequest:
        return None
    return paths.archive(connection.account_sid, str(policy.origin))


def find_kept(paths: Paths, saved: Collection[Connection]) -> dict[str, KeptMessages]:
    """Name → what is kept of each saved connection's messages; reads the disk."""
    places = {each.name: archive_path(paths, each) for each in saved}
    return {
        name: KeptMessages(path, _size_of(path), tuple(o for o, other in places.items() if other == path and o != name))
        for name, path in places.items()
        if path is not None
    }


def forget_kept(paths: Paths, connection: Connection, keepers: Collection[Connection] = ()) -> None:
    """Remove what is kept of a connection's messages from the disk, unless one of the keepers has the same file.

    Raises:
        ArchiveUnavailable: it cannot be removed.
    """
    from tui.archive.store import forget

    path = archive_path(paths, connection)
    if path is not None and _size_of(path) and all(archive_path(paths, each) != path for each in keepers):
        forget(path)


def _size_of(path: Path) -> int:
    size = 0
    # What belongs to it may go while it is looked at.
    for each in (path, *path.parent.glob(f"{path.name}[.-]*")):
        with suppress(OSError):
            size += each.stat().st_size
    return size
