"""A campaign before it is sent: what is wanted (`CampaignSpec`), what was asked for it (`CampaignFacts`), and what it
would do (`Plan`). Data only; `tui.jobs.planning` makes a plan, `tui.services.campaign_plan` asks for the facts.

Rows are named by their place in `Table.rows`, from 0, which is their place in `Plan.items` as well: every row has one
item, which is ready or left out for one reason. Of several reasons the first of these counts: no number, a channel
that the sender does not have, a sender of this campaign, opted out, the country, a duplicate, a missing value, what
cannot be sent, the night.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.jobs.model import LeftOut, NewItem, Pacing
from tui.twilio.drafts import Draft
from tui.twilio.throughput import SenderPace

if TYPE_CHECKING:
    from tui.storage.spreadsheets import Table
    from tui.twilio.account_state import Balance
    from tui.twilio.content import ContentTemplate
    from tui.twilio.errors import InvalidRequest
    from tui.twilio.pricing import CountryPrices, Estimate


@dataclass(frozen=True, slots=True)
class CampaignSpec:
    """What is to be sent to whom.

    Attributes:
        table: the rows; the same object as long as they are the same, so that numbers are read once.
        column: the column of the recipients.
        message: what goes to each: `{placeholders}` may stand in its body, its media URLs and the values of its
            content variables; all else goes as it is. Its `to` and `from_` are not looked at.
        senders: one address, several that take turns, or one messaging service's SID.
        country: in which numbers without a country code are read, like "DE"; None for the first sender's.
        pacing: None for what is known of the senders.
        include_quiet: whether those are sent to where it is night.
    """

    table: Table
    column: int
    message: Draft
    senders: tuple[str, ...]
    country: str | None = None
    pacing: Pacing | None = None
    include_quiet: bool = False


@dataclass(frozen=True, slots=True)
class OptedOut:
    """That somebody wants no more messages.

    Attributes:
        since: since when.
        by: their word in capitals, or "21610".
        sender: to whom they said it: an address of the account, a service's SID; '' where none is named.
    """

    since: datetime
    by: str
    sender: str


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What was asked for a campaign. Nothing that is missing here is taken for good: a plan says that it is unknown.

    Attributes:
        opted_out: (sender, recipient) → how they opted out of it.
        opt_outs_since: since when all messages are here that may say so; None where they could not be read.
        enabled: country → whether the account may text it; None where that could not be read.
        not_enabled_reason: country → why it could not be read, the end of a sentence, safe to show.
        prices: country → its prices.
        own: the account's own numbers; None where they could not be read.
        voice_only: those of them that send no SMS.
        pool: how many numbers the messaging service has; None where that is not known, or there is no service.
        template: the content template that the message names; None where it is not known.
        balance: what is left on the account.
        earlier: `fingerprint` of what was sent lately, or waits in another job → when it was, and the job's name ('').
    """

    opted_out: Mapping[tuple[str, str], OptedOut] = field(default_factory=dict[tuple[str, str], OptedOut])
    opt_outs_since: datetime | None = None
    enabled: Mapping[str, bool | None] = field(default_factory=dict[str, "bool | None"])
    not_enabled_reason: Mapping[str, str] = field(default_factory=dict[str, str])
    prices: Mapping[str, CountryPrices] = field(default_factory=dict[str, "CountryPrices"])
    own: frozenset[str] | None = None
    voice_only: frozenset[str] = frozenset()
    pool: int | None = None
    template: ContentTemplate | None = None
    balance: Balance | None = None
    earlier: Mapping[int, tuple[datetime, str]] = field(default_factory=dict[int, "tuple[datetime, str]"])


@dataclass(frozen=True, slots=True)
class SenderShare:
    """What goes from one sender; `segments` counts one for what has none (WhatsApp)."""

    messages: int
    segments: int


@dataclass(frozen=True, slots=True)
class PlanNote:
    """A sentence about a plan (may hold foreign text), whether it is a warning, and the rows it is about."""

    words: str
    warning: bool = True
    rows: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign would do.

    Attributes:
        spec: what it is made from.
        made_at: when; the nights were looked at from here on.
        items: one for each row, in order. What is ready has its draft; what is left out says why in `detail`.
        problems: what is wrong with the whole, by Twilio's names of its fields: while there are any it cannot begin.
        ready: the rows that are sent.
        left_out: why → those rows; only what occurs.
        quiet: the rows where it is night when they would be sent, whether they are left out or included.
        late: those of them where it is night only because so many go before them.
        segments: segments of a message → how many ready messages have so many; SMS only.
        unmetered: how many ready messages have no segments: those of WhatsApp and other channels.
        unicode: the ready rows that need UCS-2.
        culprits: the characters that make them so, the most frequent first → the rows, for the first few of each.
        cost: currency → what it comes to by the price list, without carrier fees.
        priced: how many ready messages that covers.
        unpriced: why the list says nothing of the others → those rows.
        balance: what is left on the account; None where it is not known.
        unknown_countries: country → the ready rows of which nobody knows whether it is enabled.
        senders: sender → what goes from it.
        pacing: how fast it goes: what was wanted, or else what is known of the senders.
        pace: what is known of the slowest of them.
        notes: what else should be known before, what weighs most first.
    """

    spec: CampaignSpec
    made_at: datetime
    items: tuple[NewItem, ...]
    problems: tuple[InvalidRequest, ...]
    ready: Sequence[int]
    left_out: Mapping[LeftOut, Sequence[int]]
    quiet: Sequence[int]
    late: Sequence[int]
    segments: Mapping[int, int]
    unmetered: int
    unicode: Sequence[int]
    culprits: Mapping[str, Sequence[int]]
    cost: Mapping[str, Estimate]
    priced: int
    unpriced: Mapping[str, Sequence[int]]
    balance: Balance | None
    unknown_countries: Mapping[str, Sequence[int]]
    senders: Mapping[str, SenderShare]
    pacing: Pacing
    pace: SenderPace
    notes: tuple[PlanNote, ...]

    @property
    def can_begin(self) -> bool:
        """Whether there is something to send and nothing wrong with the whole."""
        return bool(self.ready) and not self.problems

    @property
    def total_segments(self) -> int:
        """Segments of all ready SMS."""
        return sum(segments * count for segments, count in self.segments.items())

    def duration(self, pacing: Pacing | None = None) -> timedelta | None:
        """How long sending takes at least, at this pace or another; None where Twilio paces it: of a service."""
        per_second = (pacing or self.pacing).per_second
        if not per_second:
            return None
        # The first segment of a sender leaves at once, but the last one takes its time as well.
        return timedelta(seconds=max((share.segments for share in self.senders.values()), default=0) / per_second)

    @property
    def over_balance(self) -> Decimal | None:
        """By how much the cost may exceed the balance; None where it does not, or the two cannot be compared."""
        if self.balance is None or self.balance.amount is None or self.balance.currency not in self.cost:
            return None
        over = self.cost[self.balance.currency].most - self.balance.amount
        return over if over > 0 else None


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """How far a plan is: `what` is being done, to how many of how many rows (0 of 0 where that cannot be said)."""

    what: str
    done: int = 0
    total: int = 0


def fingerprint(draft: Draft) -> int:
    """What two messages have in common that say the same to the same recipient, whoever sends them."""
    return hash((draft.to, draft.body, draft.media_urls, draft.content_sid, draft.content_variables))
