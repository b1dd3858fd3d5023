"""TOML as text to tables, bounded in depth: what is nested deeper than any file of ours would end in a crash later.

Must not know which file it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final, cast

DEEPEST: Final = 32
"""Tables and lists within one another; the deepest of ours has five."""

_TEXTS: Final = re.compile(
    r"\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''.*?'''" r'|"(?:[^"\\\n]|\\[^\n])*"|' r"'[^'\n]*'|#[^\n]*", re.DOTALL
)
# Possessive, and from a word's beginning only: a run of letters is passed over once.
_LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")


def loads(text: str) -> dict[str, object]:
    """The tables of a text.

    Raises:
        RecursionError: it is nested too deeply.
        ValueError: it is no TOML.
    """
    # A key of thousands of parts takes the parser minutes (Python 3.11), so it is not even asked.
    if text.count(".") >= DEEPEST and _LONG_KEY.search(_TEXTS.sub("0", text)):
        raise RecursionError("a key has too many parts")
    document = cast("dict[str, object]", tomllib.loads(text))
    level: list[object] = [document]
    for _ in range(DEEPEST + 1):
        level = [each for value in level for each in _within(value)]
        if not level:
            return document
    raise RecursionError("it is nested too deeply")


def _within(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(cast("Mapping[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else []
