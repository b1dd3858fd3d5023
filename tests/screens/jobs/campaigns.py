"""A campaign as the screens of jobs are shown it: small, with what fails, what is lost and what is left out."""

from __future__ import annotations

from typing import Any

from tui.jobs.model import HaltRules, Job, JobKind, LeftOut, NewItem, NewJob, Pacing
from tui.twilio.drafts import Draft

REFUSED, INVALID, UNREACHABLE = "+15005550004", "+15005550001", "+14155530003"
"""The sandbox refuses the first two with 21610 and 21211; the third ends undelivered, 30003."""

COLUMNS = ("phone", "name", "day")


def people(count: int, first: int = 200) -> list[str]:
    return [f"+1415555{number:04}" for number in range(first, first + count)]


def rows(recipients: list[str], sender: str) -> list[NewItem]:
    return [
        NewItem(line, Draft(to, sender, f"Hi Maya {line}"), cells=(to, f"Maya {line}", "Tuesday"))
        for line, to in enumerate(recipients, 2)
    ]


async def begin(
    session: Any,
    sandbox: Any,
    recipients: list[str],
    *,
    name: str = "Autumn reminders",
    pace: float | None = None,
    at_once: int = 4,
    halts: HaltRules = HaltRules(alike=50),  # noqa: B008
) -> Job:
    """A campaign of these and one row that is left out; nothing of it is sent."""
    account = session.account
    new = NewJob(
        JobKind.CAMPAIGN,
        name,
        account.name,
        account.client.account_sid,
        account.client.policy.base,
        "reminders.csv",
        COLUMNS,
        (sandbox.numbers[0],),
        Pacing(pace, at_once),
        halts,
    )
    items = rows(recipients, sandbox.numbers[0])
    bad = NewItem(99, cells=("call me", "Bo", ""), left_out=LeftOut.NOT_A_NUMBER, detail="“call me” is no number.")
    return await session.jobs(account).create(new, [*items, bad])
