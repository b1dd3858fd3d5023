"""Textual keeps what watches an attribute until that changes: a screen that was left, with all its widgets.

Seen with Textual 8.2.8: `reactive._check_watchers` alone takes out those that have closed. Each conversation that was
opened and left stayed, half a megabyte, while no job ran.
"""

from __future__ import annotations

from typing import Any

from textual.dom import DOMNode


def stop_watching(node: DOMNode, watched: DOMNode) -> None:
    """Let `watched` forget what a node watches of it."""
    watchers: dict[str, list[tuple[Any, Any]]] = getattr(watched, "__watchers", {})
    for of_one in watchers.values():
        of_one[:] = [each for each in of_one if each[0] is not node]
