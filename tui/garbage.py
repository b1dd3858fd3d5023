"""When Python looks through everything for garbage: seldom, since a key that comes meanwhile has to wait.

Most garbage goes at once, and most of what is left, in circles, with the young. A look through all that is alive
takes 20 to 100 ms, more with each loaded message, and came by default with one key in twenty-five.
"""

from __future__ import annotations

import gc
from typing import Final

LOOKS_BETWEEN: Final = 200
"""Looks at the middle generation, one in two keys, before one through everything; Python's default is 10. More, and
closed dialogs would pile up."""


def collect_seldom() -> None:
    """Let a key wait for the collector once in some hundred. Where that works in steps (3.14) nothing changes."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, LOOKS_BETWEEN)
