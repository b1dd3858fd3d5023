"""Caches of styles: parsed style sheets kept longer, and drawn lines of removed widgets not at all.

Textual: reads all style sheets anew for every screen that is visited first: each reading takes some 12 ms, and there
are four at the start and four for each first visit. And `StylesCache.get_inner_outer` remembers its answers by the
widget's own cache, so that the last thousand widgets keep every line they drew: some 20 MB after an hour of dialogs.
Needed: neither. When it changes: measure a first visit and an hour of dialogs (tests/soak) without this file.
"""

from __future__ import annotations

from textual._styles_cache import StylesCache  # pyright: ignore[reportPrivateUsage]  # the one place it is kept
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


def let_go_of_removed() -> None:
    """Forget what removed widgets have drawn; what is asked for again is worked out in microseconds."""
    StylesCache.get_inner_outer.cache_clear()
