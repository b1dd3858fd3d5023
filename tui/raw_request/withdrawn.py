"""Answers that have the text of a message which was redacted or deleted since. Pure; for a thread: it reads bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, cast

from tui.raw_request.model import RawResponse
from tui.twilio.addresses import find_message_sids

LARGEST_READ: Final = 1024 * 1024
"""Bytes of a body that is read as JSON; a larger one in which a message is named counts as having its text."""

_PIECE: Final = 256 * 1024
_LONGEST_SID: Final = 34
_TEXT: Final = re.compile("body", re.IGNORECASE)


def with_words_of(responses: Iterable[RawResponse], sids: Mapping[str, bool]) -> frozenset[int]:
    """The ids of the responses that have the text of one of these: SID → whether the message itself is gone."""
    return frozenset(id(response) for response in responses if _has_words(response.content, sids))


def _has_words(content: bytes, sids: Mapping[str, bool]) -> bool:
    if not _names_one(content, sids):
        return False
    try:
        document: object = json.loads(content if len(content) <= LARGEST_READ else b"")
    except (ValueError, RecursionError):
        return True
    values = [document]
    while values:
        value = values.pop()
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            values += members.values()
            gone = [sids[each] for each in members.values() if isinstance(each, str) and each in sids]
            if any(gone) or (gone and any(text for name, text in members.items() if _TEXT.fullmatch(name))):
                return True
        elif isinstance(value, list):
            values += cast("list[object]", value)
        elif isinstance(value, str) and _TEXT.search(value) and not sids.keys().isdisjoint(find_message_sids(value)):
            # A form within the answer, as in an alert's.
            return True
    return False


def _names_one(content: bytes, sids: Mapping[str, bool]) -> bool:
    """Whether a body names one of these; in pieces, so that no key waits for the whole."""
    for at in range(0, len(content), _PIECE):
        piece = content[at : at + _PIECE + _LONGEST_SID].decode("latin-1")
        if not sids.keys().isdisjoint(find_message_sids(piece)):
            return True
    return False
