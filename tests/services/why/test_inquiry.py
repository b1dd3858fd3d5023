"""An inquiry: all free checks at once, each bounded in time, and a verdict while they come."""

from __future__ import annotations

from tests.services.why.conftest import Desk, named
from tui.services.why.checks import CheckState, Subject


async def test_a_sender_that_is_not_the_accounts_is_named(desk: Desk) -> None:
    inquiry = await desk.ask(Subject(code=21606, own="+14155559999", other="+14155550123"))
    sender = named(inquiry, "sender")
    assert sender.state is CheckState.FAULT
    assert sender.fact.startswith("+14155559999 is not among the ")
    assert sender.asked is not None
    assert sender.asked[0] == "GET"
    assert "IncomingPhoneNumbers" in sender.asked[1]
    assert inquiry.verdict.check == "sender"
    assert inquiry.verdict.certain
    assert len(desk.told) >= 3
