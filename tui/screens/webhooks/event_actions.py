"""What can be done with the event at hand: reply, open its message, play it again, copy it, export, clear.

What is copied, saved or played again is the original; what is shown of an answer is made safe first.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from textual.content import Content

from tui.safe_text import safe_lines, safe_text
from tui.screens.base import DraftPrefill, OpenCompose, OpenMessage
from tui.screens.export_dialog import Export, NothingToWrite, ask_to_export
from tui.screens.list_detail import ListDetailScreen
from tui.screens.webhooks.event_list import EventRow
from tui.webhooks.errors import EventsUnavailable, ReplayRefused
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import EventKind, WebhookEvent
from tui.webhooks.export import to_curl, to_json_line, write_json_lines
from tui.webhooks.replay import Replayed, replay, replay_url
from tui.widgets.copying import offer_copies
from tui.widgets.dialogs import Ask, Confirm, Dialog

USUAL_TARGET = "http://127.0.0.1:3000"
"""Where web programs under development commonly listen."""

MOST_EXPORTED = 20_000


class Deeds(ListDetailScreen):
    """A place with an event at hand. Abstract: the Webhooks place says which event that is."""

    _target: str = USUAL_TARGET

    @property
    @abstractmethod
    def current_row(self) -> EventRow | None:
        """The event the actions are about."""

    @property
    @abstractmethod
    def listed(self) -> Sequence[EventRow]:
        """The events as they are shown."""

    @property
    @abstractmethod
    def narrowed(self) -> bool:
        """Whether a filter is on."""

    @property
    @abstractmethod
    def store(self) -> EventStore:
        """Where events are kept."""

    @abstractmethod
    def reload(self) -> None:
        """Read the list anew."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can work for this event."""
        row = self.current_row if self.is_mounted else None
        match action:
            case "reply":
                return row is not None and row.accepted and row.kind is EventKind.INBOUND and bool(row.sender)
            case "open_message":
                return row is not None and row.accepted and bool(row.sid) and self.session.account is not None
            case "open" | "copy" | "play_again" | "export" | "clear":
                return row is not None
            case _:
                return super().check_action(action, parameters)

    async def whole(self, row: EventRow) -> WebhookEvent | None:
        """The event of a row, as it is kept; None when it has been pruned."""
        return row.whole if row.whole is not None else await asyncio.to_thread(self.store.find, row.id)

    async def _with_event(self, row: EventRow) -> WebhookEvent | None:
        try:
            event = await self.whole(row)
        except EventsUnavailable as problem:
            self._refuse(str(problem))
            return None
        if event is None:
            self._refuse("This event is no longer kept: newer ones took its room.")
        return event

    def _refuse(self, words: str) -> None:
        self.app.notify(safe_text(words), severity="error", timeout=12, markup=False)

    # -- the message ---------------------------------------------------------------------------------

    def action_reply(self) -> None:
        """Write to whoever sent it, from the number they wrote to."""
        if (row := self.current_row) is not None:
            self.post_message(OpenCompose(DraftPrefill(to=row.sender, from_=row.to)))

    def action_open_message(self) -> None:
        """Show the message in Messages."""
        if (row := self.current_row) is not None:
            self.post_message(OpenMessage(row.sid))

    # -- playing again -------------------------------------------------------------------------------

    def action_play_again(self) -> None:
        """Ask where to, and send the same request there."""
        row = self.current_row
        if row is not None:
            self.work(partial(self._ask_target, row), group="replay", exclusive=True, asks=True)

    async def _ask_target(self, row: EventRow) -> None:
        event = await self._with_event(row)
        if event is None:
            return

        def check(text: str) -> str:
            try:
                replay_url(event, text)
            except ReplayRefused as problem:
                return safe_text(str(problem))
            return ""

        def entered(text: str | None) -> None:
            if text:
                self._target = text
                self.work(partial(self._play, event, text), group="replay", exclusive=True)

        words = (
            "The same request, headers and signature included, to a program on this machine. Without a path: its own."
        )
        self.app.push_screen(Ask("Play it again", words, value=self._target, check=check, action="Send"), entered)

    async def _play(self, event: WebhookEvent, url: str) -> None:
        try:
            answer = await replay(event, url)
        except ReplayRefused as problem:
            self._refuse(str(problem))
            return
        self.app.push_screen(_Answer(answer))

    # -- copying -------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Choose what to copy."""
        if (row := self.current_row) is not None:
            self.work(partial(self._copy, row), group="copy", exclusive=True, asks=True)

    async def _copy(self, row: EventRow) -> None:
        event = await self._with_event(row)
        if event is None:
            return
        # Writing a megabyte as a command or as JSON takes a while.
        parts = await asyncio.to_thread(_copies, event)
        plainly = "show the curl command plainly, to select it"
        offer_copies(self, parts, plainly=plainly, plain=parts["curl"][1], again="webhooks.copy")

    # -- keeping and forgetting ----------------------------------------------------------------------

    def action_export(self) -> None:
        """Ask where to write the events."""
        rows = list(self.listed) if self.narrowed else None
        what = f"The {len(rows)} events listed" if rows is not None else "Every event that is kept"
        words = f"{what}, whole, one JSON object a line. Passwords in headers are left out."
        name = f"webhooks-{self.session.clock().astimezone():%Y%m%d-%H%M}.jsonl"

        def written(path: Path, replace: bool) -> str:
            try:
                return f"{write_json_lines(path, _read(self.store, rows), replace=replace)} events"
            except EventsUnavailable as problem:
                raise NothingToWrite(str(problem)) from None

        ask_to_export(self, Export("Export", words, name, written))

    def action_clear(self) -> None:
        """Forget every event, after a question."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(self._clear(), group="clear")

        words = "Every event that is kept is removed, for good. Messages at Twilio stay as they are."
        self.app.push_screen(Confirm("Clear the events?", words, yes="Clear"), answered)

    async def _clear(self) -> None:
        try:
            await asyncio.to_thread(self.store.clear)
        except EventsUnavailable as problem:
            self._refuse(str(problem))
        self.reload()


def _copies(event: WebhookEvent) -> dict[str, tuple[str, str]]:
    """What can be copied of an event: what it is called, and the original."""
    return {
        "text": ("the text", event.parameter("Body")),
        "sid": ("the SID", event.sid),
        "from": ("the sender", event.parameter("From")),
        "to": ("the recipient", event.parameter("To")),
        "curl": ("a curl command", to_curl(event)),
        "url": ("the URL it was checked for", event.url),
        "diagnosis": ("why it was not verified", event.diagnosis),
        "body": ("the body as received", event.body.decode("utf-8", "replace")),
        "json": ("the whole event as JSON", to_json_line(event)),
    }


def _read(store: EventStore, rows: list[EventRow] | None) -> list[WebhookEvent]:
    """Whole events, oldest first: those of some rows, or all that are kept."""
    if rows is not None:
        found = (row.whole or store.find(row.id) for row in reversed(rows))
        return [event for event in found if event is not None]
    return list(reversed(store.latest(MOST_EXPORTED)))


class _Answer(Dialog[None]):
    """What the program that got the event said."""

    def __init__(self, answer: Replayed) -> None:
        good = answer.status < 400
        lines = [
            Content.assemble(
                (f"{'✓' if good else '✗'} {answer.status}", f"bold {'$text-success' if good else '$text-error'}"),
                f"  in {answer.seconds * 1000:.0f} ms",
            ),
            Content.styled(safe_text(answer.url, limit=200), "$quiet"),
            *(Content.styled(safe_text(f"{name}: {value}", limit=120), "$quiet") for name, value in answer.headers[:6]),
            Content(""),
            *(Content(line) for line in safe_lines(answer.body.decode("utf-8", "replace"), limit=1200)[:10]),
        ]
        super().__init__("Played again", Content("\n").join(lines))
