"""A list of Twilio's read with a bound, and whether that was all of it: what is not in half a list may still exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tui.twilio.client import Client
from tui.twilio.lenient_json import as_mapping
from tui.twilio.numbers import list_items

_T = TypeVar("_T")

_REMEDY: Final = "Look at the request in the console."


@dataclass(frozen=True, slots=True)
class BoundedList(Generic[_T]):
    """What was read of a list.

    Attributes:
        items: in Twilio's order.
        whole: whether Twilio said that there are no more.
    """

    items: tuple[_T, ...]
    whole: bool = True


async def read_bounded(
    client: Client, url: str, key: str, read: Callable[[Mapping[str, object]], _T], *, most: int
) -> BoundedList[_T]:
    """The first items of a list of one of Twilio's newer products, or of the 2010-04-01 API.

    Args:
        client: who asks.
        url: the first page.
        key: of the array in each page.
        read: makes an item of its JSON object.
        most: items that are read at most.

    Raises:
        RequestFailed: as of every call of the client; a BadAnswer where there is no such array.
    """
    cut = False

    def note_cut() -> None:
        nonlocal cut
        cut = True

    found: list[_T] = []
    reason = f"The answer holds no “{key}”."
    async for item in list_items(client, url, key, reason, _REMEDY, next_link, cut=note_cut):
        if len(found) >= most:
            return BoundedList(tuple(found), whole=False)
        found.append(read(item))
    return BoundedList(tuple(found), whole=not cut)


def next_link(page: Mapping[str, object]) -> object:
    """A page's link to the next one, whichever of Twilio's two ways it is written in."""
    return as_mapping(page.get("meta")).get("next_page_url") or page.get("next_page_uri")
