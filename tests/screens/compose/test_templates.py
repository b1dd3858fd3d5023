"""Content templates in Compose, by keys, against the sandbox: listed, chosen, filled in, reviewed, sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import Input

from tests.screens.compose.test_compose import FRONT_DESK, RECIPIENT, Person
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.screens.base import DraftPrefill, OpenCompose
from tui.screens.compose.outbox import OutboxScreen
from tui.screens.sending.review import Review
from tui.screens.sending.template_fields import TemplateFields
from tui.screens.sending.templates import ChooseTemplate, TemplateList
from tui.twilio.content import ContentForm
from tui.widgets.form_fields import FieldNote

# Not so wide that the conversation stands beside it.
LONG = (118, 50)


def sid_of(sandbox: Sandbox, name: str, language: str = "en") -> str:
    templates = sandbox._account.templates.all()
    return next(each.sid for each in templates if (each.name, each.language) == (name, language))


def note(person: Person, name: str) -> str:
    return str(person.place.query_one(f"#note-{name}", FieldNote).content)


def variables(person: Person) -> dict[str, str]:
    text = person.place._form.typed.content_variables
    return json.loads(text) if text else {}


def lines(person: Person) -> dict[str, Input]:
    return dict(person.place.query_one(TemplateFields)._rows)


async def test_a_template_is_chosen_filled_in_and_sent_with_its_text_seen(
    sandbox: Sandbox, run_app: Any, until: Any, text_of: Any
) -> None:
    async with run_app(sandbox=sandbox, size=LONG, screen="compose") as pilot:
        person = Person(pilot, until, text_of)
        await person.settled()
        form = person.place._form
        form.fill(form.typed.__class__(RECIPIENT, FRONT_DESK, "typed before", content_variables='{"later": 1}'))
        await pilot.press("f11")
        await person.until(lambda: isinstance(pilot.app.screen, ChooseTemplate))
        await person.sees("appointment_reminder")
        assert "9" in person.screen and "not submitted" in person.screen
        await pilot.press(*"ready en", "enter")
        await person.until(lambda: form.typed.content_sid == sid_of(sandbox, "order_ready"))
        await person.until(lambda: list(lines(person)) == ["name", "order"])
        # What was written as JSON before is taken over; the text that stands there too is named at once.
        assert variables(person) == {"later": 1}
        assert "in place of this text" in note(person, "body")
        assert note(person, "content_sid") == "order_ready (en) · approved for WhatsApp"
        await person.until(lambda: lines(person)["name"].has_focus)
        assert lines(person)["name"].placeholder == "Maya"
        assert not person.place.query_one("#row-content_variables").display
        await pilot.press(*"Ana")
        await person.sees("Hello Ana, your order {{order}} is ready.")
        assert variables(person) == {"later": 1, "name": "Ana"}
        await person.sees("Not filled in: order. Twilio sends the template's sample there: “HB499147”.")
        await pilot.press("ctrl+s")
        await person.until(lambda: "Take one of them out." in note(person, "body"))
        form.set_text("body", "")
        await pilot.press("ctrl+s")
        await person.until(lambda: isinstance(pilot.app.screen, Review))
        await person.sees("Template  order_ready (en) · approved for WhatsApp")
        for words in ("Hello Ana, your order {{order}} is ready.", "1 segment, GSM-7", "! Not filled in: order."):
            assert words in person.screen
        # Listed anew while the review is open, it says something else.
        account = pilot.app.session.account
        ready = account.templates[sid_of(sandbox, "order_ready")]
        account.templates = {ready.sid: replace(ready, forms=(ContentForm("twilio/text", "Edited"),))}
        await pilot.press("y")
        await person.sees("Template  order_ready (en)")
        # Twilio fills the text in when it leaves.
        await person.sees("Hello Ana, your order HB499147 is ready.")
        entry = person.place._outcome.sending.entry
        assert entry.template.text == "Hello Ana, your order {{order}} is ready. Harbor Deli, until 18:00."
        assert dict(entry.options)["ContentVariables"] == '{"later": 1, "name": "Ana"}'
        assert form.typed.blank
        await pilot.press("ctrl+r")
        await person.until(lambda: isinstance(pilot.app.screen, OutboxScreen))
        await person.sees("· template order_ready (en) ·")
        await person.sees("Hello Ana, your order {{order}}")


@pytest.mark.landing
async def test_a_draft_that_names_a_template_has_its_fields_and_other_variables_are_kept(
    sandbox: Sandbox, run_app: Any, until: Any, text_of: Any
) -> None:
    sid = sid_of(sandbox, "autumn_sale")
    options = (("ContentSid", sid), ("ContentVariables", '{"name": "Zoë", "x": [1]}'))
    async with run_app(sandbox=sandbox, size=LONG, screen="compose") as pilot:
        person = Person(pilot, until, text_of)
        await person.settled()
        seed = DraftPrefill(f"whatsapp:{RECIPIENT}", f"whatsapp:{FRONT_DESK}", options=options)
        person.place.post_message(OpenCompose(seed))
        form = person.place._form
        await person.until(lambda: list(lines(person)) == ["name"])
        assert lines(person)["name"].value == "Zoë"
        await person.sees("Zoë, everything in the shop is 20 % off until Sunday.")
        assert "[To the shop] https://harbor.example/sale" in person.screen
        assert "segment" not in person.screen
        lines(person)["name"].value = ""
        await person.until(lambda: variables(person) == {"x": [1]})
        # Keys of one burst: each change is told when the next has been made already.
        for typed in ("A", "An", "Ana"):
            lines(person)["name"].value = typed
        form.measure()
        assert variables(person) == {"x": [1], "name": "Ana"}
        await pilot.pause()
        assert lines(person)["name"].value == "Ana"
        assert variables(person) == {"x": [1], "name": "Ana"}
        form.set_text("content_variables", '{"name": 5}')
        await person.until(lambda: lines(person)["name"].value == "5")
        # What is no object is written as JSON.
        form.set_text("content_variables", '{"name"')
        await person.until(lambda: not lines(person))
        assert person.place.query_one("#row-content_variables").display
        form.set_text("content_variables", '{"name": "Zoë"}')
        await person.until(lambda: list(lines(person)) == ["name"])
        await pilot.press("ctrl+s")
        await person.until(lambda: isinstance(pilot.app.screen, Review))
        await person.sees("! The template is rejected by WhatsApp")
        await pilot.press("escape")
        # Another one, and one that nobody knows; folded up, the form says which one it is.
        form.set_text("content_sid", sid_of(sandbox, "closed_today"))
        await person.until(lambda: not lines(person))
        form.open_more(False)
        await person.sees("template closed_today (en)")
        await person.sees("We are closed today")
        form.set_text("content_sid", "HX" + "f" * 32)
        await person.until(lambda: "no such template" in note(person, "content_sid"))


@pytest.mark.landing
async def test_templates_that_cannot_be_listed_are_asked_for_again_and_the_sid_can_be_typed(
    sandbox: Sandbox, run_app: Any, until: Any, text_of: Any
) -> None:
    sandbox.faults.add(Fault("429", path="/v1/Content", times=0))
    async with run_app(sandbox=sandbox, size=(80, 24), screen="compose") as pilot:
        person = Person(pilot, until, text_of)
        await person.settled()
        form = person.place._form
        form.fill(form.typed.__class__(RECIPIENT, FRONT_DESK))
        form.open_more(True)
        form.enter("content_sid")
        await pilot.press("enter")
        await person.until(lambda: isinstance(pilot.app.screen, ChooseTemplate))
        await person.sees("could not be listed")
        await person.sees("SID can be typed")
        sandbox.faults.clear()
        await pilot.press("ctrl+r")
        await person.sees("closed_today")
        sandbox.faults.add(Fault("500-before", path="/v1/Content", times=0))
        await pilot.press("ctrl+r")
        await person.sees("could not be listed again")
        assert pilot.app.screen.query_one(TemplateList).row_count == 9
        await pilot.press(*"no such")
        await person.sees("None of them holds these words.")
        await pilot.press("enter", "escape")
        await person.until(lambda: pilot.app.screen is person.place)
        assert form.typed.content_sid == ""


async def test_a_template_that_could_not_be_read_is_sent_all_the_same(
    sandbox: Sandbox, run_app: Any, until: Any, text_of: Any
) -> None:
    sandbox.faults.add(Fault("wrong-json", path="/v1/Content", times=0, status=403))
    async with run_app(sandbox=sandbox, size=LONG, screen="compose") as pilot:
        person = Person(pilot, until, text_of)
        await person.settled()
        form = person.place._form
        form.fill(form.typed.__class__(RECIPIENT, FRONT_DESK))
        form.set_text("content_sid", sid_of(sandbox, "closed_today"))
        await person.until(lambda: "could not be read" in note(person, "content_sid"))
        await pilot.press("ctrl+s")
        await person.until(lambda: isinstance(pilot.app.screen, Review))
        await person.sees("What this template says is known at Twilio only.")
        await pilot.press("y")
        await person.sees("We are closed today")
