"""What is known between a sender and a recipient: when they last wrote, and whether they want to hear more.

Twilio's own opt-out words count, alone in a text; what a person wrote besides says nothing for certain. They count for
SMS, MMS and RCS, whose addresses of one number are one person's. WhatsApp knows no such words by itself: there only a
message that Twilio refused tells.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from tui.archive.encoding import storable
from tui.archive.layout import ABOUT_CONSENT, REFUSED, START_WORDS, STOP_WORDS, WORD, second_of
from tui.twilio.addresses import is_sid

_HEARD: Final = ("", "rcs")
"""The channels on which Twilio hears STOP and START."""

_FROM_OWN: Final = (
    "own IN (SELECT id FROM addresses WHERE address = ?) OR service IN (SELECT id FROM terms WHERE text = ?)"
)


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
    opted_out, by = _find_opt_out(database, own, other)
    # A damaged row claims nothing.
    newest = "SELECT max(first), last FROM coverage WHERE typeof(last) = 'integer' AND first <= last"
    first, last = cast("tuple[int | None, int | None]", database.execute(newest).fetchone())
    return Standing(_find_last_inbound(database, own, other), opted_out, by, _instant(first), _instant(last))


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


def _find_opt_out(database: sqlite3.Connection, own: str, other: str) -> tuple[datetime | None, str]:
    """Since when, and by what."""
    channel, _, number = other.rpartition(":")
    heard = channel in _HEARD
    addresses = [number, f"rcs:{number}"] if heard else [other]
    marks = ",".join("?" * len(addresses))
    from_own = f"AND ({_FROM_OWN})" if own else ""
    sql = f"""
        SELECT id, direction = 0, {WORD} FROM messages INDEXED BY by_wish
        WHERE other IN (SELECT id FROM addresses WHERE address IN ({marks})) AND {ABOUT_CONSENT} {from_own}
        ORDER BY id DESC
    """  # noqa: S608
    values = (*addresses, *((own, own) if own else ()))
    refused: datetime | None = None
    for row, inbound, word in cast("Iterable[tuple[int, int, str]]", database.execute(sql, values)):
        if not inbound:
            refused = refused or _instant(second_of(row))
        elif heard and word in STOP_WORDS:
            return _instant(second_of(row)), word.upper()
        elif heard and word in START_WORDS:
            break
    return refused, str(REFUSED) if refused else ""


def _instant(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
