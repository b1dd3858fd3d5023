"""News of one message come in any order, and leave things out: what is known afterwards is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.query_parser import parse
from tui.theme import look_of
from tui.twilio.message import FINAL, STATUSES, UNDER_WAY, step
from tui.twilio.messages import Message, StatusReport, take_over

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANY_STATUS = st.sampled_from([*STATUSES, "", "quarantined", "lost"])
CODES = st.none() | st.sampled_from([30003, 30005, 30007])
TAKEN_FOR = st.sampled_from(["", "STOP", "HELP"])
REPORTS = st.builds(
    lambda status, code, taken_for: StatusReport("SM1", status, error_code=code, opt_out_type=taken_for),
    ANY_STATUS,
    CODES,
    TAKEN_FOR,
)
ANSWERS = st.builds(
    lambda status, code, age, body: Message(
        "SM1", status, body=body, error_code=code, date_updated=age and NOON + timedelta(seconds=age)
    ),
    ANY_STATUS,
    CODES,
    st.none() | st.integers(1, 3),
    st.sampled_from(["", "Hi"]),
)


def after(known: Message, *news: Message) -> Message:
    return reduce(take_over, news, known)


@given(
    known=ANSWERS,
    news=st.lists(REPORTS, max_size=6).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))),
)
def test_the_order_of_reports_does_not_matter(known: Message, news: tuple[list[StatusReport], list[StatusReport]]):
    first, second = news
    assert after(known, *first) == after(known, *second)
    assert after(known, *first, *second) == after(known, *first)


@given(news=st.lists(REPORTS | ANSWERS, min_size=1, max_size=6), known=ANSWERS)
def test_no_news_lead_a_status_back_or_erase_an_emptied_text(known: Message, news: list[Message]):
    for told in news:
        then = take_over(known, told)
        assert step(then.status) == max(step(known.status), step(told.status))
        assert then.status in (known.status, told.status)
        if isinstance(told, StatusReport):
            assert (then.body, then.date_updated) == (known.body, known.date_updated)
            assert (then.error_code is None) == (known.error_code is None and told.error_code is None)
        assert then.opt_out_type == (max(known.opt_out_type, told.opt_out_type) if then.body else "")
        known = then


@given(
    report=st.sampled_from(FINAL).map(lambda status: StatusReport("SM1", status, error_code=30003)),
    life=st.lists(st.sampled_from(UNDER_WAY), min_size=1, max_size=5),
    place=st.integers(0, 5),
)
def test_answers_that_were_under_way_when_the_end_was_reported_do_not_undo_it(
    report: StatusReport, life: list[str], place: int
):
    answers: list[Message] = [
        Message("SM1", status, body="Hi", date_updated=NOON + timedelta(seconds=n)) for n, status in enumerate(life)
    ]
    news = [*answers[:place], report, *answers[place:]]
    end = after(*news)
    assert (end.status, end.error_code, end.body) == (report.status, 30003, "Hi")


@pytest.mark.parametrize("later", ["sent", "delivered", "undelivered", ""])
def test_a_later_report_without_a_code_keeps_the_code(later: str):
    known = Message("SM1", "undelivered", error_code=30005, error_message="Unknown destination", body="Hi")
    told = take_over(known, StatusReport("SM1", later))
    assert (told.error_code, told.error_message, told.body) == (30005, "Unknown destination", "Hi")


def test_an_answer_without_the_code_that_was_reported_keeps_it():
    known = take_over(Message("SM1", "sent", date_updated=NOON), StatusReport("SM1", "failed", error_code=30007))
    fetched = Message("SM1", "failed", price_unit="USD", date_updated=NOON + timedelta(seconds=9))
    assert take_over(known, fetched) == replace(fetched, error_code=30007)


def test_a_second_attempt_that_arrived_takes_the_code_of_the_first_away():
    known = Message("SM1", "undelivered", error_code=30003, error_message="Off", date_updated=NOON)
    arrived = Message("SM1", "delivered", date_updated=NOON + timedelta(seconds=9))
    assert take_over(known, arrived) is arrived


def test_an_emptied_text_stays_empty_and_one_that_is_written_later_appears():
    emptied = Message("SM1", "delivered", date_updated=NOON)
    assert take_over(emptied, Message("SM1", "delivered", body="Hi", date_updated=NOON)).body == ""
    assert take_over(emptied, Message("SM1", "delivered", body="Hi", date_updated=NOON - timedelta(hours=1))).body == ""
    # Twilio writes the text of a content template after it has answered.
    fresh = Message("SM1", "accepted", date_updated=NOON)
    assert take_over(fresh, Message("SM1", "queued", body="Hello Maya", date_updated=NOON)).body == "Hello Maya"


@pytest.mark.parametrize("late", ["scheduled", "accepted", "sent", "failed"])
def test_a_message_called_off_stays_so(late: str):
    assert take_over(Message("SM1", "canceled"), StatusReport("SM1", late)).status == "canceled"
    assert take_over(Message("SM1", "canceled"), Message("SM1", late)).status == "canceled"


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_look_and_can_be_asked_for(status: str):
    assert look_of(status).mark != "?"
    assert parse(f"status:{status}")
    assert Message("SM1", status).final is (status in FINAL)
