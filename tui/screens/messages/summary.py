"""The line above the message list, and the words in place of an empty one. Pure: the screen only shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.theme import TONES
from tui.time_format import short, zone_name
from tui.twilio.errors import ApiError, RequestFailed

if TYPE_CHECKING:
    from tui.screens.messages.loader import MessageListStatus
    from tui.services.session import Session


STOP: Final = "."
"""The key that stops a search, also where no row has the focus."""


def summarise(status: MessageListStatus, shown: int, session: Session) -> Content | str:
    """The line above the list; empty where the words below say why there is none.

    Args:
        status: what is loaded, and what is being read.
        shown: how many of the loaded messages the filter lets through.
        session: for the present and its zone.
    """
    if status.loaded is None or not status.started or (status.error is not None and not status.loaded.rows):
        return ""
    loaded, compares, now = len(status.loaded.rows), status.filter.compares, session.clock()
    count = f" {shown} of {loaded} loaded match" if compares else f" {loaded} loaded"
    more = _under_way(status, session) or (
        "that is all"
        if not status.more_below
        else f"stopped at {_oldest(status, session)}; End searches on"
        if compares and status.stopped
        else "more below"
    )
    pieces = [(count, "bold"), (f", {more}", "$quiet")]
    if status.error is not None:
        # Before anything that may be cut off: the cause, and what to press.
        reason = safe_text(status.error.reason, limit=120)
        pieces.append((f" · {key_of('messages.refresh')}: try again. {reason}", TONES["bad"]))
    if not status.watching:
        # Before the filter, which may be long: whoever waits for a message must see that none comes by itself.
        pieces.append((" · not watching", "$quiet"))
    if status.filter:
        pieces.append((f" · {safe_text(status.filter.words(now), limit=60)}", TONES["accent"]))
    pieces.append((f" · {zone_name(now)}", "$quiet"))
    if status.watching:
        pieces.append((" · watching", "$quiet"))
    return Content.assemble(*pieces)


def _under_way(status: MessageListStatus, session: Session) -> str:
    if status.searching and (oldest := _oldest(status, session)):
        return f"searching, back to {oldest}… {STOP} stops"
    return "loading…" if status.loading else "asking…" if status.asking else ""


def _oldest(status: MessageListStatus, session: Session) -> str:
    """The time of the oldest loaded message."""
    rows = status.loaded.rows if status.loaded is not None else []
    return short(rows[-1].when, session.clock()) if rows else ""


def explain_emptiness(status: MessageListStatus, session: Session) -> Content:
    """What is the case and what to do, where there is no row to show."""
    if session.account is None:
        return _without_account(session)
    count = len(status.loaded.rows) if status.loaded is not None else 0
    oldest = _oldest(status, session)
    looked = f"{count:,} looked at{f', back to {oldest}' if oldest else ''}" if count else ""
    if status.error is not None:
        asked = f"Asked {session.account.client.policy.origin} for messages."
        again = f"{asked} {key_of('messages.refresh')} tries again."
        if count:
            return _words("Nothing matches so far.", f"{looked}. No older ones could be read: {status.error}", again)
        return _words("The messages could not be read.", str(status.error), _edit_hint(status.error, session), again)
    if not status.started or (status.loading and not count):
        return _words("Loading messages…")
    if not status.filter:
        return _words("No messages yet.", name_keys("{messages.compose} writes the first one."))
    change = name_keys("{messages.filter} changes the filter, esc drops it.")
    if status.searching:
        return _words("Nothing matches so far.", f"{looked}, searching further back… {STOP} stops.", change)
    if status.more_below:
        return _words("Nothing matches so far.", f"{looked}. End searches further back.", change)
    if not count:
        return _words("Nothing matches.", "Twilio has none.", change)
    of = f"all {count:,} messages" if status.filter.server is None else f"the {count:,} messages that Twilio found"
    return _words(f"None of {of} matches.", f"The oldest is of {oldest}." if oldest else "", change)


def _edit_hint(error: RequestFailed, session: Session) -> str:
    """Which keys edit the connection in use, where Twilio refused its credentials (HTTP 401) and it is a saved one."""
    account = session.account
    if account is None or account.sandbox or account.name not in session.saved.connections.names:
        return ""
    if not isinstance(error, ApiError) or error.status != 401:
        return ""
    keys = name_keys("{everywhere.connections}, {connections.edit}")
    return f"{keys} edits {safe_text(account.name, limit=40)}."


def _without_account(session: Session) -> Content:
    if session.trouble is not None:
        return _words(
            f"{session.failed or 'The connection'} could not be opened.",
            str(session.trouble),
            name_keys("{everywhere.switch_connection} chooses another connection."),
        )
    if session.opening:
        return _words(f"Opening {safe_text(session.opening, limit=40)}…")
    return _words(
        "No connection yet.",
        name_keys("{everywhere.switch_connection}, then choose the sandbox: it needs no account."),
        name_keys("{everywhere.connections} goes to Connections, to add your own."),
    )


def _words(title: str, *lines: str) -> Content:
    rest = [Content.styled(safe_text(line), "$quiet") for line in lines if line]
    return Content("\n").join([Content.styled(safe_text(title), "bold"), Content(""), *rest])
