"""While a query is typed, what may follow is offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.completion import Completion, Known, complete
from tui.archive.matching import IS
from tui.archive.query import QueryError
from tui.archive.query_parser import KEYS, parse

KNOWN = Known(
    codes=(30007, 30003),
    countries=("CA", "DE"),
    numbers=("+14155550100", "Acme"),
    names={"On-call alerts": ("+14155550100",), "Maya": ("+14165550175",), "Größe": ("MG" + "0a" * 16,)},
)


def texts(typed: str) -> list[str]:
    return [each.text for each in complete(typed, len(typed), KNOWN)]


def take(typed: str, choice: Completion) -> str:
    return typed[: choice.span[0]] + choice.text + typed[choice.span[1] :]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "is:"),
        ("st", "status:"),
        ("parcel -(co", "code:"),
        ("p", "is:problem"),
        ("un", "is:unread"),
        ("fail", "status:failed"),
        ("300", "code:30007"),
        ("may", "with:Maya"),
        ("germ", "country:DE"),
        ("is:p", "problem"),
        ("status:failed,und", "undelivered"),
        ("code:", "30007"),
        ("code:carrier", "30007"),
        ("from:on", '"On-call alerts"'),
        ('from:"on-call al', '"On-call alerts"'),
        ("with:0175", "Maya"),
        ("from:ac", "Acme"),
        ("country:", "CA"),
        ("country:fra", "FR"),
        ("since:", "today"),
        ("since:12", "12d"),
        ("since:m", "mon"),
        ("service:gro", "Größe"),
        ("media:", "yes"),
        ("segments:", ">1"),
    ],
)
def test_the_likeliest_way_to_go_on_comes_first(typed: str, first: str):
    assert texts(typed)[0] == first


@pytest.mark.parametrize("typed", ["zzz", "status:zzz", "note:a", "since:zzz"])
def test_where_nothing_fits_nothing_is_offered(typed: str):
    assert texts(typed) == []


def test_a_term_in_the_middle_is_replaced_whole():
    (choice, *_) = complete("is:in stat:x code:30007", len("is:in sta"), KNOWN)
    assert take("is:in stat:x code:30007", choice) == "is:in status: code:30007"


def test_each_key_and_each_state_is_offered():
    assert {f"{key}:" for key in KEYS} <= set(texts(""))
    assert set(IS) <= set(texts("is:"))


ENDINGS = st.sampled_from(
    ["", "a", "d", "is:", "sta", "status:", "code:3", "to:", "country:g", "since:", "price:", "on:1"]
)


@given(ENDINGS)
def test_what_is_finished_can_be_read(typed: str):
    for choice in complete(typed, len(typed), KNOWN):
        if choice.finished:
            parse(take(typed, choice), names=KNOWN.names)


@given(st.text(st.sampled_from('ab:"“ ()-,to:fromisé1\n')), st.integers(0, 40))
def test_anything_may_be_typed(typed: str, cursor: int):
    for choice in complete(typed, min(cursor, len(typed)), KNOWN):
        assert 0 <= choice.span[0] <= choice.span[1] <= len(typed)
        try:
            parse(take(typed, choice), names=KNOWN.names)
        except QueryError as problem:
            assert problem.reason and problem.remedy
