"""Queries with the names that a person may call addresses by: the friendly names of the account's senders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.archive.query import Query
    from tui.services.account import Account


def read_query(text: str, account: Account | None) -> Query:
    """Read a query with the names that are known of an account.

    Raises:
        QueryError: it cannot be read.
    """
    from tui.archive.query_parser import parse

    return parse(text, names=known_names(account))


def known_names(account: Account | None) -> Mapping[str, Sequence[str]]:
    """Name → addresses, as `tui.archive.query.parse` takes them; none before the senders were asked for."""
    names: dict[str, list[str]] = {}
    for address, name in names_of_addresses(account).items():
        names.setdefault(name, []).append(address)
    return names


def names_of_addresses(account: Account | None) -> Mapping[str, str]:
    """Address → name (remote text); none before the senders were asked for."""
    senders = account.senders if account is not None else None
    return senders.names if senders is not None else {}
