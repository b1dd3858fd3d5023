"""What the console's picker offers, and finding in it: saved requests, the history, examples, Twilio's operations.

Pure; call `entries` in a thread, since a history holds long bodies. Operations are in no list: they are searched for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tui import time_format as moments
from tui.raw_request.form_text import MESSAGES_PATH, NEWEST_MESSAGES, RequestText
from tui.raw_request.history import PastRequest
from tui.raw_request.operation_form import form_for
from tui.screens.console.request_words import differences, result_of, what_differs
from tui.theme import Tone
from tui.twilio.operations import Operation, search

LIKELIEST = 5
"""Requests of the history that are found before the operations; the others come after them."""

MOST_OPERATIONS = 60
"""Operations that are found, at most: whoever sees more types another word."""

Kind = Literal["saved", "aside", "past", "example", "operation"]


@dataclass(frozen=True, slots=True)
class RequestChoice:
    """One row of the list.

    Attributes:
        name: of a saved request or an example; of one in the history, when it was sent.
        result: the status of one in the history, `—` for no response, `■` for one that was stopped.
        values: what is asked or sent, in one line; of one in the history what differs from the one before.
        past: the entry of the history, with the response where that was kept.
        operation: what the request is the empty form of.
        lacking: whether the sandbox, which is in use, has no such operation.
        searched: the text that is searched, in small letters.
    """

    kind: Kind
    request: RequestText
    name: str = ""
    result: str = ""
    tone: Tone = "muted"
    values: str = ""
    past: PastRequest | None = None
    operation: Operation | None = None
    lacking: bool = False
    searched: str = ""

    @property
    def folder(self) -> str:
        """What stands before the last slash of a saved request's name, with that slash; empty for none."""
        return "".join(self.name.rpartition("/")[:2]) if self.kind == "saved" else ""


def entries(
    saved: dict[str, RequestText],
    aside: Sequence[RequestText],
    past: Iterable[PastRequest],
    now: datetime,
    *,
    sandbox: bool = False,
) -> list[RequestChoice]:
    """Every request there is to choose but for operations, the likeliest first, saved ones by their folders."""
    kept = [RequestChoice("saved", request, name) for name, request in saved.items()]
    found = [
        *(RequestChoice("aside", request, "put aside") for request in aside),
        *sorted(kept, key=lambda entry: entry.folder.casefold()),
        *(_entry_of(each, now) for each in past),
        *(RequestChoice("example", request, name) for name, request in examples(now, sandbox=sandbox).items()),
    ]
    differing = iter(what_differs([entry.request for entry in found if entry.past is not None]))
    return [
        replace(
            entry,
            values=next(differing) if entry.past is not None else differences(entry.request, None),
            searched=_searched(entry),
        )
        for entry in found
    ]


_ACCOUNT = "/Accounts/$TWILIO_ACCOUNT_SID"
_NUMBERS_OF_THE_SANDBOX = "To=+14155550123\nFrom=+14155550100\n"
"""The sandbox has these from its start."""


def examples(now: datetime, *, sandbox: bool) -> dict[str, RequestText]:
    """Name → request. Each works as it is, but for the two that send: outside the sandbox a person says to whom."""
    whom = _NUMBERS_OF_THE_SANDBOX if sandbox else "To=\nFrom=\n"
    a_week_ago = (now - timedelta(days=7)).date().isoformat()
    found = {
        "the newest messages": NEWEST_MESSAGES,
        "the newest one in full": RequestText(path=MESSAGES_PATH, query="PageSize=1"),
        "messages of this week": RequestText(path=MESSAGES_PATH, query=f"PageSize=50\nDateSent>={a_week_ago}"),
        "send a text": _post(f"{whom}Body=Hello there"),
        "send a picture": _post(f"{whom}Body=\nMediaUrl=https://demo.twilio.com/owl.png"),
        "the account's numbers": RequestText(path=f"{_ACCOUNT}/IncomingPhoneNumbers.json", query="PageSize=50"),
        "messaging services": RequestText(path="https://messaging.twilio.com/v1/Services", query="PageSize=50"),
        "the balance": RequestText(path=f"{_ACCOUNT}/Balance.json"),
        "what today cost": RequestText(path=f"{_ACCOUNT}/Usage/Records/Today.json", query="Category=sms"),
    }
    if not sandbox:
        found["look a number up"] = RequestText(
            path="https://lookups.twilio.com/v2/PhoneNumbers/+14155552671", query="# Fields=line_type_intelligence"
        )
    return found


def _post(body: str) -> RequestText:
    return RequestText(method="POST", path=MESSAGES_PATH, body_kind="form", body=body)


def _entry_of(past: PastRequest, now: datetime) -> RequestChoice:
    status = past.status
    tone = "good" if 0 < (status or 0) < 300 else "warn" if (status or 0) < 400 else "bad"
    result = result_of(status, past.words)
    return RequestChoice("past", past.request, moments.short(past.at, now), result, tone, past=past)


def _searched(entry: RequestChoice) -> str:
    request = entry.request
    parts = [entry.kind, entry.name, entry.result, request.method, request.path, request.query, request.body]
    if entry.past is not None:
        parts += [entry.past.connection, entry.past.words or ("no answer" if entry.past.status is None else "")]
    return "\n".join(parts).casefold()


# -- finding -------------------------------------------------------------------------------------------


def find(
    known: Sequence[RequestChoice], typed: str, served: Collection[tuple[str, str, str]] | None
) -> list[RequestChoice]:
    """The requests that hold every word that is typed, and the operations of Twilio's that do.

    A word that ends with a slash and begins the name of a saved request narrows to that folder.

    Args:
        known: as `entries` has them.
        typed: the words; none finds all of `known`, and no operation.
        served: method, host and path of the operations that there are; None for all.
    """
    words = typed.casefold().split()
    found = [entry for entry in known if all(word in entry.searched for word in words)]
    if not words:
        return found
    folder = next((word for word in words if word.endswith("/")), "")
    if inside := [entry for entry in found if folder and entry.folder.casefold().startswith(folder)]:
        return inside
    first = [entry for entry in found if entry.kind != "past" and (entry.kind != "example" or _is_named(entry, words))]
    first += _likeliest(entry for entry in found if entry.kind == "past")
    offered = [_offer(operation, served) for operation in search(typed, MOST_OPERATIONS)]
    already = set(map(id, first))
    return [*first, *offered, *(entry for entry in found if id(entry) not in already)]


def _is_named(entry: RequestChoice, words: Sequence[str]) -> bool:
    return all(word in entry.name.casefold() for word in words)


def _likeliest(past: Iterable[RequestChoice]) -> list[RequestChoice]:
    """The last few of the history, none twice."""
    found: dict[RequestText, RequestChoice] = {}
    for entry in past:
        if len(found) == LIKELIEST:
            break
        found.setdefault(entry.request, entry)
    return list(found.values())


def _offer(operation: Operation, served: Collection[tuple[str, str, str]] | None) -> RequestChoice:
    lacking = served is not None and (operation.method, operation.host, operation.path) not in served
    return RequestChoice("operation", form_for(operation), operation.product, operation=operation, lacking=lacking)
