"""Killed at any point, with any trouble on the line: never sent twice, never a false “sent”, never a false “not sent”.

Every case is a send by a real process that dies by SIGKILL, a first look by another one (which may die as well, or
meet the same trouble), and two more looks. The judge below is itself held to its word by programs that are careless;
and these tests failed, as they must, with each of these in the program: an unclear answer called “not sent” (4 fail),
a cut-off send called “not sent” at the next start (31), a look without a match called “sent” (14), and a request that
leaves before the journal is written (26).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.services.driven import driven
from tests.services.sends.dying import false_entries

FATES: dict[str, dict[str, Any] | None] = {
    "taken": None,
    "limited": {"kind": "429"},
    "error before": {"kind": "500-before"},
    "error after": {"kind": "500-after"},
    "reset before": {"kind": "reset-before"},
    "reset after": {"kind": "reset-after"},
    "answered too late": {"kind": "delay", "seconds": 0.6},
    "processed too late": {"kind": "delay-before", "seconds": 0.6},
    "truncated": {"kind": "truncated"},
    "dripping": {"kind": "drip", "seconds": 0.05},
    "garbage": {"kind": "garbage"},
    "web page": {"kind": "html"},
    "web page that says fine": {"kind": "html", "status": 200},
    "other JSON": {"kind": "wrong-json"},
    "other JSON, created": {"kind": "wrong-json", "status": 201},
    "other JSON, bad request": {"kind": "wrong-json", "status": 400},
    "other JSON, server error": {"kind": "wrong-json", "status": 503},
}

OWN_POINTS = ("before the journal", "in the journal", "written down", "answered", "in the answer's commit", "settled")
"""Points that every send comes to, whatever the line does."""

POINTS = (*OWN_POINTS, "connected", "half a request left", "lost on the way", "asked", "half an answer", "")
LOOK_POINTS = (
    "in the journal",
    "connected",
    "half a request left",
    "lost on the way",
    "asked",
    "half an answer",
    "answered",
    "in the answer's commit",
    "settled",
)


@dataclass(frozen=True)
class Case:
    """A send, where it and the first look at it die (nowhere when empty), and what happens on the line."""

    fate: str = "taken"
    point: str = ""
    way: str = "compose"
    look_fate: str = "taken"
    look_point: str = ""
    careless: str = ""

    def __str__(self) -> str:
        dies = f"dies {self.point}" if self.point else "lives"
        look = self.look_point and f", the look dies {self.look_point}"
        look += f", the look meets {self.look_fate}" if self.look_fate != "taken" else ""
        return f"{self.way}, {self.fate}, {dies}{look}"


Play = Callable[[Case], dict[str, Any]]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """`play(case)` lets it happen against a Twilio that all cases share, each with a recipient of its own."""
    folder = tmp_path_factory.mktemp("journals")
    environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8"}
    number = itertools.count()
    with driven(Path(__file__).with_name("dying.py"), environ) as ask:

        def run(case: Case) -> dict[str, Any]:
            slow = any((FATES[fate] or {}).get("seconds") for fate in (case.fate, case.look_fate))
            unique = next(number)
            return ask(
                {
                    "point": case.point,
                    "look_point": case.look_point,
                    "way": case.way,
                    "fault": FATES[case.fate],
                    "look_fault": FATES[case.look_fate],
                    "careless": case.careless,
                    "timeout": 0.3 if slow else 20.0,
                    "to": f"+1415552{7000 + unique}",
                    "from": "+14155550100",
                    "journal": str(folder / f"{unique}.sqlite3"),
                }
            )

        yield run


def faults_in(seen: dict[str, Any]) -> list[str]:
    """What must never be, in words; empty when all is well."""
    held, wrong = seen["held_at_last"], []
    if len(held) > 1 or seen["posts"] > 1:
        wrong.append(f"sent {len(held)} times in {seen['posts']} requests")
    for sids, journal in ((seen["held"], seen["journals"][0]), (held, seen["journals"][1])):
        wrong += false_entries(journal, sids, bool(sids or seen["posts"]))
        for state, _ in journal:
            if state == "unknown" and len(sids) == 1:
                wrong.append("called unknown, though there is exactly one match")
            if state == "sending":
                wrong.append("still called sending")
    if seen["said"] in ("not_sent", "rejected") and held:
        wrong.append("the person was told that it was not sent")
    if seen["said"] == "accepted" and not held:
        wrong.append("the person was told that it was sent")
    return wrong


def check(play: Play, case: Case) -> None:
    seen = play(case)
    assert faults_in(seen) == [], seen
    assert seen["killed"] or case.point not in OWN_POINTS, "it never came to the point"
    assert case.point or case.fate != "taken" or seen["said"] == "accepted"
    if case.point in ("before the journal", "in the journal"):
        assert (seen["journals"], seen["posts"]) == ([[], []], 0)


SENDS = [Case(fate, point) for fate in FATES for point in POINTS]
LOOKS = [Case("reset after", "answered", look_point=point) for point in LOOK_POINTS]
TROUBLED = [Case("taken", "answered", look_fate=fate) for fate in FATES]
BY_HAND = [replace(case, way="console") for case in SENDS]
ESSENCE = (
    [Case("taken", point) for point in POINTS]
    + [Case(fate, "asked") for fate in FATES if not (FATES[fate] or {}).get("seconds")]
    + [Case(fate) for fate in ("limited", "error after", "reset before", "truncated", "other JSON, bad request")]
    + [Case("taken", point, "console") for point in ("in the journal", "written down", "asked", "answered")]
    + [Case("reset after", "settled", "console"), *LOOKS]
)
"""Every point, and every trouble, once."""


@pytest.mark.landing
@pytest.mark.parametrize("case", ESSENCE, ids=str)
def test_a_send_that_is_cut_off_is_told_truly(play: Play, case: Case) -> None:
    check(play, case)


@pytest.mark.long
@pytest.mark.parametrize("case", SENDS + LOOKS + TROUBLED + BY_HAND, ids=str)
def test_a_send_that_is_cut_off_is_told_truly_in_every_case(play: Play, case: Case) -> None:
    check(play, case)


@pytest.mark.parametrize("point", ["connected", "half a request left", "lost on the way", "asked", "half an answer"])
def test_the_line_is_cut_where_it_is_said_to_be(play: Play, point: str) -> None:
    seen = play(Case("taken", point))
    assert seen["killed"]
    assert len(seen["held"]) == (point in ("asked", "half an answer"))
    assert [state for state, _ in seen["journals"][-1]] == ["accepted" if seen["held"] else "unknown"]


@pytest.mark.landing
@pytest.mark.parametrize(
    ("careless", "point", "words"),
    [
        ("sends again", "asked", "sent 4 times"),
        ("believes it failed", "asked", "called not_sent, and it was sent"),
        ("believes it worked", "lost on the way", "called sent, and it was not"),
    ],
)
def test_the_judge_sees_what_a_careless_program_does(play: Play, careless: str, point: str, words: str) -> None:
    assert any(words in wrong for wrong in faults_in(play(Case("taken", point, careless=careless))))
