"""Webhooks that a shared key signed: verified with it, named without it, and never blamed on whoever sent them."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator, get_signature_algorithm

from tui.http_server.http_messages import Request
from tui.services.webhook_service import other_tokens, own_tokens
from tui.storage.connection import Connection
from tui.storage.secrets import Secret
from tui.twilio.signature import HMAC_SHA1, HMAC_SHA256, SETTINGS_HEADER, Scheme, read_scheme, sign, verify
from tui.twilio.signature_diagnosis import OtherToken
from tui.webhooks.events import Verdict
from tui.webhooks.verification import Tokens, Verification, verify_request

TOKEN = "0123456789abcdef0123456789abcdef"
KEY = "the shared key, any text"
URL = "https://hooks.example.com/sms"
PARAMS = [("Body", "Hello & bye"), ("From", "+14155550123"), ("MessageSid", "SM1")]
FORM = "application/x-www-form-urlencoded"
NAMED = "key=webhooks_sharedkey_01,algorithm="
LEGACY, ALL, NONE = Tokens(TOKEN), Tokens(TOKEN, KEY), Tokens()


def judged(tokens: Tokens, signature: str, settings: str | None, *, url: str = URL) -> Verification:
    headers = [("Content-Type", FORM), ("X-Twilio-Signature", signature)]
    headers += [(SETTINGS_HEADER.lower(), settings)] if settings is not None else []
    body = urlencode(PARAMS).encode()
    request = Request("POST", "/sms", "/sms", "", tuple(headers), body, ("127.0.0.1", 1))
    return verify_request(request, tokens, (url,))


@pytest.mark.parametrize("algorithm", [HMAC_SHA1, HMAC_SHA256])
@pytest.mark.parametrize("named", [True, False])
def test_what_the_shared_key_signed_is_verified_with_it(algorithm: str, named: bool) -> None:
    signature = sign(KEY, URL, PARAMS, algorithm=algorithm)
    assert judged(ALL, signature, NAMED + algorithm.lower() if named else None).verdict is Verdict.VERIFIED
    assert judged(Tokens(shared=KEY), signature, NAMED + algorithm).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("algorithm", [HMAC_SHA1, HMAC_SHA256])
@pytest.mark.parametrize("tokens", [LEGACY, NONE], ids=["auth token only", "nothing"])
def test_without_the_key_it_is_named_and_not_blamed(tokens: Tokens, algorithm: str) -> None:
    found = judged(tokens, sign(KEY, URL, PARAMS, algorithm=algorithm), NAMED + algorithm)
    assert found.verdict is Verdict.CANNOT_VERIFY
    assert "Signed with a shared key webhooks_sharedkey_01" in found.diagnosis
    assert algorithm in found.diagnosis
    assert "set webhook_key" in found.diagnosis
    assert "not come from Twilio" not in found.diagnosis
    assert "not Twilio" not in found.diagnosis


def test_a_long_signature_without_its_header_is_known_for_a_shared_keys() -> None:
    found = judged(LEGACY, sign(KEY, URL, PARAMS, algorithm=HMAC_SHA256), None)
    assert found.verdict is Verdict.CANNOT_VERIFY
    assert "Signed with a shared key" in found.diagnosis


@pytest.mark.parametrize("tokens", [LEGACY, ALL, NONE])
@pytest.mark.parametrize("said", ["HMAC_SHA512", "ED25519", "\x1b]0;x\x07", "x" * 9000])
def test_an_algorithm_of_the_future_is_unverifiable_and_named(tokens: Tokens, said: str) -> None:
    found = judged(tokens, base64.b64encode(b"x" * 64).decode(), NAMED + said)
    assert found.verdict is Verdict.CANNOT_VERIFY
    assert said.upper()[:20] in found.diagnosis
    assert "does not know" in found.diagnosis
    assert len(found.diagnosis) < 400


def test_with_the_key_a_wrong_signature_is_rejected_and_looked_into() -> None:
    signature = sign(KEY, URL, PARAMS, algorithm=HMAC_SHA256)
    found = judged(ALL, signature, NAMED + HMAC_SHA256, url="http://hooks.example.com/sms")
    assert found.verdict is Verdict.REJECTED
    assert "Set the public URL to https://hooks.example.com." in found.diagnosis
    other = Tokens(TOKEN, "another", others=(OtherToken("acme", KEY),))
    assert "“acme”" in judged(other, signature, NAMED + HMAC_SHA256).diagnosis
    assert judged(ALL, "nonsense", NAMED + HMAC_SHA256).verdict is Verdict.REJECTED
    assert judged(ALL, "", NAMED + HMAC_SHA256).verdict is Verdict.REJECTED
    assert judged(LEGACY, "", NAMED + HMAC_SHA256).verdict is Verdict.REJECTED


async def test_what_cannot_be_verified_is_never_taken_where_there_is_a_token(receiver, twilio) -> None:
    receiver.adjust(replace(receiver.settings, allow_unsigned=True))
    signature = sign(KEY, URL, PARAMS, algorithm=HMAC_SHA256)
    header = ((SETTINGS_HEADER, NAMED + HMAC_SHA256),)
    assert (await twilio.post("/sms", PARAMS, signature=signature, headers=header)).status == 403
    receiver.use_tokens(Tokens(shared="other"))
    assert (await twilio.post("/sms", PARAMS, signature="", headers=())).status == 403
    receiver.use_tokens(Tokens())
    assert (await twilio.post("/sms", PARAMS, signature=signature, headers=header)).status == 200
    verdicts = [(event.verdict, event.accepted) for event in receiver.queue.take().events]
    assert verdicts == [
        (Verdict.CANNOT_VERIFY, False),
        (Verdict.CANNOT_VERIFY, False),
        (Verdict.CANNOT_VERIFY, True),
    ]


def test_the_key_comes_from_the_connection_and_others_are_named_by_theirs() -> None:
    own = Connection("a", "auth_token", "AC1", auth_token=f" {TOKEN}\n", webhook_key=f'"{KEY}"')
    assert own_tokens(own, {}) == (TOKEN, KEY)
    assert own_tokens(Connection("b", "api_key", "AC1"), {}) == ("", "")
    kept = Connection("c", "auth_token", "AC1", auth_token=Secret.env("T"), webhook_key=Secret.env("K"))
    assert own_tokens(kept, {"T": f"\ufeff'{TOKEN}' \r\n", "K": f"\t{KEY}\u200b"}) == (TOKEN, KEY)
    assert [(each.name, each.token) for each in other_tokens([own], {})] == [("a", TOKEN), ("a", KEY)]


ALGORITHMS = st.sampled_from([HMAC_SHA1, HMAC_SHA256, "hmac_sha256", "HMAC_SHA512"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
HEADERS = st.lists(
    st.sampled_from(["key=k", "algorithm=HMAC_SHA256", "algorithm=", " algorithm = hmac_sha1 ", "algorithm", "=", "x"])
    | st.text(st.characters(codec="ascii"), max_size=12),
    max_size=4,
).map(",".join)


@settings(max_examples=60)
@given(HEADERS)
def test_the_algorithm_is_read_as_the_official_library_reads_it(header: str) -> None:
    assert read_scheme(header).algorithm == get_signature_algorithm(header).upper()


@settings(max_examples=60)
@given(WORDS, WORDS, ALGORITHMS, ALGORITHMS, st.dictionaries(WORDS, WORDS, max_size=3))
def test_verdicts_are_the_official_librarys(key: str, ours: str, made: str, said: str, params: dict[str, str]) -> None:
    logging.getLogger("twilio.request_validator").disabled = True
    algorithm = made.upper() if made.upper() in {HMAC_SHA1, HMAC_SHA256} else HMAC_SHA1
    signature = sign(key, URL, params, algorithm=algorithm)
    assert signature == RequestValidator(key).compute_signature(URL, params, algorithm)
    body = urlencode(params).encode()
    said_as = read_scheme(f"key=x,algorithm={said}").algorithm
    official = RequestValidator(ours).validate(URL, params, signature, said)
    assert verify(ours, URL, signature, content_type=FORM, body=body, algorithm=said_as) == official
    assert verify(key, URL, signature, content_type=FORM, body=body, algorithm=algorithm)


def test_a_header_that_says_nothing_is_no_header() -> None:
    assert read_scheme(None) == read_scheme("") == read_scheme("  ") == Scheme()
    assert read_scheme("key=k") == Scheme(HMAC_SHA1, shared=True, key="k")
