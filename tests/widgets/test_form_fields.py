"""The controls of forms: a choice by keys and by mouse, a row's note, a filter form that keeps what is wrong."""

from __future__ import annotations

from textual import on
from textual.app import App
from textual.widgets import Input

from tui.theme import own_variables
from tui.twilio.errors import InvalidRequest
from tui.widgets.form_fields import ChoiceField, FieldRow, FilterField, FilterForm


class Form(App[None]):
    """A choice of a value, and one of what is shown."""

    def __init__(self, value: str | None = None):
        super().__init__()
        self.heard: list[str] = []
        self.choice = ChoiceField({"": "as it is", "true": "yes", "false": "no"}, value, id="value")
        self.tabs = ChoiceField(("query", "body"), id="tabs", tabs=True, enter=False)

    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield FieldRow("value", "Value", self.choice)
        yield self.tabs

    @on(ChoiceField.Changed)
    def _changed(self, event: ChoiceField.Changed):
        self.heard.append(event.choice.value)

    def shown(self, choice: ChoiceField) -> str:
        return str(choice.render()).rstrip()


async def test_a_choice_goes_round_by_arrows_space_and_enter():
    async with Form().run_test() as pilot:
        app = pilot.app
        app.choice.focus()
        assert app.shown(app.choice) == "● as it is   ○ yes   ○ no"
        await pilot.press("right", "space", "enter", "left")
        assert app.heard == ["true", "false", "", "false"]
        assert app.shown(app.choice) == "○ as it is   ○ yes   ● no"


async def test_a_choice_that_leaves_enter_to_its_form_does_not_turn():
    async with Form().run_test() as pilot:
        app = pilot.app
        app.tabs.focus()
        await pilot.press("enter")
        assert app.heard == []
        await pilot.press("right")
        assert app.heard == ["body"]


async def test_a_click_chooses_the_word_under_the_pointer_and_nothing_behind_the_last():
    async with Form().run_test() as pilot:
        app = pilot.app
        for word in ("yes", "no", "as it is"):
            await pilot.click("#value", offset=(1 + app.shown(app.choice).index(word), 0))
        assert app.heard == ["true", "false", ""]
        await pilot.click("#value", offset=(50, 0))
        app.tabs.marks = {"query": "12"}
        assert app.shown(app.tabs) == "[query 12]   body"
        await pilot.pause()
        await pilot.click("#tabs", offset=(1 + app.shown(app.tabs).index("body"), 0))
        assert app.heard == ["true", "false", "", "body"]


async def test_only_a_person_who_chooses_is_reported_and_an_unknown_value_means_the_first():
    async with Form().run_test() as pilot:
        app = pilot.app
        app.choice.value = "false"
        app.choice.value = "perhaps"
        await pilot.pause()
        assert app.choice.value == ""
        assert app.heard == []


async def test_what_a_file_holds_stays_until_another_is_chosen():
    async with Form("odd").run_test() as pilot:
        app = pilot.app
        assert app.shown(app.choice) == "○ as it is   ○ yes   ○ no   ● odd (?)"
        app.choice.focus()
        await pilot.press("right")
        assert app.choice.value == ""


class Narrow(App[None]):
    """A choice of a value with less room than its words."""

    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield ChoiceField(("one", "two", "three", "four"), tones={"one": "red"})


async def test_where_not_all_words_have_room_those_around_the_chosen_one_are_shown():
    async with Narrow().run_test(size=(30, 3)) as pilot:
        choice = pilot.app.query_one(ChoiceField)
        choice.focus()
        seen = []
        for _ in range(4):
            seen.append(str(choice.render()).rstrip())
            await pilot.press("right")
        assert seen == [
            "● one   ○ two   ›",
            "○ one   ● two   ›",
            "‹ ○ two   ● three   ›",
            "‹ ○ three   ● four",
        ]
        choice.value = "three"
        await pilot.pause()
        await pilot.click(ChoiceField, offset=(1, 0))
        assert choice.value == "three", "the sign of more is no word"
        await pilot.click(ChoiceField, offset=(5, 0))
        assert choice.value == "two"
        assert [(span.start, str(span.style)) for span in choice.render().spans][:1] == [(0, "$connection-red")]


async def test_a_note_takes_room_only_while_it_says_something():
    async with Form().run_test() as pilot:
        row = pilot.app.query_one(FieldRow)
        assert row.outer_size.height == 1
        row.say("This cannot be.", "bad")
        await pilot.pause()
        assert row.outer_size.height == 2
        assert row.field.has_class("-invalid")
        row.say("")
        await pilot.pause()
        assert row.outer_size.height == 1
        assert not row.field.has_class("-invalid")


def read(typed):
    if not typed["days"].isdecimal():
        raise InvalidRequest("days", "This is no number.", "Write 7.")
    return typed["text"], int(typed["days"])


async def test_a_filter_form_says_what_is_wrong_at_its_field_and_answers_once_it_is_right():
    answers = []
    async with Form().run_test() as pilot:
        fields = (FilterField("text", "Text", "words", "owl"), FilterField("days", "Days", "7", "many"))
        pilot.app.push_screen(FilterForm("Filter", fields, read), answers.append)
        await pilot.pause()
        assert pilot.app.screen.query_one("#filter-text").has_focus
        await pilot.press("enter")
        note = pilot.app.screen.query_one("#note-days")
        assert str(note.render()) == "This is no number. Write 7."
        assert pilot.app.screen.query_one("#filter-days").has_focus
        pilot.app.screen.query_one("#filter-days", Input).value = "7"
        await pilot.pause()
        assert str(note.render()) == ""
        await pilot.press("enter")
        await pilot.pause()
        assert answers == [("owl", 7)]


async def test_clearing_a_filter_form_empties_every_field():
    async with Form().run_test() as pilot:
        fields = (FilterField("text", "Text", "words", "owl"), FilterField("days", "Days", "7", "1"))
        pilot.app.push_screen(FilterForm("Filter", fields, read))
        await pilot.pause()
        await pilot.press("down", "ctrl+l")
        assert [box.value for box in pilot.app.screen.query(Input)] == ["", ""]
        assert pilot.app.screen.query_one("#filter-text").has_focus
