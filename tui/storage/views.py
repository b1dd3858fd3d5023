"""Saved views (views.toml: queries by name) and the history of queries, as text: must not know the query language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A query saved under a name.

    Attributes:
        key: the letter that chooses it in the list of views; "" for none.
    """

    name: str
    query: str
    key: str = ""
