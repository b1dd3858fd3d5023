"""A campaign with a messaging service: how many Twilio accepts in a second, each written down before and after.

`python -m tests.bench.many COUNT` prints one line of JSON. The program runs without its screens in that process, the
sandbox in another; both share the machine's cores, and each one's processor time is told apart.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.apart import sandbox_apart
from tests.bench.driving import LONGEST, Driven
from tests.bench.figures import Table, median, quantile
from tests.bench.programs import READY, Programs
from tests.services.jobs.campaigning import at_work, campaign, connect_to, row, run_to_the_end, text
from tui.jobs.model import JobKind, JobState, NewItem, NewJob, Pacing
from tui.jobs.store import JobStore
from tui.sandbox.server import Sandbox
from tui.storage.connections import load
from tui.storage.paths import find_paths
from tui.twilio.drafts import Draft

FASTEST = Pacing(None, 8)

PAUSE = 0.03
"""Seconds between two keys: a key held down."""

QUIET = 0.015
"""Seconds without a byte after which an answer is shown."""


def measure_many(counts: list[int]) -> Table:
    """Accepted in a second, by the number of rows."""
    table = Table("campaign", ("accepted a second", "CPU ms each", "sandbox: CPU ms each", "memory MB more"))
    for count in counts:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.many", str(count)], capture_output=True, text=True, check=True
        )
        told = json.loads(done.stdout.splitlines()[-1])
        table.add(f"{count:,} rows", told["rate"], told["cpu"], told["sandbox"], told["memory"])
    return table


def measure_keys_meanwhile(programs: Programs, count: int) -> Table:
    """What a key costs while a campaign runs as fast as the sandbox takes it, and how much memory that takes.

    The job is written down beforehand; it is begun in the program, by keys.
    """
    table = Table("keys while a campaign runs", ("keys", "key ms", "p99 ms", "slowest ms", "memory MB more"))
    with programs.account(500) as place:
        saved = load(place / "connections.toml")["acme"]
        base = f"{saved.base_url}"
        service = Sandbox(history=0).services[0]
        with JobStore(find_paths(place).jobs) as store:
            new = NewJob(JobKind.CAMPAIGN, "bench", "acme", saved.account_sid, base, senders=(service,), pacing=FASTEST)
            drafts = (Draft(row(number), service, text("bench", number)) for number in range(1, count + 1))
            store.create(new, [NewItem(number, draft) for number, draft in enumerate(drafts, 2)])
        with programs.tuilio("--config", str(place)) as driven:
            driven.started(READY)
            table.add("before, in Messages", *_of(_moves(driven, 60, _row)), 0.0)
            before = driven.rss_mb
            driven.press("J")
            driven.until("Jobs ·")
            driven.quiet()
            driven.press("enter")
            driven.until("Begin")
            driven.listen(1.0)
            driven.press(" ")
            driven.until("running")
            # The keys go to what stands there by then.
            driven.until("waiting")
            driven.listen(1.0)
            taken = _moves(driven, 200, _row, "end", "home")
            table.add("in its screen", *_of(taken), round(driven.rss_mb - before, 1))
            assert "running" in driven.text, "it had ended before all keys were pressed: take more rows"
    return table


def _moves(
    driven: Driven, count: int, place: Callable[[Driven], object], there: str = "down", back: str = "up"
) -> list[float]:
    """Milliseconds until the screen says so of a key that is held down: `there` and `back` in turn."""
    taken: list[float] = []
    for number in range(count):
        before = place(driven)
        begun = time.perf_counter()
        driven.press(back if number % 2 else there)
        taken.append((_answered(driven, lambda before=before: place(driven) != before) - begun) * 1e3)
        driven.listen(PAUSE)
    return taken


def _answered(driven: Driven, so: Callable[[], bool]) -> float:
    """When the piece came that made it so, as `perf_counter` tells it.

    What comes is shown once nothing more does: the emulator takes longer to show a redrawn list than the program to
    answer a key, and a terminal does not wait for one.
    """
    end = time.perf_counter() + LONGEST
    while time.perf_counter() < end:
        found = None
        for piece in driven.collect(QUIET, 0.3):
            driven.take_in([piece])
            found = piece[0] if found is None and so() else found
        if found is not None:
            return found
    raise AssertionError(f"no answer to a key after {LONGEST:.0f} s\n{driven.text}")


def _row(driven: Driven) -> object:
    """Which row of a list is under the cursor: the bold one."""
    return [y for y in range(2, driven.screen.lines - 1) if driven.screen.buffer[y][10].bold]


def _of(taken: list[float]) -> tuple[float, ...]:
    return len(taken), round(median(taken), 1), round(quantile(taken, 0.99), 1), round(max(taken), 1)


async def measure(count: int) -> dict[str, float]:
    """Run one to its end."""
    # Where other programs keep their state: a folder in memory would cost no commit.
    with sandbox_apart(history=0) as apart, TemporaryDirectory(dir=Path.cwd()) as place:
        folder, fields = Path(place) / "config", apart.fields
        connect_to(folder, apart.origin, fields["account_sid"], fields["auth_token"])
        async with at_work(folder) as (session, account):
            jobs = session.jobs(account)
            new = campaign(account, "bench", Sandbox(history=0).services[0], items=count)
            before = _resident()
            job = await jobs.create(*new)
            del new
            begun, spent, served = time.perf_counter(), time.process_time(), _cpu_seconds(apart.pid)
            job, reasons = await run_to_the_end(jobs, job.id)
            seconds = time.perf_counter() - begun
            spent, served = time.process_time() - spent, _cpu_seconds(apart.pid) - served
            assert (job.state, reasons) == (JobState.FINISHED, []), job
            written = await asyncio.to_thread(account.outbox.of_job, job.id)
            assert len({entry.sid for entry in written}) == len(written) == count
    return {
        "rate": round(count / seconds),
        "cpu": round(spent / count * 1e3, 2),
        "sandbox": round(served / count * 1e3, 2),
        "memory": round((_resident() - before) / 1e6, 1),
    }


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))
