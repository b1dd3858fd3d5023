"""API keys and sub-accounts: the official `twilio` package against a real sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from tests.sandbox.conftest import http_to
from tui.sandbox.server import Sandbox


async def refused(work: Any, status: int) -> None:
    with pytest.raises(TwilioException) as caught:
        await work
    text = str(caught.value)
    assert getattr(caught.value, "status", None) == status or f"HTTP {status}" in text


async def test_a_new_key_opens_the_account_until_it_is_deleted(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    key = await official.do(lambda client: client.new_keys.create(friendly_name="Nightly run"))
    assert key.sid.startswith("SK") and len(key.sid) == 34 and key.secret
    by_key = connect(empty, key.sid, key.secret)
    sent = await by_key.send(to="+14155550123", from_=empty.numbers[0], body="By key")
    assert (await official.do(lambda client: client.messages(sent.sid).fetch())).body == "By key"
    again = await official.do(lambda client: client.keys(key.sid).fetch())
    assert (again.friendly_name, hasattr(again, "secret")) == ("Nightly run", False)
    assert [each.sid for each in await official.do(lambda client: client.keys.list())] == [empty.api_key_sid, key.sid]
    await official.do(lambda client: client.keys(key.sid).delete())
    await refused(by_key.do(lambda client: client.messages.list()), 401)
    await refused(official.do(lambda client: client.keys(key.sid).fetch()), 404)


async def test_two_keys_differ_and_the_secret_of_one_does_not_open_with_the_other(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    first, second = [await official.do(lambda client: client.new_keys.create()) for _ in range(2)]
    assert (first.friendly_name, first.sid != second.sid, first.secret != second.secret) == ("", True, True)
    await refused(connect(empty, first.sid, second.secret).do(lambda client: client.messages.list()), 401)


async def test_a_key_is_renamed(empty: Sandbox, connect: Any, clock: Any) -> None:
    official = connect(empty)
    clock.advance(days=1)
    key = await official.do(lambda client: client.keys(empty.api_key_sid).update(friendly_name="Mine"))
    assert (key.friendly_name, key.date_updated > key.date_created) == ("Mine", True)
    await refused(official.do(lambda client: client.keys(empty.api_key_sid).update(friendly_name="x" * 65)), 400)


async def test_a_standard_key_reaches_neither_keys_nor_accounts(empty: Sandbox, connect: Any) -> None:
    by_key = connect(empty, empty.api_key_sid, empty.api_key_secret)
    for work in (
        lambda client: client.keys.list(),
        lambda client: client.new_keys.create(),
        lambda client: client.keys(empty.api_key_sid).delete(),
        lambda client: client.api.accounts.create(),
        lambda client: client.api.accounts(empty.account_sid).fetch(),
    ):
        await refused(by_key.do(work), 401)


async def test_a_subaccount_is_made_renamed_suspended_and_closed_for_good(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    made = await official.do(lambda client: client.api.accounts.create(friendly_name="Pier 9"))
    assert (made.owner_account_sid, made.status, made.friendly_name) == (empty.account_sid, "active", "Pier 9")
    nameless = await official.do(lambda client: client.api.accounts.create())
    assert nameless.friendly_name == "SubAccount Created at 2026-03-02 12:00 pm"
    account = official.client.api.accounts(made.sid)
    assert (await official.do(lambda _: account.update(friendly_name="Pier 10"))).friendly_name == "Pier 10"
    for status in ("suspended", "active", "closed"):
        assert (await official.do(lambda _, status=status: account.update(status=status))).status == status
    listed = await official.do(lambda client: client.api.accounts.list(status="closed"))
    assert [each.sid for each in listed] == [made.sid]
    await refused(official.do(lambda _: account.update(status="active")), 400)
    await refused(official.do(lambda client: client.api.accounts(empty.account_sid).update(status="suspended")), 400)


async def test_a_subaccount_sees_itself_alone_and_only_while_it_is_active(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    made = await official.do(lambda client: client.api.accounts.create())
    own = connect(empty, made.sid, made.auth_token)
    own.client.account_sid = made.sid
    assert (await own.do(lambda client: client.api.accounts(made.sid).fetch())).sid == made.sid
    await refused(own.do(lambda client: client.api.accounts(empty.account_sid).fetch()), 401)
    for path in ("Messages.json", "Balance.json"):
        async with http_to(empty) as http:
            there = f"{empty.base_url}/2010-04-01/Accounts/{made.sid}/{path}"
            for pair in ((made.sid, made.auth_token), (empty.account_sid, empty.auth_token)):
                answer = await http.get(there, auth=pair)
                assert answer.headers["X-Tuilio-Sandbox"] == "not-implemented"
    for work in (lambda client: client.messaging.v1.services.list(), lambda client: client.api.accounts.list()):
        with pytest.raises((TwilioException, TwilioRestException), match="no more than the account itself"):
            await own.do(work)
    assert (await own.do(lambda client: client.api.accounts(made.sid).update(friendly_name="Own"))).status == "active"
    for status in ("suspended", "closed"):
        await refused(own.do(lambda client, status=status: client.api.accounts(made.sid).update(status=status)), 400)
    await official.do(lambda client: client.api.accounts(made.sid).update(status="suspended"))
    await refused(own.do(lambda client: client.api.accounts(made.sid).fetch()), 401)
