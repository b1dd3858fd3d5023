"""Messages that were changed at Twilio, other than by a send: kept in the archive, told of, and what was redacted or
deleted withdrawn from every file, as rarely as a person may wait: each time all files are written anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui.services.account import Account, EventType, SessionEvent

if TYPE_CHECKING:
    from tui.twilio.message import Message

WITHDRAW_REST: Final = 5.0
"""Seconds between two removals of words from all files, where message after message is redacted or deleted."""


class MessageChanges:
    """The changes of messages of every account; see `Session.changes`.

    Args:
        run: runs work that outlives a screen.
        publish: passes an event to the subscribers.
        withdraw_words: removes the words of messages from all files but the archive's: SID → whether the message itself
            is gone. Trouble is told, and what is left is tried when the connection is opened the next time, or the
            person asks for it again.
    """

    def __init__(
        self,
        run: Callable[[Coroutine[object, object, object]], asyncio.Task[object]],
        publish: Callable[[SessionEvent], None],
        withdraw_words: Callable[[Account, Mapping[str, bool]], Awaitable[None]],
    ) -> None:
        self._run, self._publish, self._withdraw_words = run, publish, withdraw_words
        self._withdrawn: set[tuple[str, bool]] = set()
        self._due: list[tuple[Account, Mapping[str, bool]]] = []
        self._at_work = asyncio.Lock()
        self._due_soon: list[Account] = []
        self._withdrawn_at = float("-inf")

    def known(self, account: Account, message: Message, *, redacted: bool = False) -> asyncio.Task[object]:
        """Keep a newer state of a message, then publish it; done when the task is.

        What was `redacted` just now is gone from every file by then.
        """
        account.note(message)

        async def keep() -> None:
            if redacted:
                self._withdrawn.discard((message.sid, False))
            await account.archive.put([message])
            if redacted:
                await self._withdraw(account, {message.sid: False})
            self._tell(account, message.sid, message)

        return self._run(keep())

    def deleted(self, account: Account, sid: str) -> asyncio.Task[object]:
        """Remove a deleted message from every file, then publish that; done when the task is."""

        async def remove() -> None:
            self._withdrawn.discard((sid, True))
            await account.archive.remove([sid])
            await self._withdraw(account, {sid: True})
            self._tell(account, sid)

        return self._run(remove())

    async def take(
        self,
        account: Account,
        messages: Sequence[Message],
        redacted: Collection[str] = (),
        gone: Collection[str] = (),
    ) -> bool:
        """Keep what several changes at Twilio came to, and publish it; whether the archive wrote it down.

        What was redacted or deleted, with its files, is withdrawn from every file, also if this program dies now:
        within seconds, and all that comes meanwhile at once; where no archive keeps a note of it for the next run,
        before this returns. For the arguments see `MessageArchive.take_changes`.
        """
        if not await account.archive.take_changes(messages, redacted, gone):
            return False
        if account.media is not None:
            await account.media.forget({*redacted, *gone})
        for message in messages:
            account.note(message)
            self._tell(account, message.sid, message)
        for sid in gone:
            self._tell(account, sid)
        if sids := dict.fromkeys(redacted, False) | dict.fromkeys(gone, True):
            if account.archive.path is None and not account.sandbox:
                await self._withdraw(account, sids)
            else:
                self.withdraw_soon(account, sids)
        return True

    def _tell(self, account: Account, sid: str, message: Message | None = None) -> None:
        self._publish(SessionEvent(EventType.MESSAGE, account, message=message, sid=sid))

    async def withdraw_again(self, account: Account, sids: Mapping[str, bool]) -> None:
        """Remove what an earlier run, or one that failed, has left: as `withdraw_soon`, at once."""
        self._withdrawn.difference_update(sids.items())
        await self._withdraw(account, sids)

    def withdraw_soon(self, account: Account, sids: Mapping[str, bool]) -> None:
        """Remove the words of messages that were redacted or deleted from all files but the archive's, with all that
        comes in the next seconds where that was just done. `sids` says of each whether the message itself is gone.
        """
        self._due.append((account, sids))
        if not any(each is account for each in self._due_soon):
            self._due_soon.append(account)
            self._run(self._withdraw_rested(account))

    async def _withdraw_rested(self, account: Account) -> None:
        try:
            async with self._at_work:
                # Whoever is at it is waited for.
                pass
            await asyncio.sleep(max(0.0, self._withdrawn_at + WITHDRAW_REST - monotonic()))
        finally:
            self._due_soon = [each for each in self._due_soon if each is not account]
        await self._withdraw(account, {})

    async def _withdraw(self, account: Account, sids: Mapping[str, bool]) -> None:
        self._due.append((account, sids))
        async with self._at_work:
            # All that was noticed while another was at it: each time the files are written anew.
            due = [each for owner, each in self._due if owner is account]
            self._due = [(owner, each) for owner, each in self._due if owner is not account]
            wanted = {sid: gone for each in due for sid, gone in each.items()}
            news = {sid: gone for sid, gone in wanted.items() if (sid, gone) not in self._withdrawn}
            if not news:
                return
            await self._withdraw_words(account, news)
            self._withdrawn |= set(news.items())
            self._withdrawn_at = monotonic()
            self._publish(SessionEvent(EventType.WITHDRAWN, account, withdrawn=news))
