"""Who the sandbox is: its account, its credentials, and every SID it mints, all derived from one seed.

The same seed gives the same credentials from run to run, so that a saved connection keeps working. None of
them opens anything but a sandbox on this machine.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass


def derive(seed: int, name: str) -> str:
    """Return 32 hexadecimal digits that belong to this seed and name alone."""
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Identity:
    """One account with both kinds of credentials. The API key is a Standard one."""

    account_sid: str
    auth_token: str
    api_key_sid: str
    api_key_secret: str

    @classmethod
    def of(cls, seed: int) -> Identity:
        """Return the identity of this seed."""
        return cls(
            account_sid="AC" + derive(seed, "account"),
            auth_token=derive(seed, "token"),
            api_key_sid="SK" + derive(seed, "key"),
            api_key_secret=derive(seed, "secret"),
        )


class Mint:
    """Gives out SIDs, a new one each time, in an order that the seed fixes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._given: Counter[str] = Counter()

    def sid(self, prefix: str) -> str:
        """Return the next SID: the two letters of its kind and 32 hexadecimal digits."""
        self._given[prefix] += 1
        return prefix + derive(self._seed, f"{prefix}/{self._given[prefix]}")
