"""A test event of one's own, from the form to the program that gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from tests.piloting import is_asked
from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.screens.compose.screen import ComposeScreen
from tui.screens.webhooks.event_actions import AnswerDialog
from tui.screens.webhooks.own_event_form import OwnEventForm
from tui.screens.webhooks.screen import WebhooksScreen
from tui.storage.connections import Connections, save
from tui.storage.paths import find_paths


@dataclass
class Program:
    """A program of one's own on this machine."""

    port: int = 0
    heard: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in?tenant=1"


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    program = Program()

    async def answer(request: Request) -> Response:
        program.heard.append(request)
        return Response(200, (("Content-Type", "text/xml"),), b"<Response>[/] \x1b[31m thanks</Response>")

    async with Server(answer) as server:
        program.port = server.port
        yield program


def is_valid(token: str, url: str, request: Request) -> bool:
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    return RequestValidator(token).validate(url, form, request.header("X-Twilio-Signature"))


@pytest.fixture
def saved(run_app, sandbox, connect, tmp_path):
    """The Webhooks place with a saved connection, with an auth token or without, and these settings of the receiver."""

    def run(settings="", *, token=True, **more):
        paths = find_paths(tmp_path / "config")
        connection = connect(sandbox, name="acme")
        save(paths.connections, Connections([connection if token else replace(connection, auth_token=None)]))
        if settings:
            paths.webhook_settings.write_text(settings)
            paths.webhook_settings.chmod(0o600)
        return run_app(connection="acme", screen="webhooks", size=(100, 30), **more)

    return run


async def ask(place) -> OwnEventForm:
    await place.until(lambda: isinstance(place.app.screen, WebhooksScreen) and place.app.session.account)
    await place.press("T")
    await place.until(lambda: is_asked(place.pilot, OwnEventForm))
    assert isinstance(place.app.screen, OwnEventForm)
    return place.app.screen


def fill(form: OwnEventForm, **typed: str) -> None:
    for name, text in typed.items():
        widget = form.query_one(f"#own-{name}")
        if hasattr(widget, "text"):
            widget.text = text
        else:
            widget.value = text
    form._chosen()


async def test_a_local_program_gets_it_signed_and_its_answer_is_shown(saved, at, program, sandbox):
    async with saved() as pilot:
        place = at(pilot)
        fill(await ask(place), target=program.url, body="Grüße & Küsse", further="Extra=1")
        await place.press("ctrl+s")
        await place.until(lambda: isinstance(place.app.screen, AnswerDialog))
        (request,) = program.heard
        assert is_valid(sandbox.auth_token, program.url, request)
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        assert (form["Body"], form["Extra"], form["AccountSid"]) == ("Grüße & Küsse", "1", sandbox.account_sid)
        assert "✓ 200" in place.text
        assert "thanks" in place.text
        assert "\x1b" not in place.text
        await place.press("escape")
        again = await ask(place)
        assert (again.typed.target, again.typed.event.body) == (program.url, "Grüße & Küsse")
        fill(again, target="http://127.0.0.1:1/x")
        await place.press("ctrl+s")
        await place.until("127.0.0.1:1")
        await place.until(lambda: isinstance(place.app.screen, WebhooksScreen))


@pytest.mark.landing
async def test_an_answer_that_comes_late_takes_no_key_from_what_the_person_does_by_then(saved, at):
    go = asyncio.Event()

    async def answer(_: Request) -> Response:
        await go.wait()
        return Response(201)

    async with Server(answer) as server, saved() as pilot:
        place = at(pilot)
        fill(await ask(place), target=f"http://127.0.0.1:{server.port}/in")
        await place.press("ctrl+s")
        await place.until(lambda: isinstance(place.app.screen, WebhooksScreen))
        await place.press("2")
        await place.until(lambda: isinstance(place.app.screen, ComposeScreen))
        go.set()
        await place.until("The answer to the test event: 201")
        assert isinstance(place.app.screen, ComposeScreen)


async def test_it_may_be_signed_for_the_public_url(saved, at, program, sandbox):
    async with saved('public_url = "https://hooks.example.com/app"\n') as pilot:
        place = at(pilot)
        fill(await ask(place), target=program.url, signed="the public URL", kind="status")
        assert "https://hooks.example.com/app/in?tenant=1" in place.text
        await place.press("ctrl+s")
        await place.until(lambda: isinstance(place.app.screen, AnswerDialog))
        (request,) = program.heard
        assert is_valid(sandbox.auth_token, "https://hooks.example.com/app/in?tenant=1", request)
        assert (request.header("Host"), request.header("X-Forwarded-Proto")) == ("hooks.example.com", "https")


async def test_the_own_receiver_takes_it_for_signed_and_calls_it_a_test(saved, at, sandbox):
    async with saved() as pilot:
        place = at(pilot)
        await place.until(lambda: place.app.session.account is not None)
        await place.press("s")
        await place.until(lambda: place.receiving.listening)
        form = await ask(place)
        assert form.typed.target.endswith("/sms")
        fill(form, kind="status")
        assert form.typed.target.endswith("/status")
        before = len(sandbox.requests)
        await place.press("ctrl+s")
        await place.until(lambda: isinstance(place.app.screen, AnswerDialog))
        await place.press("escape")
        await place.until(lambda: place.table.row_count == 1)
        assert place.table.current.test
        assert "test · " in place.text
        await place.press("enter")
        await place.until("A test event of your own")
        # Twilio knows no such message, and is not asked for it.
        assert not any("/Messages/SM" in served.target for served in sandbox.requests[before:])


async def test_in_the_sandbox_it_arrives_as_a_persons_would(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(100, 30)) as pilot:
        place = at(pilot)
        await place.listen(point=True)
        form = await ask(place)
        assert "To the URL" not in place.text
        fill(form, kind="MMS", body="Look", media="https://example.com/a.png")
        await place.press("ctrl+s")
        await place.until(lambda: place.table.row_count == 1)
        row = place.table.current
        assert (row.body, row.sender, row.test) == ("Look", "+14155550199", False)
        assert row.sid.startswith("MM")


WRONG = (
    ({"target": "https://example.com/x"}, "is another machine and not"),
    ({"target": "https://api.twilio.com/x"}, "never forwarded to Twilio"),
    ({"target": "nonsense"}, "no http or https URL"),
    ({"sender": " "}, "From is empty"),
    ({"further": "oops"}, "Line 1 is no parameter"),
)


@pytest.mark.landing
async def test_what_cannot_be_sent_is_said_and_nothing_typed_is_lost(saved, at, program):
    async with saved() as pilot:
        place = at(pilot)
        form = await ask(place)
        for typed, words in WRONG:
            fill(form, **{"target": program.url, "sender": "+14155550123", "further": "", **typed})
            await place.press("ctrl+s")
            await place.until(lambda form=form: is_asked(pilot, OwnEventForm) and place.app.screen is not form)
            await place.until(words)
            form = place.app.screen
            assert form.typed.event.body == "Hello"
        assert not program.heard


async def test_without_an_auth_token_it_goes_out_unsigned(saved, at, program):
    async with saved(token=False) as pilot:
        place = at(pilot)
        fill(await ask(place), target=program.url)
        assert "no auth token to sign" in place.text
        await place.press("ctrl+s")
        await place.until(lambda: isinstance(place.app.screen, AnswerDialog))
        assert program.heard[0].header("X-Twilio-Signature") == ""
