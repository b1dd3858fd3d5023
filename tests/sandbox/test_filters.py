"""Dates in filters: which are read, what they mean, and which are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.errors import Refusal
from tui.sandbox.filters import TimeSpan, read_span
from tui.sandbox.parameters import Form

moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def span(**asked: str) -> TimeSpan:
    signs = {"on": "", "after": ">", "before": "<"}
    return read_span(Form([(f"DateSent{signs.get(name, name)}", value) for name, value in asked.items()]), "DateSent")


@settings(max_examples=40)
@given(moments, st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"]))
def test_a_period_holds_just_the_moments_that_begin_with_it(moment: datetime, form: str) -> None:
    period = span(on=moment.strftime(form))
    assert period.holds(moment)
    assert period.since is not None
    assert period.until is not None
    assert not period.holds(period.since - timedelta(seconds=1))
    assert not period.holds(period.until)
    assert (period.until - timedelta(seconds=1)).strftime(form) == moment.strftime(form)


@settings(max_examples=40)
@given(moments, moments, st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]))
def test_after_and_before_meet_in_the_period_itself(moment: datetime, other: datetime, form: str) -> None:
    text = moment.strftime(form)
    after, before = span(after=text), span(before=text)
    assert after.holds(other) or before.holds(other)
    assert (after.holds(other) and before.holds(other)) == (other.strftime(form) == text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-12-12T10:53:43-08:00", datetime(2020, 12, 12, 18, 53, 43, tzinfo=UTC)),
        ("2020-12-12T10:53:43Z", datetime(2020, 12, 12, 10, 53, 43, tzinfo=UTC)),
        ("2020-12-12T10:53:43.000-0800", datetime(2020, 12, 12, 18, 53, 43, tzinfo=UTC)),
        ("2020-12-12 10:53", datetime(2020, 12, 12, 10, 53, tzinfo=UTC)),
        ("2020", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2020-12", datetime(2020, 12, 1, tzinfo=UTC)),
    ],
)
def test_the_forms_that_twilio_is_known_to_take(text: str, moment: datetime) -> None:
    assert span(after=text).since == moment


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "20", "20201", "2020-1", "2020-13", "2020-02-30", "0000", "20200101", "2020-W01-1", "२०२०"),
        *(">2020", ">=2020-01-01", "<2020", "=2020", "2020-01-01T25:00:00Z", "2020-01-01T00:00:00+99:99"),
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        span(on=text)
    assert caught.value.code == 20001


def test_the_end_of_all_time_is_a_date_too() -> None:
    for text in ("9999", "9999-12", "9999-12-31", "9999-12-31T23:59:59Z"):
        assert span(before=text).holds(datetime(2026, 1, 1, tzinfo=UTC))


def test_other_parameters_that_begin_so_are_not_dates() -> None:
    assert span(Elsewhere="yesterday") == TimeSpan()
    assert span(on=" ") == TimeSpan()
