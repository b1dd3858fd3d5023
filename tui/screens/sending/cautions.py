"""What is known of the sender and the recipient of a message that is being written, and what its text costs.

Compose's form and a reply share it. The archive is asked when the addresses change; nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from tui.screens.sending.draft import DraftFields, recipient_of
from tui.screens.sending.send_notes import (
    ChannelFix,
    SendNote,
    channel_fixes,
    is_stale,
    notes_before_sending,
    say_estimate,
    stop_note,
)
from tui.services.session import Account, Session
from tui.theme import TONES
from tui.twilio.addresses import AddressError, read_sender
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.archive.standing import Standing


class Cautions:
    """The sentences about one account's message, and the cost beside the meter.

    Args:
        account: which it is sent from.
        session: has the prices, and the present.
        read: what is typed, with the recipient's address in To.
        show: shows the sentences.
        is_typed: whether the recipient's address is being typed just now.
        cure: how channels that do not fit are put right, as a sentence.
        pick: how a template is picked, as a sentence.
    """

    def __init__(
        self,
        account: Account,
        session: Session,
        *,
        read: Callable[[], DraftFields],
        show: Callable[[Sequence[SendNote]], object],
        is_typed: Callable[[], bool] = lambda: False,
        cure: str = "",
        pick: str = "",
    ) -> None:
        self._account, self._session = account, session
        self._read, self._show, self._is_typed, self._cure = read, show, is_typed, cure
        self._pick = pick
        self._typed = ("", "")
        self._sender = self._to = ""
        self._standing: Standing | None = None
        self._looked_for = ("", "")

    def moved(self) -> bool:
        """Read the addresses; whether they are others than before, so that `learn` has something to do."""
        typed = self._read()
        if (typed.from_, typed.to) == self._typed:
            return False
        self._typed = typed.from_, typed.to
        before = self._sender, self._to
        self._sender, self._to = addresses_of(typed)
        if (self._sender, self._to) == before:
            return False
        self._standing = None
        return True

    @property
    def recipient(self) -> str:
        """The address that To is read as; empty for none."""
        return self._to

    async def learn(self) -> None:
        """Ask the archive what it holds of the two, and say it; for a worker of the screen that shows it."""
        pair = self._sender, self._to
        standing = await self._account.archive.standing(*pair) if pair[1] else None
        if pair == (self._sender, self._to):
            self._standing = standing
            self.say()
        if standing is not None and pair != self._looked_for and is_stale(standing, self._session.clock()):
            # Only where messages are listed they are asked for again and again. What comes of this is learnt then.
            self._looked_for = pair
            self._account.archive.look_now()

    def say(self) -> None:
        """Say what is known by now. While the address is typed only that they sent STOP: it may be half of another."""
        now = self._session.clock()
        if self._is_typed():
            stop = stop_note(self._standing, self._sender, self._to, now) if self._standing else None
            self._show([stop] if stop else [])
            return
        template = bool(self._read().content_sid.strip())
        self._show(
            list(
                notes_before_sending(
                    self._sender, self._to, self._standing, now, template=template, cure=self._cure, pick=self._pick
                )
            )
        )

    def fixes(self, senders: Iterable[str]) -> list[ChannelFix]:
        """What would bring sender and recipient to one channel; empty where they fit."""
        return channel_fixes(self._sender, self._to, senders)

    def cost(self, body: str) -> str:
        """What a text would cost, safe to show; empty where that is not known. Waits for nothing.

        Of a number that is being typed nothing is asked: its beginning may be another country's.
        """
        if self._is_typed() or not self._to:
            return ""
        typed = self._read()
        quote = self._session.files.prices(self._account).quote(
            self._account,
            to=self._to,
            sender=self._sender,
            body=body,
            media=bool(typed.media.strip()) or typed.send_as_mms == "true",
        )
        return say_estimate(quote.estimate) if quote.estimate is not None else ""


def no_cost(body: str) -> str:
    """That nothing is known of what a text costs."""
    return ""


def note_lines(notes: Iterable[SendNote]) -> Content:
    """A line for each sentence; what is a warning has a sign before it, for whoever sees no colours."""
    return Content("\n").join(
        Content.styled(f"{'! ' if note.tone == 'warn' else ''}{note.words}", TONES[note.tone]) for note in notes
    )


def addresses_of(typed: DraftFields) -> tuple[str, str]:
    """The sender and the recipient as they would be sent; empty for what cannot be read."""
    try:
        sender = read_sender(typed.from_) if typed.from_.strip() else ""
    except AddressError:
        sender = ""
    try:
        recipient = recipient_of(typed)
    except InvalidRequest:
        recipient = None
    return sender, recipient.address if recipient else ""
