"""Signatures, held to Twilio's own validator where it is sound, and to its documentation where it is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tui.twilio.signature import sign, verify

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = "application/x-www-form-urlencoded"
PARAMS = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
PUBLISHED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TOKENS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
PAIRS = st.lists(st.tuples(st.sampled_from(["Body", "From", "a", "A", "é", ""]) | WORDS, WORDS), max_size=8)
# What the oracle can take: a lower-case scheme, no userinfo, no fragment, no IPv6 host, no empty query.
HOSTS = st.sampled_from(["example.com", "sms.example.co.uk", "127.0.0.1", "localhost"])
PORTS = st.sampled_from(["", ":443", ":80", ":8443", ":4010"])
PATHS = st.sampled_from(["", "/", "/sms", "/a%2fb", "/a%2Fb", "/é", "/a//b/"])
QUERIES = st.sampled_from(["", "?a=1", "?b=2&a=1", "?q=a+b%20c", "?x=&y", "?é=ü", "?u=http://x@y:1/"])
URLS = st.builds("{}://{}{}{}{}".format, st.sampled_from(["https", "http"]), HOSTS, PORTS, PATHS, QUERIES)


def encode(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


class Several(dict[str, list[str]]):
    """Repeated parameters, as web frameworks hand them to the official validator."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def grouped(pairs: list[tuple[str, str]]) -> Several:
    several = Several()
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return several


def test_the_published_example_is_signed_as_published() -> None:
    assert sign(TOKEN, URL, PARAMS) == PUBLISHED
    assert verify(TOKEN, URL, PUBLISHED, content_type=FORM, body=encode(list(PARAMS.items())))


@settings(deadline=None, max_examples=1000)
@given(TOKENS, URLS, PAIRS)
def test_signing_agrees_with_the_official_validator(token: str, url: str, pairs: list[tuple[str, str]]) -> None:
    official = RequestValidator(token).compute_signature(url, grouped(pairs))
    assert sign(token, url, pairs) == official
    assert sign(token, url, grouped(pairs)) == official


@pytest.mark.landing
@settings(deadline=None, max_examples=1000)
@given(TOKENS, URLS, URLS, PAIRS)
def test_a_form_is_accepted_exactly_where_the_official_validator_accepts_it(
    token: str, signed: str, received: str, pairs: list[tuple[str, str]]
) -> None:
    signature = sign(token, signed, pairs)
    ours = verify(token, received, signature, content_type=FORM, body=encode(pairs))
    assert ours == RequestValidator(token).validate(received, grouped(pairs), signature)


@settings(deadline=None, max_examples=300)
@given(TOKENS, URLS, st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.booleans())
def test_json_is_accepted_exactly_where_the_official_validator_accepts_it(
    token: str, url: str, body: str, honest: bool
) -> None:
    digest = hashlib.sha256(body.encode() if honest else b"another body").hexdigest()
    url = f"{url}{'&' if '?' in url else '?'}bodySHA256={digest}"
    signature = sign(token, url)
    ours = verify(token, url, signature, content_type="application/json", body=body.encode())
    assert ours == RequestValidator(token).validate(url, body, signature) == honest


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=200), st.binary(max_size=200))
@example(b"a=%ff", b"a=%FF")
@example(b"a=\xff", b"a=\xfe")
@example(b"a=\xff", b"a=\xef\xbf\xbd")
def test_a_form_is_signed_over_its_raw_bytes(body: bytes, other: bytes) -> None:
    text = joined(body)
    digest = hmac.new(TOKEN.encode(), URL.encode() + text, hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    assert verify(TOKEN, URL, signature, content_type=FORM, body=body)
    assert verify(TOKEN, URL, signature, content_type=FORM, body=other) == (joined(other) == text)


def joined(form: bytes) -> bytes:
    return b"".join(name + value for name, value in sorted(set(parsed(form))))


def parsed(body: bytes) -> list[tuple[bytes, bytes]]:
    """Read a form the slow way."""
    pairs: list[tuple[bytes, bytes]] = []
    for field in body.split(b"&"):
        name, _, value = field.partition(b"=")
        if field:
            pairs.append((unescaped(name), unescaped(value)))
    return pairs


def unescaped(text: bytes) -> bytes:
    found, index = bytearray(), 0
    while index < len(text):
        digits = text[index + 1 : index + 3]
        if text[index] == ord("%") and len(digits) == 2 and all(d in b"0123456789abcdefABCDEF" for d in digits):
            found.append(int(digits, 16))
            index += 3
            continue
        found.append(ord(" ") if text[index] == ord("+") else text[index])
        index += 1
    return bytes(found)


HOSTILE_TEXT = st.text() | st.sampled_from(
    [
        "",
        "://",
        "https://",
        "https://[",
        "https://]:x@:1/",
        "http://h:99999999999/",
        "\ud800",
        "https://h\ud800/#",
    ]
)


@settings(deadline=None, max_examples=800)
@given(
    HOSTILE_TEXT,
    URLS | HOSTILE_TEXT,
    st.none() | HOSTILE_TEXT,
    HOSTILE_TEXT,
    HOSTILE_TEXT,
    st.binary(max_size=64),
)
def test_nothing_hostile_is_accepted_or_raises(
    token: str, url: str, signature: str | None, method: str, content_type: str, body: bytes
) -> None:
    assert not verify(token, url, signature, method=method, content_type=content_type, body=body)


@settings(deadline=None, max_examples=300)
@given(HOSTILE_TEXT, HOSTILE_TEXT, st.lists(st.tuples(HOSTILE_TEXT, HOSTILE_TEXT), max_size=4))
def test_anything_can_be_signed_and_lone_surrogates_too(token: str, url: str, pairs: list[tuple[str, str]]) -> None:
    assert len(sign(token, url, pairs)) == 28


def test_a_get_is_signed_over_its_url_alone() -> None:
    signature = sign(TOKEN, URL)
    assert verify(TOKEN, URL, signature, method="GET")
    assert verify(TOKEN, URL, signature, method="get", content_type=FORM)
    assert not verify(TOKEN, URL + "&x=1", signature, method="GET")


def test_blank_values_and_names_without_values_are_kept() -> None:
    signature = sign(TOKEN, URL, [("Body", ""), ("Flag", ""), ("To", "x")])
    assert verify(TOKEN, URL, signature, content_type=FORM, body=b"Body=&Flag&To=x")
    assert not verify(TOKEN, URL, signature, content_type=FORM, body=b"To=x")


def test_a_repeated_pair_counts_once_and_repeated_names_are_sorted_by_value() -> None:
    signature = sign(TOKEN, URL, {"Media": ["b", "a", "b"]})
    assert signature == sign(TOKEN, URL, [("Media", "a"), ("Media", "b")])
    assert verify(TOKEN, URL, signature, content_type=FORM, body=b"Media=b&Media=a&Media=b")


def test_a_body_is_not_stripped() -> None:
    signature = sign(TOKEN, URL, {"Body": " hello \r\n"})
    assert verify(TOKEN, URL, signature, content_type=FORM, body=b"Body=+hello+%0D%0A")
    assert not verify(TOKEN, URL, signature, content_type=FORM, body=b"Body=hello")


def test_the_content_type_may_carry_a_charset_or_be_missing() -> None:
    signature = sign(TOKEN, URL, {"Body": "hi"})
    for content_type in (f"{FORM}; charset=UTF-8", FORM.upper(), ""):
        assert verify(TOKEN, URL, signature, content_type=content_type, body=b"Body=hi")


@pytest.mark.parametrize(
    ("signed", "received"),
    [
        ("https://example.com/a", "https://example.com:443/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("https://[::1]/a", "https://[::1]:443/a"),
        ("https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a"),
        ("https://example.com/a", "https://user:p@ss@example.com/a"),
        ("https://example.com/a?b=1", "https://example.com/a?b=1#rc=3&rp=all"),
        ("https://user:pass@example.com/a#rc=3", "https://example.com/a"),
    ],
)
def test_ports_userinfo_and_fragments_do_not_matter(signed: str, received: str) -> None:
    assert verify(TOKEN, received, sign(TOKEN, signed, PARAMS), body=encode(list(PARAMS.items())))


@pytest.mark.parametrize(
    "received",
    [
        "https://example.com/a%2Fb?x=1&y=2",
        "https://example.com/a/b?x=1&y=2",
        "https://example.com/a%2fb?y=2&x=1",
        "https://example.com/a%2fb?x=1&y=2&",
        "http://example.com/a%2fb?x=1&y=2",
        "https://example.com:80/a%2fb?x=1&y=3",
        "https://example.org/a%2fb?x=1&y=2",
    ],
)
def test_a_url_that_was_rewritten_is_another_url(received: str) -> None:
    assert not verify(TOKEN, received, sign(TOKEN, "https://example.com/a%2fb?x=1&y=2"), method="GET")


def test_a_signed_url_does_not_vouch_for_a_body_it_says_nothing_of() -> None:
    signature = sign(TOKEN, URL)
    assert not verify(TOKEN, URL, signature, method="GET", body=b"Body=forged")
    assert not verify(TOKEN, URL, signature, content_type="application/json", body=b"{}")
    assert not verify(TOKEN, URL, signature, content_type=FORM, body=b"Body=forged")


def test_a_form_that_says_nothing_needs_no_more_than_its_url() -> None:
    for body in (b"", b"=", b"&&=&"):
        assert verify(TOKEN, URL, sign(TOKEN, URL), content_type=FORM, body=body)


def test_a_request_signed_for_json_cannot_be_passed_off_as_an_empty_form() -> None:
    body = json.dumps({"EventType": "sent"}).encode()
    url = f"https://example.com/hook?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = sign(TOKEN, url)
    assert verify(TOKEN, url, signature, content_type="application/json", body=body)
    assert verify(TOKEN, url, signature, body=body)
    assert not verify(TOKEN, url, signature, content_type=FORM)
    assert not verify(TOKEN, url, signature, method="GET")


@pytest.mark.parametrize("claim", ["", "bodySHA256", "bodySHA256=", "bodySHA256=é"])
def test_a_hash_that_says_nothing_covers_no_body(claim: str) -> None:
    url = f"https://example.com/hook?{claim}"
    assert not verify(TOKEN, url, sign(TOKEN, url), content_type="application/json", body=b"{}")


def test_an_upper_case_hash_is_not_twilios() -> None:
    url = f"https://example.com/?bodySHA256={hashlib.sha256(b'{}').hexdigest().upper()}"
    assert not verify(TOKEN, url, sign(TOKEN, url), content_type="application/json", body=b"{}")


def test_no_token_and_no_signature_verify_nothing() -> None:
    assert not verify("", URL, sign("", URL), method="GET")
    assert not verify(TOKEN, URL, None)
    assert not verify(TOKEN, URL, "")


class TestWhereTheOfficialValidatorFails:
    """Known faults of the oracle, kept here so that the comparisons above can leave them out."""

    def test_it_crashes_without_a_signature(self) -> None:
        with pytest.raises(TypeError):
            RequestValidator(TOKEN).validate(URL, {}, None)

    def test_it_crashes_on_json_without_a_hash(self) -> None:
        with pytest.raises(TypeError):
            RequestValidator(TOKEN).validate(URL, "{}", "x")

    def test_it_crashes_on_a_port_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="Port"):
            RequestValidator(TOKEN).validate("http://h:99999999999/", {}, "x")
        assert not verify(TOKEN, "http://h:99999999999/", "x")

    def test_it_cuts_an_ipv6_host_at_its_first_colon(self) -> None:
        signature = sign(TOKEN, "https://[::1]/a")
        assert not RequestValidator(TOKEN).validate("https://[::1]:443/a", {}, signature)
        assert verify(TOKEN, "https://[::1]:443/a", signature)

    def test_it_signs_userinfo_and_fragments(self) -> None:
        signature = sign(TOKEN, "https://example.com/a")
        assert not RequestValidator(TOKEN).validate("https://u@example.com/a#rc=1", {}, signature)
        assert verify(TOKEN, "https://u@example.com/a#rc=1", signature)
