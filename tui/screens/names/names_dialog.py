"""The dialogs that name a number and list all names. What a name stands for is shown: never the name alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.actions import show_key
from tui.archive.folding import fold
from tui.safe_text import glimpse, safe_text
from tui.storage.contacts import clean_name, contact_name_problem
from tui.storage.errors import StorageError
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.twilio.addresses import NUMBERED_CHANNELS
from tui.widgets.dialogs import Ask, Confirm, Dialog, key_line
from tui.widgets.message_words import show_address
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.services.contacts import Contacts
    from tui.services.session import Session
    from tui.storage.contacts import Contact

_NAME_WIDTH = 34
_ALL, _ADD, _REMOVE, _IMPORT = "f7", "f7", "f8", "f9"
"""Keys of these dialogs alone: in the line that is typed into a letter is text."""


def name_number(screen: Widget, session: Session, address: str) -> None:
    """Ask what an address is to be called; without one, list all names."""
    screen.app.push_screen(NameNumber(session, address) if address else NamesDialog(session))


def _kept_in(contacts: Contacts) -> str:
    if contacts.path is None:
        return "In the sandbox names are kept until the program ends."
    return f"Kept in {safe_text(str(contacts.path), limit=200)}."


def _named_address(contacts: Contacts, address: str) -> str:
    """What gets the name: the number in all channels, unless this channel has a name of its own."""
    channel, _, number = address.partition(":")
    has_own = any(each.address == address for each in contacts.entries())
    return address if has_own or channel not in NUMBERED_CHANNELS or not number.startswith("+") else number


class NameNumber(ReportsWorkerErrors, Dialog[None]):
    """Asks for the name of an address, or another one; an empty line removes it.

    Args:
        session: whose names they are.
        address: as Twilio has it.
    """

    DEFAULT_CSS = """
    NameNumber {
        & .number { height: auto; margin: 0 0 1 0; text-style: bold; }
        & .about { height: auto; margin: 1 0 0 0; color: $quiet; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding(_ALL, "all_names", "All names", show=False)]

    def __init__(self, session: Session, address: str) -> None:
        self._contacts = session.contacts
        self._address = _named_address(self._contacts, address)
        self._asked_for = address
        self._before = self._contacts.name_of(self._address)
        super().__init__("Another name" if self._before else "Who is this?")
        self.session = session
        self._saving = False

    def parts(self) -> ComposeResult:
        yield Static(show_address(self._address), classes="number", markup=False)
        yield LineField(self._before, placeholder="a name")
        yield Static("", classes="wrong", markup=False)
        yield Static(self._about(), classes="about", markup=False)

    def keys(self) -> Content:
        return key_line(("⏎", "Save"), (show_key(_ALL), "All names"), ("esc", "Back"))

    def on_mount(self) -> None:
        account = self.session.account
        if account is not None and account.senders is None:

            async def learn() -> None:
                await account.load_senders()
                self.query_one(".about", Static).update(self._about())

            self.run_worker(learn, group="senders", exit_on_error=False)

    def _about(self) -> Content:
        words = ["Shown wherever the number is, and found by with: in a search."]
        account = self.session.account
        senders = account.senders if account is not None else None
        own = next((each for each in senders.offered if each.address == self._asked_for), None) if senders else None
        if own is not None:
            called = f"Twilio calls it “{glimpse(own.label, 40)}”, and a" if own.label else "A"
            words.insert(0, f"This is one of your own. {called} name here takes that place.")
        if self._before:
            words.append("Empty the line to remove the name.")
        return Content(" ".join([*words, _kept_in(self._contacts)]))

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one(".wrong", Static).update("")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        name = clean_name(event.value)
        if name == self._before:
            self.dismiss(None)
        elif wrong := "" if self._before and not name else contact_name_problem(name):
            self.query_one(".wrong", Static).update(Content(wrong))
        elif not self._saving:
            self._saving = True
            self.run_worker(partial(self._save, name), group="save", exit_on_error=False)

    async def _save(self, name: str) -> None:
        shown = show_address(self._address)
        try:
            if name:
                await self._contacts.put(self._address, name)
            else:
                await self._contacts.remove(self._address)
        except StorageError as problem:
            self.query_one(".wrong", Static).update(Content(safe_text(str(problem), limit=300)))
        else:
            self.notify(f"{shown} is {glimpse(name, 80)}." if name else f"{shown} has no name now.", markup=False)
            self.dismiss(None)
        finally:
            self._saving = False

    def action_all_names(self) -> None:
        self.app.push_screen(NamesDialog(self.session))


class NamesList(RowList):
    """Names with their numbers, one a row."""

    CLICKS_TO_OPEN = 1

    def __init__(self) -> None:
        super().__init__()
        self.contacts: list[Contact] = []

    def draw_row(self, index: int, width: int) -> list[Piece]:
        each = self.contacts[index]
        return [
            (f" {fit(glimpse(each.name, 80), min(_NAME_WIDTH, width // 2))}  ", "plain"),
            (show_address(each.address), "muted"),
        ]


class NamesDialog(ReportsWorkerErrors, Dialog[None]):
    """All names, to find, change, remove and import them."""

    DEFAULT_CSS = """
    NamesDialog {
        & > Vertical { width: 76; }
        & NamesList { height: 12; margin: 1 0 0 0; }
        & .problems { color: $text-warning; height: auto; max-height: 4; margin: 1 0 0 0; }
        & .problems.-none { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(_ADD, "add", "Add", show=False),
        Binding(_REMOVE, "remove", "Remove", show=False),
        Binding(_IMPORT, "import_names", "Import", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__("Names")
        self.session = session
        self._contacts = session.contacts
        self._folded: list[tuple[str, Contact]] = []

    def parts(self) -> ComposeResult:
        yield LineField(placeholder="find a name or a number")
        yield NamesList()
        yield Static("", classes="problems -none", markup=False)

    def keys(self) -> Content:
        return key_line(
            ("⏎", "Rename"),
            (show_key(_ADD), "Add"),
            (show_key(_REMOVE), "Remove"),
            (show_key(_IMPORT), "Import"),
            ("esc", "Back"),
        )

    def on_mount(self) -> None:
        self._work(self._read)

    def on_screen_resume(self) -> None:
        self._work(self._read)

    async def _read(self) -> None:
        """Show the names as they are by now: another instance may have changed them."""
        await self._contacts.read()
        entries = self._contacts.entries()
        # Thousands take a while.
        self._folded = await asyncio.to_thread(
            lambda: sorted(((fold(each.name), each) for each in entries), key=lambda pair: pair[0])
        )
        self._narrow()
        problems = self.query_one(".problems", Static)
        problems.update(Content("\n".join(self._contacts.problems)))
        problems.set_class(not self._contacts.problems, "-none")

    @on(Input.Changed)
    def _narrow(self) -> None:
        typed = fold(self.query_one(Input).value).strip()
        digits = "".join(each for each in typed if each.isdecimal())
        rows = self.query_one(NamesList)
        rows.contacts = [
            each
            for folded, each in self._folded
            if typed in folded or (len(digits) > 2 and digits in each.address) or typed == each.address
        ]
        rows.set_row_count(len(rows.contacts))
        rows.refresh()
        count = len(rows.contacts)
        words = f"{count:,} of {len(self._folded):,}" if typed else f"{count:,} name{'' if count == 1 else 's'}"
        if not self._folded:
            words = "no names yet"
        self.query_one(Vertical).border_subtitle = Content(words)

    @property
    def _current(self) -> Contact | None:
        rows = self.query_one(NamesList)
        return rows.contacts[rows.cursor] if rows.cursor < len(rows.contacts) else None

    def on_key(self, event: events.Key) -> None:
        self.query_one(NamesList).move_by(event)

    @on(Input.Submitted)
    @on(RowList.Opened)
    def _opened(self) -> None:
        if (contact := self._current) is not None:
            self.app.push_screen(NameNumber(self.session, contact.address))

    def action_add(self) -> None:
        from tui.twilio.addresses import AddressError, read_recipient

        def problem_of(text: str) -> str:
            try:
                read_recipient(text)
            except AddressError as problem:
                return safe_text(f"{problem.reason} {problem.remedy}", limit=300)
            return ""

        def entered(text: str | None) -> None:
            if text:
                self.app.push_screen(NameNumber(self.session, read_recipient(text).address))

        ask = Ask("Name which number?", placeholder="+14155550100", check=problem_of, action="Go on")
        self.app.push_screen(ask, entered)

    def action_remove(self) -> None:
        if (contact := self._current) is None:
            return

        async def remove() -> None:
            try:
                await self._contacts.remove(contact.address)
            except StorageError as problem:
                self.notify(safe_text(str(problem), limit=300), severity="error", timeout=10, markup=False)
            await self._read()

        def answered(yes: bool | None) -> None:
            if yes:
                self._work(remove)

        words = f"{glimpse(contact.name, 80)} · {show_address(contact.address)}"
        self.app.push_screen(Confirm("Remove this name?", words, yes="Remove"), answered)

    def action_import_names(self) -> None:
        from tui.screens.names.names_import import ask_to_import

        ask_to_import(self, self._contacts)

    def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        self.run_worker(work, group="names", exit_on_error=False)
