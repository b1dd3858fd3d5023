"""Caches of styles: parsed style sheets kept longer, and drawn lines of removed widgets not at all.

Textual: reads all style sheets anew for every screen that is visited first: each reading takes some 12 ms, and there
are four at the start and four for each first visit. It sets every rule of a widget again, one by one, when none of them
changed. And `StylesCache.get_inner_outer` remembers its answers by the widget's own cache, so that the last thousand
widgets keep every line they drew: some 20 MB after an hour of dialogs.
Needed: none of it. When it changes: measure a first visit and an hour of dialogs (tests/soak) without this file.
"""

from __future__ import annotations

from functools import lru_cache

from textual._styles_cache import StylesCache  # pyright: ignore[reportPrivateUsage]  # the one place it is kept
from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode


@lru_cache(maxsize=4)
def _read_with(_: frozenset[tuple[str, str]]) -> LRUCache[tuple[object, ...], list[RuleSet]]:
    """Return what was read with these variables, by its source; Textual keeps 64, fewer than there are."""
    return LRUCache(512)


class KeptStylesheet(Stylesheet):
    """Reads a source once for each set of variables, which a theme has, and changes only what differs."""

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache = _read_with(frozenset(variables.items()))

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the variables of a theme; the same ones change nothing."""
        if variables != self._variables:
            # Textual empties the one at hand.
            self._parse_cache = LRUCache(1)
            super().set_variables(variables)
            self._parse_cache = _read_with(frozenset(variables.items()))

    def reparse(self) -> None:
        """Take in what was added; what was read with these variables is not read again."""
        self.parse()

    @classmethod
    def replace_rules(cls, node: DOMNode, rules: RulesMap, animate: bool = False) -> None:
        """Give a widget its rules, where they are others than those it has."""
        if node.styles.base.get_rules() != rules:
            super().replace_rules(node, rules, animate=animate)
        elif not animate:
            node.notify_style_update()


def let_go_of_removed() -> None:
    """Forget what removed widgets have drawn; what is asked for again is worked out in microseconds."""
    StylesCache.get_inner_outer.cache_clear()
