"""Programs that save without end and are killed at a random instant; what they had been told is saved must be there.

Run as a script with the name of a store, a folder, how many rounds, and a seed; prints, for each round, what was
acknowledged, what was found by the next program, and what was left lying about. Every round is two real processes
that write the same file, forked from this one, which takes no time. How long they live is measured in saves, since a
disk may take a millisecond for one or a second.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tui.raw_request.form_text import RequestText
from tui.raw_request.history import PastRequest, RequestHistory
from tui.raw_request.saved_requests import SavedRequests
from tui.raw_request.saved_variables import SavedVariable, SavedVariables
from tui.storage.connections import Connection, load, save
from tui.storage.contacts import Contact, ContactsFile
from tui.storage.drafts import Drafts
from tui.storage.files import open_private
from tui.storage.price_lists import PriceFile
from tui.storage.query_history import QueryHistory
from tui.storage.views import SavedViews
from tui.twilio.numbers import SmsWebhook
from tui.webhooks.settings import ReceiverSettings, ReplacedWebhook, load_settings, save_settings

BULK = "x" * 3000
"""Enough for a write that takes a while."""

SAVES = 14
"""What a writer saves at most before it waits for its end: two of them stay below what every store keeps."""


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


def addresses(name: str) -> list[str]:
    """Numbers that are of this name alone."""
    first = name.encode().hex()[:8]
    return [f"+{int(first, 16)}{number:03d}" for number in range(40)]


def save_contacts(path: Path) -> Callable[[str], None]:
    contacts = ContactsFile(path)
    return lambda name: contacts.put([Contact(address, f"{name} {BULK[:70]}") for address in addresses(name)])


def find_contacts(path: Path) -> set[str]:
    read = ContactsFile(path).read()
    assert not read.problems
    found = {each.name.partition(" ")[0] for each in read.contacts}
    # All that was saved at once, or none of it.
    assert {each.address for each in read.contacts} == {each for name in found for each in addresses(name)}
    return found


def save_views(path: Path) -> Callable[[str], None]:
    views = SavedViews(path)
    return lambda name: views.put(name, f'"{BULK}"')


def find_views(path: Path) -> set[str]:
    read = SavedViews(path).read()
    assert not read.problems
    found = {each.name: each.query for each in read.views if not each.query.startswith(("is:", "since:", "status:"))}
    assert set(found.values()) <= {f'"{BULK}"'}
    return set(found)


def save_variables(path: Path) -> Callable[[str], None]:
    variables = SavedVariables(path)
    return lambda name: variables.put(name, "V", SavedVariable(BULK))


def find_variables(path: Path) -> set[str]:
    names = set(tomllib.loads(path.read_text()).get("variables", {})) if path.exists() else set[str]()
    assert all(SavedVariables(path).read(name) == {"V": SavedVariable(BULK)} for name in names)
    return names


def save_queries(path: Path) -> Callable[[str], None]:
    queries = QueryHistory(path)
    return lambda name: queries.add(name, BULK)


def find_queries(path: Path) -> set[str]:
    names = set(json.loads(path.read_bytes())["queries"]) if path.exists() else set[str]()
    assert all(QueryHistory(path).entries(name) == (BULK,) for name in names)
    return names


def save_prices(path: Path) -> Callable[[str], None]:
    prices = PriceFile(path)
    return lambda name: prices.put(name, "US", {"carrier": BULK})


def find_prices(path: Path) -> set[str]:
    names = set(json.loads(path.read_bytes())["prices"]) if path.exists() else set[str]()
    assert all(PriceFile(path).load(name) == {"US": {"carrier": BULK}} for name in names)
    return names


def save_receiver(path: Path) -> Callable[[str], None]:
    settings = ReceiverSettings()

    def put(name: str) -> None:
        before = SmsWebhook(f"https://me.example/{BULK}")
        save_settings(path, settings, [ReplacedWebhook("AC", name, "+1", before, "https://x.example")], before=settings)

    return put


def find_receiver(path: Path) -> set[str]:
    _, replaced = load_settings(path)
    assert all(each.before.url.endswith(BULK) for each in replaced)
    return {each.number_sid for each in replaced}


STORES = {
    "connections.toml": (save_connections, find_connections),
    "requests.toml": (save_requests, find_requests),
    "drafts.json": (save_drafts, find_drafts),
    "requests.jsonl": (save_history, find_history),
    "contacts.toml": (save_contacts, find_contacts),
    "views.toml": (save_views, find_views),
    "variables.toml": (save_variables, find_variables),
    "queries.json": (save_queries, find_queries),
    "prices.json": (save_prices, find_prices),
    "webhooks.toml": (save_receiver, find_receiver),
}


def start(put: Callable[[str], None], letter: str) -> tuple[int, int]:
    """A child that saves one thing after another and says so after each; its number and where it says so."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    try:
        for number in range(SAVES):
            put(f"{letter}{number}")
            os.write(write, b".")
        signal.pause()
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
    """Two writers in a folder, both killed before long, half the time not before one has saved; as `end` does."""
    with TemporaryDirectory() as elsewhere:
        longest = lifetime(begin(Path(elsewhere)))
    writers = {letter: start(begin(folder), letter) for letter in "ab"}
    if int(folder.name) % 2 == 0:
        select.select([read for _, read in writers.values()], [], [], 60)
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
