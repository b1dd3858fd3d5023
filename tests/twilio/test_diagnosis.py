"""Each usual mistake is made on purpose, and has to be named."""

from __future__ import annotations

import hashlib
import json
import time
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.twilio.diagnosis import Diagnosis, Mistake, OtherToken, diagnose
from tui.twilio.signature import sign, verify

TOKEN = "0123456789abcdef0123456789abcdef"
SECOND = "ffffffffffffffffffffffffffffffff"
URL = "https://hooks.example.com/sms?tag=a%2Fb&x=1"
FORM = "application/x-www-form-urlencoded"
PARAMS = [("Body", "Hello & bye"), ("From", "+14155550123"), ("Note", "")]


def encode(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def look(signature: str | None, url: str = URL, **more: object) -> Diagnosis:
    given_: dict[str, object] = {"content_type": FORM, "body": encode(PARAMS), **more}
    return diagnose(TOKEN, url, signature, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("signed", "here", "advice"),
    [
        ("https://h.example/sms", "http://h.example/sms", "Set the public URL to https://h.example."),
        ("http://h.example/sms", "https://h.example/sms", "Set the public URL to http://h.example."),
        ("https://h.example/sms", "http://h.example:8080/sms", "Set the public URL to https://h.example."),
        (
            "https://h.example:8443/sms",
            "https://elsewhere.example/sms",
            "Set the public URL to https://h.example:8443.",
        ),
        ("https://h.example/sms", "http://127.0.0.1:4010/sms", "Set the public URL to https://h.example."),
        ("https://h.example/sms", "https://h.example/sms/", "slash"),
        ("https://h.example/sms/", "https://h.example/sms", "slash"),
        ("https://h.example/sms/?x=1", "http://h.example/sms?x=1", "Set the public URL to https://h.example."),
        ("https://h.example/sms?b=2&a=1", "https://h.example/sms?a=1&b=2", ""),
        ("https://h.example/sms?a=x%2fy", "https://h.example/sms?a=x%2Fy", "rewrites the query"),
        ("https://h.example/sms?a=x/y", "https://h.example/sms?a=x%2Fy", "rewrites the query"),
        ("https://h.example/sms?a=x+y", "https://h.example/sms?a=x%20y", "rewrites the query"),
        ("https://h.example/sms?a=1", "https://h.example/sms?a=1&b=", "rewrites the query"),
        ("https://h.example/sms", "https://h.example/sms?a=1", "rewrites the query"),
        ("https://h.example/a%2fb", "https://h.example/a%2Fb", "rewrites the path"),
        ("https://[2001:db8::1]/sms", "http://[2001:db8::1]/sms", "Set the public URL to https://[2001:db8::1]."),
    ],
)
def test_the_url_that_was_signed_is_named(signed: str, here: str, advice: str) -> None:
    signature = sign(TOKEN, signed, PARAMS)
    assert not verify(TOKEN, here, signature, content_type=FORM, body=encode(PARAMS))
    found = look(signature, here, origins=["https://h.example", "https://h.example:8443"])
    if "b=2&a=1" in signed:
        # An order cannot be guessed; sorted is the only one that is tried.
        assert found.mistake is Mistake.UNKNOWN
        return
    assert found.mistake is Mistake.OTHER_URL
    assert found.url == signed
    assert f"Signed for {signed}; the public URL here is {here}." in found.sentence
    assert advice in found.sentence


def test_a_query_that_was_unsorted_on_the_way_is_recognised() -> None:
    signature = sign(TOKEN, "https://h.example/?a=1&b=2", PARAMS)
    assert look(signature, "https://h.example/?b=2&a=1").url == "https://h.example/?a=1&b=2"


def test_the_secondary_token_is_recognised() -> None:
    found = look(sign(SECOND, URL, PARAMS), secondary=SECOND)
    assert found.mistake is Mistake.SECONDARY_TOKEN
    assert "primary one only" in found.sentence


def test_another_connections_token_is_named_and_not_shown() -> None:
    others = [OtherToken("acme", "a" * 32), OtherToken("Büro", SECOND)]
    found = look(sign(SECOND, URL, PARAMS), others=others)
    assert found.mistake is Mistake.OTHER_CONNECTION
    assert "“Büro”" in found.sentence
    assert SECOND not in found.sentence + repr(others)


def test_another_connections_token_and_another_url_are_both_told() -> None:
    found = look(sign(SECOND, URL, PARAMS), URL.replace("https", "http"), others=[OtherToken("acme", SECOND)])
    assert found.mistake is Mistake.OTHER_CONNECTION
    assert f"It was signed for {URL}" in found.sentence


def test_a_body_that_came_after_the_signature_is_recognised() -> None:
    found = look(sign(TOKEN, URL))
    assert found.mistake is Mistake.BODY_ALTERED
    assert "without the parameters" in found.sentence


def test_a_signer_who_drops_blanks_is_recognised() -> None:
    found = look(sign(TOKEN, URL, PARAMS[:2]))
    assert found.mistake is Mistake.BODY_ALTERED
    assert "blank" in found.sentence


def test_a_form_that_lost_its_content_type_is_recognised() -> None:
    found = look(sign(TOKEN, URL, PARAMS), content_type="text/plain")
    assert found.mistake is Mistake.BODY_ALTERED
    assert "Content-Type" in found.sentence


def test_json_without_a_hash_is_told_apart_from_json_with_another_ones() -> None:
    body = json.dumps({"a": 1}).encode()
    found = look(sign(TOKEN, URL), content_type="application/json", body=body)
    assert found.mistake is Mistake.BODY_NOT_COVERED
    url = f"{URL}&bodySHA256={hashlib.sha256(b'other').hexdigest()}"
    found = look(sign(TOKEN, url), url, content_type="application/json", body=body)
    assert found.mistake is Mistake.BODY_ALTERED
    assert hashlib.sha256(body).hexdigest() in found.sentence


def test_a_good_request_has_nothing_wrong_with_it() -> None:
    assert look(sign(TOKEN, URL, PARAMS)).mistake is Mistake.NONE


@pytest.mark.parametrize(
    ("signature", "mistake"),
    [
        (None, Mistake.NO_SIGNATURE),
        ("", Mistake.NO_SIGNATURE),
        ("nonsense", Mistake.NOT_A_SIGNATURE),
        ("é" * 28, Mistake.NOT_A_SIGNATURE),
        (sign("who knows", URL), Mistake.UNKNOWN),
    ],
)
def test_what_nobody_can_explain_is_said_plainly(signature: str | None, mistake: Mistake) -> None:
    assert look(signature).mistake is mistake


def test_without_any_token_nothing_is_claimed() -> None:
    assert diagnose("", URL, sign("", URL)).mistake is Mistake.NO_TOKEN
    found = diagnose("", URL, sign(SECOND, URL), others=[OtherToken("acme", SECOND)])
    assert found.mistake is Mistake.OTHER_CONNECTION


def test_a_large_forgery_with_many_tokens_costs_a_bounded_time() -> None:
    others = [OtherToken(f"c{n}", f"{n:032x}") for n in range(50)]
    body = b"Body=" + b"x" * (1 << 20)
    begun = time.process_time()
    assert look(sign("nobody", URL), body=body, others=others, origins=["https://h.example"] * 8).mistake
    assert time.process_time() - begun < 1.0


HOSTILE = st.text(max_size=30) | st.sampled_from(["", "://", "https://[", "http://h:x/?%", "\ud800", "https://h/?&&=&"])


@settings(max_examples=300)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.binary(max_size=40), st.lists(HOSTILE, max_size=2))
def test_it_never_raises(token: str, url: str, method: str, kind: str, body: bytes, origins: list[str]) -> None:
    found = diagnose(token, url, sign("else", url), method=method, content_type=kind, body=body, origins=origins)
    assert found.sentence
    assert diagnose(token, url, url, method=method, content_type=kind, body=body, origins=origins).sentence
