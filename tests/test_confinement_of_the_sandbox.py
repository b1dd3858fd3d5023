"""In the sandbox no name is looked up and no other machine is connected to, whatever is done and wherever.

Names are looked up by a resolver that knows this machine alone and remembers what it was asked. Checked by letting
the gate reach Twilio from a base of one's own and taking the network's own check out: each console test fails.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input

from tests.screens.jobs.campaigns import INVALID, begin, people
from tests.screens.messages.listed import loaded, stand_on
from tui.actions import TABLES
from tui.raw_request.curl_import import read_curl
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.screens.campaign.plan_screen import PlanScreen
from tui.screens.campaign.screen import CampaignScreen
from tui.screens.compose.outbox import OutboxScreen
from tui.screens.console.form import RequestForm
from tui.screens.console.request_choices import examples
from tui.screens.delivery.alerts import AlertsScreen
from tui.screens.jobs.jobs_screen import JobList, JobsScreen
from tui.screens.jobs.opening import open_job
from tui.screens.jobs.screen import JobScreen
from tui.screens.messages.bulk_dialogs import ChangeDialog
from tui.screens.messages.conversations import ConversationsScreen
from tui.screens.sending.review import Review
from tui.screens.webhooks.event_list import EventList
from tui.screens.why.screen import WhyScreen
from tui.twilio.errors import InvalidRequest
from tui.twilio.url_policy import UrlPolicy
from tui.webhooks.errors import WebhookError
from tui.webhooks.events import ForwardState
from tui.webhooks.own_events import OwnEvent
from tui.webhooks.tunnels import CLOUDFLARED
from tui.widgets.dialogs import Confirm, Dialog, TypeCount


def is_here(host: object) -> bool:
    if host in (None, "", b""):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return text == "localhost"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every name and every address elsewhere that anything wanted; none of them gets it. Must be empty in the end."""
    wanted: list[str] = []
    lookup, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def look_up(host: Any, *more: Any, **named: Any) -> Any:
        if is_here(host):
            return lookup(host, *more, **named)
        wanted.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def refuse(real: Any) -> Any:
        def to(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_here(address[0]):
                wanted.append(str(address[0]))
                raise ConnectionRefusedError
            return real(self, address)

        return to

    # asyncio's loop looks names up with this very function, in a thread.
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", refuse(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", refuse(connect_ex))
    yield wanted
    assert wanted == []


async def test_the_resolver_in_these_tests_notices(asked: list[str]) -> None:
    with pytest.raises(OSError, match="not known"):
        await asyncio.open_connection("api.twilio.com", 443)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("192.0.2.1", 443)
    assert asked == ["api.twilio.com", "192.0.2.1"]
    asked.clear()


async def test_the_network_itself_refuses_before_a_name_is_looked_up(asked: list[str]) -> None:
    from tui.twilio.http import Network

    for base in ("http://127.0.0.1:9", "https://gateway.example/x"):
        for host, port in (("api.twilio.com", 443), ("evil.example", 443), ("127.0.0.1", 8), ("gateway.example", 80)):
            with pytest.raises(InvalidRequest):
                await Network(UrlPolicy.for_base_url(base)).connect_tcp(host, port)


PASTED = (
    "curl -X POST 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json' "
    "--data-urlencode 'Body=Hi' --data-urlencode 'From=+15017122661' --data-urlencode 'To=+15558675310' "
    "-u AC1:[AuthToken]",
    "curl -G https://lookups.twilio.com/v2/PhoneNumbers/+14159929960 --data-urlencode 'Fields=line_type_intelligence'",
    "curl -X POST https://verify.twilio.com/v2/Services/VA1/Verifications --data-urlencode 'To=+15017122661'",
    "curl https://api.dublin.ie1.twilio.com/2010-04-01/Accounts.json",
)
TYPED = (
    *(each for own in (True, False) for each in examples(datetime(2026, 3, 11, tzinfo=UTC), sandbox=own).values()),
    RequestText(path="https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"),
    RequestText(path="https://messaging.twilio.com/v1/Services"),
    RequestText(path="https://evil.example/x"),
    RequestText(path="https://127.0.0.9/x"),
    RequestText(method="POST", path="https://content.twilio.com/v1/Content", body_kind="raw", body='{"a": 1}'),
)


async def ready(pilot: Any, until: Any) -> Any:
    await until(pilot, lambda: pilot.app.session.account is not None)
    await pilot.pause()
    return pilot.app.screen


FEW = (RequestText(path="https://messaging.twilio.com/v1/Services"), PASTED[0])
MANY = (*TYPED, *PASTED)


@pytest.mark.parametrize("what", [FEW, pytest.param(MANY, marks=pytest.mark.long)], ids=["few", "many"])
async def test_nothing_sent_from_the_console_leaves_this_machine(
    sandbox: Any, run_app: Any, until: Any, asked: list[str], what: tuple[RequestText | str, ...]
) -> None:
    from tui.raw_request.form_text import write

    async with run_app(sandbox=sandbox, screen="console", size=(120, 40)) as pilot:
        screen = await ready(pilot, until)
        for each in what:
            screen.query_one(RequestForm).fill(write(read_curl(each).request) if isinstance(each, str) else each)
            await sent(pilot, until, sandbox)
        # A full address of Twilio's was asked of the sandbox, not only refused.
        assert any("/v1/Services" in request.target for request in sandbox.requests)


async def sent(pilot: Any, until: Any, sandbox: Any) -> None:
    """Press send, and wait until the sandbox heard it or the form said what is wrong."""
    screen, heard = pilot.app.screen, len(sandbox.requests)
    wrong = screen.query_one("#wrong")
    wrong.update("")
    await until(pilot, lambda: screen.runner.task is None)
    screen.answer.ended = False
    await pilot.press("ctrl+s")
    await until(pilot, lambda: str(wrong.content) or (screen.answer.ended and len(sandbox.requests) > heard))


@pytest.mark.long
async def test_a_callback_of_the_sandbox_calls_nobody_elsewhere(
    sandbox: Any, run_app: Any, until: Any, asked: list[str]
) -> None:
    body = f"To=+14155550123\nFrom={sandbox.numbers[0]}\nBody=x\nStatusCallback=https://hooks.example/status"
    async with run_app(sandbox=sandbox, screen="console") as pilot:
        screen = await ready(pilot, until)
        screen.query_one(RequestForm).fill(RequestText("POST", MESSAGES_PATH, body_kind="form", body=body))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: screen.answer.ended)
        await until(pilot, lambda: any("hooks.example" in called.url for called in sandbox._journal._called))


async def one_event(receiving: Any) -> Any:
    """The event that a signed request to the receiver makes."""
    if receiving.listening is None:
        await receiving.start()
    own = OwnEvent(sender="+14155550123", to="+14155550100", body="Hello")
    said = await receiving.send_own_event(own, receiving.inbound_url, receiving.inbound_url)
    assert said.status == 200
    return receiving.receiver.store.latest(1)[0]


ELSEWHERE = (
    *("http://127.0.0.1.evil.example", "https://evil.example:3000/sms", "http://localhost.evil.example"),
    *("http://10.0.0.1:3000", "http://[::ffff:10.0.0.1]:3000", "http://[::ffff:127.0.0.1]:3000", "https://192.0.2.1"),
    *("http://0x7f.1", "http://127.1", "http://2130706433", "http://0.0.0.0:3000", "http://[::]:3000"),
    *("http://127.0.0.1@evil.example", "http://127.0.0.1:3000@evil.example", "http://evil.example\\@127.0.0.1"),
    *("http://127.0.0.1%2eevil.example", "http://evil.example#@127.0.0.1", "http://xn--e1afmkfd.example"),
    *(
        "http://evil\N{IDEOGRAPHIC FULL STOP}example",
        "http://\N{CIRCLED LATIN SMALL LETTER L}ocalhost",
        "//evil.example",
    ),
    *("https://api.twilio.com", "https://API.TWILIO.COM./x", "http://127.0.0.1:0", "http://[::1%25lo]:3000"),
)


async def test_no_webhook_is_forwarded_played_or_sent_to_another_machine(
    sandbox: Any, run_app: Any, until: Any, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:8080")
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        screen = await ready(pilot, until)
        receiving = screen.session.receiving
        event, settings = await one_event(receiving), receiving.settings
        for typed in ELSEWHERE:
            with pytest.raises(WebhookError):
                await receiving.set_up(replace(settings, forward_to=typed, confirmed=(typed,)))
            with pytest.raises(WebhookError):
                await receiving.play_again(event, typed)
            with pytest.raises(WebhookError):
                await receiving.send_own_event(OwnEvent(sender="1", to="2"), typed, typed)
            # As though a file could have said so.
            receiving.receiver.settings = replace(settings, forward_to=typed, confirmed=(typed,))
            forwarded = (await one_event(receiving)).forwarded
            assert forwarded.state is ForwardState.NOT_SENT, typed
            receiving.receiver.settings = settings
        with pytest.raises(WebhookError):
            await receiving.open_tunnel(CLOUDFLARED)


LEAVES = {"leave", "edit", "view", "suspend_process", "command_palette", "switch_connection", "help"}
"""They end the program, hand the terminal to another one, or only choose; nothing is sent by them."""


OURS = SimpleNamespace(numbers=("+14155550100",))


async def no_more(pilot: Any, until: Any) -> None:
    """Stand in the place itself."""


async def at_a_failed_message(pilot: Any, until: Any) -> None:
    await loaded(pilot, until, 50)
    stand_on(pilot, lambda message: message.error_code == 30007)


async def with_an_event(pilot: Any, until: Any) -> None:
    # So that each action has something to do.
    screen = pilot.app.screen
    await one_event(screen.session.receiving)
    await until(pilot, lambda: screen.query_one(EventList).current is not None)


async def in_conversations(pilot: Any, until: Any) -> None:
    await at_a_failed_message(pilot, until)
    await pilot.press("t")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConversationsScreen) and pilot.app.screen.current)
    screen = pilot.app.screen
    await pilot.press("enter")
    await until(pilot, lambda: screen.opened and screen.pane.can_write)
    await pilot.press("y", *"walk")


async def in_why(pilot: Any, until: Any) -> None:
    await at_a_failed_message(pilot, until)
    await pilot.press("W")
    await until(pilot, lambda: isinstance(pilot.app.screen, WhyScreen))


async def in_a_campaign(pilot: Any, until: Any) -> None:
    await until(pilot, lambda: pilot.app.screen._form.display)
    await pilot.press("ctrl+n")
    await until(pilot, lambda: isinstance(pilot.app.screen, CampaignScreen))
    form = pilot.app.screen._form
    for name, text in (
        ("source", "lines"),
        ("lines", "+14155550123\n+14155550124\n"),
        ("from_", "+14155550100"),
        ("body", "Hi"),
        ("media", "https://files.example/a.png"),
        ("pace", "9"),
    ):
        form.set_text(name, text)


async def on_its_page(pilot: Any, until: Any) -> None:
    await in_a_campaign(pilot, until)
    await until(pilot, lambda: pilot.app.screen._rows.table is not None)
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen) and pilot.app.screen.plan is not None)


async def at_a_job(pilot: Any, until: Any) -> None:
    session = pilot.app.session
    await until(pilot, lambda: pilot.app.screen._form.display)
    job = await begin(session, OURS, [INVALID, *people(5)])
    open_job(pilot.app.screen, session.account, job.id)
    await until(pilot, lambda: isinstance(pilot.app.screen, JobScreen) and pilot.app.screen.report.view is not None)


async def among_jobs(pilot: Any, until: Any) -> None:
    session = pilot.app.session
    await until(pilot, lambda: pilot.app.screen._form.display)
    await begin(session, OURS, people(5))
    await pilot.press("escape", "J")
    await until(pilot, lambda: isinstance(pilot.app.screen, JobsScreen) and pilot.app.screen.query_one(JobList).views)


async def in_the_outbox(pilot: Any, until: Any) -> None:
    await until(pilot, lambda: pilot.app.screen._form.display)
    await pilot.press("ctrl+r")
    await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen))


async def in_alerts(pilot: Any, until: Any) -> None:
    await pilot.press("a")
    await until(pilot, lambda: isinstance(pilot.app.screen, AlertsScreen))


SCENES: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "messages": ("messages", ("messages", "everywhere"), at_a_failed_message),
    "conversations": ("messages", ("conversations",), in_conversations),
    "why": ("messages", ("why",), in_why),
    "compose": ("compose", ("compose", "outcome"), no_more),
    "outbox": ("compose", ("outbox",), in_the_outbox),
    "campaign": ("compose", ("campaign",), in_a_campaign),
    "campaign_plan": ("compose", ("campaign_plan",), on_its_page),
    "job": ("compose", ("job",), at_a_job),
    "jobs": ("compose", ("jobs",), among_jobs),
    "delivery": ("delivery", ("delivery",), no_more),
    "alerts": ("delivery", ("alerts",), in_alerts),
    "console": ("console", ("console",), no_more),
    "webhooks": ("webhooks", ("webhooks",), with_an_event),
    "connections": ("connections", ("connections", "connection_form"), no_more),
}
"""Where something can be done → its place, the tables of its actions, and the way there."""

MOST_QUESTIONS = 6


def test_every_action_of_the_table_is_walked() -> None:
    assert {table for _, tables, _ in SCENES.values() for table in tables} == set(TABLES)


async def say_yes(pilot: Any) -> None:
    """Take the first of what is offered, and agree to every question, for as long as there are some."""
    for _ in range(MOST_QUESTIONS):
        top = pilot.app.screen
        if not isinstance(top, Dialog):
            return
        if isinstance(top, TypeCount):
            top.query_one(Input).value = re.findall(r"[\d,]+", top._asked)[0]
        # Where neither leads on, a way back does.
        for key in ("y", "enter") if isinstance(top, Confirm | Review | ChangeDialog) else ("enter",):
            await pilot.press(key)
            await pilot.pause(0.05)
        if pilot.app.screen is top:
            await pilot.press("escape")
            await pilot.pause(0.05)
    while isinstance(pilot.app.screen, Dialog):
        await pilot.press("escape")


@pytest.mark.long
@pytest.mark.parametrize("scene", SCENES)
async def test_no_action_of_any_place_looks_up_a_name(
    sandbox: Any, run_app: Any, until: Any, asked: list[str], scene: str, tmp_path: Path
) -> None:
    place, tables, go_there = SCENES[scene]
    with chdir(tmp_path):
        async with run_app(sandbox=sandbox, screen=place, size=(120, 40)) as pilot:
            app = pilot.app
            await ready(pilot, until)
            await go_there(pilot, until)
            for action in [each for table in tables for each in TABLES[table]]:
                name = action.name.removeprefix("app.")
                if name.partition("(")[0] in LEAVES or name.startswith("go("):
                    continue
                if scene == "compose" and name == "send":
                    for field, text in (("to", "+14155550123"), ("from_", sandbox.numbers[0]), ("body", "walk")):
                        app.screen._form.set_text(field, text)
                    await pilot.pause()
                home = app.screen
                await app.run_action(name, default_namespace=home)
                await pilot.pause(0.05)
                await say_yes(pilot)
                if app.screen is not home:
                    await app.run_action(f"go('{place}')")
                    await pilot.pause()
                if app.screen is not home and not (home.is_attached and home in app.screen_stack):
                    # What it did led away for good.
                    await until(pilot, lambda: not isinstance(app.screen, Dialog))
                    for _ in range(12):
                        if app.screen is app._places[place]:
                            break
                        await pilot.press("escape")
                    await go_there(pilot, until)
            await pilot.pause(0.5)
