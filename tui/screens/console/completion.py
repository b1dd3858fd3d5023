"""What may follow what was typed in a line of pairs: the rest of a parameter's name, the rest of a file's path.

Pure but for `complete_file`, which looks into one folder and so belongs into a thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

MOST_LOOKED_AT = 10_000
"""Entries of a folder that are read for a completion; a larger folder is completed from its first ones."""

HEADER_NAMES = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "X-Twilio-Webhook-Enabled",
)
"""Request headers that Twilio's API or HTTP gives a meaning."""


def complete_name(line: str, names: Sequence[str], separator: str) -> str:
    """The rest of the first name that begins like the line, with its separator; empty when there is none."""
    if not line or separator in line:
        return ""
    found = next((name for name in names if name.startswith(line)), "")
    space = " " if separator == ":" else ""
    return f"{found[len(line) :]}{separator}{space}" if found else ""


def file_begun(line: str) -> str:
    """The path that a line of a multipart form has begun, also after a quote; empty when it names no file."""
    _, sign, value = line.partition("=")
    path = value.strip().removeprefix("@") if sign and value.lstrip().startswith("@") else ""
    if path.startswith('"'):
        return path[1:] if '"' not in path[1:] else ""
    # A `;` may begin a type: a name that holds one is completed between quotes only.
    return "" if ";" in path else path


def complete_file(path: str) -> str:
    """The rest of the first file or folder that goes on from a path, folders with their slash; empty for none.

    Hidden ones are offered only when the dot was typed. A folder that cannot be read completes nothing.
    """
    folder, name = os.path.split(path)
    try:
        with os.scandir(Path(folder or ".").expanduser()) as entries:
            found = sorted(_going_on(islice(entries, MOST_LOOKED_AT), name))
    except (OSError, ValueError, RuntimeError):
        return ""
    return next((rest for entry in found if (rest := entry[len(name) :])), "")


def still_open(names: Sequence[str], text: str, separators: str) -> list[str]:
    """The names that no line of the text has yet, lines that are switched off included."""
    taken: set[str] = set()
    for line in text.split("\n"):
        line = line.strip().lstrip("# \t")
        at = min((place for place in map(line.find, separators) if place >= 0), default=-1)
        if at > 0:
            taken.add(line[:at].strip())
    return [name for name in names if name not in taken]


def _going_on(entries: Iterable[os.DirEntry[str]], name: str) -> Iterable[str]:
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name):
            continue
        yield entry.name + ("/" if entry.is_dir() else "")
