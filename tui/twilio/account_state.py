"""An account itself: its state, its sub-accounts, and what is left on it (Accounts and Balance).

Sources: https://www.twilio.com/docs/iam/api/account, and Twilio's OpenAPI description for Balance. A Standard API key
may read the balance, but nothing of Accounts (401, code 20003). Sub-accounts have no balance of their own: they spend
their parent's. The calls raise the `RequestFailed`s of `tui.twilio.errors`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tui.twilio.bounded_list import BoundedList, read_bounded
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer
from tui.twilio.lenient_json import as_currency, as_decimal, as_text

MOST_ACCOUNTS: Final = 500
"""Sub-accounts that are listed."""

ACCOUNTS_PATH: Final = "/Accounts.json"

_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as Twilio has it. All texts are remote: sanitise before showing.

    Attributes:
        status: `active`, `suspended` or `closed`; empty where Twilio gave none, and whatever else it may say.
        type: `Trial` or `Full`.
        parent: SID of the account that this is a sub-account of; empty for one that is nobody's.
    """

    sid: str
    status: str
    type: str
    friendly_name: str
    parent: str = ""

    @property
    def works(self) -> bool:
        """Whether it is active, so that messages can be sent."""
        return self.status == "active"


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on an account; less than 0 where it owes.

    Attributes:
        amount: None where Twilio gave none that is a number.
        currency: three capitals, like "USD"; empty where Twilio gave none.
    """

    amount: Decimal | None
    currency: str


def account_path(sid: str) -> str:
    """The path of an account, as the console takes it."""
    return f"/Accounts/{sid}.json"


def balance_path(sid: str) -> str:
    """The path of an account's balance, as the console takes it."""
    return f"/Accounts/{sid}/Balance.json"


async def fetch_account(client: Client) -> AccountState:
    """The account that the client is for.

    Raises:
        RequestFailed: as of every call of the client. An ApiError with status 401 or 403 where these credentials may
            not read it, as a Standard API key may not.
        BadAnswer: the answer is about another account.
    """
    found = read_account(await client.get(client.policy.locate(account_path(client.account_sid))))
    if found.sid and found.sid != client.account_sid:
        raise BadAnswer(200, "The answer is about another account.", "Look at the request in the console.")
    return found


async def list_subaccounts(client: Client) -> BoundedList[AccountState]:
    """The sub-accounts of the client's account that can be seen, in Twilio's order, `MOST_ACCOUNTS` at most.

    Raises:
        RequestFailed: as of `fetch_account`.
    """
    url = client.policy.locate(ACCOUNTS_PATH, [("PageSize", "100")])
    found: dict[str, AccountState] = {}
    # One more for the account itself.
    listed = await read_bounded(client, url, "accounts", read_account, most=MOST_ACCOUNTS + 1)
    for account in listed.items:
        if _SID.fullmatch(account.sid) and account.sid != client.account_sid:
            found.setdefault(account.sid, account)
    return BoundedList(tuple(found.values())[:MOST_ACCOUNTS], whole=listed.whole and len(found) <= MOST_ACCOUNTS)


async def fetch_balance(client: Client) -> Balance:
    """What is left on the account that the client is for. Twilio may be late in saying what was just spent.

    Raises:
        RequestFailed: as of every call of the client.
    """
    return read_balance(await client.get(client.policy.locate(balance_path(client.account_sid))))


def read_account(item: Mapping[str, object]) -> AccountState:
    """An account from its JSON object; odd and missing values become empty ones. Its token is not read."""
    sid, owner = as_text(item.get("sid")), as_text(item.get("owner_account_sid"))
    return AccountState(
        sid=sid,
        status=as_text(item.get("status")).strip().lower(),
        type=as_text(item.get("type")),
        friendly_name=as_text(item.get("friendly_name")),
        # Of an account that is nobody's, Twilio names itself.
        parent="" if owner == sid else owner,
    )


def read_balance(item: Mapping[str, object]) -> Balance:
    """A balance from its JSON object; what is no amount or no currency is left out."""
    return Balance(as_decimal(item.get("balance")), as_currency(item.get("currency")))
