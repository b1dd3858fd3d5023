"""Looks for messages by recipient, sender, text, status and time, and waits for one that is still to come.

What is looked for is what came since the sandbox started, unless `since` says otherwise: the history it begins with is
nobody's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from tui.sandbox import resources
from tui.sandbox.account import SandboxAccount
from tui.sandbox.addresses import as_listed
from tui.sandbox.clock import read_time
from tui.sandbox.control_call import ControlCall
from tui.sandbox.messages import MessageStore, StoredMessage
from tui.sandbox.parameters import Form
from tui.sandbox.patterns import read_pattern
from tui.sandbox.reach import Turned
from tui.sandbox.resources import Json

MOST: Final = 1000
"""Messages that are answered with, the newest."""

_LOOK_EVERY = 0.01
# The others have their turn while a long past is looked through.
_AT_A_STRETCH = 0.005
_STATUSES = frozenset(
    {
        *("accepted", "canceled", "delivered", "failed", "partially_delivered", "queued", "read", "received"),
        *("receiving", "scheduled", "sending", "sent", "undelivered"),
    }
)

Found = TypeVar("Found")


async def wait_for(look: Callable[[], Awaitable[list[Found]]], seconds: float) -> list[Found]:
    """Return what `look` returns as soon as that is something; nothing where it is not within so many seconds.

    It is asked again and again: a status is read off the time, which nobody is told of.
    """
    found, end = await look(), time.monotonic() + seconds
    while not found and time.monotonic() < end:
        await asyncio.sleep(_LOOK_EVERY)
        found = await look()
    return found


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a message has to meet; empty ones any does."""

    since: datetime
    to: str = ""
    sender: str = ""
    status: str = ""
    fits: Callable[[StoredMessage], bool] | None = None

    def __str__(self) -> str:
        """Say what is looked for."""
        told = (("to", self.to), ("from", self.sender), ("that is", self.status))
        return "".join(f" {word} {value}" for word, value in told if value)

    def suit(self, message: StoredMessage) -> bool:
        """Tell whether a message meets them, whatever comes of it."""
        return (
            self.since <= message.created
            and self.to in {"", message.to}
            and self.sender in {"", message.sender}
            and (self.fits is None or self.fits(message))
        )

    def admit(self, message: StoredMessage, now: datetime) -> bool:
        """Tell whether one that suits is there by now, its sender known, with the status that is wanted."""
        standing = message.standing(now)
        is_known = message.created <= now and (standing.assigned or not self.sender)
        return is_known and self.status in {"", standing.status}


def read_criteria(query: Form, started: datetime) -> Criteria:
    """Read what a query looks for.

    Raises:
        ValueError: with a sentence, for what cannot be.
    """
    status, since = query.text("status"), query.text("since")
    if status and status not in _STATUSES:
        raise ValueError(f"status {status[:40]!r} is none of Twilio's: {', '.join(sorted(_STATUSES))}")
    return Criteria(
        since=read_time("since", since) if since else started,
        to=as_listed(_number(query, "to")),
        sender=as_listed(_number(query, "from")),
        status=status,
        fits=_with_text(query.get("body") or ""),
    )


def _with_text(text: str) -> Callable[[StoredMessage], bool] | None:
    if not text:
        return None
    try:
        pattern = read_pattern(text)
    except ValueError as problem:
        raise ValueError(f"body: {problem}") from None
    return lambda message: pattern.fits(message.body)


def _number(query: Form, name: str) -> str:
    # A plus sign that was not encoded arrives as a blank.
    text = query.get(name) or ""
    return f"+{text[1:]}" if text.startswith(" ") else text.strip()


class MessageSearch:
    """Looks again and again for messages of an account that meet the criteria, each time only at what is new."""

    def __init__(self, account: SandboxAccount, criteria: Criteria) -> None:
        self._account = account
        self._criteria = criteria
        # The one that was looked through, up to so many changes; a restore puts another in its place.
        self._store: MessageStore | None = None
        self._changes = 0
        # What can still come to meet them, by SID.
        self._coming: dict[str, StoredMessage] = {}

    async def look(self) -> list[StoredMessage]:
        """Return what meets them now, the newest first, `MOST` at most; the second time what is new alone."""
        store = self._account.store
        if self._store is store:
            looked_at: Iterable[StoredMessage] = self._news(store)
        else:
            self._store, self._changes = store, store.changes
            self._coming.clear()
            looked_at = self._since(store)
        matches: list[StoredMessage] = []
        begun = time.monotonic()
        for message in looked_at:
            if self._meets(store, message):
                matches.append(message)
                if len(matches) == MOST:
                    break
            if time.monotonic() - begun > _AT_A_STRETCH:
                await asyncio.sleep(0)
                begun = time.monotonic()
                if self._account.store is not store:
                    return []
        return matches

    def _news(self, store: MessageStore) -> tuple[StoredMessage, ...]:
        new = store.lately(store.changes - self._changes)
        self._changes = store.changes
        for message in reversed(new):
            self._coming[message.sid] = message
        return tuple(reversed(self._coming.values()))

    def _meets(self, store: MessageStore, message: StoredMessage) -> bool:
        now = self._account.clock()
        self._coming.pop(message.sid, None)
        if store.find(message.sid) is None or not self._criteria.suit(message):
            return False
        if self._criteria.admit(message, now):
            return True
        # Who sends it may be known later, and its status is told by the time.
        if message.created > now or message.steps[-1].at > now:
            self._coming[message.sid] = message
        return False

    def _since(self, store: MessageStore) -> Iterator[StoredMessage]:
        """Every message that was created since then, the newest first, as they come to light."""
        wanted = self._criteria
        for position in store.order(wanted.to or None, wanted.sender or None, None, None).older(None):
            message = store.at(position)
            if message is not None and message.created < wanted.since:
                return
            if message is not None:
                yield message


async def search_messages(call: ControlCall) -> Json:
    """Answer GET /_sandbox/messages.

    Raises:
        ValueError: for a parameter that cannot be.
        Turned: 408 where a message was waited for and none came.
    """
    call.only("to", "from", "body", "status", "since", "wait")
    account, seconds = call.parts.account, call.wait()
    criteria = read_criteria(call.query, account.started)
    messages = await wait_for(MessageSearch(account, criteria).look, seconds)
    if seconds and not messages:
        raise Turned(408, f"no such message{criteria} within {seconds:g} s; {latest(account)}")
    now = account.clock()
    return {
        "messages": [resources.message(account.identity.account_sid, message, now) for message in messages],
        "now": account.clock.shown()["now"],
    }


def latest(account: SandboxAccount) -> str:
    """Say which messages there are, for who waited for another."""
    now, told = account.clock(), list[str]()
    for position in account.store.order(None, None, None, None).older(None):
        message = account.store.at(position)
        if message is None or message.created > now:
            continue
        if message.created < account.started or len(told) == 3:
            break
        told.append(f"to {message.to} {message.body[:60]!r} ({message.standing(now).status})")
    return f"the latest: {'; '.join(told)}" if told else "none came at all"
