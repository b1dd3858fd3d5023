"""Export saved requests to a directory, as files that people can keep in git, and import them from one; asks first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from tui.raw_request.form_text import RequestText
from tui.raw_request.redaction import Hide, redact
from tui.raw_request.request_files import ExportPlan, FolderReading, plan_export, read_folder, write_export
from tui.raw_request.saved_requests import SavedRequests, folder_of, is_in
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.screens.console.disk import tried
from tui.screens.export_dialog import propose
from tui.services.session import Account
from tui.widgets.dialogs import Ask, Choice, Choose

_PROBLEMS_SHOWN = 6


class RequestFileActions:
    """What a console screen does with directories of requests."""

    def __init__(self, screen: BaseScreen) -> None:
        self._screen = screen

    def ask(self) -> None:
        """Ask whether to export or to import."""
        account = self._screen.session.account
        if account is None:
            self._screen.notify("Requests are saved beside the connection in use, and there is none.", markup=False)
            return
        choices = [
            Choice("export", "Export saved requests", "one file each, without secrets"),
            Choice("import", "Import from a directory", "asks before it replaces"),
        ]

        def chosen(key: str | None) -> None:
            if key is not None:
                task = partial(self._export if key == "export" else self._import, account)
                self._screen.work(task, group="exchange", exclusive=True, asks=True)

        self._screen.app.push_screen(Choose("Requests as files", choices), chosen)

    # -- out -----------------------------------------------------------------------------------------

    async def _export(self, account: Account) -> None:
        saved = await self._read(account)
        if saved is None or not self._screen.is_on_top:
            return
        if not saved:
            self._screen.notify("No request is saved yet, so there is nothing to export.", markup=False)
            return
        folders = _folders(saved)
        if not folders:
            self._ask_where_to(account, saved)
            return
        choices = [Choice("", "All", _count(len(saved)))]
        choices += [
            Choice(each, safe_text(each, limit=60), _count(len([name for name in saved if is_in(name, each)])))
            for each in folders
        ]

        def chosen(folder: str | None) -> None:
            if folder is not None:
                self._ask_where_to(account, {name: each for name, each in saved.items() if is_in(name, folder)})

        self._screen.app.push_screen(Choose("Export which of them?", choices), chosen)

    def _ask_where_to(self, account: Account, requests: Mapping[str, RequestText]) -> None:
        words = "A directory, made if it is missing. Of variables only the names are written."

        def plan(directory: Path) -> None:
            self._screen.work(partial(self._plan, account, requests, directory), group="exchange", asks=True)

        self._ask_directory(f"Export {_count(len(requests))}", words, "Export", _directory_problem, plan)

    async def _plan(self, account: Account, requests: Mapping[str, RequestText], directory: Path) -> None:
        plan = await tried(self._screen, lambda: plan_export(requests, directory, account.client.hide))
        if plan is None:
            return
        if not plan.changed:
            await self._write(plan, replace=False)
            return
        where = f"{len(plan.changed)} of the files" if len(plan.changed) > 1 else "one of the files"
        words = _lines(f"There is something else in {where}:", sorted(plan.changed), plan.problems)
        choices = [Choice("keep", f"Write {_new_ones(len(plan.new))} only")] if plan.new else []
        write = "Write those, and replace" if plan.new else "Replace"
        choices.append(Choice("replace", f"{write} {_that_differ(len(plan.changed))}"))

        def chosen(key: str | None) -> None:
            if key is not None:
                self._screen.work(partial(self._write, plan, replace=key == "replace"), group="store")

        self._screen.app.push_screen(Choose("Replace what is there?", choices, words), chosen)

    async def _write(self, plan: ExportPlan, *, replace: bool) -> None:
        written = await tried(self._screen, lambda: write_export(plan, replace=replace))
        if written is None:
            return
        where = safe_text(str(plan.directory), limit=120)
        same = f" {_count(plan.same)} stood there already." if plan.same else ""
        skipped = f" Not written: {glimpse(' '.join(plan.problems), 200)}" if plan.problems else ""
        done = f"{_count(written)} written to" if written else "Nothing was to be written to"
        words = f"{done} {where}.{same}{skipped}"
        self._screen.notify(words, severity="warning" if skipped else "information", timeout=10, markup=False)

    # -- in ------------------------------------------------------------------------------------------

    async def _import(self, account: Account) -> None:
        def read(directory: Path) -> None:
            self._screen.work(partial(self._look, account, directory), group="exchange", asks=True)

        words = "The directory they were exported to, or a folder in it."
        self._ask_directory("Import requests", words, "Look", _missing_directory, read)

    async def _look(self, account: Account, directory: Path) -> None:
        reading = await tried(self._screen, lambda: read_folder(directory))
        saved = await self._read(account)
        if reading is None or saved is None:
            return
        # Masking megabytes takes a second.
        new, differ = await asyncio.to_thread(_told_apart, reading.requests, saved, account.client.hide)
        if not self._screen.is_on_top:
            return
        if not new and not differ:
            self._say_nothing_new(reading)
            return
        same = len(reading.requests) - len(new) - len(differ)
        differs = f"{len(differ)} {'differs' if len(differ) == 1 else 'differ'} from what is saved"
        counts = {f"{len(new)} new": new, differs: differ, f"{same} unchanged": same}
        found = ", ".join(words for words, count in counts.items() if count)
        # What would be replaced stands first, where a long list is not cut.
        names = [*(f"≠ {each}" for each in differ), *(f"+ {each}" for each in new)]
        words = _lines(f"{found}.", names, reading.problems)
        choices = [Choice("new", f"Take {_new_ones(len(new))}")] if new else []
        if differ:
            take = "Take those, and replace" if new else "Replace"
            choices.append(Choice("all", f"{take} {_that_differ(len(differ))}"))

        def chosen(key: str | None) -> None:
            if key is not None:
                taken = {**new, **differ} if key == "all" else new
                self._screen.work(partial(self._take, account, taken), group="store")

        self._screen.app.push_screen(Choose("Import these requests?", choices, words), chosen)

    def _say_nothing_new(self, reading: FolderReading) -> None:
        count = len(reading.requests)
        words = f"Nothing new: {_count(count)} there, and saved." if count else "There is no request in that directory."
        skipped = f" Skipped: {glimpse(' '.join(reading.problems), 300)}" if reading.problems else ""
        self._screen.notify(
            f"{words}{skipped}", severity="warning" if skipped else "information", timeout=12, markup=False
        )

    async def _take(self, account: Account, requests: Mapping[str, RequestText]) -> None:
        saved = self._store(account)
        if await tried(self._screen, lambda: saved.put_all(requests, account.client.hide)) is not None:
            self._screen.notify(f"{_count(len(requests))} imported.", markup=False)

    # -- both ----------------------------------------------------------------------------------------

    def _ask_directory(
        self, title: str, words: str, action: str, check: Callable[[str], str], then: Callable[[Path], None]
    ) -> None:
        value, warning = propose("requests")

        def entered(text: str | None) -> None:
            if text:
                then(Path(text).expanduser())

        self._screen.app.push_screen(
            Ask(title, f"{warning} {words}".strip(), value=value, check=check, action=action), entered
        )

    def _store(self, account: Account) -> SavedRequests:
        return self._screen.session.files.requests(account).saved

    async def _read(self, account: Account) -> Mapping[str, RequestText] | None:
        """The saved requests; None where they cannot be read, which is said."""
        saved = self._store(account)
        return await tried(self._screen, lambda: saved.read().requests)


def _directory_problem(text: str) -> str:
    """What is wrong with a directory to write to or to read from; empty for nothing that can be seen beforehand."""
    try:
        path = Path(text).expanduser()
        if not text or (path.exists() and not path.is_dir()):
            return "Give a directory."
        return "" if path.is_dir() or path.parent.is_dir() else f"There is no {safe_text(str(path.parent), limit=60)}."
    except RuntimeError:
        return "There is no home folder of that name; give the path from / on."
    except (OSError, ValueError) as problem:
        return f"{(problem.strerror if isinstance(problem, OSError) else '') or problem}: choose another directory."


def _missing_directory(text: str) -> str:
    """What is wrong with a directory to read from."""
    if problem := _directory_problem(text):
        return problem
    return "" if Path(text).expanduser().is_dir() else "There is no such directory."


def _told_apart(
    read: Mapping[str, RequestText], saved: Mapping[str, RequestText], hide: Hide
) -> tuple[dict[str, RequestText], dict[str, RequestText]]:
    """Of the requests in a directory those that are not saved yet, and those that are saved otherwise."""
    new = {name: each for name, each in read.items() if name not in saved}
    differ = {name: each for name, each in read.items() if name in saved and redact(each, hide) != saved[name]}
    return new, differ


def _folders(names: Mapping[str, object]) -> list[str]:
    """Every folder that requests are in, and those around them."""
    found: set[str] = set()
    for name in names:
        folder = folder_of(name)
        while folder:
            found.add(folder)
            folder = folder_of(folder)
    return sorted(found)


def _count(requests: int) -> str:
    return "1 request" if requests == 1 else f"{requests:,} requests"


def _new_ones(count: int) -> str:
    return "the new one" if count == 1 else f"the {count:,} new ones"


def _that_differ(count: int) -> str:
    return "the one that differs" if count == 1 else f"the {count:,} that differ"


def _lines(first: str, names: Sequence[str], problems: Sequence[str]) -> str:
    """A sentence, some of the names, and some of the problems, one a line."""
    shown = [f"  {glimpse(each, 56)}" for each in names[:_PROBLEMS_SHOWN]]
    if len(names) > _PROBLEMS_SHOWN:
        shown.append(f"  and {len(names) - _PROBLEMS_SHOWN:,} more")
    skipped = [f"! {glimpse(each, 120)}" for each in problems[:_PROBLEMS_SHOWN]]
    if len(problems) > _PROBLEMS_SHOWN:
        skipped.append(f"! and {len(problems) - _PROBLEMS_SHOWN:,} more that were skipped")
    return "\n".join((first, *shown, *skipped))
