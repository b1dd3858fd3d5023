"""When a job halts by itself, and with which sentence: what would fail for all that is left is not tried on them.

Pure; told of every result in the order in which it came. Going on begins with new rows: a `Halting` is made for a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tui.jobs.model import HaltRules, ItemResult, ItemState
from tui.twilio.error_catalogue import explain, page_of

ACCOUNT: Final = frozenset({10001, 20003, 20005, 20006, 20008, 20403, 30002})
"""Credentials, funds and standing of the account: nothing is done by it until a person has seen to that."""

SENDER: Final = frozenset({21212, 21659, 21660, 21661, 21701, 21704, 21705})
"""A sender, or a messaging service, that can send nothing at all, to whomever."""

FILTERED: Final = 30007

SUSPENDED: Final = 30002


@dataclass(frozen=True, slots=True)
class Halt:
    """Why a job halts.

    Attributes:
        reason: what happened and what to do, in sentences (may hold foreign text).
        keep: whether the item that showed it waits, to be begun again when the job goes on: it was certainly not done,
            and for a reason that is not its own.
    """

    reason: str
    keep: bool = False


class Halting:
    """The rules of one run of a job."""

    def __init__(self, rules: HaltRules) -> None:
        self._rules = rules
        self._rows: dict[str, tuple[object, int]] = {}
        self._before: tuple[int, int, int] | None = None

    def note(self, sender: str, result: ItemResult) -> Halt | None:
        """What became of an item of a sender; says whether the job halts for it."""
        match result.state:
            case ItemState.DONE:
                self._rows.pop(sender, None)
                return None
            case ItemState.FAILED if result.code in ACCOUNT | SENDER:
                whose = "by this account" if result.code in ACCOUNT else f"from {sender}"
                return Halt(f"Nothing can be sent {whose}. {_explained(result.code, result.detail)}", keep=True)
            case ItemState.FAILED | ItemState.UNKNOWN:
                return self._in_a_row(sender, result)
            case _:
                return None

    def note_statuses(self, codes: Mapping[int, int], settled: int) -> Halt | None:
        """How messages of the job fared after Twilio took them, as far as is known.

        What was so when the run began counts no more: a person has seen it and went on.

        Args:
            codes: of those that failed or were not delivered, Twilio's code → how many.
            settled: how many have a final status.
        """
        filtered, suspended = codes.get(FILTERED, 0), codes.get(SUSPENDED, 0)
        if self._before is None:
            self._before = (filtered, suspended, settled)
        filtered, suspended, settled = (
            now - then for now, then in zip((filtered, suspended, settled), self._before, strict=True)
        )
        if suspended > 0:
            return Halt(f"Messages fail since the account is suspended. {_explained(SUSPENDED, None)}")
        if filtered >= self._rules.alike and settled > 0 and filtered > self._rules.filtered * settled:
            share = f"{filtered} of {settled} ({100 * filtered / settled:.0f} %)"
            return Halt(f"{share} were filtered on their way. {_explained(FILTERED, None)}")
        return None

    def _in_a_row(self, sender: str, result: ItemResult) -> Halt | None:
        kind: object = ItemState.UNKNOWN if result.state is ItemState.UNKNOWN else (result.code, result.code is None)
        before, count = self._rows.get(sender, (kind, 0))
        count = count + 1 if before == kind else 1
        self._rows[sender] = (kind, count)
        if count < self._rules.alike:
            return None
        if result.state is ItemState.UNKNOWN:
            return Halt(
                f"The answers to {count} in a row were lost, so nobody knows whether these were done. "
                "Look at the network and at Twilio's status, then go on with the others."
            )
        return Halt(f"{count} in a row failed alike. {_explained(result.code, result.detail)}")


def _explained(code: int | None, detail: str | None) -> str:
    if code is None:
        return detail or "Twilio did not say why."
    explanation = explain(code)
    if explanation is None:
        return f"{detail or 'Twilio did not say why.'} (error {code}; {page_of(code)})"
    return f"{explanation.meaning} {explanation.remedy} (error {code})"
