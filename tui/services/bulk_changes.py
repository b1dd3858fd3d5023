"""Redact, delete or cancel messages at Twilio, one item of a job after the other.

Every one of these may be asked for again without harm, so an item whose answer was lost, or that a killed run had
begun, is simply done again: what was redacted stays so, what is gone is gone (404), what is canceled is looked at. An
item is done only once the archive has it in writing, so that its words go from every file here too, whatever comes
next; those that end at the same time share one commit. Knows no screen and no store of jobs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tui.jobs.group_commit import GroupCommit
from tui.jobs.model import ItemResult, ItemState, JobItem, JobKind
from tui.jobs.performing import Leaving, NotNow
from tui.twilio.errors import ApiError, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.media import delete_media, list_media
from tui.twilio.messages import Message, cancel, delete, fetch, redact

if TYPE_CHECKING:
    from tui.twilio.client import Client

IN_FLIGHT_SECONDS: Final = 30.0
"""After which a message that is still on its way is asked about again: most take less."""

MOST_TRIES: Final = 10
"""How often a run begins an item whose answers are lost, or whose message does not come to its end. Others of its tries
do not count: a night without a network proves nothing about an item."""

_NO_SUCH_RESOURCE: Final = 20404
_LISTINGS: Final = 5
"""How often the files of a message are listed until there are none: each answer names fifty, a message has ten."""


Keep = Callable[[Sequence[Message], Sequence[str], Sequence[str]], Awaitable[bool]]
"""Takes over messages as Twilio has them now, and the SIDs of those that were redacted, and that are gone; whether it
was written down. As `MessageChanges.take`."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What an item came to.

    Attributes:
        message: as Twilio has it now; None where it is gone.
        said: what was done, in words that hold nothing foreign.
        redacted: whether its text is emptied.
    """

    sid: str
    message: Message | None
    said: str
    redacted: bool = False


class BulkChanges:
    """A `Performer` of REDACT, DELETE and CANCEL.

    Args:
        kind: which of these.
        client: asks Twilio; it has to stay open.
        find: the message with a SID as it is kept here, None for one that is not.
        keep: takes over what was changed.
        clock: says what time it is.
    """

    def __init__(
        self,
        kind: JobKind,
        client: Client,
        *,
        find: Callable[[str], Awaitable[Message | None]],
        keep: Keep,
        clock: Callable[[], datetime],
    ) -> None:
        self._client, self._find, self._keep, self._clock = client, find, keep, clock
        self._change = {JobKind.REDACT: self._redact, JobKind.DELETE: self._delete, JobKind.CANCEL: self._cancel}[kind]
        self._kept = GroupCommit[_Change, bool](self._write)
        self._tries: Counter[int] = Counter()

    async def leave(self, items: Sequence[JobItem]) -> Sequence[Leaving | ItemResult | NotNow]:
        """Nothing is written down besides the store of jobs: whatever is cut off is done again."""
        return [Leaving(item) for item in items]

    async def perform(self, leaving: Leaving) -> ItemResult | NotNow:
        """Do one item, and have the archive write down what came of it."""
        item = leaving.item
        sid = item.sid or ""
        try:
            change = await self._change(sid)
        except RequestFailed as problem:
            return self._not_done(item, problem)
        if not await self._kept.add(change):
            words = f"{change.said.capitalize()} at Twilio, and not written down here."
            return ItemResult(item.number, ItemState.WAITING, detail=words, not_before=self._in(5.0))
        return ItemResult(item.number, ItemState.DONE, sid=sid, detail=change.said)

    async def drop(self, leaving: Leaving) -> ItemResult:
        """See `Performer.drop`."""
        return ItemResult(leaving.item.number, ItemState.WAITING)

    # -- the three changes -----------------------------------------------------------------------------

    async def _redact(self, sid: str) -> _Change:
        # The media first: where that fails, the text is still there to say of which message they were.
        try:
            files = await self._delete_media(sid)
            message = await redact(self._client, sid)
        except ApiError as problem:
            if problem.code != _NO_SUCH_RESOURCE:
                raise
            return _gone(sid)
        if message.body:
            raise RequestFailed("Twilio took it, and has the text still.", "Look at the message in Twilio's Console.")
        return _Change(sid, message, f"text{_and_files(files)} removed", redacted=True)

    async def _delete(self, sid: str) -> _Change:
        try:
            files = await self._delete_media(sid)
            await delete(self._client, sid)
        except ApiError as problem:
            if problem.code != _NO_SUCH_RESOURCE:
                raise
            return _gone(sid)
        return _Change(sid, None, f"message{_and_files(files)} deleted")

    async def _cancel(self, sid: str) -> _Change:
        try:
            message = await cancel(self._client, sid)
        except ApiError as problem:
            if problem.code == _NO_SUCH_RESOURCE:
                return _gone(sid)
            if not 400 <= problem.status < 500 or problem.status in (401, 429):
                raise
            # Perhaps it is: an answer was lost, or somebody else did it.
            message = await fetch(self._client, sid)
            if message.status != "canceled":
                raise
        return _Change(sid, message, "canceled")

    async def _delete_media(self, sid: str) -> int:
        """Delete all files of a message at Twilio; how many there were. Listed again until there are none."""
        kept = await self._find(sid)
        # An MM… may have files that were not counted yet when it was last read.
        if kept is not None and kept.num_media == 0 and not sid.startswith("MM"):
            return 0
        files = 0
        for _ in range(_LISTINGS):
            listed = await list_media(self._client, sid)
            if not listed:
                return files
            for each in listed:
                try:
                    await delete_media(self._client, sid, each.sid)
                except ApiError as problem:
                    if problem.code != _NO_SUCH_RESOURCE:
                        raise
                files += 1
        raise RequestFailed("Twilio lists files of this message that it was told to delete.", "Look at it there.")

    # -- what went wrong -------------------------------------------------------------------------------

    def _not_done(self, item: JobItem, problem: RequestFailed) -> ItemResult | NotNow:
        code = problem.code if isinstance(problem, ApiError) else None
        words = str(problem)
        tries = self._tries[item.number] + 1
        match problem:
            case ApiError(status=429):
                return NotNow(item.number, problem.reason, code, retry_after=problem.retry_after)
            case ApiError(code=20009) if tries < MOST_TRIES:
                self._tries[item.number] = tries
                words = "It is still on its way; Twilio changes it once it came to its end."
                return ItemResult(
                    item.number, ItemState.WAITING, code=code, detail=words, not_before=self._in(IN_FLIGHT_SECONDS)
                )
            case NoAnswer(sent=False):
                return NotNow(item.number, problem.reason, offline=True)
            case InvalidRequest():
                return ItemResult(item.number, ItemState.FAILED, detail=words)
            case ApiError(status=status) if 400 <= status < 500:
                return ItemResult(item.number, ItemState.FAILED, code=code, detail=words)
            case _ if tries < MOST_TRIES:
                self._tries[item.number] = tries
                wait = problem.retry_after if isinstance(problem, ApiError) else None
                return NotNow(item.number, problem.reason, code, retry_after=wait)
            case _:
                return ItemResult(item.number, ItemState.UNKNOWN, code=code, detail=words)

    def _in(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=seconds)

    # -- writing down ----------------------------------------------------------------------------------

    async def _write(self, changes: Sequence[_Change]) -> Sequence[bool]:
        """Have the archive take over several; for each whether it was written down."""
        written = await self._keep(
            [change.message for change in changes if change.message is not None],
            [change.sid for change in changes if change.redacted],
            [change.sid for change in changes if change.message is None],
        )
        return [written] * len(changes)


def _gone(sid: str) -> _Change:
    return _Change(sid, None, "gone already")


def _and_files(files: int) -> str:
    return f" and {files} file{'' if files == 1 else 's'}" if files else ""
