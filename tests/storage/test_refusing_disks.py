"""A full disk and a folder that may not be written: said in a sentence, and what was there is still there, whole."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.killing import STORES
from tui.storage.connections import Connection, load, save
from tui.storage.drafts import Drafts
from tui.storage.errors import ConfigUnwritable, DraftsUnsaved, OutboxUnavailable, StorageError
from tui.storage.files import open_private, write_private
from tui.storage.journal import SendJournal
from tui.storage.journal_entry import NewSend
from tui.webhooks.errors import WebhookError

ACME = Connection("acme", "auth_token", "AC" + "0" * 32, auth_token="x" * 32)
OTHER = Connection("other", "auth_token", "AC" + "1" * 32, auth_token="y" * 32)


@pytest.fixture
def nearly_full() -> Iterator[object]:
    """`nearly_full(bytes)`: no file may grow beyond so many from then on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda room: resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 1, 100, 300])
def test_a_full_disk_leaves_the_connections_as_they_were(tmp_path: Path, nearly_full, room: int) -> None:
    path = tmp_path / "connections.toml"
    loaded = save(path, [ACME])
    before = path.read_bytes()
    nearly_full(room)
    with pytest.raises(ConfigUnwritable, match="too large") as caught:
        save(path, loaded.with_connection(OTHER))
    nearly_full(10**9)
    assert "room" in caught.value.remedy
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))
    assert list(save(path, loaded.with_connection(OTHER))) == ["acme", "other"]


@pytest.mark.parametrize("room", [0, 20])
def test_a_full_disk_leaves_the_drafts_as_they_were(tmp_path: Path, nearly_full, room: int) -> None:
    path = tmp_path / "drafts.json"
    drafts = Drafts(path)
    drafts.put("a", {"body": "first"})
    nearly_full(room)
    with pytest.raises(DraftsUnsaved, match="too large"):
        drafts.put("a", {"body": "second"})
    nearly_full(10**9)
    assert drafts.get("a") == {"body": "second"}
    assert Drafts(path).get("a") == {"body": "first"}
    drafts.put("a", {"body": "second"})
    assert Drafts(path).get("a") == {"body": "second"}


@pytest.mark.parametrize("room", [0, 1, 100_000, 250_000])
def test_a_full_disk_leaves_no_half_of_a_file_that_was_asked_for_and_keeps_the_one_that_was_there(
    tmp_path: Path, nearly_full, room: int
) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"o" * 300_000)
    nearly_full(room)
    for path, replace in ((old, True), (tmp_path / "new", False)):
        with pytest.raises(OSError, match="too large"), open_private(path, replace=replace) as file:
            for _ in range(30):
                file.write(b"n" * 10_000)
        with pytest.raises(OSError, match="too large"):
            write_private(path, b"n" * 300_000, replace=replace)
    nearly_full(10**9)
    assert [each.name for each in tmp_path.iterdir()] == ["old"]
    assert old.read_bytes() == b"o" * 300_000


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_leaves_each_file_as_it_was_and_is_told_in_a_sentence(
    tmp_path: Path, nearly_full, store: str, room: int
) -> None:
    path = tmp_path / store
    begin, find = STORES[store]
    begin(path)("a0")
    before = path.read_bytes()
    nearly_full(room)
    with pytest.raises((StorageError, WebhookError, OSError)) as caught:
        begin(path)("b0")
    nearly_full(10**9)
    # Prices can be asked for again: nobody is told of those.
    if store != "prices.json":
        assert not isinstance(caught.value, OSError)
        assert "too large" in caught.value.reason
        assert caught.value.remedy
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if not each.name.endswith((".lock", ".bak"))] == [store]
    assert find(path) == {"a0"}
    begin(path)("c0")
    assert find(path) == {"a0", "c0"}


def test_without_room_for_the_journal_nothing_may_be_sent(tmp_path: Path, nearly_full) -> None:
    path = tmp_path / "outbox.sqlite3"
    draft = {"connection": "a", "account_sid": "AC", "to": "+1", "sender": "+2"}
    with SendJournal(path) as outbox:
        first = outbox.begin(NewSend(**draft, body="first"))
        nearly_full(path.with_name(f"{path.name}-wal").stat().st_size + 100)
        with pytest.raises(OutboxUnavailable, match="Nothing is sent without it"):
            outbox.begin(NewSend(**draft, body="x" * 100_000))
        nearly_full(10**9)
        assert outbox.entries("AC") == (first,)
        assert outbox.begin(NewSend(**draft, body="second")).id > first.id


STRANGER = """
import os, sqlite3, sys  # what stands where only its owner may read is imported before the rights go
from pathlib import Path
from tui.storage.connections import Connection, load, save
from tui.storage.errors import StorageError
from tui.storage.drafts import Drafts
from tui.storage.journal import SendJournal
from tui.storage.journal_entry import NewSend
from tui.raw_request.history import RequestHistory, PastRequest
from tui.raw_request.saved_requests import SavedRequests
from tui.raw_request.form_text import RequestText
from datetime import datetime, UTC
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
folder = Path(sys.argv[1])
config, drafts = folder / "connections.toml", Drafts(folder / "drafts.json")
assert list(load(config)) == ["acme"], "it can be read"
for do in (
    lambda: save(config, load(config).with_connection(Connection("b", "auth_token", "AC", auth_token="x"))),
    lambda: SavedRequests(folder / "requests.toml").put("x", RequestText()),
    lambda: RequestHistory(folder / "requests.jsonl").add(PastRequest(datetime.now(UTC), "x", RequestText())),
    lambda: drafts.put("a", {"body": "kept"}),
    lambda: SendJournal(folder / "outbox.sqlite3").begin(NewSend("", "", "", "", "")),
):
    try:
        do()
    except StorageError as problem:
        assert problem.reason and str(folder) in problem.remedy, problem
        print(type(problem).__name__)
assert drafts.get("a") == {"body": "kept"}
"""


def test_a_folder_that_may_only_be_read_is_read_and_every_save_says_why_it_failed() -> None:
    # Not below the tests' own folder, which another user, to whom modes apply, may not enter.
    folder = Path(tempfile.mkdtemp())
    try:
        save(folder / "connections.toml", [ACME])
        (folder / "connections.toml.lock").unlink()
        (folder / "connections.toml").chmod(0o644)
        folder.chmod(0o555)
        told = subprocess.run([sys.executable, "-c", STRANGER, str(folder)], capture_output=True, text=True)
        assert told.stderr == ""
        assert told.stdout.split() == [
            "ConfigUnwritable",
            "ConfigUnwritable",
            "HistoryUnsaved",
            "DraftsUnsaved",
            "OutboxUnavailable",
        ]
        assert [each.name for each in folder.iterdir()] == ["connections.toml"]
        assert list(load(folder / "connections.toml")) == ["acme"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
