"""What messages add up to: how many arrived, failed, are still out, how long it took, what it cost. Types only.

How they are counted is `picture_reading`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some messages. All but `count`, `inbound`, `segments`, `costs` and `billed` is of outgoing ones only.

    Attributes:
        count: all of them.
        inbound: those that came in.
        sent: handed over to be delivered: all outgoing ones but `scheduled` and `canceled`.
        delivered: with the status delivered or read.
        undelivered, failed, partial: with these statuses, the last one partially_delivered.
        pending: accepted, queued, sending or sent: no final status yet.
        overdue: those of them that are older than an hour.
        scheduled, canceled: with these statuses.
        segments: of all of them together, as far as Twilio told.
        costs: currency → what they cost; nothing for what is not billed yet.
        billed: how many of them have a price.
        timed: of how many delivered ones the time to delivery is known, see `median`.
        median, p90: seconds from `date_created` to `date_updated` of the timed ones, None without any. Twilio gives no
            time of delivery; `date_updated` is that of the last change. So those are left out that changed later, or
            may have: read ones, those without a text (redacted, or media alone), and those that Twilio held for longer
            than its longest validity period, ten hours, which were scheduled. The 90th percentile is the least time
            within which 90 % of them arrived.
        settled: delivered, undelivered, failed and partial together: what `rate` is of.
        rate: `delivered` of `settled`, from 0 to 1; None where nothing is settled.
    """

    count: int = 0
    inbound: int = 0
    sent: int = 0
    delivered: int = 0
    undelivered: int = 0
    failed: int = 0
    partial: int = 0
    pending: int = 0
    overdue: int = 0
    scheduled: int = 0
    canceled: int = 0
    segments: int = 0
    costs: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    billed: int = 0
    timed: int = 0
    median: float | None = None
    p90: float | None = None
    settled: int = 0
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class PictureRow:
    """The messages that have something in common.

    Attributes:
        value: a status, an error code in digits, a region's code, an address, a service's SID, an hour ("0" to "23"),
            a day ("2026-11-01"); empty for unknown or none. Remote text.
        term: what narrows a query to them, empty where no term can.
        figures: of the period.
        before: of the period before, all zero where nothing lies before. Of a day that is the one which has the same
            place in the period before.
        beside: of an error code the countries of its messages, (region's code, count), most first.
    """

    value: str
    term: str
    figures: Figures
    before: Figures = field(default_factory=Figures)
    beside: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """What the messages of a query and a period add up to.

    Attributes:
        all, before: of the period, and of the one before.
        first, last: when the oldest and the newest of the period were sent, in seconds since 1970; None without any.
        statuses, codes, countries, senders, services: rows with the most messages first; `codes` of those that have an
            error code only, `countries` of the other side, `senders` the account's own side, '' where none
            is named.
        hours: all 24 hours of the local day. Those without a time are in none of them.
        days: local days in their order, without gaps from the period's first (or its first message's, where it has no
            beginning) to its last or today; '' for messages without a time.
    """

    all: Figures = field(default_factory=Figures)
    before: Figures = field(default_factory=Figures)
    first: int | None = None
    last: int | None = None
    statuses: tuple[PictureRow, ...] = ()
    codes: tuple[PictureRow, ...] = ()
    countries: tuple[PictureRow, ...] = ()
    senders: tuple[PictureRow, ...] = ()
    services: tuple[PictureRow, ...] = ()
    hours: tuple[PictureRow, ...] = ()
    days: tuple[PictureRow, ...] = ()
