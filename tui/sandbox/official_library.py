"""The official `twilio` package led to a sandbox: whatever product it asks, by the first segment of the path.

The package builds the URL of a request from the product's own host (`https://verify.twilio.com/v2/…`) and hands it to
`Client.get_hostname`, which is there to put region and edge in. That is where the host is changed; nothing else is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from twilio.rest import Client

_TWILIO = ".twilio.com"


def lead(url: str, base_url: str) -> str:
    """Return where in a sandbox a URL of Twilio's is served.

    Raises:
        ValueError: it is neither Twilio's nor the sandbox's; nothing is sent there.
    """
    if url.startswith(f"{base_url}/"):
        return url
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host.endswith(_TWILIO):
        raise ValueError(f"{host or url[:100]} is neither Twilio's nor the sandbox at {base_url}")
    query = f"?{parts.query}" if parts.query else ""
    return f"{base_url}/{host.partition('.')[0]}{parts.path}{query}"


def client_of(base_url: str, account_sid: str, auth_token: str, **options: Any) -> Client:
    """Return a client of the official library, of which every request goes to the sandbox there."""
    from twilio.rest import Client

    class SandboxClient(Client):
        """Twilio's client, for one sandbox."""

        def get_hostname(self, uri: str) -> str:
            """The URL in the sandbox; region and edge mean nothing there."""
            return lead(uri, base_url)

    given: dict[str, Any] = {
        "username": account_sid,
        "password": auth_token,
        "account_sid": account_sid,
        "environment": {"TWILIO_ACCOUNT_SID": account_sid},
        **options,
    }
    return SandboxClient(**given)


@contextlib.contextmanager
def redirected(base_url: str) -> Generator[None]:
    """Lead every client of this process to the sandbox there, for as long as it lasts."""
    from twilio.base.client_base import ClientBase

    as_ever = ClientBase.get_hostname
    ClientBase.get_hostname = lambda self, uri: lead(uri, base_url)
    try:
        yield
    finally:
        ClientBase.get_hostname = as_ever
