"""Choosing values of a body by a JSONPath expression (RFC 9535, through python-jsonpath).

The library looks at dicts and lists that are made for it and thrown away; what is chosen are lines of the table, so
that digits, keys and order stay as received. Of a repeated key the last value counts.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from tui.widgets.response_view.json_document import JsonDocument
from tui.widgets.response_view.json_table import MOST_BYTES, JsonTable, read_table

if TYPE_CHECKING:
    from jsonpath import JSONData, JSONPathMatch
    from jsonpath.match import PathPart

MOST_FILTERED: Final = 8_000_000
"""Characters of a body that can be chosen from: as dicts and lists they take about ten times the memory."""

MOST_CHOSEN: Final = 100_000
_DEEPEST: Final = 300
_DECODED_AT_ONCE: Final = 1 << 16
EXAMPLE: Final = "$.messages[*].sid"


class BadExpression(ValueError):
    """The expression is no JSONPath, or cannot be applied here; the message is one sentence."""


def _complete(expression: str) -> str:
    """The expression with the `$` and the dot that people leave out: `messages[0].sid`."""
    expression = expression.strip()
    if not expression or expression.startswith("$"):
        return expression
    return "$" + ("" if expression.startswith((".", "[")) else ".") + expression


def select(document: JsonDocument, expression: str, checkpoint: Callable[[], None]) -> JsonDocument:
    """A document of the values that an expression chooses, each as received.

    Takes a second or two for the largest bodies; `checkpoint` is called often and may raise to stop.

    Raises:
        BadExpression: it is no JSONPath, or cannot be applied here.
    """
    table = document.table
    if len(table.text) > MOST_FILTERED:
        raise BadExpression(f"Only a body of up to {MOST_FILTERED // 1_000_000} MB can be filtered; search it instead.")
    from jsonpath import JSONPathError

    origins: array[int] = array("I")
    parts: list[bytes] = []
    size, cut = 0, False
    try:
        for line in _chosen(table, expression, checkpoint):
            literal = table.literal(line).encode()
            cut = len(parts) >= MOST_CHOSEN or size + len(literal) + 2 > MOST_BYTES
            if cut:
                break
            origins.append(line)
            parts.append(literal)
            size += len(literal) + 1
    except BadExpression:
        raise
    except (JSONPathError, ValueError, RecursionError) as problem:
        raise BadExpression(_sentence(problem)) from None
    chosen = read_table(b"[" + b",".join(parts) + b"]", checkpoint)
    return JsonDocument(chosen, document, origins, expression, cut=cut)


def _chosen(table: JsonTable, expression: str, checkpoint: Callable[[], None]) -> Iterable[int]:
    import jsonpath

    expression = _complete(expression)
    if not expression:
        raise BadExpression(f"Type a path, such as {EXAMPLE}.")
    environment = jsonpath.JSONPathEnvironment(strict=True)
    environment.max_recursion_depth = _DEEPEST
    query = environment.compile(expression)
    root: object = _value(table, 0, checkpoint)
    if not isinstance(root, dict | list):
        # Nothing to choose from but itself; the library would take a string for a JSON text.
        return [0] if expression == "$" else []
    known: dict[tuple[PathPart, ...], int] = {(): 0}

    @lru_cache(maxsize=16)
    def inside(around: int) -> Any:
        """Index or key to line; of a repeated key the last."""
        children = array("I", table.children(around))
        return children if table.is_array(around) else {table.key(child): child for child in children}

    def find(match: JSONPathMatch) -> int:
        line = known.get(match.parts)
        if line is None:
            assert match.parent is not None
            line = known[match.parts] = inside(find(match.parent))[match.parts[-1]]
        return line

    def lines() -> Iterable[int]:
        for match in query.finditer(cast("JSONData", root)):
            checkpoint()
            yield find(match)

    return lines()


def _value(table: JsonTable, line: int, checkpoint: Callable[[], None]) -> Any:
    """The value as dicts, lists and exact numbers; small ones decoded whole, so that none holds the lock for long."""
    if not table.is_container(line) or table.end(line) - table.starts[line] <= _DECODED_AT_ONCE:
        checkpoint()
        return json.loads(table.literal(line), parse_float=Decimal)
    if table.is_array(line):
        return [_value(table, child, checkpoint) for child in table.children(line)]
    return {table.key(child): _value(table, child, checkpoint) for child in table.children(line)}


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
