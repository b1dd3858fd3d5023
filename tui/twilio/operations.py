"""The operations of Twilio's API, all hosts: method, path, parameters with their kinds and allowed values; search.

They stand in `operations.txt` beside this file, from Twilio's OpenAPI description, and are read when first asked for:
some 20 ms, so ask in a thread. Nothing is refused because it is not listed here. Knows no connection and no sandbox.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tui.twilio import VERSION_PATH

CLASSIC_HOST = "api.twilio.com"
"""The host whose paths a person writes without host and version."""

ACCOUNT = "$TWILIO_ACCOUNT_SID"

_SHORT = {
    "+page": ("PageSize#", "Page#", "PageToken"),
    "+parameters": tuple(f"Parameter{n}.{part}" for n in range(1, 100) for part in ("Name", "Value")),
}
_BODY_TYPES = {"=": "form", ":": "json"}
_KINDS = {"[]": "list", "{}": "object", "#": "number", "?": "boolean", "": ""}
_PARAMETER = re.compile(r"([\w.]+[<>]?)(\[\]|\{\}|#|\?|)(\*?)(?:=(.+))?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query or body, by Twilio's name for it.

    Attributes:
        kind: "list" (in a form the name is repeated), "object", "number", "boolean", or empty for a text.
        values: all that it takes; empty where anything may be given.
    """

    name: str
    required: bool = False
    kind: str = ""
    values: tuple[str, ...] = ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """What may be given, as it is written; empty where anything may."""
        return ("true", "false") if self.kind == "boolean" else self.values


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        path: with placeholders such as `{Sid}`, from the host's root.
        body_type: "form", "json", or empty where the operation takes no body.
    """

    host: str
    method: str
    path: str
    query: tuple[Parameter, ...]
    body: tuple[Parameter, ...]
    body_type: str

    @property
    def typed_path(self) -> str:
        """The path as a person writes it: below the base where it can be, with the account's variable."""
        if self.host == CLASSIC_HOST and self.path.startswith(VERSION_PATH + "/"):
            return self.path.removeprefix(VERSION_PATH).replace("{AccountSid}", ACCOUNT)
        return f"https://{self.host}{self.path}"

    @property
    def product(self) -> str:
        """What the host begins with: `verify`."""
        return self.host.partition(".")[0]

    @property
    def does(self) -> str:
        """What it does, as Twilio's documentation and libraries call it: list, fetch, create, update or remove."""
        on_one = self.path.removesuffix(".json").endswith("}")
        match self.method:
            case "GET":
                return "list" if any(each.name == "PageSize" for each in self.query) else "fetch"
            case "POST":
                return "update" if on_one else "create"
            case "DELETE":
                return "remove"
            case _:
                return "update"


@cache
def operations() -> tuple[Operation, ...]:
    """Every known operation, by host and path."""
    found: list[Operation] = []
    host = path = ""
    for line in Path(__file__).with_name("operations.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("  "):
            found.append(_operation(host, path, line.split()))
        elif line.startswith(" "):
            path = line.strip()
        else:
            host = line
    return tuple(found)


def find_operation(method: str, path: str) -> Operation | None:
    """The operation of a method and a path as typed; None for an unknown one."""
    host, where = _place(path)
    wanted = where.split("/")
    found = [
        each
        for each in _by_place()[host, method.upper(), len(wanted)]
        if all(map(_stands_for, each.path.split("/"), wanted))
    ]
    # A literal word is a closer match than a placeholder that takes any.
    return min(found, key=lambda each: each.path.count("{"), default=None)


def complete_path(prefix: str, limit: int = 50) -> tuple[str, ...]:
    """Paths that begin like what was typed, which they keep; placeholders stand where a value belongs.

    `/Accounts/AC…/Mess` → `/Accounts/AC…/Messages.json`, `/Accounts/AC…/Messages/{Sid}.json`, and so on, the
    shortest first. A path that begins with the version or with the classic host is completed as such.
    """
    lead = next((lead for lead in _LEADS if prefix.startswith(lead + "/")), "")
    typed = prefix.removeprefix(lead)
    if typed and not typed.startswith(("/", "http")):
        typed = "/" + typed
    found: dict[str, None] = {}
    for path in _typed_paths():
        whole = _continue(typed, path)
        if whole is not None:
            found[lead + whole] = None
    return tuple(sorted(found, key=lambda path: (path.count("/"), len(path), path)))[:limit]


def search(words: str, limit: int = 50) -> tuple[Operation, ...]:
    """The operations in which every word occurs, the likeliest first; none for no word.

    A word is looked for in method, product, path, parameters, and in what the operation does (`list`, `create`,
    `send`), whole words before beginnings before parts. Among equals what is about messages comes first.
    """
    wanted = [_singular(word) for word in re.findall(r"\w+", _NOT_LOOKED_FOR.sub(" ", words.casefold()))]
    if not wanted:
        return ()
    found: list[tuple[int, int]] = []
    for place, (strong, weak, _) in enumerate(_index()):
        closeness = 0
        for word in wanted:
            if not (one := _closeness(word, strong, weak)):
                break
            closeness += one
        else:
            found.append((-closeness, place))
    found.sort(key=lambda hit: (hit[0], _index()[hit[1]][2]))
    return tuple(operations()[place] for _, place in found[:limit])


def _operation(host: str, path: str, words: list[str]) -> Operation:
    query: list[Parameter] = []
    body: list[Parameter] = []
    into = query
    body_type = ""
    for word in words[1:]:
        if word == "?":
            into = query
        elif word in _BODY_TYPES:
            into, body_type = body, _BODY_TYPES[word]
        else:
            into.extend(map(_parameter, _SHORT.get(word, (word,))))
    return Operation(host, words[0], path, tuple(query), tuple(body), body_type)


@cache
def _parameter(word: str) -> Parameter:
    parts = _PARAMETER.fullmatch(word)
    if parts is None:
        raise ValueError(f"operations.txt holds {word!r}, which is no parameter")
    name, kind, required, values = parts.groups()
    return Parameter(name, bool(required), _KINDS[kind], tuple(values.split("|")) if values else ())


# -- completion and look-up by path --------------------------------------------------------------------

_LEADS = (f"https://{CLASSIC_HOST}{VERSION_PATH}", VERSION_PATH)


@cache
def _typed_paths() -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.typed_path for each in operations()))


@cache
def _by_place() -> defaultdict[tuple[str, str, int], list[Operation]]:
    """Host, method and number of segments → operations."""
    found = defaultdict[tuple[str, str, int], list[Operation]](list)
    for each in operations():
        found[each.host, each.method, each.path.count("/") + 1].append(each)
    return found


def _place(path: str) -> tuple[str, str]:
    """The host and the path from its root; a region's host counts as the host it stands for."""
    text = path.strip().partition("?")[0].partition("#")[0]
    absolute = re.match(r"https?://([^/]*)(.*)", text)
    if absolute is not None:
        host, where = absolute[1].lower(), absolute[2]
        # api.dublin.ie1.twilio.com offers what api.twilio.com does; so does a gateway or the sandbox.
        product = host.partition(".")[0]
        host = f"{product}.twilio.com" if host.endswith(".twilio.com") else CLASSIC_HOST
        return host, where
    where = "/" + text.removeprefix("/")
    return CLASSIC_HOST, where if where.startswith(VERSION_PATH + "/") else VERSION_PATH + where


def _continue(typed: str, path: str) -> str | None:
    """The path with what was typed in front, None when it does not begin like that."""
    have, want = typed.split("/"), path.split("/")
    if len(have) > len(want):
        return None
    *whole, last = have
    if not all(word == pattern or _stands_for(pattern, word) for pattern, word in zip(want, whole, strict=False)):
        return None
    pattern = want[len(whole)]
    if pattern.startswith(last):
        rest = pattern
    elif _variable(pattern) and "." not in last and not ACCOUNT.startswith(last):
        # A value is being typed where the path has a placeholder; what comes after it is still open.
        rest = last + re.sub(r"^(\{\w+\}|\$\w+)", "", pattern)
    elif _variable(pattern) and _stands_for(pattern, last):
        rest = last
    else:
        return None
    return "/".join([*whole, rest, *want[len(have) :]])


def _variable(pattern: str) -> bool:
    return pattern.startswith(("{", "$"))


def _stands_for(pattern: str, word: str) -> bool:
    """Whether a typed segment can be what a path's segment means."""
    if not _variable(pattern):
        return pattern == word
    ending = re.sub(r"^(\{\w+\}|\$\w+)", "", pattern)
    if not ending and word.endswith(".json"):
        # The ending closes a path; nothing lies below it.
        return False
    return word.endswith(ending) and len(word) > len(ending)


# -- search --------------------------------------------------------------------------------------------

_USUAL = (
    f"{CLASSIC_HOST}{VERSION_PATH}/Accounts/{{AccountSid}}/Messages",
    f"{CLASSIC_HOST}{VERSION_PATH}/Accounts/{{AccountSid}}/IncomingPhoneNumbers",
    "messaging.twilio.com/v1/Services",
    "lookups.twilio.com/v2/PhoneNumbers",
    "verify.twilio.com/v2/Services",
    "content.twilio.com/",
    f"{CLASSIC_HOST}{VERSION_PATH}/Accounts/{{AccountSid}}/Usage",
    "monitor.twilio.com/v1/Alerts",
    "messaging.twilio.com/",
    f"{CLASSIC_HOST}/",
)
"""Beginnings of host and path, what people who send messages use most first."""

_RARE = ("chat.", "ip-messaging.", "preview.", "preview-iam.")
"""Beginnings of hosts that another one has taken the place of, or that are not generally there."""

_ALSO = {
    ("POST", "/Messages.json"): "send sms mms whatsapp text",
    ("GET", "/Messages.json"): "sms mms whatsapp",
    ("POST", "/Messages/{Sid}.json"): "redact cancel",
    ("POST", "/IncomingPhoneNumbers.json"): "buy",
    ("GET", "/AvailablePhoneNumbers/{CountryCode}/Local.json"): "buy search",
}
"""Method and end of a path on the classic host → words that people have for it and Twilio's path has not."""

_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")

_NOT_LOOKED_FOR = re.compile(r"https?://|\.twilio\.com|\.json|\$\w+")
"""Of a path or a URL that is searched for."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@cache
def _index() -> tuple[tuple[str, str, tuple[object, ...]], ...]:
    """Of each operation: the words that name it, those of its parameters, and its place among equals."""
    return tuple((_strong(each), _weak(each), _place_among_equals(each)) for each in operations())


def _strong(operation: Operation) -> str:
    path = re.sub(r"\{\w+\}", "", operation.path).removesuffix(".json")
    end = operation.path.partition("{AccountSid}")[2]
    also = _ALSO.get((operation.method, end), "") if operation.host == CLASSIC_HOST else ""
    return _joined([operation.method, operation.product, *path.split("/"), operation.does, *also.split()])


def _weak(operation: Operation) -> str:
    names = [each.name for each in (*operation.query, *operation.body)]
    return _joined([*re.findall(r"\{(\w+)\}", operation.path), *names])


def _joined(names: Iterable[str]) -> str:
    found = dict.fromkeys(word for name in names for word in _words_of(name))
    return f" {' '.join(found)} "


@cache
def _words_of(name: str) -> tuple[str, ...]:
    """`VerificationCheck` → verificationcheck, verification, check."""
    parts = _WORDS.findall(name)
    return tuple(_singular(word.casefold()) for word in (name, *(parts if len(parts) > 1 else ())) if word)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _closeness(word: str, strong: str, weak: str) -> int:
    """How well a word is met, 0 for not at all."""
    if f" {word} " in strong:
        return 6
    if f" {word}" in strong:
        return 5
    if f" {word} " in weak:
        return 3
    if f" {word}" in weak or (len(word) > 2 and word in strong):
        return 2
    return int(len(word) > 2 and word in weak)


def _place_among_equals(operation: Operation) -> tuple[object, ...]:
    where = operation.host + operation.path
    usual = next((place for place, lead in enumerate(_USUAL) if where.startswith(lead)), len(_USUAL))
    return (
        usual + operation.host.startswith(_RARE),
        operation.path.count("/") + operation.path.count("{"),
        len(operation.path),
        where,
        _METHODS.index(operation.method),
    )
