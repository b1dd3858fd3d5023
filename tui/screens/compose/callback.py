"""The receiver's URL as a status callback: offered under its field while the receiver runs, filled in by a key."""

from __future__ import annotations

from tui.keymap import key_of
from tui.safe_text import safe_text
from tui.screens.compose.form import DraftForm
from tui.services.session import Session


def receiver_url(session: Session) -> str:
    """Where statuses would arrive; empty while no receiver is running that Twilio can reach."""
    receiving = session.receiving_so_far
    return receiving.callback_url if receiving is not None and session.account is not None else ""


def offer(form: DraftForm, session: Session) -> None:
    """Name the key under the field, or take back that it was named."""
    url = receiver_url(session)
    if form.is_attached and not form.typed.callback.strip():
        form.note(
            "callback",
            f"{key_of('compose.receive')} fills in the receiver's: {safe_text(url, limit=120)}" if url else "",
        )


def fill_in(form: DraftForm, session: Session) -> None:
    """Give the draft the receiver's URL, in place of whatever callback it had."""
    url = receiver_url(session)
    if url:
        form.open_more(True)
        form.set_text("callback", url)
        form.enter("callback")
