"""The list of saved connections: what it shows, and what its keys do to the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.piloting import is_asked, keys_are_answered
from tui.sandbox.server import Sandbox
from tui.screens.connections.detail import Detail, describe
from tui.screens.connections.form import ConnectionForm
from tui.screens.connections.list import ConnectionList, SandboxRow
from tui.screens.connections.screen import ConnectionsScreen
from tui.storage.connections import Connection, load
from tui.widgets.dialogs import Choose, Confirm

SID = "AC" + "1" * 32
OTHER = "AC" + "3" * 32


def to(sandbox: Sandbox, name: str, **changes: Any) -> Connection:
    # Asked already: no notice about what is kept stands over the list.
    asked = {"history": 90}
    told = {"auth_token": sandbox.auth_token, "base_url": f"{sandbox.base_url}/2010-04-01"} | asked | changes
    return Connection(name, "auth_token", sandbox.account_sid, **told)


def fits(pilot: Pilot[Any]) -> bool:
    detail = pilot.app.screen.query_one(Detail)
    return all(cell_len(line) <= detail.size.width for line in str(detail.content).splitlines())


async def ready(pilot: Pilot[Any], until: Any, count: int) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
    await until(pilot, lambda: len(pilot.app.screen.query_one(ConnectionList).rows) == count)


async def test_the_list_says_what_each_connection_is(stand: Any, until: Any, text_of: Any, sandbox: Sandbox) -> None:
    connections = (
        to(sandbox, "first"),
        Connection("second", "api_key", OTHER, "SK" + "2" * 32, "s", region="ie1"),
        Connection("third", "auth_token", "AC3", auth_token="t"),
    )
    async with stand(*connections, default="first") as pilot:
        await ready(pilot, until, 4)
        await until(pilot, lambda: "● first" in text_of(pilot).replace("  ", " "))
        lines = {
            name: line
            for line in text_of(pilot).splitlines()
            for name in ("first", "second", "third")
            if f" {name} " in line
        }
        assert "★" in lines["first"]
        assert "API key" in lines["second"]
        assert "AC3333…3333" in lines["second"]
        assert "ie1" in lines["second"]
        assert "incomplete" in lines["third"]
        assert "sandbox" in text_of(pilot)
        assert "kept in the file" in text_of(pilot)


async def test_the_cursor_begins_on_the_connection_in_use(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    many = [to(sandbox, f"customer-{number}") for number in range(1, 31)]
    async with stand(*many, default="customer-17", screen="messages") as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        await pilot.press("6")
        await ready(pilot, until, 31)
        assert pilot.app.screen.query_one(ConnectionList).cursor == 16
        await until(pilot, lambda: "● customer-17" in text_of(pilot))


async def test_a_test_says_works_or_why_not_beside_its_row(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    async with stand(to(sandbox, "good"), to(sandbox, "bad", auth_token="0" * 32)) as pilot:
        await ready(pilot, until, 3)
        await pilot.press("t")
        await until(pilot, lambda: "✓ works" in text_of(pilot))
        await until(pilot, lambda: sandbox.account_sid in text_of(pilot))
        await pilot.press("down", "t")
        await until(pilot, lambda: "✗ refused" in text_of(pilot) and "20003" in text_of(pilot))


async def test_a_standard_key_passes_the_test(stand: Any, until: Any, text_of: Any, sandbox: Sandbox) -> None:
    key = Connection(
        "key",
        "api_key",
        sandbox.account_sid,
        sandbox.api_key_sid,
        sandbox.api_key_secret,
        base_url=f"{sandbox.base_url}/2010-04-01",
    )
    async with stand(key) as pilot:
        await ready(pilot, until, 2)
        await pilot.press("t")
        await until(pilot, lambda: "✓ works" in text_of(pilot))


async def test_enter_uses_another_connection_and_only_a_complete_one(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    incomplete = Connection("third", "auth_token", "AC3", auth_token="t")
    async with stand(to(sandbox, "first"), to(sandbox, "second"), incomplete) as pilot:
        session = pilot.app.session
        await ready(pilot, until, 4)
        await until(pilot, lambda: session.account and session.account.name == "first")
        await pilot.press("down", "enter")
        await until(pilot, lambda: session.account and session.account.name == "second")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "cannot be used yet" in text_of(pilot))
        assert session.account.name == "second"


async def test_the_switch_is_two_keys_and_shows_the_other_accounts_data_only(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    async with Sandbox(seed=7, history=0) as other:
        other.receive("+15005550006", other.numbers[0], "only in the other")
        sandbox.receive("+15005550006", sandbox.numbers[0], "only in the first")
        async with stand(to(sandbox, "first"), to(other, "second"), screen="messages") as pilot:
            await until(pilot, lambda: "only in the first" in text_of(pilot))
            await pilot.press("ctrl+o")
            await until(pilot, lambda: is_asked(pilot, Choose))
            await pilot.press("2")
            await until(pilot, lambda: "only in the other" in text_of(pilot))
            assert "only in the first" not in text_of(pilot)
            assert "second" in text_of(pilot).splitlines()[0]


async def test_the_default_is_set_and_taken_back(stand: Any, until: Any, config_file: Path, sandbox: Sandbox) -> None:
    async with stand(to(sandbox, "first"), to(sandbox, "second")) as pilot:
        await ready(pilot, until, 3)
        await pilot.press("down", "d")
        await until(pilot, lambda: load(config_file).default == "second")
        await until(pilot, lambda: pilot.app.session.saved.connections.default == "second")
        await pilot.press("d")
        await until(pilot, lambda: load(config_file).default is None)


async def test_deleting_asks_first(stand: Any, until: Any, config_file: Path, sandbox: Sandbox) -> None:
    async with stand(to(sandbox, "first"), to(sandbox, "second")) as pilot:
        await ready(pilot, until, 3)
        await pilot.press("down", "x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen) and keys_are_answered(pilot))
        assert list(load(config_file)) == ["first", "second"]
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: list(load(config_file)) == ["first"])
        await until(pilot, lambda: len(pilot.app.screen.query_one(ConnectionList).rows) == 2)


async def test_an_unreadable_file_is_explained_kept_and_set_aside_on_request(
    stand: Any, until: Any, text_of: Any, config_file: Path
) -> None:
    broken = 'schema = 1\n[connections.acme]\nauth_token = "secret-in-a-broken-line\n'
    async with stand(text=broken) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
        await until(pilot, lambda: "line 3" in text_of(pilot))
        assert "column" in text_of(pilot)
        assert "secret-in-a-broken-line" not in text_of(pilot)
        await pilot.press("a")
        await until(pilot, lambda: keys_are_answered(pilot))
        assert not pilot.app.screen.query(ConnectionForm)
        assert config_file.read_text() == broken
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: not config_file.exists())
        aside = [each for each in config_file.parent.iterdir() if ".broken-" in each.name]
        assert [each.read_text() for each in aside] == [broken]
        await until(pilot, lambda: "line 3" not in pilot.app.screen.query_one("#trouble").render().plain)
        await until(pilot, lambda: keys_are_answered(pilot))
        await pilot.press("a")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))


async def test_a_mended_file_is_read_again_on_request(stand: Any, until: Any, text_of: Any, config_file: Path) -> None:
    async with stand(text="not toml at all [") as pilot:
        await until(pilot, lambda: "Nothing is written over it" in " ".join(text_of(pilot).split()))
        config_file.write_text(f'[connections.acme]\nkind = "auth_token"\naccount_sid = "{SID}"\nauth_token = "t"\n')
        await pilot.press("r")
        await until(pilot, lambda: "acme" in pilot.app.session.saved.connections)
        await until(pilot, lambda: not pilot.app.screen.query_one("#trouble").display)


async def test_a_newer_file_is_shown_and_not_changed(stand: Any, until: Any, text_of: Any, config_file: Path) -> None:
    text = f'schema = 99\n[connections.acme]\nkind = "auth_token"\naccount_sid = "{SID}"\nauth_token = "t"\n'
    async with stand(text=text) as pilot:
        await ready(pilot, until, 2)
        await until(pilot, lambda: "newer" in text_of(pilot))
        await pilot.press("d", "e", "a")
        await until(pilot, lambda: keys_are_answered(pilot))
        assert not pilot.app.screen.query(ConnectionForm)
        assert config_file.read_text() == text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
async def test_a_file_open_to_others_is_reported_and_closed_on_request(
    stand: Any, until: Any, text_of: Any, config_file: Path
) -> None:
    text = f'[connections.acme]\nkind = "auth_token"\naccount_sid = "{SID}"\nauth_token = "t"\n'
    async with stand(text=text) as pilot:
        await ready(pilot, until, 2)
        config_file.chmod(0o644)
        await pilot.press("r")
        await until(pilot, lambda: "0644" in text_of(pilot))
        await pilot.press("m")
        await until(pilot, lambda: config_file.stat().st_mode & 0o777 == 0o600)
        await until(pilot, lambda: not pilot.app.screen.query_one("#trouble").display)


async def test_an_entry_nobody_can_read_is_listed_with_its_reason(stand: Any, until: Any, text_of: Any) -> None:
    async with stand(text='[connections]\nodd = "no table"\n') as pilot:
        await ready(pilot, until, 2)
        await until(pilot, lambda: "cannot be read" in text_of(pilot))
        assert "It is not a table." in text_of(pilot)


@pytest.mark.parametrize("visited", [False, True])
async def test_long_words_stay_in_their_column_from_the_first_look_on(
    stand: Any, until: Any, text_of: Any, visited: bool
) -> None:
    async with stand(size=(120, 40), screen="messages" if visited else "connections", embedded=True) as pilot:
        await until(pilot, lambda: pilot.app.session.account)
        if visited:
            await pilot.press("alt+o")
        await ready(pilot, until, 1)
        for width in (120, 90):
            await pilot.resize_terminal(width, 40)
            # A line that does not fit is broken by the widget, which begins the rest at the edge.
            await until(pilot, lambda: "An embedded Twilio" in text_of(pilot) and fits(pilot))
        # The list has a row at any height.
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: "● sandbox" in text_of(pilot))


def test_the_sandbox_of_another_program_is_not_called_embedded_nor_a_history_its_own() -> None:
    words = " ".join(describe(SandboxRow(True, "", "http://127.0.0.1:4010"), None, None, 78).plain.split())
    assert "another program started, at http://127.0.0.1:4010" in words
    assert "mbedded" not in words and "nothing is saved" not in words


async def test_a_mistyped_key_is_told_beside_its_connection_which_works_all_the_same(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    text = (
        f'[connections.acme]\nkind = "auth_token"\naccount_sid = "{sandbox.account_sid}"\n'
        f'auth_token = "{sandbox.auth_token}"\nbase_url = "{sandbox.base_url}/2010-04-01"\nregoin = "ie1"\nnote = "x"\n'
        f'[connection.other]\nkind = "auth_token"\n'
    )
    async with stand(text=text, size=(120, 40)) as pilot:
        await ready(pilot, until, 2)
        await until(pilot, lambda: "Look  regoin in the connection acme" in text_of(pilot))
        assert "Your own  note: kept in the file, not used." in text_of(pilot)
        assert "Did you mean [connections.other]?" in text_of(pilot)
        session = pilot.app.session
        await until(pilot, lambda: session.account and session.account.name == "acme")


async def test_names_from_the_file_cannot_write_markup_or_controls(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    async with stand(to(sandbox, "fine"), Connection("[/] \x1b]52;c;eA==\x07", "auth_token", SID)) as pilot:
        await ready(pilot, until, 3)
        await pilot.press("down")
        await until(pilot, lambda: "[/]" in text_of(pilot))
        assert "\x1b" not in text_of(pilot)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "[/]" in text_of(pilot)


async def test_importing_opens_the_form_on_the_shells_variables(
    stand: Any, until: Any, text_of: Any, config_file: Path, sandbox: Sandbox
) -> None:
    environ = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": "do-not-show-me"}
    async with stand(to(sandbox, "first"), environ=environ) as pilot:
        await ready(pilot, until, 2)
        await pilot.press("i")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await until(pilot, lambda: "from $TWILIO_AUTH_TOKEN" in text_of(pilot))
        assert "do-not-show-me" not in text_of(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "environment" in load(config_file))
    assert "do-not-show-me" not in config_file.read_text()


async def test_a_shell_without_variables_is_told_which_are_meant(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    async with stand(to(sandbox, "first")) as pilot:
        await ready(pilot, until, 2)
        await pilot.press("i")
        await until(pilot, lambda: "TWILIO_ACCOUNT_SID" in text_of(pilot))


async def test_changing_what_is_in_use_goes_on_with_what_was_saved(
    stand: Any, fill: Any, until: Any, sandbox: Sandbox
) -> None:
    async with stand(to(sandbox, "first")) as pilot:
        session = pilot.app.session
        await ready(pilot, until, 2)
        await until(pilot, lambda: session.account)
        before = session.account
        await pilot.press("e")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await fill(pilot, name="renamed")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: session.account and session.account is not before)
        assert session.account.name == "renamed"


async def test_another_instances_connection_survives_a_save_here(
    stand: Any, until: Any, config_file: Path, sandbox: Sandbox
) -> None:
    async with stand(to(sandbox, "first")) as pilot:
        await ready(pilot, until, 2)
        text = config_file.read_text()
        config_file.write_text(text + f'\n[connections.theirs]\nkind = "auth_token"\naccount_sid = "{SID}"\n')
        await pilot.press("d")
        await until(pilot, lambda: load(config_file).default == "first")
    assert "theirs" in load(config_file)


async def test_the_sandbox_row_starts_the_sandbox(stand: Any, until: Any, text_of: Any, sandbox: Sandbox) -> None:
    async with stand(to(sandbox, "first")) as pilot:
        session = pilot.app.session
        await ready(pilot, until, 2)
        await until(pilot, lambda: session.account)
        await pilot.press("s")
        await until(pilot, lambda: session.account and session.account.sandbox)
        await until(pilot, lambda: "SANDBOX" in text_of(pilot).splitlines()[0])
