"""Each mistake in a connection gets its own sentence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.storage.checks import check
from tui.storage.connections import Connection, Secret

HEX = "0123456789abcdef" * 2
KEY = Connection("acme", "api_key", "AC" + HEX, "SK" + HEX, "s3cret-s3cret", region="ie1")
TOKEN = Connection("acme", "auth_token", "AC" + HEX, auth_token=HEX)
WHOLE = replace(KEY, auth_token=HEX, webhook_key="sh4red", ca_file="/etc/ssl/acme.pem")


@pytest.mark.parametrize(
    "connection",
    [
        KEY,
        TOKEN,
        WHOLE,
        replace(KEY, ca_file="~/acme.pem"),
        *(replace(KEY, history=each) for each in (1, 36_500, "all", "none")),
        *(replace(KEY, low_balance=each) for each in (0, 20, 12.5, -500, 10**9)),
        replace(TOKEN, auth_token=Secret.env("TOKEN")),
        # How its name looks keeps nobody from using it.
        *(replace(KEY, colour=each) for each in ("red", "crimson", "\x1b[31m")),
    ],
)
def test_a_whole_connection_has_no_problems(connection):
    assert check(connection) == ()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": "  "}, "name", "empty"),
        ({"name": "a" * 65}, "name", "65 characters"),
        ({"name": "a\nb"}, "name", "cannot be shown"),
        ({"name": "a\u202eb"}, "name", "cannot be shown"),
        ({"name": "acme "}, "name", "blank before or after"),
        ({"kind": ""}, "kind", "missing"),
        ({"kind": "oauth"}, "kind", "not known"),
        ({"account_sid": ""}, "account_sid", "missing"),
        ({"account_sid": "SK" + HEX}, "account_sid", "This is an API key SID"),
        ({"account_sid": "MG" + HEX}, "account_sid", "This is a messaging service SID"),
        ({"account_sid": HEX}, "account_sid", "does not begin with AC"),
        ({"account_sid": "ac" + HEX}, "account_sid", "capitals"),
        ({"account_sid": f" AC{HEX}"}, "account_sid", "blank before or after"),
        ({"account_sid": f"AC{HEX}\n"}, "account_sid", "blank before or after"),
        ({"account_sid": f"AC{HEX[:-1]}"}, "account_sid", "too short.*this has 33"),
        ({"account_sid": f"AC{HEX}0"}, "account_sid", "too long.*this has 35"),
        ({"account_sid": f"AC{HEX[:-1]}O"}, "account_sid", "Character 34"),
        ({"account_sid": f"AC{HEX[:5]} {HEX[5:]}"}, "account_sid", "Character 8 .* a blank"),
        ({"account_sid": f"AC{HEX[:-1]}٣"}, "account_sid", "Character 34"),
        ({"api_key_sid": None}, "api_key_sid", "missing"),
        ({"api_key_sid": "AC" + HEX}, "api_key_sid", "This is an account SID"),
        ({"api_key_secret": None}, "api_key_secret", "missing"),
        ({"account_sid": f"\u200bAC{HEX}"}, "account_sid", "nobody sees around it"),
        ({"account_sid": f'"AC{HEX}"'}, "account_sid", "a quote around it"),
        ({"account_sid": f"AC{HEX[:5]}\u200b{HEX[5:]}"}, "account_sid", r"Character 8 .* nobody sees \(U\+200B\)"),
        ({"api_key_secret": "s3cr\u200bet"}, "api_key_secret", r"nobody sees \(U\+200B, character 5\)"),
        ({"api_key_secret": "s3cr\u00a0et"}, "api_key_secret", r"U\+00A0"),
        ({"api_key_secret": "s3cr\net"}, "api_key_secret", "holds a line end"),
        ({"api_key_secret": '"s3cret'}, "api_key_secret", "a quote on one side only"),
        ({"api_key_secret": f'"SK{HEX}"\n'}, "api_key_secret", "no secret"),
        ({"api_key_secret": "SK" + HEX}, "api_key_secret", "no secret"),
        ({"api_key_secret": "$TWILIO_API_SECRET"}, "api_key_secret", "environment variable"),
        ({"auth_token": "${TOKEN}"}, "auth_token", "environment variable"),
        ({"auth_token": Secret.env(" ")}, "auth_token", "No environment variable"),
        ({"auth_token": Secret.env("$TOKEN")}, "auth_token", "cannot be the name"),
        ({"auth_token": Secret.env("A=B")}, "auth_token", "cannot be the name"),
        ({"auth_token": Secret.command([])}, "auth_token", "No command"),
        ({"auth_token": Secret.keyring("")}, "auth_token", "No key ring entry"),
        ({"webhook_key": "sh4\ufeffred"}, "webhook_key", r"U\+FEFF"),
        ({"webhook_key": "$WEBHOOK_KEY"}, "webhook_key", "environment variable"),
        ({"webhook_key": Secret.keyring(" ")}, "webhook_key", "No key ring entry"),
        ({"ca_file": "acme.pem"}, "ca_file", "not a whole one"),
        ({"ca_file": "./~/acme.pem"}, "ca_file", "not a whole one"),
        ({"ca_file": "/etc/acme.pem "}, "ca_file", "blank at an end"),
        ({"ca_file": "/etc/ac\x00me.pem"}, "ca_file", "control character"),
        ({"ca_file": "-----BEGIN CERTIFICATE-----"}, "ca_file", "a certificate, not the path"),
        ({"history": 0}, "history", "is 0 days"),
        ({"history": -5}, "history", "less than a day"),
        ({"history": 10**9}, "history", "longer than 36,500 days"),
        ({"history": "1.5"}, "history", "no whole number of days"),
        ({"low_balance": "20 USD"}, "low_balance", "no amount of money"),
        ({"low_balance": 1e30}, "low_balance", "larger than 1,000,000,000"),
        ({"region": "de1"}, "region", "no such region"),
    ],
)
def test_a_mistake_is_named_by_field_and_cause(changes, field, words):
    (problem,) = check(replace(KEY, **changes))
    assert problem.field == field
    assert problem.remedy
    assert re.search(words, problem.reason, re.DOTALL)


def test_an_auth_token_connection_needs_its_token_and_no_key():
    assert [each.field for each in check(replace(TOKEN, auth_token=None))] == ["auth_token"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com/2010-04-01",
        "https://10.0.0.1:8443/x",
        "http://127.0.0.1:4010/2010-04-01",
        "http://127.9.9.9",
        "http://[::1]:4010",
        "http://localhost:4010",
        "http://LOCALHOST",
    ],
)
def test_an_address_that_keeps_credentials_safe_is_accepted(url):
    assert check(replace(KEY, base_url=url)) == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://2130706433",
        "https://user:password@api.twilio.com",
        "https://@api.twilio.com",
        "https://api.twilio.com?",
        "https://api.twilio.com/#",
        "https://api.twilio.com\\@evil.example",
        "https://api.twilio .com",
        "https://api.twilio.com\n",
        "https://",
        "https://host:99999",
        "https://host:0",
        "https://[::1",
        "ftp://127.0.0.1",
        "api.twilio.com",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_does_not_is_refused(url):
    (problem, *_) = check(replace(KEY, base_url=url))
    assert problem.field == "base_url"
    assert problem.remedy


@given(
    st.builds(
        Connection,
        *[st.text(max_size=40)] * 3,
        *[st.none() | st.text(max_size=40)] * 5,
        webhook_key=st.none() | st.text(max_size=40),
        ca_file=st.text(max_size=40),
        history=st.none() | st.integers() | st.text(max_size=8),
        low_balance=st.none() | st.integers() | st.floats() | st.text(max_size=8),
        colour=st.text(max_size=8),
    )
)
def test_checking_never_raises_and_never_shows_a_secret(connection):
    marked = replace(connection, auth_token="hunter2-hunter2\n", webhook_key="hunter2-hunter2\n")
    assert "hunter2" not in repr(check(marked))


def test_blank_optional_values_are_none_and_text_becomes_secret():
    connection = Connection("a", "api_key", "AC", " ", "", auth_token="x", region="", base_url="\t")
    assert connection == Connection("a", "api_key", "AC", auth_token=Secret.literal("x"))
    assert isinstance(connection.auth_token, Secret)
