"""X-Twilio-Signature: how Twilio signs a webhook, and whether a received one is Twilio's.

Works on what was received, byte for byte: the URL is never re-encoded and the body never decoded, because any
round trip through text may change what was signed. Knows nothing of sockets, of frameworks or of where a
token is kept.

The signature is base64(HMAC-SHA1(auth token, text)); or, where a header of its own says so (`Scheme`), of HMAC-SHA1 or
HMAC-SHA256 with a shared key in place of the token. The text is the URL Twilio called, without userinfo and
fragment, followed, for a form POST, by every parameter's name and value, sorted, with nothing between. A body
that is not a form is covered by its SHA-256 in the query, `bodySHA256`. (Twilio, "Webhooks security".)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from tui.twilio.media_types import FORM

Params = Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]]
"""Form parameters: name → value or values, or pairs in any order."""

HMAC_SHA1: Final = "HMAC_SHA1"
HMAC_SHA256: Final = "HMAC_SHA256"
SETTINGS_HEADER: Final = "X-Twilio-Webhooks-Signature-Settings"
"""Comes with a webhook that a shared key signed: `key=<its id>,algorithm=<one of the above>`."""

_HASHES: Final = {HMAC_SHA1: "sha1", HMAC_SHA256: "sha256"}
_LENGTHS: Final = {HMAC_SHA1: 20, HMAC_SHA256: 32}

_ORIGIN: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)")
_HOST_AND_PORT: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]*))?")
_ESCAPES: Final = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a webhook says that it was signed.

    Attributes:
        algorithm: as it was named, in capitals; HMAC_SHA1 where nothing is said.
        shared: whether a shared key signed it instead of the auth token.
        key: that key's id, where it is named.
    """

    algorithm: str = HMAC_SHA1
    shared: bool = False
    key: str = ""

    @property
    def known(self) -> bool:
        """Whether this program can check such a signature."""
        return self.algorithm in _HASHES


def read_scheme(settings: str | None, signature: str | None = None) -> Scheme:
    """Read the `SETTINGS_HEADER` of a webhook; None when it had none.

    Then its signature tells: one as long as HMAC-SHA256 makes them was made with a shared key, which no auth token ever
    is. Twilio's libraries take the first algorithm that is named, in any case, and HMAC_SHA1 where none is.
    """
    if not settings or not settings.strip():
        long = signature is not None and is_signature(signature, HMAC_SHA256)
        return Scheme(HMAC_SHA256, shared=True) if long else Scheme()
    said: dict[str, str] = {}
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if value.strip():
            said.setdefault(name.strip(), value.strip())
    return Scheme(said.get("algorithm", HMAC_SHA1).upper(), shared=True, key=said.get("key", ""))


def is_signature(text: str, algorithm: str = HMAC_SHA1) -> bool:
    """Tell whether a text could be a signature at all: base64 of as many bytes as that algorithm makes."""
    try:
        return len(base64.b64decode(text.encode("ascii"), validate=True)) == _LENGTHS.get(algorithm, -1)
    except (UnicodeEncodeError, binascii.Error):
        return False


def sign(token: str, url: str, params: Params = (), *, algorithm: str = HMAC_SHA1) -> str:
    """Sign a webhook to `url` as Twilio does.

    `token` is the auth token, or the shared key. `params` are the form's, decoded; empty for a GET and for a JSON body
    (whose `bodySHA256` must already be in the URL's query). Userinfo and fragment are left out of the text. No text can
    make it raise.

    Raises:
        KeyError: `algorithm` is none of the two that are known.
    """
    return _signature(_encode(token), _encode(_strip(url)) + joined(_pairs(params)), algorithm)


def sign_request(
    key: str, url: str, *, method: str, content_type: str, body: bytes, algorithm: str = HMAC_SHA1
) -> str | None:
    """Sign a received request as Twilio would for another URL; None when a signature would not cover its body.

    `key` is the auth token or the shared key.
    """
    text = covered_text(url, method=method, content_type=content_type, body=body)
    return None if text is None else _signature(_encode(key), _encode(_strip(url)) + text, algorithm)


def verify(
    token: str,
    url: str,
    signature: str | None,
    *,
    method: str = "POST",
    content_type: str = "",
    body: bytes = b"",
    algorithm: str = HMAC_SHA1,
) -> bool:
    """Tell whether Twilio sent this request: its signature fits, and covers the whole body.

    Args:
        token: the account's primary auth token, or the shared key; with an empty one nothing can be verified, so
            nothing is.
        url: the public URL Twilio called, as it was received. Twilio itself is inconsistent about ports, so a
            signature over the URL without its port, or with the scheme's default one, is accepted as well.
        signature: the header's value, or None when there was no such header.
        method: the request's method. A GET carries everything in its URL, whose query counts as it was sent: it is
            said that Twilio has signed it unescaped, which is not taken (nor by Twilio's libraries), since `a=1%26b=2`
            and `a=1&b=2` would have one signature.
        content_type: the header's value; without one, the body is read as a form, unless the URL claims a
            hash of it.
        body: the body's bytes, as received.
        algorithm: see `read_scheme`; what is made with an unknown one is never accepted.

    Never raises, whatever was received. A body that the signature does not cover (one that came with a GET,
    or JSON without its `bodySHA256`) is refused: whoever saw a signed URL could otherwise put words to it.
    """
    if not token or not signature:
        return False
    text = covered_text(url, method=method, content_type=content_type, body=body)
    return text is not None and fits(token, url, text, signature, algorithm)


def covered_text(url: str, *, method: str, content_type: str, body: bytes) -> bytes | None:
    """Return what Twilio appends to the URL when it signs this request; None when the body is not covered."""
    claimed = _claimed_hash(url)
    form = _is_form(method, content_type, otherwise=claimed is None)
    text = joined(form_pairs(body)) if form else b""
    uncovered = claimed is not None or (bool(body) and not form)
    if not text and uncovered and not _hash_matches(claimed, body):
        return None
    return text


def fits(token: str, url: str, text: bytes, signature: str, algorithm: str = HMAC_SHA1) -> bool:
    """Tell, in constant time, whether `signature` is of this URL, with or without its port, and this text."""
    if algorithm not in _HASHES:
        return False
    key, given = _encode(token), _encode(signature)
    matches = [
        hmac.compare_digest(_encode(_signature(key, _encode(candidate) + text, algorithm)), given)
        for candidate in _candidates(_strip(url))
    ]
    return any(matches)


def claims_hash(url: str) -> bool:
    """Tell whether the URL says, in `bodySHA256`, which body belongs to it."""
    return _claimed_hash(url) is not None


def form_pairs(form: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give a form's names and values, unescaped, in their order; blank ones are kept."""
    for field in form.split(b"&"):
        if field:
            name, _, value = field.replace(b"+", b" ").partition(b"=")
            # Most have nothing to unescape, and asking costs less than the call.
            yield _unescape(name) if b"%" in name else name, _unescape(value) if b"%" in value else value


def _unescape(text: bytes) -> bytes:
    """Undo %XX, a run of them at once: a megabyte of them takes the standard library 0.1 s."""
    return _ESCAPES.sub(lambda run: binascii.unhexlify(run[0].replace(b"%", b"")), text)


def joined(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Join names and values: sorted, and a pair that is repeated counted once."""
    return b"".join(name + value for name, value in sorted(set(pairs)))


def _signature(key: bytes, text: bytes, algorithm: str) -> str:
    return base64.b64encode(hmac.digest(key, text, _HASHES[algorithm])).decode("ascii")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _strip(url: str) -> str:
    """Leave out what Twilio never signs: the fragment (`#rc=…` sets retries) and `user:password@`."""
    return without_user(url.partition("#")[0])


def without_user(url: str) -> str:
    """The URL without `user:password@`, which Twilio calls with and does not sign."""
    origin = _ORIGIN.match(url)
    if origin is None:
        return url
    host = origin["authority"].rpartition("@")[2]
    return f"{origin['scheme']}://{host}{url[origin.end() :]}"


def _candidates(url: str) -> Iterator[str]:
    """Give the URL as it is, without its port, and with its scheme's default one."""
    yield url
    origin = _ORIGIN.match(url)
    parts = _HOST_AND_PORT.fullmatch(origin["authority"]) if origin else None
    if origin is None or parts is None:
        return
    rest = url[origin.end() :]
    if parts["port"] is not None:
        yield f"{origin['scheme']}://{parts['host']}{rest}"
    if not parts["port"]:
        default = 443 if origin["scheme"].lower() == "https" else 80
        yield f"{origin['scheme']}://{parts['host']}:{default}{rest}"


def _is_form(method: str, content_type: str, *, otherwise: bool) -> bool:
    """Tell whether the body is a form; a request that does not say is taken for `otherwise`."""
    if method.upper() in {"GET", "HEAD"}:
        return False
    kind = content_type.partition(";")[0].strip().lower()
    return kind == FORM if kind else otherwise


def _claimed_hash(url: str) -> bytes | None:
    """Find the first `bodySHA256` in the query that is not blank; a blank one alone matches no body."""
    query = _encode(url.partition("#")[0].partition("?")[2])
    claims = [value for name, value in form_pairs(query) if name == b"bodySHA256"]
    return next((value for value in claims if value), b"") if claims else None


def _hash_matches(claimed: bytes | None, body: bytes) -> bool:
    return claimed is not None and hmac.compare_digest(_encode(hashlib.sha256(body).hexdigest()), claimed)


def _pairs(params: Params) -> Iterator[tuple[bytes, bytes]]:
    for name, values in _items(params):
        for value in (values,) if isinstance(values, str) else values:
            yield _encode(name), _encode(value)


def _items(params: Params) -> Iterable[tuple[str, str | Sequence[str]]]:
    if isinstance(params, Mapping):
        return cast("Mapping[str, str | Sequence[str]]", params).items()
    return params
