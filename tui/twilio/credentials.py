"""What a connection proves itself with: its user and password, read where they are kept, and the mask for both.

Must not know HTTP.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from tui.storage.connection import Connection
from tui.storage.secrets import SecretUnavailable
from tui.twilio.errors import InvalidRequest
from tui.twilio.masking import Mask


@dataclass(frozen=True, slots=True)
class Credentials:
    """The two halves of HTTP Basic, and how to mask them."""

    user: str
    password: str = field(repr=False)
    mask: Mask = field(repr=False)


async def read_credentials(connection: Connection, environ: Mapping[str, str] = os.environ) -> Credentials:
    """Read what a connection needs to ask Twilio for anything.

    A command or a key ring may take seconds, so that happens in a thread.

    Raises:
        InvalidRequest: a credential is missing or cannot be read from where it is kept; the field is named.
    """
    if connection.kind == "api_key":
        field, user, secret = "api_key_secret", connection.api_key_sid, connection.api_key_secret
    else:
        field, user, secret = "auth_token", connection.account_sid, connection.auth_token
    if not user or secret is None:
        raise InvalidRequest(
            field if user else "api_key_sid",
            f"The connection “{connection.name}” is not complete.",
            "Open Connections and fill in what is missing.",
        )
    try:
        password = await asyncio.to_thread(secret.reveal, environ=environ)
    except SecretUnavailable as problem:
        raise InvalidRequest(field, problem.reason, problem.remedy) from None
    if any(0xD800 <= ord(c) < 0xE000 for c in user + password):
        # Bytes that are no UTF-8 come out of the environment like this.
        raise InvalidRequest(field, "The credentials hold bytes that are no text.", "Copy them again.")
    return Credentials(user, password, await asyncio.to_thread(_mask, connection, user, password, environ))


def _mask(connection: Connection, user: str, password: str, environ: Mapping[str, str]) -> Mask:
    """The mask for all secrets of a connection.

    One that is not in use is read only where that asks nobody and takes no time.
    """
    secrets = {password}
    for secret in (connection.api_key_secret, connection.auth_token, connection.webhook_key):
        if secret is not None and secret.origin in ("literal", "env"):
            with suppress(SecretUnavailable):
                secrets.add(secret.reveal(environ=environ))
    return Mask.of(secrets, user, password)
