"""Every state of every screen lives through windows that are too small for it."""

from __future__ import annotations

import pytest

from tests.looks.stage import Kept
from tests.looks.walks import WALKS

FEW = ((22, 20), (7, 20), (2, 3))
"""Of those where something is left without a single column, as many as each whole run has time for."""

ALL = tuple((columns, lines) for columns in range(1, 31) for lines in ((20, 3) if columns % 2 else (20, 1)))


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("sizes", [pytest.param(FEW, id="few"), pytest.param(ALL, id="all")])
async def test_no_state_of_a_walk_dies_of_a_window_that_is_too_small(walk, sizes):
    """Six walks died without the least widths in `app.tcss` and without what `TextPane` does where it has no width."""
    await WALKS[walk](Kept(reads=False, draws=False, pulls=sizes))
