"""A JSON text that is looked at: its tree, what is folded, and where its values came from when it is a selection."""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from tui.widgets.response_view.folding import Folding
from tui.widgets.response_view.json_paths import write_path
from tui.widgets.response_view.json_tree import NONE, Tree

_GLIMPSE: Final = 1000
_MEMBERS_LOOKED_AT: Final = 200
_SID_LITERAL: Final = 36
_SID: Final = re.compile(r"(?<![0-9A-Za-z])(?:SM|MM)[0-9a-fA-F]{32}(?![0-9A-Za-z])")


@dataclass(slots=True)
class Document:
    """What one view shows at a time.

    Attributes:
        tree: the values.
        folding: which lines show them.
        source: the document it was selected from.
        origins: for each value of a selection, its row in the source.
        expression: what selected it.
        cursor: the line to return to.
    """

    tree: Tree
    folding: Folding
    source: Document | None = None
    origins: array[int] = field(default_factory=lambda: array("I"))
    expression: str = ""
    cursor: int = 0

    def steps(self, row: int) -> list[str | int]:
        """The keys and indices of a value in the body as it was received."""
        steps = self.tree.steps(row)
        if self.source is None or not steps or not isinstance(steps[0], int) or steps[0] >= len(self.origins):
            return steps
        return self.source.steps(self.origins[steps[0]]) + steps[1:]

    def path(self, row: int) -> str:
        """The same, written."""
        return write_path(self.steps(row))

    def literal(self, row: int) -> str:
        """The value exactly as it was written."""
        return self.tree.literal(row).decode()

    def value(self, row: int) -> str:
        """A string's own characters, anything else as it was written.

        A string with half a surrogate pair stays as written: it could not be handed on as UTF-8.
        """
        literal = self.literal(row)
        if not literal.startswith('"'):
            return literal
        value: str = json.loads(literal)
        try:
            value.encode()
        except UnicodeEncodeError:
            return literal
        return value

    def glimpse(self, row: int) -> str:
        """The beginning of the value as it was written; a thousand bytes at most."""
        start = self.tree.starts[row]
        return self.tree.content[start : min(self.tree.end(row), start + _GLIMPSE)].decode(errors="ignore")

    def message_sid(self, row: int) -> str | None:
        """The SID of a message: in the value itself, else the `sid` of the nearest object around it."""
        tree = self.tree
        if not tree.is_container(row):
            if found := _SID.search(self.glimpse(row)):
                return found[0]
            row = tree.parents[row]
        while row != NONE:
            if tree.is_object(row):
                return self._own_sid(row)
            row = tree.parents[row]
        return None

    def _own_sid(self, row: int) -> str | None:
        tree = self.tree
        for child in islice(tree.children(row), _MEMBERS_LOOKED_AT):
            if tree.end(child) - tree.starts[child] == _SID_LITERAL and tree.key(child) == "sid":
                found = _SID.search(self.literal(child))
                return found[0] if found else None
        return None
