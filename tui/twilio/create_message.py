"""The call that creates a message, in two steps, so that it is never in doubt on which side of the POST one is.

`prepare` may refuse, and then nothing has left. What it returns can be posted, and `post` raises nothing more: from
there on there are only results. `tui.twilio.messages.read_created` reads what an answer says; it does not raise either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tui.twilio.client import Client
from tui.twilio.drafts import Draft, check
from tui.twilio.errors import ApiError, BadAnswer, RequestFailed
from tui.twilio.exchange import HttpResponse, OutgoingRequest, document_of, form_post, read_json


@dataclass(frozen=True, slots=True)
class PreparedSend:
    """A create call that is ready to leave; none of it has. Made by `prepare` only."""

    client: Client
    outgoing: OutgoingRequest


def prepare(client: Client, draft: Draft, now: datetime | None = None) -> PreparedSend:
    """Everything up to the point of no return; `now` as for `tui.twilio.drafts.check`.

    Raises:
        InvalidRequest: the draft cannot be right.
    """
    for problem in check(draft, now):
        raise problem
    url = client.gate.locate(f"/Accounts/{client.account_sid}/Messages.json")
    return PreparedSend(client, form_post(url, draft.form()))


async def post(prepared: PreparedSend) -> HttpResponse | RequestFailed:
    """Send it once, on a connection of its own, and return what came of it.

    A failure says whether anything can have left: only an `InvalidRequest` of the transport and a `NoAnswer` with
    `sent=False` mean that nothing has.
    """
    try:
        return await prepared.client.exchange(prepared.outgoing, fresh=True)
    except RequestFailed as problem:
        return problem
    except Exception as problem:
        return unforeseen(problem)


def read_document(answer: HttpResponse) -> dict[str, object]:
    """As `tui.twilio.answers.read_json`; a refusal whose code cannot be read is not in Twilio's words, whatever its
    status, and is no refusal.
    """
    try:
        return read_json(answer)
    except ApiError as problem:
        if problem.code is not None or not _names_code(answer):
            raise
        reason = f"The answer ({answer.status}) carries a code that is none of Twilio's."
        raise BadAnswer(answer.status, reason, "Look for the message in the list.") from None


def _names_code(answer: HttpResponse) -> bool:
    return (document_of(answer) or {}).get("code") not in (None, "")


def unforeseen(problem: Exception) -> RequestFailed:
    """A failure of which it is not known whether the request has left."""
    # Its type only: the words of an unknown error may repeat what was sent.
    return RequestFailed(
        f"Something unexpected went wrong while it was sent ({type(problem).__name__}).",
        "Look for the message in the list before sending it again.",
    )
