"""What messages will cost, by Twilio's price list: asked for once a day and country, never waited for.

`quote` answers at once from what is known, and sees to it that more is known the next time: it is told then by
`changed`. The list is read from the disk in a thread, and from Twilio by the account's client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from tui.safe_text import safe_text
from tui.storage.document import Table, as_table
from tui.storage.errors import StorageError
from tui.storage.price_lists import PriceFile
from tui.twilio.addresses import AddressKind, country_of, kind_of
from tui.twilio.errors import ApiError, InvalidRequest, RequestFailed
from tui.twilio.lenient_json import as_decimal, as_text, as_time
from tui.twilio.pricing import (
    CountryPrices,
    Estimate,
    PriceList,
    PriceRange,
    estimate,
    fetch_prices,
    nothing_for,
    number_types,
    why_unlisted,
)
from tui.twilio.segments import measure
from tui.twilio.url_policy import UrlPolicy

if TYPE_CHECKING:
    from pathlib import Path

    from tui.services.account import Account
    from tui.storage.connection import Connection
    from tui.storage.paths import Paths

KEPT: Final = timedelta(days=1)
"""How long a list counts."""

TRIED_AGAIN: Final = timedelta(minutes=10)
"""How long after a failure Twilio is asked again."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What is known of a message's price.

    Attributes:
        estimate: by the price list; None where that is not known, or not known yet.
        read_at: when the list was read.
        reason: why there is none, as the end of a sentence, safe to show; empty while the list is being asked for, and
            where there is nothing to pay for.
    """

    estimate: Estimate | None = None
    read_at: datetime | None = None
    reason: str = ""


class PricesKept(StorageError):
    """What is kept of an account's prices is still on disk."""


class Prices:
    """The price lists of the accounts used.

    Args:
        path: where they are kept; None for memory only.
        clock: the present, aware.
        run: runs work that outlives a screen.
        changed: called on the loop when more is known of an account's prices.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Callable[[], datetime],
        run: Callable[[Coroutine[object, object, object]], object],
        changed: Callable[[Account], None],
    ) -> None:
        self._file = PriceFile(path)
        self._clock = clock
        self._run = run
        self._changed = changed
        self._known: dict[tuple[str, str], CountryPrices] = {}
        self._asking: dict[tuple[str, str], asyncio.Future[None]] = {}

    def quote(self, account: Account, *, to: str, sender: str, body: str, media: bool = False) -> Quote:
        """What an SMS will cost. Waits for nothing.

        Args:
            account: whose discounts count.
            to: the recipient's address as it would be sent.
            sender: the sender's, or a messaging service's SID.
            body: the text; without one there is nothing to pay for yet.
            media: whether it would be an MMS.
        """
        if reason := why_unlisted(to, sender, media=media):
            return Quote(reason=reason)
        if not body or kind_of(to) is not AddressKind.NUMBER or (country := country_of(to)) is None:
            return Quote()
        known = self._find(account, country)
        if known is None or known.prices is None:
            return Quote(reason=known.reason if known else "")
        found = estimate(known.prices, number_types(sender), measure(body).segments)
        return Quote(found, known.read_at, "" if found else nothing_for(country))

    async def price_list(self, account: Account, country: str) -> CountryPrices | None:
        """What is known of a country, or what Twilio says now; None where the connection was closed meanwhile."""
        key = _key(account, country)
        if (known := self._find(account, country)) is None:
            # Whoever stops waiting takes it from nobody else.
            await asyncio.shield(self._asking[key])
            known = self._known.get(key)
        return known

    def _find(self, account: Account, country: str) -> CountryPrices | None:
        key = _key(account, country)
        known = self._known.get(key)
        if known is not None and self._counts(known):
            return known
        if key not in self._asking:
            self._asking[key] = asyncio.get_running_loop().create_future()
            self._run(self._learn(account, key))
        return None

    def _counts(self, known: CountryPrices) -> bool:
        # A clock that was put back leaves lists of the future.
        return timedelta(0) <= self._clock() - known.read_at < (TRIED_AGAIN if known.reason else KEPT)

    async def _learn(self, account: Account, key: tuple[str, str]) -> None:
        owner, country = key
        try:
            kept = await asyncio.to_thread(self._file.load, owner)
            known = _decode(country, kept[country]) if country in kept else None
            if known is None or not self._counts(known):
                known = await self._ask(account, country)
            if known is None:
                return
            self._known[key] = known
            if known.prices is not None and _encode(known.prices, known.read_at) != kept.get(country):
                # It is asked for once more in the next run.
                with suppress(OSError):
                    await asyncio.to_thread(self._file.put, owner, country, _encode(known.prices, known.read_at))
        finally:
            self._asking.pop(key).set_result(None)
        self._changed(account)

    async def _ask(self, account: Account, country: str) -> CountryPrices | None:
        try:
            with account.working():
                return CountryPrices(self._clock(), await fetch_prices(account.client, country))
        except RequestFailed as problem:
            # Nobody wants to know any more where the connection was closed.
            return None if account.client.closed else CountryPrices(self._clock(), reason=_why_not(problem, country))


def forget_prices(paths: Paths, connection: Connection) -> None:
    """Delete what is kept for a connection's account: it tells which countries were written to. For a thread.

    Raises:
        PricesKept: it is still on disk.
    """
    try:
        policy = UrlPolicy.for_connection(connection.base_url, connection.region)
        PriceFile(paths.prices).forget(_owner(connection.account_sid, str(policy.origin)))
    except InvalidRequest:
        return  # No server that could have been asked.
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        remedy = f"Delete {paths.prices} yourself."
        raise PricesKept(f"The price lists of {connection.name} could not be removed: {why}.", remedy) from None


def _key(account: Account, country: str) -> tuple[str, str]:
    return _owner(account.client.account_sid, str(account.client.policy.origin)), country


def _owner(account_sid: str, origin: str) -> str:
    return f"{account_sid} {origin}"


def _why_not(problem: RequestFailed, country: str) -> str:
    if isinstance(problem, ApiError) and problem.status in (401, 403):
        return "these credentials may not read Twilio's price list"
    if isinstance(problem, ApiError) and problem.status == 404:
        return nothing_for(country)
    return f"Twilio's price list could not be read. {safe_text(problem.reason, limit=120)}".rstrip(".")


def _encode(prices: PriceList, read_at: datetime) -> Table:
    ranges: dict[str, object] = {name: [str(each.least), str(each.most)] for name, each in prices.outbound.items()}
    return {"read": read_at.isoformat(), "currency": prices.currency, "outbound": ranges}


def _decode(country: str, table: Mapping[str, object]) -> CountryPrices | None:
    read_at = as_time(table.get("read"))
    ranges: dict[str, PriceRange] = {}
    for name, pair in (as_table(table.get("outbound")) or {}).items():
        ends = [as_decimal(each) for each in cast("list[object]", pair)] if isinstance(pair, list) else []
        least, most = ends if len(ends) == 2 else (None, None)
        if least is None or most is None or not Decimal(0) <= least <= most:
            return None
        ranges[name] = PriceRange(least, most)
    return (
        None if read_at is None else CountryPrices(read_at, PriceList(country, as_text(table.get("currency")), ranges))
    )
