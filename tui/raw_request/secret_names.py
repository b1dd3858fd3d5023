"""The names that secrets bear: of members of JSON, of pairs, of variables. Pure."""

from __future__ import annotations

import re
from typing import Final

_SECRET_NAME: Final = re.compile(
    r"auth[ _-]?token|access[ _-]?token|refresh[ _-]?token|secret|passw|passphrase|api[ _-]?key$"
    r"|private[ _-]?key|authorization|bearer|credential",
    re.IGNORECASE,
)

MASK: Final = "•••"
"""What stands in the place of a secret. No request can be sent with it."""


def is_secret_name(name: str) -> bool:
    """Whether what bears this name is a secret."""
    return _SECRET_NAME.search(name) is not None
