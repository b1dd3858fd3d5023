"""Where events are forwarded to: the URL of the person's own program, read from what was typed, and checked.

Another machine gets nothing before its origin was confirmed; Twilio and the receiver itself never get anything.
Pure: no name is looked up (`tui.twilio.http` looks at the addresses).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tui.http_server.loopback import is_loopback
from tui.twilio.errors import InvalidRequest
from tui.twilio.url_policy import Origin
from tui.webhooks.errors import InvalidSetting

EXAMPLE: Final = "http://127.0.0.1:3000"
"""Where web programs under development commonly listen."""

_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_NO_SCHEME: Final = re.compile(r"(?:(localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]):?|:?(?=[0-9]))([0-9]{1,5})?(/[!-~]*)?")
"""A port, or an address of this machine with one: `3000`, `:3000/sms`, `localhost:3000`."""


@dataclass(frozen=True, slots=True)
class ForwardTarget:
    """A program that events are forwarded to.

    Attributes:
        origin: its scheme, host and port.
        path: where every event goes; empty leaves each its own path.
    """

    origin: Origin
    path: str = ""

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"

    @property
    def here(self) -> bool:
        """Whether it is on this machine for certain."""
        return self.origin.is_loopback

    def url_of(self, target: str) -> str:
        """The URL that an event goes to, from the path and query that it came with."""
        path, mark, query = target.partition("?")
        return f"{self.origin}{self.path or path}{mark}{query}"


def read_target(text: str) -> ForwardTarget:
    """Read a URL such as `http://127.0.0.1:3000/sms`; a port alone means this machine.

    Raises:
        InvalidSetting: nothing can be forwarded there; the field is `forward_to`.
    """
    typed = text.strip()
    if short := _NO_SCHEME.fullmatch(typed):
        typed = f"http://{short[1] or '127.0.0.1'}{':' + short[2] if short[2] else ''}{short[3] or ''}"
    parts = _split(typed)
    if "@" in parts.netloc or "?" in typed or "#" in typed:
        raise target_refusal("The URL of your program holds a user name, a query or a fragment.", "Take it out.")
    try:
        origin = Origin.of(parts)
    except InvalidRequest:
        raise target_refusal("The URL of your program has no valid host and port.", f"Write it as {EXAMPLE}.") from None
    _check_host(origin)
    return ForwardTarget(origin, "" if parts.path == "/" else parts.path)


def check_way_back(target: ForwardTarget, receiver: str, port: int, public_url: str) -> None:
    """Refuse a target that leads to the receiver itself: each event would arrive again.

    Args:
        target: what to check.
        receiver: the host that the receiver listens on.
        port: its port; 0 where that is not known yet.
        public_url: how Twilio reaches it.

    Raises:
        InvalidSetting: it leads back; the field is `forward_to`.
    """
    origin = target.origin
    own = port and origin.port == port and (origin.is_loopback or origin.host == receiver.strip("[]").lower())
    public = False
    if public_url:
        try:
            public = Origin.of(urlsplit(public_url)) == origin
        except (InvalidRequest, ValueError):
            # That setting has a check of its own.
            public = False
    if own or public:
        raise target_refusal(
            f"{origin} is this receiver itself: each event would come back.", "Give your program's own URL."
        )


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if (
        parts.scheme not in {"http", "https"}
        or not text.isascii()
        or not text.isprintable()
        or set(text) & set(' \\"<>')
    ):
        raise target_refusal("This is no http or https URL of a program.", f"Write it as {EXAMPLE}, or https://….")
    return parts


def _check_host(origin: Origin) -> None:
    if origin.host.rstrip(".") == "twilio.com" or origin.host.rstrip(".").endswith(".twilio.com"):
        raise target_refusal("Events are never forwarded to Twilio.", "Give the URL of your own program.")
    try:
        address = ipaddress.ip_address(origin.host)
    except ValueError:
        # Other spellings of an address, such as 2130706433, would be understood further down.
        if not _HOST.fullmatch(origin.host) or origin.host.rpartition(".")[2][:1].isdigit():
            raise target_refusal(
                f"{origin.host[:60]} is no host's name or address.", f"Write it as {EXAMPLE}."
            ) from None
        return
    if address.is_unspecified or address.is_multicast:
        raise target_refusal(f"{origin.host} is not the address of one machine.", f"Write it as {EXAMPLE}.")
    if origin.scheme == "http" and address.is_global and not is_loopback(origin.host):
        raise target_refusal(f"http to {origin.host} would show texts to everyone on the way.", "Use https for it.")


def target_refusal(reason: str, remedy: str) -> InvalidSetting:
    """The refusal of a program that nothing is forwarded to."""
    return InvalidSetting("forward_to", reason, remedy)
