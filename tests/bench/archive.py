"""What a kept history costs: the file, searches, pictures, memory, loading it, and starting with it.

The messages are those of a sandbox's history, read into an archive as if they had come over HTTP; the file is made once
and used by all that is measured in one run. What reads it has a process of its own, so that its memory is its own:
`python -m tests.bench.archive FILE` prints one line of JSON.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tests.bench.figures import Table, median
from tests.bench.kept import Kept, fill_archive
from tests.bench.keys import measure_keys_with_history
from tests.bench.loading import measure_load
from tests.bench.programs import Programs
from tests.bench.starting import measure_starts_with_history
from tui.archive.matching import Asked
from tui.archive.periods import ALL, read_window
from tui.archive.query import Query
from tui.archive.query_parser import parse
from tui.archive.store import Archive

T = TypeVar("T")

SCREEN = 60
"""Messages that are read for the first screen of an answer."""

LIMIT = 200
"""Rows that a search is asked for first."""

COLUMNS = ("rows", "screen ms", "again ms", "CPU ms", "all rows ms", "figures ms", "CPU ms ", "picture ms", "CPU ms  ")
"""Of a search: to the first screen, once and again and in processor time; to all rows; to the first figures of them,
and to the whole picture."""

PICTURE_COLUMNS = ("messages", "figures ms", "CPU ms", "picture ms", "CPU ms ")
"""Of a period, and the one before it."""

WINDOWS = ("7d", "30d", "180d", "2025-06-01..2026-11-29", "all")

QUERIES = {
    "none": "",
    "a frequent word": "harbor",
    "two frequent words": "parcel friday",
    "a phrase": '"with the courier"',
    "a rare word": "{rare}",
    "a word nobody wrote": "zyxwvutsr",
    "two characters": "9:",
    "two characters, rare": "χ2",
    "a word in Hebrew": "ההזמנה",
    "not": "parcel -courier",
    "or": "violin or microscope",
    "status": "status:failed",
    "pending": "is:pending",
    "a code": "code:30007",
    "any code": "code:any",
    "country": "country:DE",
    "with a contact": "with:+12095550142",
    "from our own number": "from:+14155550100",
    "prefix": "with:+4477*",
    "a day two years ago": "since:{day} until:{day}",
    "media": "media:yes",
    "price": "price:>0.2",
    "a word and a code": "parcel code:30007",
    "a word, inbound, a year ago": "thank is:in until:{year}",
}


def measure_archive(programs: Programs, folder: Path, counts: list[int], rounds: int) -> Iterator[Table]:
    """All of it, with archives of so many messages."""
    archives = [fill_archive(folder, count) for count in counts]
    yield from measure_searches(archives)
    yield measure_load(5 if rounds < 5 else 20, 1 if rounds < 5 else 3)
    yield measure_starts_with_history(programs, archives, rounds)
    yield measure_keys_with_history(programs, archives, rounds)


def measure_searches(archives: list[Kept]) -> list[Table]:
    """The file, its searches and pictures, by the number of messages."""
    sizes = Table("archive", ("bytes a message", "put messages/s", "RSS MB more", "open ms"))
    searches: list[dict[str, list[float]]] = []
    pictures: list[dict[str, list[float]]] = []
    for kept in archives:
        size = sum(file.stat().st_size for file in kept.path.parent.glob(f"{kept.path.name}*"))
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.archive", str(kept.path), kept.started.isoformat()],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        sizes.add(f"{kept.count:,} messages", round(size / kept.count), round(kept.rate), told["memory"], told["open"])
        searches.append(told["queries"])
        pictures.append(told["pictures"])
    tables = [sizes]
    for kept, told in zip(archives, pictures, strict=True):
        table = Table(f"picture of {kept.count:,}", PICTURE_COLUMNS)
        for name, figures in told.items():
            table.add(name, *figures)
        tables.append(table)
    for kept, told in zip(archives, searches, strict=True):
        table = Table(f"search in {kept.count:,}", COLUMNS)
        for name, figures in told.items():
            table.add(name, *figures)
        tables.append(table)
    return tables


def measure_file(path: Path, started: datetime) -> dict[str, object]:
    """Open an archive, and ask everything of it."""
    gc.collect()
    before = _resident()
    begun = time.perf_counter()
    archive = Archive.open(path)
    # The first picture of a list.
    archive.read(archive.find_rows(parse(""), Asked(started, UTC), limit=SCREEN))
    opened = time.perf_counter() - begun
    rows = archive.find_rows(parse(""), Asked(started, UTC))
    middle = archive.read(rows[len(rows) // 3 :][:400])
    rare = next(word for each in middle if each for word in each.body.split() if word.startswith("HB"))
    values = {"rare": rare.strip(".,:?"), "day": "2024-11-12", "year": "2025-11-12"}
    pictures: dict[str, list[float]] = {}
    # An earlier run has kept them.
    archive._file.write(lambda database: database.execute("DELETE FROM days"))
    for days in ("not kept", "kept"):
        while days == "kept" and archive.keep_days(int(started.timestamp()) - 2 * 86_400):
            pass
        for window in WINDOWS:
            pictures[f"{window}, days {days}"] = _picture(archive, window, Asked(started, UTC))
    told: dict[str, list[float]] = {}
    for name, text in QUERIES.items():
        told[name] = _ask(archive, parse(text.format(**values)), Asked(started, UTC))
    memory = (_resident() - before) / 1e6
    archive.close()
    return {"open": round(opened * 1e3, 1), "memory": round(memory, 1), "queries": told, "pictures": pictures}


def _ask(archive: Archive, query: Query, asked: Asked) -> list[float]:
    """How many match, and what `COLUMNS` say."""
    first, cpu_first, found = _timed(lambda: _first_screen(archive, query, asked))
    again = [_timed(lambda: _first_screen(archive, query, asked))[:2] for _ in range(5)]
    whole, _, rows = _timed(lambda: archive.find_rows(query, asked))
    figures, cpu_figures, _ = _timed(lambda: archive.figures(query, ALL, asked))
    picture, cpu_picture, _ = _timed(lambda: archive.picture(query, ALL, asked))
    assert found == min(len(rows), LIMIT)
    told = (
        first,
        median(took for took, _ in again),
        min(cpu_first, *(cpu for _, cpu in again)),
        whole,
        figures,
        cpu_figures,
        picture,
        cpu_picture,
    )
    return [len(rows), *(round(each, 1) for each in told)]


def _picture(archive: Archive, window: str, asked: Asked) -> list[float]:
    """What `PICTURE_COLUMNS` say, the best of three."""
    period = read_window(window, asked.now, asked.zone)
    figures = [_timed(lambda: archive.figures(Query(), period, asked)) for _ in range(3)]
    pictures = [_timed(lambda: archive.picture(Query(), period, asked)) for _ in range(3)]
    times = [min(each[n] for each in some) for some in (figures, pictures) for n in (0, 1)]
    return [figures[0][2][0].count, *(round(each, 1) for each in times)]


def _first_screen(archive: Archive, query: Query, asked: Asked) -> int:
    rows = archive.find_rows(query, asked, limit=LIMIT)
    archive.read(rows[-SCREEN:])
    return len(rows)


def _timed(work: Callable[[], T]) -> tuple[float, float, T]:
    """Milliseconds, those of the processor, and what came of it."""
    begun, spent = time.perf_counter(), time.thread_time()
    result = work()
    return (time.perf_counter() - begun) * 1e3, (time.thread_time() - spent) * 1e3, result


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


if __name__ == "__main__":
    print(json.dumps(measure_file(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))))
