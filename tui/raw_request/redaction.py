"""Requests and answers without their secrets, to be kept on disk. Pure.

Two nets: whoever calls hides the credentials it knows by their value; here everything is hidden whose name says
that it is a secret. What is hidden is replaced by a mask that no request can be sent with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast
from urllib.parse import unquote_plus

from tui.raw_request.form_text import RequestText

MASK: Final = "•••"

Hide = Callable[[str], str]
"""Takes the credentials it knows out of a text."""

_SECRET_NAME: Final = re.compile(
    r"auth[ _-]?token|access[ _-]?token|refresh[ _-]?token|secret|passw|passphrase|api[ _-]?key$"
    r"|private[ _-]?key|authorization|bearer|credential",
    re.IGNORECASE,
)
_SECRET_HEADER: Final = re.compile(r"token|key|secret|auth|cookie|passw|signature|credential", re.IGNORECASE)
_JSON_NAME: Final = re.compile(r'"((?:[^"\\]|\\.){1,200})"\s*:\s*')
_JSON_WORD: Final = re.compile(r"[^\s,\]}]*")
_URLENCODED: Final = re.compile(r"((?:^|[?&])([^=&?#\s]{1,200})=)", re.MULTILINE)
_URLENCODED_VALUE: Final = re.compile(r"[^&#\s]*")
_PART: Final = re.compile(
    # RFC 7578: each part names its field, then a blank line, then the value up to the next boundary line.
    r"^content-disposition:[^\r\n]{0,300}?\bname\*?\s{0,9}=\s{0,9}"
    r'(?:"((?:[^"\\\r\n]|\\.){0,200})"|([^\s;"]{1,200}))[^\r\n]{0,300}\r?\n'
    r"(?:[^\r\n]+\r?\n){0,9}\r?\n",
    re.IGNORECASE | re.MULTILINE,
)
_BOUNDARY: Final = re.compile(r"\r?\n--")
_SCHEME: Final = re.compile(r"(\b(?:basic|bearer)\s+)[-A-Za-z0-9+/=._~]+", re.IGNORECASE)
_HEADER_IN_TEXT: Final = re.compile(r"(\bauthorization\b\W{1,8}?(?:basic|bearer)\s+)[^\s\"',;]+", re.IGNORECASE)
_USER_IN_URL: Final = re.compile(r"(https?://)[^/?#\s\"]*@", re.IGNORECASE)


def _hide_nothing(text: str) -> str:
    return text


def conceal(request: RequestText, hide: Hide = _hide_nothing) -> RequestText:
    """The request with its secrets masked; without any it is the same."""
    body = request.body
    body = conceal_lines(body) if request.body_kind in ("form", "multipart") else conceal_text(body)
    headers = conceal_lines(request.headers, separators=":=", names=_SECRET_HEADER)
    return replace(
        request,
        # A credential may have been pasted into any field, were it the wrong one.
        method=hide(request.method),
        path=hide(conceal_text(request.path)),
        query=hide(conceal_lines(request.query)),
        headers=hide(_SCHEME.sub(rf"\g<1>{MASK}", headers)),
        body=hide(body),
        timeout=hide(request.timeout),
        retries=hide(request.retries),
        delay=hide(request.delay),
    )


def conceal_text(text: str, hide: Hide = _hide_nothing) -> str:
    """A body, an address or an answer with its secrets masked.

    JSON's members, urlencoded pairs, the parts of a multipart form, users in URLs.
    """
    text = _conceal_parts(text)
    text = _conceal_members(text)
    text = _conceal_urlencoded(text)
    text = _HEADER_IN_TEXT.sub(rf"\g<1>{MASK}", text)
    return hide(_USER_IN_URL.sub(rf"\g<1>{MASK}@", text))


def conceal_lines(text: str, *, separators: str = "=", names: re.Pattern[str] = _SECRET_NAME) -> str:
    """Pairs, one a line, with the values of secret names masked; lines that are switched off as well."""
    return "\n".join(_conceal_line(line, separators, names) for line in text.split("\n"))


def _conceal_parts(text: str) -> str:
    """A multipart form with the values of secret names masked, up to the next boundary or to the end."""
    kept: list[str] = []
    at = 0
    for found in _PART.finditer(text):
        if found.start() >= at and _is_secret(found[1] or found[2] or ""):
            boundary = _BOUNDARY.search(text, found.end())
            end = boundary.start() if boundary is not None else len(text)
            kept += (text[at : found.end()], MASK if text[found.end() : end].strip() else text[found.end() : end])
            at = end
    return "".join((*kept, text[at:]))


def _conceal_members(text: str) -> str:
    """JSON with the values of secret names masked, whole or cut off; flags and nulls tell nothing and stay."""
    kept: list[str] = []
    at = 0
    for found in _JSON_NAME.finditer(text):
        if found.start() < at or not _is_secret(found[1]):
            continue
        end = _end_of_value(text, found.end())
        if text[found.end() : end] not in ("true", "false", "null", ""):
            kept += (text[at : found.end()], f'"{MASK}"')
            at = end
    return "".join((*kept, text[at:]))


def _conceal_urlencoded(text: str) -> str:
    kept: list[str] = []
    at = 0
    for found in _URLENCODED.finditer(text):
        if found.start() >= at and _is_secret(unquote_plus(found[2])):
            value = _URLENCODED_VALUE.match(text, found.end())
            kept += (text[at : found.end()], MASK if value and value[0] else "")
            at = value.end() if value else found.end()
    return "".join((*kept, text[at:]))


def _end_of_value(text: str, start: int) -> int:
    if text[start : start + 1] not in tuple('"[{'):
        # Read up to what could end it: unquoted, it may be anything.
        word = _JSON_WORD.match(text, start)
        return start if word is None else word.end()
    try:
        _, end = cast("tuple[object, int]", json.JSONDecoder(strict=False).raw_decode(text, start))
    except (ValueError, RecursionError):
        # Cut off or broken: where it ends nobody can say.
        return len(text)
    return end


def _conceal_line(line: str, separators: str, names: re.Pattern[str]) -> str:
    start = len(line) - len(line.lstrip("# \t"))
    name, at = _name_of(line, start, separators)
    if at < 0 or not names.search(name):
        return conceal_text(line)
    gap = " " if line[at] == ":" else ""
    return f"{line[: at + 1]}{gap}{MASK}" if line[at + 1 :].strip() else line


def _name_of(line: str, start: int, separators: str) -> tuple[str, int]:
    """The name in a line and where the separator after it stands, -1 without one."""
    if line.startswith('"', start):
        try:
            name, end = cast("tuple[object, int]", json.JSONDecoder().raw_decode(line, start))
        except ValueError:
            name, end = None, start
        if isinstance(name, str):
            after = len(line) - len(line[end:].lstrip())
            return name, after if after < len(line) and line[after] in separators else -1
    at = min((place for place in (line.find(each, start) for each in separators) if place >= 0), default=-1)
    return line[start : max(at, start)], at


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None
