"""Who may come in: HTTP Basic with the account's auth token, or with its API key where a key is allowed.

A Standard key is kept out of `/Accounts` and `/Keys`; another account's SID in a path is answered like wrong
credentials, since those who own it would have to present theirs.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re

from tui.sandbox.errors import Refusal
from tui.sandbox.identity import Identity
from tui.sandbox.wire import VERSION

_ACCOUNT_IN_PATH = re.compile(rf"/{VERSION}/Accounts/(AC[0-9a-fA-F]{{32}})(?=[/.]|$)")
_NOT_FOR_KEYS = re.compile(
    rf"/{VERSION}/Accounts(?:/AC[0-9a-fA-F]{{32}})?(?:\.\w+)?|/{VERSION}/Accounts/AC[0-9a-fA-F]{{32}}/Keys\b.*"
)


def admit(identity: Identity, authorization: str, path: str) -> None:
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
    if (match := _ACCOUNT_IN_PATH.match(path)) and match[1] != identity.account_sid:
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
