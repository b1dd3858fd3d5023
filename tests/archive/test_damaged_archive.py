"""A damaged, foreign or newer file, a full disk: a sentence, nothing torn, and the program goes on."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.archive.checking import check, check_file
from tests.archive.resources import resource, sid_of
from tests.cases import in_full
from tui.archive.coverage import Coverage, Span
from tui.archive.layout import SCHEMA
from tui.archive.matching import Asked
from tui.archive.query import Query
from tui.archive.query_parser import parse
from tui.archive.store import Archive
from tui.storage.errors import ArchiveUnavailable
from tui.twilio.message import Message, read_message

ASKED = Asked(datetime(2026, 11, 28, tzinfo=UTC), UTC)


def listed(*numbers: int) -> list[Message]:
    return [read_message(resource(n)) for n in numbers]


@pytest.fixture
def filled(path: Path) -> bytes:
    """The contents of an archive's file with two hundred messages."""
    archive = Archive.open(path)
    archive.put(listed(*range(200)), covered=Span(1, 2))
    archive.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [b"not a database at all, but a text" * 100, b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 5000],
)
def test_a_foreign_file_is_set_aside_when_it_is_opened(
    open_archive: Callable[[], Archive], path: Path, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    archive = open_archive()
    (aside,) = path.parent.glob("*.broken-*")
    assert aside.name in archive.notice and not archive.read_only
    assert aside.read_bytes() == content
    assert archive.put(listed(1))


def test_another_programs_database_is_set_aside(open_archive: Callable[[], Archive], path: Path) -> None:
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE sends (id)")
    database.execute(f"PRAGMA user_version = {SCHEMA}")
    database.commit()
    database.close()
    archive = open_archive()
    assert "set aside" in archive.notice
    assert archive.put(listed(1))


def test_a_file_that_was_cut_is_set_aside_when_it_is_opened(
    open_archive: Callable[[], Archive], path: Path, filled: bytes
) -> None:
    path.write_bytes(filled[: len(filled) // 2])
    archive = open_archive()
    assert "set aside" in archive.notice
    assert archive.coverage == Coverage()
    archive.put(listed(1))
    check(archive)


@pytest.mark.parametrize("seed", [*range(12), *(in_full(seed) for seed in range(12, 300))])
def test_damage_is_met_where_it_is_and_the_program_goes_on(path: Path, filled: bytes, seed: int) -> None:
    rng = random.Random(seed)
    size = rng.choice([1, 20, 500, 4096, 40_000])
    place = rng.randrange(4096, len(filled) - size)
    path.write_bytes(filled[:place] + rng.randbytes(size) + filled[place + size :])
    archive = Archive.open(path)
    try:
        for _ in range(2):
            archive.read(archive.find_rows(Query(), ASKED))
            archive.find_rows(parse("monday"), ASKED)
            archive.find(sid_of(3))
            _ = archive.coverage
        archive.put(listed(*range(100, 300)), covered=Span(5, 6))
        archive.remove([sid_of(150)])
        assert ("set aside" in archive.notice) == bool(list(path.parent.glob("*.broken-*")))
        archive.scrub()
        archive.put(listed(250))
        assert archive.find(sid_of(250)) is not None
        if archive.notice:
            check(archive)
    finally:
        archive.close()


def test_two_windows_that_meet_the_same_damage_set_one_file_aside(path: Path, filled: bytes) -> None:
    one, other = Archive.open(path), Archive.open(path)
    # The pages' contents, so that neither the header nor the tree of tables shows it.
    damaged = filled[: 4096 * 2] + b"\xff" * (len(filled) - 4096 * 2)
    path.write_bytes(damaged)
    one.put(listed(*range(300, 310)))
    assert "set aside" in one.notice
    other.put(listed(*range(310, 320)))
    assert len(list(path.parent.glob("*.broken-*[0-9]"))) == 1
    assert one.find(sid_of(315)) is not None and other.find(sid_of(305)) is not None
    one.close()
    other.close()
    check_file(path)


def test_a_newer_file_is_left_as_it_is(open_archive: Callable[[], Archive], path: Path, filled: bytes) -> None:
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    database.close()
    before = path.read_bytes()
    archive = open_archive()
    assert archive.read_only and "newer tuilio" in archive.notice
    archive.put(listed(1))
    assert archive.find(sid_of(1)) is not None
    assert archive.find(sid_of(2)) is None
    archive.close()
    assert path.read_bytes() == before


@pytest.fixture
def nearly_full() -> Iterator[Callable[[int], None]]:
    """`nearly_full(bytes)`: no file may grow beyond so many from then on."""
    import resource as limits

    before = limits.getrlimit(limits.RLIMIT_FSIZE)
    yield lambda room: limits.setrlimit(limits.RLIMIT_FSIZE, (room, before[1]))
    limits.setrlimit(limits.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 5_000, 100_000, 300_000])
def test_a_full_disk_is_said_and_nothing_is_torn(
    open_archive: Callable[[], Archive], path: Path, nearly_full: Callable[[int], None], room: int
) -> None:
    archive = open_archive()
    archive.put(listed(1, 2, 3), covered=Span(1, 2))
    nearly_full(room)
    with pytest.raises(ArchiveUnavailable) as caught:
        for first in range(1000, 100_000, 1000):
            archive.put(listed(*range(first, first + 1000)), covered=Span(100, 100 + first))
            if first > 20_000:
                break
    reached = archive.coverage.newest
    assert str(path.parent) in caught.value.remedy
    assert "messages kept on this computer" in caught.value.reason
    assert not archive.notice
    assert archive.find(sid_of(2)) is not None
    with pytest.raises(ArchiveUnavailable):
        archive.put(listed(*range(500_000, 501_000)))
    nearly_full(10**9)
    assert archive.find(sid_of(500_001)) is None
    # Complete is what was put whole.
    kept = 0 if reached is None or reached.first == 1 else reached.last - 100 + 1000
    assert len(archive.find_rows(Query(), ASKED)) == 3 + max(kept - 1000, 0)
    archive.put(listed(4))
    check(archive)
    archive.close()
    check_file(path)


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveUnavailable, match="cannot be used"):
        Archive.open(tmp_path / "file" / "messages.sqlite3")


def test_a_file_that_another_program_holds_is_said_and_left(
    open_archive: Callable[[], Archive], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.storage.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("tui.archive.archive_file.PATIENCE_SECONDS", 0.0)
    archive = open_archive()
    archive.put(listed(1))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveUnavailable, match="locked"):
        archive.put(listed(2))
    assert archive.find(sid_of(1)) is not None
    holder.execute("ROLLBACK")
    holder.close()
    assert archive.put(listed(2)) and not archive.notice


@pytest.mark.landing
def test_opening_reads_nothing_but_the_top(path: Path) -> None:
    archive = Archive.open(path)
    for first in range(0, 20_000, 1000):
        archive.put(listed(*range(first, first + 1000)))
    archive.close()
    spent: list[float] = []
    for _ in range(5):
        begun = time.thread_time()
        archive = Archive.open(path)
        found = archive.read(archive.find_rows(Query(), ASKED, limit=50))
        spent.append(time.thread_time() - begun)
        assert len(found) == 50
        archive.close()
    assert min(spent) < 0.01
