"""Who can reach the sandbox, and whom it calls: this machine alone, unless it was started with `--host`.

Its credentials follow from a seed that everybody knows, so whoever reaches it may use it. No name is looked up and no
other machine is called, but the hosts that `--callbacks-to` names; those are called as they are written. Webhooks go
over plain http.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tui.http_server.http_messages import Request
from tui.http_server.loopback import is_loopback, local_origin

LARGEST: Final = 256 * 1024
"""Bytes of what a request to the sandbox's own paths may bring."""

# No page of the public web has such a name, whatever a name server says: one without a dot, or of a reserved ending.
_PRIVATE_NAME = re.compile(r"[a-z0-9_-]+|(?:[a-z0-9_-]+\.)+(?:internal|local|localhost|test)")
_HOST_HEADER = re.compile(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


class Turned(Exception):
    """A request that is turned away, with the HTTP status and the sentence to answer it with."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the sandbox listens, and what it lets through.

    Attributes:
        host: an address of this machine, `0.0.0.0` or `::` for all of them.
        callbacks_to: hosts beside this machine that webhooks go to.
        open_controls: whether the paths under `/_sandbox/` are for other machines too.
    """

    host: str = "127.0.0.1"
    callbacks_to: frozenset[str] = frozenset()
    open_controls: bool = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    def own_url(self, port: int) -> str:
        """Scheme, host and port under which this machine reaches it."""
        return local_origin(self.host, port)

    def url_for(self, host_header: str, port: int) -> str:
        """Scheme, host and port for the URLs in an answer: where the request came to, if that can be another place."""
        if self.is_local or not _HOST_HEADER.fullmatch(host_header) or host_header.lower().endswith(".twilio.com"):
            return self.own_url(port)
        return f"http://{host_header}"

    def beside(self, host_header: str, port: int) -> str:
        """Scheme and host as in `url_for`, with another port."""
        name = urlsplit(self.url_for(host_header, port)).hostname or ""
        return local_origin(name, port)

    def not_callable(self, url: str) -> str:
        """Say why a webhook at this URL is not called; empty where it is."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            return "it is no URL"
        if not is_loopback(host) and host not in self.callbacks_to:
            named = f" and {', '.join(sorted(self.callbacks_to))}" if self.callbacks_to else ""
            return f"the sandbox calls this machine only (127.0.0.1, localhost, [::1]){named}"
        return "" if parts.scheme == "http" else "the sandbox calls plain http only"

    def check_control(self, request: Request) -> None:
        """Refuse requests to the sandbox's own paths from elsewhere, from pages of other sites, and what is not JSON.

        Raises:
            Turned: 403 for somebody else, 415 for what is not JSON, 413 for too much of it.
        """
        host = request.header("host")
        name = _name(host)
        if not (is_loopback(request.peer[0]) or self.open_controls) or (host and not self._is_ours(name)):
            whose = "127.0.0.1 or localhost" if not self.open_controls else "an address or a name without a domain"
            remedy = "" if self.is_local or self.open_controls else "; start it with --open-controls for others"
            raise Turned(403, f"these paths are for this machine only, under {whose}, not {host[:100]!r}{remedy}")
        origin = request.header("origin")
        if origin and origin.lower() != f"http://{host.lower()}":
            raise Turned(403, f"these paths are not for pages of other sites, such as {origin[:100]!r}")
        if not request.body and request.method != "POST":
            return
        if len(request.body) > LARGEST:
            raise Turned(413, f"the body is larger than {LARGEST} bytes")
        kind = request.header("content-type").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Turned(
                415, f"the body must be JSON and say so, with Content-Type: application/json, not {kind[:100]!r}"
            )

    def _is_ours(self, name: str) -> bool:
        """Whether a page of the public web cannot have this name."""
        if is_loopback(name):
            return True
        if not self.open_controls:
            return False
        return _is_address(name) or name in self.callbacks_to or bool(_PRIVATE_NAME.fullmatch(name))


LOCAL: Final = Reach()
"""This machine alone."""


def read_reach(host: str, callbacks_to: Sequence[str], *, open_controls: bool) -> Reach:
    """Read what `tuilio sandbox` was told.

    Raises:
        ValueError: with a sentence that names the option.
    """
    if not _is_address(host):
        raise ValueError(f"--host {host[:60]!r} is no address: write 0.0.0.0 for all of this machine's, or one of them")
    if is_loopback(host) and (callbacks_to or open_controls):
        raise ValueError("--callbacks-to and --open-controls are for a sandbox that others reach, with --host 0.0.0.0")
    for name in callbacks_to:
        if not _HOST_HEADER.fullmatch(name) or ":" in name.rpartition("]")[2]:
            raise ValueError(f"--callbacks-to {name[:60]!r} is no name of a host: write it without scheme and port")
    return Reach(host, frozenset(name.lower().strip("[]") for name in callbacks_to), open_controls)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
