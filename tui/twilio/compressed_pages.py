"""The JSON of list answers, kept small: compressed as it came, and parsed again for the one who asks for a resource.

As a dict a message takes three kilobytes, compressed among its neighbours a tenth of one. Knows no message, no field.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, cast

from tui.twilio.lenient_json import as_items, as_mapping

NOTHING: Final[Mapping[str, object]] = {}

_FASTEST: Final = 1
_PAGES_AT_HAND: Final = 2
"""Pages that stay parsed: neighbours are asked for one after the other, by the cursor and by an export."""


def pack_page(content: bytes) -> bytes:
    """An answer that holds a list, as it came from the wire."""
    return zlib.compress(content, _FASTEST)


def pack_resource(name: str, resource: Mapping[str, object]) -> bytes:
    """One resource, as an answer that lists nothing else under `name`; empty when it is too deep to be written."""
    try:
        return pack_page(json.dumps({name: [resource]}).encode("ascii"))
    except (ValueError, RecursionError):
        return b""


def unpack(packed: bytes, name: str, place: int) -> Mapping[str, object]:
    """The resource at a place, from 0, of the list called `name`; empty when nothing was packed. Not to be changed."""
    items = _items(packed, name) if packed else ()
    return items[place] if place < len(items) else NOTHING


@lru_cache(maxsize=_PAGES_AT_HAND)
def _items(packed: bytes, name: str) -> tuple[Mapping[str, object], ...]:
    try:
        document = as_mapping(cast("object", json.loads(zlib.decompress(packed))))
    except RecursionError:
        # It could be parsed once; this time the one who asks stands deeper in the program.
        return ()
    return as_items(document.get(name))
