"""An inquiry: all free checks at once, each bounded in time, and whatever a server answers does no harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import pytest

from tests.services.why.conftest import Desk, named
from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.services.account import Account
from tui.services.message_archive import MessageArchive
from tui.services.why.checks import MOST_SAMPLES, CheckState, Subject
from tui.services.why.inquiry import PROBES, Inquiry
from tui.storage.connection import AUTH_TOKEN
from tui.twilio.client import Client
from tui.twilio.message import Message

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OWN, TOLL_FREE, MAYA = "+14155550100", "+18335550142", "+14155550123"
SERVICE, ACCOUNT = "MG" + "1" * 32, "AC" + "a" * 32

Answer = Callable[[str], object]
Made = Callable[..., Any]


def failed(code: int | None = 30008, **more: Any) -> Message:
    """A message that failed a minute ago."""
    given: dict[str, Any] = {
        "status": "undelivered",
        "direction": "outbound-api",
        "to": MAYA,
        "from_": OWN,
        "error_code": code,
        "date_created": NOW - timedelta(minutes=1),
    }
    return Message("SM" + "f" * 32, **given | more)


@pytest.fixture
def at_server(connect: Callable[..., Any], sandbox: Any) -> Made:
    """`async with at_server(answer) as account`: an account at a server that answers what `answer(target)` says.

    A number is the HTTP status of an error, a text the body as it is, anything else JSON.
    """

    @asynccontextmanager
    async def open_account(answer: Answer, *, kind: str = AUTH_TOKEN) -> AsyncIterator[Account]:
        async def respond(request: Request) -> Response:
            said = answer(request.target)
            if isinstance(said, Awaitable):
                said = await said
            if isinstance(said, int):
                return Response(said, body=json.dumps({"code": 20003, "message": "No", "status": said}).encode())
            body = said if isinstance(said, str) else json.dumps(said)
            return Response(200, (("Content-Type", "application/json"),), body.encode("utf-8", "surrogatepass"))

        archive = MessageArchive(None, clock=lambda: NOW)
        await archive.open()
        async with Server(respond) as server:
            base = f"http://127.0.0.1:{server.port}/2010-04-01"
            async with Client(replace(connect(sandbox, kind=kind), base_url=base)) as client:
                yield cast(
                    "Account",
                    SimpleNamespace(
                        client=client,
                        archive=archive,
                        working=nullcontext,
                        sandbox=False,
                        connection=client.connection,
                        line_types={},
                    ),
                )
        await archive.close()

    return open_account


async def ask(account: Account, subject: Subject | Message, **more: Any) -> Inquiry:
    about = Subject.of_message(subject) if isinstance(subject, Message) else subject
    inquiry = Inquiry(account, about, clock=lambda: NOW, **more)
    await inquiry.run()
    return inquiry


def page(key: str, *items: object, more: str = "") -> dict[str, object]:
    return {key: list(items), "meta": {"next_page_url": more or None}}


async def test_the_requests_are_under_way_together_and_told_of_as_they_come(at_server: Made) -> None:
    waiting, all_in = 0, asyncio.Event()

    def answer(target: str) -> Awaitable[object]:
        async def wait() -> object:
            nonlocal waiting
            waiting += 1
            if waiting >= 4:
                all_in.set()
            await all_in.wait()
            return {}

        return wait()

    async with at_server(answer) as account:
        told: list[int] = []
        inquiry = Inquiry(account, Subject.of_message(failed()), lambda: told.append(1), clock=lambda: NOW)
        await asyncio.wait_for(inquiry.run(), 20)
    assert waiting >= 4
    assert len(told) >= len(PROBES)
    assert not inquiry.running


async def test_what_does_not_answer_is_given_up_and_holds_up_nothing_else(at_server: Made) -> None:
    def answer(target: str) -> object:
        return asyncio.sleep(60) if "Balance" in target or "Alerts" in target else 404

    async with at_server(answer) as account:
        inquiry = await asyncio.wait_for(ask(account, failed(), longest=0.3), 10)
    balance = named(inquiry, "balance")
    assert balance.state is CheckState.UNKNOWN
    assert balance.fact.startswith("Could not read the account's balance: there was no answer within")
    assert balance.asked is not None
    assert inquiry.verdict.words.startswith("Unknown: ")


@pytest.mark.parametrize(("status", "kind"), [(401, "api_key"), (403, "api_key"), (404, "api_key"), (403, AUTH_TOKEN)])
async def test_what_may_not_be_read_says_who_may(at_server: Made, status: int, kind: str) -> None:
    async with at_server(lambda _: status, kind=kind) as account:
        inquiry = await ask(account, failed(30034))
    registration = named(inquiry, "registration")
    who = "These credentials may not read" if kind == AUTH_TOKEN else "This API key may not read"
    assert registration.fact.startswith(f"{who} messaging services ({status}, 20003)")
    assert ("the account's auth token may" in registration.fact) is (kind != AUTH_TOKEN)
    assert registration.state is CheckState.UNKNOWN
    assert inquiry.verdict.check == "code"


async def test_half_a_list_proves_nothing(at_server: Made) -> None:
    """Pages without an end: what was not found by then may still exist."""

    def answer(target: str) -> object:
        if "IncomingPhoneNumbers" in target:
            count = int(target.rpartition("Page=")[2] or 0) if "&Page=" in target else 0
            numbers = [{"sid": "PN" + "0" * 32, "phone_number": f"+1212555{n:04}"} for n in range(3)]
            link = f"/2010-04-01{target.partition('2010-04-01')[2].partition('&Page=')[0]}&Page={count + 1}"
            return {"incoming_phone_numbers": numbers, "next_page_uri": link}
        if target.startswith("/v1/Services?"):
            return page("services", *({"sid": f"MG{n:032}", "friendly_name": "x"} for n in range(30)))
        return page("phone_numbers")

    async with at_server(answer) as account:
        inquiry = await ask(account, failed(21606))
    sender, registration = named(inquiry, "sender"), named(inquiry, "registration")
    assert sender.state is registration.state is CheckState.UNKNOWN
    assert sender.fact == f"{OWN} is not among the first 60 numbers of this account; there are more."
    assert "20 messaging services that were looked at" in registration.fact
    assert inquiry.verdict.check == "code"


def registered(target: str, *, campaigns: object = (), brand: object = None, number: str = OWN) -> object:
    """An account with a number in a service."""
    if "IncomingPhoneNumbers" in target:
        return {"incoming_phone_numbers": [{"sid": "PN" + "2" * 32, "phone_number": number}]}
    if target.startswith("/v1/Services?"):
        return page("services", {"sid": SERVICE, "friendly_name": "[b]Desk[/]"})
    if "/Compliance/Usa2p" in target:
        return page("compliance", *cast("list[object]", campaigns))
    if "/PhoneNumbers" in target and "/v1/" in target:
        return page("phone_numbers", {"phone_number": number})
    return brand if "BrandRegistrations" in target and brand is not None else 404


VERIFIED = {"sid": "QE1", "campaign_status": "VERIFIED", "brand_registration_sid": "BN1"}


@pytest.mark.parametrize(
    ("campaigns", "brand", "state", "fact"),
    [
        ([], None, "FAULT", f"{OWN} is in the service “[b]Desk[/]”, which has no campaign."),
        (
            [{"campaign_status": "IN_PROGRESS"}],
            None,
            "FAULT",
            "of the service “[b]Desk[/]” is IN_PROGRESS.",
        ),
        ([{"campaign_status": "FAILED"}, VERIFIED], {"status": "APPROVED"}, "FINE", "Its brand is APPROVED."),
        ([VERIFIED], {"status": "SUSPENDED", "failure_reason": "x" * 9}, "FAULT", "Its brand is SUSPENDED: xxxxxxxxx"),
        ([VERIFIED], None, "FINE", "These credentials may not read brands (404, 20003)."),
        ([{"campaign_status": "FAILED", "errors": [{"error_code": 30896}]}], None, "FAULT", "is FAILED: "),
    ],
)
async def test_a_campaign_is_followed_to_its_brand(
    at_server: Made, campaigns: object, brand: object, state: str, fact: str
) -> None:
    async with at_server(lambda target: registered(target, campaigns=campaigns, brand=brand)) as account:
        inquiry = await ask(account, failed(30034))
    registration = named(inquiry, "registration")
    assert (registration.state.name, fact in registration.fact) == (state, True), registration
    assert bool(registration.cause) is (state == "FAULT")
    assert inquiry.verdict.certain
    if state == "FINE":
        assert inquiry.verdict.next_step.startswith("That may be mended since: ")


@pytest.mark.parametrize(
    ("verification", "state"),
    [
        ({"status": "TWILIO_APPROVED"}, CheckState.FINE),
        ({"status": "TWILIO_REJECTED", "rejection_reason": "No.", "error_code": 30446}, CheckState.FAULT),
        ({"status": "IN_REVIEW", "tollfree_phone_number": TOLL_FREE}, CheckState.FAULT),
        ({"status": "TWILIO_APPROVED", "tollfree_phone_number": "+18005550000"}, CheckState.FAULT),
    ],
)
async def test_a_toll_free_number_has_to_be_verified(at_server: Made, verification: object, state: CheckState) -> None:
    def answer(target: str) -> object:
        if "Tollfree" in target:
            assert "TollfreePhoneNumberSid=PN" in target
            return page("verifications", verification)
        return registered(target, number=TOLL_FREE)

    async with at_server(answer) as account:
        inquiry = await ask(account, failed(30032, from_=TOLL_FREE))
    assert named(inquiry, "registration").state is state


async def test_what_does_not_apply_is_left_out_with_its_reason(at_server: Made) -> None:
    async with at_server(lambda _: 404) as account:
        german = await ask(account, failed(from_="+4915550000100", to="+4915550000123"))
        inbound = await ask(account, failed(direction="inbound", status="received", error_code=None))
        name = await ask(account, failed(from_="ACME", to="+4915550000123"))
    assert dict(german.left_out)["Sender registration"].startswith("Only numbers of the United States")
    assert {"WhatsApp's 24 hours", "Media"} <= dict(german.left_out).keys()
    assert {each.name for each in inbound.checks} == {"code", "account", "balance", "sender", "alerts"}
    assert inbound.look_up_price == ""
    assert "sender" not in {each.name for each in name.checks}


async def test_what_others_met_is_said_as_far_as_it_was_looked_at(at_server: Made) -> None:
    ours = failed(30003)

    def another(number: int, **more: Any) -> Message:
        to = f"+1415555{number % 510:04}"
        return replace(
            failed(30003, to=to, date_created=NOW - timedelta(minutes=2 + number)), sid=f"SM{number:032x}", **more
        )

    async with at_server(lambda _: 404) as account:
        await account.archive.put([ours, another(1, to=MAYA, from_="+12125550110", status="sent", error_code=None)])
        few = named(await ask(account, ours), "others").fact
        # Of the day on which the last 7 days began, but before they did.
        before = replace(another(2), date_created=NOW - timedelta(days=7, hours=1))
        await account.archive.put([before])
        # From a second sender as well, but long before.
        await account.archive.put([another(n, from_=OWN if n < 590 else TOLL_FREE) for n in range(10, 600)])
        many = named(await ask(account, ours), "others").fact
    assert f"To {MAYA} from other senders 1 message: what became of them is not known yet." in few
    assert "590 other messages with 30003 in the last 7 days. The newest 499 of them: to " in many
    assert f"all from {OWN}." in many


# -- hostile answers -----------------------------------------------------------------------------------

DEEP: Any = "[" * 50_000
HUGE = [{"sid": "x" * 1000, "phone_number": "[/]\x1b]52;c;AAAA\x07", "friendly_name": "‮" * 500}] * 300
ODD: tuple[object, ...] = (
    *(None, [], {}, "", "null", 10**25, -(10**400), 1e308, True, "\ud800", "<html>", DEEP, "NaN"),
    {"permissions": None, "alerts": {}, "services": "x", "incoming_phone_numbers": [[]], "valid": "yes"},
    {
        "status": 10**25,
        "balance": "1e999999999",
        "currency": ["USD"],
        "sid": 7,
        "type": {},
        "permissions": [None, 3, {"country_code": "US", "enabled": "no"}],
        "valid": 1,
        "validation_errors": {"a": 1},
        "alerts": [{"error_code": 10**25, "resource_sid": [], "date_created": "no"}],
        "services": [{"sid": None}],
        "incoming_phone_numbers": [{"capabilities": 3}],
        "compliance": [{"errors": 3}],
        "meta": 3,
        "phone_numbers": [3, {"phone_number": 3}],
        "verifications": [None],
        "line_type_intelligence": [1],
    },
    {
        "incoming_phone_numbers": HUGE,
        "services": HUGE,
        "phone_numbers": HUGE,
        "alerts": HUGE,
        "permissions": HUGE,
        "next_page_uri": "http://elsewhere.example/",
        "meta": {"next_page_url": "//x"},
    },
    {
        "services": [{"sid": "\ud800"}],
        "phone_numbers": [{"phone_number": OWN}],
        "compliance": [{"campaign_status": "VERIFIED", "brand_registration_sid": "../\udfff" * 50_000}],
    },
)


@pytest.mark.parametrize("said", ODD, ids=range(len(ODD)))
async def test_odd_answers_are_unknown_and_do_no_harm(at_server: Made, said: object) -> None:
    async with at_server(lambda _: said if not isinstance(said, int) else json.dumps(said)) as account:
        odd = failed(None, num_media=2, messaging_service_sid=SERVICE, error_message="[/]\x1b[2J")
        inquiry = await asyncio.wait_for(ask(account, odd), 30)
        await inquiry.look_up()
    states = {each.name: each.state for each in inquiry.checks}
    assert set(states.values()) <= {CheckState.UNKNOWN, CheckState.FINE, CheckState.FAULT}
    # An empty list is an answer, and the faults that follow from it are facts.
    assert {name for name, state in states.items() if state is CheckState.FAULT} <= {"sender", "registration"}
    assert states["balance"] is states["account"] is states["country"] is CheckState.UNKNOWN or said is ODD[-3]
    assert all(len(each.fact) < 2_000 for each in inquiry.checks)


@pytest.mark.parametrize(("code", "failed_with"), [(11200, None), (77777, None), (12300, 12300)])
async def test_no_secret_of_a_webhooks_url_is_in_what_is_found(at_server: Made, code: int, failed_with: int | None):
    url = "https://me:hunter2@example.com/sms?token=t0k3n"
    one = {
        "error_code": code,
        "resource_sid": "SM" + "f" * 32,
        "request_url": url,
        "alert_text": urlencode([("Msg", f"{'-' * 150} {url}")]),
    }
    async with at_server(lambda target: {"alerts": [one]} if "Alerts" in target else 404) as account:
        inquiry = await ask(account, failed(failed_with, num_media=1))
    found = " ".join(f"{each.fact} {each.cause}" for each in inquiry.checks)
    assert "example.com" in found
    assert not [word for word in ("hunter2", "hunt", "t0k3n") if word in found]
    # A name keeps its capital after a colon.
    assert "twilio" not in found


@pytest.mark.parametrize(
    "subject",
    [
        Subject(),
        Subject(code=10**25),
        Subject(code=30034, own='"] or is:out', other="\ud800"),
        Subject(code=30034, own="half \udc00", other=MAYA),
        Subject(code=30034, own="MG" + "1" * 32, other="+999999999999999"),
        Subject.of_code(30034, ()),
        Subject.of_code(30034, tuple(failed(30034, to=f"+1415555{n:04}") for n in range(500))),
        Subject.of_message(Message("")),
    ],
)
async def test_odd_subjects_get_a_verdict(at_server: Made, subject: Subject) -> None:
    targets: list[str] = []

    def answer(target: str) -> object:
        targets.append(target)
        return 404

    async with at_server(answer) as account:
        inquiry = await ask(account, subject)
    assert inquiry.verdict.words
    assert len(subject.messages) <= MOST_SAMPLES
    assert len(targets) == len(set(targets)) <= 20


async def test_a_look_up_that_failed_may_have_been_billed_and_is_not_repeated_by_itself(at_server: Made) -> None:
    asked: list[str] = []

    def answer(target: str) -> object:
        if "Fields" in target:
            asked.append(target)
            return "<html>" if len(asked) == 1 else {"line_type_intelligence": {"type": "mobile"}}
        return 404

    async with at_server(answer) as account:
        inquiry = await ask(account, failed())
        await asyncio.gather(inquiry.look_up(), inquiry.look_up())
        assert len(asked) == 1
        line = named(inquiry, "line_type")
        assert line.state is CheckState.UNKNOWN
        assert line.fact.startswith("Could not read paid look-ups: ")
        assert inquiry.look_up_number == MAYA
        await inquiry.look_up()
        assert len(asked) == 2
        assert named(inquiry, "line_type").fact == f"{MAYA} is a mobile phone."
        other = Inquiry(account, Subject.of_message(failed()), clock=lambda: NOW)
        await other.look_up()
    assert len(asked) == 2


async def test_an_inquiry_that_is_left_lets_go_of_its_requests(desk: Desk) -> None:
    message = await desk.send()
    inquiry = Inquiry(desk.account, Subject.of_message(message))
    running = asyncio.ensure_future(inquiry.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not inquiry.running
