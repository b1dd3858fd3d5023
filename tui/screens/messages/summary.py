"""What is said above the list, and in its place when there is nothing to list. Pure: the screen only shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.theme import TONES
from tui.time_format import short, zone_name

if TYPE_CHECKING:
    from tui.screens.messages.filters import MessageFilter
    from tui.services.session import Session
    from tui.twilio.errors import RequestFailed
    from tui.twilio.message_list import MessageList


STOP: Final = "."
"""The key that stops a search, also where no row has the focus."""


@dataclass(frozen=True, slots=True)
class MessageListStatus:
    """How the list stands.

    Attributes:
        feed: what is loaded; None without an account.
        shown: how many of the loaded rows the local filter lets through.
        loading: whether a page is on its way.
        asking: whether the person asked for what is new, and there is no answer yet.
        trouble: why the last reading failed.
        stopped: whether the person stopped the search for older rows that match.
        gathering: whether all that match are being read, to be written to a file.
    """

    feed: MessageList | None
    selection: MessageFilter
    shown: int
    loading: bool
    watching: bool
    trouble: RequestFailed | None
    asking: bool = False
    stopped: bool = False
    gathering: bool = False

    @property
    def searching(self) -> bool:
        """Whether older rows are being read for the sake of those that match, with an end of its own to it."""
        return self.gathering or (self.loading and self.selection.compares and bool(self.feed and self.feed.rows))


def summarise(now: MessageListStatus, session: Session) -> Content | str:
    """The line above the list; empty while nothing was read, and where what stands below says why nothing is."""
    if now.feed is None or not now.feed.started or (now.trouble is not None and not now.feed.rows):
        return ""
    loaded, compares = len(now.feed.rows), now.selection.compares
    count = f" {now.shown} of {loaded} loaded match" if compares else f" {loaded} loaded"
    more = _under_way(now, session) or (
        "that is all"
        if not now.feed.more_below
        else f"stopped at {_reached(now, session)}; End searches on"
        if compares and now.stopped
        else "more below"
    )
    pieces = [(count, "bold"), (f", {more}", "$quiet")]
    if now.trouble is not None:
        # Before anything that may be cut off: the cause, and what to press.
        pieces.append(
            (f" · {key_of('messages.refresh')}: try again. {safe_text(now.trouble.reason, limit=120)}", TONES["bad"])
        )
    if not now.watching:
        # Before the filter, which may be long: whoever waits for a message must see that none comes by itself.
        pieces.append((" · not watching", "$quiet"))
    if now.selection:
        pieces.append((f" · {safe_text(now.selection.words(), limit=60)}", TONES["accent"]))
    pieces.append((f" · {zone_name(session.clock())}", "$quiet"))
    if now.watching:
        pieces.append((" · watching", "$quiet"))
    return Content.assemble(*pieces)


def _under_way(now: MessageListStatus, session: Session) -> str:
    if now.searching and (reached := _reached(now, session)):
        return f"searching, back to {reached}… {STOP} stops"
    return "loading…" if now.loading else "asking…" if now.asking else ""


def _reached(now: MessageListStatus, session: Session) -> str:
    """The time of the oldest message that was looked at."""
    rows = now.feed.rows if now.feed is not None else []
    return short(rows[-1].when, session.clock()) if rows else ""


def explain_emptiness(now: MessageListStatus, session: Session) -> Content:
    """What is the case, and what to do, when there is no row to show."""
    if session.account is None:
        return _without_account(session)
    looked = f"{len(now.feed.rows):,} looked at" if now.feed is not None and now.feed.rows else ""
    if reached := _reached(now, session):
        looked += f", back to {reached}"
    if now.trouble is not None:
        asked = f"Asked {session.account.client.gate.origin} for messages."
        again = f"{asked} {key_of('messages.refresh')} tries again."
        if looked:
            return _words("Nothing matches so far.", f"{looked}. No older ones could be read: {now.trouble}", again)
        return _words("The messages could not be read.", str(now.trouble), again)
    if now.feed is None or not now.feed.started or (now.loading and not looked):
        return _words("Loading messages…")
    if now.selection:
        change = name_keys("{messages.filter} changes the filter, esc drops it.")
        if now.searching:
            return _words("Nothing matches so far.", f"{looked}, searching further back… {STOP} stops.", change)
        if now.feed.more_below:
            return _words("Nothing matches so far.", f"{looked}. End searches further back.", change)
        every = "Every message was looked at." if now.selection.server is None else "That is all Twilio has of them."
        return _words("Nothing matches.", f"{looked}. {every}" if looked else "Twilio has none.", change)
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
