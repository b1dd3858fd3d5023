"""A request's body as JSON: whether it is meant as JSON, where its mistake is, and the same JSON with one value a line.

Nothing of a text but the blanks between its tokens is ever changed. Takes some 20 ms a megabyte: call it in a thread.
Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tui.raw_request.model import RawRequest, refuse_constant
from tui.twilio.media_types import FORM, JSON, type_by_look

_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_CONSTANT = re.compile(r'"(?:[^"\\]+|\\.)*"|(-?Infinity|NaN)\b')
_LAST_COMMA = re.compile(r",[ \t\r\n]*([}\]])")
_INDENT = "  "
_REASONS = (
    ("Expecting property name", "a name between double quotes is missing"),
    ("Expecting ','", "a comma or the closing bracket is missing"),
    ("Expecting ':'", "a colon is missing"),
    ("Expecting value", "a value is missing"),
    ("Unterminated string", "a string is not closed"),
    ("Invalid control character", "a string holds a line end or another control character"),
    ("Invalid \\", "a backslash escapes nothing"),
    ("Extra data", "something follows the end"),
)
"""How a message of Python's begins → the reason in words that name what to do."""


@dataclass(frozen=True, slots=True)
class JsonMistake:
    """Why a text is not JSON.

    Attributes:
        reason: for the middle of a sentence.
        line, column: where, from 1, in characters; lines end as JSON's do, with a line feed.
    """

    reason: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


def find_mistake(text: str) -> JsonMistake | None:
    """The first mistake in a text as JSON; None when it is JSON."""
    try:
        # What the digits amount to does not matter here, and Python refuses to convert very many of them.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse_constant)
    except json.JSONDecodeError as problem:
        last = _LAST_COMMA.match(text, max(problem.pos, 0)) or _LAST_COMMA.match(text, text.rfind(",", 0, problem.pos))
        if last is not None and last.end() > problem.pos:
            # Said in other words, of another place, and not of an array, before Python 3.13.
            return _mistake(text, last.start(1), f"a comma stands before the {last[1]}")
        words = problem.msg[:1].lower() + problem.msg[1:]
        return _mistake(
            text, problem.pos, next((ours for begin, ours in _REASONS if problem.msg.startswith(begin)), words)
        )
    except ValueError as problem:
        at = next((found.start() for found in _CONSTANT.finditer(text) if found[1]), 0)
        return _mistake(text, at, str(problem))
    except RecursionError:
        return JsonMistake("it is nested too deeply", 1, 1)
    return None


def _mistake(text: str, at: int, reason: str) -> JsonMistake:
    return JsonMistake(reason, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def format_json(text: str) -> str:
    """JSON with one value a line: order, repeated names, digits and escapes are as they were.

    Args:
        text: JSON, without a mistake.
    """
    return "".join(_pieces(text)) + ("\n" if text.endswith("\n") else "")


def is_json_type(content_type: str) -> bool:
    """Whether a Content-Type says that the body is JSON."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == JSON or kind.endswith("+json")


def mistake_in(request: RawRequest) -> JsonMistake | None:
    """The mistake in a body that is meant as JSON: it begins with a brace or bracket, or its type says so."""
    data = request.data
    if not isinstance(data, str) or not data:
        return None
    meant = is_json_type(_typed_type(request)) or data.lstrip()[:1] == "{"
    if not meant and data.lstrip()[:1] == "[":
        # A field of a form may begin with a bracket.
        meant = type_by_look(data.encode("utf-8", "replace")) != FORM
    return find_mistake(data) if meant else None


def sent_as_json(request: RawRequest) -> RawRequest:
    """The request with JSON's Content-Type, unless another was typed.

    For a body with a mistake in it: as plain text no server would even look at it, and say what is wrong.
    """
    if _typed_type(request):
        return request
    return replace(request, headers=(*request.headers, ("Content-Type", JSON)))


def _typed_type(request: RawRequest) -> str:
    return next((value for name, value in request.headers if name.strip().lower() == "content-type"), "")


def _pieces(text: str) -> Iterator[str]:
    depth, before = 0, ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in ("}", "]"):
            depth -= 1
            if before not in ("{", "["):
                yield "\n" + _INDENT * depth
        elif before in ("{", "[", ","):
            yield "\n" + _INDENT * depth
        elif before == ":":
            yield " "
        yield token
        depth += token in ("{", "[")
        before = token
