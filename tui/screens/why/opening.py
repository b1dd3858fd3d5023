"""Ask why: about a message, one that is known by its SID, or whatever else can be a subject. Knows no screen.

What takes long to import is imported when somebody asks: every list of messages has this key.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tui.safe_text import safe_text
from tui.twilio.message import has_trouble

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.services.send_state import SendState
    from tui.services.why.checks import Subject
    from tui.twilio.message import Message


def can_ask_about_send(sending: SendState) -> bool:
    """Whether there is a message to ask about, or an error that Twilio refused it with."""
    return bool(sending.sid) if sending.stage.accepted else sending.error_code is not None


def send_calls_for_why(sending: SendState, now: datetime) -> bool:
    """Whether a send failed, or its message should have arrived by now."""
    if sending.message is not None:
        return has_trouble(sending.message, now)
    return not sending.stage.accepted and sending.error_code is not None


async def open_why(screen: BaseScreen, subject: Subject) -> None:
    """Show the checks of a subject over a screen, and ask them; says why not where that cannot be."""
    if (account := screen.account_in_use()) is not None and screen.is_on_top:
        from tui.screens.why.screen import WhyScreen

        await screen.app.push_screen(WhyScreen(screen.session, account, subject, place=screen.place))


async def ask_why(screen: BaseScreen, message: Message) -> None:
    """Ask about a message."""
    from tui.services.why.checks import Subject

    await open_why(screen, Subject.of_message(message))


async def ask_why_of_send(screen: BaseScreen, sending: SendState) -> None:
    """Ask about what was sent from here: its message, or an attempt that Twilio refused."""
    from tui.services.why.checks import Subject

    if sending.message is not None:
        await ask_why(screen, sending.message)
    elif sending.stage.accepted:
        await ask_why_of(screen, sending.sid)
    else:
        draft = sending.draft
        await open_why(screen, Subject(None, sending.error_code, draft.from_, draft.to, at=sending.began))


async def ask_why_of(screen: BaseScreen, sid: str) -> None:
    """Ask about the message with this SID, as it is kept here, else as Twilio has it."""
    from tui.twilio.errors import RequestFailed
    from tui.twilio.messages import fetch

    if (account := screen.account_in_use()) is None:
        return
    message = await account.archive.find(sid)
    if message is None:
        try:
            message = await fetch(account.client, sid)
        except RequestFailed as problem:
            screen.notify(safe_text(f"The message could not be read. {problem}"), severity="warning", markup=False)
            return
    if account is screen.session.account:
        await ask_why(screen, message)
