"""The views of a body under keys: the cursor, folding, searching, choosing."""

from __future__ import annotations

import json
import re

from textual.app import App

from tui.theme import own_variables
from tui.widgets.response_view.hex_view import HexView
from tui.widgets.response_view.json_view import JsonView
from tui.widgets.response_view.text_view import TextView

BODY = {
    "messages": [
        {"sid": "SM" + f"{n:032x}", "status": "delivered", "body": f"hello {n} \u202e\x1b[31m", "price": None}
        for n in range(30)
    ],
    "end": 0,
    "uri": "/2010-04-01/Accounts/AC/Messages/MM" + "a" * 32 + ".json",
}


class Stage(App[None]):
    def __init__(self, view):
        super().__init__()
        self.view = view
        self.heard = []

    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield self.view

    def on_row_list_moved(self, message):
        if isinstance(message.rows, JsonView):
            self.heard.append(message.rows.path_at(message.index))

    def on_json_view_opened(self, message):
        self.heard.append(message)

    def on_json_view_filtered(self, message):
        self.heard.append(message)

    def on_body_view_search_wanted(self, message):
        self.heard.append(message)


def stage_json(content):
    view = JsonView()
    app = Stage(view)
    return app, view, content if isinstance(content, bytes) else json.dumps(content).encode()


async def loaded(pilot, view, until):
    await until(pilot, lambda: not view.is_loading)
    view.focus()
    await pilot.pause()


def top(view):
    return view.top


async def test_the_path_and_the_value_under_the_cursor_are_told(until):
    app, view, content = stage_json(BODY)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        await pilot.press("down", "down", "down")
        await pilot.pause()
        assert app.heard[-1] == "$.messages[0].sid"
        assert view.value_at(3) == "SM" + "0" * 32
        assert view.path_at(view.row_count - 1) == "$"
        assert json.loads(view.value_at(1)) == BODY["messages"]


async def test_folding_keeps_the_cursor_on_its_value_and_on_its_line_of_the_screen(until):
    app, view, content = stage_json(BODY)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        lines = view.row_count
        await pilot.press("down", "down")
        await pilot.press("enter")
        assert view.path_at(view.cursor) == "$.messages[0]"
        assert view.row_count == lines - 5
        await pilot.press("down", "down")
        assert view.path_at(view.cursor) == "$.messages[1].sid"
        await pilot.press("z")
        assert view.path_at(view.cursor) == "$.messages[1]"
        assert view.row_count == lines - 30 * 5
        await pilot.press("space")
        assert view.path_at(view.cursor) == "$.messages[1]"
        await pilot.press("Z")
        assert view.row_count == lines
        assert view.path_at(view.cursor) == "$.messages[1]"
        await pilot.press("minus", "minus", "minus")
        assert view.path_at(view.cursor) == "$.messages"
        assert view.row_count == 5
        await pilot.press("minus", "minus", "plus")
        assert view.path_at(view.cursor) == "$"


async def test_a_message_is_recognised_under_the_cursor_or_around_it(until):
    app, view, content = stage_json(BODY)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        for line, sid in [(3, "SM" + "0" * 32), (5, "SM" + "0" * 32), (8, "SM" + "0" * 31 + "1"), (0, None)]:
            view.cursor = line
            assert view.sid_at_cursor() == sid
        view.cursor = view.row_count - 2
        assert view.sid_at_cursor() == "MM" + "a" * 32


async def test_a_long_value_opens_whole_and_closes_again(until):
    text = "".join(f"word{n} " for n in range(100))
    app, view, content = stage_json({"body": text, "end": 1})
    async with app.run_test(size=(60, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        await pilot.press("down", "space")
        await pilot.pause()
        opened = view.row_count
        assert opened > 10
        drawn = "".join("".join(piece for piece, _ in view.draw_row(n, 60)).strip() for n in range(1, opened - 2))
        assert "word99" in drawn.replace(" ", "")
        await pilot.press("down", "down")
        assert view.path_at(view.cursor) == "$.body"
        await pilot.resize_terminal(100, 24)
        await until(pilot, lambda: view.row_count < opened)
        assert view.path_at(view.cursor) == "$.body"
        await pilot.press("space")
        assert view.row_count == 4
        assert view.path_at(view.cursor) == "$.body"


async def test_enter_on_a_plain_value_hands_out_its_path_and_all_of_it_and_folds_what_holds_something(until):
    text = "".join(f"word{n} " for n in range(100))
    app, view, content = stage_json({"body": text, "list": [1], "none": {}})
    async with app.run_test(size=(60, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        await pilot.press("down", "enter", "down", "enter", "down", "enter")
        await until(pilot, lambda: view.row_count == 5)
        opened = [(each.path, each.value) for each in app.heard if isinstance(each, JsonView.Opened)]
        assert opened == [("$.body", text), ("$.none", "{}")]


async def test_searching_goes_to_matches_unfolds_and_counts(until):
    app, view, content = stage_json(BODY)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        await pilot.press("down", "down", "z", "g", "slash")
        await pilot.pause()
        assert isinstance(app.heard[-1], JsonView.SearchWanted)
        view.search("hello")
        await until(pilot, lambda: not view.search_running)
        assert view.search_status == "1 of 30"
        assert view.path_at(view.cursor) == "$.messages[0].body"
        await pilot.press("n", "n")
        assert view.path_at(view.cursor) == "$.messages[2].body"
        await pilot.press("N", "N", "N")
        assert (view.path_at(view.cursor), view.search_status) == ("$.messages[29].body", "30 of 30")
        await pilot.press("n")
        assert view.path_at(view.cursor) == "$.messages[0].body"
        await pilot.press("down", "down", "down", "n")
        assert view.path_at(view.cursor) == "$.messages[1].body"
        view.search("no such thing")
        await until(pilot, lambda: view.search_status == "none")
        view.search("")
        assert view.search_status == ""


async def test_choosing_shows_other_values_with_their_own_paths_and_there_is_a_way_back(until):
    app, view, content = stage_json(BODY)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        lines = view.row_count
        view.cursor = 9
        view.filter("messages[?@.body =~ /.*1\\d .*/]")
        await until(pilot, lambda: isinstance(app.heard[-1], JsonView.Filtered))
        assert "no JSONPath" in app.heard[-1].problem
        assert view.row_count == lines
        view.filter("messages[-2:]")
        await until(pilot, lambda: view.expression and not view.is_loading)
        await pilot.pause()
        assert view.path_at(1) == "$.messages[28]"
        assert view.path_at(2) == "$.messages[28].sid"
        view.filter("$[*].sid")
        await until(pilot, lambda: view.row_count == 4)
        assert view.path_at(2) == "$.messages[29].sid"
        await pilot.press("u", "u")
        assert (view.row_count, view.cursor) == (lines, 9)


async def test_what_is_not_json_says_where_and_cannot_be_filtered(until):
    app, view, content = stage_json(b'{"a": 1, "b": [1, 2, x]}')
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        assert view.note == "Not JSON (expecting value at line 1, column 22)."
        assert view.problem is not None
        view.filter("$.a")
        await until(pilot, lambda: app.heard and isinstance(app.heard[-1], JsonView.Filtered))
        assert app.heard[-1].problem


async def test_a_body_that_comes_while_another_is_read_takes_its_place(until):
    app, view, content = stage_json([BODY] * 2000)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        view.set_document(b'{"second": 1}')
        await loaded(pilot, view, until)
        await pilot.pause(0.1)
        assert view.path_at(1) == "$.second"
        assert view.row_count == 3


async def test_a_filter_under_way_is_left_and_what_was_shown_stays(until):
    app, view, content = stage_json(BODY)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        lines = view.row_count
        view.filter("$..*")
        await pilot.press("u")
        await pilot.pause(0.1)
        assert (view.expression, view.row_count, view.note) == ("", lines, "")


async def test_nothing_hostile_reaches_the_screen(until, text_of):
    app, view, content = stage_json({"\x1b]0;x\x07": "\x9b31m\u202e\u2066" + "a\u0301" * 30, "b": ["\x7f\u200b"] * 3})
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_document(content)
        await loaded(pilot, view, until)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\u2066]", text_of(pilot))
        assert "\\u202e" in text_of(pilot)


async def test_text_is_wrapped_searched_and_keeps_its_place_when_the_width_changes(until, text_of):
    view = TextView()
    app = Stage(view)
    content = ("word " * 2000 + "needle \x1b[2J\u202e" + " word" * 2000 + "\nlast\n").encode("utf-16")
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_text(content, "utf-16")
        await loaded(pilot, view, until)
        view.search("needle")
        await until(pilot, lambda: view.match_number == 1)
        line = view.cursor
        assert "needle ␛[2J<U+202E>" in text_of(pilot).replace("\n", "")
        await pilot.resize_terminal(40, 24)
        await until(pilot, lambda: not view.is_loading and view.cursor > line)
        await pilot.pause()
        assert "needle" in text_of(pilot).replace("\n", "")
        assert next(iter(view.draw_row(view.row_count - 2, 40)))[0] == "last"


async def test_bytes_are_shown_searched_and_named(until, text_of):
    view = HexView()
    app = Stage(view)
    async with app.run_test(size=(80, 24)) as pilot:
        view.set_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64_000_000) + b"The End")
        await pilot.pause()
        view.focus()
        assert view.note == "PNG image, 64.0 MB"
        assert "00000000  89 50 4e 47 0d 0a 1a 0a  00 00" in text_of(pilot)
        assert "·PNG····" in text_of(pilot)
        view.search("the end")
        await until(pilot, lambda: view.match_number == 1)
        assert "The End" in text_of(pilot)
        view.search("0x0d0a1a")
        await until(pilot, lambda: view.match_number == 1)
        assert view.cursor == 0
        view.cursor = 3
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: view.cursor == 6)
