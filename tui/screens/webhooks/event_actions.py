"""Actions on one webhook event or all of them: replay, copy, export, clear.

What is copied, saved or replayed is the original; what is shown of an answer is made safe first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from textual.content import Content

from tui.keymap import name_keys
from tui.safe_text import safe_lines, safe_text
from tui.screens.base import BaseScreen
from tui.screens.export_dialog import Export, NothingToWrite, ask_to_export
from tui.screens.webhooks.event_list import EventRow
from tui.services.session import Account
from tui.time_format import duration
from tui.webhooks.errors import EventsUnavailable, InvalidSetting, WebhookError
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import Forwarded, WebhookEvent
from tui.webhooks.export import to_curl, to_json_line, write_json_lines
from tui.webhooks.forward_target import EXAMPLE
from tui.widgets.copying import offer_copies
from tui.widgets.dialogs import Ask, Confirm, Dialog

GONE: Final = "This event is no longer kept: newer ones took its room."

MOST_EXPORTED: Final = 20_000


def show_error(screen: BaseScreen, words: str) -> None:
    """Notify of something that could not be done; `words` may be remote text."""
    screen.app.notify(safe_text(words), severity="error", timeout=12, markup=False)


def show_answer(screen: BaseScreen, answer: Forwarded, title: str) -> None:
    """Show what a program answered; in a line where the person is busy with something else by now."""
    if screen.is_on_top:
        screen.app.push_screen(AnswerDialog(answer, title))
        return
    words = f"{title}: {answer.status} in {duration(answer.seconds)}."
    severity = "information" if answer.status < 400 else "warning"
    screen.app.notify(words, severity=severity, timeout=8, markup=False)


async def read_whole(store: EventStore, row: EventRow) -> WebhookEvent | None:
    """The event of a row, from the store; None when it has been pruned.

    Raises:
        EventsUnavailable: the store cannot be read.
    """
    return row.whole if row.whole is not None else await asyncio.to_thread(store.find, row.id)


class EventActions:
    """Runs the actions on events for a screen; `store` is asked for at each use, as it changes with the account."""

    def __init__(self, screen: BaseScreen, store: Callable[[], EventStore]) -> None:
        self._screen = screen
        self._store = store
        self._target = EXAMPLE
        self._playing: set[int] = set()

    async def _read(self, row: EventRow) -> WebhookEvent | None:
        try:
            event = await read_whole(self._store(), row)
        except EventsUnavailable as problem:
            show_error(self._screen, str(problem))
            return None
        if event is None:
            show_error(self._screen, GONE)
        return event

    def play_again(self, row: EventRow) -> None:
        """Send the same request once more to where events are forwarded to; where that is nowhere, ask."""
        receiving = self._screen.session.receiving
        if not receiving.settings.forward_to:
            self.play_elsewhere(row)
        elif receiving.settings.unconfirmed and not receiving.sandbox:
            self.ask_to_confirm(then=lambda: self.play_again(row))
        else:
            self._screen.work(partial(self._play_at_once, row), group="play")

    async def _play_at_once(self, row: EventRow) -> None:
        # A key held down is one wish, and what is under way is not broken off for it.
        if row.id in self._playing:
            return
        self._playing.add(row.id)
        try:
            event = await self._read(row)
            if event is not None:
                await self._play(event, "")
        finally:
            self._playing.discard(row.id)

    def play_elsewhere(self, row: EventRow) -> None:
        """Ask for a URL, send the same request there, show the answer."""
        self._screen.work(partial(self._ask_target, row), group="play", exclusive=True, asks=True)

    async def _ask_target(self, row: EventRow) -> None:
        event = await self._read(row)
        if event is None:
            return

        def check(text: str) -> str:
            try:
                self._screen.session.receiving.check_program(event, text)
            except InvalidSetting as problem:
                return safe_text(str(problem))
            return ""

        def entered(text: str | None) -> None:
            if text:
                self._target = text
                self._screen.work(partial(self._play_and_show, event, text), group="play", exclusive=True)

        words = (
            "The same request, headers and signature included, to a program on this machine. Without a path: its own."
        )
        self._screen.app.push_screen(
            Ask("Play it again", words, value=self._target, check=check, action="Send"), entered
        )

    async def _play_and_show(self, event: WebhookEvent, url: str) -> None:
        played = await self._play(event, url)
        if played is not None and played.status:
            show_answer(self._screen, played, "Played again")

    async def _play(self, event: WebhookEvent, url: str) -> Forwarded | None:
        try:
            played = (await self._screen.session.receiving.play_again(event, url)).forwarded
        except WebhookError as problem:
            show_error(self._screen, str(problem))
            return None
        if played is not None and played.problem:
            show_error(self._screen, played.problem)
        return played

    def show_media(self, row: EventRow, account: Account) -> None:
        """List the files that a message came with."""
        self._screen.work(partial(self._show_media, row, account), group="media", exclusive=True, asks=True)

    async def _show_media(self, row: EventRow, account: Account) -> None:
        event = await self._read(row)
        if event is not None:
            from tui.screens.media_dialog import open_webhook_media

            # A megabyte of parameters takes a while.
            files = await asyncio.to_thread(lambda: event.media)
            if account is self._screen.session.account:
                open_webhook_media(self._screen, account, files)

    def adopt(self, row: EventRow) -> None:
        """Take the public URL or the path that a request was meant for into the settings."""
        self._screen.work(partial(self._adopt, row), group="receiver")

    async def _adopt(self, row: EventRow) -> None:
        event = await self._read(row)
        if event is None:
            return
        try:
            words = await self._screen.session.receiving.adopt(event)
        except WebhookError as problem:
            show_error(self._screen, str(problem))
        else:
            undo = name_keys("{webhooks.set_up} changes it.")
            self._screen.app.notify(safe_text(f"{words} {undo}", limit=300), markup=False)

    def ask_to_confirm(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask whether events may go to the other machine that is set; `then` is called after a yes."""
        receiving = self._screen.session.receiving
        origin = receiving.settings.unconfirmed
        if not origin or receiving.sandbox:
            return

        async def confirm() -> None:
            try:
                await receiving.confirm_program()
            except WebhookError as problem:
                show_error(self._screen, str(problem))
            then()

        def answered(yes: bool | None) -> None:
            if yes and receiving.settings.unconfirmed == origin:
                self._screen.work(confirm, group="receiver")

        host = safe_text(origin, limit=200)
        words = Content.assemble(
            (host, "bold"),
            " is another machine. What arrives here goes there from now on: numbers, texts, and Twilio's signatures.",
        )
        self._screen.app.push_screen(Confirm("Forward events to this host?", words, yes="Forward"), answered)

    def copy(self, row: EventRow) -> None:
        """Ask what to copy."""
        self._screen.work(partial(self._copy, row), group="copy", exclusive=True, asks=True)

    async def _copy(self, row: EventRow) -> None:
        event = await self._read(row)
        if event is None:
            return
        # Writing a megabyte as a command or as JSON takes a while.
        parts = await asyncio.to_thread(_copies, event)
        plainly = "show the curl command plainly, to select it"
        offer_copies(self._screen, parts, plainly=plainly, plain=parts["curl"][1], again="webhooks.copy")

    def export(self, rows: Sequence[EventRow] | None) -> None:
        """Ask for a file and write the events of these rows as JSON lines; None writes every event kept."""
        store = self._store()
        what = f"The {len(rows)} events listed" if rows is not None else "Every event that is kept"
        words = f"{what}, whole, one JSON object a line. Passwords in headers are left out."
        name = f"webhooks-{self._screen.session.clock().astimezone():%Y%m%d-%H%M}.jsonl"

        def write(path: Path, replace: bool) -> str:
            try:
                return f"{write_json_lines(path, _oldest_first(store, rows), replace=replace)} events"
            except EventsUnavailable as problem:
                raise NothingToWrite(str(problem)) from None

        ask_to_export(self._screen, Export("Export", words, name, write))

    def clear(self, then: Callable[[], None]) -> None:
        """Forget every event after a question, of the receiver that was asked about; `then` is called afterwards."""
        receiver = self._screen.session.receiving.receiver

        async def forget() -> None:
            try:
                receiver.queue.forget_unserved()
                await asyncio.to_thread(receiver.store.clear)
            except EventsUnavailable as problem:
                show_error(self._screen, str(problem))
            then()

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.work(forget, group="clear")

        words = "Every event that is kept is removed, for good. Messages at Twilio stay as they are."
        self._screen.app.push_screen(Confirm("Clear the events?", words, yes="Clear"), answered)


def _copies(event: WebhookEvent) -> dict[str, tuple[str, str]]:
    """What can be copied: key → its name, and the original text."""
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


def _oldest_first(store: EventStore, rows: Sequence[EventRow] | None) -> list[WebhookEvent]:
    if rows is None:
        return list(reversed(store.latest(MOST_EXPORTED)))
    found = (row.whole or store.find(row.id) for row in reversed(rows))
    return [event for event in found if event is not None]


class AnswerDialog(Dialog[None]):
    """The answer of the person's own program."""

    def __init__(self, answer: Forwarded, title: str) -> None:
        good = answer.status < 400
        lines = [
            Content.assemble(
                (f"{'✓' if good else '✗'} {answer.status}", f"bold {'$text-success' if good else '$text-error'}"),
                f"  in {duration(answer.seconds)}",
            ),
            Content.styled(safe_text(answer.url, limit=200), "$quiet"),
            *(Content.styled(safe_text(f"{name}: {value}", limit=120), "$quiet") for name, value in answer.headers[:6]),
            Content(""),
            *(Content(line) for line in safe_lines(answer.body.decode("utf-8", "replace"), limit=1200)[:10]),
        ]
        super().__init__(title, Content("\n").join(lines))
