"""A damaged cell of the send journal is a row that says so: no locked door, and no row lost without a word."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.cases import in_full
from tests.outbox import kept
from tui.storage.errors import OutboxConflict
from tui.storage.journal import Claim, JournalEntry, JournalState, SendJournal
from tui.storage.journal_entry import NewSend, ServerSnapshot

ACCOUNT = "AC" + "1" * 32
COLUMNS = [
    "connection",
    "account_sid",
    "recipient",
    "sender",
    "body",
    "media",
    "state",
    "sid",
    "code",
    "detail",
    "started_at",
    "settled_at",
    "pid",
    "process",
    "by_hand",
    "base",
    "options",
    "before",
    "could_be",
    "withdrawn",
    "job",
    "item",
]
VALUES: list[Any] = [b"\xff\xfe", b"", "", "garbage", "\x00", 5, -1, 2**63 - 1, 1.5, 1e300, "9999-99-99T00:00:00+00:00"]
VALUES += ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01", "[1]", "[", '{"a": 1}', "[" * 5000]
VALUES += [
    "sending",
    "Accepted",
    "unknown ",
    '{"sids": [1], "ahead": [0]}',
    '{"sids": 5}',
    '{"sids": [], "ahead": [1e300, 2]}',
]
VALUES += ["NaN", "null", "true", "x" * 100_000, "\U0001f4a5", "-1", '[["a"]]', "2026-01-02T03:04:05"]
NO_UTF8 = "CAST(x'ffc0ed' AS TEXT)"


def fill(path: Path) -> list[JournalEntry]:
    """A journal with an old row and a new one of every kind."""
    with SendJournal(path, pid=2**22 + 7, process="gone", clock=lambda: datetime.now(UTC) - timedelta(days=100)) as old:
        entries = [begin(old, body=f"old {number}") for number in range(2)]
        for entry in entries:
            old.settle(entry.id, JournalState.NOT_SENT)
    with SendJournal(path, pid=2**22 + 7, process="gone") as outbox:
        made = [begin(outbox, body=f"text {number}") for number in range(6)]
        outbox.settle(made[0].id, JournalState.ACCEPTED, sid="SM" + "1" * 32)
        outbox.settle(made[1].id, JournalState.REJECTED, code=21211, detail="Wrong.")
        outbox.settle(made[2].id, JournalState.NOT_SENT, detail="Nobody.")
        outbox.settle(made[3].id, JournalState.UNKNOWN)
        outbox.settle(made[4].id, JournalState.UNKNOWN)
        outbox.claim(made[4].id, lambda *_: Claim(JournalState.ACCEPTED, "SM" + "2" * 32))
    return entries + made


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal before anything happened to it."""
    path = tmp_path_factory.mktemp("whole") / "outbox.sqlite3"
    fill(path)
    return path


def begin(outbox: SendJournal, body: str) -> JournalEntry:
    return outbox.begin(
        NewSend(
            connection="acme",
            account_sid=ACCOUNT,
            to="+14155552671",
            sender="+15005550006",
            body=body,
            media=("https://a",),
            options=(("SmartEncoded", "true"),),
            before=ServerSnapshot(frozenset({"SM" + "9" * 32}), (0.0, 1.0)),
        )
    )


def damage(path: Path, random: Random) -> tuple[int, str]:
    number, column = random.randint(1, 8), random.choice(COLUMNS)
    value = random.choice([NO_UTF8, "NULL", "?", "?", "?", "?", "?", "?"])
    values = (random.choice(VALUES),) if value == "?" else ()
    # A null where none may be comes from the disk only.
    with suppress(sqlite3.IntegrityError), sqlite3.connect(path) as database:
        database.execute(f"UPDATE sends SET {column} = {value} WHERE id = ?", (*values, number))
    database.close()
    return number, column


def work_with(path: Path) -> dict[int, JournalEntry]:
    """Everything that is done with a journal; the rows it shows."""
    with SendJournal(path) as outbox:
        outbox.recover()
        outbox.prune(keep=0)
        shown = {entry.id: entry for entry in outbox.history(ACCOUNT)}
        assert all(entry.state is not JournalState.SENDING for entry in shown.values())
        assert {entry.id for entry in outbox.entries(ACCOUNT)} <= set(shown)
        assert {entry.id for entry in outbox.unknown(ACCOUNT)} == {
            entry.id for entry in shown.values() if entry.state is JournalState.UNKNOWN
        }
        outbox.open_ends(ACCOUNT)
        for entry in shown.values():
            assert kept(outbox, entry) == entry
            outbox.claim(entry.id, lambda *_: None)
        new = begin(outbox, "new")
        assert new.damaged == ()
        assert outbox.settle(new.id, JournalState.ACCEPTED, sid="SM" + "3" * 32).state is JournalState.ACCEPTED
        for entry in outbox.unknown(ACCOUNT):
            with suppress(OutboxConflict):
                assert outbox.settle(entry.id, JournalState.ACCEPTED).state is JournalState.ACCEPTED
        return shown


@pytest.mark.parametrize("part", [0, *(in_full(part) for part in range(1, 40))])
def test_any_damage_leaves_rows_that_can_be_worked_with(tmp_path: Path, whole: Path, part: int) -> None:
    for number in range(15):
        random = Random(part * 1000 + number)
        path = tmp_path / f"{number}.sqlite3"
        shutil.copy(whole, path)
        for _ in range(random.choice([1, 1, 1, 2, 8])):
            damage(path, random)
        shown = work_with(path)
        # Nobody is still told of what was forgotten in order: old, whole and settled.
        assert set(range(3, 9)) <= set(shown), (part, number)
        assert all(shown[id].damaged == () or shown[id].state is not JournalState.SENDING for id in shown)


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("started_at", "'yesterday'", "time"),
        ("settled_at", "'never'", "time of settling"),
        ("state", "'sendin'", "state"),
        ("media", "'['", "media"),
        ("body", NO_UTF8, "text"),
        ("recipient", "x'ff'", "recipient"),
        ("sid", NO_UTF8, "SID"),
        ("code", "'x'", "code"),
        ("options", "'['", "options"),
        ("before", "'{}'", "what stood there before"),
        ("account_sid", "7", "account"),
    ],
)
@pytest.mark.parametrize("number", [3, 8])
def test_a_row_names_what_cannot_be_read_of_it(
    tmp_path: Path, whole: Path, column: str, value: str, named: str, number: int
) -> None:
    path = tmp_path / "outbox.sqlite3"
    shutil.copy(whole, path)
    with sqlite3.connect(path) as database:
        database.execute(f"UPDATE sends SET {column} = {value} WHERE id = ?", (number,))
    database.close()
    with SendJournal(path) as outbox:
        outbox.recover()
        entry = next(each for each in outbox.history(ACCOUNT) if each.id == number)
        # Calling it unknown writes the time of that anew.
        assert named in entry.damaged or (number, column) == (8, "settled_at")
        # The one that was under way counts as unknown, the accepted one stays what it was while that can be read.
        unknown = number == 8 or column == "state"
        assert entry.state is (JournalState.UNKNOWN if unknown else JournalState.ACCEPTED)
        assert all(each.damaged == () for each in outbox.history(ACCOUNT) if each.id != number)


def test_a_damaged_row_is_never_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    with SendJournal(path, clock=lambda: datetime.now(UTC) - timedelta(days=100)) as old:
        for _ in range(3):
            old.settle(begin(old, "x").id, JournalState.NOT_SENT)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE sends SET settled_at = '0' WHERE id = 1")
        database.execute("UPDATE sends SET media = '[' WHERE id = 2")
        database.execute(
            "INSERT INTO sends SELECT 9, connection, account_sid, recipient, sender, body, media, state, "
            "sid, code, detail, started_at, settled_at, pid, process, by_hand, base, options, before, "
            "could_be, template, withdrawn, job, item FROM sends WHERE id = 3"
        )
    database.close()
    with SendJournal(path) as outbox:
        assert outbox.prune(keep=1) == 1
        assert [entry.id for entry in outbox.history(ACCOUNT)] == [9, 2, 1]
