"""What a server repeats of the credentials is never shown, in whatever form it repeats it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.raw_request.model import RawRequest
from tui.raw_request.sending import send
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.credentials import MASKED, Mask
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest
from tui.twilio.messages import Filters, delete, page
from tui.twilio.messages import send as send_message

USER = "SK" + "1" * 32
SECRET = "pl/ante+d=Ä'\"secret&of:ours/0123456789"
SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=12, max_size=40)

FORMS: dict[str, Callable[[str], str]] = {
    "raw": lambda s: s,
    "capitals": lambda s: s.encode().upper().decode(),
    "quoted": lambda s: quote(s, safe=""),
    "quoted small": lambda s: "".join(c.lower() if c in "ABCDEF" else c for c in quote(s, safe="")),
    "quoted path": quote,
    "quoted plus": quote_plus,
    "json": lambda s: json.dumps(s)[1:-1],
    "json of PHP": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "html": html.escape,
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
    "basic": lambda s: base64.b64encode(f"{USER}:{s}".encode()).decode(),
    "basic unpadded": lambda s: base64.b64encode(f"{USER}:{s}".encode()).decode().rstrip("="),
    "basic for addresses": lambda s: base64.urlsafe_b64encode(f"{USER}:{s}".encode()).decode(),
    "basic quoted": lambda s: quote(base64.b64encode(f"{USER}:{s}".encode()).decode(), safe=""),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@settings(max_examples=15)
@given(SECRETS, st.text(max_size=5), st.text(max_size=5))
def test_no_form_of_a_secret_is_left(form: Callable[[str], str], secret: str, before: str, after: str) -> None:
    repeated = form(secret)
    shown = Mask.of([secret], USER, secret).text(f"{before}|{repeated}|{after}")
    assert repeated not in shown.partition("|")[2].rpartition("|")[0]
    assert MASKED in shown


@given(SECRETS, st.binary(max_size=7), st.binary(max_size=7))
def test_a_secret_inside_of_longer_base64_is_not_left_either(secret: str, before: bytes, after: bytes) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = Mask.of([secret]).content(encode(before + secret.encode() + after)).decode()
        left = shown.partition(MASKED)
        assert left[1]
        # Only the letters that the neighbours have a part in.
        assert len(left[0]) <= (len(before) * 8) // 6 + 2


@given(st.text(max_size=200), st.lists(st.text(st.characters(codec="utf-8"), min_size=40, max_size=50), max_size=2))
def test_what_holds_no_secret_stays_as_it_is(text: str, secrets: list[str]) -> None:
    assert Mask.of(secrets).text(text) == text or any(secret in text for secret in secrets)
    assert Mask().text(text) == text


def test_a_secret_across_the_border_of_two_pieces_is_masked() -> None:
    mask = Mask.of(["x" * 40])
    for at in range(1024 * 1024 - 42, 1024 * 1024 + 3, 3):
        assert mask.content(b"." * at + b"x" * 40 + b".") == b"." * at + MASKED.encode() + b"."


def test_overlapping_secrets_leave_nothing_between_them() -> None:
    assert Mask.of(["abcdefghij", "hijklmnopq"]).text("<abcdefghijklmnopq>") == f"<{MASKED}>"


def to(port: int) -> Connection:
    return Connection(
        "c", "api_key", "AC" + "0" * 32, USER, SECRET, auth_token="f" * 32, base_url=f"http://127.0.0.1:{port}"
    )


REPEATS = [FORMS[name](SECRET) for name in ("raw", "quoted", "basic", "hex")] + ["f" * 32]


@pytest.mark.parametrize("said", REPEATS)
async def test_what_an_error_repeats_is_masked_for_whoever_asked(serve: Any, http: Any, said: str) -> None:
    body = {"code": 20001, "message": f"you sent {said}", "more_info": f"http://x/{said}", "status": 400}
    for content, headers in (
        (
            json.dumps(body),
            (
                "Content-Type: application/json",
                f"Twilio-Request-Id: {said if said.isascii() else SECRET.encode().hex()}",
            ),
        ),
        (json.dumps({**body, "code": None}), ()),
        (json.dumps({"title": said, "type": f"https://x/{said}"}), ()),
    ):
        wire = await serve(http(content.encode(), status="400 Bad Request", headers=headers))
        async with Client(to(wire.port)) as client:
            with pytest.raises(ApiError) as raised:
                await client.get(client.policy.locate("/x"))
            by_hand = (await send(client, RawRequest("GET", "/x"))).error
        for problem in (raised.value, by_hand):
            assert isinstance(problem, ApiError)
            told = " ".join((str(problem), *map(str, problem.args), problem.message, problem.more_info))
            assert said not in told
            assert problem.request_id in ("", MASKED)


async def test_what_the_refusal_of_a_list_a_deletion_or_a_send_repeats_is_masked_as_well(serve: Any, http: Any) -> None:
    content = json.dumps({"code": 20001, "message": f"you sent {SECRET}", "status": 400}).encode()
    wire = await serve(http(content, status="400 Bad Request"))
    async with Client(to(wire.port)) as client:
        draft = Draft(to="+14155550123", from_="+14155550100", body="Hello")
        for asked in (page(client, Filters()), delete(client, "SM" + "0" * 32), send_message(client, draft)):
            with pytest.raises(ApiError) as raised:
                await asked
            assert raised.value.message == f"you sent {MASKED}"


async def test_an_answer_by_hand_is_shown_masked_and_kept_as_it_came(serve: Any, http: Any) -> None:
    content = json.dumps({"you": SECRET, "basic": FORMS["basic"](SECRET)}).encode()
    quoted = quote(SECRET, safe="")
    wire = await serve(http(content, status=f"200 {quoted}", headers=(f"X-You: {quoted}",)))
    async with Client(to(wire.port)) as client:
        response = await send(client, RawRequest("GET", "/x"))
    shown = response.shown()
    assert response.content == content
    assert shown.json() == {"you": MASKED, "basic": MASKED}
    assert shown.header("x-you") == MASKED
    assert (response.reason, response.attempts[0].reason) == (MASKED, MASKED)
    assert quoted not in repr(shown)


async def test_a_link_that_leads_astray_shows_no_secret_in_its_refusal(serve: Any) -> None:
    wire = await serve(b"")
    connection = Connection("c", "auth_token", "AC1", auth_token="f" * 32, base_url=wire.base_url)
    async with Client(connection) as client:
        with pytest.raises(InvalidRequest) as refused:
            client.policy.follow(f"https://{'f' * 32}.evil.example/x")
    assert "f" * 32 not in str(refused.value)
    assert "evil.example" in refused.value.reason


async def test_a_web_page_in_place_of_an_answer_shows_nothing_of_itself(serve: Any, http: Any) -> None:
    wire = await serve(http(f"<html>{SECRET}".encode(), headers=("Content-Type: text/html",)))
    async with Client(to(wire.port)) as client:
        with pytest.raises(BadAnswer) as raised:
            await client.get(client.policy.locate("/x"))
    assert SECRET not in str(raised.value)
