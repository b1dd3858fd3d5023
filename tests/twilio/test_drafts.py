"""What is refused before a message leaves, and what its form looks like on the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.twilio.drafts import Draft, check

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SERVICE = "MG" + "a" * 32
GOOD = Draft(to="+14155550123", from_="+14155550100", body="Hello")


def wrong(**changes: object) -> list[tuple[str, int | None]]:
    return [(problem.field, problem.code) for problem in check(replace(GOOD, **changes), NOW)]  # type: ignore[arg-type]


def test_a_plain_message_is_fine() -> None:
    assert check(GOOD, NOW) == ()


def test_the_clock_is_asked_only_when_no_time_is_given() -> None:
    assert check(replace(GOOD, from_=SERVICE, send_at=datetime.now(UTC) + timedelta(hours=1))) == ()


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"to": " "}, [("To", 21604)]),
        ({"from_": ""}, [("From", 21603)]),
        ({"from_": GOOD.to}, [("From", 21266)]),
        ({"body": ""}, [("Body", 21602)]),
        ({"body": " \n"}, [("Body", 21602)]),
        ({"body": "x" * 1600}, []),
        ({"body": "x" * 1601}, [("Body", 21617)]),
        ({"body": "half \ud83d"}, [("Body", None)]),
        ({"to": "+1415\udcff"}, [("To", None)]),
        ({"body": "", "media_urls": ("https://x.example/a.png",)}, []),
        ({"media_urls": ("https://x.example/a.png",) * 10}, []),
        ({"media_urls": ("https://x.example/a.png",) * 11}, [("MediaUrl", 21623)]),
        (
            {"media_urls": ("a.png", "ftp://x/a", "https:///a", "https://x/a b", "http://[::1")},
            [("MediaUrl", 21620)] * 5,
        ),
        ({"body": "", "content_sid": "HX" + "0" * 32}, []),
        ({"body": "", "content_sid": "HX1"}, [("ContentSid", None)]),
        ({"content_sid": "HX" + "0" * 32}, [("Body", None)]),
        (
            {"content_sid": "HX" + "0" * 32, "media_urls": ("https://x.example/a.png",)},
            [("Body", None), ("MediaUrl", None)],
        ),
        ({"content_variables": '{"1": "a"}'}, []),
        ({"content_variables": "[1]"}, [("ContentVariables", None)]),
        ({"content_variables": "{"}, [("ContentVariables", None)]),
        ({"content_variables": "[" * 100_000}, [("ContentVariables", None)]),
        ({"status_callback": "https://hook.example/sms?x=1"}, []),
        ({"status_callback": "/hook"}, [("StatusCallback", 21609)]),
        ({"status_callback": "https://my_host.example/"}, [("StatusCallback", 21609)]),
        ({"status_callback": "https://my-host.example/my_path"}, []),
        ({"validity_period": 0}, [("ValidityPeriod", None)]),
        ({"validity_period": 1}, []),
        ({"validity_period": 36_000}, []),
        ({"validity_period": 36_001}, [("ValidityPeriod", None)]),
        ({"send_at": NOW + timedelta(hours=1)}, [("SendAt", 35118)]),
        ({"from_": SERVICE, "send_at": NOW + timedelta(minutes=5)}, []),
        ({"from_": SERVICE, "send_at": NOW + timedelta(seconds=299)}, [("SendAt", 35114)]),
        ({"from_": SERVICE, "send_at": NOW - timedelta(days=1)}, [("SendAt", 35114)]),
        ({"from_": SERVICE, "send_at": NOW + timedelta(days=35)}, []),
        ({"from_": SERVICE, "send_at": NOW + timedelta(days=35, seconds=1)}, [("SendAt", 35115)]),
        ({"from_": SERVICE, "send_at": datetime(2026, 3, 2, 13)}, [("SendAt", None)]),
        ({"to": "", "from_": "", "body": ""}, [("To", 21604), ("From", 21603), ("Body", 21602)]),
    ],
)
def test_what_is_certainly_wrong_is_named_with_twilios_code(
    changes: dict[str, object], problems: list[tuple[str, int | None]]
) -> None:
    assert wrong(**changes) == problems


def test_every_parameter_has_its_place_in_the_form() -> None:
    draft = Draft(
        to="+14155550123",
        from_=SERVICE,
        body="Hi",
        media_urls=("https://x/1", "https://x/2"),
        status_callback="https://hook.example/",
        validity_period=60,
        send_at=datetime(2026, 3, 2, 14, 30, tzinfo=timezone(timedelta(hours=2))),
        content_sid="HX" + "0" * 32,
        content_variables='{"1":"a"}',
        smart_encoded=True,
        shorten_urls=False,
        send_as_mms=True,
    )
    assert draft.form() == (
        ("To", "+14155550123"),
        ("MessagingServiceSid", SERVICE),
        ("Body", "Hi"),
        ("MediaUrl", "https://x/1"),
        ("MediaUrl", "https://x/2"),
        ("ContentSid", "HX" + "0" * 32),
        ("ContentVariables", '{"1":"a"}'),
        ("StatusCallback", "https://hook.example/"),
        ("ValidityPeriod", "60"),
        ("ScheduleType", "fixed"),
        ("SendAt", "2026-03-02T12:30:00Z"),
        ("SmartEncoded", "true"),
        ("ShortenUrls", "false"),
        ("SendAsMms", "true"),
    )


def test_what_is_not_chosen_is_not_sent() -> None:
    assert GOOD.form() == (("To", GOOD.to), ("From", GOOD.from_), ("Body", "Hello"))


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_checking_never_raises_and_every_problem_has_words(to: str, from_: str, body: str, media: list[str]) -> None:
    draft = Draft(to, from_, body, tuple(media), status_callback=body, content_variables=body, content_sid=to)
    for problem in check(draft, NOW):
        assert problem.field
        assert problem.reason
        assert problem.remedy
