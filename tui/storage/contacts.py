"""contacts.toml: the names that a person gives to addresses. What an address is, Twilio's rules say, and not this file.

Read and written whole, under a lock, so that two instances both keep their changes; what this version does not know
stays, comments do not. A file that cannot be read is never written over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.safe_text import safe_text
from tui.storage.document import Table, as_table
from tui.storage.toml_file import TomlFile

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
LONGEST_NAME: Final = 80
"""Characters; what is longer in the file is cut where it is read, and stays in the file."""

LARGEST_FILE: Final = 2 * 1024 * 1024
"""Bytes, some 50,000 contacts; a larger file is neither read nor written."""

HEADER: Final = (
    "# The names of numbers in tuilio, which reads and writes this file; comments go with the next save.\n"
    '# "+14155550123" = "Maya Lindqvist", or "whatsapp:+14155550123" for one channel only. A number begins with + and\n'
    "# its country code.\n\n"
)

_NUMBER: Final = re.compile(r"((?:[A-Za-z]+:)?\+)([\d ()\[\]./·\-\u2010-\u2015\u00a0\u202f]+)")
_SHOWN_PROBLEMS: Final = 5


@dataclass(frozen=True, slots=True)
class Contact:
    """An address with a name.

    Attributes:
        address: as Twilio has it, where the file has a number with blanks, dashes or brackets.
        name: a person's own text, at most `LONGEST_NAME` characters; may hold anything but control characters.
    """

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class ContactsRead:
    """The content of contacts.toml.

    Attributes:
        contacts: those that can be read, in file order; no two have the same address.
        problems: a sentence for each thing that cannot, the first few, safe to show.
    """

    contacts: tuple[Contact, ...] = ()
    problems: tuple[str, ...] = ()


class ContactsFile:
    """The contacts in the file at `path`, or in memory with None. Usable from any thread."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._file = TomlFile(
            path, "contacts", SCHEMA, LARGEST_FILE, HEADER, "Some 50,000 contacts have room; remove some."
        )

    def stamp(self) -> tuple[int, ...]:
        """Something that is another once the file was written, by whomever; empty where there is none."""
        if self.path is None:
            return ()
        try:
            status = self.path.stat()
        except OSError:
            return ()
        return status.st_ino, status.st_size, status.st_mtime_ns

    def read(self) -> ContactsRead:
        """The contacts.

        Raises:
            ConfigUnreadable: the file is there, but cannot be read.
        """
        return _read(self._file.load())

    def put(self, contacts: Iterable[Contact]) -> None:
        """Write these names, in place of those that their addresses had; all of them, or none.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        wanted = {each.address: each.name for each in contacts}

        def change(present: Table) -> Table:
            named = {plain_address(key): key for key in present}
            changed = dict(present)
            for address, name in wanted.items():
                key = named.get(address, address)
                entry = as_table(changed.get(key))
                changed[key] = name if entry is None else {**entry, "name": name}
            return changed

        self._file.change_entries(change)

    def remove(self, addresses: Iterable[str]) -> None:
        """Take the names of these addresses out, where they have one.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        gone = set(addresses)
        self._file.change_entries(
            lambda present: {key: each for key, each in present.items() if plain_address(key) not in gone}
        )


def plain_address(text: str) -> str:
    """An address without what people put between the digits: `+1 (415) 555-0123` is `+14155550123`."""
    written = text.strip()
    found = _NUMBER.fullmatch(written)
    return found[1].lower() + re.sub(r"\D", "", found[2]) if found else written


def clean_name(text: str) -> str:
    """A name as it is kept: one line, without control characters, half characters and blanks in a row."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(" " if each < " " or "\x7f" <= each <= "\x9f" else each for each in whole).split())


def contact_name_problem(name: str) -> str:
    """What is wrong with a name for an address, as a sentence; empty when nothing is."""
    if not name.strip():
        return "Give it a name."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters."
    if clean_name(name) != name.strip():
        return "A name holds no control characters and no blanks in a row."
    if sum(each.isdecimal() for each in name) >= _DIGITS_OF_A_NUMBER and not any(each.isalpha() for each in name):
        # It would be taken for where a message goes.
        return "This is a number itself. A name has letters."
    return ""


_DIGITS_OF_A_NUMBER: Final = 5


def _read(document: Mapping[str, object]) -> ContactsRead:
    contacts: dict[str, Contact] = {}
    problems: list[str] = []
    for key, entry in (as_table(document.get("contacts")) or {}).items():
        address, shown = plain_address(key), safe_text(key, limit=40)
        name = (as_table(entry) or {}).get("name", entry)
        if not isinstance(name, str):
            problems.append(f'contacts.toml: {shown} has no name. Write it as "{shown}" = "Maya".')
            continue
        name = clean_name(name)[:LONGEST_NAME].strip()
        if wrong := contact_name_problem(name):
            problems.append(f"contacts.toml: the name of {shown} is not used. {wrong}")
        elif address in contacts:
            problems.append(f"contacts.toml: {shown} stands there twice. The first one counts.")
        else:
            contacts[address] = Contact(address, name)
    if len(problems) > _SHOWN_PROBLEMS:
        more = len(problems) - _SHOWN_PROBLEMS
        problems[_SHOWN_PROBLEMS:] = [f"contacts.toml: {more:,} more entries are like that."]
    return ContactsRead(tuple(contacts.values()), tuple(problems))
