"""What can go wrong with webhooks: each error has the field at fault, the reason and the next step."""

from __future__ import annotations


class WebhookError(Exception):
    """Base of these errors.

    Attributes:
        field: the setting at fault.
        reason: a sentence that says what is wrong with it.
        remedy: what to do next.
    """

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.field = field
        self.reason = reason
        self.remedy = remedy


class ReceiverUnavailable(WebhookError):
    """The receiver cannot listen on the host and port that it was given."""


class InvalidSetting(WebhookError):
    """A setting of the receiver cannot be used: the public URL, a path, the reply."""


class EventsUnavailable(WebhookError):
    """Events cannot be written to the store, or read from it."""


class SettingsUnreadable(WebhookError):
    """The file with the receiver's settings cannot be understood; it is not written over."""


class SettingsUnsaved(WebhookError):
    """The settings hold for this run, but could not be written."""


class TunnelFailed(WebhookError):
    """A tunnel program could not be started, ended, or said no public address."""


class SandboxRefused(WebhookError):
    """The sandbox did not do what it was asked for."""


class NoSandbox(SandboxRefused):
    """Something else answers where a sandbox was looked for."""

    def __init__(self) -> None:
        remedy = "End what has that port, or start tuilio sandbox with another --port."
        super().__init__("sandbox", "What answers there is no sandbox.", remedy)
