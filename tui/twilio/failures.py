"""Why no answer came, in words that name the host that was asked; and what to do about it.

Decides by types, by codes of OpenSSL, and by text only where the standard library gives no more. Must not know clients.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from tui.twilio.errors import NoAnswer
from tui.twilio.network import BrokenOff
from tui.twilio.outgoing import SAFE_METHODS

# OpenSSL's verify codes (openssl/x509_vfy.h), the ones that mean different remedies.
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21, 24, 79})
_OTHER_NAME = frozenset({62, 64})
_OUT_OF_DATE = {9: "not valid yet", 10: "expired"}


def no_answer(problem: Exception, url: httpx.URL, method: str, *, sent: bool, limit: float) -> NoAnswer:
    """The failure of one attempt.

    Args:
        problem: what was raised.
        url: where the request went.
        method: its method: reading may be tried again.
        sent: whether any byte of it may have left.
        limit: seconds the attempt had.
    """
    host = url.host if url.port is None else f"{url.host}:{url.port}"
    tls = next((each for each in _causes(problem) if isinstance(each, ssl.SSLError)), None)
    if tls is not None and not sent:
        reason, remedy = _tls_words(tls, host)
    else:
        reason, remedy = _reason(problem, host, limit), "Check the network, then try again."
    reading = method in SAFE_METHODS
    if not sent and not reading:
        remedy = f"Nothing was sent. {remedy}"
    elif sent and reading:
        remedy = "Reading again is safe: try again."
    elif sent:
        remedy = "It may have been processed: look before sending it again."
    # Not a word of sending for what was read and never left: beside a message whose fate is unknown it would read
    # as that message's.
    return NoAnswer(reason, remedy, sent=sent)


def timed_out(problem: NoAnswer) -> bool:
    """Whether it was the time limit that ended an exchange."""
    return isinstance(problem.__cause__, TimeoutError | httpx.TimeoutException)


def _reason(problem: Exception, host: str, limit: float) -> str:
    match problem:
        case httpx.ConnectTimeout():
            return f"{host} did not take the connection in time."
        case TimeoutError() | httpx.TimeoutException():
            return f"{host} did not answer within {limit:g} s."
        case httpx.ConnectError():
            return _connect_reason(problem, host)
        case httpx.DecodingError():
            return f"{host} sent a compressed answer that cannot be read."
        case BrokenOff():
            return f"{host} {problem}."
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return f"{host} broke off before its answer was whole."
        case _:
            return f"The connection to {host} failed."


def _connect_reason(problem: Exception, host: str) -> str:
    causes = tuple(_causes(problem))
    if any(isinstance(each, socket.gaierror) for each in causes):
        return f"The name {host} could not be found; this machine may be offline."
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return f"Nothing answers at {host}."
    if "all connection attempts failed" in str(problem).lower():
        return f"Nothing answers at {host}."
    return f"No connection to {host} could be made."


def _tls_words(problem: ssl.SSLError, host: str) -> tuple[str, str]:
    """What is wrong with how a host proves itself, and the remedy for that."""
    if isinstance(problem, ssl.SSLCertVerificationError):
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
    return (
        f"{host} and this program found no common way to encrypt.",
        "Check that it speaks https there (TLS 1.2 or newer), and the port in the base URL.",
    )


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """An exception and what led to it, groups of several included."""
    waiting: list[BaseException] = [problem]
    seen: set[int] = set()
    while waiting and len(seen) < 50:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting += [one for one in (each.__cause__, each.__context__) if one is not None]
