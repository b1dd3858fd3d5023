"""Two programs at one archive, killed at a random instant; what they had been told is done must be so for the next one.

Run as a script with a folder, how many rounds, and a seed; prints for each round how many deeds were begun and done, or
ends with a traceback where something does not hold. Each program puts days of messages, and in between empties texts,
removes, prunes and scrubs. They are forked from this process, which takes no time.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.archive.checking import check, check_file, found_in
from tests.archive.resources import resource, sid_of
from tui.archive.coverage import Span
from tui.archive.store import Archive
from tui.twilio.message import Message, read_message

DAY, A_DAY = 1000, 20
"""Seconds of a day, and messages in one."""

BEHIND = 12
"""Days that are kept."""

LONGEST = 0.35
"""Seconds that a program lives at most."""


def word(day: int, n: int) -> str:
    return f"plant{day:06}x{n:02}"


def sid(day: int, n: int) -> str:
    return sid_of(day * A_DAY + n)


def span(day: int) -> Span:
    return Span(day * DAY, day * DAY + DAY - 1)


def message(day: int, n: int, body: str | None = None) -> Message:
    told = read_message(resource(day * A_DAY + n, body=f"{word(day, n)} and more" if body is None else body))
    return replace(told, date_sent=datetime.fromtimestamp(day * DAY + 40 * n, UTC), date_updated=None)


def live(path: Path, days: Iterable[int], chance: random.Random, say: int) -> None:
    """Do one deed after another, saying before and after each what it is."""
    archive = Archive.open(path)

    def tell(when: str, deed: str, day: int, n: int = 0) -> None:
        os.write(say, json.dumps([when, deed, day, n]).encode() + b"\n")

    for day in days:
        tell("begun", "put", day)
        archive.put([message(day, n) for n in range(A_DAY)], covered=span(day))
        tell("done", "put", day)
        victims = chance.sample(range(A_DAY), 3)
        for n, deed in zip(victims, chance.choices(["empty", "remove", "none"], k=3), strict=True):
            if deed == "none":
                continue
            tell("begun", deed, day, n)
            if deed == "empty":
                archive.put([message(day, n, "")])
            else:
                archive.remove([sid(day, n)])
            tell("done", deed, day, n)
        if chance.random() < 0.2 and day > BEHIND:
            tell("begun", "prune", day - BEHIND)
            while archive.prune((day - BEHIND) * DAY, most=30):
                pass
            tell("done", "prune", day - BEHIND)
        if chance.random() < 0.2:
            archive.scrub()


def start(path: Path, days: Iterable[int], seed: int) -> tuple[int, int]:
    """A program of its own; its number and where it says what it does."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    try:
        live(path, days, random.Random(seed), write)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)
    return 0, 0


def play(path: Path, chance: random.Random, first: int) -> dict[str, int]:
    """One round: two programs, both killed, and what the next one finds."""
    writers = [start(path, range(first + parity, first + 2000, 2), chance.getrandbits(32)) for parity in (0, 1)]
    time.sleep(chance.uniform(0, LONGEST))
    deeds: dict[str, set[tuple[str, int, int]]] = {"begun": set(), "done": set()}
    for pid, read in writers:
        os.kill(pid, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(pid, 0)[1]), "a writer failed"
        for line in b"".join(iter(lambda read=read: os.read(read, 4096), b"")).splitlines():
            when, deed, day, n = json.loads(line)
            deeds[when].add((deed, day, n))
        os.close(read)
        time.sleep(chance.uniform(0, 0.003))
    begun, done = deeds["begun"], deeds["done"]
    archive = Archive.open(path)
    assert not archive.notice, archive.notice
    check(archive)
    coverage = archive.coverage
    pruned = max((day for deed, day, _ in begun if deed == "prune"), default=0)
    for deed, day, n in done:
        found = archive.find(sid(day, n))
        if deed == "put":
            assert day < pruned or coverage.holds(span(day)), f"day {day} is not covered"
        if deed == "empty":
            assert found is None or found.body == ""
        if deed == "remove":
            assert found is None
    last = max((day for deed, day, _ in begun if deed == "put"), default=first)
    for day in range(max(first - 50, 0), last + 2):
        if not coverage.holds(span(day)):
            assert coverage.span_at(day * DAY) is None and coverage.span_at(day * DAY + DAY - 1) is None
            continue
        for n in range(A_DAY) if day >= first else ():
            found = archive.find(sid(day, n))
            if found is None:
                assert ("remove", day, n) in begun, f"day {day} is called complete and lacks its {n}th message"
            elif ("empty", day, n) not in begun:
                assert found.body == f"{word(day, n)} and more"
    # The next program goes on as if nothing had been.
    archive.put([message(last + 2, n) for n in range(A_DAY)], covered=span(last + 2))
    archive.remove([sid(last + 2, 0)])
    archive.scrub()
    assert not archive.scrub_due
    check(archive)
    archive.close()
    check_file(path)
    gone = {word(day, n) for deed, day, n in done if deed in ("empty", "remove")}
    assert not found_in(path.parent, gone)
    return {"begun": len(begun), "done": len(done), "next": last + 3}


def main() -> None:
    place, rounds, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    path, first = Path(place) / "messages.sqlite3", 100
    for _ in range(int(rounds)):
        told = play(path, chance, first)
        first = told["next"]
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
