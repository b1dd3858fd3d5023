"""A list of messages by address and time has just those of all that match, whatever was changed or removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.account import SandboxAccount
from tui.sandbox.addresses import region_of
from tui.sandbox.filters import ALWAYS, ListFilters, TimeSpan
from tui.sandbox.geo_permissions import countries, is_enabled

BEGAN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = ("+14155550123", "+447700900100", "+491555000123")

Deed = tuple[str, int, int, int]
deeds = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "arrive", "arrive", "redact", "delete"]), *[st.integers(0, 2)] * 2, st.integers(0, 9)
    ),
    max_size=25,
)
whom = st.sampled_from([None, *PEOPLE, "+15005550006"])
when = st.none() | st.integers(-1, 26).map(lambda number: BEGAN + timedelta(seconds=number))


@given(deeds, whom, whom, when, when)
def test_a_list_is_that_of_all_without_what_does_not_match(
    done: list[Deed], to: str | None, sender: str | None, since: datetime | None, until: datetime | None
) -> None:
    now = BEGAN
    account = SandboxAccount(1, lambda: now, 1.0)
    for what, one, other, which in done:
        now += timedelta(seconds=1)
        there = list(account.store)
        if what == "arrive":
            account.receive(PEOPLE[one], PEOPLE[other], "Hello")
        elif there and what == "redact":
            account.store.put(there[which % len(there)].redacted(now))
        elif there:
            account.delete(there[which % len(there)])
    filters = ListFilters(to, sender, ALWAYS if since is until is None else TimeSpan(since, until))
    expected = [each for each in account.store if filters.admit(each, now)]
    assert list(reversed(account.list(filters, 1000, None).rows)) == expected


@given(
    st.sampled_from(sorted(countries())), st.sampled_from(["", "+"]), st.from_regex(r"[1-9][0-9]{6,13}", fullmatch=True)
)
def test_a_country_is_closed_for_just_the_numbers_in_it(country: str, plus: str, digits: str) -> None:
    number = plus + digits
    assert is_enabled(number, frozenset({country})) == (not plus or region_of(number) != country)
