"""A connection's secrets masked in what a server or a person repeats: error texts, answers that are shown, the journal.

Pure text in, pure text out. Must not know where the secrets come from.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

MASKED = "•••"

_SHORTEST = 8
"""Bytes: what is shorter may be part of a word. Twilio's own secrets have 32."""

_PIECE = 1024 * 1024
"""Bytes searched at a time: a search holds the interpreter's lock, and keys wait for it."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Every form in which the secrets of a connection could stand in a text.

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
