"""What is known between a sender and a recipient: when they last wrote, and whether they want to hear more.

What counts as an opt-out, and to whom, is the rule of `opt_outs`, which the list of all of them follows as well.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from tui.archive.dictionary import texts_of
from tui.archive.encoding import storable
from tui.archive.layout import second_of
from tui.archive.opt_outs import opted_out
from tui.twilio.addresses import is_sid


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known between a sender and a recipient.

    Attributes:
        last_inbound: when the last message came in from exactly this address to this sender; to any for a service.
        opted_out: since when they want no more messages; None where nothing says so.
        opted_out_by: what says so: their word, in capitals, or "21610", with which Twilio refused a message.
        covered_since: since when all messages are here; 1970 for all there are, None where nothing is certain.
        covered_until: the end of that, some seconds before the last look.
    """

    last_inbound: datetime | None = None
    opted_out: datetime | None = None
    opted_out_by: str = ""
    covered_since: datetime | None = None
    covered_until: datetime | None = None


def read_standing(database: sqlite3.Connection, own: str, other: str) -> Standing:
    """See `Standing`. `own` is an address, a service's SID, or empty for any sender."""
    own, other = storable(own), storable(other)
    opt_out = opted_out(database, own, [other]).get(other)
    since, by = (None, "") if opt_out is None else (opt_out.since, opt_out.by)
    # A damaged row claims nothing.
    newest = "SELECT max(first), last FROM coverage WHERE typeof(last) = 'integer' AND first <= last"
    first, last = cast("tuple[int | None, int | None]", database.execute(newest).fetchone())
    return Standing(_find_last_inbound(database, own, other), since, by, _instant(first), _instant(last))


_ADDRESSES: Final = "SELECT id, address FROM addresses"
_LAST_SENDER: Final = """
    SELECT j.value, (
        SELECT m.own FROM messages m INDEXED BY by_other
        WHERE m.other = a.id
        AND m.own IN (SELECT id FROM addresses WHERE address IN (SELECT value FROM json_each(:own)))
        ORDER BY m.id DESC LIMIT 1
    ) FROM json_each(:others) j JOIN addresses a ON a.address = j.value
"""


def last_senders(database: sqlite3.Connection, senders: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """Which of some own addresses each of some people's addresses last had a message from, or wrote to."""
    own = {storable(sender): sender for sender in senders}
    asked = {storable(other): other for other in others}
    values = {"own": json.dumps(list(own)), "others": json.dumps(list(asked))}
    found = cast("list[tuple[str, object]]", database.execute(_LAST_SENDER, values).fetchall())
    names = texts_of(database, _ADDRESSES, {row[1] for row in found})
    return {asked[other]: own[names[id_]] for other, id_ in found if id_ in names}


def _find_last_inbound(database: sqlite3.Connection, own: str, other: str) -> datetime | None:
    sql = """
        SELECT id FROM messages INDEXED BY by_incoming
        WHERE other = (SELECT id FROM addresses WHERE address = ?) AND direction = 0
    """
    values = [other]
    if own and not is_sid(own, "MG"):
        sql += " AND own = (SELECT id FROM addresses WHERE address = ?)"
        values.append(own)
    found = cast("tuple[int] | None", database.execute(f"{sql} ORDER BY id DESC LIMIT 1", values).fetchone())
    return _instant(None if found is None else second_of(found[0]))


def _instant(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
