"""Narrowing the list: what is asked of Twilio, what is compared here, what is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.screens.messages.filters import LocalFilter, read_filter
from tui.twilio.errors import InvalidRequest
from tui.twilio.messages import Filters, Message

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


HARD_ZONES = (
    *("UTC", "Asia/Tokyo", "America/Toronto", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"),
    *("Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham", "America/Havana"),
    *("America/Santiago", "Asia/Beirut", "Africa/Casablanca", "Pacific/Apia", "Europe/London"),
)
ZONES = st.sampled_from(HARD_ZONES).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def sent(moment: datetime) -> Message:
    return Message("SM1", date_created=moment - timedelta(seconds=1), date_sent=moment)


def test_addresses_and_dates_go_to_twilio_and_the_rest_stays_here():
    selection = read_filter(
        {"to": "+49 151 1234-5678", "after": "7d", "before": "today", "status": "Failed", "text": "code"}, TODAY, UTC
    )
    assert selection.server == Filters(
        to="+4915112345678", sent_after=date(2026, 11, 16), sent_before=date(2026, 11, 23)
    )
    assert selection.local == LocalFilter(status="failed", text="code")
    words = "sent 16 Nov to 23 Nov (UTC), to +49 151 1234-5678, status Failed, text code"
    assert selection.words(NOW) == words


@given(zone=ZONES, moment=INSTANTS, before=st.integers(0, 3), after=st.integers(0, 3), shift=st.integers(-2, 2))
def test_a_day_is_the_day_that_is_shown_with_a_message_and_twilio_is_asked_for_all_of_it(
    zone: ZoneInfo, moment: datetime, before: int, after: int, shift: int
):
    shown = moment.astimezone(zone).date()
    first, last = shown + timedelta(days=shift - before), shown + timedelta(days=shift + after)
    selection = read_filter({"after": first.isoformat(), "before": last.isoformat()}, TODAY, zone)
    assert selection.accepts(sent(moment)) is (first <= shown <= last)
    assert selection.server is not None
    asked = (selection.server.sent_after, selection.server.sent_before)
    if selection.accepts(sent(moment)):
        assert asked[0] <= moment.date() <= asked[1]
    # And for no more than a day of UTC on either side.
    assert first - timedelta(days=1) <= asked[0]
    assert asked[1] <= last + timedelta(days=1)


@pytest.mark.parametrize("zone", HARD_ZONES)
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 11, 1), TODAY])
def test_a_day_begins_and_ends_where_the_clock_of_this_machine_says_so(
    zone: str, day: date, be_in: Callable[[str], None]
):
    be_in(zone)
    here = read_filter({"after": f"{day}", "before": f"{day}"}, TODAY)
    there = read_filter({"after": f"{day}", "before": f"{day}"}, TODAY, ZoneInfo(zone))
    assert here.server == there.server
    minutes = (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=n) for n in range(-1500, 3000, 30)
    )
    for moment in minutes:
        assert here.accepts(sent(moment)) is there.accepts(sent(moment)) is (moment.astimezone().date() == day)


def test_today_in_tokyo_in_the_morning_is_what_is_shown_under_todays_date():
    tokyo = ZoneInfo("Asia/Tokyo")
    selection = read_filter({"after": "today"}, date(2026, 11, 23), tokyo)
    assert selection.server == Filters(sent_after=date(2026, 11, 22))
    assert selection.accepts(sent(datetime(2026, 11, 22, 15, tzinfo=UTC)))
    assert not selection.accepts(sent(datetime(2026, 11, 22, 14, 59, tzinfo=UTC)))
    assert selection.words(NOW) == "sent from 23 Nov (JST)"
    assert selection.words(NOW.replace(year=2027)) == "sent from 23 Nov 2026 (JST)"


def test_a_message_that_was_not_sent_yet_is_of_the_day_it_was_made():
    selection = read_filter({"after": "today"}, TODAY, UTC)
    assert selection.accepts(Message("SM1", date_created=datetime(2026, 11, 23, tzinfo=UTC)))
    assert not selection.accepts(Message("SM1"))


@pytest.mark.parametrize(
    "written", ["+1 (416) 555-0175", "tel:+1-416-555-0175", "+1\u2009416\u2009555\u20090175", "0014165550175"]
)
def test_an_address_is_read_as_compose_reads_it(written: str):
    assert read_filter({"to": written}, TODAY).server == Filters(to="+14165550175")
    if not written.startswith("00"):
        assert read_filter({"from": written}, TODAY).server == Filters(from_="+14165550175")


def test_a_number_in_national_form_is_read_with_the_country_of_the_sender():
    assert read_filter({"to": "0151 12345678", "from": "+4930123456"}, TODAY).server == Filters(
        to="+4915112345678", from_="+4930123456"
    )


def test_what_nobody_could_send_to_may_be_asked_for_as_a_message_carries_it():
    assert read_filter({"from": "+1234"}, TODAY).server == Filters(from_="+1234")


def test_nothing_typed_is_no_filter():
    assert not read_filter({}, TODAY)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("after", {"after": "soon"}),
        ("before", {"before": "2026-02-30"}),
        ("before", {"after": "2026-11-02", "before": "2026-11-01"}),
        ("after", {"after": "0001-01-01"}),
        ("before", {"before": "9999-12-31"}),
        ("to", {"to": "416 555 0175"}),
        ("to", {"to": "+1 416 555 0175, +1 416 555 0176"}),
        ("from", {"from": "a sender name that is too long"}),
        ("status", {"status": "lost"}),
        ("direction", {"direction": "up"}),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(field, typed):
    with pytest.raises(InvalidRequest) as refused:
        read_filter(typed, TODAY)
    assert refused.value.field == field
    assert refused.value.remedy


def test_a_problem_is_any_message_that_did_not_arrive():
    problem = LocalFilter(status="problem")
    assert problem.accepts(Message("SM1", status="failed"))
    assert problem.accepts(Message("SM1", status="undelivered", error_code=30003))
    assert not problem.accepts(Message("SM1", status="delivered"))


def test_words_are_looked_for_in_text_and_addresses_whatever_their_case():
    message = Message("SM1", body="Your CODE is 12", to="+4915112345678", direction="outbound-api")
    assert LocalFilter(text="code +49151").accepts(message)
    assert not LocalFilter(text="code never").accepts(message)
    assert LocalFilter(direction="out").accepts(message)
    assert not LocalFilter(direction="in").accepts(message)


@pytest.mark.parametrize(
    "written",
    [
        *("+1 (416) 555-0175", "tel:+14165550175", "416-555-0175", "(416) 555 0175", "+1\u2009416\u202f555\u00a00175"),
        *(
            "001 416 555 0175",
            "+1\u2011416\u2011555\u20110175",
            "\uff0b14165550175",
            "١٤١٦٥٥٥٠١٧٥",
            "0175 is ok 4165550175",
        ),
    ],
)
def test_a_number_in_the_text_is_looked_for_in_the_addresses_however_it_is_written(written: str):
    local = LocalFilter(text=written.replace("0175 is ok", ""))
    assert local.accepts(Message("SM1", to="+14165550175"))
    assert local.accepts(Message("SM1", from_="whatsapp:+14165550175"))
    assert not local.accepts(Message("SM1", to="+14165550176", body="no"))


def test_a_number_is_found_in_a_text_as_it_was_written_as_well():
    assert LocalFilter(text="order 12345-678").accepts(Message("SM1", body="Your order: 12345-678."))
    assert not LocalFilter(text="order 12345-679").accepts(Message("SM1", body="Your order: 12345-678."))


def test_a_trunk_zero_and_one_in_brackets_are_no_part_of_the_number():
    message = Message("SM1", to="+4915112345678")
    assert LocalFilter(text="0151 12345678").accepts(message)
    assert LocalFilter(text="hello +49 (0)151 12345678").accepts(Message("SM1", to="+4915112345678", body="Hello"))


@given(text=st.text(max_size=20))
def test_a_text_is_found_in_any_normal_form_and_any_case(text: str):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        written = unicodedata.normalize(form, text)
        assert LocalFilter(text=written).accepts(Message("SM1", body=text)), form


@pytest.mark.parametrize("unseen", ["\u034f", "\u115f", "\u3164", "\ufe0f", "\U000e0101"])
def test_what_cannot_be_seen_hides_no_word(unseen: str):
    for looked_for, body in ((f"a{unseen}b", "ab"), ("ab", f"a{unseen}b")):
        assert LocalFilter(text=looked_for).accepts(Message("SM1", body=body))


@pytest.mark.parametrize("looked_for", ["mañana", "MAN\u0303ANA", "man\u0303ana", "Ma\u200bñana"])
@pytest.mark.parametrize("body", ["Hasta ma\u00f1ana", "Hasta man\u0303ana", "HASTA MAÑANA"])
def test_an_accent_is_found_composed_and_decomposed(looked_for: str, body: str):
    assert LocalFilter(text=looked_for).accepts(Message("SM1", body=body))
    assert not LocalFilter(text=looked_for).accepts(Message("SM1", body="Hasta manana"))
