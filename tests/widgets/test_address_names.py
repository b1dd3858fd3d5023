"""Names that stand for addresses."""

from __future__ import annotations

from typing import cast

import pytest

from tui.services.session import Account, Session
from tui.storage.paths import Paths
from tui.twilio.senders import AccountSenders, Sender, SenderKind
from tui.widgets.address_names import name_address, name_and_number


class _AnAccount:
    sandbox = True
    senders = AccountSenders(
        (
            Sender(SenderKind.NUMBER, "+14155550100", "On-call alerts"),
            Sender(SenderKind.NUMBER, "+14155550101", "(415) 555-0101"),
        )
    )


@pytest.fixture
async def session(tmp_path):
    session = Session(Paths(tmp_path, tmp_path))
    session.account = cast("Account", _AnAccount())
    return session


async def test_a_persons_own_name_goes_before_twilios_and_a_friendly_name_that_is_the_number_says_nothing(session):
    assert name_address(session, "+14155550100") == "On-call alerts"
    assert name_and_number(session, "+14155550101") == "+1 415 555 0101"
    await session.contacts.put("+14155550100", "Night shift")
    assert name_and_number(session, "+14155550100") == "Night shift · +1 415 555 0100"


@pytest.mark.parametrize("hostile", ["[@click=app.leave]x[/]", "a\u202eb", "x" * 10_000, "e" + "\u0301" * 500])
async def test_a_hostile_friendly_name_is_shown_in_one_short_safe_line(session, hostile: str):
    session.account.senders = AccountSenders((Sender(SenderKind.NUMBER, "+14155550100", hostile),))
    shown = name_address(session, "+14155550100")
    assert len(shown) <= 120
    assert "\u202e" not in shown
