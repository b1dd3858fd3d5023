"""Whether the same text went to the same recipient a moment ago: a reason to look twice, never to refuse."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tui.storage.outbox import Entry, State
from tui.twilio.drafts import Draft

RECENT = timedelta(minutes=10)

_WORDS = {
    State.SENDING: "The same text to the same recipient is being sent right now.",
    State.UNKNOWN: "The same text to the same recipient may have been sent {ago}: it is not known.",
    State.ACCEPTED: "The same text was sent to the same recipient {ago}.",
}


def say_twin(draft: Draft, sends: Iterable[Entry], now: datetime) -> str:
    """A sentence about the newest send like this one, where it may have arrived; empty when there is none.

    Args:
        draft: what would be sent.
        sends: earlier sends, newest first.
        now: the present, aware.
    """
    for entry in sends:
        alike = (entry.to, entry.body, entry.media) == (draft.to, draft.body, draft.media_urls)
        if alike and entry.state in _WORDS and now - entry.started_at <= RECENT:
            return _WORDS[entry.state].format(ago=_ago(now - entry.started_at))
    return ""


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute ago"
    return f"{minutes} minute{'' if minutes == 1 else 's'} ago"
