"""The console's field for a path: completes a path, and offers an operation for words that are none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester

from tui.raw_request.form_text import RequestText
from tui.raw_request.operation_form import form_for
from tui.raw_request.variables import complete_variable
from tui.screens.console.pasting import FormLine, PastedRequestLine, hand_on_curl, read_request_line
from tui.twilio.operations import Operation, complete_path, search


class SuggestPath(Suggester):
    """Completes a path or a full URL from Twilio's operations; behind words it shows the operation they find.

    A variable at the end is completed from `variables`.
    """

    def __init__(self, variables: Callable[[], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._variables = variables

    async def get_suggestion(self, value: str) -> str | None:
        if rest := complete_variable(value, self._variables()):
            return value + rest
        if value.startswith(("/", "http")):
            # The table of operations is read from disk when it is first asked for.
            return next(iter(await asyncio.to_thread(complete_path, value, 1)), None)
        found = await _found_by(value)
        return None if found is None else f"{value}  → {found.method} {found.typed_path}"


async def _found_by(words: str) -> Operation | None:
    return next(iter(await asyncio.to_thread(search, words, 1)), None) if are_words(words) else None


class PathField(FormLine):
    """The line for the path. → takes what is offered behind it; a pasted request line comes apart in an empty one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("right", "take", "Take", show=False)]

    class Chosen(Message):
        """The operation that words find was taken.

        Attributes:
            request: its form.
        """

        def __init__(self, request: RequestText) -> None:
            super().__init__()
            self.request = request

    def __init__(self, variables: Callable[[], Sequence[str]], *, id: str, placeholder: str) -> None:
        super().__init__(id=id, placeholder=placeholder, select_on_focus=False, suggester=SuggestPath(variables))

    @property
    def words(self) -> str:
        """What is typed, where it is no path; empty where it is one."""
        return self.value if are_words(self.value) else ""

    def _on_paste(self, event: events.Paste) -> None:
        start, end = sorted(self.selection)
        alone = not (self.value[:start] + self.value[end:]).strip()
        if not hand_on_curl(self, event) and alone and (line := read_request_line(event.text)):
            event.stop()
            event.prevent_default()
            self.post_message(PastedRequestLine(event.text.strip(), line))

    async def action_take(self) -> None:
        """Take what is offered, or go one to the right."""
        if not (self.words and self.cursor_at_end):
            self.action_cursor_right()
        elif found := await _found_by(self.words):
            self.post_message(self.Chosen(form_for(found)))


def are_words(typed: str) -> bool:
    """Whether something typed is no path and no URL, nor the beginning of one."""
    return bool(typed.strip()) and not any(mark in typed for mark in "/$?#%")
