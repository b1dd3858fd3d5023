"""Which certificates are believed: the public roots that come with httpx, and a file of one's own beside them.

Nothing of it comes from the environment: neither roots (SSL_CERT_FILE) nor a file that keys are logged to.
"""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from tui.safe_text import glimpse
from tui.storage.files import read_regular
from tui.twilio.errors import InvalidRequest

LARGEST_CA_FILE = 4 * 1024 * 1024
"""Bytes; the whole public list has a quarter of a megabyte."""

_CERTIFICATE = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----.+?-----END [A-Z0-9 ]*CERTIFICATE-----", re.DOTALL
)


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """What a host must prove; reads files, so it belongs into a thread.

    Args:
        ca_file: a PEM file whose certificates are believed as well; empty for none.

    Raises:
        InvalidRequest: the file cannot be read or holds no certificate; the field is `ca_file`.
    """
    import httpx

    context = httpx.create_ssl_context(trust_env=False)
    # Python itself reads SSLKEYLOGFILE, left over from somebody's debugging: with those keys credentials can be read.
    context.keylog_filename = None  # pyright: ignore[reportAttributeAccessIssue]  # typeshed knows a path only
    if ca_file:
        _believe(context, ca_file)
    return context


def _believe(context: ssl.SSLContext, ca_file: str) -> None:
    remedy = "Give the path of a PEM file (it begins with -----BEGIN CERTIFICATE-----), or leave it empty."
    try:
        content = read_regular(Path(ca_file).expanduser(), limit=LARGEST_CA_FILE)
    except (OSError, ValueError, RuntimeError) as problem:
        why = getattr(problem, "strerror", None) or "it cannot be opened"
        reason = f"The file of certificates, {glimpse(ca_file, 60)}, cannot be read: {why}."
        raise InvalidRequest("ca_file", reason, remedy) from None
    # Only what stands between the marks: notes around them may be in any encoding, which OpenSSL's reader refuses.
    found = _CERTIFICATE.findall(content)
    if not found:
        raise InvalidRequest("ca_file", "The file of certificates holds none.", remedy)
    try:
        context.load_verify_locations(cadata=b"\n".join(found).decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise InvalidRequest("ca_file", "A certificate in the file is damaged.", remedy) from None
