"""Variants of a URL or a form: what it may have been before a proxy changed it, in a bounded number of guesses.

Pure, and knows nothing of signatures. Usual guesses come in few, for combining with others; further ones are many.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice, permutations, product
from typing import Final, TypeVar
from urllib.parse import quote, unquote

_SAFE: Final = "/:@!$&'()*+,;=~-._?"
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")

# What one side may write as it is and the other as an escape (RFC 3986, unreserved and most of the reserved).
_EITHER_WAY: Final = "+~:@!$'()*,;| []{}-._"
_MOST_PLACES: Final = 4
_MOST_ORDERS: Final = 120
_MOST_PAIRS: Final = 64

_T = TypeVar("_T")

Pairs = Sequence[tuple[bytes, bytes]]


def distinct(own: _T, candidates: Iterable[_T]) -> list[_T]:
    """The candidates that differ from what there is, each once."""
    return [each for each in dict.fromkeys(candidates) if each != own]


def paths(path: str) -> list[str]:
    """Usual guesses: the slash at its end, other escapes."""
    slashed = path[:-1] if path.endswith("/") else path + "/"
    return distinct(path, [slashed, *_respelled(path)])


def queries(query: str) -> list[str]:
    """Usual guesses: other escapes, sorted, without its blank fields, none at all. With its question mark."""
    fields = _fields(query)
    blanks = "&".join(f for f in fields if f.partition("=")[2])
    candidates = [
        *_respelled(query),
        *unescaped(query),
        query.replace("+", "%20"),
        query.replace("%20", "+"),
        "?" + "&".join(sorted(fields)) if fields else "",
        f"?{blanks}" if blanks else "",
        "",
        "" if query else "?",
    ]
    return distinct(query, candidates)


def unescaped(query: str) -> list[str]:
    """The query with its escapes undone: +, which stands for a blank there, as it is or as a blank."""
    return distinct(query, [unquote(query), unquote(query.replace("+", " "))])


def further_targets(path: str, query: str) -> Iterator[tuple[str, str]]:
    """Path and query with one kind of character escaped that stands there as it is, here or there or everywhere."""
    for text in _escaped(path + query, first_mark=len(path) if query else -1):
        changed, mark, rest = text.partition("?") if query else (text, "", "")
        yield changed, mark + rest
    yield from ((other, query) for other in distinct(path, [path.replace("//", "/"), f"/{path}"]))
    at = path.rfind("/")
    yield f"{path[:at]}/{path[at:]}", query


def further_queries(query: str) -> list[str]:
    """The query in another order, or without one field that may have been added."""
    fields = _fields(query)
    orders = ("?" + "&".join(order) for order in islice(permutations(fields), _MOST_ORDERS)) if len(fields) < 6 else ()
    fewer = ("?" + "&".join(fields[:n] + fields[n + 1 :]) for n in range(min(len(fields), _MOST_PAIRS)))
    return distinct(query, [*orders, f"?{'&'.join(reversed(fields))}", *fewer])


def hosts(host: str) -> list[str]:
    """The host in other capitals: Twilio signs it as it was typed."""
    if host.startswith("["):
        return distinct(host, [host.lower(), host.upper()])
    labels = [distinct("", (label, label.lower(), label.capitalize(), label.upper())) for label in host.split(".")]
    return distinct(host, [host.lower(), *(".".join(each) for each in islice(product(*labels), _MOST_ORDERS))])


def without_some(pairs: Pairs) -> Iterator[tuple[Pairs, bytes]]:
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
