"""The words of a message that was redacted or deleted, wherever else on this computer than in the archive they stand.

That is the journal of sends, for what was sent from here, the kept webhooks, for what arrived, and the history of
requests made by hand. What a person saved under a name, wrote anew or exported is that person's own. Blocking: to be
called in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.raw_request.form_text import read
from tui.services.raw_requests import pairs_of
from tui.storage.errors import StorageError
from tui.webhooks.errors import WebhookError
from tui.webhooks.event_store import EventStore

if TYPE_CHECKING:
    from tui.raw_request.form_text import RequestText
    from tui.raw_request.history import PastRequest, RequestHistory
    from tui.storage.journal import SendJournal
    from tui.storage.journal_entry import JournalEntry


class WordsKept(StorageError):
    """Words could not be removed everywhere."""


def withdraw_words(
    sids: Mapping[str, bool],
    account_sid: str,
    *,
    outbox: SendJournal,
    history: RequestHistory,
    events: EventStore | Path | None,
) -> None:
    """Remove and overwrite them.

    Args:
        sids: SID → whether the message itself is gone.
        account_sid: whose messages they are.
        outbox, history: what was sent and asked from here.
        events: the kept webhooks, or their file, which need not exist, where nobody has it open.

    Raises:
        WordsKept: they stay in one of these places; in the others they are gone.
    """
    sent: list[JournalEntry] = []
    problems: list[Exception] = []

    def attempt(step: Callable[[], object]) -> None:
        try:
            step()
        except (StorageError, WebhookError, OSError) as problem:
            problems.append(problem)

    attempt(lambda: sent.extend(outbox.withdraw(account_sid, sids)))
    attempt(lambda: _revise(history, sids, sent))
    if isinstance(events, EventStore):
        attempt(lambda: events.forget_messages(sids))
    elif events is not None and events.exists():
        with closing(EventStore(events)) as store:
            attempt(lambda: store.forget_messages(sids))
    if problems:
        raise WordsKept("The text of a message that was redacted or deleted is kept here still.", str(problems[0]))


def _revise(history: RequestHistory, sids: Mapping[str, bool], sent: list[JournalEntry]) -> None:
    """Drop the requests that sent these, and the answers in which one of the messages stands."""
    by_hand = {(entry.to, entry.body) for entry in sent if entry.by_hand}

    def edit(past: PastRequest) -> PastRequest | None:
        if by_hand and past.request.method == "POST" and _addressed_words(past.request) in by_hand:
            return None
        if past.answer is not None and any(sid in past.answer for sid in sids):
            return replace(past, answer=None)
        return past

    history.revise(edit)


def _addressed_words(typed: RequestText) -> tuple[str, str] | None:
    """Recipient and text that a request names; None for one that cannot be read."""
    request = read(typed).request
    if request is None:
        return None
    first = dict(reversed(pairs_of(request)))
    return first.get("To", ""), first.get("Body", "")
