"""Reconcile a send whose answer was lost: read the account's message list and match it against what was sent.

Twilio has no idempotency key, so only the list can tell. It errs to one side: a send is settled only by a message that
can be its own and nobody else's; nothing found is not proof that nothing was sent.

Twilio may store another text than was sent: it puts words before it for trial accounts, replaces characters (smart
encoding), shortens links, turns media into a link, or keeps no text at all. Where the stored text follows from what
was sent, the message is recognised; where it only may, it *resembles* the send, and that settles nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.twilio.addresses import is_sid
from tui.twilio.client import Client
from tui.twilio.error_catalogue import explain
from tui.twilio.errors import BadAnswer, NoAnswer, RequestFailed
from tui.twilio.messages import Filters, Message, page, pages
from tui.twilio.segments import plain_equivalents

CLOCK_SKEW = timedelta(seconds=120)
"""How far this machine's clock may stand from Twilio's where Twilio did not say what time it is."""

WINDOW = timedelta(minutes=15)
"""How long after the attempt began Twilio may still have created the message."""

TRIAL_PREFIX = "Sent from your Twilio trial account - "
"""What a trial account puts before every body."""

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)

SLACK = timedelta(seconds=2)
"""How far the clocks of Twilio's own machines may stand from each other."""

MOST_PAGES = 20

LOOK_BEFORE = 2.0
"""Seconds that a send waits, at most, to hear what stands in the list before it."""

_SECOND = timedelta(seconds=1)
"""Twilio's times, and the `Date` header, are cut to whole seconds."""


@dataclass(frozen=True, slots=True)
class ServerClock:
    """How far the server's clock is ahead of this machine's, at least and at most."""

    least: timedelta = -CLOCK_SKEW
    most: timedelta = CLOCK_SKEW


@dataclass(frozen=True, slots=True)
class SendAttempt:
    """A send whose outcome is not known, and what is known of it.

    Attributes:
        sender: the From address or the messaging service's SID.
        started_at: when the attempt began, by this machine's clock.
        media: whether it carried pictures or other media.
        options: the other parameters it was made with, by Twilio's names; None where they are not known.
        before: SIDs of messages that stood in the list before it, so none of them is its own.
        clock: how the clocks stood when it began; None where that was not known.
        refused: the code Twilio refused it with, None where it did not; a refused create may stand in the list.
        withdrawn: whether text and media are not known any more, so that any message may be its own.
    """

    to: str
    sender: str
    body: str
    started_at: datetime
    media: bool = False
    options: tuple[tuple[str, str], ...] | None = ()
    before: frozenset[str] = frozenset()
    clock: ServerClock | None = None
    refused: int | None = None
    withdrawn: bool = False

    def earliest(self, clock: ServerClock) -> datetime:
        """The earliest time, by Twilio's clock, that its message can carry."""
        return _moved(self.started_at, (self.clock or clock).least)

    def latest(self, clock: ServerClock) -> datetime:
        """The latest time, by Twilio's clock, that its message can carry."""
        return _moved(self.started_at, (self.clock or clock).most + WINDOW)


Likeness = Callable[[SendAttempt, Message], bool]


def fitting(
    attempt: SendAttempt, messages: Iterable[Message], claimed: Collection[str], clock: ServerClock, like: Likeness
) -> tuple[Message, ...]:
    """The messages that the attempt can have made: its addresses, its time, nobody else's, and alike in their text.

    Args:
        attempt: what was tried.
        messages: what the account holds for that recipient.
        claimed: SIDs that other sends from here are known to have made.
        clock: how the clocks stand, for an attempt of which it is not known.
        like: compares what was sent with what is stored.
    """
    first, last = attempt.earliest(clock), attempt.latest(clock)
    return tuple(
        message
        for message in messages
        if message.sid not in claimed
        and message.sid not in attempt.before
        and not message.inbound
        and message.to == attempt.to
        and attempt.sender in {message.from_, message.messaging_service_sid} - {""}
        and (attempt.refused is None or refusal_of(message) == attempt.refused)
        and message.date_created is not None
        and first <= message.date_created <= last
        and like(attempt, message)
    )


def is_stored_as(attempt: SendAttempt, message: Message) -> bool:
    """Whether this is how Twilio stores what was sent, as far as that can be known."""
    if not (attempt.body or attempt.media):
        # Without text and media (a content template) any emptied message would look the same.
        return False
    if attempt.media != bool(message.num_media if message.num_media is not None else message.sid.startswith("MM")):
        # A text that was sent as MMS has the SID of one, and no media.
        return attempt.media and message.sid.startswith("MM") and _same_text(attempt, message)
    return _same_text(attempt, message)


def resembles(attempt: SendAttempt, message: Message) -> bool:
    """Whether Twilio may have stored what was sent like this, though it does not follow from it."""
    sent, stored = _plain(attempt.body), _plain(message.body)
    if not stored:
        # Redacted, kept without its text by the account's wish, or a template's before it was filled in.
        return True
    if not sent and not attempt.media:
        return True
    if attempt.media and not message.num_media:
        # A service turns media into a link behind the text.
        return stored.startswith(sent) and _LINK.search(stored[len(sent) :]) is not None
    pieces = _LINK.split(sent)
    if len(pieces) > 1:
        # Shortened links: everything around them is as it was.
        return re.fullmatch(r"\S+".join(map(re.escape, pieces)), stored) is not None
    return sent == stored


def may_own(attempt: SendAttempt, message: Message) -> bool:
    """Whether the attempt may own the message, when another send is to be matched with it."""
    if attempt.withdrawn:
        return True
    sent = _plain(attempt.body)
    return is_stored_as(attempt, message) or (bool(sent) and sent == _plain(message.body))


def refusal_of(message: Message) -> int | None:
    """The code with which Twilio refused to create this message, though it stands in the list; None for any other.

    Since 2024 a create that is refused with HTTP 400 is kept as a failed message. One that failed later carries
    another kind of code.
    """
    code = message.error_code
    if message.status != "failed" or code is None:
        return None
    explained = explain(code)
    refused = explained.status == 400 if explained and explained.status is not None else 20_000 <= code < 30_000
    return code if refused else None


def _same_text(attempt: SendAttempt, message: Message) -> bool:
    sent, stored = attempt.body.removeprefix(TRIAL_PREFIX), message.body.removeprefix(TRIAL_PREFIX)
    return sent == stored or (
        _is_smart(attempt) and bool(sent) and plain_equivalents(sent) == plain_equivalents(stored)
    )


def _is_smart(attempt: SendAttempt) -> bool:
    """Whether characters may be replaced: asked for, or by a messaging service, which does so unless told not to."""
    wish = dict(attempt.options or ()).get("SmartEncoded", "").lower()
    return wish == "true" or (wish == "" and is_sid(attempt.sender, "MG"))


def _plain(text: str) -> str:
    """A text without what Twilio may change in it: the trial prefix, characters outside GSM-7, blanks."""
    return " ".join(plain_equivalents(text.removeprefix(TRIAL_PREFIX)).split())


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


@dataclass(frozen=True, slots=True)
class Findings:
    """What the account's list holds, as far back as it was asked for, and how the clocks stand; None for not known."""

    messages: tuple[Message, ...]
    clock: ServerClock | None = None


@dataclass(frozen=True, slots=True)
class LookupVerdict:
    """The outcome of looking a send up.

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
    messages, clock = findings.messages, findings.clock or ServerClock()
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
        if any(other.withdrawn for other, _ in joined):
            # Nobody knows how its message looks, so the order of time proves nothing.
            return LookupVerdict(candidates=candidates)
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
    return Findings(tuple(found.values()), clock)


async def look_before(client: Client, to: str = "", *, now: Callable[[], datetime]) -> Findings | None:
    """What stands newest in the list before something is sent, of a recipient or of all, and how the clocks stand.

    What is too old to be taken for a send that only begins now is not in it. None where the server does not say it
    soon: a send does not depend on it.

    Raises:
        NoAnswer: the server was not reached at all.
    """
    asked = now()
    try:
        async with asyncio.timeout(LOOK_BEFORE):
            first = await page(client, Filters(to=to), page_size=50)
    except NoAnswer as problem:
        if not problem.sent:
            raise
        return None
    except (RequestFailed, TimeoutError):
        return None
    clock, begin = _compare(first.served_at, asked, now()), None
    if first.served_at is not None:
        begin = first.served_at - CLOCK_SKEW
    there = (m for m in first.messages if begin is None or m.date_created is None or m.date_created >= begin)
    return Findings(tuple(there), clock)


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
