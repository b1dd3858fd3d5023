"""Choosing values of a body by a JSONPath expression (RFC 9535, through python-jsonpath).

The library walks the rows as if they were dicts and lists made when they are looked at, so that nothing of the
body is copied, and what is chosen are byte ranges: the digits, keys and order stay as received.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.widgets.response_view.json_grammar import Rest
from tui.widgets.response_view.json_tree import Tree
from tui.widgets.response_view.json_walk import Walk, as_value, row_of

if TYPE_CHECKING:
    from jsonpath import JSONPath, JSONPathMatch

MOST_CHOSEN: Final = 100_000
MOST_CHOSEN_BYTES: Final = 64_000_000
_DEEPEST: Final = 300
EXAMPLE: Final = "$.messages[*].sid"


class BadExpression(ValueError):
    """The expression is no JSONPath.

    Attributes:
        reason: one sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Selection:
    """What an expression chose.

    Attributes:
        content: a JSON array of the values, each as received.
        rows: where each was.
        cut: whether there were more.
    """

    content: bytes
    rows: array[int]
    cut: bool


def complete(expression: str) -> str:
    """The expression with the `$` and the dot that people leave out: `messages[0].sid`."""
    expression = expression.strip()
    if not expression or expression.startswith("$"):
        return expression
    return "$" + ("" if expression.startswith((".", "[")) else ".") + expression


def select(tree: Tree, expression: str, rest: Rest) -> Selection:
    """Choose values. Takes some seconds for tens of megabytes; `rest` is called often and may raise to stop.

    Raises:
        BadExpression: it is no JSONPath, or cannot be applied here.
    """
    query = _compile(expression)
    rows: array[int] = array("I")
    parts: list[bytes] = []
    size, cut = 0, False
    try:
        for row in _rows_chosen(query, tree, rest):
            literal = tree.literal(row)
            cut = len(rows) >= MOST_CHOSEN or size + len(literal) > MOST_CHOSEN_BYTES
            if cut:
                break
            rows.append(row)
            parts.append(literal)
            size += len(literal) + 1
    except _problems() as problem:
        raise BadExpression(_sentence(problem)) from None
    return Selection(b"[" + b",".join(parts) + b"]", rows, cut)


def _rows_chosen(query: JSONPath, tree: Tree, rest: Rest) -> Iterable[int]:
    from jsonpath import JSONPathMatch

    class Match(JSONPathMatch):
        """Remembers its row, and not its children: those of a million would fill the memory."""

        __slots__ = ("row",)
        row: int

        def add_child(self, *children: JSONPathMatch) -> None:
            pass

        def new_child(self, obj: object, key: int | str) -> JSONPathMatch:
            child = Match(filter_context={}, obj=obj, parent=self, path="", parts=(key,), root=self.root)
            child.row = row_of(self.obj, key)
            return child

    walk = Walk(tree, rest)
    # A plain value at the root has nothing to choose from but itself.
    root = as_value(walk, 0)
    first = Match(filter_context={}, obj=root, parent=None, path="", parts=(), root=root)  # pyright: ignore[reportArgumentType]
    first.row = 0
    matches: Iterable[JSONPathMatch] = [first]
    for segment in query.segments:
        matches = segment.resolve(matches)
    for match in matches:
        rest()
        assert isinstance(match, Match)
        yield match.row


def _compile(expression: str) -> JSONPath:
    import jsonpath

    expression = complete(expression)
    if not expression:
        raise BadExpression(f"Type a path, such as {EXAMPLE}.")
    environment = jsonpath.JSONPathEnvironment(strict=True)
    environment.max_recursion_depth = _DEEPEST
    try:
        query = environment.compile(expression)
    except _problems() as problem:
        raise BadExpression(_sentence(problem)) from None
    assert isinstance(query, jsonpath.JSONPath)
    return query


def _problems() -> tuple[type[Exception], ...]:
    from jsonpath import JSONPathError

    return JSONPathError, ValueError, RecursionError


def _sentence(problem: Exception) -> str:
    """One sentence about an expression that does not work."""
    from jsonpath import JSONPathError
    from jsonpath.exceptions import JSONPathRecursionError

    if isinstance(problem, RecursionError | JSONPathRecursionError):
        return f"This goes more than {_DEEPEST} levels deep; name more of the path."
    # The library's own message draws the place over several lines, and cannot always.
    words = str(problem.args[0]) if problem.args else "it cannot be read"
    words = re.sub(r"'?TOKEN_([A-Z_]+)'?", lambda found: found[1].lower().replace("_", " "), words.partition("\n")[0])
    token = problem.token if isinstance(problem, JSONPathError) else None
    place = f" (at character {token.index + 1})" if token is not None and token.index >= 0 else ""
    return f"This is no JSONPath: {words}{place}. An example: {EXAMPLE}"
