"""The words of a message that was redacted or deleted, wherever else on this computer than in the archive they stand.

That is the journal of sends and the campaigns, for what was sent from here, the kept webhooks, for what arrived, the
history of requests made by hand, their variables, and the console's form, where such a request was opened again, and
the form of a message to many, where such messages are to be sent again. What a person saved under a name, wrote anew or
exported is that person's own. Blocking: to be called in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast

from tui.raw_request.form_draft import typed_of
from tui.raw_request.form_text import RequestText, read
from tui.raw_request.history import LARGEST_ANSWER
from tui.raw_request.secret_names import MASK
from tui.raw_request.variables import Variables
from tui.services.raw_requests import pairs_of
from tui.storage.errors import StorageError
from tui.storage.journal_words import WORDS
from tui.twilio.addresses import find_message_sids
from tui.webhooks.errors import WebhookError
from tui.webhooks.event_store import EventStore

if TYPE_CHECKING:
    from tui.jobs.store import JobStore
    from tui.raw_request.history import PastRequest, RequestHistory
    from tui.raw_request.saved_variables import SavedVariable, SavedVariables
    from tui.storage.drafts import Drafts
    from tui.storage.journal import SendJournal
    from tui.storage.journal_entry import JournalEntry


T = TypeVar("T")

_SHORTEST_PART: Final = 6
"""Characters of a text that is looked for within a value: a shorter one stands in many by chance."""


class WordsKept(StorageError):
    """Words could not be removed everywhere."""


def withdraw_words(
    sids: Mapping[str, bool],
    account_sid: str,
    *,
    outbox: SendJournal,
    jobs: JobStore,
    history: RequestHistory,
    variables: SavedVariables,
    forms: Drafts,
    campaign_forms: Drafts,
    events: EventStore | Path | None,
) -> None:
    """Remove and overwrite them.

    Args:
        sids: SID → whether the message itself is gone.
        account_sid: whose messages they are.
        outbox, jobs, history: what was sent and asked from here.
        variables: values that may have come from one of them.
        forms: what stood in the console's form.
        campaign_forms: what stands in the form of a message to many.
        events: the kept webhooks, or their file, which need not exist, where nobody has it open.

    Raises:
        WordsKept: they stay in one of these places; in the others they are gone. Doing it again does the rest.
    """
    problems: list[Exception] = []

    def attempt(step: Callable[[], T]) -> T | None:
        try:
            return step()
        except (StorageError, WebhookError, OSError) as problem:
            problems.append(problem)
            return None

    # The journal comes after these: by what it says was sent they are recognised, also another time. And a form by what
    # its variables stand for.
    sent = attempt(lambda: outbox.having_words(account_sid, sids))
    attempt(lambda: _revise(history, account_sid, sids, sent or ()))
    attempt(lambda: _forget_forms(forms, variables, account_sid, sent or ()))
    attempt(lambda: variables.forget(partial(_holds_words, sids, sent or ())))
    if sent:
        needed = {entry.sid for entry in sent} if problems else set[str | None]()
        attempt(lambda: outbox.withdraw(account_sid, {sid: gone for sid, gone in sids.items() if sid not in needed}))
    attempt(lambda: jobs.withdraw(account_sid, sids))
    attempt(lambda: _forget_rows(campaign_forms, sids.keys()))
    if isinstance(events, EventStore):
        attempt(lambda: events.forget_messages(sids))
    elif events is not None and events.exists():
        with closing(EventStore(events)) as store:
            attempt(lambda: store.forget_messages(sids))
    if problems:
        raise WordsKept("The text of a message that was redacted or deleted is kept here still.", str(problems[0]))


def _holds_words(sids: Mapping[str, bool], sent: tuple[JournalEntry, ...], variable: SavedVariable) -> bool:
    """Whether a variable is a part of one of these, other than the SID of one that is still there, or has its text."""
    gone = sids.get(variable.message)
    if gone is not None and (gone or variable.value != variable.message):
        return True
    texts = [text for entry in sent for text in (entry.text, *(entry.media if sids.get(entry.sid or "") else ()))]
    return variable.value in filter(None, texts) or any(
        text in variable.value for text in texts if len(text) >= _SHORTEST_PART
    )


def _revise(
    history: RequestHistory, account_sid: str, sids: Mapping[str, bool], sent: tuple[JournalEntry, ...]
) -> None:
    """Drop the requests that sent these, and the answers in which one of the messages stands."""
    made_one = partial(_made_one_of, _by_hand(sent), account_sid)

    def edit(past: PastRequest) -> PastRequest | None:
        if made_one(past.request, past.values):
            return None
        if past.answer is not None and (_is_cut_within_text(past.answer) or _names(past.answer, sids)):
            return replace(past, answer=None)
        return past

    history.revise(edit)


def _forget_forms(forms: Drafts, variables: SavedVariables, account_sid: str, sent: tuple[JournalEntry, ...]) -> None:
    """Drop the kept forms that would send one of these again as they are."""
    by_hand = _by_hand(sent)
    for connection in forms.connections() if by_hand else ():
        typed = typed_of(forms.get(connection))
        values = {name: each.value for name, each in variables.read(connection).items()}
        if typed is not None and _made_one_of(by_hand, account_sid, typed, values):
            forms.discard(connection)


def _forget_rows(forms: Drafts, sids: Collection[str]) -> None:
    """Drop the rows that were made of these messages from the forms of campaigns."""
    for connection in forms.connections():
        typed = forms.get(connection)
        rows = typed.get("rows", "")
        if (left := without_rows(rows, sids)) != rows:
            forms.put(connection, {**typed, "rows": left})


def without_rows(rows: str, sids: Collection[str]) -> str:
    """The rows that the form of a campaign was opened with, as it keeps them, without those of these messages."""
    if not any(sid in sids for sid in find_message_sids(rows)):
        return rows
    try:
        *about, cells = cast("list[object]", json.loads(rows))
        left = [each for each in cast("list[list[str]]", cells) if not any(cell in sids for cell in each)]
    except (TypeError, ValueError, RecursionError):
        # Nobody can read it as rows, here or there.
        return ""
    return json.dumps([*about, left], ensure_ascii=True)


def _by_hand(sent: tuple[JournalEntry, ...]) -> set[tuple[str, ...]]:
    return {_recognised_by(entry.to, entry.body, entry.media, entry.options or ()) for entry in sent if entry.by_hand}


def _made_one_of(
    by_hand: set[tuple[str, ...]], account_sid: str, typed: RequestText, values: Mapping[str, str]
) -> bool:
    words = _sent_by(typed, values, account_sid) if by_hand else None
    return words is not None and any(map(partial(_is_kept_as, words), by_hand))


def _is_kept_as(kept: tuple[str, ...], sent: tuple[str, ...]) -> bool:
    """Whether these are the words that were sent, be it with secrets masked."""
    return kept == sent or (len(kept) == len(sent) and all(map(_is_masked, kept, sent)))


def _is_masked(kept: str, sent: str) -> bool:
    first, *others = kept.split(MASK)
    if not others:
        return kept == sent
    place, last = len(first), len(sent) - len(others[-1])
    if not (sent.startswith(first) and sent.endswith(others[-1])):
        return False
    for piece in others[:-1]:
        place = sent.find(piece, place, last) + len(piece)
        if place < len(piece):
            return False
    return place <= last


def _names(answer: str, sids: Mapping[str, bool]) -> bool:
    return not sids.keys().isdisjoint(find_message_sids(answer))


def _is_cut_within_text(answer: str) -> bool:
    """Whether only the beginning was kept, and ends with a message whose SID, which follows its text, is cut off."""
    return len(answer) >= LARGEST_ANSWER and answer.rfind('"body"') > answer.rfind('"sid"')


def _sent_by(typed: RequestText, values: Mapping[str, str], account_sid: str) -> tuple[str, ...] | None:
    """What a request is recognised by; None for one that cannot be read."""
    request = read(typed, Variables(values, account_sid=account_sid)).request
    if request is None:
        return None
    pairs = pairs_of(request)
    first = dict(reversed(pairs))
    media = tuple(value for name, value in pairs if name == "MediaUrl")
    return _recognised_by(first.get("To", ""), first.get("Body", ""), media, pairs)


def _recognised_by(to: str, body: str, media: Iterable[str], options: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Recipient and text; without a text, all else that the recipient gets."""
    if body:
        return to, body
    return to, "", *media, *(value for name, value in options if name in WORDS)
