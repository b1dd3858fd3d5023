"""Whether a send whose answer was lost did happen: the account's list is read, and its messages are shared out.

Twilio has no idempotency key, so only the list can tell. It errs to one side: a send is settled only by a message that
can be its own and nobody else's; nothing found is not proof that nothing was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, RequestFailed
from tui.twilio.messages import Filters, Message, page, pages
from tui.twilio.send_matching import (
    CLOCK_SKEW,
    SendAttempt,
    ServerClock,
    fitting,
    is_stored_as,
    may_own,
    refusal_of,
    resembles,
)

SLACK = timedelta(seconds=2)
"""How far the clocks of Twilio's own machines may stand from each other."""

MOST_PAGES = 20

LOOK_BEFORE = 2.0
"""Seconds that a send waits, at most, to hear what stands in the list before it."""

_SECOND = timedelta(seconds=1)
"""Twilio's times, and the `Date` header, are cut to whole seconds."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the account's list holds for a recipient, as far back as it was asked for, and how the clocks stand."""

    messages: tuple[Message, ...]
    clock: ServerClock


@dataclass(frozen=True, slots=True)
class LookupVerdict:
    """What a send turned out to be.

    Attributes:
        message: its message; None when that cannot be told.
        candidates: how many messages could be it.
        resembling: whether those have another text than was sent.
        could_be: with `message`, all that it could be as well: as many as there are sends like it.
    """

    message: Message | None = None
    candidates: int = 0
    resembling: bool = False
    could_be: tuple[Message, ...] = ()


def match_sends(
    wanted: SendAttempt, rivals: Iterable[SendAttempt], findings: Findings, claimed: Collection[str]
) -> LookupVerdict:
    """Which message is the wanted send's, when others may own some of those that are like it.

    It is told only when there are exactly as many messages as sends that can own them.

    Args:
        wanted: the send that is looked for.
        rivals: other sends whose messages are not known by their SIDs.
        findings: what stands in the list.
        claimed: SIDs that are known to be somebody's.
    """
    messages, clock = findings.messages, findings.clock
    taken, others = set(claimed), list(rivals)
    for refused in (other for other in others if other.refused is not None):
        taken.update(message.sid for message in fitting(refused, messages, taken, clock, is_stored_as)[:1])
    found = set(fitting(wanted, messages, taken, clock, is_stored_as))
    if not found:
        like = fitting(wanted, messages, taken, clock, resembles)
        return LookupVerdict(candidates=len(like), resembling=bool(like))
    candidates, group = len(found), [wanted]
    waiting = [
        (other, set(fitting(other, messages, taken, clock, may_own))) for other in others if other.refused is None
    ]
    while joined := [(other, own) for other, own in waiting if own & found]:
        waiting = [(other, own) for other, own in waiting if not own & found]
        for other, own in joined:
            group.append(other)
            found |= own
    return _pair_off(wanted, group, found, clock) or LookupVerdict(candidates=candidates)


def _pair_off(
    wanted: SendAttempt, group: list[SendAttempt], found: set[Message], clock: ServerClock
) -> LookupVerdict | None:
    if len(group) != len(found):
        return None
    # All windows are of one length, so if they can be paired at all, they can in the order of time.
    group.sort(key=lambda attempt: attempt.earliest(clock))
    ordered = sorted(found, key=lambda message: (message.date_created or wanted.started_at, message.sid))
    own: Message | None = None
    for attempt, message in zip(group, ordered, strict=True):
        if not fitting(attempt, [message], (), clock, may_own):
            return None
        if attempt is wanted and fitting(attempt, [message], (), clock, is_stored_as):
            own = message
    if own is None:
        return None
    alike = fitting(wanted, ordered, (own.sid,), clock, is_stored_as)
    same_fate = tuple(other for other in alike if (refusal_of(other) is None) == (refusal_of(own) is None))
    return LookupVerdict(own, 1, could_be=(own, *same_fate))


async def reconcile_send(
    client: Client, attempt: SendAttempt, rivals: Sequence[SendAttempt] = (), *, now: Callable[[], datetime]
) -> Findings:
    """What the account's list holds for the attempt's recipient since it, and the rivals it may be taken for, began.

    Args:
        client: who asks.
        attempt: the send that is looked for.
        rivals: others that may own its message; theirs must be seen as well.
        now: the clock that the attempts' times were taken from.

    Raises:
        RequestFailed: the list could not be read that far.
    """
    found: dict[str, Message] = {}
    clock: ServerClock | None = None
    read, asked = 0, now()
    async for each in pages(client, Filters(to=attempt.to), page_size=100):
        clock = clock or _compare(each.served_at, asked, now())
        found |= {message.sid: message for message in each.messages}
        read += 1
        oldest = min((m.date_created for m in each.messages if m.date_created), default=None)
        if oldest is not None and oldest < _begin(attempt, rivals, clock or ServerClock()):
            break
        if read >= MOST_PAGES and each.next_uri is not None:
            raise BadAnswer(
                200,
                "There are too many newer messages to this recipient to look for the lost one.",
                "Look for it in the message list, with the day as a filter.",
            )
    return Findings(tuple(found.values()), clock or ServerClock())


async def look_before(
    client: Client, to: str, *, now: Callable[[], datetime]
) -> tuple[frozenset[str], ServerClock | None]:
    """What stands in the list for a recipient before something is sent to them, and how the clocks stand.

    Nothing where the server does not say it soon: a send does not depend on it.
    """
    asked = now()
    try:
        async with asyncio.timeout(LOOK_BEFORE):
            first = await page(client, Filters(to=to), page_size=50)
    except (RequestFailed, TimeoutError):
        return frozenset(), None
    clock, begin = _compare(first.served_at, asked, now()), None
    if first.served_at is not None:
        # What is older cannot be taken for a send that only begins now.
        begin = first.served_at - CLOCK_SKEW
    there = (m.sid for m in first.messages if begin is None or m.date_created is None or m.date_created >= begin)
    return frozenset(there), clock


def _begin(attempt: SendAttempt, rivals: Sequence[SendAttempt], clock: ServerClock) -> datetime:
    """How far back the list must be read, so that whatever rivals own of it is seen."""
    begin = attempt.earliest(clock)
    for rival in sorted(rivals, key=lambda each: each.earliest(clock), reverse=True):
        if rival.earliest(clock) < begin <= rival.latest(clock):
            begin = rival.earliest(clock)
    return begin


def _compare(served_at: datetime | None, asked: datetime, answered: datetime) -> ServerClock | None:
    if served_at is None:
        return None
    return ServerClock(served_at - answered - SLACK - _SECOND, served_at + _SECOND - asked + SLACK)
