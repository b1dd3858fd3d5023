"""The operations of accounts: themselves, their balance and their API keys."""

from __future__ import annotations

from tui.sandbox import resources
from tui.sandbox.accounts import StoredAccount
from tui.sandbox.api_call import ApiCall, ApiReply, found, list_page
from tui.sandbox.filters import accounts_asked_for
from tui.sandbox.keys import ApiKey


def fetch_account(call: ApiCall) -> ApiReply:
    """GET /Accounts/{AC}.json: the account, or a sub-account of it."""
    return _show(call, _account(call))


def list_accounts(call: ApiCall) -> ApiReply:
    """GET /Accounts.json: the account and its sub-accounts."""
    known = [(account, _status(call, account)) for account in call.account.accounts.all()]
    rows = [resources.account(account, status) for account, status in accounts_asked_for(call.query, known)]
    return list_page(call, "accounts", rows)


def create_account(call: ApiCall) -> ApiReply:
    """POST /Accounts.json: a sub-account."""
    sid, token = call.account.sids.sid("AC"), call.account.sids.sid("")
    return _show(call, call.account.accounts.create(sid, token, call.form, call.account.clock()), status=201)


def edit_account(call: ApiCall) -> ApiReply:
    """POST /Accounts/{AC}.json: its name or, of a sub-account, its status."""
    return _show(call, call.account.accounts.change(_account(call), call.form, call.account.clock(), by=call.asked_by))


def _account(call: ApiCall) -> StoredAccount:
    return found(call.account.accounts.find(call.sids[0]), call.path)


def _status(call: ApiCall, account: StoredAccount) -> str:
    return account.status if account.is_subaccount else call.account.state.standing


def _show(call: ApiCall, account: StoredAccount, status: int = 200) -> ApiReply:
    return ApiReply(status, resources.account(account, _status(call, account)))


def fetch_balance(call: ApiCall) -> ApiReply:
    """GET /Balance.json."""
    return ApiReply(200, resources.balance(call.account_sid, call.account.state.balance))


def list_keys(call: ApiCall) -> ApiReply:
    """GET /Keys.json."""
    return list_page(call, "keys", [resources.key(key) for key in call.account.keys.all()])


def create_key(call: ApiCall) -> ApiReply:
    """POST /Keys.json: the only answer that has the secret."""
    sid, secret = call.account.sids.sid("SK"), call.account.sids.sid("")
    key = call.account.keys.create(sid, secret, call.form, call.account.clock())
    return ApiReply(201, {**resources.key(key), "secret": key.secret})


def fetch_key(call: ApiCall) -> ApiReply:
    """GET /Keys/{SK}.json."""
    return ApiReply(200, resources.key(_key(call)))


def edit_key(call: ApiCall) -> ApiReply:
    """POST /Keys/{SK}.json: its name."""
    return ApiReply(200, resources.key(call.account.keys.rename(_key(call), call.form, call.account.clock())))


def delete_key(call: ApiCall) -> ApiReply:
    """DELETE /Keys/{SK}.json: from now on it opens nothing."""
    call.account.keys.delete(_key(call))
    return ApiReply(204)


def _key(call: ApiCall) -> ApiKey:
    return found(call.account.keys.find(call.sids[0]), call.path)
