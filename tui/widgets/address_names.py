"""What an address is called: a person's own name for it, else Twilio's; the same on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui.safe_text import glimpse
from tui.widgets.message_words import show_address
from tui.widgets.row_list import fit

if TYPE_CHECKING:
    from tui.services.session import Session

LONGEST_NAME: Final = 80
"""Characters of a name that are shown at most."""


def name_address(session: Session, address: str) -> str:
    """What an address is called: a person's own name for it, else Twilio's friendly name of an own one, else ''.

    Safe to show, not to be saved. Never tells for certain whose address it is: what sends says the number as well.
    """
    name = session.contacts.name_of(address)
    if not name:
        account = session.account
        senders = account.senders if account is not None else None
        name = senders.names.get(address, "") if senders is not None else ""
        if says_the_number(name):
            return ""
    return glimpse(name, LONGEST_NAME)


def name_and_number(session: Session, address: str) -> str:
    """An address with its name where it has one: `Maya · +1 415 555 0123`. Safe to show."""
    shown, name = show_address(address), name_address(session, address)
    return f"{name} · {shown}" if name else shown


def name_in_column(session: Session, address: str, width: int) -> str:
    """The name of an address in its place, else the address, in so many cells at most (12 or more). Safe to show.

    Where another number has a name that looks the same there, the last digits tell them apart.
    """
    name, shown = name_address(session, address), show_address(address)
    if not name:
        return shown
    sign = f" {shown.rpartition(' ')[2]}" if ":" in address and shown[-1:].isalpha() and " " in shown else ""
    room = width - len(sign)
    kept = name if cell_len(name) <= room else fit(name, room - _DIGITS_APART - 1)
    typed, plain = session.contacts.name_of(address), kept.removesuffix("…").rstrip()
    # What is written otherwise than it is shown, with characters that nobody sees, may look like another one.
    odd = bool(typed) and not typed.startswith(plain)
    if (odd or session.contacts.is_alike(address, plain)) and (digits := _last_digits(address)):
        kept = f"{fit(name, room - _DIGITS_APART - 1).rstrip()} {digits}"
    elif cell_len(name) > room:
        kept = fit(name, room)
    return f"{kept}{sign}"


_DIGITS_APART: Final = 4


def _last_digits(address: str) -> str:
    return address[-_DIGITS_APART:] if address[-_DIGITS_APART:].isdecimal() else ""


def says_the_number(name: str) -> bool:
    """Whether a name is only a number once more, as Twilio names numbers that nobody has named: `(415) 555-0100`."""
    return not any(each.isalpha() for each in name)
