"""What can be done with an answer on the console: search, filter, copy, read in a pager, save, compare."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tui.keymap import name_keys
from tui.raw_request.model import RawResponse
from tui.raw_request.trail import TrailStep
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.screens.console.asked_so_far import choose_asked
from tui.screens.console.request_runner import RequestRunner
from tui.screens.console.response_files import ResponseFile, ending_of, readable, write_answer
from tui.screens.console.response_pane import ResponsePane
from tui.screens.export_dialog import Export, NothingToWrite, ask_to_export
from tui.widgets.copying import copy_text
from tui.widgets.dialogs import Ask, Choice, Choose
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.json_view import JsonView

_MARK_IT = "mark it here, with shift and the mouse"


class AnswerActions:
    """What a console screen does with the answer that it shows."""

    def __init__(self, screen: BaseScreen, answer: ResponsePane, runner: RequestRunner) -> None:
        self._screen = screen
        self._answer = answer
        self._runner = runner

    @property
    def json(self) -> JsonView | None:
        """The view of the body, where that is JSON."""
        view = self._answer.view
        return view if isinstance(view, JsonView) else None

    def search(self, view: BodyView) -> None:
        """Ask for a text, and look for it."""

        def entered(text: str | None) -> None:
            if text is not None:
                view.search(text)

        self._screen.app.push_screen(Ask("Search the body", value=view.sought, action="Search"), entered)

    def ask_filter(self, view: JsonView, expression: str, words: str) -> None:
        """Ask for a JSONPath, from what was typed before, and choose by it."""

        def entered(text: str | None) -> None:
            if text:
                view.filter(text)

        question = Ask("Filter", safe_text(words, limit=300), value=expression, action="Filter")
        self._screen.app.push_screen(question, entered)

    def copy_value(self) -> None:
        """Copy the value under the cursor."""
        if view := self.json:
            copy_text(self._screen, view.value_at(view.cursor), "the value", _MARK_IT)

    def copy_path(self) -> None:
        """Copy the path of the value under the cursor."""
        if view := self.json:
            path = view.path_at(view.cursor)
            copy_text(self._screen, path, f"the path {glimpse(path, 40)}", _MARK_IT)

    def show_in_pager(self) -> None:
        """Read the body in $PAGER."""
        response = self._answer.response
        if response is None or not response.content:
            self._screen.notify("There is no body to read.", markup=False)
        elif self._answer.reading == "binary":
            words = name_keys("The body is no text. {console.save_body} saves it to a file.")
            self._screen.notify(words, severity="warning", markup=False)
        else:

            async def view() -> None:
                await self._screen.show_in_pager(await asyncio.to_thread(readable, response))

            self._screen.work(view, group="outside", exclusive=True)

    def save(self) -> None:
        """Ask for a file, and write the body to it."""
        response = self._answer.response
        if response is None or not response.content:
            self._screen.notify("There is no body to save.", markup=False)
        else:
            self._choose_what_to_save(response)

    def _choose_what_to_save(self, response: RawResponse) -> None:
        """Save what is shown or the whole body, where a filter shows a part of it."""
        view = self.json
        document = view.document if view is not None and view.expression else None
        whole = self._runner.file if self._runner.file.holds_one else response.content
        cut = " It is not the whole answer." if response.cut and whole is response.content else ""
        if document is None:
            self._save(response, whole, cut)
            return
        chosen = document.table.text

        def picked(key: str | None) -> None:
            if key == "whole":
                self._save(response, whole, cut)
            elif key == "chosen":
                beginning = " It is not all that the filter chooses." if document.cut else ""
                self._save(response, chosen.encode("utf-8", "surrogatepass"), beginning)

        choices = [
            Choice("chosen", "What the filter shows", f"{len(document.origins):,} values, as an array"),
            Choice("whole", "The whole answer", f"{response.size:,} bytes, as received"),
        ]
        self._screen.app.push_screen(Choose("Save which?", choices), picked)

    def _save(self, response: RawResponse, content: bytes | ResponseFile, after: str) -> None:
        def written(path: Path, replace: bool) -> str:
            if response is not self._answer.response:
                raise NothingToWrite("The answer is another one by now; nothing was written.")
            return f"{write_answer(path, content, replace=replace):,} bytes"

        ask_to_export(self._screen, Export("Save the body", "", f"answer{ending_of(response)}", written, after=after))

    @property
    def others(self) -> tuple[TrailStep, ...]:
        """The steps of the trail whose answers the one on view can be compared with."""
        shown = self._answer.response
        steps = self._runner.trail.steps
        return tuple(step for step in steps if step.response not in (None, shown)) if shown is not None else ()

    def compare(self) -> None:
        """Choose another answer, and show what differs; one to the same method and path is proposed."""
        shown, others = self._answer.response, self.others
        if shown is None or not others:
            self._screen.notify("There is no other answer yet to compare with.", markup=False)
            return
        same = [index for index, step in enumerate(others) if step.response and _asked(step.response) == _asked(shown)]
        at = same[-1] if same else len(others) - 1
        choose_asked(self._screen, others, "Compare with which answer?", self._compare, at=at)

    def _compare(self, step: TrailStep) -> None:
        """Compare the answer on view with a step's; the later one is what the earlier one became."""
        shown = self._answer.response
        if shown is None or step.response is None:
            return
        here = next((each for each in self._runner.trail.steps if each.response is shown), None)
        answers = [(step.response, _at(step)), (shown, _at(here) if here is not None else "from the history")]
        if here is not None and here.at is not None and step.at is not None and here.at < step.at:
            answers.reverse()
        (one, when), (other, then) = answers
        # A first visit imports no more than it needs.
        from tui.screens.console.compare_answers import CompareAnswers

        self._screen.app.push_screen(CompareAnswers(one, other, (when, then)))


def _asked(response: RawResponse) -> tuple[str, str]:
    return response.method, response.url.partition("?")[0]


def _at(step: TrailStep) -> str:
    return f"{step.at:%H:%M:%S}" if step.at is not None else ""
