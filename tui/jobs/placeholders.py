"""Texts with `{placeholders}`: which columns they name, and what a row makes of them. Pure.

`{name}` stands for the value of the column "name", whatever its case and blanks; `{{` and `}}` stand for braces. Values
are put in once: one that has braces itself stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PlaceholderError(ValueError):
    """A text whose placeholders cannot be read, or name no column.

    Attributes:
        place: the character of the text at which it goes wrong, from 0.
        reason: a sentence: what is wrong (may hold foreign text).
        remedy: a sentence: what to write instead.
    """

    def __init__(self, place: int, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.place, self.reason, self.remedy = place, reason, remedy


@dataclass(frozen=True, slots=True)
class Missing:
    """The columns that a text names and a row has no value for, by their titles."""

    names: tuple[str, ...]


class Template:
    """A text that was read.

    Attributes:
        text: as it was written.
        names: the placeholders, each once, as they are written.

    Raises:
        PlaceholderError: a brace stands alone, or nothing in braces.
    """

    def __init__(self, text: str) -> None:
        raise NotImplementedError

    def bound(self, columns: Sequence[str], *, url: bool = False) -> BoundTemplate:
        """The text for the rows of a table with these columns.

        Args:
            columns: their titles.
            url: whether values are percent-encoded, as they stand in a URL.

        Raises:
            PlaceholderError: it names a column that there is none of; says the nearest.
        """
        raise NotImplementedError


class BoundTemplate:
    """A text of which it is known which cell each placeholder stands for. Made by `Template.bound`."""

    def fill(self, cells: Sequence[str]) -> str | Missing:
        """What a row makes of the text; which values it lacks, where it lacks some."""
        raise NotImplementedError
