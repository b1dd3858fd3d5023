"""TOML files as tables, with line and column where they cannot be read, and bounded in depth.

What is nested deeper than any file of ours would end in a crash later. Nothing raised here shows a line's text, a
parser's message or a byte: any of them may be a secret. Must not know which file it is.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from tui.storage.errors import ConfigUnreadable

if TYPE_CHECKING:
    from pathlib import Path

DEEPEST: Final = 32
"""Tables and lists within one another; the deepest of ours has five."""

_TEXTS: Final = re.compile(
    r"\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''.*?'''" r'|"(?:[^"\\\n]|\\[^\n])*"|' r"'[^'\n]*'|#[^\n]*", re.DOTALL
)
# Possessive, and from a word's beginning only: a run of letters is passed over once.
_LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")


_REPAIR: Final = "Mend the file in an editor, or set it aside and start with an empty one."
_POSITION: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_OTHER_ENCODINGS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_MEANINGS: Final = (
    ("Illegal character", "a text is not closed or holds a control character"),
    ("Unterminated", "a text is not closed"),
    ('Expected "', "a text is not closed"),
    ("Nested", "it is nested too deeply"),
    ("Exceeds", "a number has too many digits"),
    ("Unclosed", "a bracket is not closed"),
    ("Invalid value", "a value is not valid, texts need quotes"),
    ("Cannot", "a key or table stands there twice"),
    ("Duplicate", "a key or table stands there twice"),
    ("Expected '='", "a key is not followed by ="),
    ("Expected newline", "something stands behind a value"),
    ("Unescaped", "a backslash in a text needs doubling"),
    ("Invalid statement", "this is neither a key nor a table"),
)


def parse(data: bytes, path: Path) -> dict[str, object]:
    """The tables of any TOML file of ours; `path` is for the error only.

    Raises:
        ConfigUnreadable: not UTF-8 (a byte order mark is fine) or not TOML, with line and column where known.
    """
    text = _decode_text(data, path)
    complaint = ""
    try:
        document = loads(text)
    except RecursionError:
        complaint, document = "Nested", None
    except ValueError as problem:  # beside its own error, tomllib lets int() refuse thousands of digits
        complaint, document = str(problem), None
    if document is None:
        raise _not_toml(complaint, text, path)
    return document


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


def _decode_text(data: bytes, path: Path) -> str:
    for mark, name in _OTHER_ENCODINGS:
        if data.startswith(mark):
            raise ConfigUnreadable(
                path, f"The file is in {name}, not in UTF-8.", 1, 1, "Save it as UTF-8 in an editor."
            )
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as problem:
        before = body[: problem.start]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
    raise ConfigUnreadable(
        path,
        f"The file is not in UTF-8: line {line}, column {column} holds something else, perhaps Latin-1.",
        line,
        column,
        "Save it as UTF-8 in an editor.",
    )


def _not_toml(complaint: str, text: str, path: Path) -> ConfigUnreadable:
    meaning = next((words for start, words in _MEANINGS if complaint.startswith(start)), "it is not valid TOML")
    position = _POSITION.search(complaint)
    line = column = None
    if position is not None:
        line, column = int(position[1]), int(position[2])
    elif "end of document" in complaint:
        line, column = text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1
    where = f" at line {line}, column {column}" if line is not None else ""
    return ConfigUnreadable(path, f"The file cannot be read{where}: {meaning}.", line, column, _REPAIR)
