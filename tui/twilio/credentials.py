"""A connection's user and password, read from where they are kept, and the mask that hides secrets in texts.

A server or a person may repeat them: in error texts, in answers that are shown, in the journal. Must not know HTTP.
"""

from __future__ import annotations

import asyncio
import base64
import html
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from tui.storage.connection import Connection
from tui.storage.secrets import SecretUnavailable
from tui.twilio.errors import InvalidRequest

MASKED = "•••"

_SHORTEST = 8
"""Bytes: what is shorter may be part of a word. Twilio's own secrets have 32."""

_PIECE = 1024 * 1024
"""Bytes searched at a time: a search holds the interpreter's lock, and keys wait for it."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks the secrets of a connection in texts, in every form in which they could stand there.

    Attributes:
        forms: in small letters, since some servers change the case; the longest first.
        exact: forms too short for that.
    """

    forms: tuple[bytes, ...] = field(default=(), repr=False)
    exact: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, secrets: Iterable[str], user: str = "", password: str = "") -> Mask:
        """The mask for these secrets, and for the pair that Basic credentials are made of."""
        found = set(_forms_of_pair(user, password)) if password else set[str]()
        for secret in secrets:
            found |= set(_forms_of(secret))
        encoded = sorted({form.encode("utf-8", "surrogatepass") for form in found if form}, key=len, reverse=True)
        long = dict.fromkeys(form.lower() for form in encoded if len(form) >= _SHORTEST)
        return cls(tuple(long), tuple(form for form in encoded if len(form) < _SHORTEST))

    def text(self, text: str, *, short: bool = False) -> str:
        """A text with every form masked; those that are hardly secrets, and might be words, only with `short`."""
        if not (self.forms or self.exact):
            return text
        content = self.content(text.encode("utf-8", "surrogatepass"))
        for form in self.exact if short else ():
            content = content.replace(form, MASKED.encode())
        return content.decode("utf-8", "surrogatepass")

    def content(self, content: bytes) -> bytes:
        """An answer's body with every form of usual length masked; takes a few milliseconds a megabyte."""
        kept: list[bytes] = []
        at = 0
        for start, end in sorted(_spans(content, self.forms)):
            if start >= at:
                kept += (content[at:start], MASKED.encode())
            at = max(at, end)
        return b"".join((*kept, content[at:])) if kept else content


def _spans(content: bytes, forms: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
    """Where any of the forms stands, whatever the case of its letters."""
    if not forms:
        return
    for begin in range(0, len(content), _PIECE):
        # A little of the next piece, for a form that lies across the border.
        piece = content[begin : begin + _PIECE + len(forms[0])].lower()
        for form in forms:
            at = piece.find(form)
            while at >= 0:
                yield begin + at, begin + at + len(form)
                at = piece.find(form, at + len(form))


def _forms_of(secret: str) -> Iterator[str]:
    """A secret raw, quoted for addresses, JSON, HTML and the like, as hexadecimal, and inside of longer base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    for text in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)):
        yield text
        yield text.replace("/", "\\/")
    yield quote(raw, safe="")
    yield quote(raw, safe="/")
    yield quote_plus(raw)
    if len(raw) < _SHORTEST:
        return
    yield raw.hex()
    for before in range(3):
        # What the neighbours of the secret decide is left out at both ends.
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        for encoded in _base64(bytes(before) + raw):
            yield encoded[first:last]


def _forms_of_pair(user: str, password: str) -> Iterator[str]:
    for encoded in _base64(f"{user}:{password}".encode("utf-8", "surrogatepass")):
        for form in (encoded, encoded.rstrip("=")):
            yield form
            yield quote(form, safe="")
            yield form.replace("/", "\\/")


def _base64(raw: bytes) -> tuple[str, str]:
    return base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password of HTTP Basic, and the mask for both."""

    user: str
    password: str = field(repr=False)
    mask: Mask = field(repr=False)


async def read_credentials(connection: Connection, environ: Mapping[str, str] = os.environ) -> Credentials:
    """Read the user and password of a connection.

    A command or a key ring may take seconds, so that happens in a thread.

    Raises:
        InvalidRequest: a credential is missing or cannot be read from where it is kept; the field is named.
    """
    if connection.kind == "api_key":
        field, user, secret = "api_key_secret", connection.api_key_sid, connection.api_key_secret
    else:
        field, user, secret = "auth_token", connection.account_sid, connection.auth_token
    if not user or secret is None:
        raise InvalidRequest(
            field if user else "api_key_sid",
            f"The connection “{connection.name}” is not complete.",
            "Open Connections and fill in what is missing.",
        )
    try:
        password = await asyncio.to_thread(secret.reveal, environ=environ)
    except SecretUnavailable as problem:
        raise InvalidRequest(field, problem.reason, problem.remedy) from None
    if any(0xD800 <= ord(c) < 0xE000 for c in user + password):
        # Bytes that are no UTF-8 come out of the environment like this.
        raise InvalidRequest(field, "The credentials hold bytes that are no text.", "Copy them again.")
    return Credentials(user, password, await asyncio.to_thread(_mask, connection, user, password, environ))


def _mask(connection: Connection, user: str, password: str, environ: Mapping[str, str]) -> Mask:
    """The mask for all secrets of a connection.

    One that is not in use is read only where that asks nobody and takes no time.
    """
    secrets = {password}
    for secret in (connection.api_key_secret, connection.auth_token, connection.webhook_key):
        if secret is not None and secret.origin in ("literal", "env"):
            with suppress(SecretUnavailable):
                secrets.add(secret.reveal(environ=environ))
    return Mask.of(secrets, user, password)
