"""Adding, changing and testing a connection in the form, against a Twilio on loopback."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from tests.cases import in_full
from tests.piloting import keys_are_answered
from tui.sandbox.server import Sandbox
from tui.screens.connections.form import ConnectionForm
from tui.storage.connections import Connection, Secret, load, save
from tui.widgets.dialogs import Confirm
from tui.widgets.form_fields import FieldRow, SecretInput

SID = "AC" + "1" * 32
KEY = "SK" + "2" * 32


def form_of(pilot: Pilot[Any]) -> ConnectionForm | None:
    found = pilot.app.screen.query(ConnectionForm)
    return found.first() if found else None


def row(pilot: Pilot[Any], field: str) -> FieldRow[Any]:
    return next(each for each in pilot.app.screen.query(FieldRow) if each.key == field)


async def test_an_api_key_connection_is_added_tested_saved_and_used(
    stand: Any, fill: Any, until: Any, text_of: Any, sandbox: Sandbox, config_file: Path
) -> None:
    async with stand(screen="messages") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await fill(
            pilot,
            name="acme",
            account_sid=sandbox.account_sid,
            api_key_sid=sandbox.api_key_sid,
            api_key_secret=sandbox.api_key_secret,
            base_url=f"{sandbox.base_url}/2010-04-01",
        )
        await pilot.press("f8")
        await until(pilot, lambda: "It works" in text_of(pilot))
        assert not config_file.exists()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert load(config_file)["acme"].api_key_secret == Secret.literal(sandbox.api_key_secret)
        assert config_file.stat().st_mode & 0o777 == 0o600
        await pilot.press("enter")
        session = pilot.app.session
        await until(pilot, lambda: session.account and session.account.name == "acme")
        await until(pilot, lambda: pilot.app.current_mode == "messages")


async def test_an_auth_token_connection_is_added(
    stand: Any, fill: Any, until: Any, text_of: Any, sandbox: Sandbox, config_file: Path
) -> None:
    async with stand(screen="messages") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await until(pilot, lambda: keys_are_answered(pilot))
        row(pilot, "kind").field.focus()
        await until(pilot, lambda: row(pilot, "kind").field.has_focus)
        await pilot.press("right")
        await until(pilot, lambda: not row(pilot, "api_key_sid").display)
        await fill(
            pilot,
            name="by token",
            account_sid=sandbox.account_sid,
            auth_token=sandbox.auth_token,
            base_url=f"{sandbox.base_url}/2010-04-01",
        )
        await pilot.press("f8")
        await until(pilot, lambda: "It works" in text_of(pilot))
        await pilot.press("f9")
        await until(pilot, lambda: config_file.exists())
        assert load(config_file)["by token"].kind == "auth_token"


async def test_a_wrong_secret_is_explained_with_its_code(
    stand: Any, fill: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    async with stand(screen="messages") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await fill(
            pilot,
            name="acme",
            account_sid=sandbox.account_sid,
            api_key_sid=sandbox.api_key_sid,
            api_key_secret="0" * 32,
            base_url=f"{sandbox.base_url}/2010-04-01",
        )
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "20003" in text_of(pilot))
        assert "belong together" in " ".join(text_of(pilot).split())


async def test_a_test_under_way_can_be_stopped(
    stand: Any, fill: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    import asyncio

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        async with stand(screen="messages") as pilot:
            await pilot.press("a")
            await until(pilot, lambda: form_of(pilot))
            await fill(
                pilot,
                name="acme",
                account_sid=SID,
                api_key_sid=KEY,
                api_key_secret="0" * 32,
                base_url=f"http://127.0.0.1:{port}",
            )
            await pilot.press("f8")
            await until(pilot, lambda: "Asking" in text_of(pilot))
            await pilot.press("escape")
            await until(pilot, lambda: "stopped" in text_of(pilot))
            assert form_of(pilot) is not None


async def test_nobody_answering_is_said_in_words(stand: Any, fill: Any, until: Any, text_of: Any) -> None:
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        async with stand(screen="messages") as pilot:
            await pilot.press("a")
            await until(pilot, lambda: form_of(pilot))
            await fill(
                pilot,
                name="acme",
                account_sid=SID,
                api_key_sid=KEY,
                api_key_secret="0" * 32,
                base_url=f"http://127.0.0.1:{port}",
            )
            await pilot.press("f8")
            await until(pilot, lambda: "Nothing answers" in text_of(pilot))


async def test_changing_a_connection_keeps_its_secret_and_keys_nobody_knows(
    stand: Any, fill: Any, until: Any, config_file: Path, sandbox: Sandbox
) -> None:
    text = (
        'schema = 1\nmood = "calm"\n[connections.acme]\nkind = "auth_token"\n'
        f'account_sid = "{SID}"\nauth_token = "kept-as-it-is"\ncolour = "green"\n'
    )
    async with stand(text=text) as pilot:
        await until(pilot, lambda: len(pilot.app.session.saved.connections) == 1)
        await pilot.press("e")
        await until(pilot, lambda: form_of(pilot))
        assert row(pilot, "auth_token").field.value == ""
        await fill(pilot, name="renamed")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: form_of(pilot) is None)
    document = tomllib.loads(config_file.read_text())
    assert document["mood"] == "calm"
    assert document["connections"] == {
        "renamed": {"kind": "auth_token", "account_sid": SID, "auth_token": "kept-as-it-is", "colour": "green"}
    }


async def test_problems_are_shown_beside_the_field_once_it_was_left(
    stand: Any, fill: Any, until: Any, text_of: Any, config_file: Path
) -> None:
    async with stand(screen="messages") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await fill(pilot, account_sid="AC12")
        assert "too short" not in text_of(pilot)
        await pilot.press("tab")
        await until(pilot, lambda: "too short" in text_of(pilot))
        await fill(pilot, account_sid=SID)
        await until(pilot, lambda: "too short" not in text_of(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not saved" in text_of(pilot))
        assert not config_file.exists()
        assert row(pilot, "account_sid").field.value == SID


async def test_a_name_that_is_taken_is_refused(stand: Any, fill: Any, until: Any, text_of: Any) -> None:
    async with stand(Connection("acme", "auth_token", SID, auth_token="first")) as pilot:
        await until(pilot, lambda: len(pilot.app.session.saved.connections) == 1)
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await fill(pilot, name="acme", account_sid=SID, api_key_sid=KEY, api_key_secret="second")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "already a connection" in text_of(pilot))
        assert pilot.app.session.saved.connections["acme"].auth_token == Secret.literal("first")


async def test_escape_and_leaving_ask_when_something_was_typed(stand: Any, until: Any, text_of: Any) -> None:
    async with stand(Connection("acme", "auth_token", SID, auth_token="first")) as pilot:
        await until(pilot, lambda: len(pilot.app.session.saved.connections) == 1)
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: form_of(pilot) is None)
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await pilot.press(*"new")
        for key in ("escape", "ctrl+c", "ctrl+q"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
            assert "not saved" in text_of(pilot)
            await pilot.press("escape")
            await until(pilot, lambda: form_of(pilot) is not None and keys_are_answered(pilot))
            assert row(pilot, "name").field.value == "new"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm) and form_of(pilot) is None)


async def test_what_is_typed_is_there_after_a_look_at_another_place(stand: Any, until: Any) -> None:
    async with stand(Connection("acme", "auth_token", SID, auth_token="first")) as pilot:
        await until(pilot, lambda: len(pilot.app.session.saved.connections) == 1)
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await pilot.press(*"new")
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.current_mode == "messages")
        await pilot.press("alt+o")
        await until(pilot, lambda: form_of(pilot))
        assert row(pilot, "name").field.value == "new"


@pytest.mark.landing
async def test_no_secret_reaches_the_screen_a_screenshot_or_the_clipboard(stand: Any, until: Any, text_of: Any) -> None:
    stored = Connection("acme", "api_key", SID, KEY, "stored-secret-value", "stored-token-value")
    # Large enough for what is said of the history beside it.
    async with stand(stored, size=(120, 40)) as pilot:
        await until(pilot, lambda: len(pilot.app.session.saved.connections) == 1)
        await until(pilot, lambda: "kept in the file" in text_of(pilot))
        seen = text_of(pilot) + pilot.app.export_screenshot()
        await pilot.press("e")
        await until(pilot, lambda: form_of(pilot))
        secret = row(pilot, "api_key_secret").field
        assert isinstance(secret, SecretInput)
        secret.focus()
        await pilot.press(*"typedsecret")
        secret.action_select_all()
        for key in ("ctrl+c", "super+c", "ctrl+x"):
            await pilot.press(key)
        seen += text_of(pilot) + pilot.app.export_screenshot()
        assert pilot.app.clipboard == ""
        assert secret.value == "typedsecret"
        for words in ("stored-secret-value", "stored-token-value", "typedsecret"):
            assert words not in seen


async def test_a_command_is_shown_as_the_source_and_kept(
    stand: Any, fill: Any, until: Any, text_of: Any, config_file: Path
) -> None:
    stored = Connection("acme", "auth_token", SID, auth_token=Secret.command(["op", "read", "op://secret/path"]))
    async with stand(stored) as pilot:
        await until(pilot, lambda: len(pilot.app.session.saved.connections) == 1)
        await pilot.press("e")
        await until(pilot, lambda: form_of(pilot))
        assert "from the command op" in text_of(pilot)
        assert row(pilot, "auth_token").field.disabled
        await fill(pilot, name="renamed")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: form_of(pilot) is None)
    assert load(config_file)["renamed"].auth_token == stored.auth_token


async def test_a_variable_is_named_and_kept_as_a_variable(
    stand: Any, fill: Any, until: Any, text_of: Any, config_file: Path
) -> None:
    async with stand(screen="messages") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await fill(pilot, name="acme", account_sid=SID, api_key_sid=KEY, api_key_secret="$ACME_SECRET")
        await until(pilot, lambda: "ACME_SECRET is not set" in text_of(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: config_file.exists())
    assert load(config_file)["acme"].api_key_secret == Secret.env("ACME_SECRET")


async def test_a_paste_that_begins_with_a_line_end_is_taken(stand: Any, until: Any, text_of: Any) -> None:
    async with stand(screen="messages") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        editor = row(pilot, "account_sid").field
        editor.focus()
        await pilot.pause()
        editor.post_message(events.Paste(f"\n {SID} \n"))
        await until(pilot, lambda: editor.value == f" {SID} ")
        await until(pilot, lambda: "blank before or after" in text_of(pilot))
        await pilot.press("tab")
        await until(pilot, lambda: keys_are_answered(pilot))
        assert "Account SID has" not in text_of(pilot)


async def test_a_file_that_cannot_be_written_keeps_everything_typed(
    stand: Any, fill: Any, until: Any, text_of: Any, config_file: Path
) -> None:
    async with stand(screen="messages") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await fill(pilot, name="acme", account_sid=SID, api_key_sid=KEY, api_key_secret="secret")
        config_file.parent.mkdir(parents=True, exist_ok=True)
        config_file.mkdir()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not saved" in text_of(pilot))
        assert row(pilot, "api_key_secret").field.value == "secret"


@pytest.mark.landing
async def test_what_another_program_changed_while_the_form_was_open_is_kept_or_said(
    stand: Any, fill: Any, until: Any, text_of: Any, config_file: Path
) -> None:
    acme = Connection("acme", "auth_token", SID, auth_token="first", ca_file="/etc/ssl/acme.pem")
    async with stand(acme) as pilot:
        await until(pilot, lambda: len(pilot.app.session.saved.connections) == 1)
        await pilot.press("e")
        await until(pilot, lambda: form_of(pilot))
        save(config_file, load(config_file).with_connection(replace(acme, region="ie1")))
        await fill(pilot, ca_file="/etc/ssl/new.pem")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: form_of(pilot) is None)
        assert load(config_file)["acme"] == replace(acme, region="ie1", ca_file="/etc/ssl/new.pem")
        await until(pilot, lambda: "Use it now?" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm) and keys_are_answered(pilot))
        await pilot.press("e")
        await until(pilot, lambda: form_of(pilot))
        theirs = replace(load(config_file)["acme"], ca_file="/etc/ssl/theirs.pem")
        save(config_file, load(config_file).with_connection(theirs))
        await fill(pilot, ca_file="/etc/ssl/ours.pem")
        # The notices of the first time do not stand in front of it until they go by themselves.
        assert pilot.app._notifications
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "acme was changed by another program" in text_of(pilot))
        assert not pilot.app._notifications
        assert row(pilot, "ca_file").field.value == "/etc/ssl/ours.pem"
        assert load(config_file)["acme"] == theirs


@pytest.mark.parametrize("size", [(80, 24), in_full((120, 40)), in_full((200, 60))])
async def test_every_field_is_in_view_without_scrolling(stand: Any, until: Any, text_of: Any, size: Any) -> None:
    async with stand(screen="messages", size=size) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: form_of(pilot))
        await until(pilot, lambda: "Base URL" in text_of(pilot))
        for label in ("Name", "Kind", "Account SID", "API key SID", "API key secret", "Auth token", "Region"):
            assert label in text_of(pilot)
