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
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.apart import sandbox_apart
from tests.bench.figures import Table
from tests.services.jobs.campaigning import at_work, campaign, connect_to, run_to_the_end
from tui.jobs.model import JobState
from tui.sandbox.server import Sandbox


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
