"""The account as a resource, and its sub-accounts: made, renamed, suspended and closed, and no more than that.

A sub-account has credentials of its own, which show it alone; senders and messages it has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tui.sandbox.identity import Identity, derive
from tui.sandbox.parameters import Form, choice, given, optional_name, refuse

ACCOUNT_NAME = "Sandbox account"
SUBACCOUNT_NAME = "Harbor Street branch"

ACCOUNT_STATUSES: Final = ("active", "suspended", "closed")


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account. `owner` is the SID of its parent or, where it has none, its own."""

    sid: str
    owner: str
    auth_token: str
    friendly_name: str
    created: datetime
    updated: datetime
    status: str = "active"

    @property
    def is_subaccount(self) -> bool:
        """Whether another account owns it."""
        return self.owner != self.sid


class AccountStore:
    """The account the sandbox is, and its sub-accounts in the order in which they were made."""

    def __init__(self, identity: Identity, started: datetime) -> None:
        own, sub = identity.account_sid, identity.subaccount_sid
        token = derive(0, identity.auth_token)
        self._by_sid = {
            own: StoredAccount(own, own, identity.auth_token, ACCOUNT_NAME, started, started),
            sub: StoredAccount(sub, own, token, SUBACCOUNT_NAME, started, started),
        }
        self._own = own

    def all(self) -> tuple[StoredAccount, ...]:
        """Return the account and its sub-accounts."""
        return tuple(self._by_sid.values())

    def find(self, sid: str) -> StoredAccount | None:
        """Return the account with this AC SID."""
        return self._by_sid.get(sid)

    def create(self, sid: str, token: str, form: Form, now: datetime) -> StoredAccount:
        """Make a sub-account with this SID and auth token.

        Raises:
            Refusal: 20001 for a name of more than 64 characters.
        """
        # What Twilio calls one without a name.
        name = optional_name(form) or f"SubAccount Created at {now:%Y-%m-%d %I:%M} {'am' if now.hour < 12 else 'pm'}"
        account = self._by_sid[sid] = StoredAccount(sid, self._own, token, name, now, now)
        return account

    def change(self, account: StoredAccount, form: Form, now: datetime, *, by: str) -> StoredAccount:
        """Rename an account, or suspend, close or reactivate a sub-account; `by` is whose credentials ask for it.

        Raises:
            Refusal: 20001 for a Status that cannot be, for any but active of an account by itself, and for a closed
                sub-account, which stays closed.
        """
        status = given(form, "Status", choice(*ACCOUNT_STATUSES)) or account.status
        if status != "active" and by == account.sid:
            raise refuse("Status", str(status), "only a sub-account can be suspended or closed, and only by its parent")
        if account.status == "closed" and status != "closed":
            raise refuse("Status", str(status), "a closed account cannot be opened again")
        name = optional_name(form) or account.friendly_name
        changed = replace(account, friendly_name=name, status=str(status), updated=now)
        self._by_sid[account.sid] = changed
        return changed
