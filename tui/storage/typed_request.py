"""A request as it was typed, field by field, verbatim. Must not know what any of it means to Twilio.

Pairs are lines of text, since that is how they are typed; the reading of them is the console's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, cast

NOTATION: Final = 2
"""How lines of pairs are written. In 1 any quoted value lost its quotes, and a `;` ended the path of a file."""


@dataclass(frozen=True, slots=True)
class TypedRequest:
    """Every input of the console's form.

    Attributes:
        query, headers: one pair a line; a line that begins with `#` is switched off.
        body_kind: "none", "raw", "form" or "multipart"; it decides how `body` is read.
        response_type: "json", "text" or "binary".
        timeout: seconds. `retries`: how many. `delay`: milliseconds. All as typed, empty for the default.
        notation: how the lines are written; see `NOTATION`.
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
    notation: int = NOTATION

    def texts(self) -> dict[str, str | bool | int]:
        """What differs from an empty form, for a file; method and path are always there."""
        found: dict[str, str | bool | int] = {}
        for field in fields(self):
            value: str | bool | int = getattr(self, field.name)
            if field.name == "notation":
                if self.notation > 1 and _depends_on_notation(self):
                    found["notation"] = value
            elif value != field.default or field.name in ("method", "path"):
                found[field.name] = value
        return found


def typed_from(texts: Mapping[str, object]) -> TypedRequest:
    """The request that `texts` wrote; what is missing, unknown or of another type reads as not typed."""
    empty = TypedRequest()
    known = {field.name: cast("object", getattr(empty, field.name)) for field in fields(TypedRequest)}
    values = {name: value for name, value in texts.items() if name in known and type(value) is type(known[name])}
    typed = replace(empty, **values)
    # What says nothing about its notation was written before there were two.
    return replace(typed, notation=1) if _depends_on_notation(typed) and "notation" not in values else typed


def _depends_on_notation(typed: TypedRequest) -> bool:
    lines = [typed.query, typed.headers] + ([typed.body] if typed.body_kind in ("form", "multipart") else [])
    return any(mark in text for text in lines for mark in '";')
