"""The twelve causes that are planted in the sandbox: the verdict names each, and nothing is paid for unasked.

Which recipient, sender or state brings which about is written in docs/sandbox.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.services.why.conftest import Desk, named
from tui.sandbox.senders import ANOTHER_ACCOUNTS, FRONT_DESK, UNREGISTERED, UNVERIFIED
from tui.services.why.checks import CheckState, Subject

MAYA, PARCELS = "+14155550123", "+12125550110"
NOBODY = "http://127.0.0.1:9/status"


@dataclass(frozen=True)
class Cause:
    """What is set and sent, and what the verdict then says.

    Attributes:
        code: that the message fails with, or is refused with.
        check: which check decides; empty for unknown.
        words: of the verdict, somewhere in it.
    """

    form: dict[str, str]
    code: int | None
    check: str
    words: str
    state: dict[str, Any] = field(default_factory=dict)
    certain: bool = True
    stop: bool = False


CAUSES = {
    "not registered": Cause({"From": UNREGISTERED}, 30034, "registration", "not in a registered campaign"),
    "toll-free not verified": Cause({"From": UNVERIFIED}, 30032, "registration", f"{UNVERIFIED} is not verified"),
    "opted out": Cause({}, 21610, "consent", "The recipient opted out of messages from this sender.", stop=True),
    "opted out, as Twilio says": Cause({"To": "+14155521610"}, 21610, "consent", "opted out"),
    "country disabled": Cause({"To": "+5355500123"}, 21408, "country", "Messages to Cuba are switched off"),
    "another country disabled": Cause(
        {"To": "+4915550000123"}, 21408, "country", "to Germany are", state={"disabled_countries": ["DE"]}
    ),
    "landline": Cause({"To": "+14155530006"}, 30006, "code", "landline", certain=False),
    "landline, refused": Cause({"To": "+14155521614"}, 21614, "code", "not a mobile"),
    "suspended": Cause({}, 10001, "account", "The account is suspended.", state={"status": "suspended"}),
    "suspended in flight": Cause({"To": "+14155530002"}, 30002, "code", "suspended"),
    "low balance": Cause({}, 10001, "balance", "Nothing is left on the account", state={"balance": "-0.35"}),
    "another account's number": Cause({"From": ANOTHER_ACCOUNTS}, 21660, "sender", f"{ANOTHER_ACCOUNTS} is none of"),
    "nobody's number": Cause({"From": "+14155550198"}, 21659, "sender", "+14155550198 is none of this account's"),
    "queue full": Cause({}, 21611, "queue", "This sender's queue is full.", state={"full_queues": [FRONT_DESK]}),
    "queue overflow": Cause({"To": "+14155530001"}, 30001, "queue", "queue"),
    "outside the window": Cause(
        {"From": f"whatsapp:{FRONT_DESK}", "To": "whatsapp:+14155550188"}, 63016, "window", "The 24-hour window"
    ),
    "media unreachable": Cause({"MediaUrl": "https://files.invalid/a.png"}, 11200, "media", "or a file of yours"),
    "media of another kind": Cause({"MediaUrl": "https://files.example/login.html"}, 12300, "media", "the media"),
    "webhook failing": Cause({"StatusCallback": NOBODY}, None, "alerts", "It was delivered, but: your webhook failed"),
    "nothing wrong": Cause({}, None, "code", "Nothing is wrong: it was delivered."),
}


async def subject_of(desk: Desk, cause: Cause) -> Subject:
    """Send what the cause says, and wait for what becomes of it."""
    if cause.state:
        await desk.control("state", cause.state)
    if cause.stop:
        await desk.control("inbound", {"From": MAYA, "To": FRONT_DESK, "Body": "STOP"})
        await desk.look()
    message = await desk.attempt(**cause.form)
    if message is None:
        # Refused with another status than 400: such a one is not kept by Twilio.
        return Subject(code=cause.code, own=cause.form.get("From", FRONT_DESK), other=cause.form.get("To", MAYA))
    return Subject.of_message(message)


@pytest.mark.parametrize("name", CAUSES)
async def test_the_verdict_names_the_cause(desk: Desk, name: str) -> None:
    cause = CAUSES[name]
    subject = await subject_of(desk, cause)
    assert subject.code == cause.code
    inquiry = await desk.ask(subject)
    verdict = inquiry.verdict
    assert (verdict.check, verdict.certain) == (cause.check, cause.certain), verdict
    assert cause.words in verdict.words
    assert "twilio" not in verdict.words, "a name without its capital"
    assert named(inquiry, cause.check).fact
    if "Send it again." in verdict.next_step:
        assert "While that is so" in named(inquiry, "code").consequence, "it says both to send it again and not to"
    assert CheckState.WAITING not in {each.state for each in inquiry.checks}
    assert not [each for each in inquiry.checks if "not got" in each.fact]
    assert desk.asked("Fields=") == []
    assert (await desk.control("state"))["paid_lookups"] == 0


async def test_a_landline_is_certain_once_it_was_paid_for_and_that_once(desk: Desk) -> None:
    subject = await subject_of(desk, CAUSES["landline"])
    inquiry = await desk.ask(subject)
    line = named(inquiry, "line_type")
    assert (line.state, inquiry.look_up_number) == (CheckState.NOT_ASKED, "+14155530006")
    assert "USD" in inquiry.look_up_price
    assert inquiry.verdict.words.startswith("Probably: ")
    await inquiry.look_up()
    line = named(inquiry, "line_type")
    assert line.state is CheckState.FAULT
    assert line.fact.startswith("+14155530006 is a landline")
    assert inquiry.verdict.words == "The recipient's number is a landline, which takes no texts."
    assert inquiry.verdict.certain
    assert inquiry.look_up_price == ""
    await inquiry.look_up()
    again = await desk.ask(subject)
    assert named(again, "line_type") == line
    await again.look_up()
    assert len(desk.asked("Fields=line_type_intelligence")) == 1
    assert (await desk.control("state"))["paid_lookups"] == 1


async def test_what_an_api_key_may_not_read_is_said_and_named_where_the_code_tells(key_desk: Desk) -> None:
    subject = await subject_of(key_desk, CAUSES["suspended"])
    inquiry = await key_desk.ask(subject)
    account = named(inquiry, "account")
    assert account.state is CheckState.UNKNOWN
    assert account.fact == "This API key may not read the account's state (401, 20003); the account's auth token may."
    assert account.asked is not None
    assert account.asked[1].endswith(f"/Accounts/{key_desk.account.client.account_sid}.json")
    assert inquiry.verdict.check == "code"
    assert "suspended" in inquiry.verdict.words
    assert key_desk.sandbox.api_key_secret not in json.dumps([str(each) for each in inquiry.checks])


async def test_a_message_still_on_its_way_says_for_how_long(desk: Desk) -> None:
    message = await desk.send(To="+14155560000")
    inquiry = await desk.ask(message)
    assert inquiry.verdict.words.startswith("Nothing is wrong yet: queued for ")
    assert "within" in inquiry.verdict.words


async def test_the_messages_of_a_code_share_what_can_be_shared(desk: Desk) -> None:
    messages = [await desk.attempt(From=UNREGISTERED, To=f"+141555501{n:02}") for n in range(3)]
    before = len(desk.asked())
    inquiry = await desk.ask(Subject.of_code(30034, tuple(each for each in messages if each is not None)))
    asked = desk.asked()[before:]
    assert len([each for each in asked if "IncomingPhoneNumbers" in each]) == 1
    assert len(asked) == len(set(asked))
    assert inquiry.verdict.check == "registration"
    others = named(inquiry, "others")
    assert others.state is CheckState.FAULT
    assert others.fact.startswith("3 messages with 30034 in the last 7 days, to 3 recipients, ")
    assert f"all from {UNREGISTERED}" in others.fact
