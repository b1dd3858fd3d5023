"""Values of parameters: read as Twilio documents them, or refused with 20001 and the parameter's name.

`Reader` is what a table of settings holds: given a parameter's name and its text, it returns the value that is shown
again in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from tui.sandbox.errors import Refusal
from tui.sandbox.form import Form

Value: TypeAlias = str | int | bool | None
Reader: TypeAlias = Callable[[str, str], Value]

LONGEST_NAME = 64
MAX_VALIDITY = 36_000


def refuse(name: str, text: str, wanted: str) -> Refusal:
    """Return the refusal of a value: which parameter, what it holds, what it may hold."""
    return Refusal(20001, reason=f"{name} {text!r} is not valid: {wanted}")


def is_url(text: str) -> bool:
    """Tell whether a text is an absolute http(s) URL."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def is_callback(text: str) -> bool:
    """Tell whether a text is a URL that Twilio would call: absolute, no underscore in its host."""
    return is_url(text) and "_" not in (urlsplit(text).hostname or "")


def flag(name: str, text: str) -> bool:
    """Read a boolean: `true` or `false`, in any case."""
    if text.lower() not in {"true", "false"}:
        raise refuse(name, text, "write true or false")
    return text.lower() == "true"


def method(name: str, text: str) -> str:
    """Read an HTTP method that Twilio calls URLs with; empty is POST, its default."""
    if text.upper() not in {"", "GET", "POST"}:
        raise refuse(name, text, "write GET or POST")
    return text.upper() or "POST"


def url(name: str, text: str) -> str:
    """Read a URL that Twilio is to call; empty stays empty and means none."""
    if text and not is_url(text):
        raise refuse(name, text, "write an absolute http or https URL")
    return text


def url_or_none(name: str, text: str) -> str | None:
    """Read a URL that Twilio is to call; empty is None, as the newer API shows none."""
    return url(name, text) or None


def callback_or_none(name: str, text: str) -> str | None:
    """Read a StatusCallback; empty is None."""
    if text and not is_callback(text):
        raise Refusal(21609, value=text)
    return text or None


def friendly_name(name: str, text: str) -> str:
    """Read a name of 1 to 64 characters."""
    if not 1 <= len(text) <= LONGEST_NAME:
        raise refuse(name, text[: LONGEST_NAME + 1], f"write 1 to {LONGEST_NAME} characters")
    return text


def validity(name: str, text: str) -> int:
    """Read a validity period in seconds; empty is the longest, 36,000."""
    if not text:
        return MAX_VALIDITY
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= MAX_VALIDITY):
        raise Refusal(21624, value=text)
    return int(text)


def choice(*values: str) -> Reader:
    """Return the reader of one of these words, in any case; it is shown as written here."""

    def read(name: str, text: str) -> str:
        for value in values:
            if text.lower() == value.lower():
                return value
        raise refuse(name, text, f"write {' or '.join(values)}")

    return read


def nothing_here(what: str, empty: str | None) -> Reader:
    """Return the reader of the SID of a resource that this account has none of: only empty can be taken.

    `empty` is what is shown then. At Twilio a SID that does not exist is refused as well.
    """

    def read(name: str, text: str) -> str | None:
        if text:
            raise refuse(name, text, f"this account has no {what}; leave it empty")
        return empty

    return read


def given(form: Form, name: str, read: Reader) -> Value:
    """Return the value of a parameter; None when it is absent or blank."""
    text = form.text(name)
    return read(name, text) if text else None
