"""Walking through the API from the console: follow what an answer points to, go back, and ask nothing twice."""

from __future__ import annotations

import json
import re
import threading

import pytest
from textual.widgets import Input

from tests.piloting import is_asked, keys_are_answered
from tests.screens.console.test_screen import form, read_by, ready, send
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.model import RawResponse
from tui.sandbox.faults import Fault
from tui.screens.compose.screen import ComposeScreen
from tui.screens.console.asked_so_far import AskedSoFar
from tui.screens.console.compare_answers import CompareAnswers
from tui.screens.console.screen import ConsoleScreen
from tui.screens.messages.screen import MessagesScreen
from tui.widgets.dialogs import Ask, Choose
from tui.widgets.response_view.json_view import JsonView

PLENTY = RequestText(path=MESSAGES_PATH, query="PageSize=3")


async def go_to(pilot, until, path):
    """Take the cursor to a value of the answer."""
    answer = pilot.app.screen.answer
    await read_by(pilot, until)
    await until(pilot, lambda: isinstance(answer.view, JsonView) and answer.view.document is not None)
    rows = range(answer.view.row_count)
    answer.view.cursor = next(row for row in rows if answer.view.path_at(row) == path)
    await pilot.pause()


async def pressed(pilot, until, key):
    """Press a key that leads to another answer, and wait until that one takes the keys."""
    answer, before = pilot.app.screen.answer, pilot.app.screen.answer.response
    await pilot.press(key)
    await until(pilot, lambda: answer.response not in (None, before) and answer.ended and answer.view is not None)
    await until(pilot, lambda: not answer.view.is_loading and answer.has_focus_within and keys_are_answered(pilot))


def asked(sandbox):
    return [each.target for each in sandbox.requests if "PageSize=50" not in each.target]


async def test_a_link_is_followed_and_back_shows_what_was_there_without_asking_again(
    sandbox, run_app, until, text_of, monkeypatch
):
    async with run_app(sandbox=sandbox, screen="console", size=(80, 24)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, PLENTY)
        screen = pilot.app.screen
        await until(pilot, lambda: screen.runner.pages.next is not None)
        await go_to(pilot, until, "$.messages[1].subresource_uris.media")
        await until(pilot, lambda: "⏎ Follow" in text_of(pilot))
        await pressed(pilot, until, "enter")
        sid = json.loads(screen.runner.trail.steps[0].response.content)["messages"][1]["sid"]
        media = f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{sid}/Media.json"
        assert form(pilot).typed == RequestText(path=media)
        await until(pilot, lambda: "media_list" in text_of(pilot) and "alt+← Back" in text_of(pilot))
        requests = asked(sandbox)
        assert requests[-1].endswith(f"/Messages/{sid}/Media.json")
        # What stands in the form unsent is no loss: forward brings it back.
        form(pilot).fill(RequestText("POST", MESSAGES_PATH, body_kind="form", body="Body=half of it"))
        await pressed(pilot, until, "left_square_bracket")
        assert form(pilot).typed == PLENTY
        await until(pilot, lambda: re.search(r"Asked at \d\d:\d\d:\d\d, not asked again", text_of(pilot)))
        await until(pilot, lambda: "$.messages[1].subresource_uris.media" in text_of(pilot))
        await until(pilot, lambda: screen.runner.pages.next is not None)
        await pressed(pilot, until, "alt+right")
        assert form(pilot).typed == RequestText(path=media)
        await pilot.press("alt+right")
        await until(pilot, lambda: form(pilot).typed.body == "Body=half of it" and "Not sent." in text_of(pilot))
        assert asked(sandbox) == requests


@pytest.mark.landing
async def test_a_filter_and_what_was_folded_are_as_they_were_left(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, PLENTY)
        answer = pilot.app.screen.answer
        await go_to(pilot, until, "$.messages[0].sid")
        answer.view.filter("$.messages[*]")
        await until(pilot, lambda: answer.view.expression == "$.messages[*]")
        answer.view.cursor = 1
        await pilot.press("z")
        await go_to(pilot, until, "$.messages[2]")
        await pilot.press("enter")
        await go_to(pilot, until, "$.messages[2].sid")
        rows = answer.view.row_count
        await pilot.press("enter")
        await until(pilot, lambda: is_asked(pilot, Choose))
        # The message of the second value, though the filter shows it alone.
        await pressed_in_choice(pilot, until, "3", answer)
        await pressed(pilot, until, "left_square_bracket")
        await until(pilot, lambda: answer.view.expression == "$.messages[*]" and answer.view.row_count == rows)
        await until(pilot, lambda: answer.view.path_at(answer.view.cursor) == "$.messages[2].sid")


async def pressed_in_choice(pilot, until, key, answer):
    before = answer.response
    await pilot.press(key)
    await until(pilot, lambda: answer.response not in (None, before) and answer.ended and answer.has_focus_within)
    await until(pilot, lambda: keys_are_answered(pilot))


@pytest.mark.landing
async def test_a_sid_and_a_number_say_what_they_are_and_lead_there(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, PLENTY)
        console, answer = pilot.app.screen, pilot.app.screen.answer
        await go_to(pilot, until, "$.messages[0].account_sid")
        await pilot.press("enter")
        await until(pilot, lambda: is_asked(pilot, Choose) and "AC… is an account" in text_of(pilot))
        await pressed_in_choice(pilot, until, "2", answer)
        assert form(pilot).typed.path == "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"
        await pressed(pilot, until, "left_square_bracket")
        await go_to(pilot, until, "$.messages[0].to")
        await pilot.press("enter")
        await until(pilot, lambda: is_asked(pilot, Choose) and "free without Fields" in text_of(pilot))
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await pilot.press("f5")
        await until(pilot, lambda: pilot.app.screen is console and keys_are_answered(pilot))
        await go_to(pilot, until, "$.messages[0].sid")
        await until(pilot, lambda: "⏎ What is it" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: is_asked(pilot, Choose) and "SM… is a message" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))


async def test_a_link_that_leads_elsewhere_says_so_and_nothing_is_asked(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(80, 24)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Messages/SM0.json"))
        requests = asked(sandbox)
        await go_to(pilot, until, "$.more_info")
        await pilot.press("enter")
        await until(pilot, lambda: "a page for people" in text_of(pilot) and "c copies it" in text_of(pilot))
        assert asked(sandbox) == requests
        assert isinstance(pilot.app.screen, ConsoleScreen)


@pytest.mark.landing
async def test_pages_are_turned_both_ways_and_the_list_tells_them_apart(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, PLENTY)
        screen = pilot.app.screen
        for _ in range(2):
            await until(pilot, lambda: screen.runner.pages.next is not None)
            await pressed(pilot, until, "greater_than_sign")
        await until(pilot, lambda: " page 3 · RQ" in text_of(pilot))
        await until(pilot, lambda: screen.runner.pages.previous is not None)
        third = json.loads(screen.answer.response.content)["messages"]
        await pressed(pilot, until, "less_than_sign")
        await until(pilot, lambda: " page 2 · RQ" in text_of(pilot))
        assert form(pilot).typed.path == MESSAGES_PATH
        second = json.loads(screen.answer.response.content)["messages"]
        assert not {each["sid"] for each in second} & {each["sid"] for each in third}
        await pilot.press("a")
        await until(pilot, lambda: is_asked(pilot, AskedSoFar))
        lines = [line for line in text_of(pilot).split("\n") if re.search(r"200 +[0-9,]+ ms", line)]
        assert [re.search(r"Page=\d|PageSize=3", line)[0] for line in lines] == [
            "Page=1",
            "Page=2",
            "Page=1",
            "PageSize=3",
        ]
        requests = asked(sandbox)
        await pilot.press("4")
        await until(pilot, lambda: form(pilot).typed == PLENTY if pilot.app.screen is screen else False)
        await until(pilot, lambda: "not asked again" in text_of(pilot))
        assert asked(sandbox) == requests


@pytest.mark.landing
async def test_keys_for_an_answer_that_is_waited_for_are_not_typed_into_the_form(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        screen = pilot.app.screen
        for size in (2, 1):
            await send(pilot, until, RequestText(path=MESSAGES_PATH, query=f"PageSize={size}"))
            await until(pilot, lambda: screen.runner.pages.next and screen.answer.has_focus_within)
        await pilot.press("left_square_bracket", "left_square_bracket", "j")
        await until(pilot, lambda: form(pilot).typed.query == "PageSize=2" and screen.answer.view)
        await until(pilot, lambda: screen.runner.pages.next)
        sandbox.faults.add(Fault("delay", method="GET", path="Messages.json", seconds=60))
        await pilot.press("greater_than_sign", "j", "greater_than_sign")
        await until(pilot, lambda: screen.runner.task is not None and keys_are_answered(pilot))
        assert screen.answer.has_focus_within
        assert form(pilot).typed.query.startswith("PageSize=2\nPage=1\nPageToken=") and not form(pilot).typed.timeout
        sandbox.faults.clear()
        await until(pilot, lambda: screen.runner.task is None)


async def test_another_account_goes_back_to_nothing_of_the_one_before(sandbox, run_app, until, text_of, monkeypatch):
    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, PLENTY)
        await send(pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"))
        form(pilot).fill(RequestText(path="/typed"))
        screen, account = pilot.app.screen, pilot.app.session.account
        # The other connection is chosen while the answer is made ready to be shown again.
        begun, goes_on = threading.Event(), threading.Event()

        def shown(response):
            begun.set()
            goes_on.wait(20)
            return response

        monkeypatch.setattr(RawResponse, "shown", shown)
        await pilot.press("alt+left")
        await until(pilot, begun.is_set)
        pilot.app.session.run(pilot.app.session.use_sandbox())
        await until(pilot, lambda: pilot.app.session.account not in (None, account))
        await until(pilot, lambda: "Nothing sent yet" in text_of(pilot))
        goes_on.set()
        await pilot.pause()
        assert screen.answer.response is None and "Nothing sent yet" in text_of(pilot)
        assert [step.typed.path for step in screen.runner.trail.steps] == ["/typed"]
        assert pilot.app.focused is form(pilot).query_one("#path")


@pytest.mark.landing
async def test_an_answer_is_compared_with_the_one_before_and_what_a_filter_shows_is_saved(
    sandbox, run_app, until, text_of, tmp_path
):
    async with run_app(sandbox=sandbox, screen="console", size=(80, 24)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, PLENTY)
        await send(pilot, until, RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"))
        await send(pilot, until, RequestText(path=MESSAGES_PATH, query="PageSize=2"))
        screen = pilot.app.screen
        await go_to(pilot, until, "$.page_size")
        await pilot.press("equals_sign")
        await until(pilot, lambda: is_asked(pilot, AskedSoFar))
        # The one to the same path, not the newest.
        await pilot.press("enter")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, CompareAnswers) and "$.page_size 3 → 2" in text_of(pilot)
        )
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen and keys_are_answered(pilot))
        screen.answer.view.filter("$.messages[*].sid")
        await until(pilot, lambda: screen.answer.view.expression != "")
        file = tmp_path / "sids.json"
        await pilot.press("s")
        await until(pilot, lambda: is_asked(pilot, Choose) and "2 values, as an array" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: is_asked(pilot, Ask))
        pilot.app.screen.query_one(Input).value = str(file)
        await pilot.press("enter")
        await until(pilot, file.exists)
        assert json.loads(file.read_text()) == [
            each["sid"] for each in json.loads(screen.answer.response.content)["messages"]
        ]
