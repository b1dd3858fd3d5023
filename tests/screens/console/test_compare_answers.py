"""Two answers side by side on the screen: named, their differences one a row, gone through and copied."""

from __future__ import annotations

import json
from dataclasses import replace

from textual.app import App

from tests.screens.console.test_response_pane import response
from tui.raw_request.model import RawResponse
from tui.screens.console.compare_answers import CompareAnswers, differences
from tui.theme import own_variables
from tui.twilio.credentials import Mask
from tui.widgets.response_view.comparison_view import ComparisonView

ONE = {"sid": "SM1", "status": "queued", "price": None, "body": "x" * 300 + "one", "date": "a"}
OTHER = {"sid": "SM1", "status": "delivered", "price": "-0.0075", "body": "x" * 300 + "two\u202e\x1b[2J", "new": "[/]"}


def answer(document: object, *more: tuple[str, str]) -> RawResponse:
    plain = response(json.dumps(document).encode())
    return replace(plain, headers=(*plain.headers, *more))


class Stage(App[None]):
    copied = ""

    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def copy_to_clipboard(self, text):
        self.copied = text


async def test_differences_are_gone_through_read_whole_and_copied(until, text_of):
    one, other = answer(ONE, ("Date", "1"), ("X", "a")), answer(OTHER, ("Date", "2"), ("X", "b"))
    async with (app := Stage()).run_test(size=(80, 24)) as pilot:
        app.push_screen(CompareAnswers(one, other, ("06:20", "06:22")))
        await until(pilot, lambda: "Body: 5 differences." in text_of(pilot))
        view = app.screen.query_one(ComparisonView)
        assert "- 06:20 ✓ 200" in text_of(pilot)
        assert "+ 06:22 ✓ 200" in text_of(pilot)
        assert '~ $.status "queued" → "delivered"' in text_of(pilot)
        # A long value is drawn from where it differs.
        assert '…xxxxxxxxone"' in text_of(pilot).replace(" ", "")
        assert view.change.where() == "$.status"
        await pilot.press("n", "c")
        await until(pilot, lambda: app.copied == '$.price\n- null\n+ "-0.0075"')
        await pilot.press("n", "n", "n", "n")
        await until(pilot, lambda: view.change.where() == "x")
        # What differs between any two answers is not gone to.
        await pilot.press("n")
        await until(pilot, lambda: view.change.where() == "$.status")
        await pilot.press("end")
        await until(pilot, lambda: view.change.where() == "date")
        view.search("price")
        await until(pilot, lambda: view.change.where() == "$.price")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CompareAnswers))


def test_what_is_the_same_is_said_and_secrets_are_masked():
    secret = "5ecre7" * 5
    one, other = (replace(answer({"a": value}), mask=Mask.of([secret])) for value in ("b", secret))
    rows = differences(one, other, lambda: None)
    assert rows[0] == "Body: 1 difference."
    assert secret not in str(rows)
    assert differences(one, one, lambda: None) == ["Body: the same.", "Headers: the same."]
    status = differences(one, replace(one, status=404, reason="Not Found"), lambda: None)[0]
    assert (status.old, status.new) == ("200 OK", "404 Not Found")
