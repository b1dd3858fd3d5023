"""The operations of Twilio's API: hosts, methods, paths and parameters, for completion.

They stand in `endpoints.txt` beside this file, which is read when first asked for. Nothing is refused because it is not
listed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tui.twilio.url_policy import VERSION_PATH

CLASSIC_HOST = "api.twilio.com"
"""The host whose paths a person writes without host and version."""

ACCOUNT = "$TWILIO_ACCOUNT_SID"

_SHORT = {
    "+page": ("PageSize", "Page", "PageToken"),
    "+parameters": tuple(f"Parameter{n}.{part}" for n in range(1, 100) for part in ("Name", "Value")),
}
_BODY_TYPES = {"=": "form", ":": "json"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query or body, by Twilio's name for it."""

    name: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
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


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """Every known operation, by host and path."""
    found: list[Endpoint] = []
    host = path = ""
    for line in Path(__file__).with_name("endpoints.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("  "):
            found.append(_operation(host, path, line.split()))
        elif line.startswith(" "):
            path = line.strip()
        else:
            host = line
    return tuple(found)


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


def parameters_for(method: str, path: str) -> Endpoint | None:
    """The operation of a method and a path as typed; None for an unknown one."""
    host, where = _place(path)
    wanted = where.split("/")
    best: Endpoint | None = None
    for endpoint in endpoints():
        if endpoint.method != method.upper() or endpoint.host != host:
            continue
        pattern = endpoint.path.split("/")
        if len(pattern) != len(wanted) or not all(map(_stands_for, pattern, wanted)):
            continue
        # A literal word is a closer match than a placeholder that takes any.
        if best is None or endpoint.path.count("{") < best.path.count("{"):
            best = endpoint
    return best


_LEADS = (f"https://{CLASSIC_HOST}{VERSION_PATH}", VERSION_PATH)


@cache
def _typed_paths() -> tuple[str, ...]:
    return tuple(dict.fromkeys(endpoint.typed_path for endpoint in endpoints()))


def _operation(host: str, path: str, words: list[str]) -> Endpoint:
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
            into.extend(Parameter(name.removesuffix("*"), name.endswith("*")) for name in _SHORT.get(word, (word,)))
    return Endpoint(host, words[0], path, tuple(query), tuple(body), body_type)


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
