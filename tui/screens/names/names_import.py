"""Importing names: asks for a file, shows what it would do, and writes once.

How files and numbers are read is `tui.services.contact_import`'s.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.safe_text import glimpse, safe_text
from tui.services.contact_import import (
    ImportReport,
    ImportStopped,
    find_country,
    read_contacts,
    report_import,
)
from tui.storage.contact_files import ENDINGS, MOST_FOUND, CardFile, ContactsUnread, TableFile
from tui.storage.errors import StorageError
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.key_queue import ASKS
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.theme import TONES, Tone
from tui.widgets.dialogs import Ask, Dialog, key_line
from tui.widgets.form_fields import ChoiceField, FieldRow
from tui.widgets.message_words import show_address
from tui.widgets.path_completion import PathSuggester
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.services.contacts import Contacts
    from tui.storage.contacts import Contact

_MOST_CHOICES: Final = 40
"""Columns that are offered."""

_KEEP: Final = "keep"


class AskForFile(Ask):
    """Asks for a file, and completes its path: the right arrow takes what is offered."""

    def parts(self) -> ComposeResult:
        yield LineField(self._value, placeholder=self._placeholder, suggester=PathSuggester(ENDINGS))
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        return key_line(("⏎", self._action), ("→", "Complete"), ("esc", "Back"))


def ask_to_import(screen: Screen[None], contacts: Contacts) -> None:
    """Ask for a file and import names from it, over `screen`."""

    async def read(path: Path) -> None:
        try:
            file = await asyncio.to_thread(read_contacts, path)
        except ContactsUnread as problem:
            words = f"{path.name}: {problem}"
            screen.notify(safe_text(words, limit=300), severity="error", timeout=12, markup=False)
        else:
            if screen.app.screen is screen:
                screen.app.push_screen(ImportNames(contacts, path.name, file))
            else:
                # It would take the keys from what was opened meanwhile; enter imports.
                words = f"{path.name} is not imported: something else was opened while it was read. Ask again for it."
                screen.notify(safe_text(words, limit=300), severity="warning", timeout=12, markup=False)

    def entered(text: str | None) -> None:
        if text:
            work = partial(read, Path(text).expanduser())
            screen.run_worker(work, name=ASKS, group="import", exclusive=True, exit_on_error=False)

    words = (
        "A CSV file of a spreadsheet, or a vCard (.vcf) as telephones, Google, Apple and Outlook export them. What it "
        "would do is shown before anything is written."
    )
    screen.app.push_screen(
        AskForFile("Import names", words, placeholder="~/contacts.csv", check=_problem_of, action="Read"), entered
    )


def _problem_of(text: str) -> str:
    try:
        path = Path(text).expanduser()
        if not text or path.is_dir():
            return "Give the name of a file."
        return "" if path.exists() else f"There is no file {safe_text(str(path), limit=80)}."
    except (OSError, RuntimeError, ValueError):
        return "No file can be called so."


class FoundList(RowList):
    """What becomes of each number of the file: those that are not imported first."""

    def __init__(self) -> None:
        super().__init__()
        self._report, self._keeps = ImportReport(), True

    def show(self, report: ImportReport, *, keeps: bool) -> None:
        """Show this; `keeps` says whether names that numbers have already stay."""
        self._report, self._keeps = report, keeps
        self.set_row_count(len(report.refused) + len(report.other) + len(report.new))
        self.refresh()

    def line(self, index: int) -> tuple[str, str, str, Tone]:
        """Name, number, and what becomes of it, in which tone. Made when it is drawn: there may be 50,000."""
        report = self._report
        if index < len(report.refused):
            refused = report.refused[index]
            return refused.name, refused.number, f"line {refused.line:,}: {refused.reason}", "bad"
        index -= len(report.refused)
        if index < len(report.other):
            contact, before = report.other[index]
            words = f"{'is' if self._keeps else 'was'} {before}"
            return contact.name, show_address(contact.address), words, "warn"
        contact = report.new[index - len(report.other)]
        return contact.name, show_address(contact.address), "new", "muted"

    def draw_row(self, index: int, width: int) -> list[Piece]:
        name, number, what, tone = self.line(index)
        third = max(12, width // 4)
        return [
            (f" {fit(glimpse(name, 60) or '(no name)', third)}  ", "plain"),
            (f"{fit(glimpse(number, 60), 18)}  ", "muted"),
            (safe_text(what, limit=200), tone),
        ]


class ImportNames(ReportsWorkerErrors, Dialog[None]):
    """What importing a file would do, how it is read, and the key that does it.

    Args:
        contacts: are added to.
        title: the file's name (foreign text).
        file: what it holds.
    """

    IS_LONG = True
    DEFAULT_CSS = """
    ImportNames {
        & > Vertical { width: 96; }
        & .said { color: $quiet; height: auto; }
        & .sums { height: auto; margin: 1 0 0 0; }
        & .about { height: 2; }
        & FoundList { height: 1fr; min-height: 3; max-height: 14; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "import_names", "Import", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, contacts: Contacts, title: str, file: CardFile | TableFile) -> None:
        super().__init__(f"Import {glimpse(title, 40)}")
        self._contacts, self._file = contacts, file
        self._report: ImportReport | None = None
        self._turn = 0
        self._writing = False
        self._country = FieldRow(
            "country", "Country", LineField(placeholder="whose numbers those without + are, like US or Germany")
        )
        self._others = FieldRow(
            "others", "Named already", ChoiceField({_KEEP: "keep the name", "take": "take the file's"}, enter=False)
        )
        self._columns: dict[str, FieldRow[ChoiceField]] = {}
        if isinstance(file, TableFile):
            for key, label, choices in (("names", "Names", file.names), ("numbers", "Numbers", file.numbers)):
                offered = {str(n): self._say_columns(file, each) for n, each in enumerate(choices[:_MOST_CHOICES])}
                self._columns[key] = FieldRow(key, label, ChoiceField(offered, enter=False))

    @staticmethod
    def _say_columns(file: TableFile, columns: tuple[int, ...]) -> str:
        words = " + ".join(file.titles[each] for each in columns[:4]) + ("…" if len(columns) > 4 else "")
        return safe_text(words, limit=50)

    def parts(self) -> ComposeResult:
        file = self._file
        said, cut = (file.table.said, file.table.cut) if isinstance(file, TableFile) else ("vCard", file.cut)
        if cut:
            said += f"; only the first {MOST_FOUND:,} are read"
        yield Static(Content(safe_text(said, limit=120)), classes="said", markup=False)
        yield from self._columns.values()
        yield self._country
        yield self._others
        yield Static("Reading…", classes="sums", markup=False)
        yield Static("", classes="wrong", markup=False)
        yield FoundList()
        yield Static("", classes="about", markup=False)

    def keys(self) -> Content:
        report = self._report
        count = 0 if report is None else len(self._wanted(report))
        return key_line(("⏎", f"Import {count:,}"), ("tab", "Next"), ("esc", "Back"))

    def on_mount(self) -> None:
        self._look()

    @on(RowList.Moved)
    def _say_whole(self) -> None:
        """Say what becomes of the row under the cursor, whole: in the row it may be cut."""
        rows = self.query_one(FoundList)
        _, _, what, tone = rows.line(rows.cursor) if rows.cursor < rows.row_count else ("", "", "", "muted")
        self.query_one(".about", Static).update(Content.styled(safe_text(what, limit=300), TONES[tone]))

    @on(ChoiceField.Changed)
    def _chosen(self, event: ChoiceField.Changed) -> None:
        if event.choice is self._others.field and self._report is not None:
            self._show(self._report)
        else:
            self._look()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._look()

    def _look(self) -> None:
        """Find out anew what importing would do."""
        self._turn += 1
        self._report = None
        typed = self._country.field.value.strip()
        country = find_country(typed)
        self._country.say(
            "No country is called so: write its name, or two letters." if typed and not country else "", "warn"
        )
        self.run_worker(partial(self._find_out, self._turn, country), group="report", exit_on_error=False)

    async def _find_out(self, turn: int, country: str | None) -> None:
        file = self._file
        if isinstance(file, TableFile):
            names = file.names[int(self._columns["names"].field.value)]
            numbers = file.numbers[int(self._columns["numbers"].field.value)]
            found = file.found(names, numbers)
        else:
            found = iter(file.found)

        def stopped() -> bool:
            return turn != self._turn or not self.is_attached

        try:
            report = await asyncio.to_thread(report_import, found, self._contacts.name_of, country, stopped=stopped)
        except ImportStopped:
            return
        if turn == self._turn:
            self._show(report)

    def _show(self, report: ImportReport) -> None:
        self._report = report
        keeps = self._others.field.value == _KEEP
        counted: list[tuple[int, str, Tone]] = [
            (len(report.new), "new", "good" if report.new else "muted"),
            (report.same, "the same", "muted"),
            (len(report.other), f"with another name ({'kept' if keeps else 'replaced'})", "warn"),
            (len(report.refused), "not imported", "bad"),
        ]
        pieces = [Content.styled(f"{count:,} {words}", TONES[tone]) for count, words, tone in counted if count]
        sums = Content("   ").join(pieces) if pieces else Content("There is no number in these columns.")
        self.query_one(".sums", Static).update(sums)
        lacking = report.without_country
        if lacking and not self._country.field.value:
            several = f"{lacking:,} numbers have no country code: whose are they?"
            words = "1 number has no country code: whose is it?" if lacking == 1 else several
            self._country.say(words, "warn")
        self.query_one(FoundList).show(report, keeps=keeps)
        self._say_whole()
        self.query_one(Vertical).border_subtitle = self.keys().rstrip()

    def _wanted(self, report: ImportReport) -> tuple[Contact, ...]:
        keeps = self._others.field.value == _KEEP
        return (*report.new, *(() if keeps else (each for each, _ in report.other)))

    @on(Input.Submitted)
    @on(RowList.Opened)
    def action_import_names(self) -> None:
        if (report := self._report) is None or self._writing:
            return
        wanted = self._wanted(report)
        if not wanted:
            self.notify("There is nothing to import. esc goes back.", markup=False)
            return

        async def write() -> None:
            try:
                await self._contacts.add(wanted)
            except StorageError as problem:
                self.query_one(".wrong", Static).update(Content(safe_text(str(problem), limit=300)))
            else:
                self.notify(f"{len(wanted):,} name{'' if len(wanted) == 1 else 's'} imported.", markup=False)
                self.dismiss(None)
            finally:
                self._writing = False

        self._writing = True
        self.run_worker(write, group="write", exit_on_error=False)
