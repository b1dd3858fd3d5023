"""The channels of addresses, and which sender fits which recipient. Pure."""

from __future__ import annotations

from typing import Final

from tui.twilio.addresses import AddressKind, kind_of

CHANNEL_NAMES: Final = {"": "SMS", "whatsapp": "WhatsApp", "messenger": "Messenger", "rcs": "RCS", "sim": "SIM"}
"""The prefix of an address → what the channel is called."""


def channel_of(address: str) -> str:
    """`whatsapp`, `rcs`, `messenger`; empty for SMS."""
    return address.partition(":")[0] if kind_of(address) is AddressKind.CHANNEL else ""


def clashing_channels(sender: str, to: str) -> tuple[str, str] | None:
    """The channels of a sender and a recipient that Twilio takes for no pair (21910).

    None where they fit, where one is missing, and for a messaging service, which may have senders of any channel.
    """
    if kind_of(sender) in (None, AddressKind.SERVICE) or kind_of(to) is None:
        return None
    pair = channel_of(sender), channel_of(to)
    return None if pair[0] == pair[1] else pair
