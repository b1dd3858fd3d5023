"""Timetables: which statuses a message has, when, and with which code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.account import SandboxAccount
from tui.sandbox.lifecycle import FAILED, UNDELIVERED
from tui.sandbox.messages import StoredMessage
from tui.sandbox.parameters import Form
from tui.sandbox.senders import FRONT_DESK

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def send(to: str, pace: float = 1.0, **more: str) -> StoredMessage:
    account = SandboxAccount(seed=1, clock=lambda: NOW, pace=pace)
    form = {"To": to, "From": FRONT_DESK, "Body": "Hello", **more}
    return account.create(Form(form.items()))


def course(message: StoredMessage) -> list[tuple[str, int | None]]:
    return [(step.status, step.code) for step in message.steps]


@pytest.mark.parametrize("code", sorted(UNDELIVERED))
def test_a_number_that_ends_in_an_undelivered_code_ends_so(code: int) -> None:
    assert course(send(f"+141555{code}"))[-2:] == [("sent", None), ("undelivered", code)]


@pytest.mark.parametrize("code", sorted(FAILED))
def test_a_number_that_ends_in_a_failed_code_is_never_sent(code: int) -> None:
    message = send(f"+141555{code}")
    assert course(message)[-1] == ("failed", code)
    assert message.standing(NOW + timedelta(hours=1)).sent is None


def test_some_stay_sent_for_ever() -> None:
    standing = send("+14155500000").standing(NOW + timedelta(days=900))
    assert (standing.status, standing.code) == ("sent", None)


def test_some_arrive_in_part() -> None:
    assert course(send("+14155570000"))[-2:] == [("sent", None), ("partially_delivered", None)]


def test_rcs_may_not_reach_a_phone_and_sms_knows_nothing_of_it() -> None:
    message = send("rcs:+14155530046", From=f"rcs:{FRONT_DESK}")
    assert course(message)[-2:] == [("sent", None), ("undelivered", 30046)]
    assert course(send("+14155530046"))[-1] == ("delivered", None)


def test_a_slow_one_expires_when_its_validity_is_shorter_than_the_queue() -> None:
    assert course(send("+14155560000"))[-1] == ("delivered", None)
    late = send("+14155560000", ValidityPeriod="10")
    assert course(late) == [("queued", None), ("failed", 30036)]
    assert late.steps[-1].at == NOW + timedelta(seconds=10)


def test_a_channel_message_is_read_in_the_end() -> None:
    message = send("messenger:2716151515", From="messenger:1234567")
    assert [status for status, _ in course(message)] == ["queued", "sending", "sent", "delivered", "read"]


@given(st.integers(0, 99), st.floats(0.001, 100))
def test_delivery_takes_three_to_four_seconds_at_speed_one(last: int, pace: float) -> None:
    message = send(f"+141555512{last:02}", pace)
    taken = (message.steps[-1].at - NOW).total_seconds() / pace
    assert 2.99 <= taken <= 4.01
    assert [step.at for step in message.steps] == sorted(step.at for step in message.steps)
