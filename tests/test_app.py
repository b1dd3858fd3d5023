"""The frame: places, help, palette, the connection switch, the way out."""

from __future__ import annotations

import gc
from datetime import UTC, datetime

import pytest
from textual._styles_cache import StylesCache
from textual.command import CommandList, CommandPalette
from textual.content import Content
from textual.widgets import Static

from tests.late_secret import LateSecret
from tests.piloting import keys_are_answered
from tui.actions import PLACES
from tui.app import TuilioApp
from tui.cli import SCREENS
from tui.sandbox.faults import Fault
from tui.screens.delivery.money import MoneyDialog
from tui.screens.delivery.screen import DeliveryScreen
from tui.screens.help import HelpScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.messages.table import MessageTable
from tui.services.send_state import SendState
from tui.storage.connections import Connection, Connections, save
from tui.storage.journal import JournalState, SendJournal
from tui.storage.paths import find_paths
from tui.textual_fixes.palette import ActionCommands
from tui.textual_fixes.patched_screen import PatchedScreen
from tui.twilio.drafts import Draft
from tui.widgets.dialogs import Ask, Confirm


async def loaded(pilot, until):
    await until(
        pilot, lambda: pilot.app.screen.query(MessageTable) and pilot.app.screen.query_one(MessageTable).row_count
    )


async def test_digits_and_function_keys_go_to_the_places(sandbox, run_app, until):
    assert tuple(place for place, _ in PLACES) == SCREENS, "a place that the command line does not know"
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        for key, place in (
            ("2", "compose"),
            ("f2", "messages"),
            ("6", "connections"),
            ("f3", "compose"),
            ("f4", "delivery"),
            ("alt+o", "connections"),
            ("3", "delivery"),
        ):
            await pilot.press(key)
            await until(pilot, lambda place=place: pilot.app.current_mode == place)


async def test_help_names_the_keys_that_work_here(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 64)) as pilot:
        await loaded(pilot, until)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        for words in ("Write a new message.", "Let new messages"):
            await until(pilot, lambda words=words: words in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, HelpScreen))


async def test_help_is_there_over_a_question_and_escape_goes_back_to_it(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await pilot.press("o", *"SM12", "f1")
        await until(pilot, lambda: "Messages · help" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask) and "SM12" in text_of(pilot))


@pytest.mark.landing
async def test_nothing_is_kept_of_dialogs_that_were_closed(sandbox, run_app, until):
    def drawn_by() -> int:
        gc.collect()
        return sum(isinstance(each, StylesCache) for each in gc.get_objects())

    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        counts = []
        for _ in range(6):
            await pilot.press("o", "escape")
            await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and keys_are_answered(pilot))
            counts.append(drawn_by())
        # Each question has half a dozen widgets.
        assert counts[-1] < counts[1] + 6


@pytest.mark.parametrize("opens", ["action_command_palette", "action_change_theme"])
async def test_the_palettes_are_laid_out_for_the_present_size_only(sandbox, run_app, until, opens):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        getattr(pilot.app, opens)()
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        # Textual's own lays itself out for each size in its queue, and two of them call for each other for ever.
        assert isinstance(pilot.app.screen, PatchedScreen)
        await until(pilot, lambda: pilot.app.screen.query(CommandList))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, CommandPalette))


async def test_the_palette_holds_every_action_of_the_place_with_its_key(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await until(pilot, lambda: pilot.app.screen.current_message is not None)
        titles = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        for words in (
            "Reply  (y)",
            "Export  (e)",
            "Delete  (del)",
            "Search  (/)",
            "Connection  (^o)",
            "Theme: light, dark",
        ):
            assert words in titles
        # What people ask for stands in Delivery, and is found from here by their words; esc leads back.
        commands = ActionCommands(pilot.app.screen)
        for asked in ("balance", "spend", "opt out", "stop", "errors", "debugger", "failed"):
            hits = [hit async for hit in commands.search(asked)]
            assert any("Delivery" in str(hit.match_display) for hit in hits), asked
        hits = [hit async for hit in commands.search("balance")]
        hits[0].command()
        await until(pilot, lambda: isinstance(pilot.app.screen, MoneyDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeliveryScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))


async def test_switching_the_connection_takes_two_keys(sandbox, run_app, until, connect, tmp_path):
    save(
        tmp_path / "config" / "connections.toml",
        Connections([connect(sandbox, name="one"), connect(sandbox, name="two", kind="auth_token")]),
    )
    async with run_app(connection="one") as pilot:
        await loaded(pilot, until)
        await pilot.press("ctrl+o", "2")
        await until(pilot, lambda: pilot.app.session.account and pilot.app.session.account.name == "two")
        await loaded(pilot, until)


async def test_a_long_name_in_the_switch_leaves_the_accounts_in_one_column(
    sandbox, run_app, until, text_of, connect, tmp_path
):
    long = "Northern-Harbour-Logistics-Emergency-Line-Rotterdam"
    save(
        tmp_path / "config" / "connections.toml",
        Connections([connect(sandbox, name="one"), connect(sandbox, name=long)]),
    )
    async with run_app(connection="one") as pilot:
        await loaded(pilot, until)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Use which connection" in text_of(pilot))
        lines = text_of(pilot).splitlines()
        one, other = (next(line for line in lines if name in line) for name in ("1 one", "2 Northern"))
        assert one.index("AC") == other.index("AC")
        assert "Northern-Harbour-Logistics-Emergenc…" in other


async def test_an_unknown_connection_says_so_and_offers_a_way_on(sandbox, run_app, until, text_of):
    async with run_app(connection="nobody") as pilot:
        await until(pilot, lambda: "nobody" in text_of(pilot) and "ctrl+o" in text_of(pilot))


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_with_nothing_left_behind_quitting_is_one_key(sandbox, run_app, until, key):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await pilot.press(key)
        await until(None, lambda: not pilot.app.is_running or pilot.app._exit)


async def test_a_worker_that_fails_is_reported_and_nothing_else_dies(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)

        async def fail():
            raise RuntimeError("odd [/] words \x1b]52;c;x\x07")

        pilot.app.screen.work(fail(), group="test")
        await until(pilot, lambda: "Something went wrong" in text_of(pilot))
        pilot.app.session.run(fail())
        await pilot.press("down")
        await until(pilot, lambda: pilot.app.screen.query_one(MessageTable).cursor == 2)
        assert "\x1b" not in text_of(pilot)


async def test_over_ssh_the_frugal_way_is_mentioned_once(sandbox, run_app, until, connection, tmp_path, monkeypatch):
    save(tmp_path / "config" / "connections.toml", Connections({"acme": connection}, default="acme"))
    said, notify = [], TuilioApp.notify
    # What is said goes again after some seconds.
    monkeypatch.setattr(
        TuilioApp, "notify", lambda self, words, **more: (said.append(words), notify(self, words, **more))
    )

    async def told():
        said.clear()
        async with run_app(environ={"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}) as pilot:
            await loaded(pilot, until)
            return [words for words in said if "--frugal" in words]

    assert len(await told()) == 1
    assert await told() == []


async def test_a_question_is_never_under_what_is_told_meanwhile(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="compose", size=(80, 24)) as pilot:
        await until(pilot, lambda: "chooses among" in text_of(pilot))
        for number in range(4):
            pilot.app.notify(f"Number {number}: " + "many words about what went wrong " * 3, timeout=60)
        await until(pilot, lambda: "Number 3" in text_of(pilot))
        pilot.app.push_screen(Confirm("Leave?", "These words must be read.", yes="Quit", no="Stay"))
        await until(pilot, lambda: "These words must be read." in text_of(pilot) and "esc Stay" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "Number 3" in text_of(pilot) and "must be read" not in text_of(pilot))


async def test_a_switch_that_fails_is_said_and_what_is_shown_stays(run_app, sandbox, connect, tmp_path, until, text_of):
    bad = Connection("broken", "auth_token", "AC1", auth_token="t")
    save(tmp_path / "config" / "connections.toml", Connections([connect(sandbox, name="acme"), bad], default="acme"))
    async with run_app() as pilot:
        await until(pilot, lambda: "● live" in text_of(pilot))
        shown = pilot.app.screen
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: keys_are_answered(pilot))
        held = shown.current_message
        await pilot.press("ctrl+o", "2")
        told = "You are still using acme."
        await until(pilot, lambda: any(told in notice.message for notice in pilot.app._notifications))
        assert pilot.app.session.account.name == "acme"
        assert text_of(pilot).splitlines()[0].rstrip().endswith("acme")
        assert shown.current_message is held


async def test_the_top_bar_names_the_connection_in_use_while_another_is_being_opened(
    run_app, sandbox, connect, tmp_path, until, text_of
):
    late = LateSecret(tmp_path)
    slow = Connection("slow", "auth_token", sandbox.account_sid, auth_token=late.source, base_url=sandbox.base_url)
    save(tmp_path / "config" / "connections.toml", Connections([connect(sandbox, name="acme"), slow], default="acme"))
    async with run_app() as pilot:
        await until(pilot, lambda: "● live" in text_of(pilot))
        await pilot.press("ctrl+o", "2")
        await until(pilot, lambda: "acme → slow…" in text_of(pilot).splitlines()[0])
        assert "● live" in text_of(pilot)
        late.tell(sandbox.auth_token)
        await until(pilot, lambda: text_of(pilot).splitlines()[0].rstrip().endswith(" slow"))


async def test_half_of_a_character_can_be_copied(run_app):
    async with run_app() as pilot:
        pilot.app.copy_to_clipboard("half \ud83d, whole \ud83d\ude00")
        assert pilot.app.clipboard == "half \ufffd, whole \U0001f600"


async def test_both_layers_stand_between_a_text_and_the_terminal(run_app, until, text_of):
    async with run_app() as pilot:
        forgotten = Static(Content("forgotten \x1b]52; here"))
        forgotten.styles.dock = "top"
        await pilot.app.screen.mount(forgotten)
        pilot.app.report(ValueError("said \x1b[2J so"))
        await until(pilot, lambda: "said ␛[2J so" in text_of(pilot))
        await until(pilot, lambda: "forgotten \ufffd]52; here" in text_of(pilot))
        assert "\x1b" not in text_of(pilot)


async def test_quitting_while_a_message_is_being_sent_asks_and_leaves_it_unknown(
    sandbox, connect, run_app, until, text_of, tmp_path
):
    connection = connect(sandbox, name="acme")
    save(tmp_path / "config" / "connections.toml", Connections([connection], default="acme"))
    sandbox.faults.add(Fault("delay-before", method="POST", seconds=600))
    async with run_app(connection="acme") as pilot:
        await loaded(pilot, until)
        session = pilot.app.session
        draft = Draft(to="+14155550123", from_=sandbox.numbers[0], body="x")
        session.send(session.account, SendState(draft, datetime.now(UTC)))
        await until(pilot, lambda: session.send_under_way and session.send_under_way.entry)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and "unknown: it may" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and keys_are_answered(pilot))
        assert session.send_under_way is not None
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and "unknown: it may" in text_of(pilot))
        await pilot.press("y")
        await until(None, lambda: not pilot.app.is_running or pilot.app._exit)
    with SendJournal(find_paths(tmp_path / "config").outbox) as outbox:
        assert [entry.state for entry in outbox.entries(connection.account_sid)] == [JournalState.UNKNOWN]


@pytest.mark.parametrize("width", [80, 60, 40])
async def test_what_is_said_in_passing_is_cut_off_at_no_width(sandbox, run_app, until, text_of, width):
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    async with run_app(sandbox=sandbox, size=(width, 15)) as pilot:
        await loaded(pilot, until)
        pilot.app.notify(words)
        await until(pilot, lambda: "sixteen" in text_of(pilot))
        said = [line.partition("▌")[2] for line in text_of(pilot).splitlines() if "▌" in line]
        assert " ".join(" ".join(said).split()) == words
