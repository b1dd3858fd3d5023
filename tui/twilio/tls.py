"""TLS: a company's own certificates beside the usual ones, and why a handshake with a host failed, in words."""

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

# OpenSSL's verify codes (openssl/x509_vfy.h), the ones that mean different remedies.
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21, 24, 79})
_OTHER_NAME = frozenset({62, 64})
_OUT_OF_DATE = {9: "not valid yet", 10: "expired"}


def trust_file(context: ssl.SSLContext, ca_file: str) -> None:
    """Trust the certificates of a PEM file as well; reads it, so it belongs into a thread.

    Raises:
        InvalidRequest: the file cannot be read or holds no certificate; the field is `ca_file`.
    """
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


def tls_failure(problem: ssl.SSLError, host: str) -> tuple[str, str]:
    """Why a TLS handshake with a host failed, and the remedy for that."""
    if not isinstance(problem, ssl.SSLCertVerificationError):
        return (
            f"{host} and this program found no common way to encrypt.",
            "Check that it speaks https there (TLS 1.2 or newer), and the port in the base URL.",
        )
    code = problem.verify_code
    start = f"{host} could not prove that it is {host}"
    if code in _UNKNOWN_ISSUER:
        return (
            f"{start}: its certificate comes from an issuer that is not known here.",
            "If your company's network issues it, save that issuer's certificate as a PEM file "
            "and give its path as ca_file in the connection.",
        )
    if code in _OTHER_NAME:
        return f"{start}: its certificate is for another name.", "Check the base URL and the region."
    if code in _OUT_OF_DATE:
        return (
            f"{start}: its certificate is {_OUT_OF_DATE[code]}.",
            "Check this machine's clock; else whoever runs that host must renew it.",
        )
    return f"{start}: its certificate is not accepted ({problem.verify_message}).", "Ask whoever runs that host."
