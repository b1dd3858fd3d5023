"""The first start, with nothing saved: two choices, and either leads on."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

Open = Callable[..., Any]


def test_the_first_start_offers_the_sandbox_or_a_connection_of_ones_own(tuilio: Open, home: Path) -> None:
    terminal = tuilio()
    terminal.until("Try the sandbox")
    terminal.until("Add a connection")
    assert list(home.rglob("*.toml")) == []
    terminal.press("ctrl+q")
    assert terminal.wait() == 0


def test_trying_the_sandbox_leads_to_its_messages_and_saves_nothing(tuilio: Open, home: Path) -> None:
    terminal = tuilio()
    terminal.until("Try the sandbox")
    terminal.press("s")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.until("SANDBOX")
    terminal.press("q")
    assert terminal.wait() == 0
    assert [file for file in home.rglob("*") if file.is_file()] == []


def test_adding_a_connection_leads_to_a_form_that_explains_its_fields(tuilio: Open) -> None:
    terminal = tuilio()
    terminal.until("Add a connection")
    terminal.press("a")
    terminal.until("Account SID")
    terminal.until("API key")


def test_a_file_that_cannot_be_read_is_named_and_left_alone(tuilio: Open, tmp_path: Path) -> None:
    place = tmp_path / "config"
    place.mkdir(mode=0o700)
    file = place / "connections.toml"
    file.write_text("schema = 1\n[connections.acme\n", encoding="utf-8")
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    terminal = tuilio("--config", str(place))
    terminal.until("line 2")
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
    assert file.read_text(encoding="utf-8") == "schema = 1\n[connections.acme\n"
