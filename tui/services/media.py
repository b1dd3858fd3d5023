"""The media of an account's messages: what is known of them, and their files, fetched for this run of the program.

A file lies in a folder of its own, for nobody else's eyes, until it is let go of, or removed at Twilio, or the program
ends. Must not know screens, nor what programs do with a file.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Collection, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from tui.storage.files import FILE_MODE, open_private
from tui.twilio.errors import BadAnswer, InvalidRequest, RequestFailed
from tui.twilio.media import Media, delete_media, download, find_media, list_media, measure, media_url
from tui.twilio.media_kinds import BEGINNING, MediaKind, file_name, judge

if TYPE_CHECKING:
    from tui.storage.private_folder import PrivateFolder
    from tui.twilio.client import Client

MOST_KNOWN: Final = 500
"""Messages whose media are remembered."""

_AT_ONCE: Final = 512 * 1024
"""Bytes that are written in one go: each goes through a thread."""

_SPARE: Final = 16 * 1024 * 1024
"""Bytes of the disk that are left to others."""


_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class FetchedMedia:
    """A file of a message on this disk.

    Attributes:
        media: with the size it has, and the type and name as they were declared.
        kind: what it is, by its content.
        path: where it lies; its name is safe on any system.
    """

    media: Media
    kind: MediaKind
    path: Path


class AccountMedia:
    """The media of one account's messages.

    Args:
        client: asks Twilio.
        folder: takes the files.
    """

    def __init__(self, client: Client, folder: PrivateFolder) -> None:
        self._client = client
        self._folder = folder
        self._known: dict[str, tuple[Media, ...]] = {}
        self._fetched: dict[Path, tuple[str, str]] = {}
        """The folders of what was fetched, and the SIDs of message and media."""

    def known(self, sid: str) -> tuple[Media, ...] | None:
        """The media of a message as last listed; None before that."""
        return self._known.get(sid)

    async def list(self, sid: str) -> tuple[Media, ...]:
        """Ask Twilio for the media of a message; what is known of sizes and names stays.

        Raises:
            RequestFailed: Twilio did not tell.
        """
        before = {media.sid: media for media in self._known.get(sid, ())}
        listed = tuple(
            replace(media, size=before[media.sid].size, name=before[media.sid].name) if media.sid in before else media
            for media in await list_media(self._client, sid)
        )
        self._keep(sid, listed)
        return listed

    async def measure(self, sid: str, media: Media) -> Media:
        """A file with its size, where its host tells that; otherwise as it is. Nothing of it is fetched."""
        if media.size is None and not media.url:
            with suppress(RequestFailed):
                media = await measure(self._client, sid, media)
                self._learn(sid, media)
        return media

    def url(self, sid: str, media: Media) -> str:
        """The address of a file; Twilio's asks for credentials."""
        return media_url(self._client, sid, media)

    def own(self, url: str) -> tuple[str, str] | None:
        """The SIDs of message and media in a webhook's MediaUrl{N}; None where it is none of this account's."""
        return find_media(self._client, url)

    async def delete(self, sid: str, media: Media) -> None:
        """Remove a file of a message from Twilio, for good, and what was fetched of it.

        Raises:
            RequestFailed: Twilio did not.
        """
        await delete_media(self._client, sid, media.sid)
        await self._remove([folder for folder, whose in self._fetched.items() if whose == (sid, media.sid)])
        if (known := self._known.get(sid)) is not None:
            self._keep(sid, tuple(each for each in known if each.sid != media.sid))

    async def fetch(
        self, sid: str, media: Media, on_progress: Callable[[int, int | None], object] = lambda _, __: None
    ) -> FetchedMedia:
        """Fetch a file, whole; cancelled or failed it leaves nothing behind.

        Args:
            sid: of the message.
            media: which one.
            on_progress: called with the bytes that came, and those announced where they are.

        Raises:
            RequestFailed: it did not come, or could not be written.
        """
        try:
            folder = await _whole(asyncio.to_thread(self._folder.new))
        except OSError as problem:
            raise _unwritten(problem) from None
        try:
            fetched = await self._fetch_into(folder, sid, media, on_progress)
            self._fetched[folder] = sid, media.sid
            return fetched
        except BaseException as problem:
            await _whole(asyncio.to_thread(self._folder.remove, folder))
            if isinstance(problem, OSError):
                raise _unwritten(problem) from None
            raise

    async def _fetch_into(
        self, folder: Path, sid: str, media: Media, on_progress: Callable[[int, int | None], object]
    ) -> FetchedMedia:
        partial, beginning, waiting = folder / "arriving", bytearray(), bytearray()

        async def put() -> None:
            content = bytes(waiting)
            waiting.clear()
            await _whole(asyncio.to_thread(_append, partial, content))

        async def take(piece: bytes) -> None:
            if len(beginning) < BEGINNING:
                beginning.extend(piece[: BEGINNING - len(beginning)])
            waiting.extend(piece)
            if len(waiting) >= _AT_ONCE:
                await put()

        def room(done: int, total: int | None) -> None:
            if total is not None and total - done > free:
                raise BadAnswer(
                    200,
                    f"The file has {total:,} bytes, and the disk has no room for it.",
                    "Make room, then try again.",
                )
            on_progress(done, total)

        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free - _SPARE
        told = await download(self._client, sid, media, take, room)
        await put()
        kind = judge(told.content_type, bytes(beginning))
        path = folder / file_name(told.name, f"media-{(media.sid or 'elsewhere')[-8:]}", kind.suffix)
        await _whole(asyncio.to_thread(partial.rename, path))
        self._learn(sid, told)
        return FetchedMedia(told, kind, path)

    async def let_go(self, fetched: FetchedMedia) -> None:
        """Remove a file that was fetched."""
        await self._remove([fetched.path.parent])

    async def forget(self, sids: Collection[str]) -> None:
        """Remove what was fetched of messages that are no more, and what is known of their media."""
        for sid in sids:
            self._known.pop(sid, None)
        await self._remove([folder for folder, (sid, _) in self._fetched.items() if sid in sids])

    async def _remove(self, folders: Iterable[Path]) -> None:
        for folder in folders:
            self._fetched.pop(folder, None)
            await _whole(asyncio.to_thread(self._folder.remove, folder))

    def _learn(self, sid: str, media: Media) -> None:
        if (known := self._known.get(sid)) is not None and media.sid:
            self._keep(sid, tuple(media if each.sid == media.sid else each for each in known))

    def _keep(self, sid: str, listed: tuple[Media, ...]) -> None:
        self._known.pop(sid, None)
        self._known[sid] = listed
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]


def copy_whole(fetched: FetchedMedia, path: Path, *, replace: bool) -> int:
    """Copy a fetched file to where a person wants it, whole or not at all; returns its bytes. Call it in a thread.

    Raises:
        FileExistsError: something is there already and `replace` is False.
        OSError: it cannot be written, or the file is gone.
    """
    with fetched.path.open("rb") as source, open_private(path, replace=replace) as file:
        shutil.copyfileobj(source, file, 1024 * 1024)
        return file.tell()


def _append(path: Path, content: bytes) -> None:
    # Opened for each piece, so that no cancelled task leaves it open.
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, FILE_MODE), "ab") as file:
        file.write(content)


async def _whole(work: Coroutine[object, object, _Done]) -> _Done:
    """Wait for work in a thread to its end, even when cancelled: nothing is removed while it is still being written."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            # However often: escape pressed again, and the program that ends.
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        # Its failure matters to nobody any more, and is not to be reported as one that nobody looked at.
        task.exception()
        raise


def _unwritten(problem: OSError) -> InvalidRequest:
    why = problem.strerror or type(problem).__name__
    return InvalidRequest("File", f"The file could not be written here: {why}.", "Make room, then try again.")
