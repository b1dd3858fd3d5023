"""The list of conversations: one line a person, and the lines that were read so far.

Name and time stand in columns before the text, which comes last: a terminal that measures an emoji differently shifts
nothing else. Columns give way as the list narrows: the name is shorter below 44 cells.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.message import Message as Posted

from tui.safe_text import glimpse
from tui.theme import look_of
from tui.twilio.message import PROBLEMS
from tui.widgets.error_words import short_error
from tui.widgets.message_words import SAID_BY_THE_MARK, show_address
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.archive.conversations import Conversation

LONGEST_PREVIEW: Final = 400
"""Characters of a text that a row looks at; no terminal is wider."""

PAGE: Final = 200
"""Persons that are read at once."""

_WHEN: Final = 6
_MOST_COUNTED: Final = 99


def conversation_row(conversation: Conversation, width: int, now: datetime, name: str) -> list[Piece]:
    """One person as a row of so many cells: ` 2● 14:02  Maya Lindqvist  ← Yes, that suits me`.

    `name` is what the person is called (safe to show); empty for the number.
    """
    unread = conversation.unread
    count = "" if unread < 2 else str(min(unread, _MOST_COUNTED))
    words = name or show_address(conversation.to if ":" not in conversation.number else conversation.number)
    return [
        (f"{count:>2}{'●' if unread else ' '} ", "accent" if unread else "plain"),
        (f"{when_words(conversation.last.when, now):>{_WHEN}}  ", "muted"),
        (f"{fit(words, name_width(width))}  ", "plain"),
        *_last(conversation),
    ]


def name_width(width: int) -> int:
    """Cells of the name in a list of this width."""
    return 18 if width >= 44 else 16


def title_line(width: int) -> str:
    """The line above the rows."""
    return f"    {'Last':>{_WHEN}}  {fit('With', name_width(width))}  Text"


def when_words(when: datetime | None, now: datetime) -> str:
    """`14:02` today, `22 Nov` this year, the year before: six cells at most."""
    if when is None:
        return ""
    local, today = when.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local:%Y}"


def _last(conversation: Conversation) -> list[Piece]:
    message = conversation.last
    text = glimpse(message.body, LONGEST_PREVIEW)
    shown: Piece = (text, "plain") if text else (f"({message.num_media} media)" if message.num_media else "", "muted")
    if not shown[0]:
        shown = ("(no text)", "muted")
    if message.inbound:
        # What failed stands further up in the thread; that it did must not wait to be found there.
        earlier: list[Piece] = [("✗ ours failed · ", "bad")] if conversation.failed else []
        return [("← ", "plain"), *earlier, shown]
    status = glimpse(message.status, 20)
    look = look_of(status)
    if message.status in PROBLEMS:
        code = message.error_code
        why = short_error(code, message.error_message) if code is not None else look.word
        return [("→ ", "plain"), (f"{look.mark} {why} · ", look.tone), shown]
    if message.status in SAID_BY_THE_MARK:
        return [("→ ", "plain"), shown]
    return [("→ ", "plain"), (f"{look.mark} {look.word} · ", look.tone), shown]


class Listed:
    """The conversations that were read so far, the newest first.

    Attributes:
        ended: whether there are no older ones.
    """

    def __init__(self) -> None:
        self._newest_last: list[Conversation] = []
        self._by_number: dict[str, Conversation] = {}
        self.ended = False

    def __len__(self) -> int:
        return len(self._newest_last)

    def at(self, index: int) -> Conversation | None:
        """The one on this line; None where there is none."""
        found = self._newest_last
        return found[len(found) - 1 - index] if 0 <= index < len(found) else None

    def of(self, number: str) -> Conversation | None:
        """That with this person, where it was read."""
        return self._by_number.get(number)

    def line_of(self, number: str) -> int | None:
        """The line of a person."""
        conversation = self._by_number.get(number)
        if conversation is None:
            return None
        return len(self._newest_last) - 1 - bisect_left(self._newest_last, conversation.row, key=_row)

    def whose(self, row: int) -> str | None:
        """The person whose newest message is this row."""
        index = bisect_left(self._newest_last, row, key=_row)
        found = self._newest_last[index] if index < len(self._newest_last) else None
        return found.number if found is not None and found.row == row else None

    @property
    def numbers(self) -> list[str]:
        """Whose they are."""
        return list(self._by_number)

    @property
    def oldest(self) -> int | None:
        """The row number below which nothing was read."""
        return self._newest_last[0].row if self._newest_last else None

    def extend(self, page: Iterable[Conversation]) -> None:
        """Add older ones."""
        for conversation in page:
            self.put(conversation.number, conversation)

    def put(self, number: str, conversation: Conversation | None) -> None:
        """Take what is known of a person by now; None where nothing is any more."""
        before = self._by_number.pop(number, None)
        if before is not None:
            del self._newest_last[bisect_left(self._newest_last, before.row, key=_row)]
        if conversation is not None:
            self._by_number[number] = conversation
            insort(self._newest_last, conversation, key=_row)


def _row(conversation: Conversation) -> int:
    return conversation.row


class ConversationList(RowList):
    """The rows. Older ones are asked for as the cursor, or the view, comes near the last of them.

    Args:
        now: the present.
        name: what an address is called, safe to show; empty for nothing.
    """

    class MoreAsked(Posted):
        """The last lines that were read are in view, or nearly."""

        def can_replace(self, message: Posted) -> bool:
            """One is enough."""
            return isinstance(message, ConversationList.MoreAsked)

    def __init__(self, *, now: Callable[[], datetime], name: Callable[[str], str]) -> None:
        super().__init__(id="conversations")
        self._now, self._name = now, name
        self.listed = Listed()
        self._number: str | None = None
        self._relisting = False

    @property
    def current(self) -> Conversation | None:
        """The one under the cursor."""
        return self.listed.at(self.cursor)

    def show(self, listed: Listed, *, at: str | None = None) -> None:
        """Show these; the cursor stays on its person, or goes to the one with this number where they are listed."""
        lines = [listed.line_of(each) for each in (at, self._number) if each is not None]
        line = next((each for each in lines if each is not None), None)
        self.listed = listed
        self._relisting = True
        try:
            self.set_row_count(len(listed), cursor=line)
        finally:
            self._relisting = False
        self._note()

    def watch_cursor(self, old: int, new: int) -> None:
        self._note()
        # What is listed anew moves nobody to another person: `Moved` tells of keys and clicks alone.
        with self.prevent(self.Moved) if self._relisting else nullcontext():
            super().watch_cursor(old, new)

    def _note(self) -> None:
        current = self.current
        self._number = current.number if current is not None else None

    def view_changed(self) -> None:
        if not self.listed.ended and self.top + 3 * max(1, self.size.height) > len(self.listed):
            self.post_message(self.MoreAsked())

    def action_last(self) -> None:
        super().action_last()
        self.view_changed()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        conversation = self.listed.at(index)
        if conversation is None:
            return []
        return conversation_row(conversation, width, self._now(), self._name(conversation.to or conversation.number))
