"""Each usual mistake is made on purpose, and has to be named."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tui.twilio.signature import HMAC_SHA256, sign, verify
from tui.twilio.signature_diagnosis import Diagnosis, Mistake, OtherToken, diagnose

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
        ("https://h.example/sms?b=2&a=1", "https://h.example/sms?a=1&b=2", "rewrites the query"),
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


VARIANTS = [
    (url, params)
    for url in (
        "https://hooks.example.com/sms?n=%2B1415&tag=%7Ea&z=9",
        "https://hooks.example.com/a%2Fb/sms?z=a+b&n=%2B1&t=x%7Ey",
        "http://h.example:8080/in/?n=%2B44&c=%7E&b=1&a=2",
        "https://sub.h.example/%7Eme?u=%2B%7E&k",
    )
    for params in (
        PARAMS,
        [("From", "+1"), ("To", "+2"), ("Body", "é 🙂")],
        [(f"P{n}", str(n)) for n in range(20)],
    )
]


def swapped(query: str) -> str:
    fields = query.split("&")
    return "&".join([*fields[1:], fields[0]])


def proxied(url: str, change: Callable[[str], str]) -> str:
    head, _, query = url.partition("?")
    return f"{head}?{change(query)}"


# What was signed, what arrived, the token as it was saved, and words of the diagnosis that name it.
CAUSES: dict[str, tuple[Callable[[str], str], list[tuple[str, str]], Callable[[str], str], str]] = {
    "a blank behind the token": (str, [], lambda token: token + " ", "token"),
    "a line end behind the token": (str, [], lambda token: token + "\r\n", "token"),
    "blanks before the token": (str, [], lambda token: "\t\u00a0" + token, "token"),
    "quotes around the token": (str, [], lambda token: f'"{token}"', "token"),
    "nothing visible around the token": (str, [], lambda token: f"\ufeff{token}\u200b", "token"),
    "the token in capitals": (str, [], str.upper, "token"),
    "%2B decoded": (lambda url: url.replace("%2B", "+"), [], str, "rewrites the query"),
    "%7E decoded": (lambda url: url.replace("%7E", "~"), [], str, "rewrites"),
    "the query reordered": (lambda url: proxied(url, swapped), [], str, "rewrites the query"),
    "the query sorted": (lambda url: proxied(url, lambda q: "&".join(sorted(q.split("&")))), [], str, "query"),
    "a field added to the query": (lambda url: url + "&utm_source=x", [], str, "rewrites the query"),
    "a slash doubled": (lambda url: url.replace("/sms", "//sms"), [], str, "rewrites the path"),
    "the host in lower case": (str, [], str, "Capitals count"),
    "one parameter added": (str, [("X-Trace", "abc")], str, "without the parameter X-Trace"),
    "one of Twilio's names added": (str, [("Direction", "in")], str, "without the parameter Direction"),
    "several parameters added": (str, [("_csrf", "1"), ("utm", "2")], str, "without the parameter _csrf, utm"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_that_can_be_found_is_named_for_every_kind_of_request(cause: str) -> None:
    change, added, spell, words = CAUSES[cause]
    for url, params in VARIANTS:
        signed, here, saved = url, change(url), spell(TOKEN)
        if cause == "the host in lower case":
            signed = url.replace("example", "Example").replace("hooks", "HOOKS")
        if here == signed and not added and saved == TOKEN:
            continue
        signature = sign(TOKEN, signed, params)
        body = encode(params + added)
        assert not verify(saved, here, signature, content_type=FORM, body=body)
        found = diagnose(saved, here, signature, content_type=FORM, body=body)
        assert words in found.sentence, (url, found)
        assert TOKEN not in found.sentence
        if not added:
            assert found.url == signed


def test_a_cause_is_named_behind_another_address_as_well() -> None:
    signature = sign(TOKEN, "https://h.example/sms?n=%2B1&b=2", PARAMS)
    found = look(signature, "http://127.0.0.1:4010/sms?b=2&n=%2B1", origins=["https://h.example"])
    assert found.url == "https://h.example/sms?n=%2B1&b=2"
    assert "Set the public URL to https://h.example." in found.sentence


@pytest.mark.parametrize("plus", ["+", " "])
def test_a_get_whose_query_was_signed_unescaped_is_named_and_not_taken(plus: str) -> None:
    here = "https://h.example/sms?From=%2B1415&Body=a+%26+b&Note=%C3%A9"
    signed = f"https://h.example/sms?From=+1415&Body=a{plus}&{plus}b&Note=é"
    signature = sign(TOKEN, signed)
    assert not verify(TOKEN, here, signature, method="GET")
    assert not RequestValidator(TOKEN).validate(here, {}, signature)
    found = look(signature, here, method="GET", content_type="", body=b"")
    assert found.mistake is Mistake.OTHER_URL
    assert "have Twilio call with POST" in found.sentence


def test_a_signature_of_another_length_is_told_by_the_algorithm() -> None:
    found = look(sign(TOKEN, URL, PARAMS), algorithm=HMAC_SHA256)
    assert found.mistake is Mistake.NOT_A_SIGNATURE
    assert "44 characters" in found.sentence
    assert (
        look(sign(TOKEN, URL, PARAMS[:2], algorithm=HMAC_SHA256), algorithm=HMAC_SHA256).mistake is Mistake.BODY_ALTERED
    )


HOSTILE = st.text(max_size=30) | st.sampled_from(["", "://", "https://[", "http://h:x/?%", "\ud800", "https://h/?&&=&"])


@settings(max_examples=300)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.binary(max_size=40), st.lists(HOSTILE, max_size=2))
def test_it_never_raises(token: str, url: str, method: str, kind: str, body: bytes, origins: list[str]) -> None:
    found = diagnose(token, url, sign("else", url), method=method, content_type=kind, body=body, origins=origins)
    assert found.sentence
    assert diagnose(token, url, url, method=method, content_type=kind, body=body, origins=origins).sentence
