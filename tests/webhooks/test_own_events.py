"""Test events of one's own: their parameters, and what the official validator says of their signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.webhooks.conftest import TOKEN
from tui.twilio.webhook_parameters import inbound_parameters
from tui.webhooks.errors import InvalidSetting
from tui.webhooks.own_events import (
    OwnEvent,
    OwnKind,
    parameters_of,
    public_form,
    read_further,
    signed_request,
)

ACCOUNT = "AC" + "1" * 32
NOW = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
DIGITS = "0123456789abcdef" * 2
TARGET = "http://127.0.0.1:3000/sms"
HELLO = OwnEvent(sender="+14155550123", to=" +14155550100 ", body="Hi & bye")


def made(event: OwnEvent) -> list[tuple[str, str]]:
    return parameters_of(event, account_sid=ACCOUNT, now=NOW, new_sid=lambda: DIGITS)


def test_a_message_is_as_twilio_and_the_sandbox_send_it() -> None:
    assert made(HELLO) == inbound_parameters(
        account_sid=ACCOUNT,
        sid="SM" + DIGITS,
        sender="+14155550123",
        to="+14155550100",
        body="Hi & bye",
        segments=1,
    )
    assert dict(made(replace(HELLO, body="x" * 161)))["NumSegments"] == "2"


def test_an_mms_has_files_and_a_sid_of_its_kind() -> None:
    files = "https://example.com/a.png?x=1\nhttps://example.com/b"
    first = dict(made(replace(HELLO, kind=OwnKind.MMS, media=files)))
    assert (first["MessageSid"], first["NumMedia"]) == ("MM" + DIGITS, "2")
    assert (first["MediaUrl0"], first["MediaContentType0"]) == ("https://example.com/a.png?x=1", "image/png")
    assert first["MediaContentType1"] == "application/octet-stream"
    with pytest.raises(InvalidSetting) as refused:
        made(replace(HELLO, kind=OwnKind.MMS))
    assert refused.value.field == "media"


def test_whatsapp_has_a_profile_in_place_of_a_place() -> None:
    first = dict(made(replace(HELLO, kind=OwnKind.WHATSAPP)))
    assert (first["From"], first["To"], first["WaId"]) == (
        "whatsapp:+14155550123",
        "whatsapp:+14155550100",
        "14155550123",
    )
    assert "FromCountry" not in first


def test_a_status_names_its_error_and_the_time_of_the_receipt() -> None:
    event = replace(HELLO, kind=OwnKind.STATUS, status="undelivered", code="30007")
    first = dict(made(event))
    assert (first["MessageStatus"], first["SmsStatus"], first["ErrorCode"]) == ("undelivered", "undelivered", "30007")
    assert first["RawDlrDoneDate"] == "2603021205"
    assert "Body" not in first
    with pytest.raises(InvalidSetting) as refused:
        made(replace(event, code="no"))
    assert refused.value.field == "code"


def test_lines_of_ones_own_replace_and_add() -> None:
    event = replace(HELLO, further="FromCity=Köln = Cologne\n\nNew=\nNew=2")
    pairs = made(event)
    assert [value for name, value in pairs if name == "FromCity"] == ["Köln = Cologne"]
    assert pairs[-2:] == [("New", ""), ("New", "2")]
    assert made(OwnEvent(OwnKind.OWN, further="CallSid=CA1")) == [("CallSid", "CA1")]


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (replace(HELLO, sender=" "), "sender"),
        (replace(HELLO, to=""), "to"),
        (replace(HELLO, kind=OwnKind.STATUS, status=" "), "status"),
        (OwnEvent(OwnKind.OWN), "further"),
        (replace(HELLO, further="a=1\nno pair"), "further"),
        (replace(HELLO, further="=x"), "further"),
    ],
)
def test_what_is_missing_is_named(event: OwnEvent, field: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        made(event)
    assert refused.value.field == field


@given(
    st.dictionaries(st.from_regex("[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True), st.text(max_size=20), max_size=6),
    st.sampled_from([TARGET, "https://hooks.example.com/in?a=b%20c", "http://[::1]:80/x"]),
    st.sampled_from(["POST", "GET"]),
)
def test_the_official_validator_says_valid(pairs, signed_for, method) -> None:
    pairs = [(name, value.encode("utf-8", "replace").decode()) for name, value in pairs.items()]
    request = signed_request(pairs, TARGET, signed_for, TOKEN, method=method, retry_id=DIGITS)
    headers = dict(request.headers)
    body = (request.content or b"").decode()  # type: ignore[union-attr]
    query = urlsplit(request.url).query
    url = f"{signed_for}{'&' if '?' in signed_for else '?'}{query}" if query else signed_for
    form = dict(parse_qsl(body, keep_blank_values=True))
    assert RequestValidator(TOKEN).validate(url, form, headers["X-Twilio-Signature"])
    assert headers["Host"] == urlsplit(signed_for).netloc
    assert request.url.startswith(TARGET)


def test_without_a_url_it_is_not_signed_and_names_the_host_it_goes_to() -> None:
    request = signed_request(made(HELLO), TARGET, "", "", method="POST", retry_id=DIGITS)
    assert "X-Twilio-Signature" not in dict(request.headers)
    assert dict(request.headers)["Host"] == "127.0.0.1:3000"
    assert int(dict(request.headers)["Content-Length"]) == len(request.content or b"")  # type: ignore[arg-type]


def test_the_user_and_password_of_the_public_url_go_to_nobody() -> None:
    plain, called = (f"https://{user}hooks.example.com/sms" for user in ("", "me:hush@"))
    requests = (
        signed_request(made(HELLO), TARGET, url, TOKEN, method="POST", retry_id=DIGITS) for url in (plain, called)
    )
    assert len(set(requests)) == 1


def test_the_public_form_has_the_path_and_the_query() -> None:
    assert public_form("http://127.0.0.1:3000/sms?a=1", "https://x.example/app") == "https://x.example/app/sms?a=1"


def test_further_lines_are_read_to_the_letter() -> None:
    assert read_further(" A = b \nMediaUrl[]=x") == [("A", " b "), ("MediaUrl[]", "x")]
