"""Verdicts beside the official package's, on 20,000 seeded requests.

Where the official validator is known to fail (no signature, no hash, IPv6, userinfo, fragments) is listed with the
signature's own tests and left out here.
"""

from __future__ import annotations

import hashlib
import random
from urllib.parse import quote, quote_plus

import pytest
from twilio.request_validator import RequestValidator

from tui.http_server.http_messages import Request
from tui.services.webhook_service import other_tokens
from tui.storage.connection import Connection
from tui.storage.secrets import Secret
from tui.twilio.signature import sign
from tui.webhooks.events import Verdict
from tui.webhooks.verification import Tokens, verify_request

FORM = "application/x-www-form-urlencoded"
TOKENS = ("0" * 32, "f" * 32, "schlüssel")
ORIGINS = (
    "https://h.example",
    "http://h.example",
    "https://h.example:443",
    "https://h.example:8443",
    "http://127.0.0.1",
)
PATHS = ("/sms", "/sms/", "/a%2fb", "/a%2Fb", "/sms?b=2&a=1", "/sms?a=1&b=2", "/sms?q=a+b", "/sms?q=a%20b", "/sms?x=")
NAMES = ("Body", "From", "To", "MessageSid", "é", "a b", "")
VALUES = ("", " ", "Hello & bye", "+14155550123", "🙂", "a=b", "line\r\nbreak", "%2F", "x" * 200)


class Several(dict[str, list[str]]):
    """Repeated parameters, as web frameworks hand them to the official validator."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


@pytest.mark.parametrize("cases", [4_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_thousands_of_verdicts_are_the_official_ones(cases: int) -> None:
    rng = random.Random(4)
    seen = {True: 0, False: 0}
    for number in range(cases):
        ours, official = one_form(rng) if number % 4 else one_json(rng)
        assert ours == official, f"case {number}"
        seen[official] += 1
    # Neither answer alone would prove anything.
    assert min(seen.values()) > cases // 5


def one_form(rng: random.Random) -> tuple[bool, bool]:
    pairs = [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.randrange(7))]
    token, origin, path, altered = changed(rng, pairs)
    signature = sign(token, origin + path, altered)
    received_origin, received_path = ORIGINS[0], PATHS[0]
    escape = rng.choice((quote, quote_plus))
    body = "&".join(f"{escape(name)}={escape(value)}" for name, value in pairs).encode()
    several = Several()
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    url = received_origin + received_path
    official = RequestValidator(TOKENS[0]).validate(url, several, signature)
    return verdict(url, received_path, signature, FORM, body), official


def one_json(rng: random.Random) -> tuple[bool, bool]:
    body = rng.choice(VALUES) + "{}"
    digest = hashlib.sha256((body if rng.random() < 0.7 else "other").encode()).hexdigest()
    path = f"{PATHS[0]}?bodySHA256={digest}"
    token = TOKENS[0] if rng.random() < 0.7 else rng.choice(TOKENS)
    signature = sign(token, ORIGINS[0] + path)
    url = ORIGINS[0] + path
    official = RequestValidator(TOKENS[0]).validate(url, body, signature)
    return verdict(url, path, signature, "application/json", body.encode()), official


def changed(rng: random.Random, pairs: list[tuple[str, str]]) -> tuple[str, str, str, list[tuple[str, str]]]:
    """What was signed: the request as it is received in half of the cases, else with one thing different."""
    token, origin, path, signed = TOKENS[0], ORIGINS[0], PATHS[0], list(pairs)
    if rng.random() < 0.5:
        return token, origin, path, signed
    match rng.randrange(5):
        case 0:
            token = rng.choice(TOKENS)
        case 1:
            origin = rng.choice(ORIGINS)
        case 2:
            path = rng.choice(PATHS)
        case 3:
            signed = [pair for pair in pairs if rng.random() < 0.7]
        case _:
            rng.shuffle(signed)
            signed += signed[:1]
    return token, origin, path, signed


def verdict(url: str, target: str, signature: str, content_type: str, body: bytes) -> bool:
    headers = (("Content-Type", content_type), ("X-Twilio-Signature", signature))
    path, _, query = target.partition("?")
    request = Request("POST", target, path, query, headers, body, ("127.0.0.1", 1))
    return verify_request(request, Tokens(TOKENS[0]), (url,)).verdict is Verdict.VERIFIED


def test_no_command_is_run_for_a_mere_hint(tmp_path):
    ran = tmp_path / "ran"
    command = Connection("b", "auth_token", "AC2", auth_token=Secret.command(["touch", str(ran)]))
    literal = Connection("a", "auth_token", "AC1", auth_token="token-a")
    assert [found.name for found in other_tokens([command, literal], {})] == ["a"]
    assert not ran.exists()


@pytest.mark.parametrize(
    "header",
    [
        ("Forwarded", "for=192.0.2.1;host=hooks.example.com;proto=https"),
        ("Forwarded", 'for="[2001:db8::1]";proto=https;Host="hooks.example.com", for=10.0.0.1'),
        ("forwarded", "for=1.2.3.4, for=5.6.7.8; host = x;host=hooks.example.com"),
        ("X-Forwarded-Host", "hooks.example.com, inner"),
        ("X-Original-Host", "hooks.example.com"),
    ],
)
def test_a_public_address_that_a_proxy_tells_is_suggested_and_not_believed(header: tuple[str, str]) -> None:
    signature = sign(TOKENS[0], "https://hooks.example.com/sms", [("Body", "x")])
    headers = (("Content-Type", FORM), ("X-Twilio-Signature", signature), ("Host", "127.0.0.1:8080"), header)
    request = Request("POST", "/sms", "/sms", "", headers, b"Body=x", ("127.0.0.1", 1))
    found = verify_request(request, Tokens(TOKENS[0]), ("http://127.0.0.1:8080/sms",))
    assert found.verdict is Verdict.REJECTED
    assert "Set the public URL to https://hooks.example.com." in found.diagnosis
