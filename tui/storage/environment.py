"""A connection from the variables that Twilio's own tools read. Must not know the file.

Names: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY with TWILIO_API_SECRET, TWILIO_REGION, as in Twilio's
libraries and command line; TWILIO_API_KEY_SID with TWILIO_API_KEY_SECRET, as in many of its examples;
TWILIO_BASE_URL as printed by `tuilio sandbox`. TWILIO_EDGE is not read: a connection has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tui.safe_text import bare
from tui.storage.connection import API_KEY, AUTH_TOKEN, Connection, read_region
from tui.storage.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "environment"
API_VERSION: Final = "2010-04-01"
# What belongs together goes first; where both pairs are there, the one that Twilio's own tools read.
_API_KEYS: Final = (
    ("TWILIO_API_KEY", "TWILIO_API_SECRET"),
    ("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET"),
    ("TWILIO_API_KEY", "TWILIO_API_KEY_SECRET"),
    ("TWILIO_API_KEY_SID", "TWILIO_API_SECRET"),
)


def from_environment(environ: Mapping[str, str], *, name: str = NAME) -> Connection | None:
    """The connection the environment describes, or None where it names no account with credentials.

    Its secrets stay in the environment: only the variables' names are kept.
    """

    def told(variable: str) -> str:
        return bare(environ.get(variable, ""))

    def secret(variable: str) -> Secret | None:
        return Secret.env(variable) if told(variable) else None

    account_sid, auth_token = told("TWILIO_ACCOUNT_SID"), secret("TWILIO_AUTH_TOKEN")
    region, base_url = read_region(told("TWILIO_REGION")), _versioned(told("TWILIO_BASE_URL"))
    api_key_sid, api_key_secret = next(
        ((told(sid), secret(key)) for sid, key in _API_KEYS if told(sid) and told(key)), ("", None)
    )
    if account_sid and api_key_secret:
        return Connection(name, API_KEY, account_sid, api_key_sid, api_key_secret, auth_token, region, base_url)
    if account_sid and auth_token:
        return Connection(name, AUTH_TOKEN, account_sid, auth_token=auth_token, region=region, base_url=base_url)
    return None


def _versioned(base_url: str) -> str:
    try:
        bare = urlsplit(base_url).path in ("", "/")
    except ValueError:
        return base_url
    return f"{base_url.rstrip('/')}/{API_VERSION}" if base_url and bare else base_url
