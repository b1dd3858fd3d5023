"""When a request is tried again, and after how long: the table, and laws over every number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.retry import RetryPolicy, RetryReason
from tui.twilio.answers import Answer, retry_after


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
    assert RetryPolicy().wants_another(status, trouble) is plain
    assert RetryPolicy(all_errors=True).wants_another(status, trouble) is all_errors


CHANCE = st.floats(0, 1)
ASKED = st.none() | st.floats(0, 3600)


@given(attempt=st.integers(1, 1_000_000), asked=ASKED, chance=CHANCE)
def test_an_exponential_wait_is_between_its_base_and_its_base_with_jitter_and_never_past_the_cap(
    attempt: int, asked: float | None, chance: float
) -> None:
    base = max(asked or 0.0, 0.2 * 2.0 ** min(attempt - 1, 60))
    wait = RetryPolicy(exponential=True, delay=99.0).wait(attempt, asked, chance)
    assert min(base, 30.0) <= wait <= min(base * 1.2, 30.0) + 1e-9


@given(attempt=st.integers(1, 100), asked=ASKED, chance=CHANCE, delay=st.floats(0, 100))
def test_a_fixed_wait_is_the_delay_or_what_was_asked_for(
    attempt: int, asked: float | None, chance: float, delay: float
) -> None:
    assert RetryPolicy(delay=delay).wait(attempt, asked, chance) == max(delay, asked or 0.0)


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
    assert retry_after(Answer(429, "", headers, b"", "HTTP/1.1", 0.0)) == seconds
