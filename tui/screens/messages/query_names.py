"""Names that a person may call addresses by in a query: the friendly names of the account's senders. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.services.account import Account


def known_names(account: Account | None) -> Mapping[str, Sequence[str]]:
    """Name → addresses, as `tui.archive.query.parse` takes them; none before the senders were asked for."""
    names: dict[str, list[str]] = {}
    for address, name in names_of_addresses(account).items():
        names.setdefault(name, []).append(address)
    return names


def names_of_addresses(account: Account | None) -> Mapping[str, str]:
    """Address → name (remote text)."""
    senders = account.senders if account is not None else None
    return {each.address: each.label for each in senders.offered if each.label} if senders is not None else {}
