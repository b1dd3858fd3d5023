"""The sandbox's credentials and SIDs, all derived from one seed; HTTP Basic authentication against them.

The same seed gives the same credentials from run to run, so that a saved connection keeps working. None of
them opens anything but a sandbox on this machine.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
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


_ACCOUNT_IN_PATH = re.compile(rf"/{VERSION}/Accounts/(AC[0-9a-fA-F]{{32}})(?=[/.]|$)")
_NOT_FOR_KEYS = re.compile(
    rf"/{VERSION}/Accounts(?:/AC[0-9a-fA-F]{{32}})?(?:\.\w+)?|/{VERSION}/Accounts/AC[0-9a-fA-F]{{32}}/Keys\b.*"
)


def authenticate(identity: Identity, authorization: str, path: str) -> None:
    """Let a request in.

    Raises:
        Refusal: 20003 unless the credentials are right and allowed here.
    """
    user, password = _credentials(authorization)
    if _same(user, identity.account_sid) and _same(password, identity.auth_token):
        by_key = False
    elif _same(user, identity.api_key_sid) and _same(password, identity.api_key_secret):
        by_key = True
    else:
        raise Refusal(20003)
    if by_key and _NOT_FOR_KEYS.fullmatch(path):
        raise Refusal(20003)
    own = {identity.account_sid, identity.subaccount_sid}
    if (match := _ACCOUNT_IN_PATH.match(path)) and match[1] not in own:
        raise Refusal(20003)


def _credentials(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise Refusal(20003)
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        raise Refusal(20003) from None
    user, _, password = plain.partition(":")
    return user, password


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
