"""What never changes, of which the sandbox keeps very many: a snapshot need not copy it."""

from __future__ import annotations

from typing import Self


class Unchanging:
    """Is its own copy. For classes whose objects hold nothing that changes either."""

    __slots__ = ()

    def __deepcopy__(self, memo: object) -> Self:
        """Return itself."""
        return self
