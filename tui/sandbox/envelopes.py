"""What Twilio wraps a page of rows in: `next_page_uri` in the 2010-04-01 API, `meta` in the newer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tui.sandbox.errors import Refusal
from tui.sandbox.form import Form
from tui.sandbox.paging import Leaf, cut, read_size
from tui.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page a request asks for: how many rows, whose token, and the number it is known by."""

    path: str
    query: Form
    size: int
    token: str | None
    number: int

    @classmethod
    def of(cls, path: str, query: Form) -> Turn:
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


def classic(turn: Turn, key: str, leaf: Leaf[Json]) -> Json:
    """The envelope of api.twilio.com."""
    following, preceding = turn.neighbours(leaf.next_token, leaf.previous_token)
    start = turn.number * turn.size
    return {
        "end": start + max(0, len(leaf.rows) - 1),
        "first_page_uri": turn.uri(0),
        key: leaf.rows,
        "next_page_uri": following,
        "page": turn.number,
        "page_size": turn.size,
        "previous_page_uri": preceding,
        "start": start,
        "uri": turn.uri(token=turn.token),
    }


def modern(turn: Turn, key: str, leaf: Leaf[Json], base_url: str) -> Json:
    """The envelope of messaging.twilio.com, with absolute URLs."""
    following, preceding = turn.neighbours(leaf.next_token, leaf.previous_token)
    return {
        "meta": {
            "first_page_url": base_url + turn.uri(0),
            "key": key,
            "next_page_url": base_url + following if following else None,
            "page": turn.number,
            "page_size": turn.size,
            "previous_page_url": base_url + preceding if preceding else None,
            "url": base_url + turn.uri(token=turn.token),
        },
        key: leaf.rows,
    }


def cut_fixed(rows: Sequence[Json], turn: Turn) -> Leaf[Json]:
    """Return the page of a short list whose order never changes."""
    count = len(rows)
    positions = [(0, i) for i in range(count)]
    return cut(positions, lambda position: rows[count - 1 - position[1]], turn.size, turn.token)
