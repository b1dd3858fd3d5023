"""What a console screen does with variables: save a value of the answer as one, list, change, delete, insert them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.widgets import Input, TextArea

from tui.keymap import name_keys
from tui.raw_request.redaction import redact_text
from tui.raw_request.saved_variables import SavedVariable
from tui.raw_request.variables import LONGEST_VALUE, secret_problem, suggest_name, value_problem
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.screens.console.answer_words import short_url
from tui.screens.console.disk import changed, tried
from tui.screens.console.form import RequestForm
from tui.screens.console.request_runner import RequestRunner
from tui.screens.console.response_pane import ResponsePane
from tui.screens.console.variables_dialog import EditVariable, UseValue, VariablesDialog, check_with, variable_of
from tui.services.session import Account
from tui.widgets.dialogs import Confirm
from tui.widgets.response_view.json_view import JsonView


class VariableActions:
    """The variables of the connection in use, on one console screen."""

    def __init__(self, screen: BaseScreen, form: RequestForm, answer: ResponsePane, runner: RequestRunner) -> None:
        self._screen = screen
        self._form = form
        self._answer = answer
        self._runner = runner

    @property
    def can_use(self) -> bool:
        """Whether the cursor is in a JSON answer."""
        view = self._answer.view
        return isinstance(view, JsonView) and view.has_focus

    def use_value(self) -> None:
        """Ask for a name, and save the value under the cursor as a variable."""
        view, account = self._answer.view, self._screen.session.account
        if account is None or not isinstance(view, JsonView):
            return
        value, steps = view.leaf_at_cursor(), view.steps_at_cursor()
        if value in ("", "null"):
            # An empty text is nothing to carry on with either.
            self._warn(f"Only a single value can be used, of at most {LONGEST_VALUE:,} characters.")
            return
        problems = [secret_problem(str(step), value, _hide_with(account)) for step in steps]
        if problem := next(filter(None, (*problems, value_problem(value))), ""):
            self._warn(problem)
            return
        variable = SavedVariable(value, view.sid_at_cursor() or "")
        self._screen.work(
            partial(self._ask_for_name, account, suggest_name(steps), variable),
            group="variables",
            exclusive=True,
            asks=True,
        )

    async def _ask_for_name(self, account: Account, name: str, variable: SavedVariable) -> None:
        saved = await self._read(account)
        if saved is None or not self._screen.is_on_top:
            return

        def named(name: str | None) -> None:
            if name:
                self._screen.work(partial(self._save, account, name, variable), group="store")

        check = check_with(_hide_with(account))
        self._screen.app.push_screen(UseValue(name, variable.value, saved, check), named)

    async def _save(self, account: Account, name: str, variable: SavedVariable) -> None:
        store = self._screen.session.files.variables(account)
        if await self._change(lambda: store.put(account.name, name, variable, hide=_hide_with(account))):
            words = f"${name} is {glimpse(variable.value, 60)}. Write ${name} in the path or in a line."
            self._screen.notify(words, markup=False)

    def open(self) -> None:
        """List them; enter inserts one where the cursor is in the form."""
        self._screen.work(partial(self._open, self._screen.focused), group="variables", exclusive=True, asks=True)

    async def _open(self, place: object) -> None:
        account = self._screen.session.account
        if account is None:
            self._screen.notify("Variables belong to the connection in use, and there is none.", markup=False)
            return
        saved = await self._read(account)
        if saved is None or not self._screen.is_on_top:
            return

        def edit(name: str) -> None:
            self._ask_to_change(dialog, account, name)

        def delete(name: str) -> None:
            self._ask_to_delete(dialog, account, name)

        last = self._runner.variables.last
        words = "no answer yet" if last is None else f"the last answer, {last.status} {short_url(last.url)}"
        dialog = VariablesDialog(saved, account.client.account_sid, words, edit=edit, delete=delete)
        self._screen.app.push_screen(dialog, partial(self._insert, place))

    def _insert(self, place: object, name: str | None) -> None:
        if name is None:
            return
        inside = isinstance(place, Input | TextArea) and self._form in place.ancestors and not place.disabled
        if inside and isinstance(place, TextArea) and place.read_only:
            # Only its beginning is shown: whatever is put there would take the place of the whole.
            self._warn(name_keys("This text is too long to be edited here. {console.edit} opens it in your editor."))
            return
        if not inside:
            self._form.enter("path")
            place = self._form.query_one("#path", Input)
        if isinstance(place, Input):
            place.insert_text_at_cursor(_reference(name, place.value[place.cursor_position :]))
        elif isinstance(place, TextArea):
            row, column = place.cursor_location
            place.insert(_reference(name, place.document.get_line(row)[column:]))

    def _ask_to_change(self, dialog: VariablesDialog, account: Account, name: str) -> None:
        old = dialog.saved.get(name, SavedVariable(""))

        def entered(line: str | None) -> None:
            pair = variable_of(line) if line else None
            if pair is not None:
                new = SavedVariable(pair[1], old.message if pair[1] == old.value else "")
                self._screen.work(partial(self._replace, dialog, account, name, pair[0], new), group="store")

        title = f"Change ${name}" if name else "A new variable"
        check = check_with(_hide_with(account))
        self._screen.app.push_screen(EditVariable(title, name, old.value, dialog.saved, check), entered)

    async def _replace(
        self, dialog: VariablesDialog, account: Account, name: str, new: str, variable: SavedVariable
    ) -> None:
        store = self._screen.session.files.variables(account)
        await self._change_listed(
            dialog,
            account,
            lambda: store.put(account.name, new, variable, instead_of=name, hide=_hide_with(account)),
        )

    def _ask_to_delete(self, dialog: VariablesDialog, account: Account, name: str) -> None:
        store = self._screen.session.files.variables(account)

        def answered(yes: bool | None) -> None:
            if yes:
                change = partial(self._change_listed, dialog, account, lambda: store.remove(account.name, name))
                self._screen.work(change, group="store")

        words = f"Requests that say ${name} are refused until it is there again."
        self._screen.app.push_screen(Confirm(f"Delete ${name}?", words, yes="Delete"), answered)

    async def _change_listed(self, dialog: VariablesDialog, account: Account, change: Callable[[], object]) -> None:
        if await self._change(change) and (saved := await self._read(account)) is not None and dialog.is_attached:
            dialog.show(saved)

    async def _read(self, account: Account) -> dict[str, SavedVariable] | None:
        """The saved ones; None where they cannot be read, which is said."""
        store = self._screen.session.files.variables(account)
        return await tried(self._screen, lambda: store.read(account.name))

    async def _change(self, change: Callable[[], object]) -> bool:
        """Change what is kept; the preview follows."""
        done = await changed(self._screen, change)
        if done:
            self._form.post_message(RequestForm.Edited())
        return done

    def _warn(self, words: str) -> None:
        self._screen.notify(safe_text(words, limit=300), severity="warning", timeout=10, markup=False)


def _hide_with(account: Account) -> Callable[[str], str]:
    """Masks every secret in a text that can be known for one."""
    return partial(redact_text, hide=account.client.hide)


def _reference(name: str, following: str) -> str:
    """The variable as it is written before this text."""
    return f"${{{name}}}" if following[:1].isalnum() or following[:1] in ("_", ".", "[") else f"${name}"
