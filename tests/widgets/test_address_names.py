"""Names that stand for addresses."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.services.session import Account, Session
from tui.storage.contacts import Contact, clean_name
from tui.storage.paths import Paths
from tui.twilio.senders import AccountSenders, Sender, SenderKind
from tui.widgets.address_names import name_address, name_and_number, name_in_column


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


async def test_in_a_column_the_name_stands_for_the_number_and_those_who_look_the_same_are_told_apart(session):
    def shown(address: str, width: int = 18) -> str:
        return name_in_column(session, address, width)

    await session.contacts.add(
        [
            Contact("+14155550123", "Maya"),
            Contact("+14155550124", "Jonas"),
            Contact("+14155550125", "Jonas"),
            Contact("+14155550126", "Customer Support Berlin"),
            Contact("+14155550127", "Customer Support Bonn"),
            Contact("+14155550128", "Wolfeschlegelsteinhausen"),
        ]
    )
    assert shown("+14155550123") == "Maya"
    assert shown("whatsapp:+14155550123") == "Maya wa"
    assert shown("+14155550124") == "Jonas 0124"
    assert shown("whatsapp:+14155550125") == "Jonas 0125 wa"
    assert shown("+14155550126") == "Customer Sup… 0126"
    assert shown("+14155550127", 30) == "Customer Support Bonn"
    assert shown("+14155550128") == "Wolfeschlegelstei…"
    assert shown("+14155550199") == "+1 415 555 0199"
    assert shown("messenger:1234") == "messenger:1234"


@given(names=st.lists(st.text(max_size=40), min_size=2, max_size=2), width=st.integers(12, 40))
async def test_a_name_fits_its_column_and_no_two_people_look_the_same(tmp_path_factory, names, width):
    session = Session(Paths(tmp_path_factory.getbasetemp(), tmp_path_factory.getbasetemp()))
    session.account = cast("Account", _AnAccount())
    addresses = ("+14155550123", "+14155550124")
    named = [Contact(address, clean_name(name)) for address, name in zip(addresses, names, strict=True)]
    await session.contacts.add(named)
    shown = [name_in_column(session, address, width) for address in addresses]
    assert all(cell_len(each) <= max(width, 15) for each in shown)
    assert shown[0] != shown[1]
