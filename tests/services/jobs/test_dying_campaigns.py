"""A campaign killed at any point, with any trouble on the line, goes on and sends each row once, and says so truly.

Every case is a campaign in a real process that dies by SIGKILL while it does one chosen item, the first, one in the
middle or the last; another process, which finds the files and makes the job go on to its end; and a last look. The
server is a process of its own that counts what it takes. The judge is itself held to its word, by what careless
programs would make of the files in between.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.driven import driven
from tests.services.jobs.campaigning import row
from tests.services.sends.test_dying import FATES as FATES_OF_ONE
from tui.sandbox.server import Sandbox

FATES = {
    name: FATES_OF_ONE[name]
    for name in (
        "taken", "limited", "error before", "error after", "reset before", "reset after", "answered too late",
        "processed too late", "truncated", "dripping", "garbage", "web page", "other JSON",
    )
}  # fmt: skip
"""What the line does to the sends around the chosen item: nothing, and each kind of fault that the sandbox has."""

POINTS = (
    "claimed",
    "in the journal's commit",
    "written down",
    "half a request left",
    "asked",
    "half an answer",
    "answered",
    "settled in the journal",
)
"""Between each two of these something else is true: what the jobs file says, what the journal says, what left, what
Twilio holds, what it answered. In their order:

    claimed                     the jobs file says that it leaves, the journal knows nothing: it waits again
    in the journal's commit     the same, with a journal whose last transaction is to be thrown away
    written down                both say that it leaves, and nothing has
    half a request left         Twilio heard something and holds nothing
    asked                       Twilio holds it, nobody was told
    half an answer              the same, and something came
    answered                    this process knows, no file does
    settled in the journal      the journal knows, the jobs file says that it leaves
"""

OTHER_POINTS = (
    "before the claim",
    "in the claim's commit",
    "lost on the way",
    "in the answer's commit",
    "in the jobs file's commit",
    "settled in the jobs file",
)
"""Where the same is true as at one of those: tried once each."""

OWN_POINTS = {"claimed", "in the journal's commit", "written down", "answered", "settled in the journal", *OTHER_POINTS}
OWN_POINTS -= {"lost on the way"}

ITEMS = 200
PLACES = {"first": 1, "middle": 103, "last": ITEMS}


@dataclass(frozen=True)
class Case:
    """A campaign, where it dies (nowhere when empty), at which item, and what happens on the line around it."""

    fate: str = "taken"
    point: str = ""
    place: str = "middle"
    careless: str = ""
    items: int = ITEMS

    @property
    def at(self) -> int:
        return max(1, PLACES[self.place] * self.items // ITEMS)

    def __str__(self) -> str:
        dies = f"dies {self.point}" if self.point else "lives"
        return f"{self.fate}, {dies}, {self.place}"


Play = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """`play(**case)` lets it happen against a Twilio that all cases share."""
    folder = tmp_path_factory.mktemp("campaigns")
    environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8"}
    numbers = itertools.count()
    service = Sandbox(history=0).services[0]
    with driven(Path(__file__).with_name("dying.py"), environ, "--history", "0") as ask:

        def run(**case: Any) -> dict[str, Any]:
            unique = next(numbers)
            whole = {"name": f"C{unique}", "from": service, "folder": str(folder / str(unique)), "timeout": 20.0}
            return ask({**whole, "at": 0, **case})

        yield run


def faults_in(seen: dict[str, Any], items: int) -> list[str]:
    """What must never be, in words; empty when all is well."""
    held: dict[str, list[str]] = seen["held"]
    wrong = [f"sent {len(sids)} times to {to}" for to, sids in held.items() if len(sids) > 1]
    rows = {number: (state, sid, code) for number, state, sid, code in seen["items"]}
    wrong += [f"{number} is gone" for number in range(1, items + 1) if number not in rows]
    for number, (state, sid, code) in rows.items():
        got = held.get(row(number), [])
        match state:
            case "done" if [sid] != got:
                wrong.append(f"{number} is called sent by {sid}, and {got} was")
            case "failed" if got:
                wrong.append(f"{number} is called failed by {code}, and it was sent")
            case "failed" if code == 21610:
                wrong.append(f"{number} is called failed, and was never tried")
            case "unknown" if len(got) == 1:
                wrong.append(f"{number} is called unknown, though there is exactly one match")
            case "waiting" | "leaving":
                wrong.append(f"{number} is lost: still {state} in the end")
            case _:
                pass
    for item, state, sid, _ in seen["entries"]:
        got = held.get(row(item), [])
        if (state == "accepted" and [sid] != got) or (
            state in ("not_sent", "rejected") and got and not _again(seen, item)
        ):
            wrong.append(f"the journal calls {item} {state}, and {got} was sent")
        if state == "sending":
            wrong.append(f"the journal still calls {item} sending")
    if seen["state"] != "finished":
        wrong.append(f"the job is {seen['state']}")
    return wrong


def _again(seen: dict[str, Any], item: int) -> bool:
    """Whether the item was sent once more, after one that was certainly not sent."""
    return sum(each == item for each, *_ in seen["entries"]) > 1


def unknown(seen: dict[str, Any]) -> int:
    return sum(state == "unknown" for _, state, *_ in seen["items"])


def told(case: Case) -> dict[str, Any]:
    fault = FATES[case.fate]
    return {
        "point": case.point,
        "at": case.at,
        "items": case.items,
        "fault": fault,
        "times": 7,
        "careless": case.careless,
        "timeout": 0.3 if (fault or {}).get("seconds") else 20.0,
    }


def check(play: Play, case: Case) -> None:
    seen = play(**told(case))
    assert faults_in(seen, case.items) == [], (seen["said"], seen["said_after"])
    assert seen["killed"] or case.point not in OWN_POINTS, "it never came to the point"
    # Only what was under way when it died, or was struck, may stay unknown.
    assert unknown(seen) <= 8 + 7, seen["items"]
    if case.fate == "taken":
        assert unknown(seen) <= 8


ALL = [Case(*each) for each in itertools.product(FATES, POINTS, PLACES)]
OTHERS = [Case("taken", point, place) for point in OTHER_POINTS for place in PLACES] + [Case(fate) for fate in FATES]
ESSENCE = [Case("taken", point, items=24) for point in POINTS]


@pytest.mark.long
@pytest.mark.parametrize("case", ALL + OTHERS, ids=str)
def test_a_campaign_that_is_killed_sends_each_row_once_in_every_case(play: Play, case: Case) -> None:
    check(play, case)


@pytest.mark.landing
@pytest.mark.parametrize("case", ESSENCE, ids=str)
def test_a_campaign_that_is_killed_sends_each_row_once_at_every_point(play: Play, case: Case) -> None:
    check(play, case)


@pytest.mark.parametrize("point", ["written down", "asked"])
def test_a_campaign_that_is_killed_sends_each_row_once(play: Play, point: str) -> None:
    case = Case("reset after", point, items=24)
    check(play, case)


@pytest.mark.landing
@pytest.mark.parametrize(
    ("careless", "point", "words"),
    [
        ("sends again", "asked", "sent 2 times"),
        ("believes it failed", "asked", "and it was sent"),
        ("believes it worked", "half a request left", "is called sent by None"),
        ("forgets", "written down", "was never tried"),
    ],
)
def test_the_judge_sees_what_a_careless_program_does(play: Play, careless: str, point: str, words: str) -> None:
    case = Case("taken", point, careless=careless, items=24)
    wrong = faults_in(play(**told(case)), case.items)
    assert any(words in each for each in wrong), wrong


def lives(play: Play) -> tuple[float, float]:
    """Seconds that a process lives which is killed at random, on this machine as it is now: from before it has opened
    its files to a good part of a job.
    """
    begun = time.monotonic()
    play(items=24, kills=0, faults=[])
    whole = time.monotonic() - begun
    return 0.05 * whole, 0.8 * whole


def kill_often(play: Play, number: int, kills: int, lives: tuple[float, float]) -> int:
    """One campaign that is killed at random instants; returns how often it was."""
    dice = random.Random(number)
    kinds = [fault for fault in FATES.values() if fault and "seconds" not in fault]
    faults = [
        {**dice.choice(kinds), "method": "POST", "path": "Messages", "skip": dice.randrange(0, 40)} for _ in range(12)
    ]
    seen = play(items=ITEMS, kills=kills, lives=lives, faults=faults if number % 2 else [], per_second=120)
    assert faults_in(seen, ITEMS) == [], seen["said_after"]
    return seen["killed"]


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_campaigns_killed_at_500_random_instants_send_each_row_once(play: Play) -> None:
    killed, campaigns, each = 0, 0, lives(play)
    while killed < 500:
        killed += kill_often(play, campaigns, 500 - killed, each)
        campaigns += 1
    print(f"{killed} kills of {campaigns} campaigns of {ITEMS}")


@pytest.mark.landing
def test_a_campaign_killed_at_random_instants_sends_each_row_once(play: Play) -> None:
    assert kill_often(play, 1, 8, lives(play)) > 1


TWO = {
    "both live": {},
    "one is killed": {"kill": 0.5},
    "and the lock is lost": {"unlocked": True},
    "the lock is lost and one is killed": {"unlocked": True, "kill": 0.5},
}


@pytest.mark.parametrize(
    "how", [pytest.param(how, marks=pytest.mark.landing if how == "one is killed" else pytest.mark.long) for how in TWO]
)
def test_two_programs_told_to_run_the_same_campaign_send_each_row_once(play: Play, how: str) -> None:
    seen = play(items=120, programs=2, per_second=100, **TWO[how])
    assert faults_in(seen, 120) == [], seen["said"]
