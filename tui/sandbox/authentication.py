"""HTTP Basic authentication: by the auth token of an account, or by an API key."""

from __future__ import annotations

import re

from tui.sandbox.accounts import AccountStore
from tui.sandbox.errors import Refusal
from tui.sandbox.identity import VERSION, is_same, read_basic
from tui.sandbox.keys import KeyStore

_ACCOUNT_IN_PATH = re.compile(rf"/{VERSION}/Accounts/(AC[0-9a-fA-F]{{32}})(?=[/.]|$)")
_NOT_FOR_KEYS = re.compile(
    rf"/{VERSION}/Accounts(?:/AC[0-9a-fA-F]{{32}})?(?:\.\w+)?|/{VERSION}/Accounts/AC[0-9a-fA-F]{{32}}/Keys\b.*"
)


def authenticate(accounts: AccountStore, keys: KeyStore, own: str, authorization: str, path: str) -> str:
    """Let a request in, and return the SID of the account whose credentials it has.

    The account `own` reaches itself and its sub-accounts; its keys are Standard ones, which reach neither accounts nor
    keys. A sub-account reaches itself, as long as it is active.

    Raises:
        Refusal: 20003 unless the credentials are right and allowed here.
    """
    user, password = read_basic(authorization)
    account, key = accounts.find(user), keys.find(user)
    if account is not None and is_same(password, account.auth_token) and account.status == "active":
        who = account.sid
    elif key is not None and is_same(password, key.secret) and not _NOT_FOR_KEYS.fullmatch(path):
        who = own
    else:
        raise Refusal(20003)
    if match := _ACCOUNT_IN_PATH.match(path):
        reached = accounts.find(match[1])
        if reached is None or who not in {reached.sid, reached.owner}:
            raise Refusal(20003)
    return who
