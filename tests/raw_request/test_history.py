"""The requests made by hand: what is kept, how much, for whom, and whatever becomes of the file."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.raw_request.form_text import RequestText
from tui.raw_request.history import (
    LARGEST_ANSWER,
    LARGEST_BODY,
    LARGEST_FILE,
    HistoryUnsaved,
    PastRequest,
    RequestHistory,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def past(number: int = 0, **changes) -> PastRequest:
    return replace(
        PastRequest(NOON + timedelta(seconds=number), "acme", RequestText(path=f"/{number}"), 200), **changes
    )


def paths_in(history: RequestHistory) -> list[str]:
    return [entry.request.path for entry in history.entries()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "requests.jsonl"


# -- what is kept ---------------------------------------------------------------------------------------


TEXT = st.text(max_size=15) | st.text(max_size=5).map(lambda text: text + "\ud83d\0\n\u2028")


@settings(max_examples=60)
@given(
    st.builds(
        PastRequest,
        at=st.datetimes(
            min_value=datetime(1990, 1, 1),
            max_value=datetime(2200, 1, 1),
            timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]),
        ),
        connection=TEXT,
        request=st.builds(RequestText, method=TEXT, path=TEXT, query=TEXT, body=TEXT, backoff=st.booleans()),
        status=st.none() | st.integers(100, 599),
        words=TEXT,
        elapsed=st.floats(0, 1e6),
        size=st.integers(0, 2**40),
        answer=st.none() | TEXT,
        values=st.dictionaries(TEXT, TEXT, max_size=2),
    )
)
def test_what_add_returns_is_what_another_run_reads(tmp_path_factory, one):
    path = tmp_path_factory.mktemp("history") / "requests.jsonl"
    kept = RequestHistory(path).add(one)
    assert RequestHistory(path).entries() == (kept,)
    assert kept == replace(one, elapsed=kept.elapsed)
    assert abs(kept.elapsed - one.elapsed) <= 0.0005


def test_a_request_is_kept_as_it_was_typed_with_what_its_variables_stood_for(path):
    typed = RequestText(path="/x/$last.sid.json", query='a="$text "\nb=$$c\n# $off=$nobody')
    values = {"last.sid": "SM1", "text": "$c\n"}
    RequestHistory(path).add(past(request=typed, values=values))
    (kept,) = RequestHistory(path).entries()
    assert (kept.request, kept.values) == (typed, values)
    assert kept.as_sent == replace(typed, path="/x/SM1.json", query='a="$$c\\n "\nb=$$c\n# $off=$nobody')
    assert replace(kept, values={}).as_sent == typed


def test_values_that_are_too_long_are_left_out_and_no_secret_is_kept(path):
    history = RequestHistory(path)
    long = history.add(past(values={str(number): "x" * 4000 for number in range(5)}))
    assert (long.values, long.body_dropped) == ({}, True)
    history.add(past(values={"x": "a hush b"}), lambda text: text.replace("hush", "•••"))
    assert "hush" not in path.read_text()


@pytest.mark.parametrize("on_disk", [True, False])
def test_one_request_is_forgotten_singly(path, on_disk):
    history = RequestHistory(path if on_disk else None)
    for number in range(3):
        history.add(past(number))
    if on_disk:
        path.write_bytes(path.read_bytes() + b"of another version\n")
    history.remove(history.entries()[1])
    history.remove(past(9))
    assert paths_in(history) == ["/2", "/0"]
    assert not on_disk or b"of another version" in path.read_bytes()


def test_entries_are_newest_first_also_where_the_clock_went_back(path):
    history = RequestHistory(path)
    for number in (1, 3, 2, 2):
        history.add(past(number))
    assert paths_in(history) == ["/3", "/2", "/2", "/1"]


@pytest.mark.parametrize("on_disk", [True, False])
def test_only_the_newest_are_kept(path, on_disk):
    history = RequestHistory(path if on_disk else None, kept=10)
    for number in range(45):
        history.add(past(number))
        assert len(history.entries()) == min(number + 1, 10)
    assert paths_in(history) == [f"/{number}" for number in range(44, 34, -1)]
    if on_disk:
        assert path.read_bytes().count(b"\n") <= 12


def test_five_hundred_are_kept_unless_told_otherwise(path):
    path.parent.mkdir()
    history = RequestHistory(path)
    history.add(past(0))
    line = path.read_bytes()
    path.write_bytes(line * 599)
    history.add(past(1))
    assert path.read_bytes().count(b"\n") == 600
    assert len(history.entries()) == 500
    history.add(past(2))
    assert path.read_bytes().count(b"\n") == 500
    assert paths_in(history)[:3] == ["/2", "/1", "/0"]


@pytest.mark.parametrize("name", ["path", "query", "headers", "body"])
def test_what_is_too_long_is_left_out_whole_and_that_is_said(path, name):
    history = RequestHistory(path)
    short = history.add(past(request=RequestText(**{name: "x" * LARGEST_BODY})))
    assert (len(getattr(short.request, name)), short.body_dropped) == (LARGEST_BODY, False)
    long = history.add(past(request=RequestText(**{name: "x" * (LARGEST_BODY + 1)})))
    assert (getattr(long.request, name), long.body_dropped) == ("", True)


def test_of_an_answer_the_beginning_is_kept(path):
    assert RequestHistory(path).add(past(answer="é" * 10**7)).answer == "é" * LARGEST_ANSWER
    assert RequestHistory(path).add(past()).answer is None


def test_large_entries_drop_the_oldest_and_the_file_stays_bounded(path):
    history = RequestHistory(path)
    for number in range(30):
        history.add(past(number, answer="👩" * LARGEST_ANSWER))
        assert path.stat().st_size <= LARGEST_FILE + 13 * LARGEST_ANSWER
    assert paths_in(history)[:3] == ["/29", "/28", "/27"]


# -- secrets --------------------------------------------------------------------------------------------

TOKEN = "5ecre7d00dfeedc0ffee5ecre7d00dfe"
KEY = "aPiKeySecretThatNobodyMaySeeOnDi"


def hide(text: str) -> str:
    return text.replace(TOKEN, "•••").replace(KEY, "•••")


def leaks(folder: Path, *secrets: str) -> list[str]:
    return [
        each.name
        for each in folder.rglob("*")
        if each.is_file() and any(secret.encode() in each.read_bytes() for secret in secrets)
    ]


BODIES = {
    "raw": f'{{"AuthToken": "{TOKEN}", "note": "{KEY}"}}',
    "raw, urlencoded": f"AuthToken={TOKEN}&Note={KEY}",
    "raw, multipart": f'--x\r\nContent-Disposition: form-data; name="Note"\r\n\r\n{TOKEN}{KEY}\r\n--x--',
    "form": f"Note={TOKEN}\n# Other={KEY}",
    "multipart": f"Note={TOKEN}\nFile=@/tmp/{KEY}",
    "none": TOKEN + KEY,
}


@pytest.mark.parametrize("kind", BODIES)
def test_known_credentials_reach_no_file_wherever_they_were_typed(path, kind):
    history = RequestHistory(path, kept=3)
    request = RequestText(
        method=TOKEN,
        path=f"https://{KEY}:{TOKEN}@api.twilio.com/{TOKEN}?x={KEY}",
        query=f"a={TOKEN}\n{KEY}={KEY}",
        headers=f"X-Note: {TOKEN}\n{KEY}: x",
        body_kind=kind.split(",")[0],
        body=BODIES[kind],
        timeout=TOKEN,
        retries=KEY,
        delay=TOKEN,
    )
    for number in range(6):
        history.add(past(number, request=request, words=f"refused {TOKEN}", answer=f'{{"x": "{KEY}"}}{TOKEN}'), hide)
    assert leaks(path.parent, TOKEN, KEY) == []
    assert TOKEN not in repr(history.entries())
    assert KEY not in repr(history.entries())


@pytest.mark.landing
def test_a_secret_at_the_edge_of_what_is_kept_is_not_kept_by_half(path):
    for at in (*range(LARGEST_ANSWER - 40, LARGEST_ANSWER + 1), *range(2 * LARGEST_ANSWER - 40, 2 * LARGEST_ANSWER)):
        for filler in ("x", f"{TOKEN} "):
            head = (filler * (at // len(filler))).ljust(at)
            kept = RequestHistory(None).add(past(answer=f"{head} {TOKEN}{'y' * LARGEST_ANSWER * 2}"), hide)
            assert kept.answer is not None
            assert TOKEN[:5] not in kept.answer


def test_secrets_are_taken_out_in_memory_as_well():
    history = RequestHistory(None)
    history.add(past(request=RequestText(body=TOKEN), words=TOKEN), hide)
    assert TOKEN not in repr(history.entries())


# -- the file -------------------------------------------------------------------------------------------


def test_only_its_owner_can_read_it_also_after_it_was_opened_to_others(path):
    umask = os.umask(0)
    try:
        history = RequestHistory(path, kept=5)
        for number in range(20):
            history.add(past(number))
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
            assert set(modes.values()) == {0o600}
            path.chmod(0o666)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_line_torn_by_a_crash_costs_itself_only(path):
    history = RequestHistory(path)
    history.add(past(1))
    with path.open("ab") as file:
        file.write(b'{"at": "2026-03-02T12:00')
    history.add(past(2))
    assert paths_in(history) == ["/2", "/1"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"5",
        b"[]",
        b"{}",
        b'{"at": 5, "request": {}}',
        b'{"at": "yesterday", "request": {}}',
        b'{"at": "9999-12-31T23:59:59-14:00", "request": {}}',
        b'{"at": "0001-01-01", "request": {}}',
        b'{"at": "2026-03-02", "request": []}',
        b'{"at": "2026-03-02", "request": {}, "elapsed": 1' + b"0" * 5000 + b"}",
        b"[" * 10**5,
        b"\0" * 100,
    ],
)
def test_a_line_nobody_can_read_is_passed_over(path, line):
    history = RequestHistory(path)
    history.add(past(1))
    with path.open("ab") as file:
        file.write(line + b"\n")
    history.add(past(2))
    assert paths_in(history) == ["/2", "/1"]


@pytest.mark.parametrize("size", ["1e999", "NaN", "-Infinity", "1" + "0" * 400, '"many"', "null", "true"])
def test_numbers_that_nobody_measured_read_as_none(path, size):
    path.parent.mkdir()
    line = '{"at":"2026-03-02T12:00:00+00:00","request":{},"size":SIZE,"elapsed":SIZE,"status":SIZE,"newer":1}'
    path.write_text(line.replace("SIZE", size) + "\n")
    (entry,) = RequestHistory(path).entries()
    assert (entry.size, entry.elapsed, entry.status) == (0, 0.0, None)


def test_what_a_newer_version_adds_to_a_line_survives_the_dropping_of_old_ones(path):
    history = RequestHistory(path, kept=5)
    history.add(past(0))
    line = json.loads(path.read_text()) | {"weather": "fine"}
    path.write_text(json.dumps(line) + "\n")
    for number in range(1, 5):
        history.add(past(number))
    path.write_bytes(b"{}\n" * 5 + path.read_bytes())
    before = path.read_bytes()
    history.add(past(5))
    assert path.read_bytes() != before
    assert len(path.read_bytes().splitlines()) == 5
    path.write_bytes(json.dumps(line).encode() + b"\n" + path.read_bytes())
    history.add(past(6))
    assert len(path.read_bytes().splitlines()) == 5


@pytest.mark.parametrize("target", ["a file", "nothing", "a pipe"])
def test_a_link_in_its_place_is_neither_written_nor_read(path, tmp_path, target):
    path.parent.mkdir()
    victim = tmp_path / "victim"
    if target == "a file":
        RequestHistory(victim).add(past(7))
    elif target == "a pipe":
        os.mkfifo(victim)
    path.symlink_to(victim)
    before = victim.read_bytes() if target == "a file" else None
    history = RequestHistory(path)
    assert history.entries() == ()
    with pytest.raises(HistoryUnsaved) as caught:
        history.add(past(1))
    assert caught.value.remedy
    assert paths_in(history) == ["/1"]
    assert victim.exists() is (target != "nothing")
    assert before is None or victim.read_bytes() == before
    history.forget()
    assert history.entries() == ()
    assert (victim.exists(), path.is_symlink()) == (target != "nothing", False)


def test_a_revision_changes_what_it_is_told_to_and_drops_what_nobody_can_read(path):
    history = RequestHistory(path)
    for number in range(4):
        history.add(past(number, answer="secret"))
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*whole[:2], whole[2][:60], b"\n", *whole[3:]]))
    history.revise(lambda each: None if each.request.path == "/0" else each if "/1" in each.request.path else past(9))
    assert path.read_bytes() == whole[1] + path.read_bytes().splitlines(keepends=True)[1]
    assert [entry.answer for entry in history.entries()] == [None, "secret"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    history.revise(lambda _: None)
    assert (path.read_bytes(), history.entries()) == (b"", ())


def test_a_revision_that_changes_nothing_does_not_touch_the_file(path):
    history = RequestHistory(path)
    history.revise(lambda _: None)
    assert not path.parent.exists()
    history.add(past(1))
    before = path.stat()
    history.revise(lambda each: each)
    assert path.stat() == before


@pytest.mark.parametrize("place", ["a folder", "a link"])
def test_a_revision_says_that_it_could_not_read(path, place):
    path.parent.mkdir()
    (path.mkdir if place == "a folder" else lambda: path.symlink_to("elsewhere"))()
    with pytest.raises(OSError, match=r"irectory|links|regular"):
        RequestHistory(path).revise(lambda _: None)


def test_a_pipe_in_its_place_holds_nobody_up(path):
    path.parent.mkdir()
    os.mkfifo(path)
    history = RequestHistory(path)
    assert history.entries() == ()
    with pytest.raises(HistoryUnsaved):
        history.add(past(1))
    assert paths_in(history) == ["/1"]


def test_where_nothing_can_be_written_it_is_remembered_until_the_end(tmp_path):
    (tmp_path / "file").touch()
    history = RequestHistory(tmp_path / "file" / "requests.jsonl", kept=2)
    for number in range(4):
        with pytest.raises(HistoryUnsaved, match="not saved"):
            history.add(past(number))
    assert paths_in(history) == ["/3", "/2"]
    assert RequestHistory(tmp_path / "file" / "requests.jsonl").entries() == ()


def test_a_full_disk_leaves_what_was_there_and_says_so(path):
    history = RequestHistory(path)
    history.add(past(1))
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, hard))
    try:
        with pytest.raises(HistoryUnsaved, match="too large"):
            history.add(past(2))
        # A write that fits in part is told as a success by the system.
        assert path.read_bytes() == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    history.add(past(3))
    assert paths_in(history) == ["/3", "/2", "/1"]
    assert paths_in(RequestHistory(path)) == ["/3", "/1"]


def test_forgetting_leaves_nothing_on_disk(path):
    history = RequestHistory(path)
    history.forget()
    assert not path.parent.exists()
    history.add(past(1, words="remember me"))
    history.forget()
    assert history.entries() == RequestHistory(path).entries() == ()
    assert leaks(path.parent, "remember me") == []
    history.add(past(2))
    assert paths_in(history) == ["/2"]


# -- several at once ------------------------------------------------------------------------------------

WRITER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from tui.raw_request.history import RequestHistory, PastRequest
from tui.raw_request.form_text import RequestText
path, letter = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
for number in range(30):
    RequestHistory(path, kept=100).add(PastRequest(datetime.now(UTC), "x", RequestText(path=f"{letter}{number}",
    body="x" * 5000)))
"""


def test_two_programs_adding_at_once_lose_nothing_while_old_lines_are_dropped(path):
    path.parent.mkdir()
    old = RequestHistory(path)
    old.add(past(0))
    path.write_bytes(path.read_bytes() * 110)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, letter], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for letter in "ab"
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    assert [writer.communicate()[1] for writer in writers] == [b"", b""]
    kept = set(paths_in(RequestHistory(path)))
    assert kept >= {f"{letter}{number}" for letter in "ab" for number in range(30)}
    assert not list(path.parent.glob(".*"))


@pytest.mark.parametrize("shared", [True, False])
def test_threads_adding_at_once_lose_nothing(path, shared):
    one = RequestHistory(path)
    troubles: list[BaseException] = []

    def add(letter: str) -> None:
        history = one if shared else RequestHistory(path)
        try:
            for number in range(15):
                history.add(past(number, request=RequestText(path=f"{letter}{number}")))
        except BaseException as problem:
            troubles.append(problem)

    threads = [threading.Thread(target=add, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert sorted(paths_in(one)) == sorted(f"{letter}{number}" for letter in "abc" for number in range(15))
