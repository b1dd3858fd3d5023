"""Pagination with page tokens, and the two envelopes of lists: 2010-04-01, and `meta` of the newer APIs.

A page is anchored on the row where the last one ended, not on a row count, and the anchor travels in an
opaque token. Knows nothing of what a row is: an order of positions, and a function that reads the row at a position
or returns None for one that the filters leave out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from tui.sandbox.errors import Refusal
from tui.sandbox.identity import derive
from tui.sandbox.order import Order, Position
from tui.sandbox.parameters import Form
from tui.sandbox.resources import Json

MAX_SIZE = 1000
DEFAULT_SIZE = 50

_OLDER = "PA"
_NEWER = "PB"

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Row]):
    """One page: its rows, newest first, and the tokens of its neighbours."""

    rows: tuple[Row, ...]
    next_token: str | None
    previous_token: str | None


def paginate(
    order: Order,
    read: Callable[[Position], Row | None],
    size: int,
    token: str | None = None,
) -> ListPage[Row]:
    """Return the page that a token points at, the newest page without one.

    Raises:
        Refusal: 21481 when the token is not one of ours.
    """
    if token is None:
        found, more = _take(order.older(None), read, size)
    else:
        kind, anchor = _decode(token)
        if kind == _NEWER:
            found, _ = _take(order.newer(anchor), read, size)
            found.reverse()
            more = bool(found) and _any(order.older(found[-1][0]), read)
        else:
            found, more = _take(order.older(anchor), read, size)
    if not found:
        return ListPage((), None, None)
    first, last = found[0][0], found[-1][0]
    newer = token is not None and _any(order.newer(first), read)
    return ListPage(
        rows=tuple(row for _, row in found),
        next_token=_encode(_OLDER, last) if more else None,
        previous_token=_encode(_NEWER, first) if newer else None,
    )


def read_size(text: str | None) -> int:
    """Return a PageSize parameter as a number from 1 to 1000; more is taken as 1000.

    The official libraries ask for as many rows as they want in all, so that a larger number has to be taken.

    Raises:
        Refusal: 20007 when it is not a number, or less than 1.
    """
    if text is None or text == "":
        return DEFAULT_SIZE
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise Refusal(20007, value=text)
    return min(int(text), MAX_SIZE)


def _take(
    positions: Iterable[Position], read: Callable[[Position], Row | None], size: int
) -> tuple[list[tuple[Position, Row]], bool]:
    found: list[tuple[Position, Row]] = []
    for position in positions:
        row = read(position)
        if row is None:
            continue
        if len(found) == size:
            return found, True
        found.append((position, row))
    return found, False


def _any(positions: Iterable[Position], read: Callable[[Position], Row | None]) -> bool:
    return any(read(position) is not None for position in positions)


def _encode(kind: str, position: Position) -> str:
    text = f"{position[0]:x}.{position[1]:x}".encode()
    return kind + base64.urlsafe_b64encode(text).decode().rstrip("=")


def _decode(token: str) -> tuple[str, Position]:
    kind, text = token[:2], token[2:]
    try:
        if kind not in {_OLDER, _NEWER} or len(text) > 64:
            raise ValueError(kind)
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        created, arrival = plain.split(".")
        return kind, (int(created, 16), int(arrival, 16))
    except (ValueError, binascii.Error):
        raise Refusal(21481) from None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page a request asks for: how many rows, whose token, and the number it is known by."""

    path: str
    query: Form
    size: int
    token: str | None
    number: int

    @classmethod
    def of(cls, path: str, query: Form) -> PageRequest:
        """Read PageSize, PageToken and Page.

        Raises:
            Refusal: for a size out of range, and for a page number without the token that leads there.
        """
        token = query.get("PageToken") or None
        text = query.get("Page") or "0"
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if number < 0 or (number > 0 and token is None):
            reason = f"Page {text} cannot be asked for without its PageToken; follow next_page_uri"
            raise Refusal(20001, reason=reason)
        return cls(path, query, read_size(query.get("PageSize")), token, number)

    def uri(self, number: int | None = None, token: str | None = None) -> str:
        """Return the path and query of this page, or of a neighbour."""
        kept = [(k, v) for k, v in self.query.pairs if k not in {"Page", "PageToken", "PageSize"}]
        pairs = [
            *kept,
            ("PageSize", str(self.size)),
            ("Page", str(self.number if number is None else number)),
        ]
        if token is not None:
            pairs.append(("PageToken", token))
        return f"{self.path}?{urlencode(pairs)}"

    def neighbours(self, next_token: str | None, previous_token: str | None) -> tuple[str | None, str | None]:
        """Return the URIs of the next and the previous page, None where there is none."""
        following = self.uri(self.number + 1, next_token) if next_token else None
        preceding = self.uri(max(0, self.number - 1), previous_token) if previous_token else None
        return following, preceding


def classic(asked: PageRequest, key: str, page: ListPage[Json]) -> Json:
    """The envelope of api.twilio.com."""
    following, preceding = asked.neighbours(page.next_token, page.previous_token)
    start = asked.number * asked.size
    return {
        "end": start + max(0, len(page.rows) - 1),
        "first_page_uri": asked.uri(0),
        key: page.rows,
        "next_page_uri": following,
        "page": asked.number,
        "page_size": asked.size,
        "previous_page_uri": preceding,
        "start": start,
        "uri": asked.uri(token=asked.token),
    }


def modern(asked: PageRequest, key: str, page: ListPage[Json], base_url: str) -> Json:
    """The envelope of messaging.twilio.com, with absolute URLs."""
    following, preceding = asked.neighbours(page.next_token, page.previous_token)
    return {
        "meta": {
            "first_page_url": base_url + asked.uri(0),
            "key": key,
            "next_page_url": base_url + following if following else None,
            "page": asked.number,
            "page_size": asked.size,
            "previous_page_url": base_url + preceding if preceding else None,
            "url": base_url + asked.uri(token=asked.token),
        },
        key: page.rows,
    }


_NAMES = ("sid", "phone_number", "iso_country", "country_code")
"""What names a row of a list, where it has a name."""


def paginate_fixed(rows: Sequence[Json], asked: PageRequest) -> ListPage[Json]:
    """Return the page of a short list, to whose end others come: it goes on behind the row where the last one ended.

    Where that row is gone there are as many left as were left behind it.
    """
    start, stop = 0, asked.size
    if asked.token is not None:
        kind, (name, left) = _decode(asked.token)
        # Lists whose rows have no name stay as they are.
        anchor = next((n for n, row in enumerate(rows) if _name(row) == name), None) if name else len(rows) - 1 - left
        start = max(0, len(rows) - left if anchor is None else anchor + 1)
        stop = start + asked.size
        if kind == _NEWER:
            stop = start if anchor is None else max(0, anchor)
            start = max(0, stop - asked.size)
    page = rows[start:stop]
    if not page:
        return ListPage((), None, None)
    first, last = ((_name(row), len(rows) - 1 - n) for n, row in ((start, page[0]), (start + len(page) - 1, page[-1])))
    return ListPage(
        rows=tuple(page),
        next_token=_encode(_OLDER, last) if last[1] else None,
        previous_token=_encode(_NEWER, first) if start and asked.token is not None else None,
    )


def _name(row: Json) -> int:
    """What names a row, as a number; 0 where it has no name."""
    name = next((str(row[each]) for each in _NAMES if each in row), "") if isinstance(row, Mapping) else ""
    return int(derive(0, name)[:12], 16) if name else 0
