"""The seeded past: reproducible, varied, and quick to build."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.sandbox import resources
from tui.sandbox.account import SandboxAccount
from tui.sandbox.filters import ListFilters
from tui.sandbox.history import fill
from tui.sandbox.history_texts import HOSTILE
from tui.sandbox.senders import UNREGISTERED, UNVERIFIED

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def build(seed: int = 2026, count: int = 520, now: datetime = NOW) -> SandboxAccount:
    account = SandboxAccount(seed, clock=lambda: now, pace=1.0)
    fill(account, seed, count)
    return account


def rows(account: SandboxAccount) -> list[Any]:
    return [resources.message("AC", m, NOW) for m in account.list(ListFilters(), 1000, None).rows]


def test_the_same_seed_and_clock_give_the_same_past() -> None:
    assert rows(build()) == rows(build())
    assert rows(build(seed=7)) != rows(build(seed=8))


@pytest.mark.parametrize("count", [0, 1, 17, 300, 520, 990])
def test_there_are_as_many_as_asked_for(count: int) -> None:
    assert len(build(count=count).store) == count


def test_all_were_created_in_the_last_ninety_days_and_none_later_than_now() -> None:
    account = build()
    ages = [NOW - message.created for message in account.store]
    assert timedelta(0) < min(ages) < timedelta(minutes=10)
    assert timedelta(days=80) < max(ages) < timedelta(days=92)
    assert all(message.standing(NOW).updated <= NOW for message in account.store)


def test_everything_a_screen_must_cope_with_is_there() -> None:
    past = rows(build())
    have: dict[str, set[Any]] = {key: {row[key] for row in past} for key in past[0] if key != "subresource_uris"}
    assert {"delivered", "undelivered", "failed", "sent", "scheduled", "canceled", "received"} <= have["status"]
    assert {"inbound", "outbound-api", "outbound-reply"} <= have["direction"]
    assert {30001, 30003, 30004, 30005, 30006, 30007, 30008, 30034, None} <= have["error_code"]
    assert {21408, 21610, 21614, 30032, 63016} <= have["error_code"]
    assert {UNREGISTERED, UNVERIFIED} <= have["from"]
    assert {"", *HOSTILE} <= have["body"]
    assert {"0", "1", "2"} <= have["num_media"]
    assert "11" in have["num_segments"]
    assert None in have["price"]
    assert any("א" <= c <= "ת" for body in have["body"] for c in body)
    assert any("\u4e00" <= c <= "\u9fff" for body in have["body"] for c in body)
    assert any("\u200d" in body for body in have["body"])
    assert any(len(body) == 1600 for body in have["body"])
    assert any(row["messaging_service_sid"] and row["from"] for row in past)
    assert "ACMECLINIC" in have["from"]
    assert len(have["sid"]) == len(past)


def test_it_is_built_quickly() -> None:
    build()
    fastest = min(_timed() for _ in range(5))
    assert fastest < 0.06


def _timed() -> float:
    begun = time.process_time()
    build()
    return time.process_time() - begun
