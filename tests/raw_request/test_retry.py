"""When a request is tried again, and after how long: the table, and laws over every number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.model import RawRequest
from tui.raw_request.sending import RetryReason, is_worth_another, wait_before_next
from tui.twilio.exchange import HttpResponse, retry_after


@pytest.mark.parametrize(
    ("status", "trouble", "plain", "all_errors"),
    [
        (200, None, False, False),
        (204, None, False, False),
        (302, None, False, True),
        (404, None, False, True),
        (429, None, False, True),
        (500, None, True, True),
        (599, None, True, True),
        (None, RetryReason.NETWORK, True, True),
        (None, RetryReason.TIMEOUT, True, True),
        (200, RetryReason.TIMEOUT, True, True),
        (200, RetryReason.CUT, False, False),
        (404, RetryReason.CUT, False, True),
        (502, RetryReason.CUT, True, True),
        (None, RetryReason.OWN, False, False),
        (500, RetryReason.OWN, False, False),
    ],
)
def test_what_is_worth_another_attempt(
    status: int | None, trouble: RetryReason | None, plain: bool, all_errors: bool
) -> None:
    assert is_worth_another(RawRequest("GET", "/x"), status, trouble) is plain
    assert is_worth_another(RawRequest("GET", "/x", retry_all_errors=True), status, trouble) is all_errors


CHANCE = st.floats(0, 1)
ASKED = st.none() | st.floats(0, 3600)


@given(attempt=st.integers(1, 1_000_000), asked=ASKED, chance=CHANCE)
def test_an_exponential_wait_is_between_its_base_and_its_base_with_jitter_and_never_past_the_cap(
    attempt: int, asked: float | None, chance: float
) -> None:
    base = max(asked or 0.0, 0.2 * 2.0 ** min(attempt - 1, 60))
    request = RawRequest("GET", "/x", exponential_backoff=True, retry_delay_ms=99_000)
    wait = wait_before_next(request, attempt, asked, chance)
    assert min(base, 30.0) <= wait <= min(base * 1.2, 30.0) + 1e-9


@given(attempt=st.integers(1, 100), asked=ASKED, chance=CHANCE, delay=st.integers(0, 100_000))
def test_a_fixed_wait_is_the_delay_or_what_was_asked_for(
    attempt: int, asked: float | None, chance: float, delay: int
) -> None:
    request = RawRequest("GET", "/x", retry_delay_ms=delay)
    assert wait_before_next(request, attempt, asked, chance) == max(delay / 1000, asked or 0.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("Retry-After", "7"),), 7.0),
        ((("retry-after", "0"),), 0.0),
        ((("Retry-After", "-1"),), None),
        ((("Retry-After", "soon"),), None),
        ((), None),
        ((("Retry-After", "Wed, 21 Oct 2015 07:28:05 GMT"), ("Date", "Wed, 21 Oct 2015 07:28:00 GMT")), 5.0),
        ((("Retry-After", "Wed, 21 Oct 2015 07:27:00 GMT"), ("Date", "Wed, 21 Oct 2015 07:28:00 GMT")), 0.0),
        ((("Retry-After", "Wed, 21 Oct 2015 07:38:00 GMT"), ("Date", "Wed, 21 Oct 2015 07:28:00 GMT")), 600.0),
        ((("Retry-After", "Thu, 22 Oct 2015 07:28:00 GMT"), ("Date", "Wed, 21 Oct 2015 07:28:00 GMT")), 3600.0),
        ((("Retry-After", "600"),), 600.0),
        ((("Retry-After", "86400"),), 3600.0),
        ((("Retry-After", "Wed, 21 Oct 2015 07:28:05 GMT"),), None),
        ((("Retry-After", "Wed, 21 Oct 2015 07:28:05"), ("Date", "Wed, 21 Oct 2015 07:28:00 GMT")), None),
    ],
)
def test_the_wait_an_answer_asks_for(headers: tuple[tuple[str, str], ...], seconds: float | None) -> None:
    assert retry_after(HttpResponse(429, "", headers, b"", "HTTP/1.1", 0.0)) == seconds
