"""Laws of pages, whatever the sizes, the filters, and what arrives or vanishes between two pages."""

from __future__ import annotations

from bisect import insort

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.errors import Refusal
from tui.sandbox.order import in_order
from tui.sandbox.paging import paginate, read_size

Positions = list[tuple[int, int]]
shelves = st.lists(st.integers(0, 30), max_size=60).map(
    lambda times: sorted((time, arrival) for arrival, time in enumerate(times))
)


@given(shelves, st.integers(1, 12), st.integers(1, 4))
@settings(max_examples=100)
def test_pages_joined_are_the_whole_list_newest_first(store: Positions, size: int, keep: int) -> None:
    def read(position: tuple[int, int]) -> tuple[int, int] | None:
        return position if position[1] % keep == 0 else None

    rows: Positions = []
    token = None
    while True:
        page = paginate(in_order(store), read, size, token)
        assert len(page.rows) == size or page.next_token is None
        rows += page.rows
        if (token := page.next_token) is None:
            break
    assert rows == [p for p in reversed(store) if p[1] % keep == 0]


@given(shelves, st.integers(1, 9), st.lists(st.integers(0, 3), max_size=40))
@settings(max_examples=100)
def test_rows_that_arrive_at_the_top_neither_repeat_nor_hide_others(
    store: Positions, size: int, arrivals: list[int]
) -> None:
    before = list(reversed(store))
    rows: Positions = []
    token = None
    coming = iter(arrivals)
    while True:
        page = paginate(in_order(store), lambda position: position, size, token)
        rows += page.rows
        for n in range(next(coming, 0)):
            insort(store, (31 + n, 1000 + len(store)))
        if (token := page.next_token) is None:
            break
    assert rows == before


@given(shelves.filter(lambda store: len(store) > 3), st.integers(1, 9), st.data())
@settings(max_examples=100)
def test_rows_that_vanish_hide_no_others_even_the_anchor_itself(
    store: Positions, size: int, data: st.DataObject
) -> None:
    before = list(store)
    rows: Positions = []
    gone: set[tuple[int, int]] = set()
    token = None
    while True:
        page = paginate(in_order(store), lambda position: position, size, token)
        rows += page.rows
        if store:
            victim = data.draw(st.sampled_from([*store, *page.rows[-1:]]))
            if victim in store:
                store.remove(victim)
                gone.add(victim)
        if (token := page.next_token) is None:
            break
    assert len(rows) == len(set(rows))
    assert set(before) - set(rows) <= gone


@given(shelves, st.integers(1, 9))
@settings(max_examples=60)
def test_the_way_back_is_the_way_there(store: Positions, size: int) -> None:
    pages = [paginate(in_order(store), lambda position: position, size)]
    while token := pages[-1].next_token:
        pages.append(paginate(in_order(store), lambda position: position, size, token))
    page = pages.pop()
    while pages:
        assert page.previous_token is not None
        page = paginate(in_order(store), lambda position: position, size, page.previous_token)
        assert page.rows == pages.pop().rows
    assert page.previous_token is None


@given(st.text(max_size=80))
@settings(max_examples=100)
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(Refusal) as caught:
        paginate(in_order([(1, 1)]), lambda position: position, 5, "x" + token)
    assert caught.value.code == 20001


@pytest.mark.parametrize(("text", "size"), [(None, 50), ("", 50), ("1", 1), ("1000", 1000), ("2000", 1000)])
def test_a_page_size_is_taken_up_to_a_thousand(text: str | None, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "٣", "9" * 30])
def test_a_page_size_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_size(text)
    assert caught.value.code == 20007
