"""What a webhook request says: its parameters, from a query, a form or JSON, and what it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from tui.twilio.signature import form_pairs
from tui.webhooks.events import Kind, Pairs

MOST_PARAMETERS: Final = 2000
"""Twilio sends some dozens; beyond this a body is somebody's attempt to keep the program busy."""

_DEEPEST: Final = 8
_FORM: Final = "application/x-www-form-urlencoded"


def count_fields(target: str, body: bytes) -> int:
    """Count the parameters a request could hold at most, without reading them."""
    return target.count("&") + body.count(b"&") + 2


def read_parameters(target: str, content_type: str, body: bytes) -> Pairs:
    """Read every parameter: those of the query, then those of the body, in their order, blanks and repeats kept.

    JSON objects are flattened (`data.messageSid`); an array of events counts its entries (`0.type`). Bytes that
    are no UTF-8 become U+FFFD. Never raises.
    """
    query = target.partition("?")[2].encode("utf-8", "surrogatepass")
    kind = content_type.partition(";")[0].strip().lower()
    found = list(_decoded(query))
    if kind in {_FORM, ""} and not (kind == "" and body[:1] in (b"{", b"[")):
        found.extend(_decoded(body))
    elif kind in {"application/json", ""} or kind.endswith("+json"):
        found.extend(_json(body))
    return tuple(found[:MOST_PARAMETERS])


def tell_kind(parameters: Pairs, *, status_path: bool) -> Kind:
    """Tell what a request is about by what it holds; the path decides where that says nothing."""
    names = {name for name, _ in parameters}
    statuses = [value for name, value in parameters if name == "SmsStatus"]
    about_message = bool(names & {"MessageSid", "SmsSid", "SmsMessageSid"})
    if not about_message:
        return Kind.OTHER
    if "MessageStatus" in names:
        return Kind.STATUS
    if "Body" in names or statuses[:1] in (["received"], ["receiving"]):
        return Kind.INBOUND
    return Kind.STATUS if status_path or statuses else Kind.INBOUND


def _decoded(form: bytes) -> Iterator[tuple[str, str]]:
    for name, value in form_pairs(form):
        yield name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def _json(body: bytes) -> list[tuple[str, str]]:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found: list[tuple[str, str]] = []
    _flatten("", value, found, 0)
    return found


def _flatten(name: str, value: object, found: list[tuple[str, str]], depth: int) -> None:
    if len(found) >= MOST_PARAMETERS:
        return
    if depth < _DEEPEST and isinstance(value, dict) and value:
        for key, inner in cast("dict[str, object]", value).items():
            _flatten(f"{name}.{key}" if name else key, inner, found, depth + 1)
    elif depth < _DEEPEST and isinstance(value, list) and value:
        for index, inner in enumerate(cast("list[object]", value)):
            _flatten(f"{name}.{index}" if name else str(index), inner, found, depth + 1)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        found.append((_storable(name), _storable(text)))


def _storable(text: str) -> str:
    """JSON's escapes can spell lone surrogates, which no file and no terminal takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
