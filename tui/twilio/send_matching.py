"""A send whose outcome is not known, and which messages at Twilio can be its own.

Twilio may store another text than was sent: it puts words before it for trial accounts, replaces characters (smart
encoding), shortens links, turns media into a link, or keeps no text at all. Where the stored text follows from what
was sent, the message is recognised; where it only may, it *resembles* the send, and that settles nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.twilio.addresses import is_sid
from tui.twilio.error_catalogue import explain
from tui.twilio.messages import Message
from tui.twilio.segments import plain_equivalents

CLOCK_SKEW = timedelta(seconds=120)
"""How far this machine's clock may stand from Twilio's where Twilio did not say what time it is."""

WINDOW = timedelta(minutes=15)
"""How long after the attempt began Twilio may still have created the message."""

TRIAL_PREFIX = "Sent from your Twilio trial account - "
"""What a trial account puts before every body."""

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServerClock:
    """How far the server's clock is ahead of this machine's, at least and at most."""

    least: timedelta = -CLOCK_SKEW
    most: timedelta = CLOCK_SKEW


@dataclass(frozen=True, slots=True)
class SendAttempt:
    """What is known of a send whose outcome is not.

    Attributes:
        sender: the From address or the messaging service's SID.
        started_at: when the attempt began, by this machine's clock.
        media: whether it carried pictures or other media.
        options: the other parameters it was made with, by Twilio's names; None where they are not known.
        before: SIDs of messages that stood in the list before it, so none of them is its own.
        clock: how the clocks stood when it began; None where that was not known.
        refused: the code Twilio refused it with, None where it did not; a refused create may stand in the list.
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

    def earliest(self, clock: ServerClock) -> datetime:
        """The earliest time, by Twilio's clock, that its message can carry."""
        return _moved(self.started_at, (self.clock or clock).least)

    def latest(self, clock: ServerClock) -> datetime:
        """The latest one."""
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
    """Whether it has a claim to the message when another send is to be given it."""
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
    """A text without what may be changed in it by the way."""
    return " ".join(plain_equivalents(text.removeprefix(TRIAL_PREFIX)).split())


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment
