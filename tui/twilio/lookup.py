"""Whether a send whose answer was lost did happen: the message is looked for, and compared.

Twilio has no idempotency key, so only the list can tell. The comparison errs to one side: a match must be
the only one; nothing found is not proof that nothing was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer
from tui.twilio.messages import Filters, Message, pages

CLOCK_SKEW = timedelta(seconds=120)
"""How far this machine's clock may stand from Twilio's."""

WINDOW = timedelta(minutes=15)
"""How long after the attempt began Twilio may still have created the message."""

TRIAL_PREFIX = "Sent from your Twilio trial account - "
"""What a trial account puts before every body."""

MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known of a send whose outcome is not.

    Attributes:
        sender: the From address or the messaging service's SID.
        started_at: when the attempt began, by this machine's clock.
        media: whether it carried pictures or other media.
    """

    to: str
    sender: str
    body: str
    started_at: datetime
    media: bool = False


def matches(attempt: Attempt, messages: Iterable[Message], claimed: Collection[str]) -> tuple[Message, ...]:
    """The messages that can be the attempt's: same text and sender, in its window, not another send's.

    Args:
        attempt: what was tried.
        messages: what the account holds for that recipient.
        claimed: SIDs that other sends from here are known to have made.
    """
    return tuple(m for m in messages if m.sid not in claimed and _is_like(attempt, m))


def _is_like(attempt: Attempt, message: Message) -> bool:
    if message.inbound or message.to != attempt.to or not (attempt.body or attempt.media):
        # Without text and media (a content template) any emptied message would look the same.
        return False
    if attempt.media != (bool(message.num_media) or message.sid.startswith("MM")):
        return False
    if attempt.sender not in (message.from_, message.messaging_service_sid):
        return False
    if message.body.removeprefix(TRIAL_PREFIX) != attempt.body.removeprefix(TRIAL_PREFIX):
        return False
    made = message.date_created
    return made is not None and attempt.started_at - CLOCK_SKEW <= made <= attempt.started_at + WINDOW


async def find_sent(client: Client, attempt: Attempt, claimed: Collection[str]) -> tuple[Message, ...]:
    """Look the attempt up in the account's list for its recipient.

    Returns:
        One message: it was sent. Several: twins that cannot be told apart. None: no trace, yet.

    Raises:
        RequestFailed: the list could not be read to the point where the attempt began.
    """
    found: list[Message] = []
    read = 0
    async for page in pages(client, Filters(to=attempt.to), page_size=100):
        found.extend(matches(attempt, page.messages, claimed))
        read += 1
        oldest = min((m.date_created for m in page.messages if m.date_created), default=None)
        if oldest is not None and oldest < attempt.started_at - CLOCK_SKEW:
            break
        if read >= MOST_PAGES and page.next_uri is not None:
            raise BadAnswer(
                200,
                "There are too many newer messages to this recipient to look for the lost one.",
                "Look for it in the message list, with the day as a filter.",
            )
    return tuple({message.sid: message for message in found}.values())
