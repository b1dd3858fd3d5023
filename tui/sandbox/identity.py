"""The sandbox's credentials and SIDs, all derived from one seed; reading HTTP Basic authentication.

The same seed gives the same credentials from run to run, so that a saved connection keeps working. None of
them opens anything but a sandbox on this machine.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass

from tui.sandbox.errors import Refusal

VERSION = "2010-04-01"


def derive(seed: int, name: str) -> str:
    """Return 32 hexadecimal digits that belong to this seed and name alone."""
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Identity:
    """One account with both kinds of credentials, and a sub-account. The API key is a Standard one."""

    account_sid: str
    subaccount_sid: str
    auth_token: str
    api_key_sid: str
    api_key_secret: str

    @classmethod
    def of(cls, seed: int) -> Identity:
        """Return the identity of this seed."""
        return cls(
            account_sid="AC" + derive(seed, "account"),
            subaccount_sid="AC" + derive(seed, "subaccount"),
            auth_token=derive(seed, "token"),
            api_key_sid="SK" + derive(seed, "key"),
            api_key_secret=derive(seed, "secret"),
        )


class SidGenerator:
    """Gives out SIDs, a new one each time, in an order that the seed fixes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._given: Counter[str] = Counter()

    def sid(self, prefix: str) -> str:
        """Return the next SID: the two letters of its kind and 32 hexadecimal digits."""
        self._given[prefix] += 1
        return prefix + derive(self._seed, f"{prefix}/{self._given[prefix]}")


def read_basic(authorization: str) -> tuple[str, str]:
    """Return user and password of an Authorization header.

    Raises:
        Refusal: 20003 for any scheme but Basic, and for what cannot be read.
    """
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise Refusal(20003)
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        raise Refusal(20003) from None
    user, _, password = plain.partition(":")
    return user, password


def is_same(given: str, wanted: str) -> bool:
    """Compare two secrets, in a time that tells nothing of them."""
    return hmac.compare_digest(given.encode(), wanted.encode())
