"""What the list of messages shows, for tests that drive the screen under Pilot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from tui.screens.messages.screen import MessagesScreen
from tui.screens.messages.table import MessageTable
from tui.screens.queries.query_bar import QueryBar
from tui.twilio.messages import Message

Until = Callable[..., Awaitable[None]]


def table(pilot: Pilot[Any]) -> MessageTable:
    """The list."""
    return pilot.app.screen.query_one(MessageTable)


def messages_in(rows: MessageTable) -> list[Message]:
    """The messages that are listed and at hand, the newest first."""
    at_hand = rows._at_hand
    found = [at_hand.get(row) for row in reversed(rows.listing.numbers)] if at_hand is not None else []
    return [message for message in found if message is not None]


def messages(pilot: Pilot[Any]) -> list[Message]:
    """As `messages_in`, of the screen that is shown."""
    return messages_in(table(pilot))


def count(pilot: Pilot[Any]) -> int:
    """How many messages are listed."""
    return len(table(pilot).listing.numbers)


async def loaded(pilot: Pilot[Any], until: Until, at_least: int = 1) -> None:
    """Wait until so many messages are listed and Twilio has answered; all that are listed are at hand then."""

    def there() -> bool:
        screen = pilot.app.screen
        if not isinstance(screen, MessagesScreen) or count(pilot) < at_least:
            return False
        status = screen.loader.state.status
        return status is not None and status.looked and messages(pilot) != []

    await until(pilot, there)
    at_hand = table(pilot)._at_hand
    assert at_hand is not None
    await at_hand.read(at_hand.missing(table(pilot).listing.numbers))


def stand_on(pilot: Pilot[Any], wanted: Callable[[Message], bool]) -> Message:
    """Move the cursor to the newest message at hand that is wanted."""
    rows = table(pilot)
    at_hand = rows._at_hand
    assert at_hand is not None
    for row in reversed(rows.listing.numbers):
        message = at_hand.get(row)
        if message is not None and wanted(message):
            line = rows.listing.line_of(row)
            assert line is not None
            rows.cursor = line
            return message
    raise AssertionError("no such message is at hand")


async def search(pilot: Pilot[Any], until: Until, text: str) -> None:
    """Type a query, take it, and wait until all that match are listed."""
    screen = pilot.app.screen
    assert isinstance(screen, MessagesScreen)
    bar = screen.query_one(QueryBar)
    await pilot.press("slash")
    await until(pilot, lambda: bar.is_open)
    await pilot.press(*({" ": "space"}.get(letter, letter) for letter in text))
    await pilot.press("enter")
    await until(pilot, lambda: not bar.is_open and bar.text == text and not screen.loader.state.counting)
