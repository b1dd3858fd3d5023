"""One message in full: its text for the pane and the preview, and the controller that asks Twilio for it anew.

Knows which message is shown, not how the list is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.price_format import say_price
from tui.safe_text import glimpse, safe_lines, safe_text
from tui.storage.errors import StorageError
from tui.theme import TONES, look_of
from tui.time_format import ago, full, length
from tui.twilio.addresses import country_name, country_of
from tui.twilio.errors import ApiError, RequestFailed
from tui.widgets.address_names import name_address
from tui.widgets.error_words import meaning_of, what_to_do, whole_error
from tui.widgets.message_words import show_address
from tui.widgets.text_pane import Preview, TextPane

if TYPE_CHECKING:
    from tui.screens.list_detail import ListDetailScreen
    from tui.services.session import Account, SessionEvent
    from tui.twilio.media import Media
    from tui.twilio.messages import Message
    from tui.widgets.thread_pane import ThreadPane, Wanted

LONGEST_BODY = 20_000
"""Characters shown of a body; Twilio's own limit is 1600, a hostile server has none."""

MOST_OTHER_FIELDS = 40

_SHOWN = frozenset(
    [
        *("sid", "status", "direction", "to", "from", "body", "account_sid", "messaging_service_sid", "uri"),
        *("num_segments", "num_media", "price", "price_unit", "error_code", "error_message"),
        *("date_created", "date_sent", "date_updated", "subresource_uris", "api_version"),
    ]
)
"""Fields that are shown by name above the others, or mean nothing to a person."""


@dataclass(frozen=True, slots=True)
class Besides:
    """What is known of a message besides what its resource says.

    Attributes:
        name_of: address → its name, safe to show; '' for none.
        send_at: for when it is scheduled, where it was scheduled from here: Twilio does not tell.
        media: its attachments; None before they were asked for.
        thread: whether its conversation stands below it, with its text; the rest is said in brief then.
    """

    name_of: Callable[[str], str] = lambda _: ""
    send_at: datetime | None = None
    media: Sequence[Media] | None = None
    thread: bool = False


def describe(message: Message, now: datetime, besides: Besides | None = None) -> Content:
    """All of a message as last known, for the pane; `now` is for "2 min ago"."""
    return Content("\n").join(_lines(message, now, besides or Besides()))


def _lines(message: Message, now: datetime, besides: Besides) -> Iterator[Content]:
    look, media = look_of(glimpse(message.status, 20)), besides.media
    planned = message.status == "scheduled"
    at = _send_at(message, besides) if planned else message.when
    when = f" · {ago(now - at)}" if at else ""
    if at and besides.thread:
        when = f" · {full(at, now)}"
    yield Content.assemble((str(look), f"bold {TONES[look.tone]}"), (when, "$quiet"))
    if message.error_code is not None:
        yield from whole_error(message.error_code, message.error_message, why=key_of("messages.why"))
    elif message.status == "sent":
        yield Content.styled("Handed to the carrier. Some carriers never confirm more than this.", "$quiet")
    elif planned and at is None:
        yield Content.styled(
            "Twilio does not say for when; that is known only of what was scheduled from here.", "$quiet"
        )
    yield Content("")
    # A whole SID would break the line; it stands below.
    service = message.messaging_service_sid
    sender = show_address(message.from_) or safe_text(f"{service[:6]}…{service[-4:]}" if service else "")
    yield Content.assemble(
        (sender, "bold"),
        ("  →  ", "$quiet"),
        (show_address(message.to), "bold"),
    )
    named = [("from", besides.name_of(message.from_ or service)), ("to", besides.name_of(message.to))]
    if any(name for _, name in named):
        yield Content(" ").join([Content.assemble((f"{side} ", "$quiet"), name) for side, name in named if name])
    if besides.thread:
        yield from _brief(message)
        yield from _timeline(message, now, _send_at(message, besides) if planned else message.date_sent)
        yield Content.styled(safe_text(message.sid, limit=60), "$quiet")
        yield from _media(message, media)
        return
    yield Content("")
    if message.body:
        yield from (Content(line) for line in safe_lines(message.body, limit=LONGEST_BODY))
    else:
        yield Content.styled("(no text)", "$quiet")
    yield Content("")
    yield from _timeline(message, now, _send_at(message, besides) if planned else message.date_sent)
    yield Content("")
    if media is not None and (region := country_of(message.other_party)):
        # Only once opened: the tables of the world's numbers take a moment to load.
        yield _field("Country", (country_name(region) or region).removeprefix("the "))
    for label, value in _fields(message):
        if value:
            yield _field(label, value)
    yield from _media(message, media)
    yield from _others(message)


def _brief(message: Message) -> Iterator[Content]:
    """Segments and price in one line."""
    count = message.num_segments
    segments = "" if count is None else f"{count} segment{'' if count == 1 else 's'}"
    words = " · ".join(part for part in (segments, _price(message)) if part)
    yield from [Content.styled(words, "$quiet")] if words else []
    yield Content("")


def _send_at(message: Message, besides: Besides) -> datetime | None:
    """For when a scheduled message is planned, where that is known."""
    return message.date_sent or besides.send_at


def _timeline(message: Message, now: datetime, sent_at: datetime | None) -> Iterator[Content]:
    """Created, sent, updated: earliest first, with days unless all are of today."""
    status = safe_text(message.status, limit=20)
    sent = "to be sent" if message.status == "scheduled" else "sent"
    # A text that was emptied later was updated by that; its status is older. One with media may never have had a text.
    emptied = not message.body and not message.num_media
    updated = message.inbound or emptied or status in ("", sent)
    steps = [
        ("received" if message.inbound else "created", message.date_created),
        (sent, sent_at),
        ("updated" if updated else status, message.date_updated),
    ]
    # Sorted by time alone: where two happen in one second, they stand as a message lives.
    dated = sorted(((moment.astimezone(), word) for word, moment in steps if moment), key=lambda step: step[0])
    today = now.astimezone().date()
    days = {moment.date() for moment, _ in dated}
    form = "" if days <= {today} else "%d %b " if {day.year for day in days} == {today.year} else "%d %b %Y "
    previous: datetime | None = None
    for moment, word in dated:
        if moment == previous:
            continue
        after = f"  +{length(moment - previous)}" if previous is not None else ""
        yield Content.assemble(
            (f"{moment:{form}%H:%M:%S}", "$quiet"), ("  •  ", "$text-primary"), word, (after, "$quiet")
        )
        previous = moment


def _fields(message: Message) -> Iterator[tuple[str, str]]:
    yield "SID", message.sid
    yield "Direction", message.direction
    yield "Segments", "" if message.num_segments is None else str(message.num_segments)
    yield "Price", _price(message)
    yield "Service", message.messaging_service_sid
    yield "Account", message.account_sid


def _price(message: Message) -> str:
    if message.price is None:
        return "not billed yet" if not message.final else ""
    return say_price(abs(message.price), message.price_unit)


def _field(label: str, value: str) -> Content:
    return Content.assemble((f"{label:<9} ", "$quiet"), safe_text(value, limit=400))


def _media(message: Message, media: Sequence[Media] | None) -> Iterator[Content]:
    if not message.num_media and not media:
        return
    from tui.twilio.media_kinds import say_file

    if media is None:
        yield _field("Media", name_keys(f"{message.num_media}; {{messages.media}} lists them"))
        return
    for number, item in enumerate(media):
        yield _field("Media" if not number else "", say_file(item.content_type, item.size))
    if media:
        yield Content.styled(name_keys(f"{'':<10}{{messages.media}}: save, open, copy the URL"), "$quiet")


def _others(message: Message) -> Iterator[Content]:
    others = [(key, value) for key, value in message.raw.items() if key not in _SHOWN and value not in (None, "")]
    for key, value in others[:MOST_OTHER_FIELDS]:
        yield _field(safe_text(key, limit=24), str(value)[:400])


def peek(message: Message, now: datetime, besides: Besides | None = None) -> Content:
    """Three or four lines of a message, for terminals with no room for a pane."""
    look, besides = look_of(glimpse(message.status, 20)), besides or Besides()
    when = full(message.when, now)
    if message.status == "scheduled":
        at = _send_at(message, besides)
        when = f"for {full(at, now)}" if at else f"created {when}" if when else ""
    own, other = ("to", "from") if message.inbound else ("from", "to")
    sides = [f"{own} {besides.name_of(message.own_party) or show_address(message.own_party)}"]
    if besides.name_of(message.other_party):
        # The row above has the name in its place.
        sides.insert(0, f"{other} {show_address(message.other_party)}")
    head = Content.assemble(
        (str(look), f"bold {TONES[look.tone]}"), (f"  {when}", "$quiet"), *((f"  {side}", "$quiet") for side in sides)
    )
    body = Content(glimpse(message.body, 400))
    if message.error_code is None:
        return Content("\n").join([head, body])
    code = message.error_code
    why = f"{meaning_of(code, message.error_message)} {what_to_do(code)}"
    return Content("\n").join([head, Content.styled(f"{code}: {why}", TONES["bad"]), body])


class MessageDetail:
    """Which message is shown in full: the one under the cursor, or any of the account that was opened by its SID.

    Args:
        screen: whose pane and preview are filled, and whose workers ask Twilio.
        under_cursor: the message under the list's cursor.
        not_found: called with a SID that could not be opened, and why; whether that was said.
    """

    def __init__(
        self,
        screen: ListDetailScreen,
        *,
        under_cursor: Callable[[], Message | None],
        not_found: Callable[[str, str], bool],
    ) -> None:
        self.single: Message | None = None
        """The message that was opened by its SID, wherever the cursor stands."""
        self._awaited = self._said = ""
        """The SID of a message that Twilio is asked for, and that is to be shown; what the pane says meanwhile."""
        self._screen, self._under_cursor, self._not_found = screen, under_cursor, not_found
        self._opened = ""
        """The SID of the message that was opened last, and so was read."""
        self._media: tuple[str, tuple[Media, ...]] = ("", ())
        self._thread: ThreadPane | None = None
        self._planned: dict[str, datetime | None] = {}
        """For when the scheduled messages that were shown are planned; None where they were not scheduled from here."""

    @property
    def current(self) -> Message | None:
        """The message that actions are about; None while another than the cursor's is awaited."""
        return self.single if self.apart else self._under_cursor()

    @property
    def apart(self) -> bool:
        """Whether another message than the one under the cursor is shown, or awaited."""
        return self.single is not None or bool(self._awaited)

    def show(self) -> None:
        """Fill the preview and the pane, where they are shown."""
        screen, message = self._screen, self.current
        if message is None:
            screen.show_nothing()
            self._follow_thread()
            if self._awaited and screen.reads:
                screen.query_one("#detail", TextPane).show(Content(safe_text(self._said, limit=400)))
            return
        now, account = screen.session.clock(), screen.session.account
        sid, media = self._media
        if account is not None and account.media is not None and (known := account.media.known(message.sid)):
            sid, media = message.sid, known
        besides = Besides(
            partial(name_address, screen.session),
            self._planned.get(message.sid),
            media if sid == message.sid else None,
            self._has_room_for_thread and not screen.opened,
        )
        if screen.reads:
            screen.query_one("#detail", TextPane).show(describe(message, now, besides))
        if screen.peeks:
            screen.query_one("#peek", Preview).show(peek(message, now, besides))
        self._follow_thread()
        archive = screen.session.archive
        if screen.opened and message.inbound and message.sid != self._opened and archive is not None:
            self._opened = message.sid
            screen.work(partial(archive.mark_opened, message), group="read")
        if message.status == "scheduled" and message.sid not in self._planned and account is not None:
            self._planned[message.sid] = None
            screen.work(partial(self._read_planned, account, message.sid), group="planned")

    @property
    def _has_room_for_thread(self) -> bool:
        return self._screen.has_class("-wide") and self._screen.has_class("-tall")

    def _follow_thread(self) -> None:
        """Show the conversation under its message, where there is room for both."""
        if self._thread is not None:
            if self.current is not None:
                self._thread.follow(self._wanted_thread)
            else:
                self._thread.clear()
        elif self._has_room_for_thread and self.current is not None:
            # Not before the rows can be seen: it is imported first.
            self._screen.call_after_refresh(self._make_thread)

    def _make_thread(self) -> None:
        if self._thread is None and self._screen.is_attached:
            from tui.widgets.thread_pane import ThreadPane

            self._thread = ThreadPane(self._screen.session, self._planned.get, how_older=self._how_older)
            self._screen.query_one("#pane").mount(self._thread)
            self._screen.call_after_refresh(self._follow_thread)

    def _how_older(self) -> str:
        archive = self._screen.session.archive
        more = archive is not None and (archive.more_to_load or archive.coverage.gaps())
        return name_keys("{messages.load_history} loads more") if more else ""

    def _wanted_thread(self) -> Wanted:
        message = self.current
        return self._screen.session.archive, message.other_party if message is not None else "", message

    def take_event(self, event: SessionEvent) -> None:
        """Bring the conversation up to date with what the session tells."""
        if self._thread is not None:
            self._thread.take(event)

    async def _read_planned(self, account: Account, sid: str) -> None:
        """Read from the send journal for when messages were scheduled; this one may be of a campaign."""
        whose = account.client.account_sid
        try:
            entries = await asyncio.to_thread(account.outbox.history, whose)
            entries += await asyncio.to_thread(account.outbox.of_messages, whose, [sid])
        except StorageError:
            # The outbox is where it is said.
            return
        for entry in entries:
            # All of them, since the next ones under the cursor may be others that were scheduled from here.
            if entry.sid and entry.send_at:
                self._planned[entry.sid] = entry.send_at
        if self._thread is not None:
            self._thread.redraw()
        self.show()

    def close(self) -> None:
        """Go back to the list."""
        self.follow_cursor()
        self._screen.opened = False

    def follow_cursor(self) -> None:
        """Show the message under the cursor; one that is awaited is not waited for any more."""
        if self._awaited:
            self._screen.workers.cancel_group(self._screen, "look")
        self.single, self._awaited = None, ""

    def forget(self, sid: str) -> None:
        """Close a message that is gone from Twilio."""
        if self.single is not None and self.single.sid == sid:
            self.close()
        self.show()

    def take_over(self, message: Message) -> None:
        """Take over what is newer about the message that was opened by its SID."""
        if self.single is not None and self.single.sid == message.sid:
            from tui.twilio.messages import take_over

            self.single = take_over(self.single, message)

    def open(self) -> None:
        """Show the current message in full, and ask Twilio how it stands now."""
        screen, message = self._screen, self.current
        account = screen.session.account
        if message is not None:
            screen.opened = True
            if account is not None:
                screen.work(partial(self._ask_anew, account, message.sid), group="look", exclusive=True)
                self._learn_names(account)

    def open_sid(self, sid: str) -> None:
        """Show any message of the account in full: as it is kept here, then as Twilio has it."""
        self._screen.work(partial(self._open_sid, self._screen.session.account, sid), group="look", exclusive=True)

    async def _ask_anew(self, account: Account, sid: str) -> None:
        session = self._screen.session
        try:
            message = await self._fetch(account, sid)
        except RequestFailed as problem:
            if account is not session.account:
                return
            if isinstance(problem, ApiError) and problem.status == 404:
                self._warn("Twilio has this message no longer.")
                session.changes.deleted(account, sid)
            else:
                self._warn(f"Not brought up to date: {problem}")
            return
        if account is session.account:
            # The event that follows shows it, here as on every other screen.
            session.changes.known(account, message)

    async def _open_sid(self, account: Account | None, sid: str) -> None:
        session = self._screen.session
        kept = await session.archive.find(sid) if session.archive is not None else None
        if account is not session.account:
            return
        if kept is not None:
            self._show_single(kept)
            if account is not None:
                await self._ask_anew(account, sid)
            return
        if account is None:
            self._say_not_found(sid, "No connection is open, and this message is not kept here.")
            return
        self._await(sid, f"Asking Twilio for {sid}…")
        try:
            message = await self._fetch(account, sid)
        except RequestFailed as problem:
            if account is session.account:
                where = f" Looked in {account.name}." if isinstance(problem, ApiError) else ""
                self._say_not_found(sid, f"{problem}{where}")
            return
        if account is session.account:
            self._show_single(message)
            session.changes.known(account, message)

    def _say_not_found(self, sid: str, words: str) -> None:
        self._awaited = ""
        if not self._not_found(sid, words):
            self._await(sid, f"{sid}: {words}")

    def _await(self, sid: str, said: str) -> None:
        """Say this in the pane, in place of the message with this SID."""
        self.single, self._awaited, self._said = None, sid, said
        self._screen.opened = True
        self.show()

    def _show_single(self, message: Message) -> None:
        self.single, self._awaited = message, ""
        self._screen.opened = True
        self.show()
        if (account := self._screen.session.account) is not None:
            self._learn_names(account)

    def _learn_names(self, account: Account) -> None:
        """Ask once what the account calls its numbers and services."""

        async def learn() -> None:
            await account.load_senders()
            if self._thread is not None:
                self._thread.redraw()
            self.show()

        if account.senders is None:
            self._screen.work(learn, group="names", exclusive=True)

    async def _fetch(self, account: Account, sid: str) -> Message:
        """The message as Twilio has it now; its media are kept for `show`.

        Raises:
            RequestFailed: there is no message; where only its media cannot be listed, the person is told.
        """
        from tui.twilio.messages import fetch

        message, media = await fetch(account.client, sid), ()
        if message.num_media:
            try:
                media = await self._screen.session.media(account).list(sid)
            except RequestFailed as problem:
                if account is self._screen.session.account:
                    self._warn(f"The media could not be listed: {problem}")
                return message
        if account is self._screen.session.account:
            self._media = (sid, media)
        return message

    def _warn(self, words: str) -> None:
        self._screen.app.notify(safe_text(words), severity="warning", markup=False)
