"""What an answer says: both shapes of error, and everything that is not Twilio's."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.twilio.errors import ApiError, BadAnswer
from tui.twilio.exchange import LONGEST_WAIT, HttpResponse, read_json, retry_after


def said(status: int, content: bytes, **headers: str) -> HttpResponse:
    rows = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpResponse(status, "", rows, content, "HTTP/1.1", 0.1)


def refusal(status: int, document: object, **headers: str) -> ApiError:
    with pytest.raises(ApiError) as raised:
        read_json(said(status, json.dumps(document).encode(), **headers))
    return raised.value


def test_a_good_answer_is_its_object_with_numbers_exact() -> None:
    assert read_json(said(200, b'{"a": 12345678901234567890, "b": [null]}')) == {
        "a": 12345678901234567890,
        "b": [None],
    }


def test_no_content_is_an_empty_object() -> None:
    assert read_json(said(204, b"")) == {}


def test_a_classic_error_carries_code_message_and_where_to_read_more() -> None:
    error = refusal(
        400,
        {"code": 21211, "message": "The 'To' number is odd", "more_info": "https://x/21211", "status": 400},
        Twilio_Request_Id="RQ1",
    )
    assert (error.status, error.code, error.message) == (400, 21211, "The 'To' number is odd")
    assert (error.request_id, error.more_info, error.retry_after) == ("RQ1", "https://x/21211", None)
    assert "country code" in error.remedy
    assert "(error 21211)" in str(error)


@pytest.mark.parametrize("kind", ["https://www.twilio.com/docs/api/errors/20404", "https://x/20404/", "tag:20404"])
def test_a_problem_document_is_read_as_well(kind: str) -> None:
    error = refusal(404, {"type": kind, "title": "Not found", "detail": "No such service", "status": 404})
    assert error.message == "No such service"
    assert error.code == (20404 if "/" in kind else None)


def test_refused_credentials_say_what_to_check() -> None:
    error = refusal(401, {"code": 20003, "message": "Authenticate", "status": 401})
    assert "region" in error.remedy


def test_what_is_not_permitted_does_not_send_anybody_to_check_credentials() -> None:
    error = refusal(403, {"code": 20003, "message": "Account is suspended", "status": 403})
    assert error.reason == "Twilio does not permit this: Account is suspended."
    assert "suspended or closed" in error.remedy
    assert "secret" not in error.remedy
    assert refusal(403, {"code": 20003, "status": 403}).reason == "Twilio does not permit this."


def test_a_code_that_nobody_knows_is_told_in_twilios_words() -> None:
    error = refusal(400, {"code": 99999, "message": "Something new", "status": 400})
    assert error.reason == "Something new"
    assert error.remedy


@pytest.mark.parametrize("status", [401, 403, 404, 418, 429, 500, 503])
def test_an_error_without_words_still_has_a_reason_and_a_next_step(status: int) -> None:
    with pytest.raises(ApiError) as raised:
        read_json(said(status, b""))
    assert raised.value.code is None
    assert str(status) in raised.value.reason
    assert raised.value.remedy
    assert f"(HTTP {status})" in str(raised.value)


@pytest.mark.parametrize("status", [200, 400, 404, 500, 502])
def test_a_web_page_is_not_twilios_answer(status: int) -> None:
    for answer in (said(status, b"x", content_type="Text/HTML"), said(status, b"\n <!DOCTYPE html><p>")):
        with pytest.raises(BadAnswer, match="web page") as raised:
            read_json(answer)
        assert raised.value.status == status


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
def test_a_redirect_is_said_and_not_followed(status: int) -> None:
    with pytest.raises(BadAnswer, match="redirect"):
        read_json(said(status, b"{}", location="https://evil.example"))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"7", b'"x"', b"{", b'{"a": 1', b"\xff\xfe", b"[" * 100_000, b"\x00" * 9]
)
def test_what_is_no_json_object_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(BadAnswer) as raised:
        read_json(said(200, content))
    assert "JSON" in raised.value.reason


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("99999999", LONGEST_WAIT),
        ("9" * 400, LONGEST_WAIT),
        ("-1", None),
        ("soon", None),
        ("", None),
        (".", None),
        ("1e3", None),
        ("nan", None),
        ("٣", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_a_wish_to_wait_is_seconds_or_none(text: str, seconds: float | None) -> None:
    assert retry_after(said(429, b"", retry_after=text)) == seconds


def test_a_header_is_found_whatever_its_case() -> None:
    answer = said(200, b"", X_A="1", x_a="2")
    assert answer.header("x-A") == "1"
    assert answer.header("x-b") == ""


@given(
    st.integers(100, 999),
    st.binary(max_size=40)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["code", "message", "type", "detail", "title", "more_info", "x"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
def test_any_answer_is_an_object_or_an_error_with_a_reason(status: int, content: bytes) -> None:
    try:
        read_json(said(status, content))
    except (ApiError, BadAnswer) as problem:
        assert problem.status == status
        assert problem.reason
        assert str(problem)
    else:
        assert status < 300


def test_how_long_twilio_asks_to_wait_is_part_of_what_to_do():
    refused = b'{"code": 20429, "message": "Too many", "status": 429}'
    with pytest.raises(ApiError, match=r"Twilio asks to wait 30 s\. Wait a little"):
        read_json(said(429, refused, retry_after="29.2"))
    with pytest.raises(ApiError) as caught:
        read_json(said(429, refused))
    assert "asks to wait" not in str(caught.value)
