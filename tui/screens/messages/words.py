"""What is said above the list, and in its place when there is nothing to list. Pure: the screen only shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from tui.key_names import key_of, name_keys
from tui.moments import zone_name
from tui.safe_text import safe_text
from tui.theme import TONES

if TYPE_CHECKING:
    from tui.screens.messages.selection import Selection
    from tui.session import Session
    from tui.twilio.errors import RequestFailed
    from tui.twilio.feed import Feed


@dataclass(frozen=True, slots=True)
class Situation:
    """How the list stands.

    Attributes:
        feed: what is loaded; None without an account.
        shown: how many of the loaded rows the local filter lets through.
        loading: whether a page is on its way.
        asking: whether the person asked for what is new, and there is no answer yet.
        trouble: why the last reading failed.
    """

    feed: Feed | None
    selection: Selection
    shown: int
    loading: bool
    watching: bool
    trouble: RequestFailed | None
    asking: bool = False


def summarise(now: Situation, session: Session) -> Content | str:
    """The line above the list; empty while nothing was read, and where what stands below says why nothing is."""
    if now.feed is None or not now.feed.started or (now.trouble is not None and not now.feed.rows):
        return ""
    loaded = len(now.feed.rows)
    count = f" {now.shown} of {loaded} loaded match" if now.selection.local else f" {loaded} loaded"
    under_way = "loading…" if now.loading else "asking…" if now.asking else ""
    more = under_way or ("more below" if now.feed.more_below else "that is all")
    pieces = [(count, "bold"), (f", {more}", "$quiet")]
    if now.trouble is not None:
        # Before anything that may be cut off: the cause, and what to press.
        pieces.append(
            (f" · {key_of('messages.refresh')}: try again. {safe_text(now.trouble.reason, limit=120)}", TONES["bad"])
        )
    if now.selection:
        pieces.append((f" · {safe_text(now.selection.words(), limit=60)}", TONES["accent"]))
    pieces.append((f" · {zone_name(session.clock())}", "$quiet"))
    pieces.append((" · watching" if now.watching else " · not watching", "$quiet"))
    return Content.assemble(*pieces)


def explain_emptiness(now: Situation, session: Session) -> Content:
    """What is the case, and what to do, when there is no row to show."""
    if session.account is None:
        return _without_account(session)
    if now.trouble is not None:
        tried = f"Asked {session.account.client.gate.origin} for messages."
        return _words(
            "The messages could not be read.", str(now.trouble), f"{tried} {key_of('messages.refresh')} tries again."
        )
    if now.feed is None or not now.feed.started or now.loading:
        return _words("Loading messages…")
    if now.selection:
        ahead = "End searches further back." if now.feed.more_below else "Every message was looked at."
        looked = f"{len(now.feed.rows)} looked at. {ahead}"
        return _words("Nothing matches.", looked, name_keys("{messages.filter} changes the filter, esc drops it."))
    return _words("No messages yet.", name_keys("{messages.compose} writes the first one."))


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
    rest = [Content.styled(safe_text(line), "$quiet") for line in lines]
    return Content("\n").join([Content.styled(safe_text(title), "bold"), Content(""), *rest])
