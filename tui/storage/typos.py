"""Names in connections.toml that mean nothing, and the known ones they may have been meant for. Pure.

What is unlike every known name is somebody's own, and nobody is bothered with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from tui.storage.checks import Problem
from tui.storage.document import FIELDS, OWN_KEYS, SCHEMA, as_table, entries_of
from tui.storage.nearest import nearest

# What other tools and people call the same, in letters and digits only.
_ALSO_CALLED: Final = {
    "account": "account_sid",
    "sid": "account_sid",
    "username": "account_sid",
    "apikey": "api_key_sid",
    "key": "api_key_sid",
    "keysid": "api_key_sid",
    "keysecret": "api_key_secret",
    "secret": "api_key_secret",
    "password": "auth_token",
    "token": "auth_token",
    "type": "kind",
    "url": "base_url",
    "baseuri": "base_url",
    "webhooksecret": "webhook_key",
    "sharedkey": "webhook_key",
    "signingkey": "webhook_key",
    "cabundle": "ca_file",
    "capath": "ca_file",
    "cacert": "ca_file",
    "accounts": "connections",
    "profiles": "connections",
}


def strays(document: Mapping[str, object]) -> Iterator[Problem]:
    """Every name that looks like a mistyped one, at the top and in the entries; nothing in a file of a newer schema."""
    schema = document.get("schema", SCHEMA)
    if not isinstance(schema, int) or schema > SCHEMA:
        return
    for key, value in document.items():
        if key not in OWN_KEYS:
            listed = cast("list[object]", value) if isinstance(value, list) else [value]
            yield from _at_the_top(key, as_table(listed[0]) if listed else None)
    for name, entry in entries_of(document).items():
        for key in as_table(entry) or {}:
            meant = None if key in FIELDS else nearest(key, FIELDS, _ALSO_CALLED)
            if meant:
                reason = f"{key} in the connection {name} means nothing."
                yield Problem(f"connections.{name}.{key}", reason, f"Did you mean {meant}?")


def _at_the_top(key: str, table: Mapping[str, object] | None) -> Iterator[Problem]:
    meant = nearest(key, OWN_KEYS, _ALSO_CALLED)
    if table is None:
        if key in FIELDS:
            yield Problem(key, f"{key} stands before any connection.", "It belongs below [connections.NAME].")
        elif meant and meant != "connections":
            yield Problem(key, f"{key} means nothing.", f"Did you mean {meant}?")
        return
    within = next((name for name, each in table.items() if as_table(each) is not None), None)
    if meant == "connections":
        yield Problem(key, f"The table {key} means nothing.", f"Did you mean [connections.{within or 'NAME'}]?")
    elif any(name in FIELDS for name in table):
        reason = f"The table {key} means nothing, though it looks like a connection."
        yield Problem(key, reason, f"Write it as [connections.{key}].")
    elif within and any(name in FIELDS for name in cast("Mapping[str, object]", table[within])):
        yield Problem(key, f"The table {key} means nothing.", f"Did you mean [connections.{within}]?")
