"""Request parameters: names may repeat, values are read as Twilio documents them, or refused with 20001."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, cast
from urllib.parse import parse_qsl, urlsplit

from tui.http_server.http_messages import Request
from tui.sandbox.errors import Refusal

_MAX_FIELDS = 1000


class Form:
    """Pairs of a name and a value, in the order they came."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pairs)
        # A create asks for some thirty names.
        self._first = dict(reversed(self.pairs))

    def get(self, name: str) -> str | None:
        """Return the first value of that name, None when there is none."""
        return self._first.get(name)

    def text(self, name: str) -> str:
        """Return the first value of that name without surrounding blanks, "" when there is none."""
        return (self.get(name) or "").strip()

    def filled(self, name: str) -> tuple[str, ...]:
        """Return every value of that name that is not blank."""
        return tuple(value for key, value in self.pairs if key == name and value.strip())


def read_query(query: str) -> Form:
    """Read a query string as it came in the request line."""
    return Form(_pairs(query))


def read_body(request: Request) -> Form:
    """Read a form body, url-encoded or multipart; files and other kinds of body hold no parameters."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return Form(_pairs(request.body.decode("utf-8", "replace")))
    if kind == "multipart/form-data":
        return Form(_parts(request))
    return Form()


def read_document(text: str | bytes) -> object:
    """Read JSON that can be shown again: Python takes NaN, 1e999 and half a surrogate pair as well, which are none.

    Raises:
        ValueError: for anything else.
    """
    try:
        document: object = json.loads(text)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return document


def read_json(request: Request) -> Mapping[str, object] | None:
    """Read the JSON object in a body; None where there is none."""
    if request.header("content-type").partition(";")[0].strip().lower() != "application/json":
        return None
    try:
        document = read_document(request.body)
    except ValueError:
        return None
    return cast("Mapping[str, object]", document) if isinstance(document, dict) else None


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise _too_many() from None


# In double quotes or without, as browsers and curl write them.
_PART_VALUES = re.compile(rb'[;\s](boundary|name|filename)\*?=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', re.IGNORECASE)
_LONGEST_HEAD = 4096


def _parts(request: Request) -> list[tuple[str, str]]:
    """Read a multipart body in the time that it is long, as Python's own reader of mail does not."""
    boundary = _part_values(request.header("content-type").encode("latin-1")).get("boundary")
    if not boundary:
        return []
    pairs: list[tuple[str, str]] = []
    # What stands before the first boundary counts for nothing, and the last one ends with two dashes more.
    _, *parts = (b"\r\n" + request.body).split(b"\r\n--" + boundary, _MAX_FIELDS + 2)
    if len(parts) > _MAX_FIELDS + 1:
        raise _too_many()
    for part in parts:
        if part.startswith(b"--"):
            break
        head, _, payload = part.partition(b"\r\n\r\n")
        lines = head.splitlines() if len(head) <= _LONGEST_HEAD else []
        values = _part_values(b"".join(line for line in lines if line.lower().startswith(b"content-disposition:")))
        if "name" in values and "filename" not in values:
            pairs.append((values["name"].decode("utf-8", "replace"), payload.decode("utf-8", "replace")))
    return pairs


def _part_values(line: bytes) -> dict[str, bytes]:
    """Return boundary, name and filename of a line."""
    found = _PART_VALUES.findall(line)
    return {key.decode().lower(): re.sub(rb"\\(.)", rb"\1", quoted) or plain for key, quoted, plain in found}


def _too_many() -> Refusal:
    return Refusal(20001, reason=f"More than {_MAX_FIELDS} parameters")


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


def amount(name: str, text: str) -> str:
    """Read a number that is not negative, such as `3` or `0.05`; it is returned as it came."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text, re.ASCII):
        raise refuse(name, text, "write a number")
    return text


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


def optional_name(form: Form) -> str:
    """Return the FriendlyName of at most 64 characters; "" where there is none."""
    name = form.text("FriendlyName")
    return name and friendly_name("FriendlyName", name)


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
