"""What is kept of a connection's messages is told with its size and place, and removed after one question."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.piloting import keys_are_answered
from tui.archive.query_parser import parse
from tui.archive.store import forget
from tui.services.kept_messages import archive_path, find_kept
from tui.size_format import say_size
from tui.storage.connections import Connection, load, save
from tui.storage.files import make_folder
from tui.storage.paths import find_paths
from tui.storage.query_history import QueryHistory
from tui.widgets.dialogs import Confirm

ACME = Connection("acme", "auth_token", "AC" + "1" * 32, auth_token="t" * 32)
OTHER = Connection("other", "auth_token", "AC" + "2" * 32, auth_token="t" * 32)
SECOND = replace(ACME, name="second")


@pytest.fixture
def paths(tmp_path: Path):
    return find_paths(tmp_path / "config")


def keep(paths, connection: Connection, size: int = 1_500_000) -> Path:
    """Put an archive there, with its log and a copy that was set aside."""
    path = archive_path(paths, connection)
    assert path is not None
    make_folder(path.parent)
    path.write_bytes(b"x" * (size - 20))
    for end in ("-wal", ".broken-20261128-120000"):
        path.with_name(f"{path.name}{end}").write_bytes(b"y" * 10)
    return path


def left(path: Path) -> list[str]:
    return [each.name for each in path.parent.iterdir()]


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


async def at_the_top(pilot, until) -> None:
    """Wait until the sandbox is in use, so that nobody opens what lies there, and go to the first connection."""
    await until(pilot, lambda: pilot.app.session.account is not None)
    await pilot.press("home")


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 B"), (840_400, "840.4 kB"), (12_345_678, "12.3 MB"), (999_960_000, "1.0 GB"), (1_200_000_000, "1.2 GB")],
)
def test_a_size_is_said_in_a_few_characters(size: int, words: str):
    assert say_size(size) == words


def test_connections_to_the_same_account_and_server_share_what_is_kept(paths):
    elsewhere = replace(ACME, name="elsewhere", region="ie1")
    proxied = replace(ACME, name="proxied", base_url="https://api.twilio.com/2010-04-01")
    broken = replace(ACME, name="broken", base_url="http://example.org")
    keep(paths, ACME)
    found = find_kept(paths, [ACME, OTHER, SECOND, elsewhere, proxied, broken])
    assert {name: (each.size, each.shared_with) for name, each in found.items()} == {
        "acme": (1_500_000, ("second", "proxied")),
        "second": (1_500_000, ("acme", "proxied")),
        "proxied": (1_500_000, ("acme", "second")),
        "other": (0, ()),
        "elsewhere": (0, ()),
    }


async def test_the_detail_says_how_much_is_kept_and_where(stand, paths, until, text_of):
    path = keep(paths, ACME)
    async with stand(ACME, replace(OTHER, history="all"), size=(120, 30), embedded=True) as pilot:
        await at_the_top(pilot, until)
        await until(pilot, lambda: "90 days; 1.5 MB of messages in" in flat(text_of(pilot)))
        assert path.name in text_of(pilot).replace("\n", "").replace(" ", "") or path.name[:20] in text_of(pilot)
        await pilot.press("down")
        await until(pilot, lambda: "all; nothing is kept yet" in text_of(pilot))


async def test_forgetting_asks_with_size_and_place_and_leaves_no_file_and_no_query(stand, paths, until, text_of):
    path, others = keep(paths, ACME), keep(paths, OTHER)
    queries = QueryHistory(paths.query_history)
    queries.add("acme", "parcel")
    queries.add("other", "invoice")
    async with stand(ACME, OTHER, size=(120, 30), embedded=True) as pilot:
        await at_the_top(pilot, until)
        await until(pilot, lambda: "1.5 MB" in text_of(pilot))
        for answer in ("escape", "y"):
            await pilot.press("f")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
            words = str(pilot.app.screen.query_one(".words").content)
            assert f"1.5 MB of messages in {path} are removed" in words
            assert "Twilio keeps" in words
            assert path.exists()
            await pilot.press(answer)
            await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm) and keys_are_answered(pilot))
        await until(pilot, lambda: "nothing is kept yet" in text_of(pilot))
        await until(pilot, lambda: "of the messages of acme is forgotten." in text_of(pilot))
        assert "kept again" not in text_of(pilot)
        assert sorted(left(path)) == sorted(each.name for each in others.parent.glob(f"{others.name}*"))
        assert (queries.entries("acme"), queries.entries("other")) == ((), ("invoice",))
        await pilot.press("f")
        await until(pilot, lambda: "No messages of acme" in text_of(pilot))


async def test_that_another_connection_has_the_same_messages_is_said(stand, paths, until):
    keep(paths, ACME)
    async with stand(ACME, SECOND, embedded=True) as pilot:
        await at_the_top(pilot, until)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "second is a connection to the same account" in str(pilot.app.screen.query_one(".words").content)


@pytest.mark.parametrize(("key", "forgotten"), [("y", False), ("f", True)])
async def test_deleting_a_connection_offers_to_forget_its_messages(stand, paths, until, config_file, key, forgotten):
    path = keep(paths, ACME)
    async with stand(ACME, OTHER, embedded=True) as pilot:
        await at_the_top(pilot, until)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "unless you forget them as well" in str(pilot.app.screen.query_one(".words").content)
        await pilot.press(key)
        await until(pilot, lambda: list(load(config_file)) == ["other"])
        await until(pilot, lambda: path.exists() != forgotten)
        assert bool(left(path)) != forgotten


async def test_deleting_one_of_two_connections_to_an_account_leaves_its_messages(stand, paths, until, config_file):
    path = keep(paths, ACME)
    async with stand(ACME, SECOND, embedded=True) as pilot:
        await at_the_top(pilot, until)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "stay there. second is a connection" in str(pilot.app.screen.query_one(".words").content)
        await pilot.press("f", "y")
        await until(pilot, lambda: list(load(config_file)) == ["second"])
        assert path.exists()


async def test_what_cannot_be_removed_is_said(stand, paths, until, text_of):
    path = keep(paths, ACME)
    path.with_name(f"{path.name}-shm").mkdir()
    async with stand(ACME, size=(120, 30), embedded=True) as pilot:
        await at_the_top(pilot, until)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "cannot be removed" in text_of(pilot))


# -- what is in use --------------------------------------------------------------------------------------


async def kept_of(pilot, until) -> Path:
    """Wait until the connection in use keeps messages; returns the file."""
    session = pilot.app.session
    await until(pilot, lambda: session.archive is not None and session.archive.coverage and not session.opening)
    assert session.archive.path is not None
    return session.archive.path


async def test_forgetting_what_is_in_use_begins_anew_with_what_twilio_tells(stand, sandbox, connect, until):
    async with stand(connect(sandbox, name="acme"), default="acme") as pilot:
        path, session = await kept_of(pilot, until), pilot.app.session
        first, account = session.archive, session.account
        await first.set_note("mark", "kept")
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: session.account not in (None, account))
        await until(pilot, lambda: any("is kept again" in each.message for each in pilot.app._notifications))
        assert await kept_of(pilot, until) == path
        assert session.archive is not first
        assert await session.archive.note("mark") == ""


async def test_deleting_and_forgetting_the_connection_in_use_leaves_no_file_and_keeps_nothing_more(
    stand, sandbox, connect, until, paths
):
    async with stand(connect(sandbox, name="acme"), OTHER, default="acme") as pilot:
        path, session = await kept_of(pilot, until), pilot.app.session
        (message,) = await session.archive.read(await session.archive.find_rows(parse("is:in"), limit=1))
        QueryHistory(paths.query_history).add("acme", message.body)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("f")
        await until(pilot, lambda: session.archive is not None and session.archive.path is None)
        await until(pilot, lambda: bool(session.archive.coverage))
        assert session.account.name == "acme"
        assert left(path) == []
        await until(pilot, lambda: QueryHistory(paths.query_history).entries("acme") == ())
        found = [each for each in paths.config.rglob("*") if each.is_file()]
        words = [message.sid.encode(), json.dumps(message.body)[1:-1].encode(), message.body.encode()]
        assert found
        assert [each for each in found if any(word in each.read_bytes() for word in words)] == []


@pytest.mark.parametrize("by_then", ["as it was", "none", "deleted"])
async def test_what_another_window_forgets_is_kept_on_as_the_file_of_connections_says_by_then(
    stand, sandbox, connect, until, config_file, by_then
):
    acme = connect(sandbox, name="acme")
    async with stand(acme, OTHER, default="acme") as pilot:
        path, session = await kept_of(pilot, until), pilot.app.session
        saved = load(config_file)
        if by_then == "none":
            save(config_file, saved.with_connection(replace(acme, history="none")))
        if by_then == "deleted":
            save(config_file, saved.without("acme"))
        forget(path)
        session.archive.look_now()
        kept = by_then == "as it was"
        words = "is kept again" if kept else "Nothing is kept"
        await until(pilot, lambda: any(words in each.message for each in pilot.app._notifications))
        await until(pilot, lambda: session.archive.coverage and not session.archive.status.asking)
        assert bool(left(path)) == kept
        assert session.archive.path == (path if kept else None)


@pytest.mark.parametrize("shared", [False, True])
async def test_what_was_kept_goes_when_a_connection_that_keeps_nothing_is_used_unless_another_keeps_it(
    stand, sandbox, connect, until, shared
):
    acme = connect(sandbox, name="acme")
    async with stand(acme, *([replace(acme, name="second")] if shared else []), default="acme") as pilot:
        path, session = await kept_of(pilot, until), pilot.app.session
        await session.saved.store(session.saved.connections.with_connection(replace(acme, history="none")))
        await session.use("acme")
        await until(pilot, lambda: session.archive is not None and session.archive.path is None)
        await until(pilot, lambda: bool(session.archive.coverage))
        assert path.exists() == shared
        assert bool(left(path)) == shared
