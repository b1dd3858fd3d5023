"""Programs that save without end and are killed at a random instant; what they had been told is saved must be there.

Run as a script with the name of a store, a folder, how many rounds, and a seed; prints, for each round, what was
acknowledged, what was found by the next program, and what was left lying about. Every round is two real processes
that write the same file, forked from this one, which takes no time. How long they live is measured in saves, since a
disk may take a millisecond for one or a second.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tui.raw_request.form_text import RequestText
from tui.raw_request.history import PastRequest, RequestHistory
from tui.raw_request.saved_requests import SavedRequests
from tui.storage.connections import Connection, load, save
from tui.storage.drafts import Drafts
from tui.storage.files import open_private

BULK = "x" * 3000
"""Enough for a write that takes a while."""


def save_connections(path: Path) -> Callable[[str], None]:
    def put(name: str) -> None:
        save(path, load(path).with_connection(Connection(name, "auth_token", "AC", auth_token=BULK)))

    return put


def find_connections(path: Path) -> set[str]:
    loaded = load(path)
    assert not loaded.problems
    assert all(each.auth_token and each.auth_token.reveal() == BULK for each in loaded.values())
    return set(loaded)


def save_requests(path: Path) -> Callable[[str], None]:
    requests = SavedRequests(path)
    return lambda name: requests.put(name, RequestText(body=BULK)) and None


def find_requests(path: Path) -> set[str]:
    requests = SavedRequests(path).read().requests
    assert all(each.body == BULK for each in requests.values())
    return set(requests)


def save_drafts(path: Path) -> Callable[[str], None]:
    drafts = Drafts(path)
    return lambda name: drafts.put(name, {"body": BULK})


def find_drafts(path: Path) -> set[str]:
    drafts = Drafts(path)
    found = set[str](json.loads(path.read_bytes())["drafts"]) if path.exists() else set[str]()
    assert drafts.notice is None
    assert all(drafts.get(name) == {"body": BULK} for name in found)
    return found


def save_history(path: Path) -> Callable[[str], None]:
    history = RequestHistory(path)
    return lambda name: history.add(PastRequest(datetime.now(UTC), name, RequestText(body=BULK))) and None


def find_history(path: Path) -> set[str]:
    entries = RequestHistory(path).entries()
    assert all(each.request.body == BULK for each in entries)
    return {each.connection for each in entries}


STORES = {
    "connections.toml": (save_connections, find_connections),
    "requests.toml": (save_requests, find_requests),
    "drafts.json": (save_drafts, find_drafts),
    "requests.jsonl": (save_history, find_history),
}


def start(put: Callable[[str], None], letter: str) -> tuple[int, int]:
    """A child that saves one thing after another and says so after each; its number and where it says so."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    try:
        for number in itertools.count():
            put(f"{letter}{number}")
            os.write(write, b".")
    finally:
        os._exit(1)
    return 0, 0


def end(writers: dict[str, tuple[int, int]], chance: random.Random) -> tuple[dict[str, int], bool]:
    """Kill them; how many saves each had been told of, and whether both were still at it."""
    acknowledged, killed = dict[str, int](), True
    for letter, (pid, read) in writers.items():
        os.kill(pid, signal.SIGKILL)
        killed &= os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        acknowledged[letter] = len(b"".join(iter(lambda read=read: os.read(read, 4096), b"")))
        os.close(read)
        time.sleep(chance.uniform(0, 0.003))
    return acknowledged, killed


def lifetime(put: Callable[[str], None]) -> float:
    """Seconds in which a few saves are done on this disk as it is now."""
    begun = time.perf_counter()
    put("before")
    return max(0.02, 3 * (time.perf_counter() - begun))


def kill_two(
    begin: Callable[[Path], Callable[[str], None]], folder: Path, chance: random.Random
) -> tuple[dict[str, int], bool]:
    """Two writers in a folder, both killed before long; returns what `end` does."""
    with TemporaryDirectory() as elsewhere:
        longest = lifetime(begin(Path(elsewhere)))
    writers = {letter: start(begin(folder), letter) for letter in "ab"}
    time.sleep(chance.uniform(0, longest))
    return end(writers, chance)


def play(store: str, folder: Path, chance: random.Random) -> dict[str, object]:
    """One round: two writers, both killed, and what the next program finds."""
    path = folder / store
    begin, find = STORES[store]
    acknowledged, killed = kill_two(lambda folder: begin(folder / store), folder, chance)
    found = find(path)
    # The next program saves as if nothing had been, and clears away.
    begin(path)("after")
    return {
        "acknowledged": acknowledged,
        "found": sorted(found),
        "after": sorted(find(path)),
        "killed": killed,
        "litter": sorted(each.name for each in folder.iterdir() if each.name.startswith(".")),
    }


def write_files(folder: Path, *, replace: bool) -> Callable[[str], None]:
    """Each save is a file of its own or, with `replace`, the same one anew: written bit by bit, as large ones are."""

    def put(name: str) -> None:
        with open_private(folder / ("same" if replace else name), replace=replace) as file:
            for piece in pieces(name):
                file.write(piece)

    return put


def pieces(name: str) -> list[bytes]:
    return [f"{name}\n".encode() * 4000] * 8


def play_files(folder: Path, chance: random.Random, *, replace: bool) -> dict[str, object]:
    """One round, as `play`, of files that a person asked for; what is found is the name that its contents are of."""
    acknowledged, killed = kill_two(partial(write_files, replace=replace), folder, chance)
    found: dict[str, str] = {}
    for each in folder.iterdir():
        if not each.name.startswith("."):
            content = each.read_bytes()
            name = content.partition(b"\n")[0].decode()
            found[each.name] = name if content == b"".join(pieces(name)) else "torn"
    left = [each for each in folder.iterdir() if each.name.startswith(".")]
    for each in left:
        os.utime(each, (0, 0))
    write_files(folder, replace=False)("after")
    return {
        "acknowledged": acknowledged,
        "found": found,
        "killed": killed,
        "left": len(left),
        "litter": [each.name for each in folder.iterdir() if each.name.startswith(".")],
    }


def main() -> None:
    store, place, rounds, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    for number in range(int(rounds)):
        folder = Path(place) / str(number)
        folder.mkdir()
        files = store in ("new files", "the same file")
        told = play_files(folder, chance, replace=store == "the same file") if files else play(store, folder, chance)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
