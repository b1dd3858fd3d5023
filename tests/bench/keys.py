"""What one key costs: milliseconds to the first bytes of the answer and to the end of its first burst, and bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.driving import Driven, Sample
from tests.bench.figures import Table, median, p95
from tests.bench.kept import NEWEST, Kept
from tests.bench.programs import READY, Programs

NOTICE_SECONDS = 12.0
"""After which no notice of a start stands there any more."""

PLACES = {"Messages": "f2", "Compose": "f3", "Console": "f5", "Connections": "alt+o"}

IN_A_LIST = {
    "one row": ("down",) * 5,
    "one page": ("pagedown",) * 3,
    "to the end": ("end",),
    "a page up": ("pageup",) * 2,
    "to the top": ("home",),
}


def measure_keys(programs: Programs, rounds: int) -> Table:
    """Every action, again and again in one run of the program."""
    found: dict[str, list[Sample]] = defaultdict(list)
    with programs.account(500) as full, programs.tuilio("--config", str(full)) as driven:
        driven.started(READY)
        driven.timed("down")
        for _ in range(rounds):
            for name, sample in _one_round(driven):
                found[name].append(sample)
    return _table("keys", found)


def _one_round(driven: Driven) -> Iterator[tuple[str, Sample]]:
    for _ in range(5):
        yield "one row", driven.timed("down")
    for _ in range(6):
        # A key held down, as fast as terminals repeat it.
        yield "one row, held down", driven.timed("down", quiet=0.033)
    driven.settle()
    yield "one page", driven.timed("pagedown")
    yield "one page", driven.timed("pagedown")
    yield "back to the top", driven.timed("home")
    yield "open a message", driven.timed("enter")
    yield "close it", driven.timed("escape")
    yield "open the palette", driven.timed("ctrl+p")
    yield "close it again", driven.timed("escape")
    yield "open the filter", driven.timed("/")
    for key in "ab":
        yield "a character in the filter", driven.timed(key)
    driven.timed("escape")
    yield "switch to Compose", driven.timed(PLACES["Compose"])
    driven.timed("tab")
    driven.timed("tab")
    for key in "Hello":
        yield "a character in the text", driven.timed(key)
    yield "switch to Console", driven.timed(PLACES["Console"])
    yield "switch to Connections", driven.timed(PLACES["Connections"])
    yield "switch to Messages", driven.timed(PLACES["Messages"])


def measure_posting(programs: Programs, rounds: int) -> Table:
    """The same in Posting, as far as it has the same."""
    found: dict[str, list[Sample]] = defaultdict(list)
    assert programs.posting is not None
    with programs.run(programs.posting) as driven:
        driven.started("Collection")
        for _ in range(rounds):
            for key in "Hello":
                found["a character in the URL"].append(driven.timed(key))
            found["open the palette"].append(driven.timed("ctrl+p"))
            driven.timed("escape")
    return _table("keys, Posting", found)


def measure_idle(programs: Programs, seconds: float) -> Table:
    """What is written while nothing is done."""
    table = Table("idle", ("seconds", "bytes"))
    with programs.account(500) as full, programs.tuilio("--config", str(full)) as driven:
        driven.started(READY)
        # What is told at the first use of a connection takes itself away.
        driven.idle_bytes(NOTICE_SECONDS)
        table.add("tuilio, watching", round(seconds), driven.idle_bytes(seconds))
    if programs.posting is not None:
        with programs.run(programs.posting) as driven:
            driven.started("Collection")
            table.add("Posting", round(seconds), driven.idle_bytes(seconds))
    return table


def _table(name: str, found: dict[str, list[Sample]]) -> Table:
    table = Table(name, ("first ms", "ms", "p95 ms", "bytes", "most bytes"))
    for what, samples in found.items():
        table.add(
            what,
            round(median(sample.first_ms for sample in samples), 1),
            round(median(sample.ms for sample in samples), 1),
            round(p95(sample.ms for sample in samples), 1),
            round(median(sample.bytes for sample in samples)),
            max(sample.bytes for sample in samples),
        )
    return table


def measure_keys_with_history(programs: Programs, archives: list[Kept], rounds: int) -> Table:
    """The same keys in lists of different lengths, in turn."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        running: dict[str, Driven] = {}
        for kept in archives:
            place = stack.enter_context(programs.account(kept.count, kept.path, kept.started.timestamp()))
            driven = stack.enter_context(programs.tuilio("--config", str(place)))
            driven.started(NEWEST)
            driven.timed("down")
            running[f"{kept.count:,}"] = driven
        for _ in range(rounds):
            for what, keys in IN_A_LIST.items():
                for key in keys:
                    for name, driven in running.items():
                        found[what][name].append(driven.timed(key).ms)
    first, *_ = (f"{kept.count:,}" for kept in archives)
    last = f"{archives[-1].count:,}"
    table = Table("keys with history", (f"{first} ms", f"{last} ms", "ratio", f"{last}: p95 ms"))
    for what, taken in found.items():
        ratio = median(taken[last]) / median(taken[first])
        table.add(
            what,
            round(median(taken[first]), 1),
            round(median(taken[last]), 1),
            round(ratio, 2),
            round(p95(taken[last]), 1),
        )
    return table
