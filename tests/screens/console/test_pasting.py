"""What is pasted into the form and is more than text: request lines and encoded queries come apart, and go back."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.screens.console.test_form import Alone
from tui.raw_request.form_text import RequestText
from tui.raw_request.pasted_commands import begins_with_curl
from tui.screens.console.form import RequestForm
from tui.screens.console.lines_editor import LARGEST_HERE, LinesEditor
from tui.screens.console.pasting import read_encoded, read_request_line

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
URL = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"


@given(st.lists(st.tuples(WORDS.filter(bool), WORDS), min_size=2, max_size=5))
def test_an_encoded_query_comes_apart_into_what_was_encoded(pairs):
    assert read_encoded(urlencode(pairs, quote_via=quote)) == pairs
    assert read_encoded(f"{URL}?{urlencode(pairs)}") == pairs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a=b",
        "Body=fish&chips",
        "a=b\nc=d",
        "a = b&c=d",
        "see a=b&c=d",
        "%ff=1&a=%fe",
        "Body=Hi there&To=x",
        "{a=b&c=d",
    ],
)
def test_any_other_text_stays_as_it_is(text):
    assert read_encoded(text) == ([("{a", "b"), ("c", "d")] if text.startswith("{") else [])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("POST /Messages.json", ("POST", "/Messages.json", [])),
        (
            " get https://verify.twilio.com/v2/Services?a=1#x \n",
            ("GET", "https://verify.twilio.com/v2/Services", [("a", "1")]),
        ),
        ("DELETE /x?a HTTP/1.1", ("DELETE", "/x", [("a", "")])),
        ("/Messages.json", None),
        (URL, None),
        ("a note /x", None),
        ("", None),
    ],
)
def test_a_request_line_is_read_in_its_parts(text, parts):
    line = read_request_line(text)
    assert (line and (line.method, line.path, line.query)) == parts


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("curl https://api.twilio.com", True),
        ("\n  $ curl -X POST \\\n 'https://x'", True),
        ("# send\nexport A=1\nB=2 curl -u a:b https://x", True),
        ("```\ncurl 'https://x'\n```", True),
        ("curl is a program", False),
        ("Please run curl https://x", False),
        ("Body=see curl -X POST", False),
        ("", False),
        ("x" * 1_000_000, False),
    ],
)
def test_a_curl_command_is_told_from_a_text_about_one(text, is_one):
    assert begins_with_curl(text) == is_one


async def paste(pilot, place, text):
    form = pilot.app.query_one(RequestForm)
    form.enter(place)
    await pilot.pause()
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()
    await pilot.pause()
    return form.typed


async def test_a_pasted_address_comes_apart_and_undo_puts_it_together():
    app = Alone()
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        form.fill(RequestText(query="a=1"))
        typed = await paste(pilot, "path", f"POST {URL}?To=%2B1&Body=a%20b")
        assert (typed.method, typed.path, typed.query) == ("POST", URL, "a=1\nTo=+1\nBody=a b")
        await pilot.press("ctrl+z")
        assert (form.typed.method, form.typed.path, form.typed.query) == (
            "GET",
            f"POST {URL}?To=%2B1&Body=a%20b",
            "a=1",
        )
        # Where something stands already it is text.
        form.fill(RequestText(path="/x"))
        assert (await paste(pilot, "path", "/y?a=b")).path == "/x/y?a=b"


@pytest.mark.parametrize(("place", "kind"), [("query", "none"), ("body", "form"), ("body", "multipart")])
async def test_a_pasted_query_comes_apart_into_lines_and_undo_puts_it_together(place, kind):
    app = Alone()
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        form.fill(RequestText("POST", "/x", body_kind=kind))
        typed = await paste(pilot, place, "To=%2B1415&Body=a%0Ab&MediaUrl=")
        assert getattr(typed, place) == 'To=+1415\nBody="a\\nb"\nMediaUrl='
        await pilot.press("ctrl+z")
        assert getattr(form.typed, place) == "To=%2B1415&Body=a%0Ab&MediaUrl="
        # Behind a name it is a value.
        form.fill(RequestText("POST", "/x", body_kind=kind, query="Url=", body="Url="))
        form.query_one(f"#{place}", LinesEditor).move_cursor((0, 4))
        assert getattr(await paste(pilot, place, "https://x/?a=b&c=d"), place) == "Url=https://x/?a=b&c=d"


async def test_a_text_too_long_to_edit_is_whole_what_is_sent_and_goes_as_it_came():
    app = Alone()
    long = '{"a": [' + "1,\r\n" * (LARGEST_HERE // 4) + "1]}"
    async with app.run_test(size=(120, 40)) as pilot:
        form = app.query_one(RequestForm)
        form.fill(RequestText("POST", "/x", body_kind="raw", body="ab"))
        form.query_one("#body", LinesEditor).move_cursor((0, 1))
        assert (await paste(pilot, "body", long)).body == f"a{long}b"
        body = form.query_one("#body", LinesEditor)
        assert body.is_cut and len(body.text) < 10_000
        await pilot.press("x", "enter")
        assert form.typed.body == f"a{long}b"
        await pilot.press("backspace")
        assert form.typed.body == ""
        await pilot.press("x", "ctrl+z", "ctrl+z")
        assert form.typed.body == f"a{long}b"
        await pilot.press("ctrl+z")
        assert form.typed.body == "ab"
        await pilot.press("x")
        assert "x" in form.typed.body
