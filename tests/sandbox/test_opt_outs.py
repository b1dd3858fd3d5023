"""STOP and START: what is said to one number of a messaging service holds for the whole service."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.account import SandboxAccount
from tui.sandbox.errors import Refusal
from tui.sandbox.parameters import Form
from tui.sandbox.senders import FRONT_DESK, LONDON, PARCELS, TOLL_FREE, UNREGISTERED, UNVERIFIED, PoolMember
from tui.sandbox.state import read_state

MAYA = "+14155550123"
# The numbers that stand together; the last one is in no service.
TOGETHER = ((FRONT_DESK, LONDON), (TOLL_FREE, PARCELS), (UNREGISTERED,), (UNVERIFIED,))
NUMBERS = [number for numbers in TOGETHER for number in numbers]


def new_account() -> SandboxAccount:
    return SandboxAccount(2026, lambda: datetime(2026, 3, 2, 12, 0, tzinfo=UTC), pace=1.0)


def is_blocked(account: SandboxAccount, **sender: str) -> bool:
    try:
        account.create(Form([("To", MAYA), ("Body", "Hi"), *sender.items()]))
    except Refusal as refusal:
        assert refusal.code == 21610
        return True
    return False


@given(st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["STOP", "START", "hello"])), max_size=8))
def test_the_last_word_said_to_any_number_of_a_service_counts(said: list[tuple[str, str]]) -> None:
    account = new_account()
    for number, word in said:
        account.receive(MAYA, number, word)
    for numbers in TOGETHER:
        words = [word for number, word in said if number in numbers and word != "hello"]
        stopped = words[-1:] == ["STOP"]
        assert {is_blocked(account, From=number) for number in numbers} == {stopped}
        if service := account.senders.service_of(numbers[0]):
            assert is_blocked(account, MessagingServiceSid=service.sid) is stopped


def test_what_was_said_before_a_number_joined_a_service_holds_until_start() -> None:
    account = new_account()
    account.receive(MAYA, UNVERIFIED, "stop")
    service = account.senders.service_of(FRONT_DESK)
    number = account.senders.owned(UNVERIFIED)
    assert service is not None
    assert number is not None
    account.senders.put(service.with_member(PoolMember(number.sid, number.phone_number, account.clock())))
    assert is_blocked(account, From=UNVERIFIED)
    assert not is_blocked(account, MessagingServiceSid=service.sid)
    account.receive(MAYA, UNVERIFIED, "START")
    assert not is_blocked(account, From=UNVERIFIED)


@pytest.mark.parametrize("on", [True, False])
def test_refused_creates_are_recorded_unless_that_is_switched_off(on: bool) -> None:
    account = new_account()
    account.receive(MAYA, FRONT_DESK, "STOP")
    account.change(read_state({"records_refused": on}, account.state, {}))
    before = len(account.store)
    assert is_blocked(account, From=FRONT_DESK)
    assert len(account.store) - before == int(on)
