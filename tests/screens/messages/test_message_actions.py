"""A message is opened by its SID out of whatever was copied with it."""

from __future__ import annotations

import pytest

from tests.screens.messages.listed import loaded
from tui.sandbox.faults import Fault
from tui.screens.messages.message_actions import check_sid
from tui.twilio.addresses import find_message_sids
from tui.widgets.dialogs import Confirm

SID = "SM" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "text",
    [
        SID,
        f"2026-11-28 12:00:01 WARN sms sid={SID} status=failed",
        f"https://console.twilio.com/us1/monitor/logs/sms/{SID}?x=1",
        f'{{"sid": "{SID}", "again": "{SID}"}}',
        f"/2010-04-01/Accounts/AC{'1' * 32}/Messages/{SID}.json",
        f"Nov 28 12:00:01 web-1 app[4242]: [INFO] Sms sent ({SID.lower()}) to '+14155550175' in 0.41s",
        f"SMSSTATUS={SID.upper()}&STATUS=DELIVERED",
        f'10.0.0.1 - - [28/Nov/2026:12:00:01 +0000] "GET /status?back=%2Fmessages%2F{SID} HTTP/1.1" 200 12',
        f'callback "MessageSid={SID}&SmsSid={SID}&AccountSid=AC{"1" * 32}&MessageStatus=sent"',
        f'msg="twilio: ‘{SID}’ queued" err="" service=MG{"2" * 32}',
        f'{{"msg":"created\\n{SID}\\n","url":"x?sid\\u003d{SID}"}}',
        f"\u201c{SID}\u201d,",
        f"message_sid_{SID}_retry",
    ],
)
def test_a_sid_is_taken_out_of_what_was_copied_with_it(text: str):
    assert (check_sid(text), find_message_sids(text)) == ("", (SID,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SM123", "No message SID"),
        (SID + "0", "No message SID"),
        ("AC" + "1" * 32, "No message SID"),
    ],
)
def test_a_text_with_no_sid_is_refused(text: str, words: str):
    assert words in check_sid(text)


async def test_of_several_sids_in_a_log_one_is_chosen(sandbox, run_app, until, text_of):
    from tui.screens.messages.message_actions import ask_for_sid
    from tui.widgets.dialogs import Ask, Choose

    other, entered = "MM" + "f" * 32, []
    async with run_app(sandbox=sandbox) as pilot:
        ask_for_sid(pilot.app.screen, entered.append, typed=f"retry {SID} -> {other} ok")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        await until(pilot, lambda: SID in text_of(pilot) and other in text_of(pilot))
        await pilot.press("2")
        await until(pilot, lambda: entered == [other])


async def test_what_failed_is_named(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        sandbox.faults.add(Fault("500-before", method="POST", times=1))
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "Redact: " in text_of(pilot))
