"""The app's styles, parsed once: Textual reads all of them anew for every place that is visited first (8.2.8).

Each reading takes some 12 ms, and there are four at the start and four for each first visit.
"""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet


class KeptStylesheet(Stylesheet):
    """Reads a source again only when the theme's variables are others."""

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        # Textual keeps 64, fewer than there are.
        self._parse_cache = LRUCache(512)
        self._read_with: dict[str, str] | None = None

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the variables of a theme; the same ones change nothing."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Take in what was added; all anew where the variables changed."""
        if self._read_with == self._variables:
            self.parse()
        else:
            super().reparse()
            self._read_with = self._variables
