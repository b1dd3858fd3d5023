"""How a message stands in a row of the archive, and comes back from it. Knows the columns, no database.

Numbers, times and prices become integers, statuses and directions their places in the tables of `layout`. What such
a column cannot hold – half a surrogate pair, a price of ten places, a time with microseconds – stands in `extra`
beside it, as JSON, together with what Twilio's resource has besides its usual form (`Message.extra`). So every JSON
object that was read as a message comes back whole.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from types import NoneType
from typing import Final, NamedTuple, cast

from tui.archive.layout import DIRECTIONS, OPT_OUT_TYPE, PRICE_UNIT, STATUSES
from tui.twilio.lenient_json import as_mapping, as_text
from tui.twilio.message import ABSENT, Message, StatusReport, price_of_units, with_extra

_STATUS_NUMBERS: Final = {status: number for number, status in enumerate(STATUSES)}
_DIRECTION_NUMBERS: Final = {direction: number for number, direction in enumerate(DIRECTIONS)}
_SID: Final = re.compile(r"([SM])M([0-9a-f]{32})")
_HALF_A_PAIR: Final = re.compile("[\ud800-\udfff]")
_OWN_PATH: Final = "\x01"
"""Stands in `extra` for the message's path; JSON writes no such character."""

_LARGEST: Final = 2**40
"""Of a price and a number of segments that stand in columns: whatever many add up to is a number SQLite has."""

_REPEATED: Final = 256


class MessageCells(NamedTuple):
    """The columns of a message; addresses and terms as their texts, '' for none."""

    sid: bytes | str
    status: int | str
    direction: int | str
    other: str
    own: str
    code: int | None
    segments: int | None
    media: int | None
    price: int | None
    currency: str
    service: str
    account: str
    error: str
    created: int | None
    sent: int | None
    updated: int | None
    body: str
    extra: str | None


SELECT: Final = """
    SELECT m.id, m.sid, m.status, m.direction, other.address, own.address, m.code, m.segments, m.media, m.price,
        currency.text, service.text, account.text, error.text, m.created, m.sent, m.updated, m.body, m.extra
    FROM messages m
    LEFT JOIN addresses other ON other.id = m.other
    LEFT JOIN addresses own ON own.id = m.own
    LEFT JOIN terms currency ON currency.id = m.currency
    LEFT JOIN terms service ON service.id = m.service
    LEFT JOIN terms account ON account.id = m.account
    LEFT JOIN terms error ON error.id = m.error
"""
"""What `decode` reads: the row number and then the cells. A WHERE follows."""

SELECT_ROWS: Final = f"{SELECT} WHERE m.id IN (SELECT value FROM json_each(?))"  # noqa: S608
"""The same of the rows of a JSON array."""


class DamagedRow(sqlite3.DatabaseError):
    """A row holds what this program never wrote: SQLite notices damage in the tree of its pages, not in a cell."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


_KINDS: Final[tuple[tuple[type, ...], ...]] = (
    *((int,), (bytes, str), (int, str), (int, str), (str, NoneType), (str, NoneType)),
    *(((int, NoneType),) * 4),
    *(((str, NoneType),) * 4),
    *(((int, NoneType),) * 3),
    *((str,), (str, NoneType)),
)
"""What the cells of a row of `SELECT` may be."""

_SOUND: Final[set[tuple[type, ...]]] = set()
"""The kinds of whole rows that were looked at: few are different."""


def encode_sid(sid: str) -> bytes | str:
    """Seventeen bytes for a SID as Twilio makes them; any other as it is, or as a zero and bytes if it is no UTF-8."""
    if found := _SID.fullmatch(sid):
        return found[1].encode() + bytes.fromhex(found[2])
    return sid if not _HALF_A_PAIR.search(sid) else b"\0" + sid.encode("utf-8", "surrogatepass")


def decode_sid(cell: bytes | str) -> str:
    """The inverse of `encode_sid`."""
    try:
        if isinstance(cell, str):
            return cell
        if cell[:1] == b"\0":
            return cell[1:].decode("utf-8", "surrogatepass")
        return f"{cell[:1].decode()}M{cell[1:].hex()}"
    except (ValueError, TypeError):
        raise DamagedRow("a SID is damaged") from None


def encode(message: Message) -> MessageCells:
    """A message as its row has it."""
    inbound = message.inbound
    besides: dict[str, object] = {}
    body = _storable(message.body, "body", besides)
    to, from_ = _storable(message.to, "to", besides), _storable(message.from_, "from", besides)
    status = _STATUS_NUMBERS.get(message.status)
    direction = _DIRECTION_NUMBERS.get(message.direction)
    cells = MessageCells(
        sid=encode_sid(message.sid),
        status=_storable(message.status, "status", besides) if status is None else status,
        direction=_storable(message.direction, "direction", besides) if direction is None else direction,
        other=from_ if inbound else to,
        own=to if inbound else from_,
        code=message.error_code,
        segments=_segments(message.num_segments, besides),
        media=message.num_media,
        price=None if message.price is None else _price(message.price, besides),
        currency=_storable(message.price_unit, "price_unit", besides),
        service=_storable(message.messaging_service_sid, "messaging_service_sid", besides),
        account=_storable(message.account_sid, "account_sid", besides),
        error=_storable(message.error_message, "error_message", besides),
        created=_seconds(message.date_created, "date_created", besides),
        sent=_seconds(message.date_sent, "date_sent", besides),
        updated=_seconds(message.date_updated, "date_updated", besides),
        body=body,
        extra=None,
    )
    if besides or message.extra or message.opt_out_type or isinstance(message, StatusReport):
        return cells._replace(extra=_write_extra(message, besides))
    return cells


def decode(row: tuple[object, ...]) -> tuple[int, Message]:
    """The row number and the message of a row of `SELECT`.

    Raises:
        DamagedRow: a cell holds what no message has.
    """
    kinds = tuple(map(type, row))
    if kinds not in _SOUND:
        if not all(kind in known for kind, known in zip(kinds, _KINDS, strict=True)):
            raise DamagedRow("a message is damaged")
        _SOUND.add(kinds)
    try:
        return _decode(row)
    except (ValueError, LookupError, ArithmeticError, OSError):
        raise DamagedRow("a message is damaged") from None


def _decode(row: tuple[object, ...]) -> tuple[int, Message]:
    (id_, sid, status, direction, other, own, code, segments, media, price, currency, service, account, error) = row[
        :14
    ]
    created, sent, updated, body, extra = row[14:]
    direction = DIRECTIONS[direction] if isinstance(direction, int) else direction
    inbound = direction == "inbound"
    kind, differs, taken_for = Message, None, ""
    if extra is not None:
        kind, differs, taken_for = _read_extra(str(extra), str(account or ""), decode_sid(cast("bytes | str", sid)))
    message = kind(
        sid=decode_sid(cast("bytes | str", sid)),
        status=cast("str", STATUSES[status] if isinstance(status, int) else status),
        direction=cast("str", direction),
        to=cast("str", (own if inbound else other) or ""),
        from_=cast("str", (other if inbound else own) or ""),
        body=cast("str", body),
        account_sid=cast("str", account or ""),
        messaging_service_sid=cast("str", service or ""),
        num_segments=cast("int | None", segments),
        num_media=cast("int | None", media),
        price=None if price is None else _amount(cast("int", price)),
        price_unit=cast("str", currency or ""),
        error_code=cast("int | None", code),
        error_message=cast("str", error or ""),
        date_created=_moment(created),
        date_sent=_moment(sent),
        date_updated=_moment(updated),
        opt_out_type=taken_for,
    )
    return cast("int", id_), with_extra(message, differs) if differs else message


def _storable(text: str, name: str, besides: dict[str, object]) -> str:
    """The text as UTF-8 can have it; where it is another one, `besides` gets the original under the field's name."""
    if text.isascii() or not _HALF_A_PAIR.search(text):
        return text
    besides[name] = text
    return storable(text)


def storable(text: str) -> str:
    """A text as it stands in a column, and is looked for there: without half characters."""
    return _HALF_A_PAIR.sub("\ufffd", text)


def _seconds(moment: datetime | None, name: str, besides: dict[str, object]) -> int | None:
    if moment is None:
        return None
    if moment.microsecond:
        besides[name] = moment.isoformat()
    return math.floor(moment.timestamp())


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _segments(number: int | None, besides: dict[str, object]) -> int | None:
    if number is None or -_LARGEST < number < _LARGEST:
        return number
    besides["num_segments"] = str(number)
    return None


def _price(price: Decimal, besides: dict[str, object]) -> int | None:
    units, exact = _units(price)
    if not exact:
        besides["price"] = str(price)
    return units


@lru_cache(maxsize=_REPEATED)
def _units(price: Decimal) -> tuple[int | None, bool]:
    """The price in the column's unit, rounded, and whether that is all of it."""
    units = round(price * PRICE_UNIT)
    return (units, price_of_units(units) == price) if -_LARGEST < units < _LARGEST else (None, False)


_amount = lru_cache(maxsize=_REPEATED)(price_of_units)


def _path(account: str, sid: str) -> str:
    return f"/2010-04-01/Accounts/{account}/Messages/{sid}"


def _write_extra(message: Message, besides: Mapping[str, object]) -> str | None:
    extra = {**besides, **message.agreeing_extra}
    lacks = [name for name, value in extra.items() if value is ABSENT]
    differs = {name: value for name, value in extra.items() if value is not ABSENT}
    document: dict[str, object] = {}
    if message.opt_out_type:
        # Before all else: by this beginning SQL tells it (`layout`).
        document[OPT_OUT_TYPE] = message.opt_out_type
    if differs:
        document["differs"] = differs
    if lacks:
        document["lacks"] = lacks
    if isinstance(message, StatusReport):
        document["report"] = True
    if not document:
        return None
    # A number of thousands of digits that no JSON could have brought: what was read of it stays.
    try:
        text = json.dumps(document, separators=(",", ":"))
    except ValueError:
        text = json.dumps({name: value for name, value in document.items() if name != "differs"})
    return text.replace(_path(message.account_sid, message.sid), _OWN_PATH)


def _read_extra(text: str, account: str, sid: str) -> tuple[type[Message], Mapping[str, object] | None, str]:
    try:
        document = as_mapping(cast("object", json.loads(text.replace(_OWN_PATH, _path(account, sid)))))
    except (ValueError, RecursionError):
        # A damaged cell: the columns stand for themselves.
        document = as_mapping(None)
    differs = dict(as_mapping(document.get("differs")))
    lacks = document.get("lacks")
    if isinstance(lacks, list):
        differs |= dict.fromkeys(cast("list[str]", lacks), ABSENT)
    kind = StatusReport if document.get("report") else Message
    return kind, differs or None, as_text(document.get(OPT_OUT_TYPE))
