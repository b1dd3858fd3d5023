"""What Python's collector need not look through again and again, while a key waits.

A look through all that is alive comes with one key in twenty-five and takes longer with each loaded message: 20 ms
become 100. Messages are in no circle, so that they go by themselves when nobody has them: it may leave them out.
"""

from __future__ import annotations

import gc
from typing import Final

MANY: Final = 4096
"""Rows below which it is not worth the while."""


def freeze_long_lists(before: int, after: int) -> bool:
    """To be told when a list has grown: each time it has doubled, all that is alive is left out from then on.

    What goes round in circles is collected before. What is alive then and becomes a circle later, a dialog perhaps,
    stays for good: a handful at the most.
    """
    if after < MANY or before.bit_length() == after.bit_length():
        return False
    gc.collect()
    gc.freeze()
    return True
