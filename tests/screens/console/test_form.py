"""The form sends what it was filled with, byte for byte, also where its editors show it otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.document._document import Document
from textual.widgets import Input

from tests.raw_request.test_round_trip import PAIRS, WORD, whole
from tui.raw_request.curl_import import read_curl
from tui.raw_request.form_text import RequestText, read, typed_from, write
from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.sending import check, send
from tui.screens.console.form import RequestForm, share
from tui.screens.console.lines_editor import LinesEditor
from tui.screens.console.request_choices import examples
from tui.storage.connection import Connection
from tui.theme import own_variables
from tui.twilio.client import Client
from tui.widgets.dialogs import Choose

TYPES = st.none() | st.sampled_from(["text/html; charset=utf-8", 'text/x; a="b;filename=c"', "image/png"])


class Alone(App[None]):
    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield RequestForm(id="request")


ODD_BODIES = ["a\r\nb\nc", "a\rb", "a\u2028b\x0bc", '{"a":\x85 1}\r\n', "\n", "plain\nlines\n", ""]


async def test_a_raw_body_is_sent_as_it_came_until_it_is_edited():
    app = Alone()
    async with app.run_test():
        form = app.query_one(RequestForm)
        for body in ODD_BODIES:
            form.fill(RequestText("POST", "/x", body_kind="raw", body=body))
            assert form.typed.body == body
            assert form.holds_other_line_ends == (Document(body).text != body)
            form.query_one("#body", LinesEditor).insert("!")
            assert form.typed.body != body
            assert not form.holds_other_line_ends


async def test_a_form_is_filled_as_what_was_stored_and_entered_where_something_is_missing():
    app = Alone()
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        form.fill(typed_from({"method": "POST", "path": "/x", "body_kind": "multipart", "body": 'a="b"\nf="@/c"'}))
        assert form.typed.body == "a=b\nf=@/c"
        form.fill(form.typed)
        assert form.typed.body == "a=b\nf=@/c"
        # What an example leaves open is where the cursor goes.
        form.fill(examples(datetime.now(UTC), sandbox=False)["send a text"])
        assert form.section == "body"
        assert form.enter_gap()
        await pilot.pause()
        body = form.query_one("#body", LinesEditor)
        assert app.focused is body and body.cursor_location == (0, len("To="))
        # From above the sections F7 goes to the one that is shown, from there to the next.
        form.section = "query"
        form.query_one("#path").focus()
        await pilot.pause()
        for name in ("query", "headers", "body", "timeout", "query"):
            form.next_section()
            await pilot.pause()
            assert app.focused is not None and app.focused.id == name
        # An empty body's kind is chosen first. From the answer it is the section that is shown, not the one after it.
        form.section = "body"
        form.fill(RequestText(path="/x", query="a=1"))
        form.section = "body"
        app.set_focus(None)
        await pilot.pause()
        form.next_section()
        await pilot.pause()
        assert app.focused is not None and app.focused.id == "kind"


async def test_the_cursor_goes_to_what_is_open_in_the_path_then_the_query_then_the_body():
    app = Alone()
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        open_form = RequestText("POST", "/v2/{ServiceSid}/{Sid}", "PageSize=5\n# To=\nFields=", body="{}")
        form.fill(replace(open_form, body_kind="raw", body='{\n  "a": 1,\n  "b": "",\n  "c": ""\n}'))
        path = form.query_one("#path", Input)
        assert form.enter_gap()
        await pilot.pause()
        assert app.focused is path and path.selected_text == "{ServiceSid}"
        await pilot.press("V", "A")
        assert form.enter_gap()
        await pilot.press("S", "M")
        assert path.value == "/v2/VA/SM"
        query, body = (form.query_one(f"#{name}", LinesEditor) for name in ("query", "body"))
        assert form.enter_gap()
        await pilot.pause()
        assert app.focused is query and query.cursor_location == (2, len("Fields="))
        query.text = ""
        assert form.enter_gap()
        await pilot.pause()
        assert app.focused is body and body.cursor_location == (2, len('  "b": "'))
        form.fill(replace(open_form, path="/x", query="", body="To="))
        assert not form.enter_gap()


@given(st.integers(0, 60), st.lists(st.integers(1, 200), min_size=1, max_size=3))
def test_rows_are_shared_so_that_each_text_has_one_and_none_more_than_it_wants(room, wanted):
    rows = share(room, wanted)
    assert all(1 <= given_rows <= want for given_rows, want in zip(rows, wanted, strict=True))
    assert sum(rows) <= max(room, len(wanted))
    if sum(wanted) <= room:
        assert rows == wanted


async def test_the_method_is_found_by_its_first_letters_and_in_a_list():
    app = Alone()
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        form.fill(RequestText())
        for keys, method in (
            ("p", "POST"),
            ("pu", "PUT"),
            ("pur", "PUR"),
            ("purge", "PURGE"),
            ("options", "OPTIONS"),
            ("d", "DELETE"),
        ):
            form.enter("path")
            await pilot.press("shift+tab", *keys)
            assert form.typed.method == method
        # What was completed and not typed goes with one key, so that any word can be had.
        await pilot.press("ctrl+u", "ctrl+u", "p", "backspace")
        assert form.typed.method == "P"
        for key, number, method in (("down", "2", "POST"), ("up", "1", "GET"), ("enter", "4", "PATCH")):
            before = form.typed.method
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, Choose) and form.typed.method == before
            await pilot.press(number)
            await pilot.pause()
            assert form.typed.method == method


async def test_down_from_the_kind_of_body_goes_into_the_body():
    app = Alone()
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        form.fill(RequestText(body_kind="form"))
        form.enter("kind")
        await pilot.press("down", *"To")
        assert form.typed.body == "To"


async def test_json_is_formatted_undo_gives_it_back_and_a_mistake_is_gone_to():
    app = Alone()
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        text = '{"n":1.10,"n":1e400,\r\n"a":[]}'
        form.fill(RequestText("POST", "/x", body_kind="raw", body=text))
        form.enter("body")
        await pilot.pause()
        assert await form.format_body() == ""
        assert form.typed.body == '{\n  "n": 1.10,\n  "n": 1e400,\n  "a": []\n}'
        await pilot.press("ctrl+z")
        assert form.typed.body == text
        form.fill(RequestText("POST", "/x", body_kind="raw", body='{"a": 1,\n "b": }'))
        form.enter("path")
        assert "line 2, column 7: a value is missing" in await form.format_body()
        await pilot.pause()
        body = form.query_one("#body", LinesEditor)
        assert app.focused is body and body.cursor_location == (1, 6)


EDITOR = """#!/usr/bin/env python3
import os, pathlib, sys
file = pathlib.Path(sys.argv[1])
folder = pathlib.Path(sys.argv[0]).parent
(folder / "seen").write_bytes(file.read_bytes())
(folder / "name").write_text(f"{file} {file.stat().st_mode & 0o777:o} {file.parent.stat().st_mode & 0o777:o}")
file.write_bytes((folder / "left").read_bytes())
"""


@pytest.mark.parametrize(
    ("place", "typed", "left", "becomes", "suffix"),
    [
        ("body", RequestText("POST", "/x", "", "", "raw", "a\r\nb"), b"a\r\nb\rc\r\n", "a\r\nb\rc", ".txt"),
        ("body", RequestText("POST", "/x", "", "", "raw", '{"a": 1}\n'), b'{"a":\n2}\n', '{"a":\n2}\n', ".json"),
        (
            "kind",
            RequestText("POST", "/x", "", "", "multipart", "f=@/x"),
            b"f=@/y;type=a/b\n",
            "f=@/y;type=a/b",
            ".txt",
        ),
        ("query", RequestText(query='# off=1\na="b\\nc"'), b"# off=1\na=2", "# off=1\na=2", ".txt"),
        ("headers", RequestText(headers="X: y"), "X: é\u2028z\n".encode(), "X: é\u2028z", ".txt"),
    ],
)
async def test_an_editor_of_ones_own_gets_a_text_as_it_is_and_what_it_leaves_is_taken(
    tmp_path, monkeypatch, place, typed, left, becomes, suffix
):
    (tmp_path / "edit").write_text(EDITOR)
    (tmp_path / "edit").chmod(0o700)
    (tmp_path / "left").write_bytes(left)
    app = Alone()
    monkeypatch.setattr(app, "suspend", contextlib.nullcontext)
    async with app.run_test() as pilot:
        form = app.query_one(RequestForm)
        form.fill(typed)
        name = "body" if place == "kind" else place
        form.enter(place)
        await pilot.pause()
        assert await form.edit_outside({"EDITOR": str(tmp_path / "edit"), "PATH": os.environ["PATH"]}) == ""
        assert (tmp_path / "seen").read_bytes() == getattr(typed, name).encode()
        assert getattr(form.typed, name) == becomes
        file, mode, folder = (tmp_path / "name").read_text().split()
        assert (mode, folder) == ("600", "700")
        assert file.endswith(suffix) and not Path(file).parent.exists()
        await pilot.press("ctrl+z")
        assert getattr(form.typed, name) == getattr(typed, name)


async def sent(request: RawRequest) -> bytes:
    """Every byte that leaves for a request."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(row[15:]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")), 0)
        heard.extend(head.replace(str(port).encode(), b"PORT") + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    connection = Connection(name="wire", kind="auth_token", account_sid="AC" + "0" * 32, auth_token="t", base_url=base)
    async with server, Client(connection) as client:
        if check(client, request):
            return b""
        await send(client, request)
    return bytes(heard)


NAMES = WORD.filter(lambda name: whole(name) and not {"/", "\0"} & set(name) and 0 < len(name.encode()) < 200)
UPLOADS = st.lists(st.tuples(WORD, NAMES.filter(lambda n: n not in (".", "..")), st.none() | WORD, TYPES), max_size=3)


def leaves_alike(
    folder: Path, fields: tuple[tuple[str, str], ...], uploads: list[tuple[str, str, str | None, str | None]]
):
    files: list[FilePart] = []
    for number, (key, name, filename, content_type) in enumerate(uploads):
        path = folder / name
        path.write_bytes(f"the file {number}".encode())
        files.append(FilePart(key, str(path), filename, content_type))
    request = RawRequest("POST", "/x", fields, (("Content-Type", "multipart/form-data; boundary=B"),), form=fields)
    request = replace(request, files=tuple(files))
    again = read(write(request)).request
    assert again is not None
    as_it_was = asyncio.run(sent(request))
    assert asyncio.run(sent(again)) == as_it_was
    return bool(as_it_was)


@given(PAIRS, UPLOADS)
@settings(max_examples=25)
def test_what_leaves_through_the_form_is_what_would_have_left(tmp_path_factory, fields, uploads):
    leaves_alike(tmp_path_factory.mktemp("files"), fields, uploads)


@pytest.mark.long
@pytest.mark.timeout(1800)
@given(PAIRS, UPLOADS)
@settings(max_examples=1000)
def test_what_leaves_through_the_form_is_what_would_have_left_in_full(tmp_path_factory, fields, uploads):
    leaves_alike(tmp_path_factory.mktemp("files"), fields, uploads)


async def test_a_pasted_text_that_begins_with_an_at_leaves_as_a_text(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("CONTENTS OF A FILE")
    request = read(
        write(read_curl(f"curl --form-string 'Body=@{secret}' https://api.twilio.com/2010-04-01/x").request)
    ).request
    assert request is not None
    body = await sent(request)
    assert f'name="Body"\r\n\r\n@{secret}\r\n'.encode() in body
    assert b"CONTENTS" not in body and b"filename" not in body
