"""The review on small terminals: what it warns of, and its keys, are seen without scrolling."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from textual.app import App

from tui.screens.sending.draft import DraftFields, read_draft
from tui.screens.sending.review import Review, ReviewContext
from tui.theme import own_variables

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

WARNINGS = (
    "Not filled in: 1, 2. Twilio sends the template's sample there: “Maya”, “Tuesday, 9:00 at Harbor Street” [1].",
    "+1 415 555 0123 sent STOP to this sender at 12:01. Twilio refuses with 21610 until they text START to it [2].",
    "The same text was sent to the same recipient 2 min ago, from the same number of yours, and arrived there [3].",
)


class Stage(App[None]):
    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        return variables | own_variables(variables)


def shown(app: App[Any]) -> str:
    return "\n".join("".join(each.text for each in strip) for strip in app.screen._compositor.render_strips())


@pytest.mark.parametrize("lines", [1, 30])
async def test_all_warnings_and_the_keys_stand_in_the_review_whatever_the_size(lines):
    typed = DraftFields(from_="+14155550100", to="+14155550123", body="Are you there?\n" * lines)
    context = ReviewContext("acme", sandbox=False, now=NOW, warnings=WARNINGS, cost="about 0.0079 USD")
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Review(read_draft(typed, now=NOW), context))
        for size in ((80, 24), (60, 20), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert all(words in shown(app) for words in ("Through", "[1]", "[2]", "[3]", "Send now")), size
