"""Searching content templates, as `/v2/Content` and `/v2/ContentAndApprovals` do.

Source: https://www.twilio.com/docs/content/content-api-resources. A pattern is one of `patterns.py`. Only WhatsApp's
eligibility is known: other channels approve nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import cast

from tui.sandbox.content import StoredTemplate
from tui.sandbox.content_types import KINDS
from tui.sandbox.filters import read_moment
from tui.sandbox.parameters import Form, choice, given, refuse
from tui.sandbox.patterns import read_pattern

_CHANNEL = "whatsapp"
_STATUSES = frozenset({"unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"})


def search(templates: Iterable[StoredTemplate], query: Form, now: datetime) -> list[StoredTemplate]:
    """Return the templates that a query asks for: the one changed last first, unless it says otherwise.

    Raises:
        Refusal: 20001 for a date, a pattern, a type or a status that cannot be.
    """
    since, until = read_moment(query, "DateCreatedAfter"), read_moment(query, "DateCreatedBefore")
    languages, kinds = query.filled("Language"), query.filled("ContentType")
    statuses = _statuses(query.filled("ChannelEligibility"))
    by_date = given(query, "SortByDate", choice("asc", "desc")) or "desc"
    by_name = given(query, "SortByContentName", choice("asc", "desc"))
    if strange := next((kind for kind in kinds if kind not in KINDS), ""):
        raise refuse("ContentType", strange[:40], f"write one of {', '.join(KINDS)}")
    found = [
        each
        for each in templates
        if (since is None or each.created >= since)
        and (until is None or each.created <= until)
        and (not languages or each.language in languages)
        and (not kinds or not each.types.keys().isdisjoint(kinds))
        and (not statuses or each.approval(now) in statuses)
        and _fits(query, "ContentName", (each.name,))
        and _fits(query, "Content", _texts(each.types))
    ]
    found.sort(key=lambda each: each.updated, reverse=by_date == "desc")
    if by_name:
        found.sort(key=lambda each: each.name, reverse=by_name == "desc")
    return found


def _fits(query: Form, name: str, texts: Iterable[str]) -> bool:
    if not (text := query.text(name)):
        return True
    try:
        pattern = read_pattern(text)
    except ValueError as error:
        raise refuse(name, text[:40], str(error)) from None
    return any(pattern.fits(each) for each in texts)


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value, the names of fields left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, object]", value).values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _texts(each)


def _statuses(asked: Iterable[str]) -> frozenset[str]:
    """Read `<channel>:<status>`; a channel that approves nothing has no template of any status."""
    found: set[str] = set()
    for text in asked:
        channel, colon, status = text.strip().lower().partition(":")
        if not colon or (channel == _CHANNEL and status not in _STATUSES):
            raise refuse(
                "ChannelEligibility", text[:40], f"write {_CHANNEL}: and one of {', '.join(sorted(_STATUSES))}"
            )
        found.add(status if channel == _CHANNEL else "")
    return frozenset(found)
