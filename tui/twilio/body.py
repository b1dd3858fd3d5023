"""What a request may carry besides plain bytes: a body of known length, made anew for each attempt.

A protocol only; must not know files, forms or the network.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol


class Body(Protocol):
    """A body that is produced while it is sent, so that its size does not matter to memory."""

    @property
    def length(self) -> int:
        """Bytes that `pieces` will bring, exactly."""
        ...

    def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes from the first on; every call starts again."""
        ...
