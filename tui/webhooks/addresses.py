"""Where the receiver listens and what it is called from outside: checks of hosts, ports, paths and public URLs."""

from __future__ import annotations

import errno
import re
import socket
from typing import Final
from urllib.parse import urlsplit

from tui.http_server.loopback import is_loopback
from tui.webhooks.errors import InvalidSetting, ReceiverUnavailable

_PATH: Final = re.compile(r"/[!-\"$->@-~]*")


def check_listen(host: str, port: int, *, expose: bool) -> None:
    """Make sure that this is an address the receiver may listen on.

    Raises:
        ReceiverUnavailable: no port of TCP, or not on loopback without `expose`.
    """
    if not 0 <= port <= 65535:
        raise ReceiverUnavailable(
            "port", f"{port} is not a port.", "Choose one from 1 to 65535, or leave it out to get a free one."
        )
    if not is_loopback(host) and not expose:
        raise ReceiverUnavailable(
            "host",
            f"{host or 'An empty host'} is not this machine's own loopback address.",
            "Listen on 127.0.0.1 and bring requests here with a tunnel, or allow other machines explicitly.",
        )


def explain_listen(problem: Exception, host: str, port: int) -> ReceiverUnavailable:
    """Say why the system does not let us listen there, and what to do."""
    number = problem.errno if isinstance(problem, OSError) else None
    if number == errno.EADDRINUSE:
        return ReceiverUnavailable(
            "port",
            f"Port {port} on {host} is in use by another program.",
            "Stop that program, choose another port, or leave the port out to get a free one.",
        )
    if number in (errno.EACCES, errno.EPERM):
        return ReceiverUnavailable(
            "port",
            f"Port {port} may not be used without special rights (ports below 1024 are privileged).",
            "Choose a port from 1024 on; the public URL may name another one.",
        )
    if number == errno.EADDRNOTAVAIL or isinstance(problem, socket.gaierror | UnicodeError | ValueError):
        return ReceiverUnavailable(
            "host", f"{host} is not an address of this machine.", "Use 127.0.0.1, or one of this machine's addresses."
        )
    why = (problem.strerror if isinstance(problem, OSError) else None) or type(problem).__name__
    return ReceiverUnavailable(
        "host", f"Listening on {host}, port {port}, is not possible: {why}.", "Choose another address."
    )


def check_path(field: str, path: str) -> str:
    """Return a path the receiver can serve.

    Raises:
        InvalidSetting: it does not begin with a slash, or holds a blank, a `?`, a `#` or other than ASCII.
    """
    if not _PATH.fullmatch(path):
        raise InvalidSetting(
            field, f"“{path}” is not a path.", "Begin with a slash, use letters, digits and signs, no blank, ? or #."
        )
    return path


def check_public_url(text: str) -> str:
    """Return the public URL without its last slash; empty stays empty, which means that there is none.

    Raises:
        InvalidSetting: it is not an absolute http(s) URL with a host, or has a query or a fragment.
    """
    url = text.strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
        parts = None
    if not good or parts is None or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidSetting(
            "public_url", "The public URL is not an absolute http or https URL.", "Write it as https://example.com."
        )
    if "?" in url or "#" in url:
        raise InvalidSetting(
            "public_url", "The public URL has a query or a fragment.", "Leave out everything from ? or # on."
        )
    if "_" in (parts.hostname or ""):
        raise InvalidSetting(
            "public_url", "The public URL's host holds an underscore.", "Twilio does not call such hosts (21609)."
        )
    return url.rstrip("/")
