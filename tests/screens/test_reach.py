"""Every action of the table is reached by keyboard and by mouse: a new one that is not, or is in no scene here, fails.

A scene brings the app to where some actions are possible. There each of their keys is pressed, each of the footer's
words clicked and the palette asked, with the app noting what it would do in place of doing it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.cells import cell_len
from textual.widgets import Input, TextArea

from tests.screens.jobs.campaigns import INVALID, begin, people
from tests.screens.messages.listed import loaded, stand_on
from tui.actions import TABLES, character_of
from tui.jobs.model import ItemState
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.links import Redirect
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.faults import Fault
from tui.sandbox.messages import StoredMedia
from tui.screens.base import BaseScreen
from tui.screens.campaign.plan_screen import PlanScreen
from tui.screens.campaign.screen import CampaignScreen
from tui.screens.compose.outbox import OutboxScreen
from tui.screens.compose.outcome import Outcome
from tui.screens.connections.connection_test import ASKING
from tui.screens.connections.form import ConnectionForm
from tui.screens.delivery.alerts import AlertsScreen
from tui.screens.delivery.figure_lines import CODES
from tui.screens.jobs.count_list import CountList
from tui.screens.jobs.item_list import ItemList
from tui.screens.jobs.jobs_screen import JobList, JobsScreen
from tui.screens.jobs.opening import open_job
from tui.screens.jobs.screen import JobScreen
from tui.screens.messages.conversations import ConversationsScreen
from tui.screens.sending.draft import DraftFields
from tui.screens.why.screen import WhyScreen
from tui.services.send_state import SendState
from tui.services.why.checks import Check, CheckState
from tui.services.why.inquiry import Inquiry
from tui.storage.connections import Connections, save
from tui.storage.journal import JournalEntry, JournalState
from tui.twilio.messages import Message
from tui.widgets.bars import LEAST, KeyBar
from tui.widgets.dialogs import Confirm
from tui.widgets.response_view.json_view import JsonView

pytestmark = pytest.mark.landing

ACTIONS = {action.id: action for table in TABLES.values() for action in table}
NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)


@dataclass
class Scene:
    """A running app, what it is waited for with, and what is on the screen."""

    pilot: Any
    until: Callable[[Any], Awaitable[None]]
    text_of: Callable[[Any], str]
    sandbox: Any
    found: set[str] = field(default_factory=set[str])
    clicked: set[str] = field(default_factory=set[str])

    @property
    def app(self) -> Any:
        return self.pilot.app

    async def see(self, so: Callable[[], object] | str) -> None:
        await self.until(self.pilot, (lambda: so in self.text_of(self.pilot)) if isinstance(so, str) else so)

    @property
    def offered(self) -> dict[str, tuple[str, Any]]:
        """Action and node by the id of the action, for those that are possible here."""
        active = [each for each in self.app.screen.active_bindings.values() if each.enabled and each.binding.id]
        return {each.binding.id: (each.binding.action, each.node) for each in active}

    async def try_all(self) -> None:
        """Reach everything that is possible here in both ways, and remember what it was."""
        await self.pilot.pause()
        done: list[tuple[str, Any]] = []

        async def note(action: str, node: Any = None, *_: Any) -> bool:
            # Of two actions that share a key the possible one gets it.
            possible = self.app._check_action_state(action, node) is not False
            if possible:
                done.append((action, node))
            return possible

        real, self.app.run_action = self.app.run_action, note
        try:
            offered = self.offered
            await self._press(offered, done)
            await self._click(offered, done)
        finally:
            self.app.run_action = real
        self.found |= {name for name, (action, _) in offered.items() if name in ACTIONS and self._does(action)}

    async def give_media(self, message: Message) -> None:
        """Let a message have a file: at Twilio as well, which a slow run asks again what became of its messages."""
        account = self.sandbox._account
        account.store.put(replace(account.find(message.sid), media=(StoredMedia("ME" + "0" * 32, "image/png"),)))
        await self.app.session.archive.put([replace(message, num_media=1)])

    def _does(self, action: str) -> bool:
        """Whether an action's key does something here, and does not only say why it cannot."""
        screen = self.app.screen
        return not (isinstance(screen, BaseScreen) and screen.explains_only(action))

    async def _press(self, offered: dict[str, tuple[str, Any]], done: list[tuple[str, Any]]) -> None:
        typing = isinstance(self.app.focused, Input | TextArea)
        active = {
            key: each
            for key, each in self.app.screen.active_bindings.items()
            if each.binding.id in ACTIONS and not (typing and character_of(key))
        }
        for key, each in active.items():
            done.clear()
            self.app.simulate_key(key)
            # Pilot's own waits are as long as all of these together.
            async with asyncio.timeout(5):
                while not done:
                    await asyncio.sleep(0)
            assert done == [(each.binding.action, each.node)], f"{key} for {each.binding.id} reaches {done}"
        assert offered.keys() & ACTIONS.keys() <= {each.binding.id for each in active.values()}

    async def _click(self, offered: dict[str, tuple[str, Any]], done: list[tuple[str, Any]]) -> None:
        bar = self.app.screen.query_one(KeyBar)
        shown = {action for _, _, action in bar._offers}
        assert set(LEAST) <= shown, "the footer leads neither to help nor to the palette"
        begin = 0
        for end, node, action in bar._offers:
            if action not in self.clicked:
                done.clear()
                await self.pilot.click(bar, offset=(begin + 1, 0))
                assert done == [(action, node)], f"a click on {action} in the footer reaches {done}"
            self.clicked.add(action)
            begin = end
        done.clear()
        commands = list(self.app.get_system_commands(self.app.screen))
        for command in commands[:-2]:  # the last two, the theme and drawing anew, are in no table
            # What a place begins is offered everywhere, and leads away from the scene.
            if not command.title.endswith((", in Delivery", ", in Compose")):
                await command.callback()
        chosen = {action for action, _ in done}
        for name, (action, _) in offered.items():
            if name in ACTIONS and self._does(action) and action not in ("app.command_palette", "command_palette"):
                assert action in chosen | shown, f"no mouse reaches {name}"


@pytest.fixture
def scene(run_app: Any, until: Any, text_of: Any, sandbox: Any) -> Any:
    """`async with scene("compose") as here`: the app at a place, with an account."""

    @asynccontextmanager
    async def begin(place: str, **more: Any) -> Any:
        async with run_app(**({"sandbox": sandbox} | more), screen=place) as pilot:
            here = Scene(pilot, until, text_of, sandbox)
            await here.see(lambda: pilot.app.session.account is not None)
            await here.see(lambda: pilot.app.screen.query(KeyBar))
            yield here

    return begin


async def test_in_messages(scene):
    async with scene("messages") as here:
        await loaded(here.pilot, here.until, 50)
        # The footer follows the cursor a moment later.
        bar = here.app.screen.query_one(KeyBar)
        stand_on(here.pilot, lambda message: message.status == "scheduled")
        await here.see(lambda: "cancel_scheduled" in {action for _, _, action in bar._offers})
        await here.try_all()
        failed = stand_on(here.pilot, lambda message: message.error_code == 30007)
        await here.give_media(failed)
        await here.see(lambda: "media" in {action for _, _, action in bar._offers})
        await here.try_all()
        await here.pilot.press("enter")
        await here.try_all()
    assert {action.id for action in TABLES["messages"]} <= here.found
    assert {action.id for action in TABLES["everywhere"]} <= here.found


async def test_in_why(scene, monkeypatch):
    async with scene("messages") as here:
        await loaded(here.pilot, here.until, 50)
        stand_on(here.pilot, lambda message: message.error_code == 30007)
        await here.pilot.press("W")
        await here.see(lambda: isinstance(here.app.screen, WhyScreen) and "answered" not in here.text_of(here.pilot))
        screen = here.app.screen
        monkeypatch.setattr(Inquiry, "look_up_price", "0.008 USD")
        screen.inquiry._checks["line_type"] = Check("line_type", "Kind of line", CheckState.NOT_ASKED)
        screen._changed()
        await here.try_all()
    assert {action.id for action in TABLES["why"]} <= here.found


async def test_in_conversations(scene):
    async with scene("messages") as here:
        await loaded(here.pilot, here.until, 50)
        failed = stand_on(here.pilot, lambda message: message.error_code == 30007)
        await here.give_media(failed)
        await here.pilot.press("t")
        await here.see(lambda: isinstance(here.app.screen, ConversationsScreen) and here.app.screen.current is not None)
        screen = here.app.screen
        await here.try_all()
        await here.pilot.press("enter")
        await here.see(lambda: screen.pane.can_write and screen.check_action("send_again", ()))
        await here.try_all()
        # Somebody who sent a picture.
        pictured = replace(screen.current, last=replace(screen.current.last, num_media=1))
        await here.pilot.press("escape")
        screen.loader.listed.put(pictured.number, pictured)
        screen.refresh_bindings()
        await here.try_all()
        await here.pilot.press("enter")
        await here.pilot.press("y")
        await here.see(lambda: screen.pane.writes)
        await here.try_all()
    assert {action.id for action in TABLES["conversations"]} <= here.found


async def test_in_compose(scene):
    async with scene("compose") as here:
        screen = here.app.screen
        await here.see(lambda: screen._form.display)
        await here.app.session.receiving.start()
        screen._aside = DraftFields(body="earlier")
        screen.refresh_bindings()
        await here.try_all()
        screen.set_focus(None)
        await here.try_all()
        await here.app.session.receiving.stop()
    assert {action.id for action in TABLES["compose"]} <= here.found


async def test_in_a_campaign_and_on_its_page(scene, tmp_path):
    (tmp_path / "rows.csv").write_text("phone,name\n+14155550123,Maya\n+819012345678,Yuki\n", encoding="utf-8")
    async with scene("compose") as here:
        await here.see(lambda: here.app.screen._form.display)
        await here.pilot.press("ctrl+n")
        await here.see(lambda: isinstance(here.app.screen, CampaignScreen))
        form = here.app.screen
        await here.try_all()
        for name, text in (("path", str(tmp_path / "rows.csv")), ("from_", "+14155550100"), ("body", "Hi {name}")):
            form._form.set_text(name, text)
        await here.see("2 rows")
        form.set_focus(None)
        await here.try_all()
        await here.pilot.press("ctrl+s")
        await here.see(lambda: isinstance(here.app.screen, PlanScreen) and here.app.screen.plan is not None)
        page = here.app.screen
        # Whatever time it is where they live.
        page._take(replace(page.plan, quiet=(1,)))
        await here.try_all()
    assert {action.id for table in ("campaign", "campaign_plan") for action in TABLES[table]} <= here.found


def sending(state: JournalState, **more: Any) -> SendState:
    entry = JournalEntry(1, "sandbox", "AC", "+1", "+2", "Hi", (), state, None, None, None, NOW, NOW)
    return SendState.of_entry(replace(entry, **more))


async def test_at_every_outcome_of_a_send(scene):
    async with scene("compose") as here:
        screen = here.app.screen
        await here.see(lambda: screen._form.display)
        sid = "SM" + "a" * 32
        accepted = replace(sending(JournalState.ACCEPTED, sid=sid), message=Message(sid, "sent"))
        for state in (
            replace(accepted, from_journal=False),
            replace(accepted, message=Message(sid, "undelivered", error_code=30003)),
            replace(accepted, message=Message(sid, "delivered", num_media=1)),
            replace(sending(JournalState.NOT_SENT), from_journal=False),
            replace(sending(JournalState.UNKNOWN), from_journal=False),
            sending(JournalState.REJECTED),
        ):
            screen.query_one(Outcome).follow(here.app.session.account, state)
            screen._show("outcome")
            await here.try_all()
    assert {action.id for action in TABLES["outcome"]} <= here.found


async def test_in_the_outbox(scene):
    async with scene("compose") as here:
        await here.see(lambda: here.app.screen._form.display)
        await here.pilot.press("ctrl+r")
        await here.see(lambda: isinstance(here.app.screen, OutboxScreen) and here.app.screen._read_once)
        screen = here.app.screen
        screen._lines.take((sending(JournalState.REJECTED, code=21610).entry,))
        screen._rows.show(screen._lines.all)
        screen._describe()
        await here.try_all()
    assert {action.id for action in TABLES["outbox"]} <= here.found


async def test_at_a_job_and_the_list_of_jobs(scene, sandbox):
    async with scene("compose", size=(120, 30)) as here:
        session = here.app.session
        job = await begin(session, sandbox, [INVALID, *people(40)], pace=4.0)
        open_job(here.app.screen, session.account, job.id)
        await here.see(lambda: isinstance(here.app.screen, JobScreen) and here.app.screen.report.view is not None)
        screen = here.app.screen
        counts = screen.query_one(CountList)
        await here.see(lambda: counts.group is not None)
        await here.try_all()
        await session.jobs(session.account).start(job.id)
        await here.see(lambda: any(line.group and line.group.code == 21211 for line in counts.lines))
        await here.try_all()
        await session.jobs(session.account).stop(job.id)
        await here.see(lambda: not session.all_jobs.running and "stopped" in here.text_of(here.pilot))
        # One of which nobody knows whether it was sent, whatever is read of it later.
        screen.report.read = lambda: asyncio.sleep(0)
        lost = replace(screen.report.view.job.counts, states={ItemState.UNKNOWN: 1})
        screen.report.view = replace(screen.report.view, job=replace(screen.report.view.job, counts=lost))
        screen.refresh_bindings()
        await here.try_all()
        counts.cursor = next(n for n, line in enumerate(counts.lines) if line.group and line.group.code == 21211)
        await here.pilot.press("enter")
        await here.see(lambda: screen.query_one(ItemList).current is not None)
        await here.try_all()
        await here.pilot.press("J")
        await here.see(lambda: isinstance(here.app.screen, JobsScreen) and here.app.screen.query_one(JobList).views)
        await here.try_all()
    assert {action.id for name in ("job", "jobs") for action in TABLES[name]} <= here.found


async def test_in_delivery(scene):
    async with scene("delivery") as here:
        screen = here.app.screen
        await here.see("● live")
        screen.show_query("is:problem", period="all")
        # Where something failed the first row is of an error code.
        await here.see(lambda: screen.current is not None and screen.current.section == CODES)
        await here.see(lambda: not screen.loader.counting)
        await here.try_all()
    assert {action.id for action in TABLES["delivery"]} <= here.found


async def test_in_alerts(scene, sandbox):
    for _ in range(2):
        answer = WebhookAnswer("POST", "http://127.0.0.1:1/sms", (), 500)
        sandbox._account.alerts.add("SM" + "a" * 32, 11200, answer)
    async with scene("delivery") as here:
        await here.see(lambda: here.app.session.account is not None)
        await here.pilot.press("a")
        await here.see(lambda: isinstance(here.app.screen, AlertsScreen) and "2×" in here.text_of(here.pilot))
        await here.try_all()
    assert {action.id for action in TABLES["alerts"]} <= here.found


async def test_in_the_console(scene):
    async with scene("console") as here:
        screen = here.app.screen
        await here.see("PageSize")
        await here.try_all()
        await here.pilot.press("ctrl+s")
        await here.see(lambda: isinstance(screen.answer.view, JsonView) and screen.answer.view.has_focus)
        view = screen.answer.view
        await here.see(lambda: view.row_count > 20)
        for action in ("open_link", "explain_value"):
            while not screen.check_action(action, ()):
                await here.pilot.press("down")
            await here.try_all()
        await here.see(lambda: screen.check_action("next_page", ()))
        await here.pilot.press("greater_than_sign")
        await here.see("page 2")
        await here.see(lambda: screen.answer.view is not view and isinstance(screen.answer.view, JsonView))
        await here.see(lambda: screen.check_action("previous_page", ()))
        await here.try_all()
        await here.pilot.press("left_square_bracket")
        await here.see("not asked again")
        screen.form.fill(RequestText("POST", MESSAGES_PATH, body_kind="raw", body="{}"))
        screen.form.enter("body")
        await here.try_all()
        screen.answer.enter()
        view = screen.answer.view
        await here.see(lambda: view.row_count > 20)
        while view.sid_at_cursor() is None:
            await here.pilot.press("down")
        screen.runner.redirect = Redirect("https://api.twilio.com/", "GET", crosses=False)
        here.sandbox.faults.add(Fault("delay-before", path="Messages", seconds=600))
        screen.runner.task = here.app.session.run(asyncio.Event().wait())
        screen.refresh_bindings()
        await here.try_all()
        screen.action_stop()
    assert {action.id for action in TABLES["console"]} <= here.found


async def test_in_webhooks(scene):
    async with scene("webhooks") as here:
        await here.see("No webhooks yet")
        await here.try_all()
        await here.pilot.press("s")
        await here.see(lambda: isinstance(here.app.screen, Confirm))
        await here.pilot.press("y")
        await here.see("come here now")
        await here.pilot.press("t")
        await here.see("1 listed")
        await here.try_all()
        # Signed for another URL, which can be adopted.
        await here.pilot.press("w")
        await here.see("The sandbox signs:")
        await here.pilot.press("3")
        await here.see("signs WRONGLY")
        await here.pilot.press("t")
        await here.see("2 listed")
        here.sandbox.receive("+14155550123", here.sandbox.numbers[0], "", media=("https://f.example/a.png",))
        await here.see("3 listed")
        await here.pilot.press("g")
        await here.see(lambda: here.app.screen.check_action("media", ()))
        await here.try_all()
        await here.pilot.press("down")
        await here.see(lambda: here.app.screen.check_action("adopt", ()))
        await here.try_all()
        await here.app.session.receiving.stop()
    assert {action.id for action in TABLES["webhooks"]} <= here.found


async def test_in_connections(scene, sandbox, connect, tmp_path):
    file = tmp_path / "config" / "connections.toml"
    save(file, Connections([connect(sandbox, name="acme")], default="acme"))
    file.chmod(0o644)
    async with scene("connections", connection="acme", sandbox=None) as here:
        here.app.session._start_sandbox = lambda: None
        screen = here.app.screen
        screen._verdicts["acme"] = (here.app.session.saved.connections["acme"], ASKING)
        screen._show()
        await here.try_all()
        await here.pilot.press("a")
        await here.see(lambda: here.app.screen.query(ConnectionForm))
        await here.try_all()
    assert {action.id for name in ("connections", "connection_form") for action in TABLES[name]} <= here.found


async def click_on(here: Scene, words: str) -> None:
    """Click on words, wherever they stand."""
    await here.see(words)
    lines = here.text_of(here.pilot).split("\n")
    y, x = next((y, line.index(words)) for y, line in enumerate(lines) if words in line)
    await here.pilot.click(offset=(cell_len(lines[y][:x]), y))


async def test_the_mouse_alone_opens_help_answers_questions_and_closes_what_it_opened(scene):
    async with scene("messages") as here:
        await here.see("● live")
        await click_on(here, "F1 Help")
        await click_on(here, "esc Back")
        await here.see(lambda: here.app.screen is here.app._places["messages"])
        await click_on(here, "^p Commands")
        await here.see(lambda: isinstance(here.app.focused, Input))
        await here.pilot.press(*"delete")
        await click_on(here, "Delete  (del)")
        await click_on(here, "esc Back")
        await here.see(lambda: here.app.screen is here.app._places["messages"])
        await click_on(here, "^p Commands")
        await here.see(lambda: isinstance(here.app.focused, Input))
        await here.pilot.press(*"redact")
        await click_on(here, "Redact  (x)")
        await click_on(here, "y Redact")
        await here.see("The text is emptied")
        await click_on(here, "c Copy")
        await click_on(here, "the SID")
        await here.see("SID copied")
