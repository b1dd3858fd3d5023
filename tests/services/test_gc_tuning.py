"""What keys need not wait for: the collector's look through a long list."""

from __future__ import annotations

import gc

from tui.services.gc_tuning import MANY, freeze_long_lists
from tui.twilio.messages import Message


def test_a_list_is_left_out_each_time_it_has_doubled_and_not_at_every_page():
    rows: list[Message] = []
    times = 0
    try:
        while len(rows) < 4 * MANY:
            before = len(rows)
            rows.extend(Message(f"SM{before + n}") for n in range(50))
            times += freeze_long_lists(before, len(rows))
        assert times == 3
        looked_through = {id(each) for each in gc.get_objects()}
        assert sum(id(row) in looked_through for row in rows) < MANY
    finally:
        gc.unfreeze()
