"""The form that adds or edits a connection: help and validation while typing, test before saving.

Stands over the list of the same place, so that leaving for another place and coming back finds everything as
it was typed. A secret that is kept already is never put into a field.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.actions import CONNECTION_FORM, bindings
from tui.keymap import key_of
from tui.safe_text import safe_text
from tui.screens.connections.connection_fields import (
    COLOURS_IN_WORDS,
    FIELDS,
    KINDS_IN_WORDS,
    LABELS,
    REGIONS_IN_WORDS,
    ConnectionFields,
    connection_of,
    entry_of,
    explain_field,
    placeholder_of,
    problems_of,
    visible_fields,
    warning_of,
)
from tui.screens.connections.connection_test import ASKING, STOPPED, TestResult, put_to_test
from tui.services.session import Session
from tui.storage.connection import COLOURS, SECRETS
from tui.storage.connections import Connection, Secret
from tui.storage.errors import StorageError
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.theme import TONES, Tone, connection_tone
from tui.widgets.dialogs import ask_to_leave
from tui.widgets.form_fields import ChoiceField, FieldRow, SecretInput


class ConnectionForm(ReportsWorkerErrors, VerticalScroll, can_focus=False):
    """The form that adds or edits a connection.

    Args:
        session: holds the saved connections.
        stored: what the form begins with; its secrets are kept where nothing is typed.
        replacing: the name in the file that saving changes; None for a new connection.
        title: said above it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(CONNECTION_FORM),
        Binding("down,enter", "next_field", "Next field", show=False),
        Binding("up", "previous_field", "Field before", show=False),
    ]

    class Closed(Message):
        """Posted when the form closes: `saved` is the connection's name, None when nothing was saved."""

        def __init__(self, saved: str | None, *, replaced: str | None = None) -> None:
            super().__init__()
            self.saved = saved
            self.replaced = replaced

    def __init__(self, session: Session, stored: Connection | None, *, replacing: str | None, title: str) -> None:
        super().__init__()
        self._session = session
        self._read = session.saved.connections
        self._stored = stored
        self.replacing = replacing
        self._title = title
        self._place = str(session.paths.state / "archive")
        self._begun = entry_of(stored)
        self._left: set[str] = set()
        self._rows: dict[str, FieldRow[LineField | ChoiceField]] = {}
        self._verdict = Static("", id="verdict", markup=False)
        self._testing = False
        self._saving = False

    # -- what stands in it ---------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Static(self._title, id="form-title", markup=False)
        for field in FIELDS:
            row = FieldRow(field, LABELS[field], self._editor(field))
            self._rows[field] = row
            yield row
        yield self._verdict

    def _editor(self, field: str) -> LineField | ChoiceField:
        begun = self._begun
        match field:
            case "kind":
                return ChoiceField(KINDS_IN_WORDS, begun.kind, enter=False)
            case "region":
                return ChoiceField(REGIONS_IN_WORDS, begun.region, enter=False)
            case "colour":
                tones: dict[str, Tone] = {colour: connection_tone(colour) for colour in COLOURS}
                return ChoiceField(COLOURS_IN_WORDS, begun.colour, enter=False, tones=tones)
            case _ if field in SECRETS:
                editor = SecretInput()
                # Where a command or a key ring has it, the file is the place to say so.
                editor.disabled = self._fetched(field)
                return editor
            case _:
                return LineField(str(getattr(begun, field)), select_on_focus=False)

    @property
    def entry(self) -> ConnectionFields:
        """The text of every field now."""
        return (
            ConnectionFields(**{field: row.field.value for field, row in self._rows.items()})
            if self._rows
            else self._begun
        )

    @property
    def changed(self) -> bool:
        """Whether any field was edited, so that closing loses it."""
        return self.entry != self._begun

    @property
    def name_typed(self) -> str:
        """The text of the name field, safe to show."""
        return safe_text(self.entry.name.strip(), limit=40)

    def _kept(self, field: str) -> Secret | None:
        if field not in SECRETS or self._stored is None:
            return None
        return cast("Secret | None", getattr(self._stored, field))

    def _fetched(self, field: str) -> bool:
        kept = self._kept(field)
        return kept is not None and kept.origin in ("command", "keyring")

    def _taken(self) -> Collection[str]:
        return [name for name in self._session.saved.connections.names if name != self.replacing]

    # -- as it is typed ------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Start in the first field."""
        self._look()
        self._rows["name"].field.focus(scroll_visible=False)

    @on(Input.Changed)
    @on(ChoiceField.Changed)
    def _typed(self, event: Message) -> None:
        event.stop()
        if not self._testing and self.is_attached:
            self._show_verdict(None)
        self._look()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """A field that was left is checked from now on."""
        row = self._row_of(event.widget)
        if row is not None and self.is_attached:
            self._left.add(row.key)
            self._look()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the field the person is in."""
        row = self._row_of(event.widget)
        if row is not None:
            row.scroll_visible(animate=False)
        self._look(focused=row.key if row else None)

    def _row_of(self, widget: object) -> FieldRow[LineField | ChoiceField] | None:
        return next((row for row in self._rows.values() if row.field is widget), None)

    def _look(self, focused: str | None = None) -> None:
        """Put the right words below every field, and hide those that do not belong to this kind."""
        entry = self.entry
        problems = problems_of(entry, self._stored, self._taken())
        saved = self.replacing is not None
        shown = visible_fields(entry, {field for field in problems if field in self._left})
        for field, row in self._rows.items():
            row.display = field in shown
            row.set_class(field == focused or (focused is None and row.field.has_focus), "-here")
            kept = self._kept(field)
            row.hint(placeholder_of(field, entry.kind, kept, saved=saved))
            if field in problems and field in self._left:
                row.say(safe_text(problems[field], limit=300), "bad")
            elif self._fetched(field):
                row.say("Kept as it is; change it in connections.toml.", "muted")
            elif warning := warning_of(field, entry, self._session.environ):
                row.say(warning, "warn")
            elif field == focused or (focused is None and row.field.has_focus):
                row.say(explain_field(field, entry, kept, saved=saved, place=self._place), "muted")
            else:
                row.say("", "muted")

    # -- moving --------------------------------------------------------------------------------------

    def action_next_field(self) -> None:
        """To the next field; from the last one, save."""
        row = self._row_of(self.screen.focused)
        shown = self._stops()
        if row is not None and shown and row is shown[-1]:
            self.action_save()
        else:
            self._step(1)

    def action_previous_field(self) -> None:
        self._step(-1)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_next_field()

    def _stops(self) -> list[FieldRow[LineField | ChoiceField]]:
        return [row for row in self._rows.values() if row.display and not row.field.disabled]

    def _step(self, by: int) -> None:
        stops = self._stops()
        row = self._row_of(self.screen.focused)
        at = stops.index(row) + by if row in stops else 0
        stops[max(0, min(at, len(stops) - 1))].field.focus(scroll_visible=False)

    # -- test ----------------------------------------------------------------------------------------

    def action_test(self) -> None:
        """Ask Twilio with what is typed, saved or not."""
        if self._testing or self._point_out("Not tested"):
            return
        connection = connection_of(self.entry, self._stored)
        self._testing = True
        # The same key by default, but another action: it closes the form when nothing is asked.
        self._show_verdict(
            replace(ASKING, words=f"Asking Twilio with what is typed… {key_of('connection_form.close')} stops.")
        )
        self.run_worker(partial(self._test, connection), group="form-test", exclusive=True, exit_on_error=False)

    async def _test(self, connection: Connection) -> None:
        verdict = STOPPED
        try:
            verdict = await put_to_test(self._session, connection)
        finally:
            self._testing = False
            if self.is_attached:
                stale = connection_of(self.entry, self._stored) != connection
                self._show_verdict(None if stale and verdict is not STOPPED else verdict)
                if stale and verdict is not STOPPED:
                    self._show_verdict(TestResult("warn", "", "The fields changed during the test; test again."))

    def _show_verdict(self, verdict: TestResult | None) -> None:
        if verdict is None:
            self._verdict.update("")
        else:
            # Nothing that was said before stands in front of it.
            self.app.clear_notifications()
            self._verdict.update(Content.styled(f"{verdict.mark} {verdict.words}", TONES[verdict.tone]))

    # -- save ----------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Write it to the file; where that fails, everything typed stays."""
        if not self._saving:
            self._saving = True
            self.run_worker(self._save, group="form-save", exit_on_error=False)

    async def _save(self) -> None:
        try:
            # Another instance may have added something since.
            await self._session.saved.reread()
            if self._session.saved.trouble is not None:
                self._refuse(str(self._session.saved.trouble))
            elif self._session.saved.connections.read_only:
                self._refuse(self._session.saved.connections.read_only_reason)
            elif not self._point_out("Not saved"):
                await self._store(connection_of(self.entry, self._stored))
        finally:
            self._saving = False

    async def _store(self, connection: Connection) -> None:
        try:
            # What else may have changed in the file meanwhile is kept, or is found out when it is saved.
            connections = self._read.with_connection(connection, replacing=self.replacing)
            await self._session.saved.store(connections)
        except (StorageError, OSError) as problem:
            self._refuse(str(problem))
        else:
            self._testing = False
            self.post_message(self.Closed(connection.name, replaced=self.replacing))

    def _refuse(self, words: str) -> None:
        self._show_verdict(TestResult("bad", "", safe_text(f"Not saved. {words}", limit=400)))

    def _point_out(self, outcome: str) -> bool:
        """Show everything that is wrong and go to the first of it; False when nothing is."""
        problems = problems_of(self.entry, self._stored, self._taken())
        if not problems:
            return False
        self._left.update(FIELDS)
        self._look()
        first = next((field for field in FIELDS if field in problems), None)
        if first is not None and not self._rows[first].field.disabled:
            self._rows[first].field.focus(scroll_visible=False)
        some = f"{len(problems)} fields need" if len(problems) > 1 else f"{LABELS.get(first or '', 'A field')} needs"
        self._show_verdict(TestResult("bad", "", f"{outcome}: {some} a look."))
        return True

    # -- closing -------------------------------------------------------------------------------------

    def action_close(self) -> None:
        """Stop a test under way; otherwise back to the list, asking when something was typed."""
        if self._testing:
            self.workers.cancel_group(self, "form-test")
        elif self.changed:
            self.app.push_screen(ask_to_leave(), self._close_answered)
        else:
            self.post_message(self.Closed(None))

    def _close_answered(self, yes: bool | None) -> None:
        if yes:
            self.post_message(self.Closed(None))
