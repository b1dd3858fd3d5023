"""Every screen looks as it is kept; `python -m tests.looks` accepts a change."""

from __future__ import annotations

import pytest

from tests.looks.keeping import differences
from tests.looks.stage import Kept
from tests.looks.walks import WALKS


@pytest.mark.long
@pytest.mark.parametrize("walk", WALKS)
async def test_every_state_of_a_walk_looks_as_it_is_kept(walk):
    kept = Kept(draws=False)
    await WALKS[walk](kept)
    changed = differences(walk, kept)
    assert not changed, f"\n{changed}\nIf this is meant: .venv/bin/python -m tests.looks, look at it, commit it."
