"""How often keys wait for Python's collector."""

from __future__ import annotations

import gc

from tui.garbage import LOOKS_BETWEEN, collect_seldom


def test_a_look_through_everything_comes_seldom_and_one_at_the_young_as_ever():
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold() == (*before[:2], LOOKS_BETWEEN)
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
