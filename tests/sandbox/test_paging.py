"""Laws of pages, whatever the sizes, the filters, and what arrives or vanishes between two pages."""

from __future__ import annotations

import base64
from bisect import insort

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.errors import Refusal
from tui.sandbox.order import in_order
from tui.sandbox.paging import PageRequest, paginate, paginate_fixed, read_size
from tui.sandbox.parameters import Form

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


def fixed(rows: list[str], size: int, token: str | None, key: str = "sid") -> tuple[list[str], str | None, str | None]:
    """The page's rows, by their names, and the tokens of its neighbours."""
    page = paginate_fixed([{key: row} for row in rows], PageRequest("/", Form(), size, token, 0))
    return [str(row[key]) for row in page.rows if isinstance(row, dict)], page.next_token, page.previous_token


@given(st.integers(0, 12), st.integers(1, 5), st.data())
@settings(max_examples=30)
def test_of_a_short_list_nothing_is_hidden_or_repeated_by_what_comes_to_its_end_or_goes(
    count: int, size: int, data: st.DataObject
) -> None:
    rows = [str(n) for n in range(count)]
    seen: list[str] = []
    gone: set[str] = set()
    token = None
    while True:
        page, token, _ = fixed(rows, size, token)
        seen += page
        # Where the anchor goes nothing comes: the list cannot tell then how much it has lost before it.
        others = [row for row in rows if row not in page[-1:]]
        for row in data.draw(st.lists(st.sampled_from(others), max_size=3, unique=True) if others else st.just([])):
            gone.add(row)
            rows.remove(row)
        for _ in range(data.draw(st.integers(0, 2)) if len(seen) < 20 else 0):
            rows.append(str(count))
            count += 1
        if token is None:
            break
    assert seen == sorted(seen, key=int)
    assert len(seen) == len(set(seen))
    assert {str(n) for n in range(int(seen[-1]) if seen else 0)} - set(seen) <= gone


@given(st.integers(0, 20), st.integers(1, 9), st.sampled_from(["sid", "category"]))
@settings(max_examples=30)
def test_of_a_short_list_all_can_be_removed_page_by_page_and_the_way_back_is_the_way_there(
    count: int, size: int, key: str
) -> None:
    whole = [str(n) for n in range(count)]
    rows, token = whole, None
    while rows:
        page, token, _ = fixed(rows, size, token, key)
        assert page == rows[:size]
        rows = rows[size:]
    pages = [fixed(whole, size, None, key)]
    while token := pages[-1][1]:
        pages.append(fixed(whole, size, token, key))
    assert [row for page, _, _ in pages for row in page] == whole
    _, _, back = pages.pop()
    while pages:
        page, _, back = fixed(whole, size, back, key)
        assert page == pages.pop()[0]
    assert back is None


@given(st.text(max_size=80))
@settings(max_examples=100)
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(Refusal) as caught:
        paginate(in_order([(1, 1)]), lambda position: position, 5, "x" + token)
    assert caught.value.code == 21481
    with pytest.raises(Refusal):
        fixed(["0"], 5, "x" + token)


@given(st.sampled_from(["PA", "PB"]), st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 5))
@settings(max_examples=30)
def test_a_token_of_another_list_is_a_place_in_this_one(kind: str, name: int, left: int, count: int) -> None:
    text = base64.urlsafe_b64encode(f"{name:x}.{left:x}".encode()).decode().rstrip("=")
    rows = [str(n) for n in range(count)]
    assert "".join(fixed(rows, 2, kind + text)[0]) in "".join(rows)


@pytest.mark.parametrize(("text", "size"), [(None, 50), ("", 50), ("1", 1), ("1000", 1000), ("2000", 1000)])
def test_a_page_size_is_taken_up_to_a_thousand(text: str | None, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "٣", "9" * 30])
def test_a_page_size_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_size(text)
    assert caught.value.code == 20007
