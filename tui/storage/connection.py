"""One connection: which account, with which credentials, where. Data only.

Must not know files or the network. Odd values are allowed here, so that what a person typed can be held,
shown and explained; `tui.storage.checks` says what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.safe_text import bare
from tui.storage.secrets import Secret

API_KEY: Final = "api_key"
AUTH_TOKEN: Final = "auth_token"  # noqa: S105 - the name of a kind
KINDS: Final = (API_KEY, AUTH_TOKEN)
REGIONS: Final = ("us1", "ie1", "au1", "jp1")
SECRETS: Final = ("api_key_secret", "auth_token", "webhook_key")
"""The fields that hold a `Secret`."""


def read_region(text: str) -> str:
    """A region as Twilio's other tools may write it: in capitals, or behind an edge (`dublin.ie1`).

    The edge, where a call enters Twilio's network, is left out: a connection has none. What is no region stays.
    """
    region = bare(text).lower().rpartition(".")[2]
    return region if region in REGIONS else text


@dataclass(frozen=True, slots=True, init=False)
class Connection:
    """How to reach one Twilio account.

    Secrets may be given as plain text or as `Secret` and are always held as `Secret`; blank optional values
    become None.

    Attributes:
        auth_token: beside an API key for checking webhook signatures only.
        webhook_key: the shared key that Twilio may sign webhooks with instead of the auth token; never sent.
        ca_file: a PEM file, from / or ~ on, whose authorities are trusted beside the system's; empty for none.
    """

    name: str
    kind: str
    account_sid: str
    api_key_sid: str | None
    api_key_secret: Secret | None
    auth_token: Secret | None
    region: str | None
    base_url: str | None
    webhook_key: Secret | None
    ca_file: str

    def __init__(
        self,
        name: str,
        kind: str,
        account_sid: str,
        api_key_sid: str | None = None,
        api_key_secret: Secret | str | None = None,
        auth_token: Secret | str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        *,
        webhook_key: Secret | str | None = None,
        ca_file: str = "",
    ) -> None:
        # A frozen dataclass has no other way to turn a str into a Secret and keep the field's type narrow.
        hold = object.__setattr__
        hold(self, "name", name)
        hold(self, "kind", kind)
        hold(self, "account_sid", account_sid)
        hold(self, "api_key_sid", _text(api_key_sid))
        hold(self, "api_key_secret", _secret(api_key_secret))
        hold(self, "auth_token", _secret(auth_token))
        hold(self, "region", _text(region))
        hold(self, "base_url", _text(base_url))
        hold(self, "webhook_key", _secret(webhook_key))
        hold(self, "ca_file", _text(ca_file) or "")


def _text(value: str | None) -> str | None:
    return value if value is not None and value.strip() else None


def _secret(value: Secret | str | None) -> Secret | None:
    if value is None:
        return None
    secret = value if isinstance(value, Secret) else Secret.literal(value)
    return None if secret.is_blank else secret
