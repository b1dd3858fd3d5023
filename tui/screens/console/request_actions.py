"""Requests again and elsewhere: saved, remembered, put aside, as curl or Python; answers copied and saved.

What is copied or saved is the original, not what is shown of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from tui.keymap import key_of, name_keys
from tui.raw_request.curl_export import to_curl, to_httpx
from tui.raw_request.curl_import import CurlReading, read_curl
from tui.raw_request.form_text import NEWEST_MESSAGES, RequestText, read, write
from tui.raw_request.history import PastRequest
from tui.raw_request.model import RawResponse
from tui.raw_request.saved_requests import RequestStore, name_problem
from tui.safe_text import glimpse, safe_text
from tui.screens.console.addresses import as_typed
from tui.screens.console.paste_dialog import PasteCurl
from tui.screens.console.request_picker import ChooseRequest, RequestChoice, entries
from tui.screens.console.request_runner import Exchange
from tui.screens.console.response_files import readable, write_answer
from tui.screens.export_dialog import Export, NothingToWrite, ask_to_export
from tui.services.session import Account, Session
from tui.storage.errors import StorageError
from tui.twilio.errors import InvalidRequest
from tui.widgets.copying import copy_text
from tui.widgets.dialogs import Ask, Choice, Choose, Confirm
from tui.widgets.plain_text import PlainText
from tui.widgets.response_view.json_view import JsonView

_MARK_IT = "mark it here, with shift and the mouse"

MOST_ASIDE = 10
"""Forms that were replaced by another request and can be had back."""

ENDINGS = {
    "application/json": ".json",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/plain": ".txt",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "audio/mpeg": ".mp3",
    "audio/x-wav": ".wav",
    "video/mp4": ".mp4",
    "text/vcard": ".vcf",
}
"""The usual ending of a file by its media type (IANA media types); anything else is offered as `.bin`."""


class Again(Exchange):
    """What is done less often with a request or an answer. Abstract, as `Exchange`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._aside: list[RequestText] = []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can work now."""
        match action:
            case "save_body" | "view":
                return self.is_mounted and self.answer.has_focus_within
            case "copy_value" | "copy_path":
                return self.is_mounted and self.answer.has_focus_within and isinstance(self.answer.view, JsonView)
            case _:
                return super().check_action(action, parameters)

    def fill(self, request: RequestText) -> None:
        """Put a request into the form; what stood there is put aside."""
        before = self.form.typed
        if before not in (request, NEWEST_MESSAGES) and before.path.strip():
            self._aside = [before, *(each for each in self._aside if each != before)][:MOST_ASIDE]
        self.form.fill(request)

    @property
    def shelf(self) -> RequestStore | None:
        """Where requests are kept for the connection in use."""
        return self.session.shelf(self.session.account) if self.session.account else None

    def action_menu(self) -> None:
        """What is done less often."""
        choices = [
            Choice("open", "Open a request", "saved, earlier ones, examples"),
            Choice("name", "Save this request under a name"),
            Choice("curl", "Copy as curl", "credentials stay variables"),
            Choice("python", "Copy as Python (httpx)", "credentials stay variables"),
            Choice("paste", "Read a curl command"),
            Choice("show", "Show as curl, plainly", "to select it by hand"),
            Choice("save", "Save the answer's body to a file"),
            Choice("answers", "Remember answers in the history, or not"),
            Choice("forget", "Forget the history"),
        ]
        self.app.push_screen(Choose("Console", choices), self._menu_chosen)

    def _menu_chosen(self, key: str | None) -> None:
        match key:
            case "open":
                self.action_open()
            case "name":
                self.action_name()
            case "curl" | "python" | "show":
                self._hand_out(key)
            case "paste":
                self.app.push_screen(PasteCurl(self._read_curl), self._curl_read)
            case "save":
                self.action_save_body()
            case "answers":
                self.work(self._switch_answers(), group="shelf")
            case "forget":
                words = "Every request of the history is deleted, and what was kept of answers. Saved ones stay."
                question = Confirm("Forget the history?", words, yes="Forget it")
                self.app.push_screen(
                    question, lambda yes: self.work(self._forget_history(), group="shelf") if yes else None
                )
            case _:
                pass

    # -- requests ------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Choose among all the requests there are."""
        self.work(self._open(), group="open", exclusive=True, asks=True)

    async def _open(self) -> None:
        shelf, account = self.shelf, self.session.account
        if shelf is None or account is None:
            return
        saved: dict[str, RequestText] = {}
        try:
            saved = dict((await asyncio.to_thread(shelf.saved.read)).requests)
        except StorageError as problem:
            self.notify(safe_text(str(problem)), severity="warning", timeout=10, markup=False)
        past = await asyncio.to_thread(shelf.history.entries)
        if self.is_current:
            found = entries(saved, self._aside, past, self.session.clock(), sandbox=account.sandbox)
            dialog = ChooseRequest(found, lambda name: self._forget_saved(dialog, shelf, name))
            self.app.push_screen(dialog, self._opened)

    def _opened(self, entry: RequestChoice | None) -> None:
        if entry is None:
            return
        self.fill(entry.request)
        if not self.form.enter_gap():
            self.form.enter("path")
        if entry.past is not None:
            self.work(self._recall(entry.past), group="recall", exclusive=True)

    async def _recall(self, past: PastRequest) -> None:
        """Show what was kept of an answer, and say that it was not asked for now."""
        if past.body_dropped:
            self.notify("Its body was too long to be remembered; type it again.", severity="warning", markup=False)
        if past.answer is None or self._under_way is not None:
            return
        content = past.answer.encode("utf-8", "replace")
        answer = RawResponse(
            past.status or 0,
            "",
            (),
            content,
            (),
            "",
            past.elapsed,
            past.size,
            past.request.path,
            past.request.method,
            past.request.response_type,
        )
        cut = " Only its beginning was kept." if len(content) < past.size else ""
        self._forget_answer()
        await self.answer.show(answer, more=f"Remembered, not asked for now.{cut}")

    def _forget_saved(self, dialog: ChooseRequest, shelf: RequestStore, name: str) -> None:
        async def drop() -> None:
            if await self._kept(lambda: shelf.saved.remove(name)) and dialog.is_attached:
                dialog.drop(name)

        def forget(yes: bool | None) -> None:
            if yes:
                self.work(drop(), group="shelf")

        words = f"“{safe_text(name, limit=60)}” is taken out of the saved requests."
        self.app.push_screen(Confirm("Forget this request?", words, yes="Forget it"), forget)

    def action_name(self) -> None:
        """Save what the form says under a name."""
        shelf, account = self.shelf, self.session.account
        if shelf is None or account is None:
            self.notify("Requests are saved beside the connection in use, and there is none.", markup=False)
            return
        typed = self.form.typed

        def named(name: str | None) -> None:
            if name:
                self.work(self._ask_to_replace(shelf, account, name, typed), group="shelf", asks=True)

        words = "Values that look like secrets are masked, in the file and when it is opened again."
        self.app.push_screen(Ask("Save this request", words, check=name_problem, action="Save"), named)

    async def _ask_to_replace(self, shelf: RequestStore, account: Account, name: str, typed: RequestText) -> None:
        """Save under a name; one that is taken is asked about."""

        def save(yes: bool | None = True) -> None:
            # Work of its own: keys wait for the question, not for the disk.
            if yes:
                self.work(self._save_as(shelf, account, name, typed), group="shelf")

        try:
            taken = name in (await asyncio.to_thread(shelf.saved.read)).requests
        except StorageError as problem:
            self.notify(safe_text(str(problem)), severity="error", timeout=10, markup=False)
            return
        if taken:
            words = f"“{safe_text(name, limit=60)}” is another request by now."
            question = Confirm("Replace it?", words, yes="Replace")
            self.app.push_screen(question, save)
        else:
            save()

    async def _save_as(self, shelf: RequestStore, account: Account, name: str, typed: RequestText) -> None:
        if await self._kept(lambda: shelf.saved.put(name, typed, account.client.hide)):
            place = "" if shelf.on_disk else " until you leave: the sandbox saves nothing"
            self.notify(f"Saved as “{safe_text(name, limit=60)}”{place}.", markup=False)

    async def _kept(self, change: Callable[[], object]) -> bool:
        """Change what is kept; says what went wrong. Another program may hold the file for seconds."""
        try:
            await asyncio.to_thread(change)
        except (StorageError, OSError) as problem:
            self.notify(safe_text(str(problem)), severity="error", timeout=10, markup=False)
            return False
        return True

    async def _switch_answers(self) -> None:
        shelf = self.shelf
        if shelf is None:
            return
        try:
            keep = not (await asyncio.to_thread(shelf.saved.read)).keep_answers
            await asyncio.to_thread(shelf.saved.keep_answers, keep)
        except StorageError as problem:
            self.notify(safe_text(str(problem)), severity="error", timeout=10, markup=False)
        else:
            words = "The history keeps the beginning of answers from now on." if keep else "Answers are not kept."
            self.notify(words, markup=False)

    async def _forget_history(self) -> None:
        shelf = self.shelf
        if shelf is not None and await self._kept(shelf.history.forget):
            self.notify("The history is empty.", markup=False)

    # -- curl and Python -----------------------------------------------------------------------------

    def _hand_out(self, form: str) -> None:
        account, request = self.session.account, read(self.form.typed).request
        if account is None or request is None:
            self.notify("The form cannot be read yet; see what is wrong under it.", severity="warning", markup=False)
            return
        try:
            text = (to_httpx if form == "python" else to_curl)(request, account.connection)
        except InvalidRequest as problem:
            self.notify(safe_text(str(problem)), severity="error", markup=False)
            return
        if form == "show":
            self.work(self._print(text), group="outside", exclusive=True)
        else:
            what = f"the {'Python' if form == 'python' else 'curl command'}, in which credentials are variables,"
            copy_text(self, text, what, f"{key_of('console.menu')}, then “Show as curl, plainly”")

    async def _print(self, text: str) -> None:
        """Below what the shell printed, where no line is broken; on the screen where another cannot have it."""
        from tui.widgets.external_programs import OutsideFailed, print_outside

        try:
            await print_outside(self, text, self.session.environ)
        except OutsideFailed:
            self.app.push_screen(PlainText(text))

    def _read_curl(self, text: str) -> CurlReading:
        account = self.session.account
        return read_curl(text, *([account.client.gate.base] if account else []))

    def _curl_read(self, reading: CurlReading | None) -> None:
        if reading is None:
            return
        account, request = self.session.account, reading.request
        if account is not None:
            request = as_typed(account.client.gate, account.client.account_sid, request)
        try:
            self.fill(write(request))
        except InvalidRequest as problem:
            self.notify(safe_text(str(problem)), severity="error", markup=False)
            return
        self.form.enter("path")
        for note in reading.notes:
            self.notify(safe_text(note), markup=False)

    # -- answers -------------------------------------------------------------------------------------

    def action_copy_value(self) -> None:
        """Hand the value under the cursor to the terminal."""
        if isinstance(view := self.answer.view, JsonView):
            copy_text(self, view.value_at(view.cursor), "the value", _MARK_IT)

    def action_copy_path(self) -> None:
        """Hand the path of the value under the cursor to the terminal."""
        if isinstance(view := self.answer.view, JsonView):
            path = view.path_at(view.cursor)
            copy_text(self, path, f"the path {glimpse(path, 40)}", _MARK_IT)

    def action_view(self) -> None:
        """Read the body in the person's own pager."""
        response = self.answer.response
        if response is None or not response.content:
            self.notify("There is no body to read.", markup=False)
        elif response.response_type == "binary":
            words = name_keys("The body is no text. {console.save_body} saves it to a file.")
            self.notify(words, severity="warning", markup=False)
        else:
            self.work(self._view(response), group="outside", exclusive=True)

    async def _view(self, response: RawResponse) -> None:
        await self.show_in_pager(await asyncio.to_thread(readable, response))

    def action_save_body(self) -> None:
        """Write the answer's body to a file."""
        shown = self.answer
        response = shown.response
        if response is None or not response.content:
            self.notify("There is no body to save.", markup=False)
            return
        ending = ENDINGS.get(response.content_type, ".json" if response.response_type == "json" else ".bin")
        whole = self.spool if self.spool.holds_one else response.content
        cut = " It is not the whole answer." if response.cut and whole is response.content else ""

        def written(path: Path, replace: bool) -> str:
            if response is not shown.response:
                raise NothingToWrite("The answer is another one by now; nothing was written.")
            return f"{write_answer(path, whole, replace=replace):,} bytes"

        ask_to_export(self, Export("Save the body", "", f"answer{ending}", written, after=cut))
