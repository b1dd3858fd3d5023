"""What the archive keeps, and in which order; coverage, removals and notes; two programs at one file."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.archive.checking import check
from tests.archive.resources import BEGUN, RESOURCES, resource, sid_of
from tui.archive import store
from tui.archive.coverage import Coverage, Span
from tui.archive.layout import PER_SECOND, row_number, second_of
from tui.archive.matching import Asked
from tui.archive.periods import ALL
from tui.archive.query import Query
from tui.archive.query_parser import parse
from tui.archive.store import Archive, ArchiveChange, forget
from tui.twilio.message import STATUSES, Message, StatusReport, read_message, take_over

ASKED = Asked(datetime(2026, 11, 28, tzinfo=UTC), UTC)
START = int(BEGUN.timestamp())


def listed(*numbers: int, **others: object) -> list[Message]:
    """These messages as Twilio lists them: newest first."""
    return [read_message(resource(n, **others)) for n in sorted(numbers, reverse=True)]


def all_of(archive: Archive) -> list[Message]:
    """Oldest first."""
    messages = archive.read(archive.find_rows(Query(), ASKED))
    assert None not in messages
    return [message for message in messages if message]


def test_what_was_put_is_found_and_read_whole(archive: Archive) -> None:
    change = archive.put(listed(*range(30), brand_new={"x": [1]}))
    assert set(change.rows) == {sid_of(n) for n in range(30)}
    assert all(before is None for before, _ in change.rows.values())
    assert [dict(message.raw) for message in all_of(archive)] == [resource(n, brand_new={"x": [1]}) for n in range(30)]
    found = archive.find(sid_of(7))
    assert found is not None and found.raw == resource(7, brand_new={"x": [1]})
    assert archive.find(sid_of(99)) is None
    check(archive)


def test_rows_are_read_in_the_order_they_were_asked_in(archive: Archive) -> None:
    archive.put(listed(*range(5)))
    rows = archive.find_rows(Query(), ASKED)
    asked = [rows[3], 12345, rows[0], rows[3]]
    assert [message and message.sid for message in archive.read(asked)] == [sid_of(3), None, sid_of(0), sid_of(3)]
    assert archive.read([]) == []
    assert list(archive.find_rows(Query(), ASKED, limit=2)) == list(rows[-2:])


def test_the_same_once_more_changes_nothing(archive: Archive) -> None:
    archive.put(listed(*range(5)), covered=Span(0, 100))
    assert not archive.put(listed(*range(5)), covered=Span(3, 90))
    assert not archive.put([])


STATES = st.lists(RESOURCES.map(lambda raw: raw | {"sid": sid_of(0)}).map(read_message), min_size=1, max_size=5)


def merge_as_they_came(states: list[Message], data: st.DataObject) -> None:
    archive = Archive.open(None)
    states = [data.draw(st.sampled_from([state, StatusReport(state.sid, state.status)])) for state in states]
    place = data.draw(st.integers(0, len(states)))
    archive.put(states[:place])
    for state in states[place:]:
        archive.put([state])
    merged = reduce(take_over, states)
    found = archive.find(sid_of(0))
    assert found == merged
    assert found is not None and dict(found.raw) == dict(merged.raw)
    assert len(all_of(archive)) == 1
    check(archive)
    archive.close()


@settings(max_examples=60, deadline=None)
@given(STATES, st.data())
def test_states_of_a_message_merge_as_they_came(states: list[Message], data: st.DataObject) -> None:
    merge_as_they_came(states, data)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=2_000, deadline=None)
@given(STATES, st.data())
def test_two_thousand_times_states_of_a_message_merge_as_they_came(states: list[Message], data: st.DataObject) -> None:
    merge_as_they_came(states, data)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["a", "bb", "ccc"])), max_size=30))
def test_the_rows_stand_in_the_order_of_time(news: list[tuple[int, int, str]]) -> None:
    archive, known = Archive.open(None), dict[str, Message]()
    for number, second, body in news:
        moment = BEGUN + timedelta(seconds=second)
        told = replace(listed(number)[0], date_sent=moment, date_updated=None, body=body)
        known[told.sid] = take_over(known[told.sid], told) if told.sid in known else told
        archive.put([told])
    rows = archive.find_rows(Query(), ASKED)
    messages = all_of(archive)
    assert [second_of(row) for row in rows] == [int(message.when.timestamp()) for message in messages if message.when]
    assert {message.sid: message for message in messages} == known
    check(archive)
    archive.close()


def test_within_a_second_the_first_of_a_list_is_the_newest(archive: Archive) -> None:
    page = [replace(message, date_sent=BEGUN) for message in listed(*range(10))]
    archive.put(page)
    assert all_of(archive) == page[::-1]


def test_a_message_whose_time_changes_moves(archive: Archive) -> None:
    archive.put(listed(1, 2))
    later = replace(listed(1)[0], date_sent=BEGUN + timedelta(days=1))
    change = archive.put([later])
    (before, now) = change.rows[later.sid]
    assert (before, now) == (row_number(START + 17), row_number(START + 86_400))
    assert [message.sid for message in all_of(archive)] == [sid_of(2), sid_of(1)]
    check(archive)


def test_more_messages_than_a_second_has_room_for_keep_their_order(archive: Archive) -> None:
    many = [replace(message, date_sent=BEGUN) for message in listed(*range(PER_SECOND + 50))]
    archive.put(many[:700])
    archive.put(many[700:])
    archive.put([replace(listed(5000)[0], date_sent=BEGUN + timedelta(seconds=1))])
    assert len(all_of(archive)) == PER_SECOND + 51
    change = archive.put([replace(message, status="read") for message in many])
    assert all(before == now for before, now in change.rows.values())


def test_a_message_without_a_time_or_from_before_1970_stands_first(archive: Archive) -> None:
    early = replace(listed(1)[0], date_sent=datetime(1969, 1, 1, tzinfo=UTC))
    archive.put([*listed(2), StatusReport(sid_of(3), "failed"), early])
    assert [message.sid for message in all_of(archive)][-1] == sid_of(2)
    assert archive.find(early.sid) == early


def test_a_report_of_an_unknown_message_makes_way_for_the_message(archive: Archive) -> None:
    archive.put([StatusReport(sid_of(1), "failed", error_code=30003, to="+1")])
    archive.put(listed(1, status="sent", error_code=None))
    found = archive.find(sid_of(1))
    assert found is not None
    assert (found.status, found.error_code, found.body) == ("failed", 30003, resource(1)["body"])
    check(archive)


@pytest.mark.parametrize("messages", [[Message("")], [Message("", body="x"), Message("", body="y")]])
def test_what_has_no_sid_is_passed_over(archive: Archive, messages: list[Message]) -> None:
    assert not archive.put(messages)
    assert all_of(archive) == []


# -- coverage ---------------------------------------------------------------------------------------------


def test_a_period_is_complete_together_with_its_messages(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    change = archive.put(listed(1), covered=Span(100, 200))
    assert change.coverage == archive.coverage == Coverage((Span(100, 200),))
    assert archive.put([], covered=Span(0, 50)).coverage == Coverage((Span(0, 50), Span(100, 200)))
    assert open_archive().coverage == archive.coverage

    def explode() -> Any:
        yield from listed(2)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        archive.put(explode(), covered=Span(60, 70))
    assert archive.coverage.span_at(60) is None
    assert archive.find(sid_of(2)) is None


def test_pruning_takes_the_oldest_and_what_is_said_of_them(archive: Archive) -> None:
    archive.put(listed(*range(100)), covered=Span(0, START + 5000))
    border = START + 17 * 60
    gone = dict[str, Any]()
    while change := archive.prune(border, most=25):
        gone |= change.rows
        assert len(change.rows) <= 25
        assert archive.coverage == Coverage((Span(border, START + 5000),))
    assert set(gone) == {sid_of(n) for n in range(60)}
    assert [message.sid for message in all_of(archive)] == [sid_of(n) for n in range(60, 100)]
    assert not archive.put(listed(*range(60, 100)))
    assert archive.put(listed(3)).rows  # What was pruned may come again.
    check(archive)


def test_numbers_beyond_all_reason_are_kept_and_never_too_large_to_add_up(archive: Archive) -> None:
    raws = [resource(n, num_segments=str(9 * 10**17), price=str(-9 * 10**12), price_unit="USD") for n in range(20)]
    archive.put(map(read_message, raws))
    assert [message.raw for message in all_of(archive)] == raws
    assert archive.figures(Query(), ALL, Asked(datetime.now(UTC), UTC))[0].count == 20


def test_many_messages_of_one_second_are_placed_in_a_time_that_grows_with_their_number(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.put([read_message({"sid": "a"})])
    asked: list[int] = []
    real = store._first_free
    monkeypatch.setattr(store, "_first_free", lambda *args: asked.append(1) or real(*args))
    archive.put(read_message({"sid": f"b{n}"}) for n in range(10 * PER_SECOND))
    assert len(asked) < 20
    assert len(set(archive.list_rows())) == 10 * PER_SECOND + 1


def test_a_period_is_held_with_these_messages(archive: Archive) -> None:
    archive.put(listed(*range(10)))
    span = Span(START + 17 * 2, START + 17 * 4)
    assert archive.held(span) == [(sid_of(n), row_number(START + 17 * n)) for n in (2, 3, 4)]
    assert len(archive.held(span, 2)) == 2


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, 20), st.sampled_from([*STATUSES, "", "lost", "Quarantined"])), st.integers(0, 20))
def test_what_may_still_change_is_known(statuses: dict[int, str], since: int) -> None:
    archive = Archive.open(None)
    archive.put([replace(listed(n)[0], status=status) for n, status in statuses.items()])
    wanted = [n for n in sorted(statuses) if n >= since and not Message("", statuses[n]).final]
    assert archive.unsettled(START + 17 * since) == [(sid_of(n), row_number(START + 17 * n)) for n in wanted]
    archive.close()


# -- removing ---------------------------------------------------------------------------------------------


def test_what_was_removed_does_not_come_back(archive: Archive) -> None:
    archive.put(listed(1, 2, 3))
    change = archive.remove([sid_of(2), sid_of(77)])
    assert change.rows == {sid_of(2): (row_number(START + 34), None)}
    archive.put(listed(1, 2, 3, 77))
    assert [message.sid for message in all_of(archive)] == [sid_of(1), sid_of(3)]
    assert not archive.remove([sid_of(2)])
    check(archive)


def test_a_removal_is_forgotten_when_no_answer_can_be_under_way_any_more(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.put(listed(1))
    now = 1_800_000_000.0
    monkeypatch.setattr("tui.archive.store.time.time", lambda: now)
    archive.remove([sid_of(1)])
    now += 25 * 3600
    archive.remove([sid_of(2)])
    assert archive.put(listed(1))


def test_a_scrub_is_due_after_a_removal_until_it_is_done(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    archive.put(listed(*range(10)))
    assert not archive.scrub_due
    archive.remove([sid_of(1)])
    assert archive.scrub_due and open_archive().scrub_due
    archive.scrub()
    assert not archive.scrub_due
    archive.put(listed(2, body=""))
    assert archive.scrub_due
    archive.scrub()
    archive.prune(START + 17 * 5)
    assert not open_archive().scrub_due
    check(archive)


def test_what_became_too_old_makes_a_scrub_due_once_a_week(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr("tui.archive.store.time.time", lambda: now)
    archive.put(listed(*range(10)))
    due: list[bool] = []
    for n in range(1, 10):
        archive.prune(START + 17 * n)
        due.append(archive.scrub_due)
        archive.scrub()
        now += 2 * 24 * 3600
    assert due == [True, False, False, False, True, False, False, False, True]
    assert not archive.prune(START + 17 * 9)


def test_notes_are_kept_and_forgotten(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    assert archive.note("asked") == ""
    archive.set_note("asked", "until \ud83d 9:00 \x00".replace("\ud83d", "–"))
    assert open_archive().note("asked") == "until – 9:00 \x00"
    archive.set_note("asked", "")
    assert archive.note("asked") == ""


# -- the file ---------------------------------------------------------------------------------------------


def test_the_file_is_its_owners_only(open_archive: Callable[[], Archive], path: Path) -> None:
    open_archive().put(listed(1))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}


def test_files_that_others_may_read_are_taken_from_them_again(open_archive: Callable[[], Archive], path: Path) -> None:
    open_archive().put(listed(1))
    files = [path.with_name(f"{path.name}{suffix}") for suffix in ("", "-wal", "-shm")]
    for each in files:
        each.chmod(0o644)
    open_archive()
    assert [stat.S_IMODE(each.stat().st_mode) for each in files] == [0o600] * 3


def test_two_windows_see_each_others_messages(open_archive: Callable[[], Archive]) -> None:
    one, other = open_archive(), open_archive()
    assert not one.changed_elsewhere()
    other.put(listed(1), covered=Span(1, 2))
    assert one.changed_elsewhere()
    assert not one.changed_elsewhere()
    assert not other.changed_elsewhere()
    assert one.find(sid_of(1)) is not None
    assert one.coverage == other.coverage
    one.remove([sid_of(1)])
    assert other.changed_elsewhere()
    one.scrub()
    assert not one.changed_elsewhere()
    assert not other.put(listed(1))


def test_numbers_of_addresses_hold_when_another_window_has_dropped_them(open_archive: Callable[[], Archive]) -> None:
    one, other = open_archive(), open_archive()
    one.put(listed(1, to="+49151", price_unit="EUR"))
    other.remove([sid_of(1)])
    other.scrub()
    other.put(listed(2, to="+33123", price_unit="GBP"))
    one.put(listed(3, to="+49151", price_unit="EUR"))
    found = other.find(sid_of(3))
    assert found is not None and found.raw == resource(3, to="+49151", price_unit="EUR")
    check(one)


def test_many_threads_read_while_one_writes(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    archive.put(listed(*range(50)))
    wrong: list[object] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            messages = all_of(archive)
            if len(messages) % 50 or len({message.body[:3] for message in messages}) != 1:
                wrong.append(messages)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for n in range(50, 1000, 50):
            archive.put(listed(*range(n, n + 50)))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert len(all_of(archive)) == 1000


def test_who_reads_waits_for_nobody_who_writes(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    archive.put(listed(1))
    inside, over = threading.Event(), threading.Event()

    def hold(database: object) -> None:
        inside.set()
        over.wait(30)

    writer = threading.Thread(target=archive._file.write, args=(hold,))
    writer.start()
    try:
        assert inside.wait(30)
        for _ in range(3):
            assert archive.find(sid_of(1)) is not None
            assert len(all_of(archive)) == 1
    finally:
        over.set()
        writer.join()


def test_all_that_one_look_asks_is_of_one_moment(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    archive.put(listed(*range(9)))
    first = all_of(archive)

    def look(database: sqlite3.Connection) -> list[object]:
        (newest,) = database.execute("SELECT max(last) FROM others").fetchone()
        # Meanwhile it has another row, for it was sent later.
        archive.put(listed(8, date_sent="Sun, 29 Nov 2026 09:00:00 +0000"))
        return database.execute("SELECT count(*) FROM messages WHERE id = ?", (newest,)).fetchone()

    assert archive._file.read(look) == (1,)
    assert all_of(archive)[-1] != first[-1]
    check(archive)


def test_two_windows_write_at_once(open_archive: Callable[[], Archive]) -> None:
    windows = [open_archive(), open_archive()]
    wrong: list[BaseException] = []

    def work(archive: Archive, first: int) -> None:
        try:
            for n in range(first, first + 200, 10):
                archive.put(listed(*range(n, n + 10), to=f"+4915{n}"), covered=Span(n * 17, n * 17 + 169))
                archive.remove([sid_of(n)])
        except BaseException as problem:
            wrong.append(problem)

    threads = [threading.Thread(target=work, args=(windows[n], 200 * n)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert {message.sid for message in all_of(windows[0])} == {sid_of(n) for n in range(400) if n % 10}
    assert windows[1].coverage == Coverage((Span(0, 400 * 17 - 1),))
    check(windows[0])


def test_what_is_asked_is_found(archive: Archive) -> None:
    archive.put([*listed(1, body="Ein Ärger"), *listed(2, status="failed", error_code=30003), *listed(3)])
    assert [m.sid for m in _found(archive, "arger")] == [sid_of(1)]
    assert [m.sid for m in _found(archive, "is:problem")] == [sid_of(2)]
    rows = archive.find_rows(Query(), ASKED)
    assert archive.matching(parse("is:problem"), ASKED, rows) == {rows[1]}
    assert archive.figures(Query(), ALL, ASKED)[0].count == 3


def test_a_search_reads_what_is_looked_at(archive: Archive) -> None:
    archive.put(listed(*range(1200)))
    found = archive.search("monday -1199", now=ASKED.now, zone=ASKED.zone)
    assert len(found) == 1199
    assert (found[0].sid, found[-1].sid, found[1:3][1].sid) == (sid_of(1198), sid_of(0), sid_of(1196))
    archive.remove([sid_of(1198), sid_of(5)])
    assert [message.sid for message in found] == [sid_of(n) for n in range(1197, -1, -1) if n != 5]
    with pytest.raises(LookupError):
        _ = found[0]
    with pytest.raises(IndexError):
        _ = found[5000]


def _found(archive: Archive, query: str) -> list[Message]:
    return [message for message in archive.read(archive.find_rows(parse(query), ASKED)) if message]


def test_an_index_made_with_another_unicode_is_made_anew(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    archive.put(listed(1, 2, 3))
    archive.set_note("folding", "1 4.1.0")
    archive._file.write(lambda database: database.execute("INSERT INTO texts (texts) VALUES ('delete-all')"))
    again = open_archive()
    again.remove([sid_of(2)])
    check(again)


def test_forgetting_removes_every_file(open_archive: Callable[[], Archive], path: Path) -> None:
    open_archive().put(listed(1))
    path.with_name(path.name + ".broken-20260101-000000").write_bytes(b"x")
    other = path.with_name("other.sqlite3")
    other.write_bytes(b"x")
    forget(path)
    assert {each.name for each in path.parent.iterdir()} <= {"other.sqlite3", path.name + ".lock"}
    forget(path)


def test_a_change_of_nothing_is_false() -> None:
    assert not ArchiveChange()
    assert ArchiveChange(coverage=Coverage())


def test_what_was_withdrawn_is_known_until_the_other_files_are_done(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    kept = [read_message(resource(number)) for number in range(4)]
    archive.put(kept)
    assert archive.withdrawn == {}
    one, two, three = (message.sid for message in kept[:3])
    archive.put([replace(kept[0], body=""), replace(kept[3], status="read")])
    archive.remove([two, three])
    archive.close()
    archive = open_archive()
    assert archive.withdrawn == {one: False, two: True, three: True}
    archive.settle_withdrawn({one: True, two: True})
    assert archive.withdrawn == {one: False, three: True}
    archive.settle_withdrawn({one: False, three: True})
    assert (archive.withdrawn, archive.note("withdrawn")) == ({}, "")
    archive.set_note("withdrawn", "[")
    assert archive.withdrawn == {}
