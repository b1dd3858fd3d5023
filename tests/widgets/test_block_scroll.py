"""Scrolling over blocks: every line is reached, and back leads where one was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.block_scroll import BlockScroll

heights = st.lists(st.integers(1, 30), min_size=1, max_size=20)


def scroll_over(blocks: list[int], view: int, covered: int = 0) -> BlockScroll:
    return BlockScroll(len(blocks), blocks.__getitem__, view, covered)


def in_view(scroll: BlockScroll, top: tuple[int, int]) -> list[tuple[int, int]]:
    seen = [top]
    while len(seen) < scroll.room and (below := scroll.down(seen[-1], 1)) != seen[-1]:
        seen.append(below)
    return seen


@given(heights, st.integers(1, 12), st.integers(1, 9))
def test_every_line_is_reached_and_scrolling_back_gives_the_same_views(blocks: list[int], view: int, step: int):
    scroll = scroll_over(blocks, view)
    tops = [scroll.lowest()]
    while tops[-1] != (0, 0):
        tops.append(scroll.up(tops[-1], min(step, view)))
    assert {line for top in tops for line in in_view(scroll, top)} == {
        (index, line) for index, height in enumerate(blocks) for line in range(height)
    }
    for above, below in zip(tops[1:-1], tops, strict=False):
        assert scroll.down(above, min(step, view)) == below


@given(
    heights,
    st.integers(2, 12),
    st.integers(0, 1),
    st.lists(st.sampled_from(["next", "previous", "pagedown", "pageup"]), max_size=40),
)
def test_after_any_keys_some_of_the_cursors_block_is_in_view(
    blocks: list[int], view: int, covered: int, keys: list[str]
):
    scroll = scroll_over(blocks, view, covered)
    top, cursor = scroll.lowest(), len(blocks) - 1
    top = scroll.reveal(top, cursor)
    for key in keys:
        match key:
            case "next":
                top, cursor = scroll.next(top, cursor)
            case "previous":
                top, cursor = scroll.previous(top, cursor)
            case _:
                top, cursor = scroll.page(top, cursor, 1 if key == "pagedown" else -1)
        assert cursor in {index for index, _ in in_view(scroll, top)}
        if not covered:
            assert top <= scroll.lowest()


@given(heights, st.integers(1, 12))
def test_one_key_alone_shows_every_line_in_either_direction(blocks: list[int], view: int):
    scroll = scroll_over(blocks, view)
    every = {(index, line) for index, height in enumerate(blocks) for line in range(height)}
    top, cursor = (0, 0), 0
    seen = set(in_view(scroll, top))
    for _ in range(sum(blocks) + len(blocks)):
        top, cursor = scroll.next(top, cursor)
        seen |= set(in_view(scroll, top))
    assert seen == every
    assert (top, cursor) == (scroll.lowest(), len(blocks) - 1)
    seen = set(in_view(scroll, top))
    for _ in range(sum(blocks) + len(blocks)):
        top, cursor = scroll.previous(top, cursor)
        seen |= set(in_view(scroll, top))
    assert seen == every
    assert (top, cursor) == ((0, 0), 0)


@given(heights, st.integers(2, 12))
def test_pages_end_on_the_last_block_and_on_the_first(blocks: list[int], view: int):
    scroll = scroll_over(blocks, view)
    top, cursor = (0, 0), 0
    for _ in range(sum(blocks) + 2):
        top, cursor = scroll.page(top, cursor, 1)
    assert (top, cursor) == (scroll.lowest(), len(blocks) - 1)
    for _ in range(sum(blocks) + 2):
        top, cursor = scroll.page(top, cursor, -1)
    assert (top, cursor) == ((0, 0), 0)


def test_only_what_one_comes_to_is_asked_for_its_height():
    asked: list[int] = []

    def height(index: int) -> int:
        asked.append(index)
        return 2

    scroll = BlockScroll(20_000, height, 10)
    top, cursor = scroll.lowest(), 19_999
    for _ in range(5):
        top, cursor = scroll.previous(top, cursor)
    assert min(asked) > 19_980
