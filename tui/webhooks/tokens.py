"""Getting the auth tokens that signatures are checked against from where they are kept. Blocking: for a thread.

Knows connections and their secrets, not who is asked to verify with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from tui.storage.connection import Connection
from tui.storage.secrets import SecretUnavailable
from tui.twilio.diagnosis import OtherToken


def own_tokens(connection: Connection, environ: Mapping[str, str]) -> tuple[str, str]:
    """The token Twilio signs this account's webhooks with, and the shared key it may use instead; empty for none.

    Raises:
        SecretUnavailable: it has one, which cannot be had now.
    """
    token, key = connection.auth_token, connection.webhook_key
    return token.reveal(environ=environ) if token else "", key.reveal(environ=environ) if key else ""


def other_tokens(connections: Iterable[Connection], environ: Mapping[str, str]) -> tuple[OtherToken, ...]:
    """The tokens of connections that are not in use, for a diagnosis to name; what cannot be had is left out.

    Commands are not run for this: they may ask a person for something, and a hint is not worth that.
    """
    found: list[OtherToken] = []
    for connection in connections:
        for secret in (connection.auth_token, connection.webhook_key):
            if secret is not None and secret.origin != "command":
                with suppress(SecretUnavailable):
                    found.append(OtherToken(connection.name, secret.reveal(environ=environ)))
    return tuple(found)
