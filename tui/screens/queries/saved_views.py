"""Saved views: the dialog that lists queries saved under a name, and the palette's commands that choose one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from string import ascii_lowercase
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, cast

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.keymap import name_keys
from tui.safe_text import glimpse, safe_text
from tui.screens.queries.query_names import read_query
from tui.storage.errors import StorageError
from tui.storage.views import SavedViews, View, ViewsFile, view_name_problem
from tui.textual_fixes.palette import StartsOnce
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.widgets.dialogs import Ask, Confirm, Dialog, key_line
from tui.widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.services.session import Account, Session

TAKEN: Final = frozenset("jkgG+0123456789")
"""Characters that mean something else in the list, and are no view's own."""


async def choose_view(screen: BaseScreen, present: str, chosen: Callable[[str], None]) -> None:
    """Show the saved views; run it as `screen.work(…, group="views", asks=True)`.

    Args:
        screen: over which the dialog stands.
        present: the query in force, which can be saved there; "" for none.
        chosen: called with the query of the view that was chosen, which can be parsed.
    """
    file = await asyncio.to_thread(SavedViews(screen.session.paths.views).read)

    def answered(query: str | None) -> None:
        if query is not None:
            chosen(query)

    if screen.is_on_top:
        screen.app.push_screen(ChooseView(screen.session, file, present), answered)


def save_view(screen: Widget, session: Session, query: str, saved: Callable[[], None] = lambda: None) -> None:
    """Ask for a name and save a query under it.

    Args:
        screen: over which the question stands, and which tells of the result.
        session: whose views they are.
        query: can be parsed.
        saved: called once it is saved.
    """

    async def save(name: str) -> None:
        if await _changed(screen, partial(SavedViews(session.paths.views).put, name, query)):
            screen.notify(f"Saved as {glimpse(name, 40)}.", markup=False)
            saved()

    def named(name: str | None) -> None:
        if name:
            screen.run_worker(partial(save, name), group="views", exit_on_error=False)

    words = f"{glimpse(query, 200)}\n\nA view that has the name already gets this query."
    ask = Ask("Save this query as a view", words, placeholder="a name", check=view_name_problem, action="Save")
    screen.app.push_screen(ask, named)


async def _changed(screen: Widget, change: Callable[[], None]) -> bool:
    """Change the file off the loop; whether that was possible. Where it was not, it is said why."""
    try:
        await asyncio.to_thread(change)
    except StorageError as problem:
        screen.notify(safe_text(str(problem), limit=300), severity="error", timeout=10, markup=False)
        return False
    return True


def letters_of(views: Sequence[View]) -> list[str]:
    """The letter that chooses each view: its own, else the first of its name that is free; "" where none is."""
    taken = {view.key for view in views} | TAKEN
    letters: list[str] = []
    for view in views:
        letter = "" if view.key in TAKEN else view.key
        if not letter:
            wished = [each for each in view.name.lower() if each in ascii_lowercase]
            letter = next((each for each in (*wished, *ascii_lowercase) if each not in taken), "")
            taken.add(letter)
        letters.append(letter)
    return letters


class ViewList(RowList):
    """The saved views, one a row: number, letter, name, query."""

    CLICKS_TO_OPEN = 1

    def __init__(self) -> None:
        super().__init__()
        self.views: list[tuple[View, str, str]] = []
        """Each with its letter, and with what is wrong with its query (safe to show)."""

    def draw_row(self, index: int, width: int) -> list[Piece]:
        view, letter, wrong = self.views[index]
        column = min(24, max(cell_len(glimpse(each.name, 24)) for each, _, _ in self.views))
        name = glimpse(view.name, 24)
        said: Piece = (wrong, "bad") if wrong else (safe_text(view.query, limit=300), "muted")
        number = f" {index + 1} " if index < 9 else "   "
        return [(f"{number}{letter or ' '}  ", "accent"), (f"{name}{' ' * (column - cell_len(name))}  ", "plain"), said]


class ChooseView(ReportsWorkerErrors, Dialog[str]):
    """The saved views, to choose, save, rename and delete one. Answers with the query of the one that was chosen.

    Args:
        session: whose views they are.
        file: what views.toml says.
        present: the query in force, "" for none.
    """

    DEFAULT_CSS = """
    ChooseView {
        & > Vertical { width: 76; }
        & .problems { color: $text-warning; height: auto; max-height: 4; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,ctrl+s", "save", "Save", show=False),
        Binding("ctrl+e", "rename", "Rename", show=False),
        Binding("delete,backspace", "delete", "Delete", show=False),
    ]

    def __init__(self, session: Session, file: ViewsFile, present: str) -> None:
        super().__init__("Views")
        self.session = session
        self._file = file
        self._present = present
        self._store = SavedViews(session.paths.views)

    def parts(self) -> ComposeResult:
        yield ViewList()
        yield Static("", classes="problems", markup=False)

    def keys(self) -> Content:
        saves = key_line(("+", "Save this query")) if self._present else ""
        return Content.assemble(
            key_line(("⏎", "Show")), saves, key_line(("^e", "Rename"), ("del", "Delete"), ("esc", "Back"))
        )

    def on_mount(self) -> None:
        self._show(self._file)
        account = self.session.account
        if (
            account is not None
            and account.senders is None
            and any(wrong for *_, wrong in self.query_one(ViewList).views)
        ):
            # What is no number may be the name of a sender.
            self._work(partial(self._learn_names, account))

    async def _learn_names(self, account: Account) -> None:
        await account.load_senders()
        await self._read_again()

    def _show(self, file: ViewsFile) -> None:
        rows = self.query_one(ViewList)
        letters = letters_of(file.views)
        rows.views = [(view, letter, self._wrong(view)) for view, letter in zip(file.views, letters, strict=True)]
        rows.set_row_count(len(rows.views))
        rows.refresh()
        problems = self.query_one(".problems", Static)
        wrong = [*file.problems, *([] if file.views else ["No view is saved."])]
        for view in file.views:
            if view.key in TAKEN:
                wrong.append(
                    f"The view {glimpse(view.name, 40)}: {view.key} means something else here. Take another key."
                )
        problems.update(Content("\n".join(wrong)))
        problems.display = bool(wrong)

    def _wrong(self, view: View) -> str:
        from tui.archive.query import QueryError

        try:
            read_query(view.query, self.session)
        except QueryError as problem:
            return safe_text(f"{view.query}: {problem}", limit=300)
        return ""

    async def _read_again(self) -> None:
        self._show(await asyncio.to_thread(self._store.read))

    @property
    def _current(self) -> View | None:
        rows = self.query_one(ViewList)
        return rows.views[rows.cursor][0] if rows.views else None

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        self._pick(event.index)

    def on_key(self, event: events.Key) -> None:
        """A digit or a letter chooses a view at once."""
        letters = [letter for _, letter, _ in self.query_one(ViewList).views]
        character = event.character or ""
        if character and character in letters:
            event.stop()
            self._pick(letters.index(character))
        elif len(character) == 1 and character in "123456789" and int(character) <= len(letters):
            event.stop()
            self._pick(int(character) - 1)

    def _pick(self, index: int) -> None:
        view, _, wrong = self.query_one(ViewList).views[index]
        if wrong:
            self.notify(wrong, severity="warning", markup=False)
        else:
            self.dismiss(view.query)

    def action_save(self) -> None:
        if self._present:
            save_view(self, self.session, self._present, lambda: self._work(self._read_again))
        else:
            self.notify(name_keys("No query is in force. {messages.filter} asks for one."), markup=False)

    def action_rename(self) -> None:
        if (view := self._current) is None:
            return

        async def rename(name: str) -> None:
            if await _changed(self, partial(self._store.rename, view.name, name)):
                await self._read_again()

        def named(name: str | None) -> None:
            if name:
                self._work(partial(rename, name))

        title = "Rename this view"
        self.app.push_screen(Ask(title, value=view.name, check=view_name_problem, action="Rename"), named)

    def action_delete(self) -> None:
        if (view := self._current) is None:
            return

        async def delete() -> None:
            if await _changed(self, partial(self._store.remove, view.name)):
                await self._read_again()

        def answered(yes: bool | None) -> None:
            if yes:
                self._work(delete)

        words = f"{glimpse(view.name, 40)}: {glimpse(view.query, 200)}"
        self.app.push_screen(Confirm("Delete this view?", words, yes="Delete"), answered)

    def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        self.run_worker(work, group="views", exit_on_error=False)


class ShowsQueries(Protocol):
    """A screen that can be told to ask for a query."""

    session: Session

    def show_query(self, text: str) -> None:
        """List what matches; it can be parsed."""
        ...


class SavedViewCommands(StartsOnce):
    """Each saved view as a command of the palette, for a screen that `ShowsQueries`.

    That screen's `COMMANDS` holds a function that imports and returns this class: the palette takes long to import.
    """

    async def startup(self) -> None:
        screen = cast("ShowsQueries", self.screen)
        self._views = (await asyncio.to_thread(SavedViews(screen.session.paths.views).read)).views

    async def discover(self) -> Hits:
        """All views."""
        for view in self._views:
            yield DiscoveryHit(self._title(view), partial(self._show, view), help=glimpse(view.query, 100))

    async def search(self, query: str) -> Hits:
        """The views whose name or query holds what was typed."""
        matcher = self.matcher(query)
        for view in self._views:
            title = self._title(view)
            if score := max(matcher.match(title), matcher.match(view.query)):
                yield Hit(score, matcher.highlight(title), partial(self._show, view), help=glimpse(view.query, 100))

    def _title(self, view: View) -> str:
        return f"View: {glimpse(view.name, 40)}"

    def _show(self, view: View) -> None:
        from tui.archive.query import QueryError

        screen = cast("ShowsQueries", self.screen)
        try:
            read_query(view.query, screen.session)
        except QueryError as problem:
            self.screen.notify(safe_text(str(problem), limit=300), severity="warning", markup=False)
        else:
            screen.show_query(view.query)
