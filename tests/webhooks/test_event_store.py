"""What is kept: bounded, private, whole after a crash."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.words_in_files import another_reads, files_with
from tui.webhooks.errors import EventsUnavailable
from tui.webhooks.event_store import Bounds, EventStore
from tui.webhooks.events import EventKind, Forwarded, ForwardState, Verdict, WebhookEvent, WebhookReply

FORM = "application/x-www-form-urlencoded"
EVENT = WebhookEvent(
    received_at=datetime(2026, 3, 2, 12, 0, 0, 5, tzinfo=UTC),
    kind=EventKind.INBOUND,
    method="POST",
    target="/sms?a=1",
    url="https://h.example/sms?a=1",
    headers=(("Content-Type", FORM), ("X-A", "é"), ("x-a", "")),
    body=b"MessageSid=SM1&SmsStatus=received&Body=%F0%9F%99%82%FF",
    parameters=(("a", "1"), ("MessageSid", "SM1"), ("SmsStatus", "received"), ("Body", "🙂\ufffd")),
    verdict=Verdict.VERIFIED,
    accepted=True,
    reply=WebhookReply(200, "text/xml", b"<Response/>"),
)


ANSWER = Forwarded(
    "http://127.0.0.1:3000/sms",
    ForwardState.ANSWERED,
    200,
    0.5,
    relayed=True,
    headers=(("Content-Type", "text/xml"),),
    body=b"<Response>Quitte</Response>",
)


def count(store: EventStore, *, accepted: bool | None = None) -> int:
    """How many events are kept, of one sort or of both."""
    return sum(accepted in (None, event.accepted) for event in store.latest(100_000))


def numbered(n: int, **more: object) -> WebhookEvent:
    return replace(EVENT, parameters=(("MessageSid", f"SM{n}"),), **more)  # type: ignore[arg-type]


def test_an_event_comes_back_as_it_was_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state" / "webhooks.sqlite3"
    store = EventStore(path)
    kept = store.add(EVENT)
    store.close()
    again = EventStore(path)
    assert again.find(kept.id) == kept == replace(EVENT, id=kept.id)
    assert again.latest() == (kept,)
    again.close()


def test_files_and_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "webhooks.sqlite3"
    store = EventStore(path)
    store.add(EVENT)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert path.name in modes
    store.close()
    path.chmod(0o644)
    EventStore(path).open()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_oldest_give_way_and_rejected_ones_never_push_out_others() -> None:
    store = EventStore(None, bounds=Bounds(events=10, rejected_events=5))
    for n in range(25):
        store.add(numbered(n))
    for n in range(50):
        store.add(numbered(n, accepted=False, verdict=Verdict.REJECTED))
    assert (count(store, accepted=True), count(store, accepted=False), count(store)) == (10, 5, 15)
    assert [event.id for event in store.latest() if event.accepted] == list(range(25, 15, -1))
    store.close()


def test_bytes_are_bounded_too_and_one_event_always_stays() -> None:
    store = EventStore(None, bounds=Bounds(size=10_000))
    for n in range(40):
        store.add(numbered(n, body=b"x" * 1500))
    assert 1 < count(store) <= 6
    store.add(numbered(99, body=b"x" * 50_000))
    assert count(store) == 1
    store.close()


def test_a_bound_is_kept_between_two_instances_on_one_file(tmp_path: Path) -> None:
    path = tmp_path / "events"
    stores = [EventStore(path, bounds=Bounds(events=10)) for _ in range(2)]
    for n in range(40):
        stores[n % 2].add(numbered(n))
    assert count(stores[0]) <= 11
    assert stores[0].latest(1) == stores[1].latest(1)
    for store in stores:
        store.close()


def test_pages_follow_one_another() -> None:
    store = EventStore(None)
    for n in range(7):
        store.add(numbered(n))
    first = store.latest(3)
    second = store.latest(3, before=first[-1].id)
    assert [event.id for event in first + second] == [7, 6, 5, 4, 3, 2]
    store.clear()
    assert store.latest() == ()
    assert store.add(numbered(9)).id == 8
    store.close()


def test_repeats_of_repeats_point_at_the_first() -> None:
    store = EventStore(None)
    ids = [store.add(EVENT) for _ in range(3)]
    assert [event.duplicate_of for event in ids] == [None, ids[0].id, ids[0].id]
    store.close()


def test_a_forgery_neither_makes_the_true_event_a_copy_nor_is_one() -> None:
    store = EventStore(None)
    forged = replace(EVENT, accepted=False, verdict=Verdict.REJECTED)
    store.add(forged)
    true = store.add(EVENT)
    assert true.duplicate_of is None
    assert store.add(forged).duplicate_of is None
    assert store.add(EVENT).duplicate_of == true.id
    store.close()


def test_events_about_nothing_are_never_repeats() -> None:
    store = EventStore(None)
    bare = replace(EVENT, parameters=(), headers=())
    assert [store.add(bare).duplicate_of for _ in range(3)] == [None] * 3
    store.close()


def test_many_threads_may_add_at_once(tmp_path: Path) -> None:
    store = EventStore(tmp_path / "events")
    threads = [
        threading.Thread(target=lambda k=k: [store.add(numbered(k * 100 + n)) for n in range(10)]) for k in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(store) == 40
    store.close()


@pytest.mark.parametrize("contents", [b"not a database, but long enough to be looked at" * 50, "foreign"])
def test_a_file_that_is_not_ours_is_set_aside_unchanged(tmp_path: Path, contents: bytes | str) -> None:
    path = tmp_path / "events"
    if isinstance(contents, bytes):
        path.write_bytes(contents)
    else:
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE other (x)")
        database.close()
    before = path.read_bytes()
    store = EventStore(path)
    assert store.add(EVENT).id == 1
    assert "set aside" in store.notice
    aside = next(each for each in tmp_path.iterdir() if ".broken-" in each.name)
    assert aside.read_bytes() == before
    store.close()


def test_a_newer_versions_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "events"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    with pytest.raises(EventsUnavailable, match="newer"):
        EventStore(path).open()
    assert {each.name for each in tmp_path.iterdir()} == {"events", "events.lock"}
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EventsUnavailable) as caught:
        EventStore(tmp_path / "file" / "events").add(EVENT)
    assert str(tmp_path / "file") in caught.value.remedy


def test_a_lone_surrogate_does_not_make_an_event_unstorable() -> None:
    store = EventStore(None)
    kept = store.add(replace(EVENT, url="https://h/\ud800", diagnosis="\udfff", parameters=(("MessageSid", "\ud800"),)))
    assert store.find(kept.id) is not None
    store.close()


SID = f"SM{0xABC:032x}"


def test_what_came_of_forwarding_is_kept_and_the_reply_that_went_back(tmp_path: Path) -> None:
    store = EventStore(tmp_path / "events")
    waiting = store.add(replace(EVENT, forwarded=Forwarded("http://127.0.0.1:3000/sms")))
    assert waiting.being_forwarded
    answered = replace(waiting, forwarded=ANSWER, reply=WebhookReply(200, "text/xml", ANSWER.body))
    other = store.add(EVENT)
    assert store.add_all([answered, EVENT])[0] == answered
    store.close()
    again = EventStore(tmp_path / "events")
    assert again.find(waiting.id) == answered
    assert again.find(other.id) == other
    # What was pruned meanwhile does not come back.
    again.clear()
    again.add(answered)
    assert again.latest() == ()
    again.close()


def test_a_file_from_before_events_were_forwarded_is_read_and_written_on(tmp_path: Path) -> None:
    path = tmp_path / "events"
    before = EventStore(path)
    kept = before.add(EVENT)
    assert before._database is not None
    for column in ("forwarded", "forwarded_body"):
        before._database.execute(f"ALTER TABLE events DROP COLUMN {column}")
    before.close()
    store = EventStore(path)
    assert store.latest() == (kept,)
    answered = store.add(replace(kept, forwarded=ANSWER))
    assert store.latest() == (answered,)
    assert (store.notice, store.latest()[0].forwarded) == ("", ANSWER)
    store.close()


def test_answers_of_a_program_count_towards_the_bound_on_bytes() -> None:
    store = EventStore(None, bounds=Bounds(size=100_000))
    for n in range(20):
        kept = store.add(numbered(n))
        store.add(replace(kept, forwarded=replace(ANSWER, body=bytes(20_000))))
    assert count(store) == 4
    store.close()


@pytest.mark.parametrize("damage", ["", "[", "7"])
def test_what_a_program_answered_about_a_message_goes_with_its_words(tmp_path: Path, damage: str) -> None:
    store = EventStore(tmp_path / "events" / "events")
    report = replace(EVENT, body=f"MessageSid={SID}&MessageStatus=sent".encode(), kind=EventKind.STATUS)
    relayed = WebhookReply(200, "text/xml", ANSWER.body)
    ours = replace(ANSWER, relayed=False, status=302, problem="Your program redirects to /?said=Quitte")
    store.add_all(
        [
            replace(report, forwarded=ANSWER, reply=relayed),
            replace(report, forwarded=ours, reply=WebhookReply(200, "text/plain", b"kept")),
            replace(about("Zwetschge"), forwarded=ANSWER, reply=relayed),
        ]
    )
    if damage:
        assert store._database is not None
        store._database.execute("UPDATE events SET forwarded = ?", (damage,))
    assert store.forget_messages([SID]) == 1
    assert [event.forwarded.body for event in store.latest() if event.forwarded] == [b""] * (0 if damage == "[" else 2)
    assert [event.reply.status for event in store.latest()] == [200, 200]
    if not damage:
        assert [event.reply.body for event in store.latest()] == [b"kept", b""]
    assert files_with(tmp_path / "events", "Quitte") == []
    store.close()


def about(words: str, sid: str = SID, **more: object) -> WebhookEvent:
    return replace(EVENT, body=f"MessageSid={sid}&SmsStatus=received&Body={words}".encode(), **more)  # type: ignore[arg-type]


def test_an_event_of_another_message_stays_though_it_names_one_that_is_forgotten() -> None:
    store = EventStore(None)
    other = f"SM{8:032x}"
    store.add_all(
        [
            about(f"yes&OriginalRepliedMessageSid={SID}", other),
            about(f"What+is+{SID}?", other),
            about("late", other, kind=EventKind.STATUS, target=f"/status?of={SID}"),
            about("its+own"),
            about("its+own", SID.upper(), accepted=False),
            replace(EVENT, body=f"SmsSid={SID}&Body=its+own".encode(), kind=EventKind.STATUS),
            replace(EVENT, body=f'{{"data": ["{SID}"]}}'.encode(), kind=EventKind.OTHER),
        ]
    )
    assert store.forget_messages([SID]) == 4
    assert [event.parameter("MessageSid") for event in store.latest()] == [other] * 3
    store.close()


@pytest.mark.parametrize("way", ["forgotten", "cleared"])
def test_what_somebody_who_reads_was_in_the_way_of_is_told_and_overwritten_when_next_opened(
    tmp_path: Path, way: str
) -> None:
    path = tmp_path / "events" / "events"
    store = EventStore(path)
    store.add_all([about("Zwetschge"), EVENT])
    with another_reads(path, store._database):
        with pytest.raises(EventsUnavailable, match="another program reads it"):
            _ = store.forget_messages([SID]) if way == "forgotten" else store.clear()
        assert files_with(path.parent, "Zwetschge")
    # As after a kill: nobody closed the file.
    next_run = EventStore(path)
    assert len(next_run.latest()) == (way == "forgotten")
    assert files_with(path.parent, "Zwetschge") == []
    store.close()
    next_run.close()


CRASH = """
import asyncio, os, signal, sys
from pathlib import Path
from urllib.parse import urlencode
from tui.twilio.signature import sign
from tui.webhooks.verification import Tokens
from tui.webhooks.receiver import Receiver
from tui.webhooks.event_store import EventStore

async def main() -> None:
    receiver = Receiver(EventStore(Path(sys.argv[1])), tokens=Tokens("t"))
    listening = await receiver.start()
    for n in range(5):
        params = [("MessageSid", f"SM{n}"), ("Body", "x")]
        body = urlencode(params).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", listening.port)
        signature = sign("t", receiver.inbound_url, params)
        writer.write(
            f"POST /sms HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\n"
            f"X-Twilio-Signature: {signature}\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n".encode() + body
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "events"
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(path)], check=False, capture_output=True, env=dict(os.environ), timeout=40
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    store = EventStore(path)
    assert [event.sid for event in store.latest()] == ["SM4", "SM3", "SM2", "SM1", "SM0"]
    assert {event.verdict for event in store.latest()} == {Verdict.VERIFIED}
    store.close()
