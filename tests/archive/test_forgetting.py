"""What was removed or redacted is in no file afterwards: not its text, not its folded form, no address, no SID."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tests.archive.checking import check, check_file, found_in
from tests.archive.resources import BEGUN, resource, sid_of
from tests.cases import in_full
from tui.archive.archive_file import ArchiveFile
from tui.archive.coverage import Coverage, Span
from tui.archive.folding import fold
from tui.archive.store import REMOVED_SECONDS, Archive, forget
from tui.storage.files import lock
from tui.twilio.message import Message, read_message

START = int(BEGUN.timestamp())
WORDS = ["Xylophonquark-7731", "ZÄRTLICHKEIT-ß-0815", "शब्दकोश-गुप्त", "a" * 3000 + "Overflowpage-4711"]


def planted(number: int, word: str = "") -> Message:
    rng = random.Random(number)
    filler = " ".join("".join(rng.choices("abcdefghijklmnop", k=rng.randint(3, 9))) for _ in range(12))
    return read_message(resource(number, body=f"{filler} {word} {filler}", to=f"+4915{number:09}"))


def trigrams(word: str) -> set[str]:
    folded = fold(word)
    return {folded[place : place + 3] for place in range(len(folded) - 2)}


def leftover_trigrams(path: Path, words: list[str]) -> set[str]:
    """Trigrams that only these words have, and that a page of the index still has as a term."""
    database = sqlite3.connect(path)
    database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, texts, row)")
    terms = {term for (term,) in database.execute("SELECT term FROM temp.terms")}
    database.close()
    return terms & set[str]().union(*map(trigrams, words))


@pytest.mark.landing
@pytest.mark.parametrize("way", [in_full("removed"), in_full("redacted"), "pruned", "redacted, then removed"])
def test_a_planted_word_is_in_no_file_afterwards(open_archive: Callable[[], Archive], path: Path, way: str) -> None:
    archive = open_archive()
    for first in range(0, 2000, 100):
        archive.put(planted(n) for n in range(first, first + 100))
    numbers = range(1, 1 + len(WORDS))
    archive.put([planted(n, word) for n, word in zip(numbers, WORDS, strict=True)])
    everything = [*WORDS, *map(fold, WORDS)]
    assert found_in(path.parent, WORDS) == set(WORDS)
    if way.startswith("redacted"):
        archive.put([read_message(planted(n).raw | {"body": ""}) for n in numbers])
    if way.endswith("removed"):
        archive.remove([sid_of(n) for n in numbers])
    if way == "pruned":
        while archive.prune(START + 17 * (len(WORDS) + 1)):
            pass
    archive.scrub()
    assert not found_in(path.parent, everything)
    if way != "redacted":
        assert not found_in(path.parent, [f"+4915{n:09}" for n in numbers])
    if way == "pruned":
        # Of what Twilio no longer has the SID is remembered for a day.
        assert not any(bytes.fromhex(sid_of(n)[2:]) in path.read_bytes() for n in numbers)
    check(archive)
    archive.close()
    assert not found_in(path.parent, everything)
    left = {body for n in range(2000) if (body := planted(n).body)}
    alone = trigrams(" ".join(WORDS)) - set[str]().union(*map(trigrams, left))
    assert not leftover_trigrams(path, WORDS) & alone


@pytest.mark.landing
@pytest.mark.parametrize("seed", [*range(2), *(in_full(seed) for seed in range(2, 60))])
def test_whatever_is_removed_leaves_nothing_in_whatever_pages_it_had(
    open_archive: Callable[[], Archive], path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    archive = open_archive()
    kept, gone = dict[int, str](), set[str]()
    for _ in range(30):
        number = rng.randrange(100_000)
        new = {n: f"word{rng.getrandbits(60):016x}" for n in rng.sample(range(100_000), rng.choice([1, 40]))}
        archive.put(
            read_message(resource(n, body=f"{word} {'z' * rng.choice([5, 80, 400])}"))
            for n, word in new.items()
            if n not in kept
        )
        kept = new | kept
        for number in rng.sample(sorted(kept), min(len(kept) - 1, rng.choice([0, 1, 30]))):
            gone.add(kept.pop(number))
            if rng.random() < 0.5:
                archive.remove([sid_of(number)])
                # It may come again, as another message.
                archive._file.write(lambda database: database.execute("DELETE FROM removed"))
            else:
                archive.put([read_message(resource(number, body=""))])
                archive.remove([sid_of(number)])
                archive._file.write(lambda database: database.execute("DELETE FROM removed"))
    archive.scrub()
    gone -= set(kept.values())
    assert found_in(path.parent, kept.values()) == set(kept.values())
    assert not found_in(path.parent, gone)
    check(archive)


@pytest.mark.landing
@pytest.mark.parametrize("step", ["merge_index", "drop_unused", "ArchiveFile.write_anew"])
def test_a_scrub_that_is_stopped_stays_due(
    open_archive: Callable[[], Archive], path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    archive = open_archive()
    archive.put(planted(n) for n in range(3000))
    archive.put([planted(3000, WORDS[0])])
    archive.remove([sid_of(3000)])
    place = f"tui.archive.store.{step}"
    real = resolve_name(place)

    def stopped(*args: object, **options: object) -> object:
        archive.stop()
        return real(*args, **options)

    monkeypatch.setattr(place, stopped)
    archive.scrub()
    archive.close()
    monkeypatch.undo()
    again = open_archive()
    assert again.scrub_due
    check(again)
    again.scrub()
    assert not again.scrub_due
    assert not found_in(path.parent, [WORDS[0], fold(WORDS[0])])


@pytest.mark.landing
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed in /proc on Linux only")
def test_the_temporary_file_of_a_scrub_stays_in_the_private_folder(
    open_archive: Callable[[], Archive], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive()
    archive.put([planted(1)])
    archive._file.write(
        lambda database: database.executemany(
            "INSERT INTO notes VALUES (?, ?)", ((str(n), "x" * 1000) for n in range(20_000))
        )
    )
    archive.remove([sid_of(1)])
    temporary = set[Path]()

    def look(_: ArchiveFile) -> bool:
        for each in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                place = each.readlink()
                if "etilqs" in place.name:
                    temporary.add(place.parent)
        return False

    monkeypatch.setattr(ArchiveFile, "stopped", property(look, lambda *_: None), raising=False)
    archive.scrub()
    assert not archive.scrub_due
    assert temporary == {path.parent}


def test_what_was_pruned_in_whole_steps_is_cleaned_up_after_as_well(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    archive.put(planted(n) for n in range(10))
    while archive.prune(START + 17 * 4, most=2):
        pass
    assert archive.scrub_due


def test_a_scrub_takes_the_damaged_copies_too(open_archive: Callable[[], Archive], path: Path) -> None:
    archive = open_archive()
    archive.put([planted(1, WORDS[0])])
    archive.close()
    path.with_name(f"{path.name}.broken-20261128-101112").write_bytes(path.read_bytes())
    again = open_archive()
    again.remove([sid_of(1)])
    again.scrub()
    assert not found_in(path.parent, [WORDS[0], fold(WORDS[0])])


@pytest.mark.parametrize("scrubbed", ["ahead", "damaged", "days ago", "long ago"])
def test_what_was_pruned_is_cleaned_up_after_within_a_week_whatever_the_clock_said(
    open_archive: Callable[[], Archive], scrubbed: str
) -> None:
    now = int(time.time())
    noted = {"ahead": now + 10**8, "damaged": "?", "days ago": now - 86_400, "long ago": now - 10**7}[scrubbed]
    archive = open_archive()
    archive.put(planted(n) for n in range(10))
    archive.set_note("scrubbed", str(noted))
    archive.prune(START + 17 * 4)
    assert archive.scrub_due == (scrubbed != "days ago")


@pytest.mark.parametrize("seconds", [REMOVED_SECONDS, -2 * REMOVED_SECONDS])
def test_a_removal_is_forgotten_after_a_day_though_nothing_else_is_removed(
    open_archive: Callable[[], Archive], monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    archive, now = open_archive(), time.time()
    archive.put([planted(1)])
    archive.remove([sid_of(1)])
    archive.prune(0)
    assert not archive.put([planted(1)])
    monkeypatch.setattr("tui.archive.store.time.time", lambda: now + seconds + 60)
    archive.prune(0)
    assert archive.put([planted(1)])


# -- another window's file -------------------------------------------------------------------------------


def forget_and_begin_anew(path: Path) -> None:
    forget(path)
    with closing(Archive.open(path)) as new:
        new.put([planted(9)])


def replace_by_hand(path: Path) -> None:
    """With the log of the file that was there left behind."""
    other = path.with_name("other.sqlite3")
    with closing(Archive.open(other)) as new:
        new.put([planted(9)])
    other.replace(path)


WAYS: dict[str, Callable[[Path], object]] = {
    "forgotten": forget,
    "forgotten and begun anew": forget_and_begin_anew,
    "removed by hand, without its log": Path.unlink,
    "moved by hand": lambda path: path.rename(path.with_name("moved.sqlite3")),
    "removed with its folder": lambda path: shutil.rmtree(path.parent),
    "replaced by hand": replace_by_hand,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", ["read", "write", "clean up"])
def test_a_window_lets_go_of_a_file_that_was_taken_away_before_anything_else(
    open_archive: Callable[[], Archive], path: Path, way: str, first: str
) -> None:
    archive, third = open_archive(), open_archive()
    archive.put([planted(1), planted(2)], covered=Span(1, 9))
    archive.remove([sid_of(2)])
    assert third.find(sid_of(1)) is not None
    generation = archive.generation
    WAYS[way](path)
    there = {sid_of(9)} if way in ("forgotten and begun anew", "replaced by hand") else set[str]()
    if first == "read":
        assert archive.find(sid_of(1)) is None
    elif first == "write":
        archive.put([planted(3)])
        there.add(sid_of(3))
    else:
        archive.scrub()
    assert archive.generation != generation
    assert "kept again" in archive.notice
    assert archive.coverage == Coverage()
    third.put([planted(4)])
    there.add(sid_of(4))
    for each in (archive, third):
        check(each)
        assert {message.sid for message in each.read(each.list_rows()) if message} == there
        each.close()
    check_file(path)


USER = """
import random, sys
from pathlib import Path
from tests.archive.checking import check
from tests.archive.test_forgetting import planted, sid_of
from tui.archive.coverage import Span
from tui.archive.store import Archive

path, rng = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
archive = Archive.open(path)
for _ in range(int(sys.argv[3])):
    number = rng.randrange(10_000)
    match rng.choices(["put", "read", "remove", "scrub", "open"], [60, 20, 10, 5, 5])[0]:
        case "put":
            archive.put([planted(number + n) for n in range(20)], covered=Span(number, number + 5))
        case "read":
            archive.read(archive.list_rows(50))
        case "remove":
            archive.remove([sid_of(number)])
        case "scrub":
            archive.scrub()
        case _:
            archive.close()
            archive = Archive.open(path)
    assert "damaged" not in archive.notice, archive.notice
check(archive)
archive.close()
"""


@pytest.mark.long
def test_programs_whose_file_is_forgotten_again_and_again_meet_no_damage(path: Path) -> None:
    users = [subprocess.Popen([sys.executable, "-c", USER, str(path), str(seed), "400"]) for seed in range(3)]
    rng = random.Random(1)
    while any(user.poll() is None for user in users):
        if path.exists():
            forget(path)
        time.sleep(rng.uniform(0.02, 0.3))
    assert [user.wait() for user in users] == [0, 0, 0]
    assert not list(path.parent.glob("*.broken-*"))
    if path.exists():
        check_file(path)
    forget(path)
    assert list(path.parent.iterdir()) == []


def test_a_file_that_was_moved_by_hand_is_whole_where_it_is(open_archive: Callable[[], Archive], path: Path) -> None:
    archive = open_archive()
    archive.put(planted(n) for n in range(500))
    place = path.rename(path.with_name("moved.sqlite3"))
    archive.put([planted(1)])
    with closing(Archive.open(place)) as moved:
        assert len(moved.list_rows()) == 500
        check(moved)


def test_where_nothing_is_to_be_kept_any_more_no_file_is_made_again(path: Path) -> None:
    with closing(Archive.open(path, keeps=lambda: False)) as archive:
        archive.put([planted(1)])
        forget(path)
        archive.put([planted(2)])
        archive.remove([sid_of(2)])
        archive.scrub()
        archive.put([planted(3)])
        assert "Nothing is kept" in archive.notice
        assert [message and message.sid for message in archive.read(archive.list_rows())] == [sid_of(3)]
        assert list(path.parent.iterdir()) == []


def test_where_none_can_be_made_again_it_goes_on_in_memory_and_says_why(path: Path) -> None:
    with closing(Archive.open(path)) as archive:
        archive.put([planted(1)])
        forget(path)
        path.parent.rmdir()
        path.parent.write_bytes(b"")
        archive.put([planted(2)])
        assert "cannot be used" in archive.notice and "nothing is kept after this run" in archive.notice
        assert len(archive.list_rows()) == 1


def test_what_is_complete_by_pages_that_are_gone_is_not_complete(
    open_archive: Callable[[], Archive], path: Path
) -> None:
    archive = open_archive()
    archive.put([planted(1)])
    begun = archive.generation
    forget(path)
    archive.put([planted(2)], covered=Span(1, 9), generation=begun)
    assert archive.coverage == Coverage()
    archive.put([planted(3)], covered=Span(1, 9), generation=archive.generation)
    assert archive.coverage == Coverage((Span(1, 9),))


def test_forgetting_leaves_no_lock_file_but_that_of_a_load_that_runs(
    open_archive: Callable[[], Archive], path: Path
) -> None:
    open_archive().put([planted(1)])
    load = path.with_name(f"{path.name}.load")
    with lock(load):
        forget(path)
        assert [each.name for each in path.parent.iterdir()] == [f"{load.name}.lock"]
    forget(path)
    assert list(path.parent.iterdir()) == []


def test_an_archive_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive = Archive.open(None)
    archive.put([planted(1)])
    archive.remove([sid_of(1)])
    archive.scrub()
    archive.close()
    assert not list(tmp_path.iterdir())
