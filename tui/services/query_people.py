"""Who is behind messages of the archive, each person once: the rows of a message to many people.

What they last said is not among it: a text that is redacted or deleted goes from wherever it is kept by its message,
and rows of a campaign know nothing of those.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tui.archive.conversations import without_channel
from tui.services.bulk_plan import read_newest_first

if TYPE_CHECKING:
    from tui.services.message_archive import MessageArchive

PEOPLE_COLUMNS: Final = ("number", "name", "own number")


async def find_people(
    archive: MessageArchive, rows: array[int], name_of: Callable[[str], str]
) -> tuple[tuple[str, ...], ...]:
    """A row for each person, those with the newest message first, under `PEOPLE_COLUMNS`.

    The number is the address of their newest message of these, with its channel; the own number is that one's as well,
    or the SID of its messaging service.

    Args:
        archive: has the messages.
        rows: the row numbers of some, oldest first.
        name_of: the person's own name for an address; "" for none.
    """
    people = dict[str, tuple[str, ...]]()
    async for _, message in read_newest_first(archive, rows):
        if message is not None and (address := message.other_party):
            people.setdefault(without_channel(address), (address, name_of(address), message.own_party))
    return tuple(people.values())
