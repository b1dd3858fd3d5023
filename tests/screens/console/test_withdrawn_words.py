"""Of a message that was redacted no word stays in the console's memory: trail, answer on view, `$last`, comparison."""

from __future__ import annotations

import asyncio

import pytest

from tests.screens.console.test_screen import form, ready, send
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.screens.console.compare_answers import CompareAnswers
from tui.screens.console.screen import ConsoleScreen
from tui.twilio.messages import fetch, redact
from tui.widgets.copying import PlainText
from tui.widgets.response_view.comparison_view import ComparisonView

WORD = "Zwetschgenkuchen"


@pytest.mark.landing
async def test_what_is_withdrawn_leaves_the_answers_of_the_console(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        session, screen = pilot.app.session, pilot.app.screen
        body = f"To=+14155550123\nFrom={sandbox.numbers[0]}\nBody={WORD}"
        await send(pilot, until, RequestText("POST", MESSAGES_PATH, body_kind="form", body=body))
        sid = screen.runner.variables.last.json()["sid"]
        other = RequestText(path=f"{MESSAGES_PATH}", query="PageSize=2&From=+1")
        await send(pilot, until, other)
        for _ in range(2):
            await send(pilot, until, RequestText(path=MESSAGES_PATH, query="PageSize=20"))
        screen.answers.compare()
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareAnswers))
        await until(pilot, lambda: pilot.app.screen.query_one(ComparisonView).change)
        # One of the differences in full, over it.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlainText))
        account = session.account
        while not (await fetch(account.client, sid)).final:
            await asyncio.sleep(0.02)
        await session.changes.known(account, await redact(account.client, sid), redacted=True)
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen))
        await until(pilot, lambda: "The answer had the text of a message" in text_of(pilot))
        assert [bool(step.lost) for step in screen.runner.trail.steps] == [True, False, True, True]
        assert screen.runner.variables.last is None
        screen.runner.go_to(screen.runner.trail.steps[0])
        await until(pilot, lambda: "POST" in form(pilot).typed.method)
        assert WORD not in text_of(pilot) and WORD not in str(form(pilot).typed)
        assert WORD not in str(screen.runner.trail.steps) and screen.answer.response is None
