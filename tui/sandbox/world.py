"""The account as it stands: its numbers, services and messages, and what may be done to them.

Knows nothing of HTTP. Everything that depends on time asks the clock it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tui.sandbox.errors import Refusal
from tui.sandbox.filters import Filters
from tui.sandbox.form import Form
from tui.sandbox.identity import Identity, Mint
from tui.sandbox.lifecycle import Timetable, fate_of, received
from tui.sandbox.messages import Media, Message, Position, Shelf, content_type
from tui.sandbox.optout import OptOuts
from tui.sandbox.paging import Leaf, cut
from tui.sandbox.refused import failed_message, is_recorded
from tui.sandbox.senders import Senders
from tui.sandbox.validation import Desk, Draft
from tui.twilio.segments import measure


class World:
    """One account's state. `pace` is how many seconds one planned second of a life cycle takes.

    `announce` is called with every message that is created or arrives, once it is on the shelf.
    """

    def __init__(self, seed: int, clock: Callable[[], datetime], pace: float) -> None:
        self.clock = clock
        self.pace = pace
        self.identity = Identity.of(seed)
        self.mint = Mint(seed)
        self.started = clock()
        self.senders = Senders(seed, self.started)
        self.optouts = OptOuts()
        self.shelf = Shelf()
        self.announce: Callable[[Message], None] = _tell_nobody
        self._desk = Desk(self.identity.account_sid, self.senders, self.optouts)

    def create(self, form: Form) -> Message:
        """Take a new outbound message.

        Raises:
            Refusal: when Twilio would not take it; most of those stay in the list, see `refused`.
        """
        now = self.clock()
        try:
            draft = self._desk.check(form, now)
        except Refusal as refusal:
            if is_recorded(form, refusal):
                self.shelf.add(failed_message(form, refusal, now, self.shelf.next_arrival(), self.mint.sid))
            raise
        message = self._queue(draft, now)
        self.shelf.add(message)
        self.announce(message)
        return message

    def reply(self, sender: str, to: str, body: str, media: tuple[str, ...] = (), status_callback: str = "") -> Message:
        """Send what TwiML answered to an inbound message.

        Raises:
            Refusal: when Twilio would not send it.
        """
        form = [("From", sender), ("To", to), ("Body", body), *(("MediaUrl", url) for url in media)]
        now = self.clock()
        draft = self._desk.check(Form([*form, ("StatusCallback", status_callback)]), now)
        message = replace(self._queue(draft, now), direction="outbound-reply")
        self.shelf.add(message)
        self.announce(message)
        return message

    def receive(self, from_: str, to: str, body: str, media: tuple[str, ...] = ()) -> Message:
        """Let an inbound message arrive; STOP and START are obeyed."""
        now = self.clock()
        files = tuple(Media(self.mint.sid("ME"), content_type(url)) for url in media)
        message = Message(
            sid=self.mint.sid("MM" if files else "SM"),
            arrival=self.shelf.next_arrival(),
            created=now,
            to=to,
            sender=from_,
            body=body,
            direction="inbound",
            segments=max(1, measure(body).segments),
            steps=received(now),
            media=files,
        )
        self.shelf.add(message)
        self.optouts.hear(from_, to, body)
        self.announce(message)
        return message

    def list(self, filters: Filters, size: int, token: str | None) -> Leaf[Message]:
        """Return one page of messages, newest first."""
        now = self.clock()

        def read(position: Position) -> Message | None:
            message = self.shelf.at(position)
            return message if filters.admit(message, now) else None

        return cut(self.shelf.positions, read, size, token)

    def edit(self, message: Message, form: Form) -> Message:
        """Redact (an empty Body) or cancel (Status=canceled) a message.

        Raises:
            Refusal: for any other change, and for canceling what is not scheduled.
        """
        now = self.clock()
        changed = message
        if (status := form.get("Status")) is not None:
            if status != "canceled":
                raise Refusal(20001, reason=f"Status {status} is not a valid update: only canceled is")
            if message.standing(now).status != "scheduled":
                raise Refusal(30409, sid=message.sid)
            changed = changed.canceled(now)
        if (body := form.get("Body")) is not None:
            if body != "":
                raise Refusal(20001, reason="Body may only be updated to an empty string, which redacts it")
            changed = changed.redacted(now)
        self.shelf.put(changed)
        return changed

    def delete(self, message: Message) -> None:
        """Remove a message that has come to its end.

        Raises:
            Refusal: 20009 while it is still in flight.
        """
        if message.standing(self.clock()).in_flight:
            raise Refusal(20009)
        self.shelf.remove(message)

    def _queue(self, draft: Draft, now: datetime) -> Message:
        timetable = Timetable(
            start=now,
            to=draft.to,
            by_service=draft.service is not None,
            send_at=draft.send_at,
            validity=draft.validity,
            pace=self.pace,
        )
        files = tuple(Media(self.mint.sid("ME"), content_type(url)) for url in draft.media)
        return Message(
            sid=self.mint.sid("MM" if files else "SM"),
            arrival=self.shelf.next_arrival(),
            created=now,
            to=draft.to,
            sender=draft.sender,
            body=draft.body,
            direction="outbound-api",
            segments=max(1, measure(draft.body).segments),
            steps=timetable.steps(fate_of(draft.to)),
            service=draft.service,
            media=files,
            status_callback=draft.status_callback,
        )


def _tell_nobody(message: Message) -> None:
    """Nobody listens."""
