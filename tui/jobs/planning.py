"""Makes a `Plan`: reads the recipients of a table, and then goes through its rows, a piece at a time.

Both are generators that yield how many rows they have done, so that whoever runs them (in a thread) can tell of it and
stop; what they come to is their return value. What `read_people` returns does not depend on the text.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tui.jobs import plan_words as words
from tui.jobs.model import LeftOut, NewItem, Pacing
from tui.jobs.placeholders import Missing
from tui.jobs.plan import CampaignFacts, CampaignSpec, Plan, SenderShare, fingerprint
from tui.jobs.plan_message import CampaignMessage
from tui.jobs.recipients import recipients
from tui.twilio.addresses import AddressKind, country_of, kind_of
from tui.twilio.channels import channel_of
from tui.twilio.drafts import check
from tui.twilio.pricing import Estimate, estimate, nothing_for, number_types, why_unlisted
from tui.twilio.recipient_time import RecipientTime, RecipientZones, recipient_zones
from tui.twilio.segments import measure
from tui.twilio.throughput import slowest

if TYPE_CHECKING:
    from tui.storage.spreadsheets import Table
    from tui.twilio.drafts import Draft

PIECE: Final = 200
"""Rows between two yields: some 30 ms at most."""

MOST_CULPRITS: Final = 100
MOST_CULPRIT_ROWS: Final = 1000

AT_ONCE: Final = 4
AT_ONCE_OF_SERVICE: Final = 8

_OF_ROW: Final = ("To", "From", "Body", "MediaUrl", "ContentSid", "ContentVariables")
"""Fields of a draft that may be wrong in one row alone."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a row is for.

    Attributes:
        address: as Twilio takes it; "" where `left_out`.
        first: the first row of the same person; its own where there is none before.
        left_out, detail, lacks_country: as of a `RowRecipient`; that somebody stands above already is no reason here.
    """

    address: str
    first: int
    country: str | None = None
    zones: RecipientZones | None = None
    left_out: LeftOut | None = None
    detail: str = ""
    lacks_country: bool = False


def read_people(table: Table, column: int, country: str | None) -> Generator[int, None, tuple[Addressee, ...]]:
    """Whom the rows of a table are for; `country` is that of numbers without a country code."""
    people: list[Addressee] = []
    first_of: dict[str, int] = {}
    alike: dict[RecipientZones | None, RecipientZones | None] = {}
    for place, found in enumerate(recipients(table, column, country)):
        if found.left_out in (None, LeftOut.DUPLICATE):
            first = first_of.setdefault(found.address.rpartition(":")[2], place)
            zones = recipient_zones(found.address)
            zones = alike.setdefault(zones, zones)
            detail = found.detail if found.left_out is None else ""
            people.append(Addressee(found.address, first, country_of(found.address), zones, None, detail))
        else:
            lacks = found.lacks_country
            people.append(Addressee("", place, None, None, found.left_out, found.detail, lacks))
        if (place + 1) % PIECE == 0:
            yield place + 1
    return tuple(people)


def choose_senders(people: Sequence[Addressee], senders: Sequence[str], last: Mapping[str, str]) -> list[str]:
    """Whom each row is sent from: who they were `last` in touch with, or else by a hash of their number, so that the
    same person always hears from the same sender; "" where none has their channel.
    """
    if len(senders) == 1 and kind_of(senders[0]) is AddressKind.SERVICE:
        return [senders[0]] * len(people)
    by_channel: dict[str, list[str]] = {}
    for sender in senders:
        by_channel.setdefault(channel_of(sender), []).append(sender)
    return [_choose(person.address, by_channel, last) if person.address else "" for person in people]


def _choose(address: str, by_channel: Mapping[str, Sequence[str]], last: Mapping[str, str]) -> str:
    able = by_channel.get(address.rpartition(":")[0], ())
    if len(able) < 2:
        return able[0] if able else ""
    known = last.get(address, "")
    if known in able:
        return known
    number = address.rpartition(":")[2]
    # The highest of hashes of both: another sender more moves only those that it gets.
    return max(able, key=lambda sender: hashlib.blake2b(f"{sender} {number}".encode(), digest_size=8).digest())


def make_plan(
    spec: CampaignSpec,
    people: Sequence[Addressee],
    senders: Sequence[str],
    facts: CampaignFacts,
    now: datetime,
    zone: tzinfo | None = None,
) -> Generator[int, None, Plan]:
    """Go through the rows.

    Args:
        spec: what is wanted.
        people: of `read_people`.
        senders: of `choose_senders`, one for each row.
        facts: what was asked.
        now: when the first one would be sent, unless it is scheduled.
        zone: the zone that times are told in; this machine's when None.
    """
    planner = _Planner(spec, people, senders, facts, now, zone)
    for place in range(len(people)):
        planner.take(place)
        if (place + 1) % PIECE == 0:
            yield place + 1
    return planner.plan()


@dataclass(slots=True)
class _Counts:
    """What the rows add up to."""

    ready: array[int] = field(default_factory=lambda: array("l"))
    left_out: dict[LeftOut, array[int]] = field(default_factory=dict[LeftOut, "array[int]"])
    quiet: array[int] = field(default_factory=lambda: array("l"))
    late: array[int] = field(default_factory=lambda: array("l"))
    segments: Counter[int] = field(default_factory=Counter[int])
    unmetered: int = 0
    unicode: array[int] = field(default_factory=lambda: array("l"))
    culprits: dict[str, array[int]] = field(default_factory=dict[str, "array[int]"])
    culprit_count: Counter[str] = field(default_factory=Counter[str])
    billed: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])
    unpriced: dict[str, array[int]] = field(default_factory=dict[str, "array[int]"])
    unknown_countries: dict[str, array[int]] = field(default_factory=dict[str, "array[int]"])
    shares: dict[str, SenderShare] = field(default_factory=dict[str, SenderShare])
    earlier: dict[tuple[datetime, str], array[int]] = field(default_factory=dict[tuple[datetime, str], "array[int]"])


class _Planner:
    def __init__(
        self,
        spec: CampaignSpec,
        people: Sequence[Addressee],
        senders: Sequence[str],
        facts: CampaignFacts,
        now: datetime,
        zone: tzinfo | None,
    ) -> None:
        self._spec, self._people, self._senders, self._facts = spec, people, senders, facts
        self._now, self._zone = now, zone
        self._begin = spec.message.send_at or now
        self._message = CampaignMessage(spec.message, spec.table.columns, facts.template)
        self._pace = slowest(spec.senders)
        at_once = AT_ONCE if self._pace.per_second else AT_ONCE_OF_SERVICE
        self._pacing = spec.pacing or Pacing(self._pace.per_second, at_once)
        self._items: list[NewItem] = []
        self._counts = _Counts()
        self._kept: dict[int, int] = {}
        self._clocks: dict[tuple[RecipientZones, int], RecipientTime | None] = {}
        self._listed: dict[tuple[str, str, int], Estimate | str] = {}
        self._where = words.Places(spec.table.columns, spec.column)

    # -- one row ---------------------------------------------------------------------------------------

    def take(self, place: int) -> None:
        """Judge a row."""
        row, person = self._spec.table.rows[place], self._people[place]
        reason, detail = self._judge_person(place)
        of_recipient, draft = reason is not None and not row.flaw, None
        if reason is None:
            filled = self._message.fill(row.cells, person.address, self._senders[place])
            if isinstance(filled, Missing):
                reason, detail = LeftOut.MISSING, f"{filled} {words.FILL_IN}"
            else:
                reason, detail, draft = self._judge_draft(place, filled)
                of_recipient = reason is LeftOut.QUIET_HOURS
        if reason is None and draft is not None:
            sent = self._message.template_of(draft)
            self._items.append(NewItem(row.line, draft, None, sent, row.cells))
            self._count(place, draft, sent.text if sent else draft.body)
            return
        reason = reason or LeftOut.UNSENDABLE
        self._counts.left_out.setdefault(reason, array("l")).append(place)
        detail = self._where.put(row.line, detail, of_recipient=of_recipient)
        self._items.append(NewItem(row.line, None, None, None, row.cells, reason, detail))

    def _judge_person(self, place: int) -> tuple[LeftOut | None, str]:
        """Why nothing is sent to a row's person, whatever is said."""
        person, sender = self._people[place], self._senders[place]
        if person.left_out is not None:
            return person.left_out, person.detail
        address, country = person.address, person.country
        if not sender and self._spec.senders:
            return LeftOut.UNSENDABLE, words.say_no_channel(address, self._spec.senders)
        if address in self._spec.senders:
            return LeftOut.UNSENDABLE, words.SENDER_ITSELF
        if (opt_out := self._facts.opted_out.get((sender, address))) is not None:
            return LeftOut.OPTED_OUT, words.say_opted_out(opt_out, self._zone)
        if country is not None and self._facts.enabled.get(country) is False and not channel_of(address):
            return LeftOut.COUNTRY, words.say_country(country)
        if (before := self._kept.get(person.first)) is not None:
            first = self._items[before]
            return LeftOut.DUPLICATE, words.say_duplicate(first.line, first.left_out)
        return None, ""

    def _judge_draft(self, place: int, draft: Draft) -> tuple[LeftOut | None, str, Draft | None]:
        problems = [each for each in check(draft, self._now, self._zone) if each.field in _OF_ROW]
        if not self._spec.senders:
            problems = [each for each in problems if each.field != "From"]
        if problems:
            return LeftOut.UNSENDABLE, words.say_problem(problems[0]), None
        if refusal := self._message.refusal(draft):
            return LeftOut.UNSENDABLE, refusal, None
        person = self._people[place]
        self._kept[person.first] = place
        at = self._time_of(self._senders[place])
        if (there := self._night(person.zones, at)) is None:
            return None, "", draft
        self._counts.quiet.append(place)
        if self._night(person.zones, self._begin) is None:
            self._counts.late.append(place)
        if self._spec.include_quiet:
            return None, "", draft
        return LeftOut.QUIET_HOURS, words.say_night(there), None

    def _time_of(self, sender: str) -> datetime:
        """When the next message of a sender leaves."""
        share = self._counts.shares.get(sender)
        if share is None or not self._pacing.per_second or self._spec.message.send_at is not None:
            return self._begin
        return self._begin + timedelta(seconds=share.segments / self._pacing.per_second)

    def _night(self, zones: RecipientZones | None, at: datetime) -> RecipientTime | None:
        """The recipient's time where it is, or may be, night."""
        if zones is None:
            return None
        key = zones, int(at.timestamp()) // 60
        if key not in self._clocks:
            self._clocks[key] = zones.at(at)
        there = self._clocks[key]
        return there if there is not None and there.nights else None

    # -- what is ready ---------------------------------------------------------------------------------

    def _count(self, place: int, draft: Draft, text: str) -> None:
        counts, person, sender = self._counts, self._people[place], self._senders[place]
        counts.ready.append(place)
        media = self._message.is_mms(draft)
        reason = why_unlisted(draft.to, sender, media=media)
        segments = 1
        if reason:
            counts.unmetered += 1
        else:
            size = measure(text)
            segments = max(1, size.segments)
            counts.segments[segments] += 1
            if size.culprits:
                self._blame(place, {text[index] for index in size.culprits})
            reason = self._price(person.country, sender, segments)
        if reason:
            counts.unpriced.setdefault(reason, array("l")).append(place)
        if person.country is not None and not channel_of(draft.to) and self._facts.enabled.get(person.country) is None:
            counts.unknown_countries.setdefault(person.country, array("l")).append(place)
        share = counts.shares.get(sender, SenderShare(0, 0))
        counts.shares[sender] = SenderShare(share.messages + 1, share.segments + segments)
        if (twin := self._facts.earlier.get(fingerprint(draft))) is not None:
            counts.earlier.setdefault(twin, array("l")).append(place)

    def _blame(self, place: int, characters: set[str]) -> None:
        counts = self._counts
        counts.unicode.append(place)
        counts.culprit_count.update(characters)
        for each in characters:
            if each in counts.culprits or len(counts.culprits) < MOST_CULPRITS:
                rows = counts.culprits.setdefault(each, array("l"))
                if len(rows) < MOST_CULPRIT_ROWS:
                    rows.append(place)

    def _price(self, country: str | None, sender: str, segments: int) -> str:
        """Count what a message costs; why that is not known, where it is not."""
        if country is None:
            return words.NO_COUNTRY
        key = country, sender, segments
        if key not in self._listed:
            self._listed[key] = self._look_up(country, sender, segments)
        found = self._listed[key]
        if isinstance(found, str):
            return found
        self._counts.billed[key] += 1
        return ""

    def _look_up(self, country: str, sender: str, segments: int) -> Estimate | str:
        known = self._facts.prices.get(country)
        if known is None or known.prices is None:
            return (known.reason if known else "") or words.PRICES_UNKNOWN
        return estimate(known.prices, number_types(sender), segments) or nothing_for(country)

    # -- the whole -------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """What was found."""
        spec, facts, counts = self._spec, self._facts, self._counts
        cost: dict[str, Estimate] = {}
        for key, count in counts.billed.items():
            if isinstance(each := self._listed[key], Estimate):
                before = cost.get(each.currency, Estimate(Decimal(0), Decimal(0), each.currency))
                least, most = before.least + each.least * count, before.most + each.most * count
                cost[each.currency] = Estimate(least, most, each.currency)
        ranked = sorted(counts.culprits, key=lambda each: (-counts.culprit_count[each], each))
        plan = Plan(
            spec=spec,
            made_at=self._now,
            items=tuple(self._items),
            problems=tuple(words.problems_of(spec, self._message, self._now, self._zone)),
            ready=counts.ready,
            left_out=counts.left_out,
            quiet=counts.quiet,
            late=counts.late,
            segments=dict(sorted(counts.segments.items())),
            unmetered=counts.unmetered,
            unicode=counts.unicode,
            culprits={each: counts.culprits[each] for each in ranked},
            cost=cost,
            priced=sum(counts.billed.values()),
            unpriced=counts.unpriced,
            balance=facts.balance,
            unknown_countries=counts.unknown_countries,
            senders=counts.shares,
            pacing=self._pacing,
            pace=self._pace,
            notes=(),
        )
        reread = [place for place in counts.ready if self._people[place].detail]
        lacking = [place for place, person in enumerate(self._people) if person.lacks_country]
        notes = words.notes_of(plan, facts, counts.earlier, self._message, reread, lacking, self._zone)
        return replace(plan, notes=tuple(notes))
