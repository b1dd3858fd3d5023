"""Requests made up from Twilio's description of its operations: likely values, odd ones, SIDs that exist and others.

What exists is learnt from the answers: what was listed and created, what is for sale, what was removed. Half of the
requests are likely ones, and half of these have no more than is needed. The same seed and the same answers give the
same requests.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import quote

from tests.sandbox.answer_shapes import ANSWERS, plain_path
from tui.twilio.operations import Operation, Parameter, operations

T = TypeVar("T")

HOOK = "http://127.0.0.1:9/hook"
PEOPLE = ("+14155550123", "+14155530003", "+4930123456")
DATES = ("2026-02-27", "2026-03-01T12:00:00Z", "2026-03-02T14:00:00Z", "-3days", "2026-13-40")
NOBODY = ("XX" + "0" * 32, "SM" + "0" * 32, "x", "%00", "-1", quote("é🙂"), "PA" + "A" * 80, "undefined")
ODD = (
    *("", " ", "0", "-1", "no sense", "é🙂", "\0", "x" * 5000, "9" * 400, "[[", "(a+)+$", "*" * 300, "%", "{}", "true"),
    *("9999-12-31", "0001-01-01T00:00:00+23:59", "https://[bad/", "http://127.0.0.1:99999/", "whatsapp:", "rcs:x"),
    *("whatsapp:+14155550123", "+15005550001", "12345"),
)
ODD_JSON: tuple[Any, ...] = (None, True, 0, -1, 1e300, "", [], {}, [[]], {"": {}}, {"twilio/text": None}, *ODD[3:8])
DOCUMENTS: dict[str, Any] = {
    "types": {"twilio/text": {"body": "Hi {{1}}"}},
    "variables": {"1": "Ana"},
    "language": "en",
    "name": "hello",
    "category": "UTILITY",
}
_NAMES = ("sid", "iso_country", "country_code", "phone_number")
_SIDS = {
    "PhoneNumberSid": "PN",
    "ShortCodeSid": "SC",
    "MessagingServiceSid": "MG",
    "ContentSid": "HX",
    "VerificationSid": "VE",
    "VerifyServiceSid": "VA",
}
"""Parameter → what the SIDs begin with that it takes."""

_NEEDED = ("From", "Body", "types", "language", "PhoneNumber", "Channel", "Code", "VerificationSid")
"""Without these in its body little comes of a request, whatever the description says."""


@dataclass(frozen=True)
class GeneratedRequest:
    """One request: `path` names its product where its host does not."""

    operation: Operation
    path: str
    headers: dict[str, str]
    query: list[tuple[str, str]]
    form: list[tuple[str, str]]
    document: Any = None

    @property
    def plain_path(self) -> str:
        """Its path without the product in front of it, and without the kind of answer."""
        named = "" if "Host" in self.headers else f"/{self.operation.product}"
        return self.path.removeprefix(named).removesuffix(".json")

    def __str__(self) -> str:
        given = self.document if self.operation.body_type == "json" else [*self.query, *self.form]
        return f"{self.operation.method} {self.operation.host}{self.path} {str(given)[:300]}"


class Generator:
    """Makes requests up, and learns from the answers what there is."""

    def __init__(self, seed: int, account_sid: str, numbers: Iterable[str]) -> None:
        self._rng = random.Random(seed)
        self._account_sid = account_sid
        self._oddity = 0.0
        self._numbers = [*numbers]
        # Product and path of a list → what names its rows.
        self._known = defaultdict[tuple[str, str], list[str]](list)
        self._known["lookups", "/v2/PhoneNumbers"] = [*map(quote, (*self._numbers, *PEOPLE))]
        # Type of number → those that were found for sale.
        self._for_sale = defaultdict[str, list[str]](list)

    def choose(self, several: Sequence[T]) -> T:
        """One of several, by the seed."""
        return self._rng.choice(several)

    def learn(self, asked: GeneratedRequest, answer: Any) -> None:
        """Take over what names the rows of a list, what was created, and what is for sale and needs no address."""
        operation, path = asked.operation, asked.plain_path
        key, _ = ANSWERS.get(f"{operation.method} {operation.product} {plain_path(operation)}", ("", ""))
        known = self._known[operation.product, path]
        for row in answer[key] if key else [answer]:
            name = next((row[each] for each in _NAMES if row.get(each)), None)
            if operation.does in {"list", "create"} and isinstance(name, str) and quote(name) not in known:
                known.append(quote(name))
            if row.get("address_requirements") == "none" and "/AvailablePhoneNumbers/" in path:
                self._for_sale[path.rpartition("/")[2]].append(row["phone_number"])

    def forget(self, asked: GeneratedRequest) -> None:
        """What a request names was removed, or is not there."""
        parent, _, name = asked.plain_path.rpartition("/")
        known = self._known[asked.operation.product, parent]
        known[:] = [each for each in known if each != name]

    def request(self, operation: Operation, *, plain: bool = False) -> GeneratedRequest:
        """A request for an operation; `plain` for one without parameters, of what exists where something is known."""
        # Half of them are sensible: of many oddities in one request only the first is seen.
        self._oddity = self._rng.choice((0.0, 0.25))
        self._most = self._rng.choice((0, 1) if self._oddity == 0 else (0, 1, 2, 3, 30))
        self._operation = operation
        path = self._path(operation, plain=plain)
        by_host = self._rng.random() < 0.5
        if operation.body_type == "json" and not plain:
            document = {each.name: self._json(each) for each in self._some(operation.body)}
            document = self._rng.choice(ODD_JSON) if self._rng.random() < 0.05 else document
        else:
            document = None
        return GeneratedRequest(
            operation,
            path if by_host else f"/{operation.product}{path}",
            {"Host": operation.host} if by_host else {},
            [] if plain else self._pairs(operation.query),
            [] if plain or operation.body_type != "form" else self._pairs(operation.body),
            document,
        )

    def _path(self, operation: Operation, *, plain: bool) -> str:
        done = ""
        rest = operation.path
        while (match := re.search(r"\{\w+\}", rest)) is not None:
            done += rest[: match.start()]
            rest = rest[match.end() :]
            removes = operation.method == "DELETE" and "{" not in rest
            parent = done.removesuffix("/")
            if removes and _is_above_others(operation) and len(self._known[operation.product, parent]) == 1:
                # Nothing more would be known of what lies below it.
                done += NOBODY[0]
            else:
                done += self._name(operation.product, parent, plain=plain, newest=removes)
        return done + rest

    def _name(self, product: str, parent: str, *, plain: bool, newest: bool) -> str:
        if product == "api" and parent.endswith("/Accounts") and (plain or self._rng.random() >= self._oddity / 4):
            return self._account_sid
        known = self._known[product, parent]
        if not known or (not plain and self._rng.random() < self._oddity):
            return self._rng.choice(NOBODY)
        # The first of a list is asked for often, so that something is known of what lies below it; what is removed is
        # rather the last.
        return known[-newest] if plain or self._rng.random() < 0.5 else self._rng.choice(known)

    def _some(self, parameters: tuple[Parameter, ...]) -> list[Parameter]:
        chosen = set(self._rng.sample(range(len(parameters)), min(self._most, len(parameters))))
        likely = _NEEDED if parameters is self._operation.body else ()
        sure = {
            place
            for place, each in enumerate(parameters)
            if (each.required or each.name in likely) and self._rng.random() >= self._oddity
        }
        return [parameters[place] for place in sorted(chosen | sure)]

    def _pairs(self, parameters: tuple[Parameter, ...]) -> list[tuple[str, str]]:
        return [
            (each.name, self._text(each))
            for each in self._some(parameters)
            for _ in range(self._rng.choice((1, 1, 2)) if each.kind == "list" else 1)
        ]

    def _text(self, parameter: Parameter) -> str:
        if self._rng.random() < self._oddity:
            return self._rng.choice(ODD)
        if parameter.allowed:
            return self._rng.choice(parameter.allowed)
        if parameter.kind == "number":
            return self._rng.choice(("1", "2", "5", "50", "1000", "36000"))
        if parameter.kind == "object":
            return '{"1": "Ana"}'
        if (letters := _SIDS.get(parameter.name)) is not None:
            return self._of([NOBODY[0], *(sid for sid in self._sids() if sid.startswith(letters))][-4:])
        return next(make for pattern, make in _LIKELY if re.search(pattern, parameter.name))(self)

    def _json(self, parameter: Parameter) -> Any:
        if self._rng.random() < self._oddity:
            return self._rng.choice(ODD_JSON)
        if parameter.name in DOCUMENTS:
            return DOCUMENTS[parameter.name]
        if parameter.kind == "boolean":
            return self._rng.random() < 0.5
        text = self._text(parameter)
        return [text] if parameter.kind == "list" else text

    def _of(self, values: Iterable[str]) -> str:
        return self._rng.choice([*values])

    def _sids(self) -> list[str]:
        return [sid for sids in self._known.values() for sid in sids]

    def _to_buy(self) -> str:
        kind = self._operation.path.removesuffix(".json").rpartition("/")[2]
        return self._of(self._for_sale.get(kind) or [*PEOPLE, *self._for_sale["Local"]])


@cache
def _is_above_others(operation: Operation) -> bool:
    path = plain_path(operation) + "/"
    return any(each.product == operation.product and plain_path(each).startswith(path) for each in operations())


_LIKELY: tuple[tuple[str, Callable[[Generator], str]], ...] = (
    (r"Sid$|^sid$", lambda made: made._of([*NOBODY[:2], *made._sids()])),
    (r"^From$", lambda made: made._of((*made._numbers, PEOPLE[0]))),
    (r"^PhoneNumber$", lambda made: made._to_buy()),
    (r"^To$|PhoneNumber|Address$", lambda made: made._of(PEOPLE)),
    (r"Url|Callback$", lambda made: made._of((HOOK, "https://files.example/a.png", "/no-host"))),
    (r"Date|At$", lambda made: made._of(DATES)),
    (r"Country", lambda made: made._of(("US", "DE", "ZZ"))),
    (r"^PageToken$", lambda made: "PAnonsense"),
    (r"^Channel$", lambda made: made._of(("sms", "call", "whatsapp"))),
    (r"Code$", lambda made: made._of(("123456", "415"))),
    (r"^Body$", lambda made: made._of(("Hello", ""))),
    (r"Method$", lambda made: made._of(("GET", "POST"))),
    (r"", lambda made: made._of(("Hello", "Front desk", "en", "sms", "123456"))),
)
