"""The names that a person gives to numbers, in memory: kept in contacts.toml, and read again when that has changed.

What to call an address is asked with every row that is drawn and touches no disk. Modules that read the file are
imported when it is read: the first picture does not wait for them.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui.storage.errors import ConfigUnreadable
from tui.twilio.addresses import NUMBERED_CHANNELS

if TYPE_CHECKING:
    from pathlib import Path

    from tui.storage.contacts import Contact, ContactsFile

LOOK_SECONDS: Final = 5.0
"""Between two looks at whether another instance, or an editor, has changed the file."""

_LOOKED_AT: Final = len(NUMBERED_CHANNELS) + 2
"""Entries that begin alike: more than one number can have."""


class Contacts:
    """The named addresses of the file at `path`, or of memory with None.

    Args:
        path: where contacts.toml is.
        changed: called after names have changed.
        notice: called with a sentence for the person about what cannot be read, once.
        pause: seconds between two looks at the file.

    Attributes:
        loaded: whether the file was looked at; before that there are no names.
        problems: what cannot be read of it, as sentences that are safe to show.
    """

    def __init__(
        self,
        path: Path | None,
        changed: Callable[[], None],
        notice: Callable[[str], None],
        *,
        pause: float = LOOK_SECONDS,
    ) -> None:
        self.path = path
        self._pause = pause
        self.loaded = False
        self.problems: tuple[str, ...] = ()
        self._changed, self._notice = changed, notice
        self._kept: ContactsFile | None = None
        self._stamp: tuple[int, ...] | None = None
        self._turn = asyncio.Lock()
        self._index = _Index()

    def name_of(self, address: str) -> str:
        """The name of this very address, else that of its number in whatever channel; '' for none.

        A person's own text as it is kept, so not safe to show.
        """
        index = self._index
        return (index.by_address.get(address) or index.by_number.get(_number(address), "")) if index.contacts else ""

    def entries(self) -> Sequence[Contact]:
        """All of them, in file order."""
        return self._index.contacts

    def by_name(self) -> Mapping[str, Sequence[str]]:
        """Name → the addresses that have it, as `tui.archive.query.parse` takes them."""
        return self._index.by_name

    def is_alike(self, address: str, name: str) -> bool:
        """Whether a name, or the beginning of one, is that of another number than this address's as well."""
        ordered, number = self._index.ordered, _number(address)
        first = bisect_left(ordered, (name, ""))
        # Of one number there are few entries, one for each channel.
        return any(each.startswith(name) and other != number for each, other in ordered[first : first + _LOOKED_AT])

    async def put(self, address: str, name: str) -> None:
        """Name an address, in place of the name that it had.

        Raises:
            StorageError: the file stays as it was.
        """
        from tui.storage.contacts import Contact

        await self.add([Contact(address, name)])

    async def add(self, contacts: Iterable[Contact]) -> None:
        """Name many addresses with one write: all of them, or none.

        Raises:
            StorageError: the file stays as it was.
        """
        wanted = tuple(contacts)
        await self._change(lambda file: file.put(wanted))

    async def remove(self, *addresses: str) -> None:
        """Take names away.

        Raises:
            StorageError: the file stays as it was.
        """
        await self._change(lambda file: file.remove(addresses))

    async def read(self) -> None:
        """Read the file in a thread where it is another than before; where it cannot be read the names stay."""
        async with self._turn:
            await self._read()

    async def follow(self) -> None:
        """Read the file, and again whenever it has changed, for ever."""
        while True:
            await self.read()
            if self.path is None:
                return
            await asyncio.sleep(self._pause)

    async def _change(self, change: Callable[[ContactsFile], None]) -> None:
        async with self._turn:
            file = self._file()
            await asyncio.to_thread(change, file)
            await self._read()

    async def _read(self) -> None:
        file = self._file()
        stamp = await asyncio.to_thread(file.stamp)
        if self.loaded and file.path is not None and stamp == self._stamp:
            return
        try:
            index, problems = await asyncio.to_thread(_read_index, file)
        except ConfigUnreadable as trouble:
            index, problems = self._index, (f"{trouble} Until then names stay as they are.",)
        self._stamp, self.loaded = stamp, True
        if problems != self.problems:
            self.problems = problems
            if problems:
                self._notice("\n".join(problems))
        if index.contacts != self._index.contacts:
            self._index = index
            self._changed()

    def _file(self) -> ContactsFile:
        if self._kept is None:
            from tui.storage.contacts import ContactsFile

            self._kept = ContactsFile(self.path)
        return self._kept


@dataclass(frozen=True, slots=True)
class _Index:
    """The contacts as they are looked for. `ordered` has name and number of each, by name."""

    contacts: tuple[Contact, ...] = ()
    by_address: Mapping[str, str] = field(default_factory=dict[str, str])
    by_number: Mapping[str, str] = field(default_factory=dict[str, str])
    by_name: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    ordered: Sequence[tuple[str, str]] = ()


def _read_index(file: ContactsFile) -> tuple[_Index, tuple[str, ...]]:
    found = file.read()
    by_number: dict[str, str] = {}
    by_name: dict[str, list[str]] = {}
    for each in found.contacts:
        by_name.setdefault(each.name, []).append(each.address)
        number = _number(each.address)
        # A number's own name goes before the name that it has in a channel.
        if number == each.address:
            by_number[number] = each.name
        else:
            by_number.setdefault(number, each.name)
    by_address = {each.address: each.name for each in found.contacts}
    ordered = sorted((each.name, _number(each.address)) for each in found.contacts)
    return _Index(found.contacts, by_address, by_number, by_name, ordered), found.problems


def _number(address: str) -> str:
    """The number of a channel's address that is one, else the address."""
    channel, _, number = address.partition(":")
    return number if channel in NUMBERED_CHANNELS and number.startswith("+") else address
