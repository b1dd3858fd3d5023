"""A campaign in a real process that is killed at a chosen point, and others that go on with it.

Run as a script: one case as a line of JSON in, what happened as a line of JSON out. Every stage is a real process,
forked from this one, with a whole session of its own over the same files; between them and Twilio, which is a process
as well and counts what it takes, stands the relay of `tests.services.sends.dying`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import random
import secrets
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tui.jobs.store
import tui.storage.journal
from tests.services.jobs.campaigning import at_work, campaign, connect_to, row, run_to_the_end
from tests.services.sends.dying import Relay, Twilio, die, fork
from tui.jobs.model import ItemResult, ItemState
from tui.jobs.store import JobStore
from tui.services.send_state import SendState
from tui.storage.errors import StorageError
from tui.storage.journal import SendJournal
from tui.storage.journal_entry import JournalState


class Point:
    """Where this process is to die, and at which item."""

    def __init__(self, name: str, item: int) -> None:
        self.name, self.item = name, item

    def at(self, name: str, so: object = True) -> None:
        if name and self.name == name and so:
            die()


class Doing(threading.local):
    """Which step a thread is at: one begins sends while another settles some."""

    what = ""


def mortal_commit(file: Any, name: Callable[[], str], point: Point) -> None:
    """Let the process die when all of a transaction but its commit is done, where `name` says that it is the point."""
    whole = file.transaction

    @contextmanager
    def transaction(begin: str = "BEGIN IMMEDIATE") -> Generator[Any]:
        with whole(begin) as database:
            yield database
            point.at(name())

    file.transaction = transaction


def mortals(point: Point, process: str) -> tuple[type[SendJournal], type[JobStore]]:
    """The journal and the store of jobs, in whose hands the program dies at the item of the point."""

    class Journal(SendJournal):
        def __init__(self, *args: Any, **more: Any) -> None:
            # Processes that are forked from one have its mark.
            super().__init__(*args, **more, process=process)
            self._doing, self._own = Doing(), set[int]()
            mortal_commit(self._file, lambda: self._doing.what, point)

        def begin_all(self, sends: Sequence[Any]) -> Any:
            own = any(send.item == point.item for send in sends)
            point.at("claimed", own)
            self._doing.what = "in the journal's commit" if own else ""
            entries = super().begin_all(sends)
            self._doing.what = ""
            self._own |= {entry.id for entry in entries if entry.item == point.item}
            point.at("written down", own)
            return entries

        def settle_all(self, ends: Sequence[Any]) -> Any:
            own = any(end.id in self._own for end in ends)
            point.at("answered", own)
            self._doing.what = "in the answer's commit" if own else ""
            settled = super().settle_all(ends)
            self._doing.what = ""
            point.at("settled in the journal", own)
            return settled

    class Jobs(JobStore):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self._doing = Doing()
            mortal_commit(self._file, lambda: self._doing.what, point)

        def claim(self, id: int, numbers: Sequence[int]) -> Any:
            own = point.item in numbers
            point.at("before the claim", own)
            self._doing.what = "in the claim's commit" if own else ""
            claimed = super().claim(id, numbers)
            self._doing.what = ""
            return claimed

        def settle(self, id: int, results: Sequence[Any]) -> None:
            own = any(result.number == point.item for result in results)
            self._doing.what = "in the jobs file's commit" if own else ""
            super().settle(id, results)
            self._doing.what = ""
            point.at("settled in the jobs file", own)

    return Journal, Jobs


def use_mortals(point: Point) -> None:
    """Have every session of this process take these when it opens its files."""
    journal, store = mortals(point, secrets.token_hex(8))
    tui.storage.journal.SendJournal = journal  # type: ignore[misc]
    tui.jobs.store.JobStore = store  # type: ignore[misc]


def run(case: dict[str, Any], point: str, *, first: bool) -> str:
    """One process: make the job or find it, and run it to its end, or to that of this process."""
    use_mortals(Point(point, case["at"]))

    async def work() -> str:
        timeout = case["timeout"] if first else None
        async with at_work(Path(case["folder"]), timeout=timeout) as (session, account):
            jobs = session.jobs(account)
            if first:
                paced = case.get("per_second")
                new = campaign(account, case["name"], case["from"], items=case["items"], per_second=paced)
                job = await jobs.create(*new)
            else:
                job = (await jobs.all())[0].job
            reasons: list[str] = []
            if not job.state.ended:
                job, reasons = await run_to_the_end(jobs, job.id)
            return json.dumps([job.state.value, reasons])

    return asyncio.run(work())


def look_again(case: dict[str, Any]) -> str:
    """A last start: what is unknown is looked up once more, as a person does in the outbox."""

    async def work() -> str:
        async with at_work(Path(case["folder"])) as (session, account):
            jobs = session.jobs(account)
            await jobs.recover()
            for entry in account.outbox.unknown(account.client.account_sid):
                await account.sends.check_again(SendState.of_entry(entry))
            await jobs.recover()
            view = (await jobs.all())[0]
            end = time.monotonic() + 20
            while True:
                items = await jobs.items(view.job.id, limit=case["items"] + 10)
                entries = await asyncio.to_thread(account.outbox.of_job, view.job.id)
                known = {each.item for each in entries if each.state is JournalState.ACCEPTED}
                # What the outbox knows by now the job takes over beside the other work of a start.
                late = any(each.state is ItemState.UNKNOWN and each.number in known for each in items)
                if not late or time.monotonic() > end:
                    break
                await asyncio.sleep(0.05)
            return json.dumps(
                {
                    "state": view.job.state.value,
                    "items": [[each.number, each.state.value, each.sid, each.code] for each in items],
                    "entries": [[each.item, each.state.value, each.sid, each.code] for each in entries],
                }
            )

    return asyncio.run(work())


def be_careless(case: dict[str, Any]) -> str:
    """Between two processes, do to the files what a careless program would make of them."""
    journal, store = journal_of(case), store_of(case)
    (job,) = store.jobs(case["account"], case["base"])
    open_ends = [each for each in journal.of_job(job.id) if each.state in (JournalState.SENDING, JournalState.UNKNOWN)]
    for entry in open_ends:
        match case["careless"]:
            case "sends again" | "believes it failed":
                ended = JournalState.NOT_SENT if case["careless"] == "sends again" else JournalState.REJECTED
                journal.settle(entry.id, ended)
            case "believes it worked":
                journal.settle(entry.id, JournalState.ACCEPTED)
            case _:
                pass
    if case["careless"] == "forgets":
        waiting = store.items(job.id, [ItemState.WAITING], limit=3)
        store.claim(job.id, [each.number for each in waiting])
        store.settle(job.id, [ItemResult(each.number, ItemState.FAILED, code=21610) for each in waiting])
    journal.close()
    store.close()
    return ""


def journal_of(case: dict[str, Any]) -> SendJournal:
    return SendJournal(Path(case["folder"]) / "state" / "outbox.sqlite3", process=secrets.token_hex(8))


def store_of(case: dict[str, Any]) -> JobStore:
    return JobStore(Path(case["folder"]) / "state" / "jobs.sqlite3")


def creates(twilio: Twilio, case: dict[str, Any]) -> dict[str, list[str]]:
    """The SIDs that each recipient of a campaign got, once nothing is under way any more."""
    twilio.messages(row(1))
    taken: dict[str, list[str]] = {}
    for each in twilio.ask("/_sandbox/creates")[0]["creates"]:
        if each["sid"] and each["body"].startswith(f"{case['name']}: "):
            taken.setdefault(each["to"], []).append(each["sid"])
    return taken


def play(case: dict[str, Any], twilio: Twilio, relay: Relay) -> dict[str, Any]:
    """A campaign from its beginning to the last look, over as many processes as it takes."""
    twilio.ask("/_sandbox/creates", "DELETE")
    marked = f"To=%2B{row(case['at'])[1:]}&".encode()
    if case["fault"]:
        struck = {"method": "POST", "path": "Messages", "times": case["times"], "skip": max(0, case["at"] - 1 - 3)}
        twilio.ask("/_sandbox/faults", "POST", {**case["fault"], **struck})
    killed, said = relay.attend(lambda: run(case, case["point"], first=True), case["point"], "POST", marked, 60)
    twilio.ask("/_sandbox/faults", "DELETE")
    if case["careless"]:
        relay.attend(lambda: be_careless(case), "")
    _, said_after = relay.attend(lambda: run(case, "", first=False), "", seconds=60)
    held = creates(twilio, case)
    _, last = relay.attend(lambda: look_again(case), "", seconds=60)
    return {"killed": killed, "said": said, "said_after": said_after, "held": held, **json.loads(last)}


def ended_by(pid: int, told: int, end: float) -> tuple[bool, str]:
    """Wait for a process until a time; whether it ended by itself, and what it told."""
    outcome = b""
    while (left := end - time.monotonic()) > 0:
        if select.select([told], [], [], left)[0]:
            if not (got := os.read(told, 65536)):
                break
            outcome += got
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(told)
    _, status = os.waitpid(pid, 0)
    return not os.WIFSIGNALED(status), outcome.decode()


def kill_at_random(case: dict[str, Any], twilio: Twilio) -> dict[str, Any]:
    """A campaign that is killed at random instants, again and again, until it was killed so often or has ended."""
    twilio.ask("/_sandbox/creates", "DELETE")
    if case["faults"]:
        twilio.ask("/_sandbox/faults", "POST", case["faults"])
    dice, kills = random.Random(case["name"]), 0
    for _ in range(case["kills"]):
        pid, told = fork(lambda: run(case, "", first=not made(case)))
        whole, _ = ended_by(pid, told, time.monotonic() + dice.uniform(*case["lives"]))
        if whole:
            break
        kills += 1
    twilio.ask("/_sandbox/faults", "DELETE")
    said = by_itself(lambda: run(case, "", first=not made(case)))
    held = creates(twilio, case)
    return {"killed": kills, "said_after": said, "held": held, **json.loads(by_itself(lambda: look_again(case)))}


def insist(case: dict[str, Any]) -> str:
    """One of several processes that are all told to run the same job, again and again until it has ended."""
    use_mortals(Point("", 0))

    async def work() -> str:
        async with at_work(Path(case["folder"])) as (session, account):
            jobs, refused = session.jobs(account), 0
            while True:
                view = (await jobs.all())[0]
                if view.job.state.ended:
                    return json.dumps([view.job.state.value, refused])
                try:
                    await jobs.start(view.job.id)
                except StorageError:
                    refused += 1
                    await asyncio.sleep(0.01)
                    continue
                while (await jobs.view(view.job.id)).here:
                    if case.get("unlocked"):
                        for lock in (Path(case["folder"]) / "state" / "jobs").glob("*"):
                            lock.unlink(missing_ok=True)
                    await asyncio.sleep(0.01)

    return asyncio.run(work())


def create(case: dict[str, Any]) -> str:
    async def work() -> str:
        async with at_work(Path(case["folder"])) as (session, account):
            paced = case.get("per_second")
            new = campaign(account, case["name"], case["from"], items=case["items"], per_second=paced)
            await session.jobs(account).create(*new)
        return ""

    return asyncio.run(work())


def run_in_several(case: dict[str, Any], twilio: Twilio) -> dict[str, Any]:
    """A campaign that several processes are told to run at once, the first of which may be killed meanwhile."""
    twilio.ask("/_sandbox/creates", "DELETE")
    by_itself(lambda: create(case))
    forked = [fork(lambda: insist(case)) for _ in range(case["programs"])]
    said = [
        ended_by(*each, time.monotonic() + (case["kill"] if "kill" in case and each is forked[0] else 120))[1]
        for each in forked
    ]
    held = creates(twilio, case)
    return {"killed": "kill" in case, "said": said, "held": held, **json.loads(by_itself(lambda: look_again(case)))}


def by_itself(work: Callable[[], str]) -> str:
    """What a process told that was left alone."""
    return ended_by(*fork(work), time.monotonic() + 120)[1]


def made(case: dict[str, Any]) -> bool:
    """Whether the job stands in the file, whole."""
    if not (Path(case["folder"]) / "state" / "jobs.sqlite3").exists():
        return False
    with store_of(case) as store:
        return bool(store.jobs(case["account"], case["base"]))


def main() -> None:
    for slow_to_load in ("anyio._backends._asyncio", "certifi", "concurrent.futures.thread", "h11", "httpcore"):
        importlib.import_module(slow_to_load)  # here once, rather than in every child
    for own in ("tui.services.jobs", "tui.services.message_archive", "tui.twilio.send_lookup", "tui.twilio.http"):
        importlib.import_module(own)
    told: dict[str, str] = json.loads(sys.argv[1])
    twilio = Twilio(told)
    port = int(told["TWILIO_BASE_URL"].rpartition(":")[2])
    relay = Relay("127.0.0.1", port)
    for line in sys.stdin:
        case = json.loads(line)
        direct = "kills" in case or "programs" in case
        case["account"] = told["TWILIO_ACCOUNT_SID"]
        origin = f"http://127.0.0.1:{port if direct else relay.port}"
        case["base"] = f"{origin}/2010-04-01"
        connect_to(Path(case["folder"]), origin, told["TWILIO_ACCOUNT_SID"], told["TWILIO_AUTH_TOKEN"])
        if "programs" in case:
            seen = run_in_several(case, twilio)
        else:
            seen = kill_at_random(case, twilio) if direct else play(case, twilio, relay)
        shutil.rmtree(case["folder"])
        print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
