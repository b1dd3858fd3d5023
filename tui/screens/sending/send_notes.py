"""What is known of a message before it leaves, in words: channels that do not fit, STOP, WhatsApp's window, the cost.

All words are safe to show. Knows no widgets; what the archive does not hold is never claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tui.price_format import say_price
from tui.safe_text import safe_text
from tui.theme import Tone
from tui.time_format import length
from tui.twilio.addresses import AddressKind, kind_of
from tui.twilio.channels import CHANNEL_NAMES, channel_of, clashing_channels
from tui.twilio.error_catalogue import explain
from tui.widgets.error_words import short_error
from tui.widgets.message_words import show_address

if TYPE_CHECKING:
    from tui.archive.standing import Standing
    from tui.services.prices import Quote
    from tui.twilio.pricing import Estimate

WINDOW: Final = timedelta(hours=24)
"""How long after a person's last message WhatsApp takes free text to them.
https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window"""

MOST_FIXES: Final = 6

FRESH: Final = timedelta(minutes=5)
"""How long after the messages here end nobody is taken to have written meanwhile."""


@dataclass(frozen=True, slots=True)
class SendNote:
    """A sentence about a message that is being written; `tone` is "warn" where it will or may not arrive."""

    words: str
    tone: Tone = "warn"


@dataclass(frozen=True, slots=True)
class ChannelFix:
    """A change that brings sender and recipient to one channel: `field` is "to" or "from_"."""

    field: str
    address: str

    @property
    def words(self) -> str:
        """What it does."""
        return f"{'Write to' if self.field == 'to' else 'Send from'} {safe_text(self.address, limit=40)}"


def channel_note(sender: str, to: str, cure: str = "Change one of them.") -> SendNote | None:
    """`From is SMS, To is WhatsApp: Twilio refuses that with 21910.`, and what to do."""
    pair = clashing_channels(sender, to)
    if pair is None:
        return None
    own, other = (CHANNEL_NAMES[channel] for channel in pair)
    return SendNote(f"From is {own}, To is {other}: Twilio refuses that with 21910. {cure}")


def channel_fixes(sender: str, to: str, senders: Iterable[str]) -> list[ChannelFix]:
    """What would put a pair right: the same number on the sender's channel, or a sender on the recipient's.

    Args:
        sender: of one channel.
        to: of another; the list is empty where they fit.
        senders: the addresses that the account is known to send from, the likeliest first.
    """
    pair = clashing_channels(sender, to)
    if pair is None:
        return []
    own, other = pair
    number = to.rpartition(":")[2]
    fixes: list[ChannelFix] = []
    # Messenger's ids are its own.
    if kind_of(number) is AddressKind.NUMBER and own != "messenger":
        fixes.append(ChannelFix("to", f"{own}:{number}" if own else number))
    able = (each for each in dict.fromkeys(senders) if kind_of(each) not in (None, AddressKind.SERVICE))
    fixes += [ChannelFix("from_", each) for each in able if channel_of(each) == other]
    return fixes[:MOST_FIXES]


def stop_note(standing: Standing, sender: str, to: str, now: datetime) -> SendNote | None:
    """That they sent STOP to this sender, when, what Twilio does, and how to go on."""
    if standing.opted_out is None:
        return None
    there = "this sender" if sender else "one of your senders"
    there = "this service" if kind_of(sender) is AddressKind.SERVICE else there
    who, when = show_address(to), _when(standing.opted_out, now)
    word = safe_text(standing.opted_out_by, limit=20)
    if word == "21610":
        said = f"Twilio refused {there}'s message to {who} of {when} with 21610, and will"
    else:
        at = "at" if standing.opted_out.astimezone().date() == now.astimezone().date() else "on"
        said = f"{who} sent {word} to {there} {at} {when}. Twilio refuses with 21610"
    return SendNote(f"{said} until they text START to it. Only they can; ask them another way.")


def window_note(standing: Standing, sender: str, to: str, now: datetime, pick: str = "") -> SendNote | None:
    """Whether WhatsApp takes free text to this person now; None for other channels."""
    if channel_of(to) != "whatsapp":
        return None
    last, since = standing.last_inbound, standing.covered_since
    whom = " to one of your senders" if kind_of(sender) in (None, AddressKind.SERVICE) else ""
    if last is not None and now - last < WINDOW:
        until = _coming(last + WINDOW, now)
        return SendNote(f"They last wrote{whom} {_ago(now - last)}: free text until {until}.", "muted")
    only = f"WhatsApp takes only an approved template (63016). {pick}".rstrip()
    if since is None or since > now - WINDOW or is_stale(standing, now):
        known = f": messages are complete here only since {_when(since, now)}" if since else " here"
        if since and standing.covered_until and is_stale(standing, now):
            known = f": messages were read here until {_when(standing.covered_until, now)}"
        return SendNote(f"Whether they wrote in the last 24 hours is not known{known}. If not, {only}")
    if last is not None and since <= last:
        beginning = f"The 24-hour window closed {_ago(now - last - WINDOW)}"
    elif since.year <= 1970:
        beginning = f"They have not written{whom or ' to this sender'} yet"
    else:
        beginning = f"They have not written{whom} since {_when(since, now)}"
    return SendNote(f"{beginning}: {only}")


def is_stale(standing: Standing, now: datetime) -> bool:
    """Whether messages may have come in that nobody has asked for yet."""
    return standing.covered_until is not None and now - standing.covered_until > FRESH


def notes_before_sending(
    sender: str,
    to: str,
    standing: Standing | None,
    now: datetime,
    *,
    template: bool = False,
    cure: str = "",
    pick: str = "",
) -> Iterator[SendNote]:
    """All that is to be said of a sender and a recipient, what weighs most first.

    Args:
        sender: its address, or a service's SID.
        to: the recipient's address, as it would be sent.
        standing: what the archive holds of the two; None while it is not known.
        now: the present, aware.
        template: whether a content template is sent, to which WhatsApp's window does not apply.
        cure: how to put channels right that do not fit; empty for the usual words.
        pick: how to pick a template, as a sentence; empty for nothing.
    """
    clash = channel_note(sender, to, cure) if cure else channel_note(sender, to)
    if clash is not None:
        yield clash
    if standing is None:
        return
    if (stop := stop_note(standing, sender, to, now)) is not None:
        yield stop
    if not template and clash is None and (window := window_note(standing, sender, to, now, pick)) is not None:
        yield window


def repeat_warning(code: int | None) -> str:
    """What is to be said before that is sent again which failed with this code; empty where a repeat may help."""
    known = explain(code)
    if code is None or known is None or known.retry != "no":
        return ""
    return f"This failed before with {short_error(code)}. {known.again} {known.remedy}"


def say_estimate(estimate: Estimate) -> str:
    """`about 0.0166 USD`, `about 0.0158–0.0166 USD` where it depends on the carrier."""
    least, most = (say_price(each, estimate.currency) for each in (estimate.least, estimate.most))
    return f"about {most}" if least == most else f"about {least.partition(' ')[0]}–{most}"


def say_cost(quote: Quote, *, sandbox: bool = False) -> str:
    """What it will cost and where that is from; why it is not known; empty where there is nothing to say."""
    if quote.estimate is None or quote.read_at is None:
        return f"not known: {quote.reason}" if quote.reason else ""
    day = quote.read_at.astimezone()
    source = "the sandbox's example prices" if sandbox else f"Twilio's list price of {day.day} {day:%b}"
    return f"{say_estimate(quote.estimate)} · {source}, without carrier fees"


def _ago(span: timedelta) -> str:
    return f"{length(span)} ago" if span >= timedelta(minutes=1) else "just now"


def _when(moment: datetime, now: datetime) -> str:
    """`14:02` today, `3 Nov 14:02`, with the year where it is another one."""
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M}"


def _coming(moment: datetime, now: datetime) -> str:
    """`14:02` today, `tomorrow 14:02`."""
    local = moment.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"tomorrow {local:%H:%M}"
