"""Campaigns as the proofs have them: the program without its screens, over the files of a folder, against a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.jobs.model import HaltRules, Job, JobKind, JobState, NewItem, NewJob, Pacing
from tui.services.account import Account
from tui.services.session import Session
from tui.storage.paths import find_paths
from tui.twilio.drafts import Draft

GO_ON = 12
"""How often a job that stopped by itself is told to go on."""


def row(number: int) -> str:
    """The recipient of an item: an ordinary number, to which nothing special happens."""
    return f"+141555{40000 + number:05}"


def number_of(to: str) -> int:
    """The item whose recipient it is."""
    return int(to[-5:]) - 40000


def text(name: str, number: int) -> str:
    return f"{name}: boat {number} leaves at six."


def campaign(
    account: Account,
    name: str,
    *senders: str,
    items: int,
    per_second: float | None = None,
    at_once: int = 8,
    body: Callable[[str, int], str] = text,
) -> tuple[NewJob, list[NewItem]]:
    """A message to each of so many recipients, all of them different, from each sender in turn."""
    job = NewJob(
        JobKind.CAMPAIGN,
        name,
        account.name,
        account.client.account_sid,
        account.client.policy.base,
        senders=senders,
        pacing=Pacing(per_second, at_once),
        halts=HaltRules(),
    )
    drafts = [
        Draft(to=row(number), from_=senders[number % len(senders)], body=body(name, number))
        for number in range(1, items + 1)
    ]
    return job, [NewItem(line=number, draft=draft) for number, draft in enumerate(drafts, 1)]


def connect_to(folder: Path, base: str, account_sid: str, auth_token: str, history: int = 90) -> None:
    """Make a folder a configuration with one connection, which keeps something: or its jobs go once they have ended."""
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "connections.toml"
    file.touch(0o600)
    file.write_text(
        f"""schema = 1
default = "acme"
[connections.acme]
kind = "auth_token"
account_sid = "{account_sid}"
auth_token = "{auth_token}"
base_url = "{base}/2010-04-01"
history = {history}
""",
        "utf-8",
    )


@asynccontextmanager
async def at_work(
    folder: Path, *, clock: Callable[[], datetime] | None = None, timeout: float | None = None
) -> AsyncGenerator[tuple[Session, Account]]:
    """The program without its screens, with its connection open."""
    more: dict[str, Any] = {} if clock is None else {"clock": clock}
    session = Session(find_paths(folder), environ={}, **more)
    failures: list[BaseException] = []
    session.on_failure(failures.append)
    try:
        await session.saved.reread()
        await session.use("acme")
        assert session.account is not None, session.refusal
        if timeout is not None:
            session.account.client.timeout = timeout
        yield session, session.account
        assert not failures, failures
    finally:
        await session.close()


async def until_it_rests(jobs: Any, id: int) -> Job:
    """Wait until a job is not at it any more."""
    while True:
        view = await jobs.view(id)
        if view.job.state is not JobState.RUNNING and not view.here:
            return view.job
        await asyncio.sleep(0.05)


async def run_to_the_end(jobs: Any, id: int) -> tuple[Job, list[str]]:
    """Start a job, again where it stops by itself, until it has ended; why it stopped."""
    reasons: list[str] = []
    for _ in range(GO_ON):
        await jobs.start(id)
        job = await until_it_rests(jobs, id)
        if job.state.ended:
            return job, reasons
        reasons.append(job.reason)
    return await until_it_rests(jobs, id), reasons
