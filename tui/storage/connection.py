"""One connection: which account, with which credentials, where. Data only.

Must not know files or the network. Odd values are allowed here, so that what a person typed can be held,
shown and explained; `tui.storage.checks` says what is wrong with it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui.safe_text import bare
from tui.storage.secrets import Secret

if TYPE_CHECKING:
    from decimal import Decimal

API_KEY: Final = "api_key"
AUTH_TOKEN: Final = "auth_token"  # noqa: S105 - the name of a kind
KINDS: Final = (API_KEY, AUTH_TOKEN)
REGIONS: Final = ("us1", "ie1", "au1", "jp1")
SECRETS: Final = ("api_key_secret", "auth_token", "webhook_key")
"""The fields that hold a `Secret`."""

COLOURS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "grey")

ALL: Final = "all"
NONE: Final = "none"
USUAL_DAYS: Final = 90
"""How long messages are kept where nobody said anything else."""

MOST_DAYS: Final = 36_500
MOST_MONEY: Final = 10**9
"""The largest amount of money that a connection may name."""

_AMOUNT: Final = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,20})?")
_DAYS: Final = re.compile(r"([+-]?[0-9]{1,12})(?:\.0+)?(?: *d| *days?)?")


def read_region(text: str) -> str:
    """A region as Twilio's other tools may write it: in capitals, or behind an edge (`dublin.ie1`).

    The edge, where a call enters Twilio's network, is left out: a connection has none. What is no region stays.
    """
    region = bare(text).lower().rpartition(".")[2]
    return region if region in REGIONS else text


def read_colour(value: object) -> str:
    """A connection's colour as a file may say it: capitals, "gray" for grey; empty for anything but a text.

    What is no colour stays as it is, shown plainly and explained by `tui.storage.checks`: for how its name looks no
    connection is refused.
    """
    colour = bare(value).lower() if isinstance(value, str) else ""
    return "grey" if colour == "gray" else colour


def read_history(value: str | float) -> int | str | None:
    """How long messages are kept, as a person or a file may say it: 90, "90", "90 days", "All"; None for nothing said.

    What cannot be read stays a text, which `tui.storage.checks` explains.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    told = bare(value) if isinstance(value, str) else str(value)
    days = _DAYS.fullmatch(told.lower())
    if days:
        return int(days[1])
    return told.lower() if told.lower() in (ALL, NONE) else told or None


def read_low_balance(value: str | float) -> float | str | None:
    """An amount of money as a person or a file may say it: 20, 12.5, "20"; None for nothing said.

    What is no amount stays a text, which `tui.storage.checks` explains.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    told = bare(value) if isinstance(value, str) else str(value).lower()
    if not _AMOUNT.fullmatch(told):
        return told or None
    return float(told) if "." in told else int(told)


@dataclass(frozen=True, slots=True, init=False)
class Connection:
    """How to reach one Twilio account.

    Secrets may be given as plain text or as `Secret` and are always held as `Secret`; blank optional values
    become None.

    Attributes:
        auth_token: beside an API key for checking webhook signatures only.
        webhook_key: the shared key that Twilio may sign webhooks with instead of the auth token; never sent.
        ca_file: a PEM file, from / or ~ on, whose authorities are trusted beside the system's; empty for none.
        history: days that messages are kept on this computer, "all" or "none"; None where nobody was asked yet.
        low_balance: the amount below which the account's balance is told of, in its own currency; None for never.
        colour: one of `COLOURS`, in which its name is shown; empty for none. Two connections that differ in nothing
            else are equal: they reach the same.
    """

    name: str
    kind: str
    account_sid: str
    api_key_sid: str | None
    api_key_secret: Secret | None
    auth_token: Secret | None
    region: str | None
    base_url: str | None
    webhook_key: Secret | None
    ca_file: str
    history: int | str | None
    low_balance: float | str | None
    colour: str = field(compare=False)

    def __init__(
        self,
        name: str,
        kind: str,
        account_sid: str,
        api_key_sid: str | None = None,
        api_key_secret: Secret | str | None = None,
        auth_token: Secret | str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        *,
        webhook_key: Secret | str | None = None,
        ca_file: str = "",
        history: int | str | None = None,
        low_balance: float | str | None = None,
        colour: str = "",
    ) -> None:
        # A frozen dataclass has no other way to turn a str into a Secret and keep the field's type narrow.
        hold = object.__setattr__
        hold(self, "name", name)
        hold(self, "kind", kind)
        hold(self, "account_sid", account_sid)
        hold(self, "api_key_sid", _text(api_key_sid))
        hold(self, "api_key_secret", _secret(api_key_secret))
        hold(self, "auth_token", _secret(auth_token))
        hold(self, "region", _text(region))
        hold(self, "base_url", _text(base_url))
        hold(self, "webhook_key", _secret(webhook_key))
        hold(self, "ca_file", _text(ca_file) or "")
        hold(self, "history", history)
        hold(self, "low_balance", low_balance)
        hold(self, "colour", colour)

    @property
    def days_kept(self) -> int | None:
        """Days that messages are kept on this computer: 0 where none are, None where all are.

        90 where nobody was asked yet. What `tui.storage.checks` refuses counts as that as well: a connection with a
        mistyped history is not opened, and forgets nothing for it.
        """
        if isinstance(self.history, int) and 0 < self.history <= MOST_DAYS:
            return self.history
        return {ALL: None, NONE: 0}.get(str(self.history), USUAL_DAYS)

    @property
    def least_balance(self) -> Decimal | None:
        """`low_balance` as an amount; None where there is none, and for what `tui.storage.checks` refuses."""
        if self.low_balance is None or isinstance(self.low_balance, str) or abs(self.low_balance) > MOST_MONEY:
            return None
        # A start reads connections, and has no amounts.
        from decimal import Decimal

        return Decimal(str(self.low_balance))


def _text(value: str | None) -> str | None:
    return value if value is not None and value.strip() else None


def _secret(value: Secret | str | None) -> Secret | None:
    if value is None:
        return None
    secret = value if isinstance(value, Secret) else Secret.literal(value)
    return None if secret.is_blank else secret
