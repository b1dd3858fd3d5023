"""How the receiver is set up, and the states it goes through: plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from tui.webhooks.addresses import check_listen, check_path, check_public_url
from tui.webhooks.errors import InvalidSetting, WebhookError
from tui.webhooks.twiml import check_template


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person decides.

    Attributes:
        host: where to listen; anything but loopback needs `expose`.
        port: 0 takes any free one.
        expose: whether other machines may reach the receiver.
        inbound_path: where messages arrive.
        status_path: where status callbacks arrive.
        public_url: how Twilio reaches this receiver from outside, without the paths above; empty for none.
        allow_unsigned: whether requests are accepted that nobody can verify, for want of an auth token. With a
            token this changes nothing.
        reply: what inbound messages are answered with, see `tui.webhooks.twiml`; empty answers nothing.
    """

    host: str = "127.0.0.1"
    port: int = 0
    expose: bool = False
    inbound_path: str = "/sms"
    status_path: str = "/status"
    public_url: str = ""
    allow_unsigned: bool = False
    reply: str = ""

    def checked(self) -> Settings:
        """Return these settings in order.

        Raises:
            ReceiverUnavailable, InvalidSetting, InvalidTemplate: naming the field at fault.
        """
        check_listen(self.host, self.port, expose=self.expose)
        check_path("inbound_path", self.inbound_path)
        check_path("status_path", self.status_path)
        if self.inbound_path == self.status_path:
            raise InvalidSetting(
                "status_path", "Messages and status callbacks have the same path.", "Give each a path of its own."
            )
        check_template(self.reply)
        return replace(self, public_url=check_public_url(self.public_url))


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing listens."""


@dataclass(frozen=True, slots=True)
class Starting:
    """About to listen."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Requests are taken.

    Attributes:
        host: the address it listens on.
        port: the real one, also when any was asked for.
        exposed: whether other machines can reach it.
    """

    host: str
    port: int
    exposed: bool


@dataclass(frozen=True, slots=True)
class Stopping:
    """No longer listening; what has arrived is still being kept."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be started."""

    problem: WebhookError


State: TypeAlias = Stopped | Starting | Listening | Stopping | Failed
