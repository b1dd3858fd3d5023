"""What the sandbox refuses, with Twilio's codes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.sandbox import resources
from tui.sandbox.account import SandboxAccount
from tui.sandbox.addresses import phone_number
from tui.sandbox.errors import Refusal
from tui.sandbox.filters import ListFilters
from tui.sandbox.history_texts import CORRESPONDENTS
from tui.sandbox.messages import StoredMessage
from tui.sandbox.opt_outs import START_WORDS, STOP_WORDS
from tui.sandbox.parameters import Form
from tui.sandbox.senders import (
    ANOTHER_ACCOUNTS,
    FRONT_DESK,
    LONDON,
    MAGIC_SENDER,
    PARCELS,
    SHORT_CODE,
    VOICE_ONLY,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MAYA = "+14155550123"
TEMPLATE = SandboxAccount(seed=1, clock=lambda: NOW, pace=1.0).templates.all()[0].sid


@pytest.fixture
def account() -> SandboxAccount:
    return SandboxAccount(seed=1, clock=lambda: NOW, pace=1.0)


def fields(**changes: str | None) -> list[tuple[str, str]]:
    values: dict[str, str | None] = {"To": MAYA, "From": FRONT_DESK, "Body": "Hello", **changes}
    return [(name, value) for name, value in values.items() if value is not None]


def code_of(account: SandboxAccount, *more: tuple[str, str], **changes: str | None) -> int | None:
    try:
        account.create(Form([*fields(**changes), *more]))
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"To": None}, 21604),
        ({"To": "  "}, 21604),
        ({"From": None}, 21603),
        ({"Body": None}, 21602),
        ({"Body": ""}, 21602),
        ({"Body": " \n "}, 21602),
        ({"To": "Maya"}, 21211),
        ({"To": "+123"}, 21211),
        ({"To": "+141555501234"}, 21211),
        ({"To": "+999155550123"}, 21211),
        ({"To": SHORT_CODE}, 21265),
        ({"To": "+1 (415) 555-0123"}, None),
        ({"To": "4155550123"}, None),
        ({"From": "+0"}, 21212),
        ({"From": "TWELVELETTER"}, 21212),
        ({"From": MAYA}, 21266),
        ({"Body": "x" * 1600}, None),
        ({"Body": "x" * 1601}, 21617),
        ({"From": VOICE_ONLY}, 21606),
        ({"From": "12345"}, 21606),
        ({"From": "+14155550198"}, 21659),
        ({"From": ANOTHER_ACCOUNTS}, 21660),
        ({"From": MAGIC_SENDER}, None),
        ({"From": SHORT_CODE}, None),
        ({"From": SHORT_CODE, "To": LONDON[:-3] + "456"}, 21612),
        ({"From": "ACME"}, 21612),
        ({"From": "ACME", "To": "+447700900456"}, None),
        ({"To": "+5355500123"}, 21408),
        ({"StatusCallback": "https://hooks.example/status?a=1"}, None),
        ({"StatusCallback": "/status"}, 21609),
        ({"StatusCallback": "https://under_score.example/"}, 21609),
        ({"StatusCallback": "ftp://hooks.example/"}, 21609),
        ({"MediaUrl": "not a url"}, 21620),
        ({"MediaUrl": ""}, None),
        ({"MediaUrl": "https://[bad/"}, 21620),
        ({"Body": None, "MediaUrl": "https://files.example/a.png"}, None),
        ({"ValidityPeriod": "0"}, 21624),
        ({"ValidityPeriod": "36001"}, 21624),
        ({"ValidityPeriod": "36000"}, None),
        ({"ContentSid": "HX123"}, 21655),
        ({"Body": None, "ContentSid": "HX" + "a" * 32}, 21655),
        ({"Body": None, "ContentSid": TEMPLATE}, None),
        ({"ContentSid": TEMPLATE, "ContentVariables": "[1]"}, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": "{1"}, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": '{"name": ""}'}, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": '{"name": null}'}, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": '{"name": "\\ud83d"}'}, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": '{"name": NaN}'}, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": '{"name": "Ana", "more": 1}'}, None),
        ({"To": "whatsapp:+14155550123"}, 21910),
        ({"To": "whatsapp:+14155550123", "From": f"whatsapp:{FRONT_DESK}"}, None),
        ({"To": "whatsapp:+1", "From": f"whatsapp:{FRONT_DESK}"}, 21211),
        ({"ContentVariables": "{}"}, 21654),
        ({"MessageIntent": "otp"}, None),
        ({"MessageIntent": "small talk"}, 20001),
        ({"To": "whatsapp:+5215512345678", "From": f"whatsapp:{FRONT_DESK}"}, None),
        ({"To": "rcs:+5215512345678", "From": f"rcs:{FRONT_DESK}"}, None),
        ({"To": "messenger:2716151515", "From": "messenger:1234567"}, None),
        ({"To": "whatsapp:US.13491208655302741918", "From": f"whatsapp:{FRONT_DESK}"}, None),
        ({"To": "whatsapp:@maya.harbor", "From": f"whatsapp:{FRONT_DESK}"}, None),
        ({"To": "whatsapp:", "From": f"whatsapp:{FRONT_DESK}"}, 21211),
        ({"To": "whatsapp:+12ab5512345", "From": f"whatsapp:{FRONT_DESK}"}, 21211),
        ({"To": "whatsapp:one two", "From": f"whatsapp:{FRONT_DESK}"}, 21211),
        ({"To": "whatsapp:+12345678901234567", "From": f"whatsapp:{FRONT_DESK}"}, 21211),
        ({"To": "rcs:<b>", "From": f"rcs:{FRONT_DESK}"}, 21211),
        ({"ScheduleType": "fixed", "SendAt": "2026-03-02T13:00:00Z"}, 35118),
        ({"ScheduleType": "fxed", "SendAt": "2026-03-02T13:00:00Z"}, 35126),
        ({"ScheduleType": "optimal"}, 35126),
        ({"SendAt": "2026-03-02T13:00:00Z"}, 35126),
        ({"ApplicationSid": "AP" + "0" * 32}, 20001),
        ({"ApplicationSid": "AP" + "0" * 32, "StatusCallback": "https://hooks.example/"}, None),
        ({"ShortenUrls": "true"}, 20001),
        ({"ShortenUrls": "perhaps"}, 20001),
        ({"SmartEncoded": "perhaps"}, 20001),
        ({"SendAsMms": "perhaps"}, 20001),
        ({"ContentRetention": "discard"}, 20001),
        ({"ContentRetention": "retain"}, None),
        ({"AddressRetention": "obfuscate"}, 20001),
        ({"RiskCheck": "disable"}, None),
        ({"RiskCheck": "maybe"}, 20001),
        ({"FallbackFrom": FRONT_DESK}, 21666),
        ({"MediaUrl": "https://files.example/a.png", "From": LONDON}, 21621),
        ({"To": "whatsapp:+14155550123", "From": "whatsapp:+14155550198"}, 63007),
        ({"To": f"whatsapp:{FRONT_DESK}", "From": f"whatsapp:{FRONT_DESK}"}, 63031),
        ({"From": "MG" + "0" * 32}, 21701),
    ],
)
def test_each_mistake_has_its_code(account: SandboxAccount, changes: dict[str, str | None], code: int | None) -> None:
    assert code_of(account, **changes) == code


@pytest.mark.parametrize(
    ("last", "as_from", "as_to"),
    [
        ("1", 21212, 21211),
        ("2", 21606, 21612),
        ("3", 21606, 21408),
        ("4", 21606, 21610),
        ("6", None, None),
        ("7", 21606, None),
        ("8", 21611, None),
        ("9", 21606, 21614),
    ],
)
def test_the_magic_numbers_do_what_they_do_at_twilio(
    account: SandboxAccount, last: str, as_from: int | None, as_to: int | None
) -> None:
    number = f"+1500555000{last}"
    assert code_of(account, From=number) == as_from
    assert code_of(account, To=number) == as_to


def test_a_full_queue_is_a_429() -> None:
    assert Refusal(21611, from_="+15005550008").status == 429


@pytest.mark.parametrize(
    ("send_at", "code"),
    [
        (None, 35111),
        ("tomorrow", 35114),
        ("2026-03-02T12:04:59Z", 35114),
        ("2026-03-02T12:05:00Z", None),
        ("2026-03-02T14:00:00+02:00", 35114),
        ("2026-04-06T12:00:00Z", None),
        ("2026-04-06T12:00:01Z", 35115),
    ],
)
def test_a_send_time_lies_between_five_minutes_and_thirty_five_days(
    account: SandboxAccount, send_at: str | None, code: int | None
) -> None:
    service = next(iter(account.senders.services))
    changes = {"From": None, "MessagingServiceSid": service, "ScheduleType": "fixed", "SendAt": send_at}
    assert code_of(account, **changes) == code


def test_messaging_services_are_missing_or_empty_or_unable(account: SandboxAccount) -> None:
    working, _, empty, voice, _ = account.senders.services
    assert code_of(account, From=None, MessagingServiceSid="MG" + "0" * 32) == 21701
    before = len(account.store)
    assert code_of(account, From=None, MessagingServiceSid="MG123") == 21705
    assert len(account.store) == before
    assert code_of(account, From=None, MessagingServiceSid=empty) == 21704
    assert code_of(account, From=None, MessagingServiceSid=voice) == 21703
    assert code_of(account, From=None, MessagingServiceSid=working) is None
    assert code_of(account, From=None, MessagingServiceSid=working, FallbackFrom=FRONT_DESK) == 21667
    media = "https://files.example/a.png"
    assert code_of(account, From=None, MessagingServiceSid=working, To="+447700900456", MediaUrl=media) is None


def test_a_service_may_stand_in_from(account: SandboxAccount) -> None:
    service, other, *_ = account.senders.services
    message = account.create(Form([("To", MAYA), ("From", service), ("Body", "Hello")]))
    assert (message.service, message.sender) == (service, FRONT_DESK)
    assert code_of(account, From=service, MessagingServiceSid=service) is None
    assert code_of(account, From=service, MessagingServiceSid=other) == 21212


def test_what_is_not_fixed_is_not_sent_at_once(account: SandboxAccount) -> None:
    announced: list[StoredMessage] = []
    account.announce = announced.append
    service = next(iter(account.senders.services))
    for kind, code in (("fxed", 35126), ("", 35126), ("Fixed ", None)):
        changes = {"From": None, "MessagingServiceSid": service, "ScheduleType": kind, "SendAt": "2026-03-02T14:00:00Z"}
        assert code_of(account, **changes) == code
    (only,) = announced
    assert only.standing(NOW).status == "scheduled"


def test_smart_encoding_changes_what_is_stored_and_counted(account: SandboxAccount) -> None:
    service = next(iter(account.senders.services))
    body = "“Ten” — one more… " + "x" * 80
    plain, smart = (
        account.create(Form([("To", MAYA), ("From", FRONT_DESK), ("Body", body), ("SmartEncoded", asked)]))
        for asked in ("false", "true")
    )
    assert (plain.body, plain.segments) == (body, 2)
    assert (smart.body, smart.segments) == ('"Ten" - one more... ' + "x" * 80, 1)
    account.senders.put(account.senders.services[service].changed({"smart_encoding": True}, NOW))
    fields = [("To", MAYA), ("MessagingServiceSid", service), ("Body", body)]
    assert account.create(Form(fields)).body == smart.body
    assert account.create(Form([*fields, ("SmartEncoded", "false")])).body == body


def test_links_are_shortened_for_a_service(account: SandboxAccount) -> None:
    service = next(iter(account.senders.services))
    body = "See https://files.example/a/very/long/path?with=a&query=too, or (http://b.example/)."
    fields = [("To", MAYA), ("MessagingServiceSid", service), ("Body", body), ("ShortenUrls", "true")]
    first, second = account.create(Form(fields)).body, account.create(Form(fields)).body
    assert re.fullmatch(r"See https://tx\.example/\w{7}, or \(https://tx\.example/\w{7}\)\.", first)
    assert first != second


def test_a_text_sent_as_mms_is_an_mms(account: SandboxAccount) -> None:
    message = account.create(Form([*fields(Body="x" * 400), ("SendAsMms", "true")]))
    later: Any = resources.message("AC", message, NOW + timedelta(minutes=1))
    assert message.sid.startswith("MM")
    assert (later["num_media"], later["price"]) == ("0", "-0.02000")


def test_a_service_lends_its_validity_period(account: SandboxAccount) -> None:
    service = next(iter(account.senders.services))
    account.senders.put(account.senders.services[service].changed({"validity_period": 10}, NOW))
    form = [("To", "+14155560000"), ("MessagingServiceSid", service), ("Body", "Hello")]
    assert account.create(Form(form)).steps[-1].code == 30036
    assert account.create(Form([*form, ("ValidityPeriod", "90")])).steps[-1].status == "delivered"


def test_ten_files_go_and_eleven_do_not(account: SandboxAccount) -> None:
    files = [("MediaUrl", f"https://files.example/{n}.png") for n in range(11)]
    assert code_of(account, *files[:10]) is None
    assert code_of(account, *files) == 21623


@pytest.mark.parametrize("stop", sorted(STOP_WORDS))
@pytest.mark.parametrize("start", sorted(START_WORDS))
def test_whoever_says_stop_is_left_alone_until_they_say_start(account: SandboxAccount, stop: str, start: str) -> None:
    account.receive(MAYA, FRONT_DESK, f" {stop.lower()}\n")
    assert code_of(account) == 21610
    assert code_of(account, From=PARCELS) is None
    assert code_of(account, From=None, MessagingServiceSid=next(iter(account.senders.services))) == 21610
    account.receive(MAYA, FRONT_DESK, start)
    assert code_of(account) is None


def test_stop_inside_a_sentence_is_not_an_opt_out(account: SandboxAccount) -> None:
    account.receive(MAYA, FRONT_DESK, "please stop calling")
    assert code_of(account) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": "Maya"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"From": "+0"}, 21212),
        ({"From": MAYA}, 21266),
        ({"To": "+5355500123"}, 21408),
        ({"From": VOICE_ONLY}, 21606),
        ({"To": "+15005550004"}, 21610),
        ({"From": "ACME"}, 21612),
        ({"From": "MGM"}, 21612),
        ({"Body": "x" * 1601}, 21617),
        ({"From": "+14155550198"}, 21659),
        ({"StatusCallback": "/status"}, 21609),
    ],
)
def test_a_create_refused_with_400_stays_in_the_list_as_failed(
    account: SandboxAccount, changes: dict[str, str | None], code: int
) -> None:
    announced: list[StoredMessage] = []
    account.announce = announced.append
    assert code_of(account, **changes) == code
    (kept,) = account.list(ListFilters(), 50, None).rows
    asked = dict(fields(**changes))
    assert (kept.to, kept.sender, kept.body) == (asked["To"], asked["From"], asked["Body"])
    shown: Any = resources.message("AC", kept, NOW)
    assert (shown["status"], shown["error_code"]) == ("failed", code)
    assert (shown["date_sent"], shown["price"], shown["direction"]) == (None, None, "outbound-api")
    assert announced == []


def test_a_refused_create_is_found_by_the_number_it_was_meant_for(account: SandboxAccount) -> None:
    account.receive(MAYA, FRONT_DESK, "STOP")
    assert code_of(account, To="(415) 555-0123") == 21610
    (kept,) = [row for row in account.list(ListFilters(to=MAYA), 50, None).rows if row.direction == "outbound-api"]
    assert kept.standing(NOW).code == 21610


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": None}, 21604),
        ({"From": None}, 21603),
        ({"Body": " "}, 21602),
        ({"From": "+15005550008"}, 21611),
        ({"From": None, "MessagingServiceSid": "MG" + "0" * 32}, 21701),
    ],
)
def test_what_is_no_message_or_no_400_leaves_no_trace(
    account: SandboxAccount, changes: dict[str, str | None], code: int
) -> None:
    assert code_of(account, **changes) == code
    assert len(account.store) == 0


def test_every_contact_of_the_history_can_be_answered() -> None:
    assert [contact.number for contact in CORRESPONDENTS if phone_number(contact.number) != contact.number] == []
