"""What importing a file of contacts would do, before anything is written: how many are new, which are no numbers.

Numbers are read as Compose reads a recipient, so that what is imported can be written to. Pure but for `read_contacts`;
both take a while with large files and belong into a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tui.storage.contact_files import CardFile, ContactsUnread, FoundContact, TableFile, read_contacts_file
from tui.storage.contacts import LONGEST_NAME, Contact, clean_name, contact_name_problem
from tui.storage.number_cells import ROUNDED_NUMBER, bare_number, is_rounded
from tui.storage.spreadsheets import TableUnread, read_file
from tui.twilio.addresses import AddressError, CountryUnknown, country_names, read_recipient


class ImportStopped(Exception):
    """Nobody waits for the report any more."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not imported, and why, as a sentence; name and number as the file has them (foreign texts)."""

    line: int
    name: str
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import would do. Every number with a name that the file has is in exactly one of these.

    Attributes:
        new: addresses without a name so far.
        same: how many have this very name already, or stand in the file once more.
        other: those that have another name now, with that name: kept unless the person says otherwise.
        refused: what is no number or has no name.
        without_country: how many of `refused` are for want of a country only.
    """

    new: tuple[Contact, ...] = ()
    same: int = 0
    other: tuple[tuple[Contact, str], ...] = ()
    refused: tuple[Refused, ...] = ()
    without_country: int = 0


def read_contacts(path: Path) -> CardFile | TableFile:
    """What a file of contacts holds.

    Raises:
        ContactsUnread: it cannot be read, or holds no contacts.
    """
    try:
        data = read_file(path)
    except TableUnread as problem:
        raise ContactsUnread(problem.reason, problem.remedy) from None
    return read_contacts_file(data)


def find_country(text: str) -> str | None:
    """The region's code of a country written by its code or its name; None for none."""
    written = text.strip().casefold().removeprefix("the ")
    for region, name in country_names().items():
        if written in (region.casefold(), name.casefold().removeprefix("the ")):
            return region
    return None


def report_import(
    found: Iterable[FoundContact],
    present: Callable[[str], str],
    country: str | None = None,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """What importing these would do.

    Args:
        found: in the file's order.
        present: the name that an address has by now; "" for none.
        country: whose numbers those in national form are.
        stopped: asked now and then; whether to give up.

    Raises:
        ImportStopped: it was given up.
    """
    new: list[Contact] = []
    other: list[tuple[Contact, str]] = []
    seen: dict[str, tuple[Contact, int]] = {}
    refused: list[Refused] = []
    same = lacking = 0
    for each in found:
        if stopped():
            raise ImportStopped
        if each.flaw:
            refused.append(Refused(each.line, each.name, each.number, each.flaw))
            continue
        name = clean_name(each.name)[:LONGEST_NAME].strip()
        try:
            address = read_recipient(bare_number(each.number), default_country=country).address
        except AddressError as problem:
            rounded = is_rounded(each.number)
            lacks = not rounded and isinstance(problem, CountryUnknown)
            lacking += lacks
            reason = ROUNDED_NUMBER if rounded else "It has no country code." if lacks else problem.reason
            refused.append(Refused(each.line, each.name, each.number, reason))
            continue
        before = present(address)
        earlier = seen.get(address)
        if wrong := contact_name_problem(name):
            reason = "It has no name." if not name else wrong
            refused.append(Refused(each.line, each.name, each.number, reason))
        elif before == name or (earlier is not None and earlier[0].name == name):
            same += 1
        elif earlier is not None:
            reason = f"Line {earlier[1]:,} names this number already: {earlier[0].name}."
            refused.append(Refused(each.line, each.name, each.number, reason))
        else:
            contact = Contact(address, name)
            seen[address] = contact, each.line
            if before:
                other.append((contact, before))
            else:
                new.append(contact)
    return ImportReport(tuple(new), same, tuple(other), tuple(refused), lacking)
