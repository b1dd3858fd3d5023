"""The path of a value in JSON, as people and RFC 9535 write it: `$.messages[3].sid`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def write_path(steps: Iterable[str | int]) -> str:
    """The path made of keys and indices; keys that are no plain names stand quoted, escaped as in RFC 9535 §2.3.1."""
    return "$" + "".join(map(_write_step, steps))


def _write_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _NAME.fullmatch(step):
        return f".{step}"
    quoted = json.dumps(step, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"['{quoted}']"
