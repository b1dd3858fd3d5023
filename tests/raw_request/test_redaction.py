"""Nothing that is a secret by its name or by its value is kept; everything else is, letter for letter."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.form_text import RequestText
from tui.raw_request.redaction import redact, redact_lines, redact_text
from tui.raw_request.secret_names import MASK

SECRET = "5ecre7d00dfeedc0ffee5ecre7d00dfe"

BY_NAME = {
    "JSON": f'{{"auth_token": "{SECRET}", "To": "+1"}}',
    "JSON, spaced": f'{{ "Auth Token" :\n  "{SECRET}" }}',
    "JSON with a quote inside": json.dumps({"AuthToken": f'a"{SECRET}"b'}),
    "JSON, nested": json.dumps({"credentials": {"user": "me", "key": [SECRET]}, "n": 1}),
    "JSON list": json.dumps({"secrets": [f"x]{SECRET}", SECRET]}),
    "JSON number without quotes": f'{{"auth_token": 1{SECRET}}}',
    "JSON cut off in the value": f'{{"auth_token": "{SECRET}',
    "JSON cut off in a list": f'{{"auth_tokens": ["x", "{SECRET}',
    "JSON with a broken escape": f'{{"auth_token": "\\q{SECRET}"}}',
    "nested too deeply to be read": '{"secret": ' + "[" * 100_000 + f'"{SECRET}"',
    "urlencoded": f"To=%2B1&AuthToken={SECRET}&Body=x",
    "urlencoded, first": f"auth_token={SECRET}&To=1",
    "urlencoded name": f"To=1&auth%5Ftoken={SECRET}",
    "an address": f"https://api.twilio.com/x.json?ApiKey={SECRET}#end",
    "user and password in an address": f"see https://me:{SECRET}@api.twilio.com/x",
    "multipart": f'--b\r\nContent-Disposition: form-data; name="AuthToken"\r\n\r\n{SECRET}\r\n--b--\r\n',
    "multipart, with a type": (
        '--b\nContent-Disposition: form-data; name="To"\n\n+1\n--b\n'
        f"content-disposition: form-data; name=api_key\nContent-Type: text/plain\n\nx\n{SECRET}\n--b--\n"
    ),
    "multipart, a file": (
        f'--b\nContent-Disposition: form-data; filename="k.pem"; name="private key"\n\n{SECRET}\n--b--'
    ),
    "multipart, cut off": f'--b\nContent-Disposition: form-data; name="password"\n\n{SECRET}',
    "a header in a text": f"curl -H 'Authorization: Bearer {SECRET}' x",
    "a header in a text, spaced": f"> authorization:   basic {SECRET}\n",
}


@pytest.mark.parametrize("case", BY_NAME)
def test_a_text_loses_what_its_name_says_is_secret(case):
    concealed = redact_text(BY_NAME[case])
    assert SECRET not in concealed
    assert MASK in concealed
    assert redact_text(concealed) == concealed


BY_LINE = (
    f"AuthToken={SECRET}",
    f"  auth_token = {SECRET}",
    f"# AuthToken={SECRET}",
    f"##\t secret={SECRET}",
    f'"Auth\\u0054oken"={SECRET}',
    f'"api_key" = "{SECRET}"',
    f"StatusCallback=https://me:{SECRET}@example.org/",
    f"StatusCallback=https://example.org/?password={SECRET}",
    f'Payload={{"auth_token": "{SECRET}"}}',
)


@pytest.mark.parametrize("line", BY_LINE)
def test_a_pair_loses_what_its_name_says_is_secret(line):
    for text in (line, f"To=+1\n{line}\nBody=x"):
        assert SECRET not in redact_lines(text)
    body = redact(RequestText(body_kind="form", body=f"To=+1\n{line}")).body
    assert SECRET not in body
    assert body.startswith("To=+1\n")
    assert SECRET not in redact(RequestText(query=line)).query


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Basic {SECRET}",
        f"authorization={SECRET}",
        f"# Proxy-Authorization:Bearer {SECRET}",
        f"Cookie: session={SECRET}",
        f"X-Api-Key: {SECRET}",
        f"X-Twilio-Signature: {SECRET}",
        f"X-Forwarded: Bearer {SECRET}",
    ],
)
def test_a_header_loses_its_credentials(line):
    headers = redact(RequestText(headers=f"Accept: text/plain\n{line}")).headers
    assert SECRET not in headers
    assert headers.startswith("Accept: text/plain\n")


HONEST = (
    "",
    "Hello, your token of thanks; 12",
    '{"To": "+1", "Body": "[123456] is your code", "has_password": true, "secret": null}',
    '{"next_page_uri": "/x.json?Page=1&PageToken=PAMM0123"}',
    "To=%2B1&Body=a%20b&PageToken=x",
    "a=b\n\n# c=d\n  e\t=f  \r\n=g",
    "auth_token=\n# secret=\n",
    '"a"' + " " * 50 + '"b": 1',
    '--b\r\nContent-Disposition: form-data; name="Body"\r\n\nauth tokens are secret\r\n--b--\r\n',
    '{"a":"https://example.org","b":"me@example.org"}',
    "https://api.twilio.com/2010-04-01/Accounts/AC/Messages.json?To=%2B1",
)


@pytest.mark.parametrize("text", HONEST)
def test_what_is_no_secret_stays_as_it_was_typed(text):
    assert redact_text(text) == text
    assert redact_lines(text) == text
    request = RequestText("POST", text, text, text, "form", text)
    assert redact(request) == request
    request = replace(request, body_kind="raw")
    assert redact(request) == request


@given(st.text(alphabet='ab"\\:=&?#@/ \n{[,]}\ud83d', max_size=60), st.text(max_size=20))
def test_no_text_is_too_odd_to_be_concealed_and_doing_it_twice_changes_nothing(odd, any_text):
    for text in (odd, any_text, f'{{"password":"{odd}"', f"?secret={odd}"):
        once = redact_text(text)
        assert redact_text(once) == once
        assert redact_lines(redact_lines(text)) == redact_lines(text)
        assert redact_lines(text).count("\n") == text.count("\n")


@given(st.sampled_from(["method", "path", "query", "headers", "body", "timeout", "retries", "delay"]), st.text())
def test_a_known_credential_is_taken_out_of_every_field(name, around):
    request = replace(RequestText(), **{name: f"{around}{SECRET}{around}"})
    concealed = redact(request, lambda text: text.replace(SECRET, MASK))
    assert SECRET not in repr(concealed)
