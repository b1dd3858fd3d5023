"""How long until something can be read, in how many bytes: tuilio with and without messages, a bare app, Posting.

The runs are interleaved, so that whatever else the machine does weighs on all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.driving import Start
from tests.bench.figures import Table, median, p95
from tests.bench.kept import NEWEST, Kept
from tests.bench.programs import BARE_READY, EMPTY, POSTING_READY, READY, Programs
from tests.sandbox.official_libraries import documented
from tui.sandbox.testing import run_in_process


def measure_starts(programs: Programs, rounds: int) -> Table:
    """First paint, first rows, bytes and memory, as ratios to the bare app of the same round."""
    starts: dict[str, list[Start]] = defaultdict(list)
    with programs.account(0) as empty, programs.account(500) as full:
        for _ in range(rounds):
            with programs.bare() as driven:
                starts["bare Textual"].append(driven.started(BARE_READY))
            with programs.tuilio("--config", str(empty)) as driven:
                starts["tuilio, 0 messages"].append(driven.started(EMPTY))
            with programs.tuilio("--config", str(full)) as driven:
                starts["tuilio, 500 messages"].append(driven.started(READY))
            with programs.tuilio("--sandbox") as driven:
                starts["tuilio --sandbox"].append(driven.started(READY))
            if programs.posting is not None:
                with programs.run(programs.posting) as driven:
                    starts["Posting"].append(driven.started(POSTING_READY))
    table = Table("start", ("first ms", "÷ bare", "ready ms", "ready ÷ bare", "KB when ready", "KB in all", "RSS MB"))
    bare = [start.ready_ms for start in starts["bare Textual"]]
    for name, found in starts.items():
        table.add(
            name,
            round(median(start.first_ms for start in found)),
            round(median(start.first_ms / base for start, base in zip(found, bare, strict=True)), 2),
            round(median(start.ready_ms for start in found)),
            round(median(start.ready_ms / base for start, base in zip(found, bare, strict=True)), 2),
            round(median(start.ready_bytes for start in found) / 1000, 1),
            round(median(start.bytes for start in found) / 1000, 1),
            round(median(start.rss_mb for start in found)),
        )
    return table


def measure_cli(programs: Programs, rounds: int) -> Table:
    """The newest 50 messages listed, from the shell until they can be read: by twilio-cli, and by starting tuilio."""
    assert programs.twilio_cli is not None
    took: dict[str, list[float]] = defaultdict(list)
    with run_in_process(history=500) as sandbox, programs.account(500) as full, TemporaryDirectory() as place:
        leading = Path(place) / "sandbox.js"
        leading.write_text(documented("twilio-cli"), encoding="utf-8")
        environ = programs.environ | sandbox.environ() | {"NODE_OPTIONS": f"--require {leading}"}
        environ["TWILIO_SKIP_NEW_VERSION_CHECK"] = "true"
        words = [programs.twilio_cli, "api:core:messages:list", "--limit", "50", "-o", "json"]
        for _ in range(rounds):
            begun = time.perf_counter()
            done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
            took["twilio-cli"].append((time.perf_counter() - begun) * 1e3)
            assert len(json.loads(done.stdout)) == 50
            with programs.tuilio("--config", str(full)) as driven:
                took["tuilio"].append(driven.started(READY).ready_ms)
    table = Table("50 messages", ("ms", "p95 ms"))
    for name, found in took.items():
        table.add(name, round(median(found)), round(p95(found)))
    return table


def measure_door(programs: Programs, rounds: int) -> Table:
    """--help and --version beside an interpreter that does nothing."""
    commands = {
        "python -c pass": ["-c", "pass"],
        "--help": ["-m", "tui", "--help"],
        "--version": ["-m", "tui", "--version"],
    }
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, words in commands.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, *words], env=programs.environ, stdout=subprocess.DEVNULL, check=True)
            took[name].append((time.perf_counter() - begun) * 1e3)
    table = Table("door", ("ms", "÷ pass"))
    for name, found in took.items():
        ratio = median(one / base for one, base in zip(found, took["python -c pass"], strict=True))
        table.add(name, round(median(found), 1), round(ratio, 2))
    return table


def measure_starts_with_history(programs: Programs, archives: list[Kept], rounds: int) -> Table:
    """From the start until the newest message can be read, as ratios to the first picture of a bare app."""
    starts: dict[str, list[Start]] = defaultdict(list)
    with ExitStack() as stack:
        places = {
            f"{kept.count:,} kept": stack.enter_context(
                programs.account(kept.count, kept.path, kept.started.timestamp())
            )
            for kept in archives
        }
        places["nothing kept"] = stack.enter_context(programs.account(archives[0].count))
        for _ in range(rounds):
            with programs.bare() as driven:
                starts["bare Textual"].append(driven.started(BARE_READY))
            for name, place in places.items():
                with programs.tuilio("--config", str(place)) as driven:
                    starts[name].append(driven.started(NEWEST))
    bare = [start.ready_ms for start in starts["bare Textual"]]
    table = Table("start with history", ("first ms", "rows ms", "rows ÷ bare", "p95 ms", "RSS MB"))
    for name, found in starts.items():
        table.add(
            name,
            round(median(start.first_ms for start in found)),
            round(median(start.ready_ms for start in found)),
            round(median(start.ready_ms / base for start, base in zip(found, bare, strict=True)), 2),
            round(p95(start.ready_ms for start in found)),
            round(median(start.rss_mb for start in found)),
        )
    return table
