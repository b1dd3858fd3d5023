"""An account's state and balance: asked of the sandbox, and read from answers that are not what they should be."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twilio.conftest import Heard, answer
from tui.twilio.account_state import (
    MOST_ACCOUNTS,
    Balance,
    fetch_account,
    fetch_balance,
    list_subaccounts,
    read_account,
    read_balance,
)
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, BadAnswer

OWN = "AC" + "0" * 32
anything: Any = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just([]) | st.just({})
)


async def test_the_sandbox_tells_its_state_and_its_balance(sandbox, connect) -> None:
    async with Client(connect(sandbox, kind="auth_token")) as client:
        account, balance = await fetch_account(client), await fetch_balance(client)
        assert (account.sid, account.status, account.works, account.parent) == (client.account_sid, "active", True, "")
        assert account.type in {"Full", "Trial"}
        assert balance.amount is not None
        assert balance.currency == "USD"
        assert all(each.sid != client.account_sid for each in (await list_subaccounts(client)).items)


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("73.4200", "73.4200"),
        (73.42, "73.42"),
        ("-0.5", "-0.5"),
        (10**25, "1" + "0" * 25),
        ("NaN", None),
        (float("nan"), None),
        (float("inf"), None),
        ("1e999999999", None),
        ("about ten", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
)
def test_a_balance_is_an_amount_or_unknown(said: object, amount: str | None) -> None:
    expected = None if amount is None else Decimal(amount)
    assert read_balance({"balance": said, "currency": "usd"}) == Balance(expected, "USD")


@given(anything, anything, anything)
def test_whatever_is_answered_is_an_account_and_a_balance(one: Any, two: Any, three: Any) -> None:
    account = read_account({"sid": one, "status": two, "owner_account_sid": three, "type": one})
    assert account.works == (account.status == "active")
    balance = read_balance({"balance": one, "currency": two})
    assert balance.amount is None or balance.amount.is_finite()
    assert balance.currency == "" or (len(balance.currency) == 3 and balance.currency.isascii())


def test_the_parent_of_a_sub_account_is_told_and_an_account_is_not_its_own() -> None:
    assert read_account({"sid": OWN, "owner_account_sid": OWN}).parent == ""
    assert read_account({"sid": OWN, "owner_account_sid": "AC" + "1" * 32}).parent == "AC" + "1" * 32
    assert read_account({}).works is False
    assert read_account({"status": " Suspended "}).status == "suspended"


async def test_sub_accounts_are_listed_without_the_account_and_without_what_has_no_sid(serve) -> None:
    others = [f"AC{number:032x}" for number in range(1, 4)]
    listed = [{"sid": sid, "status": "closed"} for sid in (OWN, *others, others[0], "AC/../x", None)]
    wire = await serve(answer(json.dumps({"accounts": [*listed, 7], "next_page_uri": None}).encode()))
    async with Client(wire.connection(kind="auth_token")) as client:
        found = await list_subaccounts(client)
        assert ([each.sid for each in found.items], found.whole) == (others, True)
    assert wire.heard[0].line.startswith("GET /2010-04-01/Accounts.json?PageSize=")


@pytest.mark.parametrize(("number", "whole"), [(MOST_ACCOUNTS, True), (MOST_ACCOUNTS + 1, False)])
async def test_of_very_many_sub_accounts_it_is_said_that_there_are_more(serve, number: int, whole: bool) -> None:
    listed = [{"sid": sid} for sid in (OWN, *(f"AC{n:032x}" for n in range(1, number + 1)))]
    wire = await serve(answer(json.dumps({"accounts": listed, "next_page_uri": None}).encode()))
    async with Client(wire.connection(kind="auth_token")) as client:
        found = await list_subaccounts(client)
    assert (len(found.items), found.whole) == (MOST_ACCOUNTS, whole)


async def test_what_a_key_may_not_read_is_twilios_error_and_the_balance_is_read_all_the_same(serve) -> None:
    async def reply(heard: Heard, writer: Any) -> None:
        if "/Balance.json" in heard.line:
            writer.write(answer(b'{"balance": "12.5", "currency": "EUR"}'))
        else:
            writer.write(answer(b'{"code": 20003, "message": "Authenticate"}', status="401 Unauthorized"))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        for ask in (fetch_account, list_subaccounts):
            with pytest.raises(ApiError) as caught:
                await ask(client)
            assert (caught.value.status, caught.value.code) == (401, 20003)
        assert await fetch_balance(client) == Balance(Decimal("12.5"), "EUR")


async def test_another_accounts_state_is_not_taken_for_ones_own(serve) -> None:
    wire = await serve(answer(json.dumps({"sid": "AC" + "9" * 32, "status": "active"}).encode()))
    async with Client(wire.connection(kind="auth_token")) as client:
        with pytest.raises(BadAnswer):
            await fetch_account(client)
