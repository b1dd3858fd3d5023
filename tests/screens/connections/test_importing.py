"""Taking connections over from other Twilio tools: offered, never by itself, nothing overwritten, no secret shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.piloting import is_asked
from tui.sandbox.server import Sandbox
from tui.screens.connections.form import ConnectionForm
from tui.screens.connections.screen import ConnectionsScreen
from tui.storage.connections import Connection, Secret, load
from tui.widgets.dialogs import Choose

AC, SK = "AC" + "1" * 32, "SK" + "2" * 32
HIDDEN = "do-not-show-me-7f3a"
SHELL = {"TWILIO_ACCOUNT_SID": "AC" + "4" * 32, "TWILIO_AUTH_TOKEN": HIDDEN}

Home = Callable[[object], dict[str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """`home(document)` is an environment whose home folder holds the command-line tool's file."""

    def make(document: object) -> dict[str, str]:
        place = tmp_path / "home" / ".twilio-cli" / "config.json"
        place.parent.mkdir(parents=True)
        place.write_text(document if isinstance(document, str) else json.dumps(document))
        return {"HOME": str(tmp_path / "home")}

    return make


def profile(**changes: object) -> dict[str, object]:
    return {"accountSid": AC, "apiKey": SK, "apiSecret": HIDDEN, "region": "ie1"} | changes


def saved(sandbox: Sandbox, name: str = "first") -> Connection:
    base = f"{sandbox.base_url}/2010-04-01"
    token = sandbox.auth_token
    return Connection(name, "auth_token", sandbox.account_sid, auth_token=token, base_url=base, history=90)


async def test_the_only_profile_opens_the_form_at_once_and_is_saved_with_its_secret(
    stand: Any, home: Home, until: Any, text_of: Any, config_file: Path, sandbox: Sandbox
) -> None:
    environ = home({"profiles": {"default": profile()}, "activeProject": "default"})
    async with stand(saved(sandbox), environ=environ) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
        await pilot.press("i")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await until(pilot, lambda: "Import the profile default" in text_of(pilot))
        await until(pilot, lambda: "imported, hidden; goes into the file" in text_of(pilot))
        assert "kept" not in text_of(pilot), "nothing is kept yet"
        assert HIDDEN not in text_of(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "default" in load(config_file))
        assert HIDDEN not in text_of(pilot)
    taken = load(config_file)["default"]
    assert (taken.account_sid, taken.api_key_sid, taken.region) == (AC, SK, "ie1")
    assert taken.api_key_secret == Secret.literal(HIDDEN)
    assert config_file.stat().st_mode & 0o777 == 0o600


async def test_a_name_that_is_taken_gets_a_number_and_the_other_stays(
    stand: Any, home: Home, until: Any, config_file: Path, sandbox: Sandbox
) -> None:
    environ = home({"profiles": {"first": profile()}})
    async with stand(saved(sandbox), environ=environ) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
        before = load(config_file)["first"]
        await pilot.press("i")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "first-2" in load(config_file))
        assert load(config_file)["first"] == before


async def test_what_there_is_can_be_chosen_among(
    stand: Any, home: Home, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    environ = home({"profiles": {"a": profile(), "b": profile(region="au1")}, "activeProject": "b"})
    async with stand(saved(sandbox), environ=environ | SHELL) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
        await pilot.press("i")
        await until(pilot, lambda: is_asked(pilot, Choose))
        for words in ("this shell's TWILIO_* variables", "profile a", "profile b", "in use there", "AC1111…1111"):
            await until(pilot, lambda words=words: words in text_of(pilot))
        assert HIDDEN not in text_of(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "Import the profile b" in text_of(pilot))


async def test_a_profile_without_its_secret_is_offered_and_says_what_is_missing(
    stand: Any, home: Home, until: Any, text_of: Any, config_file: Path, sandbox: Sandbox
) -> None:
    environ = home({"projects": [{"id": "old", "accountSid": AC}], "activeProject": "old"})
    async with stand(saved(sandbox), environ=environ) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
        await pilot.press("i")
        await until(pilot, lambda: "incomplete" in text_of(pilot))
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await until(pilot, lambda: "key ring" in text_of(pilot))
        form = pilot.app.screen.query_one(ConnectionForm)
        assert (form.entry.name, form.entry.account_sid, form.entry.api_key_sid) == ("old", AC, "")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not saved" in text_of(pilot))
        assert "old" not in load(config_file)


async def test_a_file_nobody_can_read_is_said_and_hides_nothing_else(
    stand: Any, home: Home, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    environ = home('{"profiles": {"p": {"apiSecret": "do-not-show-me-7f3a"')
    async with stand(saved(sandbox), environ=environ | SHELL) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
        await pilot.press("i")
        await until(pilot, lambda: any("no JSON from line 1" in told.message for told in pilot.app._notifications))
        await until(pilot, lambda: "from $TWILIO_AUTH_TOKEN" in text_of(pilot))
        assert HIDDEN not in text_of(pilot)


async def test_hostile_names_are_shown_as_text(
    stand: Any, home: Home, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    environ = home({"profiles": {"\x1b]52;c;aGk=\x07[/]": profile(), "\u202eevil [@click=app.quit]x": profile()}})
    async with stand(saved(sandbox), environ=environ) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionsScreen))
        await pilot.press("i")
        await until(pilot, lambda: "profile ␛]52" in text_of(pilot))
        assert "\u202e" not in text_of(pilot)
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not saved" in text_of(pilot))


async def test_the_first_start_offers_the_profiles_that_are_there(
    stand: Any, home: Home, until: Any, text_of: Any
) -> None:
    async with stand(screen="messages", environ=home({"profiles": {"default": profile()}})) as pilot:
        await until(pilot, lambda: "Use a profile" in text_of(pilot))
        await pilot.press("i")
        await until(pilot, lambda: "Import the profile default" in text_of(pilot))
