"""To: the people that are offered as one types, how a name is read, and the field itself.

Nobody is chosen but by a person, who has seen the row: neither by what arrives meanwhile, nor by keys typed ahead.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.archive.folding import fold
from tui.safe_text import glimpse, safe_text
from tui.screens.sending.draft import Addressed, DraftFields
from tui.storage.nearest import nearest
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.key_queue import IgnoresTypeAhead
from tui.time_format import short
from tui.twilio.addresses import CHANNELS, AddressKind, kind_of
from tui.twilio.errors import InvalidRequest
from tui.widgets.completion_list import CompletionList
from tui.widgets.message_words import show_address

if TYPE_CHECKING:
    from tui.services.session import Session

MOST_RECENT: Final = 200
"""Recipients of late that are known here."""

MOST_OFFERED: Final = 50

MOST_SHOWN: Final = 6
"""At 80×24 the text stays in view below them."""

NAME_WIDTH: Final = 28

_SOME_DIGITS: Final = 5
"""With as many, what has a letter in it and is nobody's name was rather meant as a number."""

_PREFIXED: Final = re.compile(rf"\s*(?:{'|'.join(CHANNELS)}|tel|sms)\s*:", re.IGNORECASE)

_CAN_RECEIVE: Final = frozenset({AddressKind.NUMBER, AddressKind.SHORT_CODE, AddressKind.CHANNEL})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody one may write to.

    Attributes:
        address: as Twilio has it: a number in E.164, a short code or a channel's address.
        name: "" where none was given.
        last: when the newest message went to or came from there; None where none is known.
    """

    address: str
    name: str = ""
    last: datetime | None = None


class Recipients:
    """Those one may write to, the likeliest first. Fixed: what changes makes another.

    Args:
        names: address and name of each person that was given one.
        recent: address and time of those written to or heard from of late, the newest first.
        name_of: the name for any address, "" for none.
        clock: says what time it is.
    """

    def __init__(
        self,
        names: Iterable[tuple[str, str]] = (),
        recent: Iterable[tuple[str, datetime]] = (),
        name_of: Callable[[str], str] = lambda _: "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock, self._name_of = clock, name_of
        self._named: dict[str, dict[str, None]] = {}
        self._folded: dict[str, dict[str, None]] = {}
        self._spelled: dict[str, str] = {}
        people: dict[str, Person] = {}
        for address, when in recent:
            people.setdefault(address, Person(address, name_of(address), when))
        self._recent = len(people)
        for address, name in names:
            people.setdefault(address, Person(address, name))
            folded = fold(name).strip()
            self._named.setdefault(_exactly(name), {})[address] = None
            self._folded.setdefault(folded, {})[address] = None
            self._spelled.setdefault(folded, name)
        self._everybody = [
            (person, f" {fold(person.name)}", re.sub(r"\D", "", person.address))
            for person in people.values()
            if kind_of(person.address) in _CAN_RECEIVE
        ]

    def __bool__(self) -> bool:
        return bool(self._everybody)

    @property
    def knows_recent(self) -> bool:
        """Whether anybody written to or heard from of late is among them."""
        return bool(self._recent)

    def offer(self, typed: str) -> tuple[Person, ...]:
        """Those whose name or number has this in it, the likeliest first; all of them for nothing."""
        word = fold(typed).strip()
        digits, from_the_start = _digits_of(word)
        found: list[tuple[int, Person]] = []
        for person, name, number in self._everybody:
            if word and word in name:
                found.append((0 if name.startswith(f" {word}") else 1 if f" {word}" in name else 3, person))
            elif digits and digits in number and (number.startswith(digits) or not from_the_start):
                found.append((0 if number.startswith(digits) else 2, person))
            elif not word or (not digits and word in person.address):
                found.append((4, person))
        ranked = sorted(found, key=lambda each: each[0])
        # What stands there already needs no completion.
        return tuple(person for _, person in ranked if person.address != typed.strip())[:MOST_OFFERED]

    def address_of(self, typed: str) -> str:
        """The address of the one whose whole name this is; "" where nobody or several have it."""
        found = self._addresses(typed)
        return found[0] if len(found) == 1 else ""

    def name_of(self, address: str) -> str:
        """What the person at this address is called (as it was given); "" where it is not known."""
        return self._name_of(address)

    def addressed(self, typed: DraftFields) -> DraftFields:
        """The same with an address in place of a name that is one person's."""
        found = self.address_of(typed.to) if may_be_a_name(typed.to) else ""
        return replace(typed, to=found) if found else typed

    def problem_with(self, typed: str) -> InvalidRequest | None:
        """Why this name tells no recipient: nobody has it, or several do; None where it does not read like a name."""
        found, shown = self._addresses(typed), f"“{safe_text(typed.strip(), limit=40)}”"
        if len(found) == 1 or not self._named or not may_be_a_name(typed):
            return None
        if found:
            shown_ones = ", ".join(show_address(address) for address in found[:3])
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            reason = f"{shown} has {len(found)} addresses: {shown_ones}{more}."
            return InvalidRequest("To", reason, "↓ lists them: choose one.")
        if sum(each.isdigit() for each in typed) >= _SOME_DIGITS:
            return None
        alike = nearest(fold(typed).strip(), self._spelled, {})
        near = f"The nearest is {safe_text(self._spelled[alike], limit=40)}. " if alike else ""
        return InvalidRequest("To", f"Nobody is called {shown}.", f"{near}↓ lists whom there is; or give a number.")

    def _addresses(self, typed: str) -> list[str]:
        # Names that differ in accents alone are two people's, where they are written out.
        return list(self._named.get(_exactly(typed)) or self._folded.get(fold(typed).strip()) or ())

    @property
    def row_of(self) -> Callable[[Person], tuple[str, ...]]:
        """Draws people as rows of a list, as of now: name, number, when last."""
        now = self._clock()
        return lambda person: (glimpse(person.name, NAME_WIDTH), show_address(person.address), short(person.last, now))

    def say(self) -> str:
        """What ↓ lists; "" for nobody."""
        named = len(self._spelled)
        parts = [f"{named:,} name{'' if named == 1 else 's'}"] if named else []
        parts += [f"{self._recent:,} recent recipient{'' if self._recent == 1 else 's'}"] if self._recent else []
        return f"↓ lists {' and '.join(parts)}." if parts else ""


def _exactly(name: str) -> str:
    return " ".join(name.casefold().split())


def as_reviewed(name: str, address: str, people: Recipients) -> Addressed:
    """Puts addresses in place of names: for this name the one that a review showed, whoever it is by now."""

    def addressed(typed: DraftFields) -> DraftFields:
        if typed.to == name and may_be_a_name(name):
            return replace(typed, to=address)
        return people.addressed(typed)

    return addressed


def may_be_a_name(typed: str) -> bool:
    """Whether it has a letter, and no channel before it: then it is no number, whatever else stands there."""
    return any(each.isalpha() for each in typed) and not _PREFIXED.match(typed)


def _digits_of(word: str) -> tuple[str, bool]:
    """A part of a number → its digits as E.164 has them, and whether it begins with them; "" where it is none."""
    if not re.fullmatch(r"[\d+().\-/ ]*\d[\d+().\-/ ]*", word):
        return "", False
    digits = re.sub(r"\D", "", word)
    # What is dialled before a national number, or in place of the +, is in no number.
    return digits.lstrip("0") or digits, word.startswith("+") or digits.startswith("00")


def count_recipients(text: str) -> int:
    """How many recipients a pasted text seems to hold: its lines, or on one line the numbers between commas."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        return len(lines)
    pieces = re.split(r"[,;|\t]|\s+(?=\+|[a-z_]+:)", text)
    return max(1, sum(sum(each.isdigit() for each in piece) >= 7 for piece in pieces))


class RecipientList(IgnoresTypeAhead, CompletionList):
    """The people on offer. A row is taken only by who could read it: over a slow line a key may come before that."""

    def say(self, rows: Iterable[tuple[str, ...]] = (), chosen: int = -1, wrong: str = "") -> None:
        super().say(tuple(rows), chosen, wrong)
        if chosen >= 0 or self.has_class("-shown"):
            self.ask_again()

    def on_click(self, event: events.Click) -> None:
        if self.comes_too_early(event):
            event.stop()
            event.prevent_default()


class RecipientField(LineField):
    """A line for one recipient, and under it the people that what is typed may mean.

    ↓ and ↑ choose one, enter and tab take who was chosen, and go on; without a choice they just go on. Several that
    are pasted are not taken: whoever pastes twenty must not believe that they all get it.

    Attributes:
        people: who is offered from the next key on; what is listed already stays as it is.
        listed: the list, to be put below the field.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("escape", "close_list", show=False),
    ]

    class ManyPasted(Message):
        """Several recipients were pasted; none of them was taken."""

        def __init__(self, text: str, count: int) -> None:
            super().__init__()
            self.text, self.count = text, count

    def __init__(self, *, placeholder: str, id: str) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self.recipients = Recipients()
        self.listed = RecipientList(self._take, most=MOST_SHOWN)
        self._offered: tuple[Person, ...] = ()
        self._row = -1

    def watch_value(self, value: str) -> None:
        """Offer who is meant, while somebody types."""
        if self.has_focus:
            self._offer(self.recipients.offer(value) if value.strip() else ())

    def close_list(self) -> None:
        """Offer nobody until the next key."""
        self._offer(())

    def _offer(self, people: tuple[Person, ...], row: int = -1) -> None:
        if people or self._offered:
            self._offered, self._row, self.completes = people, row, row >= 0
            self.listed.say(map(self.recipients.row_of, people), row)

    def _take(self, row: int) -> None:
        self.value = self._offered[row].address
        self.cursor_position = len(self.value)
        self.close_list()
        self.post_message(self.Submitted(self, self.value))

    def action_step(self, by: int) -> None:
        """Choose the next one; with nobody on offer ↓ offers who fits, and where nobody does goes on."""
        offered = self._offered or (self.recipients.offer(self.value) if by > 0 else ())
        if not offered or self._row + by < -1:
            raise SkipAction
        self._offer(offered, min(self._row + by, len(offered) - 1))

    def on_click(self) -> None:
        # Who has a mouse only has no ↓.
        if not self.value:
            self._offer(self.recipients.offer(""))

    def action_close_list(self) -> None:
        if not self._offered:
            raise SkipAction
        self.close_list()

    async def _on_key(self, event: events.Key) -> None:
        if event.key in ("enter", "tab") and self._row >= 0:
            event.stop()
            event.prevent_default()
            if not self.listed.comes_too_early(event):
                self._take(self._row)

    def _on_paste(self, event: events.Paste) -> None:
        count = count_recipients(event.text)
        if count < 2:
            super()._on_paste(event)
            return
        event.prevent_default()
        event.stop()
        self.post_message(self.ManyPasted(event.text, count))

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self.close_list()


def named_recipients(session: Session, recent: Iterable[tuple[str, datetime]] = ()) -> Recipients:
    """Those with names of their own, and these. For a thread where they may be many."""
    contacts = session.contacts
    names = [(each.address, each.name) for each in contacts.entries()]
    return Recipients(names, recent, contacts.name_of, session.clock)


async def learn_recipients(session: Session) -> Recipients:
    """Whom one may write to with the connection in use: those with names, and recipients of late. Never raises."""
    archive = session.archive
    await session.contacts.read()
    recent = await archive.recent_recipients(MOST_RECENT) if archive is not None else []
    return await asyncio.to_thread(named_recipients, session, recent)
