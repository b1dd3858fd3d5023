"""Whether the same text went to the same recipient before: a reason to look twice, never to refuse."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.safe_text import safe_text
from tui.screens.compose.draft_check import read_draft
from tui.screens.compose.draft_fields import DraftFields, SavedDrafts
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.storage.journal import JournalEntry, JournalState
from tui.twilio.drafts import Draft

RECENT = timedelta(minutes=10)
"""How long a text that was sent is spoken of when it is written again. One whose fate is unknown always is."""

LOOKED_THROUGH = 200
"""Newest sends of an account that a kept draft is compared with."""

_WORDS = {
    JournalState.SENDING: "The same text to the same recipient is being sent right now.",
    JournalState.UNKNOWN: "The same text to the same recipient may have been sent {ago}: it is not known.",
    JournalState.ACCEPTED: "The same text was sent to the same recipient {ago}.",
}


@dataclass(frozen=True, slots=True)
class SentBefore:
    """A kept draft as it was typed, and the send in the journal that is the same."""

    typed: DraftFields
    entry: JournalEntry


def find_sent_before(account: Account, kept: SavedDrafts, now: datetime) -> tuple[SentBefore, ...]:
    """The drafts kept for an account that stand in its journal as sent, or as perhaps sent: the program may have ended
    before it could clear them. Reads the disk; for a thread.
    """
    drafts = [typed for typed in (kept.draft, kept.aside) if not typed.blank]
    if not drafts:
        return ()
    try:
        sends = account.outbox.entries(account.client.account_sid, LOOKED_THROUGH)
    except StorageError:
        # Sending says what is wrong with the journal.
        return ()
    found: list[SentBefore] = []
    for typed in drafts:
        draft = read_draft(typed, now=now).draft
        found += [SentBefore(typed, entry) for entry in sends if entry.state in _WORDS and is_alike(draft, entry)][:1]
    return tuple(found)


def say_sent_before(found: Iterable[SentBefore], typed: DraftFields, now: datetime) -> str:
    """A sentence about what is typed, safe to show, while it is what was sent already; empty otherwise.

    Of sends whose fate is unknown the form speaks anyway.
    """
    for each in found:
        same = (each.typed.to, each.typed.body, each.typed.media) == (typed.to, typed.body, typed.media)
        if same and each.entry.state is JournalState.ACCEPTED:
            return f"This was sent to {safe_text(each.entry.to, limit=30)} {_ago(each.entry, now)} already."
    return ""


def duplicate_warning(
    draft: Draft, sends: Iterable[JournalEntry], now: datetime, always: Collection[JournalEntry] = ()
) -> str:
    """A sentence about the newest send like this one, where it may have arrived; empty when there is none.

    Args:
        draft: what would be sent.
        sends: earlier sends, newest first.
        now: the present, aware.
        always: sends that are spoken of however long ago they were.
    """
    kept = {entry.id for entry in always}
    for entry in (*sends, *always):
        recent = entry.state is not JournalState.ACCEPTED or entry.id in kept or now - entry.started_at <= RECENT
        if recent and entry.state in _WORDS and is_alike(draft, entry):
            return _WORDS[entry.state].format(ago=_ago(entry, now))
    return ""


def is_alike(draft: Draft, entry: JournalEntry) -> bool:
    """Whether an earlier send went to the same recipient with the same content."""
    if (entry.to, entry.body, entry.media) != (draft.to, draft.body, draft.media_urls):
        return False
    template = dict(entry.options or ()).get("ContentSid")
    return bool(entry.body or entry.media) or template in (None, draft.content_sid)


def _ago(entry: JournalEntry, now: datetime) -> str:
    if "time" in entry.damaged:
        return "at a time that cannot be read"
    minutes = int((now - entry.started_at).total_seconds() // 60)
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "less than a minute ago"
