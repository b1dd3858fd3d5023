"""What can go wrong around the receiver, each with the field at fault, the reason and the next step."""

from __future__ import annotations


class WebhookError(Exception):
    """Something about webhooks could not be done; `field` names the setting at fault."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.field = field
        self.reason = reason
        self.remedy = remedy


class ReceiverUnavailable(WebhookError):
    """The receiver cannot listen as it was told to."""


class InvalidSetting(WebhookError):
    """A setting of the receiver is not usable: a public URL, a path."""


class InvalidTemplate(WebhookError):
    """A reply is not what Twilio could read as TwiML."""


class EventsUnavailable(WebhookError):
    """Events cannot be kept on disk, or read from it."""


class SettingsUnreadable(WebhookError):
    """The file with the receiver's settings cannot be understood; it is not written over."""


class SettingsUnsaved(WebhookError):
    """The settings hold for this run, but could not be written."""


class ReplayRefused(WebhookError):
    """An event was not played again: the address is not on this machine, or nothing answered there."""


class TrialRefused(WebhookError):
    """The sandbox did not do what it was asked to."""
