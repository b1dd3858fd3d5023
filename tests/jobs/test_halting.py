"""When a job halts by itself: what would fail for all is not tried on all."""

from __future__ import annotations

import pytest

from tui.jobs.halting import Halting
from tui.jobs.model import HaltRules, ItemResult, ItemState

A, B = "+15005550006", "+15005550007"
DONE = ItemResult(1, ItemState.DONE, "SM1")
LOST = ItemResult(1, ItemState.UNKNOWN, detail="The answer was lost.")


def failed(code, detail="It failed."):
    return ItemResult(1, ItemState.FAILED, code=code, detail=detail)


def after(halting, results, sender=A):
    """The number of the result that it halts after, and why."""
    for number, result in enumerate(results, 1):
        halt = halting.note(sender, result)
        if halt is not None:
            return number, halt
    return None


def test_so_many_alike_in_a_row_and_no_fewer():
    assert after(Halting(HaltRules(alike=5)), [failed(21211)] * 4 + [DONE] + [failed(21211)] * 4) is None
    number, halt = after(Halting(HaltRules(alike=5)), [DONE, *[failed(21606)] * 9])
    assert number == 6
    assert "5 in a row failed alike" in halt.reason and "(error 21606)" in halt.reason and not halt.keep


def test_failures_that_are_not_alike_are_no_row():
    assert after(Halting(HaltRules(alike=3)), [failed(code) for code in (21211, 21614, None, 21211, 21211)]) is None
    assert after(Halting(HaltRules(alike=3)), [failed(None)] * 3) is not None


def test_a_row_is_one_sender_s():
    halting = Halting(HaltRules(alike=3))
    for _ in range(2):
        assert halting.note(A, failed(21606)) is None
        assert halting.note(B, DONE) is None
    assert halting.note(A, failed(21606)) is not None


def test_answers_that_are_lost_are_a_row():
    number, halt = after(Halting(HaltRules(alike=3)), [LOST] * 5)
    assert number == 3 and "nobody knows" in halt.reason and not halt.keep


@pytest.mark.parametrize("code", [20003, 20005, 10001, 21212, 21659, 21660, 21704])
def test_credentials_funds_and_a_sender_that_can_send_nothing_halt_at_once_and_the_item_waits(code):
    number, halt = after(Halting(HaltRules()), [failed(code)])
    assert number == 1 and halt.keep
    assert halt.reason.startswith("Nothing can be sent") and f"(error {code})" in halt.reason


def test_filtered_ones_above_the_share_halt_and_what_was_so_before_the_run_does_not_count():
    halting = Halting(HaltRules(alike=5, filtered=0.2))
    assert halting.note_statuses({30007: 40}, 100) is None
    assert halting.note_statuses({30007: 44}, 110) is None
    assert halting.note_statuses({30007: 45}, 125) is None
    halt = halting.note_statuses({30007: 46}, 126)
    assert halt is not None and halt.reason.startswith("6 of 26 (23 %) were filtered")


def test_an_account_that_is_suspended_meanwhile_halts():
    halting = Halting(HaltRules())
    assert halting.note_statuses({}, 0) is None
    halt = halting.note_statuses({30002: 1}, 1)
    assert halt is not None and "suspended" in halt.reason


def test_a_code_that_nobody_knows_is_said_with_its_page():
    _, halt = after(Halting(HaltRules(alike=1)), [failed(29999, "Odd")])
    assert "Odd" in halt.reason and "29999" in halt.reason
