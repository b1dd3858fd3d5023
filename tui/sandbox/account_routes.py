"""The operations of accounts: themselves, their balance and their API keys."""

from __future__ import annotations

from tui.sandbox import resources
from tui.sandbox.api_call import ApiCall, ApiReply, list_page
from tui.sandbox.filters import accounts_asked_for
from tui.sandbox.identity import derive
from tui.sandbox.resources import Json


def fetch_account(call: ApiCall) -> ApiReply:
    """GET /Accounts/{AC}.json."""
    return ApiReply(200, _account(call, call.account_sid))


def fetch_subaccount(call: ApiCall) -> ApiReply:
    """GET /Accounts/{AC}.json of the sub-account."""
    return ApiReply(200, _account(call, call.account.identity.subaccount_sid))


def list_accounts(call: ApiCall) -> ApiReply:
    """GET /Accounts.json: the account and its sub-account."""
    identity, status = call.account.identity, call.account.state.standing
    both = (
        (identity.account_sid, resources.ACCOUNT_NAME, status),
        (identity.subaccount_sid, resources.SUBACCOUNT_NAME, "active"),
    )
    return list_page(call, "accounts", [_account(call, sid) for sid in accounts_asked_for(call.query, both)])


def _account(call: ApiCall, sid: str) -> Json:
    identity, started = call.account.identity, call.account.started
    if sid == identity.subaccount_sid:
        token = derive(0, identity.auth_token)
        return resources.account(sid, identity.account_sid, token, resources.SUBACCOUNT_NAME, "active", started)
    status = call.account.state.standing
    return resources.account(sid, sid, identity.auth_token, resources.ACCOUNT_NAME, status, started)


def fetch_balance(call: ApiCall) -> ApiReply:
    """GET /Balance.json."""
    return ApiReply(200, resources.balance(call.account_sid, call.account.state.balance))


def list_keys(call: ApiCall) -> ApiReply:
    """GET /Keys.json."""
    rows = [resources.key(call.account.identity.api_key_sid, call.account.started)]
    return list_page(call, "keys", rows)
