"""The console's form for an operation of Twilio's API: method, path, and a line for each value that it needs."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.twilio.operations import Operation, Parameter

_NEEDED_AS_WELL = {("POST", MESSAGES_PATH): ("From", "Body")}
"""Method and path as typed → what Twilio refuses the operation without, though its description calls it optional."""

_EMPTY: dict[str, object] = {"list": [], "object": {}, "number": 0, "boolean": False, "": ""}
"""Kind of a parameter → the value of its kind that says nothing."""


def form_for(operation: Operation) -> RequestText:
    """The form of an operation, its values still open: `Name=` lines, a JSON object, placeholders in the path."""
    also = _NEEDED_AS_WELL.get((operation.method, operation.typed_path), ())
    needed = [each for each in operation.body if each.required] + [each for each in operation.body if each.name in also]
    kind, body = "none", ""
    if operation.body_type == "json":
        kind, body = "raw", _skeleton(needed)
    elif operation.body_type:
        kind, body = "form", _lines(needed)
    query = _lines(each for each in operation.query if each.required)
    return RequestText(method=operation.method, path=operation.typed_path, query=query, body_kind=kind, body=body)


def _lines(parameters: Iterable[Parameter]) -> str:
    return "\n".join(f"{each.name}=" for each in parameters)


def _skeleton(parameters: Iterable[Parameter]) -> str:
    return json.dumps({each.name: _EMPTY[each.kind] for each in parameters}, indent=2)
