"""Whether another process still runs. Must not know why anyone asks."""

from __future__ import annotations

import os
import sys


def is_running(pid: int) -> bool:
    """Whether a process of this number exists on this machine.

    Where that cannot be asked without harm (Windows, whose kill(pid, 0) ends the process) the answer is yes,
    so callers need a bound in time as well; process numbers are reused, too.
    """
    if sys.platform == "win32":
        return True
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
