"""The Connections screen: list and detail pane, the form in their place, and their actions."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.actions import CONNECTIONS, bindings
from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, Navigate
from tui.screens.connections.connection_test import ASKING, STOPPED, TestResult, put_to_test
from tui.screens.connections.detail import Detail
from tui.screens.connections.forgetting import DeleteConnection, ask_to_forget
from tui.screens.connections.form import ConnectionForm
from tui.screens.connections.importing import ImportOffer, choose_import, imports_of, nothing_to_import, renamed
from tui.screens.connections.list import (
    ConfigWarning,
    ConnectionList,
    SandboxRow,
    SavedRow,
    UnreadableRow,
    config_warnings,
    rows_of,
)
from tui.services.kept_messages import KeptMessages, find_kept
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.connections import Connection, Connections
from tui.storage.errors import StorageError
from tui.theme import TONES
from tui.widgets.bars import KeyBar
from tui.widgets.dialogs import Confirm
from tui.widgets.row_list import RowList

_LIST_ACTIONS = frozenset(action.name for action in CONNECTIONS)


class ConnectionsScreen(BaseScreen):
    """The screen that lists, tests, edits, imports and deletes connections."""

    CSS_PATH = "connections.tcss"
    PLACE: ClassVar[str] = "connections"
    HELP_TEXT: ClassVar[str] = (
        "A connection is one Twilio account with the credentials to use it. Everything you see and send "
        "belongs to the connection in use, whose name stands at the top right, "
        "on its Colour where it has one: red for production, say. The review before a send shows it as well.\n\n"
        "API key or auth token: an API key can be revoked alone and is the better choice; the auth token is the "
        "account's master password. A secret can stay outside the file: type $NAME instead of it.\n\n"
        "They are kept in connections.toml, readable by you alone. Secrets are never shown here.\n\n"
        "The messages that were read are kept on this computer as long as a connection's History says; "
        "{connections.forget} removes them."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CONNECTIONS)]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._form: ConnectionForm | None = None
        self._verdicts: dict[str, tuple[Connection, TestResult]] = {}
        self._troubles: list[ConfigWarning] = []
        self._kept: dict[str, KeptMessages] = {}

    def content(self) -> ComposeResult:
        """Warnings, the list, the detail pane."""
        with Vertical(id="saved"):
            yield Static("", id="trouble", markup=False)
            with Horizontal(id="panes"):
                with Vertical(id="list-pane"):
                    yield Static("", id="hint", markup=False)
                    yield ConnectionList()
                with VerticalScroll(id="detail", can_focus=False):
                    yield Detail()

    def on_mount(self) -> None:
        """Focus the list, the cursor on the connection in use."""
        self._show()
        listed = self.query_one(ConnectionList)
        used = (n for n, row in enumerate(listed.rows) if isinstance(row, SavedRow | SandboxRow) and row.used)
        listed.cursor = next(used, listed.cursor)
        listed.focus()

    # -- what happens --------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        self._look_at_kept()

    def account_changed(self, account: Account | None) -> None:
        """Mark the connection in use."""
        self._show()
        self._look_at_kept()

    def session_changed(self, event: SessionEvent) -> None:
        """Reload the rows when connections.toml changed."""
        if event.what is EventType.CONNECTIONS:
            self._show()
            self._look_at_kept()

    def navigated(self, request: Navigate) -> None:
        """Open the form for `add` and `import`."""
        wish = request.then
        if self._form is not None:
            return
        if wish == "add":
            self.action_add()
        elif wish == "import":
            self.action_import_environment()

    def unsaved_warning(self) -> str:
        """Warn about an edited form."""
        if self._form is None or not self._form.changed:
            return ""
        name = self._form.name_typed
        return f"The connection {name + ' ' if name else ''}you are typing is not saved."

    # -- showing -------------------------------------------------------------------------------------

    def _show(self, select: str | None = None) -> None:
        found = self.query(ConnectionList)
        if not found:
            return
        rows = rows_of(self.session)
        listed = found.first()
        at = next((n for n, row in enumerate(rows) if isinstance(row, SavedRow) and row.name == select), None)
        listed.show(
            rows, {row.name: told for row in rows if isinstance(row, SavedRow) and (told := self._told(row))}, cursor=at
        )
        self._troubles = config_warnings(self.session)
        trouble = self.query_one("#trouble", Static)
        trouble.display = bool(self._troubles)
        trouble.update(
            Content("\n").join(Content.styled(f"! {each.words}", TONES[each.tone]) for each in self._troubles)
        )
        hint = self.query_one("#hint", Static)
        hint.display = not any(isinstance(row, (SavedRow, UnreadableRow)) for row in rows)
        hint.update(self._hint())
        self._show_detail()

    def _hint(self) -> str:
        if self.session.saved.trouble is not None:
            words = "The saved connections are not known until the file is fixed or set aside"
            return (
                f"{words}."
                if not self.session.sandbox_offered
                else f"{words}; {key_of('connections.sandbox')} tries the sandbox."
            )
        words = name_keys("No connection is saved yet. Press {connections.add} to add one")
        if self.session.saved.from_environment() is not None:
            words += f", {key_of('connections.import_environment')} to take the TWILIO_* variables of this shell"
        elif self.session.saved.profiles_there:
            words += f", {key_of('connections.import_environment')} to take a profile of Twilio's command-line tool"
        return (
            f"{words}."
            if not self.session.sandbox_offered
            else f"{words}, {key_of('connections.sandbox')} to try the sandbox."
        )

    def _told(self, row: SavedRow) -> TestResult | None:
        connection, verdict = self._verdicts.get(row.name, (None, None))
        return verdict if connection == row.connection else None

    def _show_detail(self) -> None:
        row = self.query_one(ConnectionList).row
        verdict = self._told(row) if isinstance(row, SavedRow) else None
        self.query_one(Detail).show(row, verdict, self._kept.get(row.name) if isinstance(row, SavedRow) else None)
        self.refresh_bindings()

    def _look_at_kept(self) -> None:
        """Look on the disk how much is kept of each connection's messages, and show it."""

        async def look() -> None:
            await self._find_kept()
            if self.query(Detail):
                self._show_detail()

        self.work(look, group="kept", exclusive=True)

    async def _find_kept(self) -> None:
        saved = [*self.session.saved.connections.values()]
        self._kept = await asyncio.to_thread(find_kept, self.session.paths, saved)

    @on(RowList.Moved)
    def _moved(self) -> None:
        self._show_detail()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The list's keys work on the list only, and where there is something to do."""
        if action not in _LIST_ACTIONS or not self.is_mounted:
            return True
        if self._form is not None:
            return False
        row = self.query_one(ConnectionList).row
        match action:
            case "edit" | "test" | "make_default" | "forget":
                return isinstance(row, SavedRow)
            case "remove":
                return isinstance(row, (SavedRow, UnreadableRow))
            case "sandbox":
                return self.session.sandbox_offered
            case "mend":
                return any(trouble.mend for trouble in self._troubles)
            case "stop_test":
                return any(verdict is ASKING for _, verdict in self._verdicts.values())
            case _:
                return True

    # -- using ---------------------------------------------------------------------------------------

    @on(RowList.Opened)
    def action_use(self) -> None:
        match self.query_one(ConnectionList).row:
            case SavedRow(name, _, problems) if problems:
                first = problems[0]
                words = f"{name} cannot be used yet. {first.reason} Press {key_of('connections.edit')} to change it."
                self.notify(safe_text(words, limit=300), severity="warning", markup=False)
            case SavedRow(name):
                self.session.run(self.session.use(name))
            case UnreadableRow(name):
                words = f"The entry {name} cannot be read; fix it in the file first."
                self.notify(safe_text(words, limit=300), severity="warning", markup=False)
            case SandboxRow():
                self.action_sandbox()
            case None:
                self.action_add()

    def action_sandbox(self) -> None:
        self.session.run(self.session.use_sandbox())

    def action_test(self) -> None:
        row = self.query_one(ConnectionList).row
        if isinstance(row, SavedRow) and self._told(row) is not ASKING:
            self.work(partial(self._test, row.name, row.connection), group="test", exclusive=True)

    async def _test(self, name: str, connection: Connection) -> None:
        verdict = STOPPED
        self._verdicts[name] = (connection, ASKING)
        self._show()
        try:
            verdict = await put_to_test(self.session, connection)
        finally:
            self._verdicts[name] = (connection, verdict)
            if self.is_attached:
                self._show()

    def action_stop_test(self) -> None:
        self.workers.cancel_group(self, "test")

    # -- changing ------------------------------------------------------------------------------------

    def action_add(self) -> None:
        self._open_form(None, replacing=None, title="Add a connection")

    def action_edit(self) -> None:
        row = self.query_one(ConnectionList).row
        if isinstance(row, SavedRow):
            self._open_form(row.connection, replacing=row.name, title=f"Change {safe_text(row.name, limit=50)}")

    def action_import_environment(self) -> None:
        """Choose among what other Twilio tools use here, and open the form on it."""
        if self._may_write():
            self.work(self._import, group="import", exclusive=True, asks=True)

    async def _import(self) -> None:
        offers, trouble = await imports_of(self.session)
        if not self.is_current or self._form is not None:
            return
        if trouble or not offers:
            words = trouble if trouble else nothing_to_import()
            self.notify(words, severity="warning", timeout=12, markup=False)
        if len(offers) == 1 and not offers[0].missing:
            self._take_over(offers[0])
        elif offers:
            self.app.push_screen(
                choose_import(offers), lambda key: self._take_over(offers[int(key)]) if key is not None else None
            )

    def _take_over(self, offer: ImportOffer) -> None:
        taken = renamed(offer.connection, self.session.saved.connections.names)
        self._open_form(taken, replacing=None, title=offer.title)
        if offer.missing:
            self.notify(offer.missing, severity="warning", timeout=15, markup=False)

    def _open_form(self, stored: Connection | None, *, replacing: str | None, title: str) -> None:
        if not self._may_write() or self._form is not None:
            return
        self._form = ConnectionForm(self.session, stored, replacing=replacing, title=title)
        self.query_one("#saved").display = False
        self.mount(self._form, before=self.query_one(KeyBar))

    @on(ConnectionForm.Closed)
    async def _form_closed(self, event: ConnectionForm.Closed) -> None:
        if self._form is None:
            return
        form, self._form = self._form, None
        await form.remove()
        self.query_one("#saved").display = True
        self._show(event.saved)
        self.query_one(ConnectionList).focus()
        self.refresh_bindings()
        if event.saved is not None:
            self._after_saving(event.saved, event.replaced)

    def _after_saving(self, name: str, replaced: str | None) -> None:
        shown = safe_text(name, limit=40)
        self.notify(safe_text(f"Saved in {self.session.saved.file}.", limit=300), markup=False)
        account = self.session.account
        if (
            account is not None
            and not account.sandbox
            and account.name == replaced == name
            and not self.session.outdated
        ):
            # It reaches the same as before; a colour shows at once.
            return
        if account is not None and not account.sandbox and account.name == replaced:
            # What is in use was changed: go on with what the file says now.
            self.session.run(self.session.use(name))
        elif account is None or (replaced is None and len(self.session.saved.connections) == 1):
            question = Confirm("Use it now?", f"{shown} is saved.", yes="Use it", no="Not now", key="enter")

            def answered(yes: bool | None) -> None:
                if yes:
                    self.session.run(self.session.use(name))
                    self.post_message(Navigate("messages"))

            self.app.push_screen(question, answered)

    def action_make_default(self) -> None:
        """Start with the selected connection, or, when it is the default already, with none in particular."""
        row = self.query_one(ConnectionList).row
        if isinstance(row, SavedRow) and self._may_write():
            changed = self.session.saved.connections.with_default(None if row.default else row.name)
            self.work(partial(self._store, changed), group="store")

    def action_forget(self) -> None:
        """Ask, then remove what is kept of the selected connection's messages."""
        row = self.query_one(ConnectionList).row
        if isinstance(row, SavedRow):
            self.work(partial(self._ask_to_forget, row), group="forget", asks=True)

    async def _ask_to_forget(self, row: SavedRow) -> None:
        await self._find_kept()
        kept = self._kept.get(row.name)
        if kept is None or not kept.size:
            self.notify(safe_text(f"No messages of {row.name} are kept on this computer.", limit=200), markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.session.run(self._forget(row))

        self.app.push_screen(ask_to_forget(row.name, kept), answered)

    async def _forget(self, row: SavedRow) -> None:
        account = self.session.account
        in_use = account is not None and account.name == row.name and row.connection.days_kept != 0
        try:
            await self.session.forget_messages(row.connection)
        except StorageError as problem:
            self.app.notify(safe_text(str(problem), limit=400), severity="error", timeout=15, markup=False)
        else:
            again = " It is in use: what is read from now on is kept again." if in_use else ""
            words = f"What was kept of the messages of {row.name} is forgotten.{again}"
            self.app.notify(safe_text(words, limit=200), markup=False)
        if self.is_attached:
            self._look_at_kept()

    def action_remove(self) -> None:
        """Ask, then delete the selected connection, and its messages where that is wanted."""
        row = self.query_one(ConnectionList).row
        if isinstance(row, (SavedRow, UnreadableRow)) and self._may_write():
            self.work(partial(self._ask_to_remove, row), group="remove", asks=True)

    async def _ask_to_remove(self, row: SavedRow | UnreadableRow) -> None:
        await self._find_kept()
        words = "Its credentials are taken out of connections.toml. Twilio keeps the account and the key."
        if isinstance(row, SavedRow) and row.used:
            words += " It is in use, and stays so until you choose another or quit."

        question = DeleteConnection(row.name, words, self._kept.get(row.name))

        async def remove() -> None:
            stored = await self._store(self.session.saved.connections.without(row.name))
            if stored and question.forget and isinstance(row, SavedRow):
                self.session.run(self._forget(row))

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(remove, group="store")

        self.app.push_screen(question, answered)

    async def _store(self, connections: Connections) -> bool:
        try:
            await self.session.saved.store(connections)
        except (StorageError, OSError) as problem:
            self.notify(safe_text(str(problem), limit=400), severity="error", timeout=15, markup=False)
            return False
        return True

    def _may_write(self) -> bool:
        """Whether connections.toml may be written; notifies the reason when not."""
        reason = ""
        if self.session.saved.trouble is not None:
            reason = "connections.toml cannot be read, so nothing is written to it."
            reason += f" Press {key_of('connections.mend')} to set it aside."
        elif self.session.saved.connections.read_only:
            reason = f"{self.session.saved.connections.read_only_reason} It is not changed."
        if reason:
            self.notify(safe_text(reason, limit=300), severity="warning", timeout=10, markup=False)
        return not reason

    # -- the file ------------------------------------------------------------------------------------

    def action_reread(self) -> None:
        self.work(self.session.saved.reread, group="reread", exclusive=True)

    def action_mend(self) -> None:
        """Repair connections.toml: close its permissions, or rename a broken file after a question."""
        if any(trouble.mend == "set_aside" for trouble in self._troubles):
            self.app.push_screen(
                Confirm(
                    "Set the file aside?",
                    "It is renamed to connections.toml.broken-… in the same folder, whole as it is. "
                    "You start with no connections until you fix it and rename it back.",
                    yes="Set it aside",
                ),
                self._set_aside_answered,
            )
            return
        try:
            self.session.saved.repair_permissions()
        except OSError as problem:
            self._report_file(problem)
        self._show()

    def _set_aside_answered(self, yes: bool | None) -> None:
        if not yes:
            return
        try:
            place = self.session.saved.set_aside()
        except OSError as problem:
            self._report_file(problem)
            return
        words = f"It is now {place}." if place else "The file can be read by now; it stays where it is."
        self.notify(safe_text(words, limit=300), timeout=12, markup=False)

    def _report_file(self, problem: OSError) -> None:
        why = problem.strerror or type(problem).__name__
        words = f"The system refused: {why}. The file is as it was."
        self.notify(safe_text(words, limit=300), severity="error", timeout=12, markup=False)
