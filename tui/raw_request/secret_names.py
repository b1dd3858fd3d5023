"""The names that secrets bear: of members of JSON, of pairs, of variables, of a command's options. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SECRET_NAME: Final = re.compile(
    r"auth[ _-]?token|access[ _-]?token|refresh[ _-]?token|secret|passw|passphrase|api[ _-]?key$"
    r"|private[ _-]?key|authorization|bearer|credential",
    re.IGNORECASE,
)

_SECRET_HEADER: Final = re.compile(r"token|key|secret|auth|cookie|passw|signature|credential", re.IGNORECASE)

MASK: Final = "•••"
"""What stands in the place of a secret. No request can be sent with it."""


def is_secret_name(name: str) -> bool:
    """Whether what bears this name is a secret."""
    return _SECRET_NAME.search(name) is not None


def is_secret_header(name: str) -> bool:
    """Whether the value of this header is kept nowhere: it is a secret, or may well be one."""
    return _SECRET_HEADER.search(name) is not None


def secret_words(command: Iterable[str]) -> frozenset[str]:
    """The values of a command's options whose name may well be a secret's: `--token x`, `--token=x`.

    Those of a word that is a command itself, as a shell's, are among them.
    """
    found: set[str] = set()
    waits = False
    for word in command:
        inner = word.split()
        found |= secret_words(inner) if len(inner) > 1 else set()
        option = word.startswith("-")
        name, equals, value = word.partition("=")
        if option and equals and is_secret_header(name):
            found.add(value)
        elif waits and not option:
            found.add(word)
        waits = option and not equals and is_secret_header(name)
    return frozenset(found - {""})
