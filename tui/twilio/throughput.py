"""How fast Twilio lets a sender send, by what kind of sender it is: segments in a second.

Sources: https://www.twilio.com/docs/messaging/guides/scaling-queueing-latency and Twilio's help page on message
throughput (MPS). What an account was given beyond that (a registered campaign's share, a longer queue) is not known
here: a person may say another pace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tui.twilio.addresses import AddressKind, country_of, kind_of
from tui.twilio.pricing import number_types

_NORTH_AMERICA: Final = ("US", "CA")


@dataclass(frozen=True, slots=True)
class SenderPace:
    """What one sender may send.

    Attributes:
        per_second: segments (messages, for what has none) in a second; None for a messaging service, whose own queue
            and pool Twilio paces.
        kind: what kind of sender that is, in words: `a US or Canadian number`.
        published: whether Twilio says so of this kind; else it is a default to be changed by who knows better.
    """

    per_second: float | None
    kind: str
    published: bool = True


_OF_SERVICE: Final = SenderPace(None, "a messaging service")
_OF_TOLL_FREE: Final = SenderPace(3.0, "a toll-free number")
_OF_LONG_CODE: Final = SenderPace(1.0, "a US or Canadian number")
_OF_SHORT_CODE: Final = SenderPace(100.0, "a short code")
_OF_NAME: Final = SenderPace(10.0, "a sender name", published=False)
_OF_WHATSAPP: Final = SenderPace(80.0, "a WhatsApp sender")
_OF_OTHERS: Final = SenderPace(10.0, "a number of another country", published=False)
_UNKNOWN: Final = SenderPace(1.0, "a sender of unknown kind", published=False)


def pace_of(sender: str) -> SenderPace:
    """The pace of one sender: an address, or a messaging service's SID."""
    kind = kind_of(sender)
    if kind is AddressKind.SERVICE:
        return _OF_SERVICE
    if kind is AddressKind.SHORT_CODE:
        return _OF_SHORT_CODE
    if kind is AddressKind.ALPHANUMERIC:
        return _OF_NAME
    if kind is AddressKind.CHANNEL:
        return _OF_WHATSAPP if sender.startswith("whatsapp:") else _UNKNOWN
    if kind is not AddressKind.NUMBER:
        return _UNKNOWN
    if "tollfree" in number_types(sender):
        return _OF_TOLL_FREE
    return _OF_LONG_CODE if country_of(sender) in _NORTH_AMERICA else _OF_OTHERS


def slowest(senders: Iterable[str]) -> SenderPace:
    """The pace at which none of some senders is too fast; a service's is as slow as none."""
    paces = [pace_of(sender) for sender in senders]
    return min(paces, key=lambda pace: pace.per_second or float("inf"), default=_UNKNOWN)
