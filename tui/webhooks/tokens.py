"""Getting the auth tokens that signatures are checked against from where they are kept. Blocking: for a thread.

Knows connections and their secrets, not who is asked to verify with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from tui.storage.connection import Connection
from tui.storage.secrets import SecretUnavailable
from tui.twilio.diagnosis import OtherToken


def primary_token(connection: Connection, environ: Mapping[str, str]) -> str:
    """The token Twilio signs this account's webhooks with; empty when the connection has none.

    Raises:
        SecretUnavailable: it has one, which cannot be had now.
    """
    return connection.auth_token.reveal(environ=environ).strip() if connection.auth_token else ""


def other_tokens(connections: Iterable[Connection], environ: Mapping[str, str]) -> tuple[OtherToken, ...]:
    """The tokens of connections that are not in use, for a diagnosis to name; what cannot be had is left out.

    Commands are not run for this: they may ask a person for something, and a hint is not worth that.
    """
    found: list[OtherToken] = []
    for connection in connections:
        secret = connection.auth_token
        if secret is None or secret.origin == "command":
            continue
        with suppress(SecretUnavailable):
            found.append(OtherToken(connection.name, secret.reveal(environ=environ).strip()))
    return tuple(found)
