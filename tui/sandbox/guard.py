"""Access to the control paths: programs on this machine alone, no page of a foreign site in somebody's browser.

Such a page can send a plain form or text to any address of this machine, and by a name that it lets point here
(DNS rebinding) even read what comes back. So the host and the origin that a request names must be this machine's own,
and what it brings must be JSON, which a foreign page may not send unasked.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tui.http_server.http_messages import Request
from tui.http_server.loopback import is_loopback

LARGEST = 256 * 1024
"""Bytes of what a request may bring."""


class LocalOnly(Exception):
    """A request that is refused, with the HTTP status and the sentence to answer it with."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


def check_local_request(request: Request) -> None:
    """Refuse requests from elsewhere, from pages of other sites, and what is not JSON.

    Raises:
        Turned: 403 for somebody else, 415 for what is not JSON, 413 for too much of it.
    """
    host = request.header("host")
    if not is_loopback(request.peer[0]) or (host and not is_loopback(_name(host))):
        raise LocalOnly(403, f"these paths are for this machine only, under 127.0.0.1 or localhost, not {host[:100]!r}")
    origin = request.header("origin")
    if origin and origin.lower() != f"http://{host.lower()}":
        raise LocalOnly(403, f"these paths are not for pages of other sites, such as {origin[:100]!r}")
    if not request.body and request.method != "POST":
        return
    if len(request.body) > LARGEST:
        raise LocalOnly(413, f"the body is larger than {LARGEST} bytes")
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise LocalOnly(
            415, f"the body must be JSON and say so, with Content-Type: application/json, not {kind[:100]!r}"
        )


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
