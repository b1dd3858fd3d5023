"""Opt-outs: who wants no more messages from which sender, since when, by what, and what was sent to them after that.

The rule, for the list, for one pair and for many recipients alike:

- What counts, in order of time: a text that came in and that Twilio took for STOP or START (`OptOutType` of its
  webhook), or, where Twilio did not say, one of its default words alone in the text; and a message that Twilio refused
  with 21610. Of the words by themselves only those of SMS, MMS and RCS count, whose addresses of one number are one
  person's: WhatsApp knows none.
- To whom it counts: Twilio keeps opt-outs for each messaging service, and for each number that is in none. What names a
  service is said to that service. A number stands for itself and for each service that one of these messages between it
  and the person names. That a number is in a service is not known here from anything else.
- Somebody has opted out if a STOP, or failing that a refusal, is not followed by a START: since the first such STOP, or
  else the first such refusal.

Twilio has no list of opt-outs that could be asked for. What is not loaded, and what was changed at Twilio in another
way (its console, its Consent API, carriers), is not known here.
https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, cast

from tui.archive.dictionary import text_at, texts_of
from tui.archive.encoding import storable
from tui.archive.layout import ABOUT_CONSENT, REFUSED, STATUSES, WISH, WORD, second_of
from tui.twilio.message import ARRIVED

_HEARD: Final = ("", "rcs")
"""The channels on which Twilio hears its own words."""

_NOT_SENT: Final = tuple(STATUSES.index(each) for each in ("scheduled", "canceled"))

_SIGNS: Final = f"""
    SELECT other, id, own, service, {WISH}, {WORD} FROM messages INDEXED BY by_opt_out WHERE {ABOUT_CONSENT}
"""  # noqa: S608
_AMONG: Final = "AND other IN (SELECT id FROM addresses WHERE address IN (SELECT value FROM json_each(?)))"

_ADDRESSES: Final = "SELECT id, address FROM addresses"
_TERMS: Final = "SELECT id, text FROM terms"

_SENT_SINCE: Final = """
    SELECT p.key, m.own, m.service, m.status, m.code, count(*), max(m.id) FROM json_each(?) p
    CROSS JOIN addresses a ON a.address IN (json_extract(p.value, '$[1]'), json_extract(p.value, '$[2]'))
    CROSS JOIN messages m INDEXED BY by_outgoing
        ON m.other = a.id AND m.direction <> 0 AND m.id > json_extract(p.value, '$[0]')
    GROUP BY p.key, m.own, m.service, m.status, m.code
"""
"""Of triples (row, address, address): what went to one of these after that row."""


@dataclass(frozen=True, slots=True)
class SentSince:
    """What was sent to somebody after they had opted out. What is only scheduled, or was canceled, was not sent.

    Attributes:
        count: of all messages handed to Twilio.
        refused: how many of them Twilio refused with 21610. It does not where the service handles opt-outs itself.
        arrived: how many of them were delivered.
        last: when the newest was sent; None without any.
        status, code: of the newest.
    """

    count: int = 0
    refused: int = 0
    arrived: int = 0
    last: datetime | None = None
    status: str = ""
    code: int | None = None

    @property
    def let_through(self) -> int:
        """How many of them Twilio did not refuse."""
        return self.count - self.refused


@dataclass(frozen=True, slots=True)
class OptOut:
    """Somebody who wants no more messages from a sender.

    Attributes:
        address: theirs: the number for SMS, MMS and RCS.
        sender: the SID of the service that was told so, or else the account's own address; '' where none is named.
        numbers: the account's own addresses at which that was said to it; of a service those that are known so.
        row: the row number of the message that says so.
        by: what it says: their word in capitals, or "21610".
    """

    address: str
    sender: str
    numbers: tuple[str, ...]
    row: int
    by: str

    @property
    def since(self) -> datetime:
        """Since when."""
        return _instant(self.row)


class Sign(NamedTuple):
    """A message that says whether a person wants messages.

    Attributes:
        row: its row number.
        own: the account's own address; may be empty.
        service: the SID of the messaging service that it names; may be empty.
        wants: whether they want messages; None for one that Twilio refused.
        word: their word, in lower case.
    """

    row: int
    own: str
    service: str
    wants: bool | None
    word: str

    @property
    def sender(self) -> str:
        """To whom it was said."""
        return self.service or self.own


def person_of(address: str) -> str:
    """Whose address it is: the number for those of SMS, MMS and RCS."""
    channel, _, number = address.rpartition(":")
    return number if channel in _HEARD else address


def read_signs(database: sqlite3.Connection, addresses: Iterable[str] | None = None) -> dict[str, list[Sign]]:
    """What people said and what was refused, oldest first, of everybody of whom there is more than a START.

    Of all, or of the people behind some addresses; by person.
    """
    if addresses is None:
        found = database.execute(_SIGNS)
    else:
        wanted = {each for address in addresses for each in _addresses_of(person_of(storable(address)))}
        found = database.execute(f"{_SIGNS} {_AMONG}", (json.dumps(sorted(wanted)),))
    told = cast("list[tuple[object, int, object, object, str, str]]", found.fetchall())
    people = texts_of(database, _ADDRESSES, {row[0] for row in told})
    own = texts_of(database, _ADDRESSES, {row[2] for row in told})
    services = texts_of(database, _TERMS, {row[3] for row in told})
    heard = {id_ for id_, address in people.items() if address.rpartition(":")[0] in _HEARD}
    # In small letters only the text says so.
    counted = [row for row in told if row[0] in people and (row[0] in heard or row[4] not in ("stop", "start"))]
    persons = {id_: person_of(address) for id_, address in people.items()}
    unwilling = {persons[row[0]] for row in counted if row[4] not in ("start", "START")}
    signs: defaultdict[str, list[Sign]] = defaultdict(list)
    for other, row, number, service, wish, word in counted:
        if (person := persons[other]) in unwilling:
            wants = None if wish == "refused" else wish in ("start", "START")
            signs[person].append(Sign(row, own.get(number, ""), services.get(service, ""), wants, word))
    for each in signs.values():
        each.sort()
    return dict(signs)


def signs_to(signs: Iterable[Sign], sender: str) -> list[Sign]:
    """Those of a person's signs that are about one sender: an address of the account, a service's SID, or '' for what
    names neither.
    """
    listed = list(signs)
    if not sender:
        return [sign for sign in listed if not sign.sender]
    mine = {sender, *(sign.service for sign in listed if sign.own == sender and sign.service)}
    return [sign for sign in listed if sign.own == sender or sign.service in mine]


def deciding(signs: Iterable[Sign]) -> Sign | None:
    """The sign by which somebody has opted out, of signs to one sender, oldest first; None where they have not."""
    stop: Sign | None = None
    refused: Sign | None = None
    for sign in signs:
        if sign.wants:
            stop = refused = None
        elif sign.wants is None:
            refused = refused or sign
        else:
            stop = stop or sign
    return stop or refused


def find_opt_outs(database: sqlite3.Connection) -> list[OptOut]:
    """All who have opted out of a sender, the newest first."""
    found = [each for person, signs in read_signs(database).items() for each in _opt_outs(person, signs)]
    return sorted(found, key=lambda each: each.row, reverse=True)


def opted_out(database: sqlite3.Connection, own: str, addresses: Iterable[str]) -> dict[str, OptOut]:
    """Those of some addresses whose person has opted out of a sender, each with how.

    `own` is an address, a service's SID, or empty for any sender: then it is the newest of their opt-outs.
    """
    wanted = list(addresses)
    all_signs = read_signs(database, wanted)
    found: dict[str, OptOut] = {}
    for address in wanted:
        person = person_of(storable(address))
        signs = all_signs.get(person, [])
        if not own:
            said = max(_opt_outs(person, signs), key=lambda each: each.row, default=None)
        elif sign := deciding(signs_to(signs, storable(own))):
            said = _opt_out(person, signs, sign)
        else:
            continue
        if said is not None:
            found[address] = said
    return found


def _opt_outs(person: str, signs: Sequence[Sign]) -> list[OptOut]:
    """A person's opt-outs, one for each sender; what was said to a service is one of that, whatever its numbers."""
    senders = dict.fromkeys(sign.sender for sign in signs if not sign.wants)
    found = [(sender, deciding(signs_to(signs, sender))) for sender in senders]
    return [_opt_out(person, signs, sign) for sender, sign in found if sign is not None and sign.sender == sender]


def _opt_out(person: str, signs: Sequence[Sign], sign: Sign) -> OptOut:
    numbers = dict.fromkeys(each.own for each in signs if each.own and each.sender == sign.sender)
    by = str(REFUSED) if sign.wants is None else sign.word.upper()
    return OptOut(person, sign.sender, tuple(numbers), sign.row, by)


def count_sent(database: sqlite3.Connection, opt_outs: Sequence[OptOut]) -> list[SentSince]:
    """What was sent after each of some opt-outs: by its sender, of a service by those of its numbers that are known."""
    triples = [(each.row, each.address, _addresses_of(each.address)[-1]) for each in opt_outs]
    groups = cast(
        "list[tuple[int, object, object, object, object, int, int]]",
        database.execute(_SENT_SINCE, (json.dumps(triples),)).fetchall(),
    )
    numbers = texts_of(database, _ADDRESSES, {group[1] for group in groups})
    services = texts_of(database, _TERMS, {group[2] for group in groups})
    sent = [SentSince()] * len(opt_outs)
    newest = [-1] * len(opt_outs)
    for place, own, service, status, code, count, row in groups:
        opt_out = opt_outs[place]
        by = {numbers.get(own, ""), services.get(service, "")} - {""} or {""}
        if status in _NOT_SENT or by.isdisjoint({opt_out.sender, *opt_out.numbers}):
            continue
        before, name = sent[place], text_at(status, STATUSES)
        latest = row > newest[place]
        newest[place] = max(row, newest[place])
        sent[place] = SentSince(
            before.count + count,
            before.refused + (count if code == REFUSED else 0),
            before.arrived + (count if name in ARRIVED else 0),
            _instant(newest[place]),
            name if latest else before.status,
            (code if isinstance(code, int) else None) if latest else before.code,
        )
    return sent


def _addresses_of(person: str) -> tuple[str, ...]:
    return (person,) if ":" in person else (person, f"rcs:{person}")


def _instant(row: int) -> datetime:
    return datetime.fromtimestamp(second_of(row), UTC)
