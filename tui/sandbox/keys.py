"""API keys of the account: Standard ones, which open everything but accounts and keys. A secret is told once, at first.

Source: https://www.twilio.com/docs/iam/api-keys/key-resource-v1 and Twilio's OpenAPI description of Accounts/Keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tui.sandbox.parameters import Form, optional_name

FIRST_NAME = "Sandbox key"
"""What the key is called that the sandbox starts with."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key: user and password of HTTP Basic authentication."""

    sid: str
    secret: str
    friendly_name: str
    created: datetime
    updated: datetime


class KeyStore:
    """The keys that open the account, in the order in which they were made."""

    def __init__(self, first: ApiKey) -> None:
        self._by_sid = {first.sid: first}

    def all(self) -> tuple[ApiKey, ...]:
        """Return every key."""
        return tuple(self._by_sid.values())

    def find(self, sid: str) -> ApiKey | None:
        """Return the key with this SK SID."""
        return self._by_sid.get(sid)

    def create(self, sid: str, secret: str, form: Form, now: datetime) -> ApiKey:
        """Make a key with this SID and secret, called as the form says.

        Raises:
            Refusal: 20001 for a name of more than 64 characters.
        """
        key = self._by_sid[sid] = ApiKey(sid, secret, optional_name(form), now, now)
        return key

    def rename(self, key: ApiKey, form: Form, now: datetime) -> ApiKey:
        """Call a key as the form says; without a FriendlyName nothing is changed.

        Raises:
            Refusal: 20001 for a name of more than 64 characters.
        """
        if form.get("FriendlyName") is not None:
            key = self._by_sid[key.sid] = replace(key, friendly_name=optional_name(form), updated=now)
        return key

    def delete(self, key: ApiKey) -> None:
        """Revoke a key: it opens nothing from now on."""
        del self._by_sid[key.sid]
