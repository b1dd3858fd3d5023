"""Twilio may store another text than was sent: a lost send is recognised where that follows, and else cannot be told.

Never is such a message passed over as “not in the account's list”, with another send offered beside it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cases import in_full
from tests.services.sends.little_twilio import RESET, LittleTwilio, by_hand
from tests.services.sends.steps import look_up, submit
from tui.screens.sending.outcome_text import explanation
from tui.services.raw_requests import send_by_hand
from tui.services.send_state import SendState
from tui.services.sends import SendService
from tui.storage.journal import JournalState, SendJournal
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest, RequestFailed

TO, FROM, SERVICE = "+14155552671", "+15005550006", "MG" + "a" * 32
PLAIN = Draft(TO, FROM, "Hello")
SMART = Draft(TO, FROM, "“Hi” – see you…", smart_encoded=True)
LINK = Draft(TO, SERVICE, "Hi, see https://shop.example/a/very/long/path?x=1 today", shorten_urls=True)
PICTURE = Draft(TO, SERVICE, "Look", media_urls=("https://x.example/a.png",))
TRIAL = "Sent from your Twilio trial account - "

RECOGNISED: dict[str, tuple[Draft, dict[str, Any]]] = {
    "as it was": (PLAIN, {}),
    "a trial account's words before it": (PLAIN, {"body": TRIAL + "Hello"}),
    "a text as MMS": (replace(PLAIN, send_as_mms=True), {"sid": "MM" + "5" * 32}),
    "a text as MMS by the account's own setting": (PLAIN, {"sid": "MM" + "5" * 32}),
    "characters replaced, as asked": (SMART, {"body": '"Hi" - see you...'}),
    "some of them replaced": (SMART, {"body": '"Hi" – see you...'}),
    "characters replaced by a service": (
        replace(SMART, from_=SERVICE, smart_encoded=None),
        {"body": '"Hi" - see you...'},
    ),
    "a trial account's words before a smart one": (SMART, {"body": TRIAL + '"Hi" - see you...'}),
    "a link that was left alone": (LINK, {}),
    "a picture": (PICTURE, {}),
    "a picture that is not counted yet": (PICTURE, {"num_media": "0"}),
}
NOT_TOLD: dict[str, tuple[Draft, dict[str, Any]]] = {
    "a shortened link": (LINK, {"body": "Hi, see https://twil.io/abc today"}),
    "a shortened link in a smart text": (LINK, {"body": "Hi,  see https://twil.io/abc today"}),
    "a shortened link, not asked for here": (replace(LINK, shorten_urls=None), {"body": "Hi, see http://t.co/1 today"}),
    "media turned into a link": (PICTURE, {"sid": "SM" + "5" * 32, "num_media": "0", "body": "Look https://mms.io/x"}),
    "media alone, turned into a link": (
        replace(PICTURE, body=""),
        {"sid": "SM" + "5" * 32, "num_media": "0", "body": "https://mms.io/x"},
    ),
    "a text that was emptied": (PLAIN, {"body": ""}),
    "a text that was emptied, as null": (PLAIN, {"body": None}),
    "a template": (Draft(TO, SERVICE, content_sid="HX" + "1" * 32), {"body": "Hello Maya"}),
    "characters replaced though nobody asked": (replace(SMART, smart_encoded=None), {"body": '"Hi" - see you...'}),
    "characters replaced against the wish": (replace(SMART, smart_encoded=False), {"body": '"Hi" - see you...'}),
    "blanks that were lost": (replace(PLAIN, body="Hello  there \n"), {"body": "Hello there"}),
    "other line ends": (replace(PLAIN, body="a\r\nb"), {"body": "a\nb"}),
}
OTHERS: dict[str, tuple[Draft, dict[str, Any]]] = {
    "another text": (PLAIN, {"body": "Goodbye"}),
    "another text around the link": (LINK, {"body": "Hi, look at https://twil.io/abc today"}),
    "no link where there was one": (LINK, {"body": "Hi, see today"}),
    "another sender": (PLAIN, {"from": "+15005550007"}),
    "an answer": (PLAIN, {"direction": "inbound"}),
}


@pytest.fixture
async def twilio() -> AsyncIterator[LittleTwilio]:
    async with LittleTwilio() as running:
        running.answer = lambda _: RESET
        yield running


async def looked_up(twilio: LittleTwilio, draft: Draft, stored: dict[str, Any], way: str = "compose") -> SendState:
    twilio.store = lambda message: message | stored
    outbox = SendJournal(None)
    async with Client(twilio.connection) as client:
        desk = SendService("c", client, outbox, lambda _: None, clock=outbox.now)
        if way == "compose":
            await submit(desk, draft)
        else:
            with pytest.raises(RequestFailed):
                await send_by_hand(client, "c", outbox, by_hand(urlencode(draft.form())))
        return await look_up(desk, outbox.entries(client.account_sid)[0])


def words(sending: SendState) -> str:
    return explanation(sending).plain


@pytest.mark.parametrize("way", ["compose", in_full("by hand")])
@pytest.mark.parametrize("case", RECOGNISED)
async def test_a_message_is_recognised_where_its_text_follows_from_what_was_sent(
    twilio: LittleTwilio, case: str, way: str
) -> None:
    sending = await looked_up(twilio, *RECOGNISED[case], way)
    assert sending.entry.state is JournalState.ACCEPTED
    assert sending.entry.sid == twilio.messages[0]["sid"]


@pytest.mark.parametrize("way", ["compose", in_full("by hand")])
@pytest.mark.parametrize("case", NOT_TOLD)
async def test_where_it_may_only_be_ours_it_cannot_be_told(twilio: LittleTwilio, case: str, way: str) -> None:
    sending = await looked_up(twilio, *NOT_TOLD[case], way)
    assert (sending.entry.state, sending.candidates, sending.resembling) == (JournalState.UNKNOWN, 1, True)
    assert "cannot be told" in words(sending)
    assert "not in the account's list" not in words(sending)


@pytest.mark.parametrize("case", OTHERS)
async def test_what_cannot_be_ours_is_passed_over(twilio: LittleTwilio, case: str) -> None:
    sending = await looked_up(twilio, *OTHERS[case])
    assert (sending.entry.state, sending.candidates) == (JournalState.UNKNOWN, 0)
    assert "not in the account's list so far" in words(sending)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ("To=%28415%29+555-2671&From=%2B15005550006&Body=x", "To"),
        ("From=%2B15005550006&Body=x", "To"),
        ("To=%2B14155552671&Body=x", "From"),
        ('{"To": "+14155552671"}', "To"),
    ],
)
async def test_what_was_not_written_as_twilio_lists_it_cannot_be_looked_for(
    twilio: LittleTwilio, data: str, field: str
) -> None:
    outbox = SendJournal(None)
    async with Client(twilio.connection) as client:
        with pytest.raises(RequestFailed):
            await send_by_hand(client, "c", outbox, by_hand(data))
        desk = SendService("c", client, outbox, lambda _: None, clock=outbox.now)
        with pytest.raises(InvalidRequest) as caught:
            await look_up(desk, outbox.entries(client.account_sid)[0])
    assert caught.value.field == field
