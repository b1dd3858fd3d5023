"""Diagnosis of a webhook signature that does not match: usual mistakes are tried, the one that explains it is named.

Works on what was received, like `tui.twilio.signature`, and changes no verdict: a diagnosis is for a person to
read. Work is bounded in tries and in bytes hashed, since anyone may post a forged request. Knows nothing of
sockets or of where a token is kept. The sentences may quote what was received: sanitise before showing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain, combinations, islice, permutations, product
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

from tui.safe_text import bare
from tui.twilio.signature import HMAC_SHA1, claims_hash, covered_text, fits, form_pairs, is_signature, joined

MOST_TRIES: Final = 600
"""How many combinations of the usual mistakes are tried."""

MOST_FURTHER: Final = 600
"""How many of the rarer ones, each alone and at other addresses."""

MOST_BYTES: Final = 24 * 1024 * 1024
"""Bytes hashed over all tries; some 50 ms of work."""

_SAFE: Final = "/:@!$&'()*+,;=~-._?"
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")

# What one side may write as it is and the other as an escape (RFC 3986, unreserved and most of the reserved).
_EITHER_WAY: Final = "+~:@!$'()*,;| []{}-._"
_MOST_PLACES: Final = 4
_MOST_ORDERS: Final = 120
_MOST_PAIRS: Final = 64

_MOST_CHANGES: Final = 3
_URL: Final = re.compile(r"(https?)://(\[[^\]/?#]*\]|[^:/?#]*)(:[0-9]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.I | re.S)
_NEAR: Final = 4

_T = TypeVar("_T")

_Pairs = Sequence[tuple[bytes, bytes]]


class Mistake(Enum):
    """What is wrong with a request whose signature was not accepted."""

    NONE = "nothing"
    NO_TOKEN = "no auth token"  # noqa: S105 - a word for people
    NO_SIGNATURE = "no signature"
    NOT_A_SIGNATURE = "malformed signature"
    OTHER_URL = "another URL"
    MISSPELT_TOKEN = "misspelt auth token"  # noqa: S105 - a word for people
    SECONDARY_TOKEN = "secondary token"  # noqa: S105 - a word for people
    OTHER_CONNECTION = "another connection"
    BODY_ALTERED = "body altered"
    BODY_NOT_COVERED = "body not covered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OtherToken:
    """An auth token that should not have signed this, and whose it is."""

    name: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What would have matched.

    Attributes:
        sentence: what happened and what to do, for a person (quotes remote text).
        url: the URL that was signed, where one was found; empty otherwise.
    """

    mistake: Mistake
    sentence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Try:
    """One guess at what was signed, and with which token; an empty word means that nothing was changed there."""

    scheme: str
    host: str
    port: str
    path: str
    query: str
    text: bytes
    text_word: str = ""
    token: str = field(default="", repr=False)
    owner: str = ""
    secondary: bool = False
    misspelt: bool = False
    added: str = ""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.port}{self.path}{self.query}"


_Change = dict[str, Any]
"""Fields of a `_Try` that differ from what was received."""


def diagnose(
    token: str,
    url: str,
    signature: str | None,
    *,
    method: str = "POST",
    content_type: str = "",
    body: bytes = b"",
    secondary: str = "",
    others: Sequence[OtherToken] = (),
    origins: Sequence[str] = (),
    algorithm: str = HMAC_SHA1,
) -> Diagnosis:
    """Say why `verify` does not accept this request. Never raises.

    Args:
        token: the primary auth token, or the shared key where one signed it; empty when there is none.
        url: the public URL the request was verified against.
        signature: the header's value, None without the header.
        method: the request's method.
        content_type: the request's Content-Type.
        body: the body as received.
        secondary: the account's secondary auth token, if known: Twilio signs with the primary one only.
        others: auth tokens of other saved connections.
        origins: other addresses under which the request may have been sent (`https://host`), such as the one
            in its Host header.
        algorithm: by which it was signed, one that is known; see `tui.twilio.signature.read_scheme`.
    """
    if not signature:
        return Diagnosis(
            Mistake.NO_SIGNATURE,
            "There is no X-Twilio-Signature header: this did not come from Twilio, or a proxy removed the header.",
        )
    if not is_signature(signature, algorithm):
        length = 28 if algorithm == HMAC_SHA1 else 44
        return Diagnosis(
            Mistake.NOT_A_SIGNATURE,
            f"The X-Twilio-Signature header is not a signature ({length} characters of base64 are): "
            "this did not come from Twilio, or a proxy changed the header.",
        )
    if not token and not secondary and not others:
        return Diagnosis(Mistake.NO_TOKEN, "Without an auth token nobody can tell whether Twilio sent this.")
    covered = covered_text(url, method=method, content_type=content_type, body=body)
    if token and covered is not None and fits(token, url, covered, signature, algorithm):
        return Diagnosis(Mistake.NONE, "The signature fits.", url)
    tries = _tries(token, url, covered, body, secondary, others, origins)
    found = next((each for each in tries if fits(each.token, each.url, each.text, signature, algorithm)), None)
    if found is None:
        return Diagnosis(
            Mistake.UNKNOWN,
            "None of the usual mistakes explains the signature: it was made with another auth token or key, for "
            f"another URL than {url}, or by someone who is not Twilio.",
        )
    return _explain(found, url, covered, body, method)


def _tries(
    token: str,
    url: str,
    covered: bytes | None,
    body: bytes,
    secondary: str,
    others: Sequence[OtherToken],
    origins: Sequence[str],
) -> Iterator[_Try]:
    """Give what may have been signed: first what differs in one thing, then in two, then in three."""
    parts = _URL.fullmatch(url)
    scheme, host, port, path, query, _ = parts.groups() if parts else ("", url, "", "", "", "")
    base = _Try(scheme, host, port or "", path, query or "", covered or b"", token=token)
    dimensions: list[list[_Change]] = []
    near: list[_Change] = []
    if parts:
        near = [*_origins(origins), {"scheme": "http" if scheme.lower() == "https" else "https"}]
        dimensions += [
            near,
            [{"port": each} for each in ("", ":443", ":80", ":8080") if each != base.port],
            [{"path": each} for each in _paths(base.path)],
            [{"query": each} for each in _queries(base.query)],
        ]
    dimensions += [_texts(covered, body), _tokens(token, secondary, others)]
    usual = islice(_combined(base, dimensions), MOST_TRIES)
    further = islice(_further(base, near[:_NEAR], body if covered else b""), MOST_FURTHER)
    budget = MOST_BYTES
    for attempt in chain(usual, further):
        # A URL is tried with and without its port.
        budget -= 2 * (len(attempt.text) + len(attempt.path) + len(attempt.query)) + 400
        if budget < 0:
            return
        if attempt.token:
            yield attempt


def _further(base: _Try, near: Sequence[_Change], form: bytes) -> Iterator[_Try]:
    """Give what is tried alone, and at the addresses that are near: too much for every combination."""
    for origin in ({}, *near):
        at = replace(base, **origin)
        yield from (replace(at, host=host) for host in _hosts(at.host))
        yield from (replace(at, query=query) for query in _further_queries(at.query))
        for pairs, added in _without_some(tuple(form_pairs(form))):
            yield replace(at, text=joined(pairs), text_word="without some", added=added.decode("utf-8", "replace"))
        yield from (replace(at, path=p, query=q) for p, q in _further_targets(at.path, at.query))


def _combined(base: _Try, dimensions: Sequence[Sequence[_Change]]) -> Iterator[_Try]:
    yield base
    for count in range(1, _MOST_CHANGES + 1):
        for chosen in combinations(dimensions, count):
            for changes in product(*chosen):
                yield replace(base, **{name: value for change in changes for name, value in change.items()})


def _tokens(own: str, secondary: str, others: Sequence[OtherToken]) -> list[_Change]:
    found: list[_Change] = [{"token": secondary, "secondary": True}] if secondary else []
    meant = _distinct(own, (bare(own), bare(own).lower()))
    found += [{"token": token, "misspelt": True} for token in meant]
    return found + [{"token": other.token, "owner": other.name} for other in others if other.token]


def _texts(covered: bytes | None, body: bytes) -> list[_Change]:
    """What may have been signed after the URL: nothing, the body as a form, a form without its blank values."""
    pairs = tuple(form_pairs(body))
    found = [(joined(pairs), "as a form"), (b"", "url alone"), (joined(p for p in pairs if p[1]), "without blanks")]
    # The first word for a text stands.
    words = {text: word for text, word in reversed(found) if text != covered}
    return [{"text": text, "text_word": word} for text, word in found if words.get(text) == word]


def _origins(origins: Sequence[str]) -> Iterator[_Change]:
    for origin in origins:
        parts = _URL.fullmatch(origin)
        if parts:
            yield {"scheme": parts[1].lower(), "host": parts[2], "port": parts[3] or ""}


def _explain(found: _Try, url: str, covered: bytes | None, body: bytes, method: str) -> Diagnosis:
    same_url = found.url == url or _same_but_fragment(found.url, url)
    where = "" if same_url else f" It was signed for {found.url}; the public URL here is {url}."
    if found.owner:
        text = f"Signed with the auth token of the connection “{found.owner}”, not of this one.{where}"
        return Diagnosis(Mistake.OTHER_CONNECTION, text + " Use that connection for this webhook.", found.url)
    if found.secondary:
        text = f"Signed with the account's secondary auth token, and Twilio signs with the primary one only.{where}"
        remedy = " If it was promoted, make it this connection's auth token."
        return Diagnosis(Mistake.SECONDARY_TOKEN, text + remedy, found.url)
    if found.misspelt:
        text = "The saved token or key has a blank, a line end, quotes or wrong capitals in it: without them it fits."
        return Diagnosis(Mistake.MISSPELT_TOKEN, f"{text}{where} Save it again.", found.url)
    if found.text_word or covered is None:
        mistake, text = _explain_body(found, covered, body)
        return Diagnosis(mistake, text + where, found.url)
    return Diagnosis(
        Mistake.OTHER_URL,
        f"Signed for {found.url}; the public URL here is {url}. {_remedy(found, url, method)}",
        found.url,
    )


def _same_but_fragment(one: str, other: str) -> bool:
    """Tell whether two URLs differ in what is never signed at all: the fragment."""
    return one == other.partition("#")[0]


def _explain_body(found: _Try, covered: bytes | None, body: bytes) -> tuple[Mistake, str]:
    if found.text_word == "as a form":
        return (
            Mistake.BODY_ALTERED,
            "The signature covers the body as a form, but the request does not present it as one: "
            "a proxy changed the method or the Content-Type.",
        )
    if found.text_word == "without some":
        return (
            Mistake.BODY_ALTERED,
            f"The signature fits without the parameter {found.added}: it was added on the way, after signing.",
        )
    if found.text_word == "without blanks":
        return (
            Mistake.BODY_ALTERED,
            "The signature leaves out the blank parameters: whoever signed it dropped them, which Twilio does not.",
        )
    if covered is None and claims_hash(found.url):
        digest = hashlib.sha256(body).hexdigest()
        return (
            Mistake.BODY_ALTERED,
            f"The signature fits the URL, but the body is not the one in its bodySHA256: this one's is {digest}. "
            "Something on the way changed the body.",
        )
    if covered is None:
        return (
            Mistake.BODY_NOT_COVERED,
            "The signature fits the URL, but the URL has no bodySHA256, so nothing vouches for the body.",
        )
    return (
        Mistake.BODY_ALTERED,
        "The signature fits the URL without the parameters: the body was added or changed after signing, "
        "or the webhook was signed as a GET.",
    )


def _remedy(found: _Try, url: str, method: str) -> str:
    here = _URL.fullmatch(url)
    if here is None:
        return "Correct the public URL."
    origin = f"{found.scheme}://{found.host}{found.port}"
    ours = f"{here[1]}://{here[2]}{here[3] or ''}"
    if origin != ours:
        capitals = " Capitals count: Twilio signs the host as it was typed." if origin.lower() == ours.lower() else ""
        return f"Set the public URL to {origin}.{capitals}"
    if found.path.rstrip("/") == here[4].rstrip("/") and found.path != here[4]:
        return "Write the path at Twilio as it is here; the slash at its end counts."
    if method.upper() == "GET" and found.query in _unescaped(here[5] or ""):
        # `a=1%26b=2` and `a=1&b=2` have one signature then, so Twilio's libraries refuse it, and so does this.
        return "A query signed unescaped can be told from no other, so it is not taken: have Twilio call with POST."
    if found.query != (here[5] or ""):
        return "Something between Twilio and here rewrites the query; let it pass unchanged."
    return "Something between Twilio and here rewrites the path; let it pass unchanged."


def _distinct(own: _T, candidates: Iterable[_T]) -> list[_T]:
    """The candidates that differ from what there is, each once."""
    return [each for each in dict.fromkeys(candidates) if each != own]


def _paths(path: str) -> list[str]:
    """Usual guesses: the slash at its end, other escapes."""
    slashed = path[:-1] if path.endswith("/") else path + "/"
    return _distinct(path, [slashed, *_respelled(path)])


def _queries(query: str) -> list[str]:
    """Usual guesses: other escapes, sorted, without its blank fields, none at all. With its question mark."""
    fields = _fields(query)
    blanks = "&".join(f for f in fields if f.partition("=")[2])
    candidates = [
        *_respelled(query),
        *_unescaped(query),
        query.replace("+", "%20"),
        query.replace("%20", "+"),
        "?" + "&".join(sorted(fields)) if fields else "",
        f"?{blanks}" if blanks else "",
        "",
        "" if query else "?",
    ]
    return _distinct(query, candidates)


def _unescaped(query: str) -> list[str]:
    """The query with its escapes undone: +, which stands for a blank there, as it is or as a blank."""
    return _distinct(query, [unquote(query), unquote(query.replace("+", " "))])


def _further_targets(path: str, query: str) -> Iterator[tuple[str, str]]:
    """Path and query with one kind of character escaped that stands there as it is, here or there or everywhere."""
    for text in _escaped(path + query, first_mark=len(path) if query else -1):
        changed, mark, rest = text.partition("?") if query else (text, "", "")
        yield changed, mark + rest
    yield from ((other, query) for other in _distinct(path, [path.replace("//", "/"), f"/{path}"]))
    at = path.rfind("/")
    yield f"{path[:at]}/{path[at:]}", query


def _further_queries(query: str) -> list[str]:
    """The query in another order, or without one field that may have been added."""
    fields = _fields(query)
    orders = ("?" + "&".join(order) for order in islice(permutations(fields), _MOST_ORDERS)) if len(fields) < 6 else ()
    fewer = ("?" + "&".join(fields[:n] + fields[n + 1 :]) for n in range(min(len(fields), _MOST_PAIRS)))
    return _distinct(query, [*orders, f"?{'&'.join(reversed(fields))}", *fewer])


def _hosts(host: str) -> list[str]:
    """The host in other capitals: Twilio signs it as it was typed."""
    if host.startswith("["):
        return _distinct(host, [host.lower(), host.upper()])
    labels = [_distinct("", (label, label.lower(), label.capitalize(), label.upper())) for label in host.split(".")]
    return _distinct(host, [host.lower(), *(".".join(each) for each in islice(product(*labels), _MOST_ORDERS))])


def _without_some(pairs: _Pairs) -> Iterator[tuple[_Pairs, bytes]]:
    """The pairs without what may have been added to them, and what that is: one name, or all that are not Twilio's.

    Twilio's own names begin with a capital letter.
    """
    names = list(dict.fromkeys(name for name, _ in pairs))
    for name in names[:_MOST_PAIRS]:
        yield [pair for pair in pairs if pair[0] != name], name
    foreign = [name for name in names if not name[:1].isupper()]
    if len(foreign) > 1:
        yield [pair for pair in pairs if pair[0][:1].isupper()], b", ".join(foreign)


def _fields(query: str) -> list[str]:
    return query.removeprefix("?").split("&") if query.removeprefix("?") else []


def _escaped(text: str, *, first_mark: int) -> Iterator[str]:
    for character in _EITHER_WAY:
        places = [n for n, each in enumerate(text) if each == character and n != first_mark]
        some: Iterable[Sequence[int]] = [places, *([place] for place in places[:_MOST_PAIRS])] if places else ()
        if len(places) <= _MOST_PLACES:
            some = (chosen for count in range(1, len(places) + 1) for chosen in combinations(places, count))
        for chosen in some:
            for escape in dict.fromkeys((f"%{ord(character):02X}", f"%{ord(character):02x}")):
                yield "".join(escape if n in chosen else each for n, each in enumerate(text))


def _respelled(text: str) -> list[str]:
    """The same text in other escapes: upper case, lower case, undone, made anew."""
    plain = unquote(text)
    return [
        _ESCAPE.sub(lambda match: match[0].upper(), text),
        _ESCAPE.sub(lambda match: match[0].lower(), text),
        plain,
        quote(plain, _SAFE, errors="replace"),
    ]
