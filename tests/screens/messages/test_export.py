"""What is written is the original, in a form that other programs read back, whole or not at all."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import resource
import threading
import tracemalloc
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from tui.archive.query_parser import parse
from tui.screens.export_dialog import ExportProgress, ExportStopped, ExportUnderWay
from tui.screens.messages.export import COLUMNS, write
from tui.screens.messages.message_actions import ROWS_AT_ONCE, export_messages
from tui.screens.messages.screen import MessagesScreen
from tui.storage.records import guard
from tui.twilio.messages import Message, StatusReport, read_message, take_over
from tui.twilio.senders import AccountSenders, Sender, SenderKind
from tui.widgets.dialogs import Ask, Confirm

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


def written(folder: Path, *messages: Message, ending: str = ".csv", **options: object) -> str:
    path = folder / f"x{ending}"
    assert write(messages, path, replace=True, **options) == len(messages)  # pyright: ignore
    return path.read_bytes().decode("utf-8", "strict")


def cells(folder: Path, message: Message, **options: object) -> dict[str, str]:
    header, line = csv.reader(io.StringIO(written(folder, message, **options), newline=""), strict=True)
    assert tuple(header) == COLUMNS
    return dict(zip(header, line, strict=True))


@given(body=TEXTS, to=TEXTS, status=TEXTS)
def test_csv_reads_back_the_same_texts(folder: Path, body: str, to: str, status: str):
    row = cells(folder, read_message({"sid": "SM1", "body": body, "to": to, "status": status, "num_segments": "2"}))
    for name, text in (("body", body), ("to", to), ("status", status)):
        # One that begins as a formula does is guarded; a NUL is no text for most readers.
        assert row[name] == guard(text.replace("\0", "\u2400"))
    assert row["num_segments"] == "2"


@given(name=TEXTS)
def test_the_name_of_the_other_side_comes_last_and_is_no_formula(folder: Path, name: str):
    message = read_message({"sid": "SM1", "direction": "inbound", "from": "+14155550123", "to": "+14155550100"})
    names = {"+14155550123": name}
    assert cells(folder, message, name_of=names.get)["contact_name"] == guard(name.replace("\0", "\u2400"))
    assert COLUMNS[-1] == "contact_name"
    record = json.loads(written(folder, message, ending=".jsonl", name_of=names.get))
    assert record.pop("contact_name", "") == name
    assert record == message.raw


@given(body=TEXTS)
def test_json_lines_are_twilios_own_resource_with_fields_that_nobody_knows(folder: Path, body: str):
    raw = {"sid": "SM1", "body": body, "num_media": 0, "brand_new": {"a": [1]}}
    lines = written(folder, read_message(raw), ending=".jsonl").split("\n")
    assert json.loads(lines[0]) == raw
    assert lines[1:] == [""]


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_half_an_emoji_is_written_as_text_that_every_reader_takes(tmp_path: Path, ending: str):
    message = read_message({"sid": "SM1", "body": "cut \ud83d", "odd \udc4d": 1})
    assert "cut \ufffd" in written(tmp_path, message, ending=ending)


@pytest.mark.parametrize(
    ("zone", "created", "sent"),
    [
        (ZoneInfo("Europe/Berlin"), "2026-11-27T21:02:39+01:00", "2026-07-01T02:00:00+02:00"),
        (ZoneInfo("Asia/Kathmandu"), "2026-11-28T01:47:39+05:45", "2026-07-01T05:45:00+05:45"),
        (UTC, "2026-11-27T20:02:39+00:00", "2026-07-01T00:00:00+00:00"),
    ],
)
def test_times_are_local_and_say_their_offset(tmp_path: Path, zone, created: str, sent: str):
    message = read_message(
        {
            "sid": "SM1",
            "date_created": "Fri, 27 Nov 2026 20:02:39 +0000",
            "date_sent": "Wed, 01 Jul 2026 00:00:00 +0000",
        }
    )
    row = cells(tmp_path, message, zone=zone)
    assert (row["date_created"], row["date_sent"]) == (created, sent)
    assert cells(tmp_path, read_message({"sid": "SM1"}))["date_created"] == ""


def test_a_time_at_the_end_of_the_calendar_stays_in_utc(tmp_path: Path):
    message = Message("SM1", date_created=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    row = cells(tmp_path, message, zone=timezone(timedelta(hours=13)))
    assert row["date_created"] == "9999-12-31T23:59:00+00:00"


def test_a_code_is_explained_a_price_is_plain_and_own_numbers_have_their_names(tmp_path: Path):
    names = {"+14155550100": "On-call alerts", "MG1": "Marketing"}
    raw = {"sid": "SM1", "direction": "outbound-api", "from": "+14155550100", "to": "+14155550123"}
    row = cells(tmp_path, read_message({**raw, "error_code": 30007, "price": "-0.00001"}), names=names)
    assert (row["error_code"], row["price"], row["own_name"]) == ("30007", "-0.00001", "On-call alerts")
    assert "carrier" in row["error_meaning"].lower()
    row = cells(tmp_path, read_message({**raw, "from": None, "messaging_service_sid": "MG1"}), names=names)
    assert (row["own_name"], row["error_meaning"]) == ("Marketing", "")
    told = {**raw, "direction": "inbound", "error_code": 99999, "error_message": "New"}
    row = cells(tmp_path, read_message(told), names=names)
    assert (row["own_name"], row["error_meaning"]) == ("", "New")


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_what_a_webhook_told_is_written_as_the_list_shows_it(tmp_path: Path, ending: str):
    message = read_message({"sid": "SM1", "status": "sent", "error_code": None, "body": "Hi"})
    text = written(tmp_path, take_over(message, StatusReport("SM1", "undelivered", error_code=30003)), ending=ending)
    assert ("undelivered" in text, "30003" in text, "Hi" in text) == (True, True, True)


def test_a_resource_too_deep_to_be_kept_is_written_with_what_was_read_of_it(tmp_path: Path):
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"x": deep}
    text = written(tmp_path, read_message({"sid": "SM1", "body": "Hi", "x": deep}), ending=".jsonl")
    assert json.loads(text)["body"] == "Hi"


# -- the file ------------------------------------------------------------------------------------------


def many(count: int, body: str = "Hello") -> Iterator[Message]:
    for number in range(count):
        yield read_message({"sid": f"SM{number:032x}", "body": body, "status": "sent"})


def test_an_existing_file_is_left_alone_unless_told(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write([], path, replace=False)
    assert path.read_text() == "mine"
    write([], path, replace=True)
    assert path.read_text().startswith("sid")


@pytest.mark.parametrize("before", [None, 0o644, 0o666, 0o600])
def test_an_export_is_for_its_owner_only_also_in_the_place_of_a_file_that_others_could_read(
    tmp_path: Path, before: int | None
):
    path = tmp_path / "x.csv"
    if before is not None:
        path.write_text("an earlier export, and longer than the new one" * 100)
        path.chmod(before)
    write([], path, replace=before is not None)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().decode() == ",".join(COLUMNS) + "\r\n"


def test_a_link_that_is_replaced_goes_on_leading_to_the_file(tmp_path: Path):
    path, link = tmp_path / "x.csv", tmp_path / "link.csv"
    path.write_text("earlier")
    link.symlink_to(path)
    write([], link, replace=True)
    assert link.is_symlink()
    assert path.read_text().startswith("sid")


def test_a_disk_that_fills_up_half_way_leaves_the_older_file_and_nothing_beside_it(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("an earlier export")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            write(many(5_000), path, replace=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]
    assert path.read_text() == "an earlier export"


def test_one_that_is_stopped_leaves_the_older_file_and_nothing_beside_it(tmp_path: Path):
    path, progress = tmp_path / "x.csv", ExportProgress(5_000)
    path.write_text("an earlier export")

    def until_stopped() -> Iterator[Message]:
        for message in many(5_000):
            yield message
            progress.stopped = progress.done > 3_000
            progress.count(1)

    with pytest.raises(ExportStopped):
        write(until_stopped(), path, replace=True)
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]
    assert path.read_text() == "an earlier export"


@pytest.mark.landing
@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_long_export_takes_no_more_memory_than_a_short_one(tmp_path: Path, ending: str):
    peaks: list[int] = []
    for count in (200, 200, 8_000):
        tracemalloc.start()
        try:
            write(many(count, "x" * 1000), tmp_path / f"x{ending}", replace=True)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            # It would slow down every test that follows.
            tracemalloc.stop()
    assert peaks[2] < peaks[1] + 200_000


# -- out of the archive --------------------------------------------------------------------------------


class Kept:
    """An archive of so many messages, oldest first; reading may be held up, and `gone` are not there any more.

    A reading is held up for 45 seconds at most: the thread that waits for it would keep a loop from closing for ever.
    """

    def __init__(self, count: int) -> None:
        self.messages = list(many(count))
        self.gone: set[int] = set()
        self.asked: list[int] = []
        self.held = threading.Event()
        self.reading = threading.Event()
        self.held.set()

    async def find_rows(self, query: object) -> array[int]:
        return array("q", range(len(self.messages)))

    async def read(self, rows: array[int]) -> list[Message | None]:
        self.asked.append(len(rows))
        self.reading.set()
        async with asyncio.timeout(45):
            while not self.held.is_set():
                await asyncio.sleep(0.01)
        return [None if row in self.gone else self.messages[row] for row in rows]


async def ask(pilot, until, path: Path, kept: Kept, coverage: str = "All since 1 Sep.") -> str:
    """Ask for an export into this file; returns the question's words."""
    export_messages(pilot.app.screen, kept, partial(kept.find_rows, parse("")), coverage)  # pyright: ignore[reportArgumentType]
    await until(pilot, lambda: isinstance(pilot.app.screen, Ask) and pilot.app.screen.query(Input))
    words = str(pilot.app.screen.query_one(".words").content)
    pilot.app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")
    return words


async def test_all_that_match_are_written_newest_first_a_few_at_a_time(sandbox, run_app, until, text_of, tmp_path):
    kept, path = Kept(3 * ROWS_AT_ONCE + 7), tmp_path / "all.jsonl"
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        words = await ask(pilot, until, path, kept, "All since 1 Sep; L loads more.")
        assert words.startswith("1,507 messages match. All since 1 Sep; L loads more.")
        assert words.count("formula") == 1
        await until(pilot, lambda: "1,507 messages written to" in text_of(pilot))
        found = [json.loads(line)["sid"] for line in path.read_text().splitlines()]
        assert found == [message.sid for message in reversed(kept.messages)]
        assert max(kept.asked) <= ROWS_AT_ONCE


async def test_names_of_own_numbers_come_from_the_accounts_senders(sandbox, run_app, until, tmp_path):
    kept, path = Kept(1), tmp_path / "all.csv"
    kept.messages = [read_message({"sid": "SM1", "direction": "inbound", "to": "+14155550100"})]
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        offered = (Sender(SenderKind.NUMBER, "+14155550100", "On-call alerts"),)
        pilot.app.session.account.senders = AccountSenders(offered)
        await ask(pilot, until, path, kept)
        await until(pilot, path.exists)
        assert "On-call alerts" in path.read_text()


async def test_what_vanished_meanwhile_is_said(sandbox, run_app, until, text_of, tmp_path):
    kept, path = Kept(10), tmp_path / "all.csv"
    kept.gone = {3, 4}
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        await ask(pilot, until, path, kept)
        await until(pilot, lambda: "8 messages (2 more were" in text_of(pilot))


@pytest.mark.landing
async def test_an_archive_that_is_closed_meanwhile_leaves_no_half_of_a_file(sandbox, run_app, until, text_of, tmp_path):
    kept, path = Kept(3 * ROWS_AT_ONCE), tmp_path / "all.csv"
    # A closed archive knows no row any more.
    kept.gone = set(range(ROWS_AT_ONCE))
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        await ask(pilot, until, path, kept)
        await until(pilot, lambda: "The archive was closed" in text_of(pilot))
    assert [*tmp_path.glob("*all*")] == []


async def test_what_the_archive_in_use_keeps_is_written(sandbox, run_app, until, tmp_path):
    path = tmp_path / "all.jsonl"
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.archive is not None and pilot.app.session.archive.coverage)
        archive = pilot.app.session.archive
        rows = await archive.find_rows(parse("is:problem"))
        export_messages(pilot.app.screen, archive, partial(archive.find_rows, parse("is:problem")), "All since 1 Sep.")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask) and pilot.app.screen.query(Input))
        pilot.app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, path.exists)
        written = [json.loads(line) for line in path.read_text().splitlines()]
        assert [each["sid"] for each in written] == [m.sid for m in reversed(await archive.read(rows)) if m]
        assert written
        assert {each["status"] for each in written} <= {"failed", "undelivered"}


async def test_nothing_that_matches_is_nothing_to_export(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        export_messages(pilot.app.screen, Kept(0), partial(Kept(0).find_rows, parse("x")), "All since 1 Sep.")  # pyright: ignore
        await until(pilot, lambda: "No message matches" in text_of(pilot) and "1 Sep" in text_of(pilot))


@pytest.mark.landing
async def test_a_long_export_shows_how_far_it_is_and_escape_stops_it(sandbox, run_app, until, text_of, tmp_path):
    kept, path = Kept(2 * ROWS_AT_ONCE), tmp_path / "all.csv"
    path.write_text("an earlier export")
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        for stopped in (True, False):
            kept.held.clear()
            await ask(pilot, until, path, kept)
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, lambda: isinstance(pilot.app.screen, ExportUnderWay))
            await until(pilot, lambda: "0 of 1,000 (0 %)" in text_of(pilot))
            if stopped:
                await pilot.press("escape")
            kept.held.set()
            await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
            if stopped:
                await until(pilot, lambda: "Stopped." in text_of(pilot))
                assert path.read_text() == "an earlier export"
        await until(pilot, lambda: len(path.read_text().splitlines()) == 1001)
        assert [each.name for each in tmp_path.iterdir() if "all" in each.name] == ["all.csv"]


async def test_who_leaves_while_it_is_written_leaves_nothing_half(sandbox, run_app, until, tmp_path):
    kept, path = Kept(2 * ROWS_AT_ONCE), tmp_path / "all.csv"
    kept.held.clear()
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        await ask(pilot, until, path, kept)
        await until(pilot, kept.reading.is_set)
    assert not path.exists()


async def test_who_leaves_before_its_thread_comes_to_the_messages_has_none_of_them_read(
    sandbox, run_app, until, tmp_path, monkeypatch
):
    kept, path = Kept(2 * ROWS_AT_ONCE), tmp_path / "all.csv"
    begun, left, ended = threading.Event(), threading.Event(), threading.Event()

    def late(messages: Iterator[Message], *args: object, **options: object) -> int:
        begun.set()
        left.wait(45)
        try:
            return write(messages, *args, **options)  # pyright: ignore
        finally:
            ended.set()

    monkeypatch.setattr("tui.screens.messages.export.write", late)
    try:
        async with run_app(sandbox=sandbox) as pilot:
            await until(pilot, lambda: pilot.app.session.account is not None)
            await ask(pilot, until, path, kept)
            await until(pilot, begun.is_set)
    finally:
        left.set()
    await until(None, ended.is_set)
    assert kept.asked == []
    assert not path.exists()
