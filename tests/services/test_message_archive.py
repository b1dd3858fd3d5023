"""An account's archive with Twilio behind it: watched, loaded, offline, shared by two windows, and out of disk."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import sys
import threading
import time
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.archive.list_server import NOW, ListServer, dated
from tui.archive.archive_file import ArchiveFile
from tui.archive.coverage import Span
from tui.archive.layout import second_of
from tui.archive.periods import ALL
from tui.archive.query_parser import parse
from tui.archive.store import ArchiveChange, forget
from tui.archive.sync import DAY, LAG
from tui.services import message_archive
from tui.services.message_archive import MessageArchive
from tui.twilio.client import Client
from tui.twilio.errors import ApiError
from tui.twilio.messages import StatusReport, fetch, read_message

EVERYTHING = parse("")


class Desk:
    """A server, a client, and the archives that a test opens."""

    def __init__(self, server: ListServer, client: Client, path: Path) -> None:
        self.server, self.client, self.path = server, client, path
        self.changes: list[ArchiveChange | None] = []
        self.notices: list[str] = []
        self.statuses = 0
        self.failures: list[BaseException] = []
        self.archives: list[MessageArchive] = []

    def moved(self) -> None:
        self.statuses += 1

    async def open(self, *, memory: bool = False, **more: Any) -> MessageArchive:
        archive = MessageArchive(
            None if memory else self.path,
            clock=lambda: datetime.fromtimestamp(self.server.now, UTC),
            changed=self.changes.append,
            status_changed=self.moved,
            noticed=self.notices.append,
            failed=self.failures.append,
            **{"history": None, "pause": 0.02} | more,
        )
        self.archives.append(archive)
        await archive.open()
        return archive


@pytest.fixture
async def desk(tmp_path):
    async with ListServer() as server, Client(server.connection) as client:
        desk = Desk(server, client, tmp_path / "archive" / "one.sqlite3")
        yield desk
        for archive in desk.archives:
            await archive.close()
        assert desk.failures == []


async def sids(archive) -> set[str]:
    rows = await archive.find_rows(EVERYTHING)
    return {message.sid for message in await archive.read(rows) if message is not None}


async def claims_what_it_has(desk, archive) -> None:
    # Noticed by asking for anything.
    await sids(archive)
    spans = archive.coverage.spans
    known = await sids(archive)
    for span in spans:
        assert desk.server.within(span.first, span.last) <= known


async def begun(desk, until, **more):
    """An archive that has looked once."""
    archive = await desk.open(**more)
    archive.connect(desk.client)
    await until(None, lambda: archive.status.looked)
    return archive


# -- reading and keeping ----------------------------------------------------------------------------


async def test_it_answers_before_there_is_a_client_and_says_that_all_may_be_another(desk):
    archive = await desk.open()
    assert desk.changes == [None]
    assert len(await archive.find_rows(EVERYTHING)) == 0
    assert not archive.status.connected
    assert archive.more_below
    assert not await archive.older()
    assert archive.ask(parse("to:+14155550123")) is None


async def test_what_was_kept_is_there_at_the_next_start(desk, until):
    known = set(desk.server.add_many(NOW - 60 * n for n in range(1, 20)))
    archive = await begun(desk, until)
    await archive.close()
    again = await desk.open()
    assert await sids(again) == known
    assert again.coverage.spans == (Span(0, NOW - LAG),)
    assert not again.more_below


async def test_twilio_waits_until_what_is_kept_was_drawn(desk, until, monkeypatch):
    monkeypatch.setattr(message_archive, "LONGEST_DRAWING", 60.0)
    desk.server.add_many(NOW - 60 * n for n in range(1, 20))
    archive = await desk.open()
    await archive.drawn()
    archive.connect(desk.client)
    await until(None, lambda: archive.status.looked)
    await archive.close()
    again = await desk.open()
    drawn = asyncio.ensure_future(again.drawn())
    await sids(again)
    assert not drawn.done()
    again.note_drawn()
    await drawn


async def test_a_report_about_a_message_that_is_not_known_makes_no_message(desk, until):
    sid = desk.server.add(NOW - 60, status="sent")
    archive = await desk.open()
    report = StatusReport(sid, "delivered")
    await archive.put([report])
    assert await archive.find(sid) is None
    await archive.put([await fetch(desk.client, sid)])
    await archive.put([report])
    found = await archive.find(sid)
    assert found is not None
    assert (found.status, found.body) == ("delivered", desk.server.messages[sid]["body"])


async def test_a_redacted_text_and_a_deleted_message_are_in_no_file_when_that_returns(desk):
    word = "Ffarmwrpdgq"
    archive = await desk.open()
    sid = desk.server.add(NOW - 60, body=f"planted {word} here")
    other = desk.server.add(NOW - 50, body=f"another {word} here")
    messages = [read_message(stored) for stored in desk.server.messages.values()]
    await archive.put(messages)

    def written() -> bool:
        files = [file for file in desk.path.parent.iterdir() if file.is_file()]
        return any(word.encode() in file.read_bytes() for file in files)

    assert written()
    desk.server.change(sid, body="")
    await archive.put([await fetch(desk.client, sid)])
    await archive.remove([other])
    assert not written()
    assert await sids(archive) == {sid}


async def test_a_message_whose_status_changes_says_where_it_was_and_is(desk, until):
    sid = desk.server.add(NOW - 600, None, status="scheduled")
    archive = await begun(desk, until)
    desk.server.change(sid, status="sent", date_sent=dated(NOW - 10))
    desk.changes.clear()
    archive.look_now()
    await until(None, lambda: any(change and change.rows for change in desk.changes))
    rows = next(change.rows for change in desk.changes if change and change.rows)
    before, now = rows[sid]
    assert (second_of(before), second_of(now)) == (NOW - 600, NOW - 10)


# -- watching ---------------------------------------------------------------------------------------


async def test_while_it_is_shown_new_messages_come_by_themselves(desk, until):
    archive = await begun(desk, until)
    archive.shown = True
    sid = desk.server.add(desk.server.now + 5)
    desk.server.now += 10
    await until(None, lambda: any(change and sid in change.rows for change in desk.changes))


async def test_what_came_in_is_unread_until_that_person_is_read_over_restarts_too(desk, until):
    received = {"direction": "inbound", "status": "received", "to": "+14155550100"}
    numbers = {"one": "+12025550101", "other": "+12025550102", "earlier": "+12025550103"}

    async def unread(archive):
        rows = await archive.find_rows(parse("is:unread"))
        return {message.sid for message in await archive.read(rows) if message is not None}

    desk.server.add(NOW - 60, **received, **{"from": numbers["earlier"]})
    archive = await begun(desk, until)
    # What came in before the first use was read elsewhere.
    assert await unread(archive) == set()
    assert archive.status.unread == 0
    first = desk.server.add(NOW + 50, **received, **{"from": numbers["one"]})
    second = desk.server.add(NOW + 60, **received, **{"from": f"whatsapp:{numbers['one']}"})
    third = desk.server.add(NOW + 60, **received, **{"from": numbers["other"]})
    desk.server.now += 120
    archive.look_now()
    await until(None, lambda: archive.status.unread == 3)
    assert await unread(archive) == {first, second, third}
    rows = await archive.thread_rows(numbers["one"])
    (opened,) = await archive.read(rows[:1])
    await archive.mark_opened(opened)
    await until(None, lambda: archive.status.unread == 2)
    assert await unread(archive) == {second, third}
    await archive.close()
    again = await begun(desk, until)
    await until(None, lambda: again.status.unread == 2)
    assert (await again.figures(parse("is:unread"), ALL))[0].count == 2
    newest, *_ = found = await again.conversations(10)
    assert [each.number for each in found] == [numbers["other"], numbers["one"], numbers["earlier"]][:3]
    assert newest.own == "+14155550100"
    await again.mark_read(f"whatsapp:{numbers['one']}")
    assert await unread(again) == {third}
    await again.mark_all_read()
    await until(None, lambda: again.status.unread == 0)
    assert await unread(again) == set()


async def test_nothing_is_asked_while_nobody_looks_or_watching_is_off(desk, until):
    archive = await begun(desk, until)
    for shown, watching in ((False, True), (True, False)):
        archive.shown = shown
        archive.watch(watching)
        await asyncio.sleep(0.1)
        before = len(desk.server.asked)
        await asyncio.sleep(0.1)
        assert len(desk.server.asked) == before
    archive.look_now()
    assert archive.status.asking
    await until(None, lambda: not archive.status.asking)
    assert len(desk.server.asked) > before


async def test_without_an_answer_it_says_since_when_and_when_it_tries_again_and_then_goes_on(desk, until):
    archive = await begun(desk, until)
    archive.shown = True
    desk.server.failures = ["reset"] * 3
    await until(None, lambda: archive.status.next_try is not None)
    status = archive.status
    assert status.error is not None
    assert status.offline_since == datetime.fromtimestamp(desk.server.now, UTC)
    assert status.next_try > status.offline_since
    await until(None, lambda: archive.status.error is None)
    assert archive.status.offline_since is None
    assert archive.status.next_try is None


async def test_twilios_wish_to_wait_is_granted(desk, until):
    archive = await begun(desk, until)
    archive.shown = True
    desk.server.waits = 33
    desk.server.failures = [429]
    await until(None, lambda: archive.status.next_try is not None)
    assert isinstance(archive.status.error, ApiError)
    assert (archive.status.next_try - datetime.fromtimestamp(desk.server.now, UTC)).total_seconds() == 33
    archive.look_now()
    await until(None, lambda: archive.status.error is None)


async def test_a_failed_page_is_told_and_leaves_what_is_there(desk, until):
    desk.server.add_many(NOW - 60 * n for n in range(1, 200))
    archive = await begun(desk, until)
    before = await sids(archive)
    desk.server.failures = [500]
    assert not await archive.older()
    assert archive.status.error is not None
    assert await sids(archive) == before
    while await archive.older():
        pass
    assert archive.status.error is None
    assert await sids(archive) == set(desk.server.messages)
    assert not archive.more_below


async def test_a_gap_is_filled(desk, until):
    desk.server.add_many(NOW - 600 * n for n in range(1, 400))
    archive = await begun(desk, until)
    edge = archive.coverage.spans[0].first
    assert await archive.fill(Span(edge - DAY, edge - 1))
    assert archive.coverage.holds(Span(edge - DAY, edge))


async def test_twilio_searches_for_a_number_in_both_directions(desk, until):
    person = "+14155550123"
    wanted = {desk.server.add(NOW - 9 * DAY - 60 * n, to=person) for n in range(60)}
    wanted |= {desk.server.add(NOW - 8 * DAY - 60 * n, **{"from": person, "direction": "inbound"}) for n in range(60)}
    desk.server.add_many(NOW - 60 * n for n in range(1, 100))
    archive = await begun(desk, until)
    search = archive.ask(parse(f"with:{person}"))
    assert search is not None
    await search.rest()
    assert search.complete
    rows = await archive.find_rows(parse(f"with:{person}"))
    assert {message.sid for message in await archive.read(rows)} == wanted


# -- two windows, and the disk ----------------------------------------------------------------------


async def test_what_another_window_writes_is_noticed_at_the_next_look(desk, until):
    one = await begun(desk, until)
    two = await desk.open()
    one.shown = True
    await until(None, lambda: one.status.looked)
    desk.changes.clear()
    sid = desk.server.add(NOW - 40)
    desk.server.list_hides = {sid}
    await two.put([await fetch(desk.client, sid)])
    await until(None, lambda: None in desk.changes)
    assert sid in await sids(one)


async def test_what_it_writes_itself_is_nobody_elses(desk, until):
    archive = await begun(desk, until)
    archive.shown = True
    desk.changes.clear()
    for _ in range(5):
        desk.server.now += 10
        sid = desk.server.add(desk.server.now - 6)
        await until(None, lambda sid=sid: any(change and sid in change.rows for change in desk.changes))
    assert None not in desk.changes


FORGETTER = "import sys; from pathlib import Path; from tui.archive.store import forget; forget(Path(sys.argv[1]))"


async def forget_elsewhere(path: Path) -> None:
    """Forget what is kept, in another process."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", FORGETTER, str(path))
    assert await process.wait() == 0


@pytest.mark.parametrize("watched", [True, False])
async def test_what_another_program_forgot_is_let_go_of_and_said_once_and_kept_again(desk, until, watched):
    desk.server.add_many(NOW - 60 * n for n in range(1, 200))
    archive = await begun(desk, until)
    while await archive.older():
        pass
    archive.shown = True
    archive.watch(watched)
    desk.changes.clear()
    for times in (1, 2):
        await forget_elsewhere(desk.path)
        await until(None, lambda times=times: len(desk.notices) == times and None in desk.changes)
        assert "forgotten or moved" in desk.notices[-1]
        archive.look_now()
        await until(None, lambda: not archive.status.asking and bool(archive.coverage))
        # No more than the first page: what was forgotten is not read again by itself.
        assert 0 < len(await archive.list_rows()) < 100
        desk.changes.clear()
    await archive.close()
    again = await desk.open()
    assert again.coverage
    assert len(desk.notices) == 2


@pytest.mark.parametrize("days", [0, 7])
async def test_what_was_forgotten_elsewhere_is_kept_as_the_connection_says_by_then(desk, until, days):
    archive = await begun(desk, until, history=30, history_by_now=lambda: days)
    await forget_elsewhere(desk.path)
    await until(None, lambda: desk.notices)
    archive.look_now()
    await until(None, lambda: archive.coverage and not archive.status.asking)
    assert desk.path.exists() == (days > 0)
    assert archive.path == (desk.path if days else None)
    assert archive.history == (days or None)


async def test_a_load_of_what_was_forgotten_elsewhere_ends_and_says_so_and_claims_nothing(desk, until):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 20))
    archive = await begun(desk, until)
    days = 0

    def forget_midway(path: str) -> None:
        nonlocal days
        days += "DateSent=" in path
        if days == 8:
            days += 1
            forget(desk.path)

    desk.server.before = forget_midway
    archive.start_load(day(15))
    await until(None, lambda: archive.status.load and not archive.status.load.running)
    assert not archive.status.load.finished
    assert "not kept any more" in archive.status.load.trouble
    await claims_what_it_has(desk, archive)
    await archive.close()
    assert not list(desk.path.parent.glob("*.load.lock"))
    again = await begun(desk, until)
    assert again.status.load is None


@pytest.mark.parametrize("ask", ["look_now", "older", "fill"])
async def test_whenever_it_is_forgotten_elsewhere_nothing_is_called_complete_that_is_not(desk, until, ask):
    # Several to a second, so that what one page proves lies on the page before.
    desk.server.add_many(NOW - 10 * (n // 7) for n in range(400))
    desk.server.now += 60
    for page in (2, 3):
        desk.server.before = lambda _: None
        archive = await begun(desk, until)
        archive.watch(False)
        edge = archive.coverage.spans[0].first
        desk.server.now += 600
        desk.server.add_many(desk.server.now - 60 - 2 * (n // 7) for n in range(160))
        asked = len(desk.server.asked) + page

        def forget_between(_: str, asked: int = asked) -> None:
            if len(desk.server.asked) == asked:
                forget(desk.path)

        desk.server.before = forget_between
        if ask == "look_now":
            archive.look_now()
            await until(None, lambda archive=archive: not archive.status.asking)
        elif ask == "older":
            while await archive.older() and len(desk.server.asked) < asked:
                pass
        else:
            await archive.fill(Span(0, edge - 1))
        await claims_what_it_has(desk, archive)
        await archive.older()
        await claims_what_it_has(desk, archive)
        await archive.close()
        forget(desk.path)


async def test_a_file_that_is_none_of_ours_is_set_aside_with_a_sentence(desk, until):
    desk.path.parent.mkdir()
    desk.path.write_bytes(b"no database at all" * 100)
    archive = await desk.open()
    assert len(desk.notices) == 1
    archive.connect(desk.client)
    await until(None, lambda: archive.status.looked)
    assert archive.status.trouble == ""


async def test_a_folder_that_cannot_be_made_leaves_all_in_memory_with_a_sentence(desk, until):
    desk.path.parent.write_text("a file where the folder should be")
    sid = desk.server.add(NOW - 60)
    archive = await desk.open()
    (notice,) = desk.notices
    assert "nothing is kept after this run" in notice
    assert archive.path is None
    archive.connect(desk.client)
    await until(None, lambda: archive.status.looked)
    assert await sids(archive) == {sid}


async def test_a_lock_that_is_not_given_is_a_sentence_and_goes_away_with_it(desk, until, monkeypatch):
    monkeypatch.setattr("tui.storage.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("tui.archive.archive_file.PATIENCE_SECONDS", 0.0)
    archive = await desk.open()
    other = sqlite3.connect(desk.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    sid = desk.server.add(NOW - 60)
    await archive.put([await fetch(desk.client, sid)])
    assert archive.status.trouble
    assert await archive.find(sid) is None
    other.execute("ROLLBACK")
    other.close()
    archive.connect(desk.client)
    await until(None, lambda: archive.status.looked)
    assert archive.status.trouble == ""
    assert await archive.find(sid) is not None


async def test_another_window_that_writes_longer_than_the_lock_is_waited_for_is_waited_out(desk, until, monkeypatch):
    monkeypatch.setattr("tui.storage.database.BUSY_SECONDS", 0.01)
    archive = await desk.open()
    other = sqlite3.connect(desk.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused: list[object] = []
    monkeypatch.setattr("tui.archive.archive_file.time.sleep", refused.append)
    sid = desk.server.add(NOW - 60)
    keeping = asyncio.create_task(archive.put([await fetch(desk.client, sid)]))
    await until(None, lambda: len(refused) > 2)
    assert not keeping.done()
    other.execute("ROLLBACK")
    other.close()
    await keeping
    assert archive.status.trouble == ""
    assert await archive.find(sid) is not None


async def test_closing_waits_for_no_file_that_is_written_anew(desk, until, monkeypatch):
    desk.server.add(NOW - 60)
    archive = await begun(desk, until)
    archive.shown = True
    begun_anew = threading.Event()

    def write_anew(file: ArchiveFile) -> None:
        with file._lock:
            begun_anew.set()
            end = time.monotonic() + 20
            while not file.stopped and time.monotonic() < end:
                time.sleep(0.01)
            ended.append(file.stopped)

    ended: list[bool] = []
    monkeypatch.setattr(ArchiveFile, "write_anew", write_anew)
    removing = asyncio.create_task(archive.remove(await sids(archive)))
    await until(None, begun_anew.is_set)
    await archive.close()
    await removing
    assert ended == [True]


async def test_with_a_full_disk_it_says_so_claims_nothing_and_goes_on_when_there_is_room(desk, until):
    archive = await begun(desk, until)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    desk.server.now += 3600
    desk.server.add_many(NOW + 60 * n for n in range(1, 50))
    try:
        # The log may not grow beyond what it is.
        room = desk.path.with_name(f"{desk.path.name}-wal").stat().st_size + 4096
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        archive.look_now()
        await until(None, lambda: archive.status.trouble and not archive.status.asking)
        assert archive.coverage.newest == Span(0, NOW - LAG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    archive.look_now()
    await until(None, lambda: not archive.status.trouble)
    assert await sids(archive) == set(desk.server.messages)


async def test_a_file_that_is_damaged_meanwhile_is_begun_anew_with_a_sentence_and_filled_again(desk, until):
    desk.server.add_many(NOW - 60 * n for n in range(1, 300))
    archive = await begun(desk, until)
    while await archive.older():
        pass
    await archive.close()
    content = desk.path.read_bytes()
    archive = await desk.open()
    # The pages' contents, so that neither the header nor the tree of tables shows it.
    desk.path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    archive.connect(desk.client)
    await until(None, lambda: archive.status.looked)
    assert len(desk.notices) == 1
    assert "set aside" in desk.notices[0]
    while await archive.older():
        pass
    assert await sids(archive) == set(desk.server.messages)


async def test_messages_older_than_are_kept_go_at_the_start(desk, until):
    old = desk.server.add(NOW - 40 * DAY)
    new = desk.server.add(NOW - 4 * DAY)
    archive = await begun(desk, until)
    assert await sids(archive) == {old, new}
    await archive.close()
    again = await desk.open(history=30)
    await until(None, lambda: len([change for change in desk.changes if change and old in change.rows]) == 2)
    assert await sids(again) == {new}
    assert again.coverage.spans == (Span(NOW - 30 * DAY, NOW - LAG),)


async def test_what_becomes_too_old_while_it_is_open_goes_as_well(desk, until, monkeypatch):
    monkeypatch.setattr(message_archive, "TIDY_SECONDS", 0.02)
    old, new = desk.server.add(NOW - 29 * DAY), desk.server.add(NOW - 4 * DAY)
    archive = await begun(desk, until, history=30)
    assert await sids(archive) == {old, new}
    desk.server.now += 3 * DAY
    await until(None, lambda: archive.coverage.spans[0].first > NOW - 28 * DAY)
    assert await sids(archive) == {new}


# -- history ----------------------------------------------------------------------------------------


def day(number):
    return datetime.fromtimestamp(NOW - number * DAY, UTC).date()


async def test_history_is_loaded_and_how_far_it_is_is_told(desk, until):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 20))
    asker, told_with = ContextVar("asker", default=""), set()
    desk.moved = lambda: told_with.add(asker.get())
    archive = await begun(desk, until)
    asking = copy_context()
    asking.run(asker.set, "a screen")
    asking.run(archive.start_load, day(10))
    await until(None, lambda: archive.status.load and not archive.status.load.running)
    assert archive.status.load.finished
    # Whoever asked for it may be gone by then.
    assert told_with == {""}
    assert archive.coverage.holds(Span(NOW - NOW % DAY - 10 * DAY, NOW - LAG))


async def test_what_is_complete_is_read_again_where_that_is_asked_for(desk, until):
    known = desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 20))
    archive = await begun(desk, until)
    archive.start_load(day(10))
    await until(None, lambda: archive.status.load and archive.status.load.finished)
    gone = known[24 * 7]
    del desk.server.messages[gone]
    archive.start_load(day(10))
    await until(None, lambda: archive.status.load.finished and not archive.status.load.messages)
    assert gone in await sids(archive)
    archive.start_load(day(10), again=True)
    await until(None, lambda: archive.status.load.finished and archive.status.load.messages)
    assert gone not in await sids(archive)


async def test_what_was_not_finished_goes_on_at_the_next_start_and_what_was_stopped_does_not(desk, until):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 40))
    archive = await begun(desk, until)
    asked = len(desk.server.asked)
    stuck = asyncio.Event()
    desk.server.before = lambda _: stuck.set() if len(desk.server.asked) > asked + 8 else None
    archive.start_load(day(30))
    await stuck.wait()
    await archive.close()
    again = await begun(desk, until)
    await until(None, lambda: again.status.load and again.status.load.finished)
    again.start_load(None)
    again.stop_load()
    await until(None, lambda: not again.status.load.running)
    await again.close()
    last = await begun(desk, until)
    await asyncio.sleep(0.05)
    assert last.status.load is None


async def test_two_windows_do_not_load_at_once_and_the_other_goes_on_when_one_is_closed(desk, until):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 40))
    one = await begun(desk, until)
    two = await begun(desk, until)
    one.start_load(day(30))
    await until(None, lambda: one.status.load and one.status.load.days_done)
    two.start_load(day(30))
    await until(None, lambda: two.status.load is not None)
    if one.status.load.running:
        assert "Another window" in two.status.load.trouble
    await one.close()
    await until(None, lambda: two.status.load.finished or two.status.load.days_done == 31 or one.status.load.finished)
    two.start_load(day(30))
    await until(None, lambda: two.status.load.finished)
    first = NOW - NOW % DAY - 30 * DAY
    assert two.coverage.holds(Span(first, NOW - LAG))
    assert desk.server.within(first, NOW) <= await sids(two)


async def test_what_is_stopped_in_one_window_does_not_go_on_in_another(desk, until):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 40))
    one = await begun(desk, until)
    two = await begun(desk, until)
    desk.server.waits = 600
    desk.server.before = lambda path: desk.server.failures.append(429) if "DateSent=" in path else None
    one.start_load(day(30))
    await until(None, lambda: one.status.load and one.status.load.waiting_until)
    two.start_load(day(30))
    await until(None, lambda: two.status.load and "Another window" in two.status.load.trouble)
    one.stop_load()
    await until(None, lambda: not one.status.load.running)
    asked = len([path for path in desk.server.asked if "DateSent=" in path])
    await asyncio.sleep(0.2)
    assert len([path for path in desk.server.asked if "DateSent=" in path]) == asked
    assert not two.status.load.running


async def test_no_more_is_loaded_than_is_kept(desk, until):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 20))
    archive = await begun(desk, until, history=7)
    archive.start_load(None)
    assert archive.more_to_load
    await until(None, lambda: archive.status.load and archive.status.load.finished)
    assert archive.status.load.since == day(7)
    assert archive.more_below
    assert not archive.more_to_load


async def test_a_new_period_takes_the_place_of_the_one_that_is_loaded(desk, until):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 40))
    archive = await begun(desk, until, memory=True)
    archive.start_load(day(30))
    archive.start_load(day(3))
    await until(None, lambda: archive.status.load and archive.status.load.finished)
    assert archive.status.load.since == day(3)
