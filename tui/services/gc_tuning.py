"""Freezes long-lived objects so that full garbage collections stay short while a key waits.

A full collection comes with one key in twenty-five and takes longer with each loaded message: 20 ms become 100.
Messages are in no reference cycle, so they are freed without the collector, which may leave them out.
"""

from __future__ import annotations

import gc
from typing import Final

MANY: Final = 4096
"""Rows below which it is not worth the while."""


def freeze_long_lists(before: int, after: int) -> bool:
    """Call after a list grew from `before` to `after` rows: at each doubling runs `gc.collect()`, then `gc.freeze()`.

    What is alive then and becomes a cycle later, a dialog perhaps, is never freed: a handful at the most.
    """
    if after < MANY or before.bit_length() == after.bit_length():
        return False
    gc.collect()
    gc.freeze()
    return True
