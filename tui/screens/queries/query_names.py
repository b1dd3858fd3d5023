"""Queries with the names that a person may call addresses by: their own, and the friendly names of own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.archive.query import Query
    from tui.services.session import Session


def read_query(text: str, session: Session) -> Query:
    """Read a query with the names that are known in a session.

    Raises:
        QueryError: it cannot be read.
    """
    from tui.archive.query_parser import parse

    return parse(text, names=known_names(session))


def known_names(session: Session) -> Mapping[str, Sequence[str]]:
    """Name → addresses, as `tui.archive.query.parse` takes them; those of own numbers once they were asked for.

    An address may have two: a person's own name for it, which is shown, and Twilio's.
    """
    account = session.account
    senders = account.senders if account is not None else None
    names = dict(session.contacts.by_name())
    for address, name in senders.names.items() if senders is not None else ():
        names[name] = tuple(dict.fromkeys((*names.get(name, ()), address)))
    return names
