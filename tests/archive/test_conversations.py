"""Who wrote, what of it was not read yet, and what is known of a recipient: always what a plain look would say."""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.archive.checking import check, check_file, found_in
from tests.archive.resources import ACCOUNT, BEGUN, sid_of
from tui.archive import conversations
from tui.archive.conversations import LATE_SECONDS, without_channel
from tui.archive.coverage import Span
from tui.archive.layout import LAYOUT, PER_SECOND, TABLE_OF_OTHERS, row_number
from tui.archive.matching import Asked
from tui.archive.periods import ALL
from tui.archive.query_parser import parse
from tui.archive.store import Archive
from tui.storage.database import open_database
from tui.storage.errors import ArchiveUnavailable
from tui.twilio.message import PROBLEMS, Message

ASKED = Asked(datetime(2026, 11, 28, tzinfo=UTC), UTC)
START = int(BEGUN.timestamp())
FIRST_USE = START + 2_000
"""What came in before it counts as read."""

OTHERS = ("+14155550001", "whatsapp:+14155550001", "+14155550002", "rcs:+14155550002", "Acme", "whatsapp:someone", "")
OWN = ("+14155550100", "+14155550101", "whatsapp:+14155550100", "")
SERVICE = "MG" + "0a" * 16


def message(
    number: int,
    *,
    second: int | None = 3_000,
    other: str = OTHERS[0],
    own: str = OWN[0],
    inbound: bool = True,
    status: str = "",
    body: str = "Hello",
    code: int | None = None,
    service: str = "",
) -> Message:
    moment = None if second is None else BEGUN + timedelta(seconds=second)
    return Message(
        sid=sid_of(number),
        status=status or ("received" if inbound else "delivered"),
        direction="inbound" if inbound else "outbound-api",
        to=own if inbound else other,
        from_=other if inbound else own,
        body=body,
        account_sid=ACCOUNT,
        messaging_service_sid=service,
        error_code=code,
        date_created=moment,
        date_sent=moment,
    )


MESSAGES = st.builds(
    message,
    number=st.integers(0, 25),
    second=st.sampled_from([None, 1_000, 2_000, 2_001, 3_000, 3_001, 3_400, 3_700, 5_000]),
    other=st.sampled_from(OTHERS),
    own=st.sampled_from(OWN),
    inbound=st.booleans(),
    service=st.sampled_from([SERVICE, ""]),
)


@dataclass
class Plain:
    """An archive, and what it should say of people."""

    archives: list[Archive]
    marks: dict[str, int] = field(default_factory=dict[str, int])
    before: int = row_number(FIRST_USE + 1) - 1

    @property
    def rows(self) -> dict[int, Message]:
        rows = self.archives[0].list_rows()
        return {row: each for row, each in zip(rows, self.archives[0].read(rows), strict=True) if each is not None}

    def unread(self) -> dict[int, str]:
        """Row → whom it is from."""
        return {
            row: each.from_
            for row, each in self.rows.items()
            if each.inbound and each.from_ and row > self.marks[each.from_]
        }

    def told(self, archive: Archive, messages: list[Message]) -> None:
        change = archive.put(messages)
        rows = self.rows
        for each in rows.values():
            self.marks.setdefault(each.other_party, self.before)
        for before, row in change.rows.values():
            assert row is not None
            each = rows[row]
            late = self.before < row <= self.marks[each.other_party] <= row + LATE_SECONDS * PER_SECOND
            if each.inbound and before is None and late:
                self.marks[each.other_party] = row - 1

    def read(self, archive: Archive, number: str, row: int | None) -> None:
        archive.people.mark_read(number, row)
        for each, address in self.unread().items():
            if without_channel(address) == number and (row is None or each <= row):
                self.marks[address] = max(self.marks[address], each)

    def read_all(self, archive: Archive) -> None:
        archive.people.mark_all_read(START + 9_000)
        self.before = max(self.rows, default=0)
        self.marks = {address: max(mark, self.before) for address, mark in self.marks.items()}

    def pruned(self, archive: Archive, second: int) -> None:
        gone = False
        while archive.prune(START + second):
            gone = True
        if gone:
            # The number of an address that no message has is forgotten with it.
            kept = {side for each in self.rows.values() for side in (each.other_party, each.own_party)}
            self.marks = {address: mark for address, mark in self.marks.items() if address in kept}

    def compare(self, archive: Archive) -> None:
        rows, unread = self.rows, set(self.unread())
        assert archive.people.unread == len(unread)
        assert set(archive.find_rows(parse("is:unread"), ASKED)) == unread
        assert archive.matching(parse("is:unread"), ASKED, rows) == unread
        assert set(archive.find_rows(parse("-is:unread"), ASKED)) == set(rows) - unread
        assert archive.figures(parse("is:unread"), ALL, ASKED)[0].count == len(unread)
        threads: dict[str, list[int]] = {}
        for row, each in sorted(rows.items(), reverse=True):
            if each.other_party:
                threads.setdefault(without_channel(each.other_party), []).append(row)
        found = archive.people.conversations(3)
        while found and (more := archive.people.conversations(3, before=found[-1].row)):
            found += more
        assert [each.number for each in found] == list(threads)
        for each in found:
            thread = threads[each.number]
            assert list(archive.people.thread_rows(each.number)) == thread[::-1]
            assert archive.people.conversation(each.number) == each
            messages = [rows[row] for row in thread]
            answered = next((one for one in messages if one.inbound), messages[0])
            sent = next((one for one in messages if not one.inbound), None)
            assert (each.row, each.last) == (thread[0], messages[0])
            assert each.addresses == tuple(dict.fromkeys(one.other_party for one in messages))
            assert (each.own, each.to) == (answered.own_party, answered.other_party)
            assert each.unread == len(unread.intersection(thread))
            assert each.failed == (sent is not None and sent.status in PROBLEMS)
        problems = [each.number for each in found if any(rows[row].status in PROBLEMS for row in threads[each.number])]
        for few in (20_000, 1):
            # However many match.
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(conversations, "_FEW", few)
                told = archive.people.conversations(99, query=parse("is:problem"), asked=ASKED)
                assert [each.number for each in told] == problems
                told = archive.people.conversations(99, query=parse("is:unread"), asked=ASKED)
                assert [each.number for each in told] == [each.number for each in found if each.unread]
        newest = sorted(rows, reverse=True)
        sent_to = dict.fromkeys(rows[row].to for row in newest if not rows[row].inbound)
        came_from = dict.fromkeys(rows[row].from_ for row in newest if rows[row].inbound)
        recent = [each for each in (*sent_to, *(one for one in came_from if one not in sent_to)) if each]
        assert [address for address, _ in archive.people.recent_recipients(99)] == recent
        assert [address for address, _ in archive.people.recent_recipients(2)] == recent[:2]
        check(archive)


NUMBERS = tuple(dict.fromkeys(map(without_channel, OTHERS)))


def live(archives: list[Archive], data: st.DataObject, steps: int) -> None:
    """Whatever may happen, in any order, and in whichever of the windows."""
    plain = Plain(archives)
    for _ in range(steps):
        archive = data.draw(st.sampled_from(archives))
        match data.draw(st.integers(0, 9)):
            case 0 | 1 | 2 | 3:
                plain.told(archive, data.draw(st.lists(MESSAGES, min_size=1, max_size=6, unique_by=lambda m: m.sid)))
            case 4 | 5:
                known = list(plain.rows.values())
                if known:
                    one = data.draw(st.sampled_from(known))
                    status = data.draw(st.sampled_from(["failed", "delivered", "read", one.status]))
                    plain.told(archive, [replace(one, status=status, body=data.draw(st.sampled_from([one.body, ""])))])
            case 6:
                archive.remove([sid_of(data.draw(st.integers(0, 25)))])
            case 7 | 8:
                row = data.draw(st.none() | st.sampled_from(list(plain.rows) or [0]))
                plain.read(archive, data.draw(st.sampled_from(NUMBERS)), row)
            case _ if data.draw(st.booleans()):
                plain.read_all(archive)
            case _:
                plain.pruned(archive, data.draw(st.sampled_from([1_500, 2_500])))
    for archive in archives:
        plain.compare(archive)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 12))
def test_whatever_happens_people_and_what_is_unread_are_what_a_plain_look_says(data: st.DataObject, steps: int) -> None:
    with closing(Archive.open(None, clock=lambda: FIRST_USE)) as archive:
        live([archive], data, steps)


def test_two_windows_at_one_file_say_the_same(tmp_path: Path) -> None:
    number = 0

    @settings(max_examples=15, deadline=None)
    @given(st.data())
    def check_law(data: st.DataObject) -> None:
        nonlocal number
        number += 1
        path = tmp_path / f"{number}.sqlite3"
        opened = [Archive.open(path, clock=lambda: FIRST_USE) for _ in range(2)]
        with closing(opened[0]), closing(opened[1]):
            live(opened, data, 8)

    check_law()


# -- what is unread ---------------------------------------------------------------------------------------


@pytest.fixture
def archive() -> Archive:
    opened = Archive.open(None, clock=lambda: FIRST_USE)
    yield opened
    opened.close()


def test_it_is_read_up_to_what_was_seen_and_no_further(archive: Archive) -> None:
    archive.put([message(1, second=1_000), message(2), message(3), message(4, second=3_100)])
    assert archive.people.unread == 3
    rows = archive.people.thread_rows(OTHERS[0])
    # Two of one second.
    assert archive.people.mark_read(OTHERS[0], rows[1])
    assert archive.people.unread == 2
    assert not archive.people.mark_read(OTHERS[0], rows[1])
    assert archive.people.mark_read(OTHERS[1])
    assert archive.people.unread == 0


def test_whoever_has_half_characters_in_their_address_is_asked_for_as_anybody(archive: Archive) -> None:
    archive.put([message(1, other="rcs:\udc00\ud800", own="\ud83d"), message(2)])
    (last, *_) = [each for each in archive.people.conversations(9) if each.number != without_channel(OTHERS[0])]
    for number in (last.number, last.to, last.last.other_party):
        assert archive.people.conversation(number) == last
        assert len(archive.people.thread_rows(number)) == 1
        assert archive.people.standing(last.own, number).opted_out is None
        assert without_channel(number) == last.number
    assert archive.people.standing(last.own, last.to).last_inbound is not None
    assert archive.people.mark_read(last.to)


def test_what_comes_late_is_unread_with_what_came_after_it(archive: Archive) -> None:
    archive.put([message(1, second=3_000), message(2, second=3_010)])
    archive.people.mark_read(OTHERS[0])
    archive.put([message(3, second=3_005)])
    assert archive.people.unread == 2
    archive.people.mark_read(OTHERS[0])
    # From a gap that was loaded: it is long since history.
    archive.put([message(4, second=3_010 - LATE_SECONDS - 5)])
    assert archive.people.unread == 0
    # A status says nothing new.
    archive.put([message(3, second=3_005, status="read"), message(2, second=3_010, body="")])
    assert archive.people.unread == 0


def test_an_answer_hides_nothing_that_comes_late(archive: Archive) -> None:
    archive.put([message(1), message(2, second=5_000, inbound=False)])
    archive.people.mark_read(OTHERS[0])
    archive.put([message(3, second=4_900)])
    assert archive.people.unread == 1


def test_all_that_is_kept_was_read_whatever_this_machines_clock_says(archive: Archive) -> None:
    for now, first in ((0, 1), (START + 90_000, 10), (START + 10**8, 20)):
        archive.put([message(first, second=4_000 + first), message(first + 1, second=4_001 + first, other=OTHERS[2])])
        assert archive.people.unread == 2
        archive.people.mark_all_read(now)
        assert archive.people.unread == 0


def test_where_all_is_too_old_nobody_is_left_and_it_ends(archive: Archive) -> None:
    archive.put([message(1, second=None), message(2)])
    assert archive.prune(FIRST_USE + 9_000)
    assert archive.people.conversations(9) == []
    assert archive.people.unread == 0


# -- the file ---------------------------------------------------------------------------------------------


def as_before(path: Path) -> None:
    """Make of a file what an earlier version would have left."""
    with closing(sqlite3.connect(path)) as database:
        made = [re.match(r"\s*CREATE (TABLE|INDEX|TRIGGER) (\w+)", each) for each in TABLE_OF_OTHERS]
        for kind, name in sorted((each[1], each[2]) for each in made if each)[::-1]:
            database.execute(f"DROP {kind} IF EXISTS {name}")
        database.execute("DELETE FROM notes WHERE name = 'read until'")
        database.execute("INSERT INTO notes VALUES ('looked at until', '1790000000')")
        database.commit()


def test_a_file_of_an_earlier_version_keeps_its_messages_and_all_of_them_are_read(path: Path) -> None:
    messages = [message(n, second=1_000 + n, other=OTHERS[n % 6], inbound=n % 2 == 0) for n in range(24)]
    with closing(Archive.open(path, clock=lambda: START)) as archive:
        archive.put(messages, covered=Span(START, START + 9_000))
        told = archive.people.conversations(99)
        assert archive.people.unread == 12
    as_before(path)
    with closing(Archive.open(path, clock=lambda: FIRST_USE)) as archive:
        assert not archive.read_only
        assert archive.people.conversations(99) == [replace(each, unread=0) for each in told]
        archive.put([message(30, second=2_100), message(31, second=1_900)])
        assert archive.people.unread == 1
        assert archive.note("looked at until") == ""
        assert len(archive.list_rows()) == 26
        check(archive)


def test_a_file_of_an_earlier_version_is_waited_for_while_another_window_writes_to_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.storage.database.BUSY_SECONDS", 0.05)
    with closing(Archive.open(path)) as archive:
        archive.put([message(1)])
    as_before(path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveUnavailable, match="locked"):
            Archive.open(path, given_up=lambda: True)
        over = threading.Timer(0.3, holder.execute, ["COMMIT"])
        over.start()
        with closing(Archive.open(path)) as archive:
            over.join()
            assert len(archive.people.conversations(9)) == 1


def test_further_tables_are_made_without_a_file_elsewhere(path: Path) -> None:
    Archive.open(path).close()
    how = ("CREATE TABLE made AS SELECT temp_store FROM pragma_temp_store",)
    database, _ = open_database(path, replace(LAYOUT, later_tables={"made": how}))
    with closing(database):
        in_memory = 2
        assert database.execute("SELECT * FROM made").fetchall() == [(in_memory,)]


def test_what_an_earlier_version_writes_to_the_same_file_is_counted_as_well(path: Path) -> None:
    with closing(Archive.open(path, clock=lambda: FIRST_USE)) as archive:
        archive.put([message(1), message(2, second=3_050, inbound=False)])
        with closing(sqlite3.connect(path)) as database:
            # As it moves a message, and takes one away.
            row, *cells = database.execute("SELECT * FROM messages ORDER BY id LIMIT 1").fetchone()
            database.execute("DELETE FROM messages WHERE id = ?", (row,))
            database.execute(f"INSERT INTO messages VALUES ({','.join('?' * 20)})", (row + 100 * PER_SECOND, *cells))
            database.execute("DELETE FROM messages WHERE sid = ?", (bytes.fromhex("00"),))
            database.commit()
        assert archive.people.unread == 1
        (found,) = archive.people.conversations(9)
        assert found.row == row + 100 * PER_SECOND


def test_nothing_of_a_person_stays_in_any_file_once_their_messages_are_gone(path: Path) -> None:
    planted = "+12027770199"
    with closing(Archive.open(path, clock=lambda: FIRST_USE)) as archive:
        archive.put([message(n, other=OTHERS[2]) for n in range(50)])
        archive.put([message(60, other=planted, body="STOP"), message(61, other=f"whatsapp:{planted}")])
        archive.people.mark_read(planted)
        assert found_in(path.parent, [planted]) == {planted}
        archive.remove([sid_of(60), sid_of(61)])
        archive.scrub()
        assert archive.people.conversation(planted) is None
        assert not found_in(path.parent, [planted])
    check_file(path)
