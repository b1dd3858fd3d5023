"""What a webhook request says: its parameters, from a query, a form or JSON, and what it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Final, cast

from tui.twilio.media_types import FORM, JSON
from tui.twilio.signature import form_pairs
from tui.webhooks.events import EventKind, Pairs
from tui.webhooks.products import message_sid

MOST_PARAMETERS: Final = 2000
"""Twilio sends some dozens; beyond this a body is somebody's attempt to keep the program busy."""

LARGE: Final = 16 * 1024
"""Bytes of a body beyond which it is not read on the loop, and only if it was accepted: anyone may send one."""

_DEEPEST: Final = 8


def count_fields(target: str, body: bytes) -> int:
    """Count the parameters a request could hold at most, without reading them."""
    return target.count("&") + body.count(b"&") + 2


def read_parameters(target: str, content_type: str, body: bytes, *, accepted: bool) -> Pairs:
    """Read every parameter: those of the query, then those of the body, in their order, blanks and repeats kept.

    JSON objects are flattened (`data.messageSid`); an array of events counts its entries (`0.type`). Bytes that
    are no UTF-8 become U+FFFD. At most `MOST_PARAMETERS` are given, and of a body that was not `accepted` none beyond
    `LARGE`. Never raises.
    """
    query = target.partition("?")[2].encode("utf-8", "surrogatepass")
    kind = content_type.partition(";")[0].strip().lower()
    found = list(islice(_decoded(query), MOST_PARAMETERS))
    if len(body) > LARGE and not accepted:
        return tuple(found)
    if kind in {FORM, ""} and not (kind == "" and body[:1] in (b"{", b"[")):
        found.extend(islice(_decoded(body), MOST_PARAMETERS))
    elif kind in {JSON, ""} or kind.endswith("+json"):
        found.extend(_json(body))
    return tuple(found[:MOST_PARAMETERS])


def first_values(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first value of every parameter."""
    first: dict[str, str] = {}
    for name, value in parameters:
        first.setdefault(name, value)
    return first


def tell_kind(parameters: Pairs, *, status_path: bool) -> EventKind:
    """Tell what a request is about by what it holds; the path decides where that says nothing."""
    first = first_values(parameters)
    if not message_sid(first):
        return EventKind.OTHER
    if "MessageStatus" in first:
        return EventKind.STATUS
    status = first.get("SmsStatus")
    if "Body" in first or status in {"received", "receiving"}:
        return EventKind.INBOUND
    return EventKind.STATUS if status_path or status is not None else EventKind.INBOUND


def _decoded(form: bytes) -> Iterator[tuple[str, str]]:
    for name, value in form_pairs(form):
        yield name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def _json(body: bytes) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    with suppress(ValueError, RecursionError):
        _flatten("", json.loads(body), found, 0)
    return found


def _flatten(name: str, value: object, found: list[tuple[str, str]], depth: int) -> None:
    inside: Iterable[tuple[object, object]] | None = None
    if value and depth < _DEEPEST and isinstance(value, dict):
        inside = cast("dict[object, object]", value).items()
    elif value and depth < _DEEPEST and isinstance(value, list):
        inside = enumerate(cast("list[object]", value))
    if inside is None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        found.append((storable(name), storable(text)))
        return
    for key, inner in inside:
        if len(found) >= MOST_PARAMETERS:
            return
        _flatten(f"{name}.{key}" if name else str(key), inner, found, depth + 1)


def storable(text: str) -> str:
    """JSON's escapes can spell lone surrogates, which no file and no terminal takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
