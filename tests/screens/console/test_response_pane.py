"""What the answer pane says on the way to an answer, and of whatever came."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from tui.raw_request.model import AttemptOutcome, RawResponse, RequestAttempt, SentRequest, Timing
from tui.raw_request.sending import Unanswered
from tui.raw_request.transfer import Progress
from tui.safe_text import safe_text
from tui.screens.console.answer_words import headline, share_of
from tui.screens.console.response_files import readable
from tui.screens.console.response_pane import EmptyBody, Face, ResponsePane
from tui.theme import own_variables
from tui.twilio.credentials import Mask
from tui.twilio.errors import NoAnswer
from tui.widgets.response_view.hex_view import HexView
from tui.widgets.response_view.json_view import JsonView
from tui.widgets.response_view.text_view import TextView


@pytest.mark.parametrize(
    ("moved", "whole", "words"),
    [
        (0, 200, "░░░░░░░░░░ 0 % · 0 of 200 bytes sent"),
        (99, 200, "████░░░░░░ 49 % · 99 of 200 bytes sent"),
        (300_000_000, 300_000_000, "██████████ 100 % · 300,000,000 of 300,000,000 bytes sent"),
        (1234, None, "1,234 bytes sent"),
        (0, 0, "0 bytes sent"),
    ],
)
def test_progress_is_a_bar_where_the_end_is_known(moved, whole, words):
    assert share_of("sent", moved, whole) == words


class Alone(App[None]):
    CSS = "#heads { display: none; } #heads TextPane { width: 1fr; height: 1fr; }"

    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield ResponsePane(id="answer")


def response(content=b'{"a": 1}', *, read_as="json", kind="application/json", status=200):
    url = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Balance.json?x=1"
    head = (("Content-Type", kind), ("Twilio-Request-Id", "RQ1"))
    return RawResponse(status, "OK", head, content, (), "HTTP/1.1", 0.041, len(content), url, "GET", read_as)


SLOW = RequestAttempt(
    1,
    2,
    AttemptOutcome.FAILED,
    error="api.twilio.com did not answer. Try again.",
    elapsed=1.022,
    wait_before_next=0,
    timed_out=True,
)


def status(app):
    return str(app.query_one("#status").content)


async def test_attempts_that_failed_are_told_to_their_end_in_whole_words():
    async with (app := Alone()).run_test():
        pane = app.query_one(ResponsePane)
        pane.begin()
        pane.attempt(SLOW)
        pane.attempt(RequestAttempt(2, 2, AttemptOutcome.STARTED))
        assert "attempt 1 of 2 · no answer in 1 s · then at once" in status(app)
        assert "attempt 2 of 2 · under way" in status(app)
        last = RequestAttempt(2, 2, AttemptOutcome.FAILED, error="No route. Try again.", elapsed=0.5)
        pane.fail(Unanswered(NoAnswer("No route.", "Try again.", sent=False), (SLOW, last), None))
        assert "attempt 2 of 2 · No route · 500 ms" in status(app)
        assert "under way" not in status(app)


@pytest.mark.parametrize("changes_things", [True, False])
async def test_a_request_that_was_stopped_has_nothing_under_way(changes_things):
    async with (app := Alone()).run_test():
        pane = app.query_one(ResponsePane)
        pane.begin()
        pane.attempt(SLOW)
        pane.attempt(RequestAttempt(2, 2, AttemptOutcome.STARTED))
        pane.stop(changes_things=changes_things)
        assert "under way" not in status(app)
        assert "attempt 2 of 2 · stopped" in status(app)
        assert ("may have been processed" in status(app)) == changes_things


async def test_bytes_of_the_attempt_before_are_not_counted_for_the_next():
    async with (app := Alone()).run_test():
        pane = app.query_one(ResponsePane)
        pane.begin()
        pane.progress(Progress(received=112, to_receive=112))
        assert "112 of 112" in str(app.query_one("#about").content)
        pane.attempt(RequestAttempt(2, 2, AttemptOutcome.STARTED))
        assert str(app.query_one("#about").content) == ""


async def test_nothing_of_an_answer_stays_under_the_next_request():
    async with (app := Alone()).run_test() as pilot:
        pane = app.query_one(ResponsePane)
        for content in (b"", b'{"a": 1}', b"\x00\x01"):
            await pane.show(response(content, read_as="binary" if content[:1] == b"\0" else "json"))
            assert app.query_one("#view").children
            pane.begin()
            await pilot.pause()
            assert not app.query_one("#view").children


async def test_an_answer_says_what_it_answers_also_when_another_request_was_refused():
    async with (app := Alone()).run_test():
        pane = app.query_one(ResponsePane)
        pane.refuse()
        assert status(app) == "Not sent: the form says what is wrong."
        pane.begin()
        await pane.show(response())
        assert status(app).startswith("✓ 200 OK · GET …/Balance.json?x=1 · 41 ms · 8 B\nRQ1")
        pane.refuse()
        assert status(app).startswith("Not sent: the form says what is wrong. This is still the answer to the request")
        assert "✓ 200" in status(app)
        pane.begin()
        assert "Not sent" not in status(app)


async def test_an_answer_that_is_there_is_read_as_something_else_and_keeps_the_keys(until):
    async with (app := Alone()).run_test() as pilot:
        pane = app.query_one(ResponsePane)
        await pane.show(response())
        pane.enter()
        for read_as, view in (("text", TextView), ("binary", HexView), ("json", JsonView)):
            await pane.read_as(read_as)
            assert isinstance(pane.view, view)
            await until(pilot, lambda: pane.has_focus_within)
        assert "GET …/Balance" in status(app)


@pytest.mark.parametrize(
    ("content", "kind", "view", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png", HexView, "shown as bytes"),
        (b"<html>\n<p>caf\xc3\xa9</html>", "text/html", TextView, "line 1, column 1), shown as text"),
        (b'{"a": 1,\n "b"}', "application/json", TextView, "line 2, column 5"),
        (b"[" + b" " * 16_000_000 + b"]", "application/json", TextView, "More than 16 MB of JSON, shown as text."),
    ],
)
async def test_what_is_not_json_says_where_and_is_shown_as_what_it_is(until, content, kind, view, words):
    async with (app := Alone()).run_test() as pilot:
        pane = app.query_one(ResponsePane)
        await pane.show(response(content, kind=kind))
        pane.enter()
        await until(pilot, lambda: isinstance(pane.view, view))
        await until(pilot, lambda: words in status(app))
        await until(pilot, lambda: pane.has_focus_within)


async def test_keys_meant_for_an_answer_without_a_body_do_not_go_into_the_form(until):
    async with (app := Alone()).run_test() as pilot:
        pane = app.query_one(ResponsePane)
        await pane.show(response(b"", status=204))
        pane.enter()
        await until(pilot, lambda: isinstance(app.focused, EmptyBody))


async def test_the_credentials_that_a_server_repeats_are_masked_on_the_screen_and_kept_in_the_answer(until, text_of):
    secret = "5ecre7" * 5
    said = replace(response(f'{{"you": "{secret}"}}'.encode()), mask=Mask.of([secret]))
    said = replace(said, headers=(*said.headers, ("X-You", secret)))
    async with (app := Alone()).run_test(size=(100, 30)) as pilot:
        pane = app.query_one(ResponsePane)
        for kind in ("json", "text", "binary"):
            await pane.show(replace(said, response_type=kind))
            await until(pilot, lambda: "•••" in text_of(pilot) or "e2 80 a2" in text_of(pilot))
            assert secret not in text_of(pilot)
            assert secret.encode() in pane.response.content
        pane.face = Face.HEADERS
        await until(pilot, lambda: "X-You: •••" in text_of(pilot))
    assert secret not in readable(said)


class Clocked(Alone):
    """The pane alone, with a clock that a test sets."""

    now = 0.0

    def compose(self):
        yield ResponsePane(id="answer", clock=lambda: self.now)


def about(app):
    return str(app.query_one("#about").content)


async def test_seconds_are_counted_while_it_is_under_way_and_nothing_is_drawn_after(until):
    async with (app := Clocked()).run_test() as pilot:
        pane = app.query_one(ResponsePane)
        pane.begin()
        pane.attempt(RequestAttempt(1, 1, AttemptOutcome.STARTED))
        assert status(app).startswith("… under way;")
        app.now = 12.4
        await until(pilot, lambda: "… under way, 12 s; ctrl+x stops it" in status(app))
        pane.progress(Progress(received=10))
        pane.progress(Progress(received=20))
        # The first bytes at once, those after them once a second.
        assert about(app) == "10 bytes received"
        app.now = 13.5
        await until(pilot, lambda: about(app) == "20 bytes received")
        assert pane.auto_refresh is None
        pane.stop(changes_things=False)
        assert status(app) == "– stopped after 13.5 s"
        assert [timer for timer in pane._timers if timer._task and not timer._task.done()] == []


async def test_each_way_to_end_leaves_no_attempt_under_way():
    async with (app := Clocked()).run_test():
        pane = app.query_one(ResponsePane)
        for end in (
            lambda: pane.fail(RuntimeError("a fault of ours")),
            lambda: pane.fail(Unanswered(NoAnswer("No.", sent=False), (), None)),
            lambda: pane.stop(changes_things=True),
            lambda: (pane.begin(), pane.idle(sandbox=False)),
            lambda: pane.say("Nothing is kept of it."),
        ):
            pane.begin()
            pane.attempt(SLOW)
            pane.attempt(RequestAttempt(2, 2, AttemptOutcome.STARTED))
            assert "under way" in status(app)
            end()
            assert "under way" not in status(app)


def with_request(**more):
    sent = SentRequest("POST", "https://api.twilio.com/x", (("Authorization", "Basic •••"),), b"To=%2B1&\x1b", 900)
    return replace(response(), sent=sent, **more)


async def test_the_request_stands_behind_the_headers_or_beside_them_where_there_is_room(until, text_of):
    async with (app := Alone()).run_test(size=(80, 24)) as pilot:
        pane = app.query_one(ResponsePane)
        await pane.show(with_request())
        pane.enter()
        seen = []
        for _ in range(3):
            pane.turn()
            await until(pilot, lambda: pane.has_focus_within)
            await pilot.pause()
            seen.append(("HTTP/1.1 200 OK" in text_of(pilot), "Authorization: Basic •••" in text_of(pilot)))
        assert seen == [(True, False), (False, True), (False, False)]
        assert str(app.query_one("#about").content) == "$"
        pane.turn()
        assert str(app.query_one("#about").content) == "", "the cursor is in no body"
        await pilot.resize_terminal(140, 24)
        await until(pilot, lambda: "HTTP/1.1 200 OK" in text_of(pilot) and "POST https://api" in text_of(pilot))
        assert "To=%2B1&␛" in text_of(pilot)
        assert "… and 891 more bytes" in text_of(pilot)
        pane.turn()
        assert pane.face is Face.BODY


async def test_what_was_sent_can_be_read_though_no_answer_came(until, text_of):
    async with (app := Alone()).run_test(size=(140, 24)) as pilot:
        pane = app.query_one(ResponsePane)
        pane.begin()
        pane.fail(Unanswered(NoAnswer("No route.", sent=True), (), None, with_request().sent))
        pane.turn()
        await until(pilot, lambda: "POST https://api" in text_of(pilot))


@pytest.mark.landing
async def test_one_key_reads_an_answer_as_text_and_as_bytes_and_as_json_again(until):
    async with (app := Alone()).run_test() as pilot:
        pane = app.query_one(ResponsePane)
        await pane.show(response())
        pane.enter()
        for view in (TextView, HexView, JsonView):
            await pane.read_otherwise()
            assert isinstance(pane.view, view)
            await until(pilot, lambda: pane.has_focus_within)
        await pane.show(response(b'{"a": {"b": [1, 2]}}'))
        await until(pilot, lambda: not pane.view.is_loading)
        pane.view.filter("$.a")
        await until(pilot, lambda: pane.view.filters == ("$.a",))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: pane.view.row_count == 5)
        for _ in range(3):
            await pane.read_otherwise()
        # As it was looked at, what was folded and chosen included.
        await until(pilot, lambda: pane.view.row_count == 5 and pane.view.path_at(pane.view.cursor) == "$.a.b")
        await pane.show(response(b"<html>", kind="text/html"))
        await until(pilot, lambda: isinstance(pane.view, TextView))
        # What is not JSON is not offered as JSON again.
        for view in (HexView, TextView):
            await pane.read_otherwise()
            assert isinstance(pane.view, view)
            assert "Not JSON" not in status(app)


async def test_filters_stand_above_the_body_and_come_off_one_by_one(until):
    async with (app := Alone()).run_test() as pilot:
        pane = app.query_one(ResponsePane)
        content = b'{"messages": [{"sid": "a", "n": 1.10}, {"sid": "b", "n": 1e400}]}'
        await pane.show(response(content))
        await until(pilot, lambda: not pane.view.is_loading)
        pane.enter()
        line = app.query_one("#filtered")
        assert not line.display
        pane.view.filter("$.messages[*]")
        await until(pilot, lambda: str(line.content) == "filter $.messages[*]  2 found · u whole")
        pane.view.filter("$[*].n")
        await until(pilot, lambda: "filter $.messages[*] › $[*].n  2 found · u takes one off" in str(line.content))
        assert pane.view.document.table.text == "[1.10,1e400]"
        assert pane.view.check_action("leave_filter", ()) is True
        # They stay for the next page.
        pane.begin(keep_filter=True)
        await pane.show(response(content.replace(b"1.10", b"2.20")))
        await until(pilot, lambda: pane.view.filters == ("$.messages[*]", "$[*].n"))
        assert pane.view.document.table.text == "[2.20,1e400]"
        pane.enter()
        await pilot.press("u")
        await until(pilot, lambda: pane.view.filters == ("$.messages[*]",))
        await pilot.press("u")
        await until(pilot, lambda: not line.display)
        assert pane.view.check_action("leave_filter", ()) is False


BELOW = "/Messages/SM" + "1a" * 16 + "/Media.json?PageSize=20"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (140, f"✓ 201 Created · POST …{BELOW} · 148 ms (connect 12 · first byte 131) · 931 B"),
        (110, f"✓ 201 Created · POST …{BELOW} · 148 ms · 931 B"),
        (70, "✓ 201 · POST …/Messages/SM1a1a…1a1a/Media.json?… · 148 ms · 931 B"),
        (55, "✓ 201 · POST …SM1a1a…1a1a/Media.json?… · 148 ms · 931 B"),
    ],
)
def test_the_first_line_gives_way_by_what_matters_least(width, line):
    url = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}{BELOW}"
    answer = replace(response(), status=201, reason="Created", method="POST", url=url, elapsed=0.148, size=931)
    assert headline(replace(answer, timing=Timing(0.012, 0.131, 0.148, 931)), width)[0] == line


def test_several_attempts_and_compressed_bytes_are_told_beside_the_last():
    tries = tuple(RequestAttempt(n, 3, AttemptOutcome.ANSWERED, status=503) for n in (1, 2, 3))
    answer = replace(response(), attempts=tries, size=19_500, timing=Timing(None, 0.03, 3.42, 2_300))
    assert headline(answer, 200)[0].endswith(
        " · 41 ms (first byte 30 · 3.4 s with 3 attempts) · 19.5 kB (2.3 kB on the wire)"
    )


@settings(max_examples=60)
@given(url=st.text(max_size=300), reason=st.text(max_size=60), width=st.integers(40, 200))
def test_the_first_line_is_safe_and_fits_whatever_a_server_says(url, reason, width):
    answer = replace(response(), url=f"https://api.twilio.com/{url}", reason=reason)
    line = headline(answer, width)[0]
    assert cell_len(line) <= width
    assert safe_text(line, limit=None) == line
