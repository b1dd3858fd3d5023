"""A request as it was typed, field by field, verbatim. Must not know what any of it means to Twilio.

Pairs are lines of text, since that is how they are typed; the reading of them is the console's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import cast


@dataclass(frozen=True, slots=True)
class TypedRequest:
    """Every input of the console's form.

    Attributes:
        query, headers: one pair a line; a line that begins with `#` is switched off.
        body_kind: "none", "raw", "form" or "multipart"; it decides how `body` is read.
        response_type: "json", "text" or "binary".
        timeout: seconds. `retries`: how many. `delay`: milliseconds. All as typed, empty for the default.
    """

    method: str = "GET"
    path: str = ""
    query: str = ""
    headers: str = ""
    body_kind: str = "none"
    body: str = ""
    response_type: str = "json"
    timeout: str = ""
    retries: str = ""
    delay: str = ""
    backoff: bool = False
    all_errors: bool = False

    def texts(self) -> dict[str, str | bool]:
        """What differs from an empty form, for a file; method and path are always there."""
        found: dict[str, str | bool] = {}
        for field in fields(self):
            value: str | bool = getattr(self, field.name)
            if value != field.default or field.name in ("method", "path"):
                found[field.name] = value
        return found


def typed_from(texts: Mapping[str, object]) -> TypedRequest:
    """The request that `texts` wrote; what is missing, unknown or of another type reads as not typed."""
    empty = TypedRequest()
    known = {field.name: cast("object", getattr(empty, field.name)) for field in fields(TypedRequest)}
    values = {name: value for name, value in texts.items() if name in known and isinstance(value, type(known[name]))}
    return replace(empty, **values)
