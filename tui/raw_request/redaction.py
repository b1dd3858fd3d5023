"""Redaction: mask the secrets in requests and responses that are kept on disk. Pure.

The caller's `hide` masks the credentials that it knows by their value; here every value is masked whose name says that
it is a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, cast
from urllib.parse import unquote_plus

from tui.raw_request.form_text import RequestText
from tui.raw_request.pairs import name_of
from tui.raw_request.secret_names import MASK, is_secret_header, is_secret_name

Hide = Callable[[str], str]
"""Masks known credentials in a text."""

_JSON_NAME: Final = re.compile(r'"((?:[^"\\]|\\.){1,200})"\s*:\s*')
_JSON_WORD_END: Final = re.compile(r"[\s,\]}]")
_URLENCODED_NAME: Final = re.compile(r"(?:^|[?&])([^=&?#\s]{1,200})=", re.MULTILINE)
_URLENCODED_END: Final = re.compile(r"[&#\s]")
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
_QUERY_PAIR: Final = re.compile(r"([?&])([^=&?#\s]{1,200})=([^&#\s]+)")
_USER_IN_URL: Final = re.compile(r"(https?://)[^/?#\s\"]*@", re.IGNORECASE)


def redact(request: RequestText, hide: Hide = str) -> RequestText:
    """The request with its secrets masked."""
    body = request.body
    body = redact_lines(body) if request.body_kind in ("form", "multipart") else redact_text(body)
    headers = redact_lines(request.headers, separators=":=", is_secret=is_secret_header)
    return replace(
        request,
        # A credential may have been pasted into any field, were it the wrong one.
        method=hide(request.method),
        path=hide(redact_text(request.path)),
        query=hide(redact_lines(request.query)),
        headers=hide(_SCHEME.sub(rf"\g<1>{MASK}", headers)),
        body=hide(body),
        timeout=hide(request.timeout),
        retries=hide(request.retries),
        delay=hide(request.delay),
    )


def redact_text(text: str, hide: Hide = str) -> str:
    """A body, a URL or a response with its secrets masked.

    JSON's members, urlencoded pairs, the parts of a multipart form, users in URLs.
    """
    text = _mask_values(text, _PART, partial(_before, _BOUNDARY), MASK)
    text = _mask_values(text, _JSON_NAME, _end_of_member, f'"{MASK}"')
    text = _mask_values(text, _URLENCODED_NAME, partial(_before, _URLENCODED_END), MASK)
    text = _HEADER_IN_TEXT.sub(rf"\g<1>{MASK}", text)
    return hide(_USER_IN_URL.sub(rf"\g<1>{MASK}@", text))


def redact_webhook(text: str) -> str:
    """The URL of a webhook, or a text with one in it: what may well be a secret there is masked as well.

    Who writes a webhook's URL puts its password into it, or into its query: `?token=…`.
    """

    def mask(pair: re.Match[str]) -> str:
        return f"{pair[1]}{pair[2]}={MASK}" if is_secret_header(unquote_plus(pair[2])) else pair[0]

    return redact_text(_QUERY_PAIR.sub(mask, text))


def redact_lines(text: str, *, separators: str = "=", is_secret: Callable[[str], bool] = is_secret_name) -> str:
    """Lines of pairs with the values of secret names masked, also in lines that are switched off."""
    return "\n".join(_redact_line(line, separators, is_secret) for line in text.split("\n"))


def _mask_values(text: str, names: re.Pattern[str], end_of: Callable[[str, int], int], mask: str) -> str:
    """Mask what stands between the end of each match that names a secret and `end_of` it; nothing stays nothing."""
    kept: list[str] = []
    at = 0
    for found in names.finditer(text):
        name = next(filter(None, found.groups()), "")
        if found.start() < at or not is_secret_name(unquote_plus(name)):
            continue
        end = end_of(text, found.end())
        if text[found.end() : end].strip():
            kept += (text[at : found.end()], mask)
            at = end
    return "".join((*kept, text[at:]))


def _before(stop: re.Pattern[str], text: str, start: int) -> int:
    """Where the next match begins, else the text's end."""
    found = stop.search(text, start)
    return found.start() if found is not None else len(text)


def _end_of_member(text: str, start: int) -> int:
    """The end of a JSON value, whole or cut off; flags and nulls tell nothing and stay."""
    if text[start : start + 1] in ('"', "[", "{"):
        try:
            return cast("tuple[object, int]", json.JSONDecoder(strict=False).raw_decode(text, start))[1]
        except (ValueError, RecursionError):
            # Cut off or broken: where it ends nobody can say.
            return len(text)
    # Read up to what could end it: unquoted, it may be anything.
    end = _before(_JSON_WORD_END, text, start)
    return start if text[start:end] in ("true", "false", "null") else end


def _redact_line(line: str, separators: str, is_secret: Callable[[str], bool]) -> str:
    start = len(line) - len(line.lstrip("# \t"))
    name, at = name_of(line[start:], separators)
    if at < 0 or not is_secret(name):
        return redact_text(line)
    at += start
    gap = " " if line[at] == ":" else ""
    return f"{line[: at + 1]}{gap}{MASK}" if line[at + 1 :].strip() else line
