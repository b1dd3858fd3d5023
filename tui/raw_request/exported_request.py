"""A request without its connection, as every exporter writes it: credentials are names of variables, never values."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from tui.raw_request.checks import body_bytes, clean_headers, locate
from tui.raw_request.model import DATA, HEADERS, RawRequest
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM as FORM_TYPE
from tui.twilio.media_types import type_by_look, type_by_name
from tui.twilio.url_policy import UrlPolicy

ACCOUNT = "TWILIO_ACCOUNT_SID"
CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization"})
_QUOTABLE = re.compile(r"[\w/:.~%&=?+,@;()*' <>#|\[\]{}^-]*")
"""What means nothing between double quotes, to no shell."""


@dataclass(frozen=True, slots=True)
class ExportedRequest:
    """A request without its connection.

    Attributes:
        url: with the query; `account` stands in it for the account SID.
        bare_url: without the pairs of the query.
        headers: as they are typed.
        body: None for a multipart form and a file as well.
        body_file: the path of a file that is the body.
        body_type: the Content-Type of the body where none is typed.
        account: a word that occurs nowhere else.
        variables: the environment's names of the user and the password.
    """

    method: str
    url: str
    bare_url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    body_file: str
    body_type: str
    account: str
    variables: tuple[str, str]

    @property
    def is_form(self) -> bool:
        """Whether the body is said to be urlencoded."""
        typed = [value for name, value in self.headers if name.lower() == "content-type"]
        return (typed or [self.body_type]) == [FORM_TYPE]

    @property
    def has_body(self) -> bool:
        """Whether there is a body other than a multipart form."""
        return self.body is not None or bool(self.body_file)

    def shell_word(self, text: str, *, quoted: bool = False) -> str:
        """A word of a POSIX shell; with `quoted` between double quotes wherever these will do."""
        parts = text.split(self.account)
        if (quoted or len(parts) > 1) and all(map(_QUOTABLE.fullmatch, parts)):
            variables = (f"${{{ACCOUNT}}}" if re.match(r"\w", part) else f"${ACCOUNT}" for part in parts[1:])
            return '"' + parts[0] + "".join(map("".join, zip(variables, parts[1:], strict=True))) + '"'
        return f'"${ACCOUNT}"'.join(shlex.quote(part) if part or len(parts) == 1 else "" for part in parts)

    def python_text(self, text: str) -> str:
        """An expression of Python's."""
        parts = [python_string(part) if part else "" for part in text.split(self.account)]
        whole = f' + os.environ["{ACCOUNT}"] + '.join(parts)
        return whole.removeprefix(" + ").removesuffix(" + ") or python_string("")


def python_string(text: str) -> str:
    """A string of Python's, in double quotes where they need no backslash."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written


def without_connection(request: RawRequest, connection: Connection) -> ExportedRequest:
    """The request as it will be sent.

    Raises:
        InvalidRequest: the path leads astray, or the body cannot be sent.
    """
    policy = (
        UrlPolicy.for_base_url(connection.base_url) if connection.base_url else UrlPolicy.for_region(connection.region)
    )
    written = repr(request) + policy.base
    account = "ACCOUNT0"
    while account in written:
        account += "0"
    body = body_bytes(request.data)
    body_file = path_of(request.data_file, DATA, "the body") if request.data_file is not None else ""
    headers = clean_headers(request)
    if own := next((name for name, _ in headers if name.lower() in CREDENTIAL_HEADERS), ""):
        raise InvalidRequest(HEADERS, f"{own} is always the connection's own.", "Take it out.")
    typed = any(name.lower() == "content-type" for name, _ in headers)
    api_key = ("TWILIO_API_KEY", "TWILIO_API_SECRET")
    return ExportedRequest(
        request.method.strip().upper(),
        locate(policy, account, request),
        locate(policy, account, replace(request, query=())),
        headers,
        body,
        body_file,
        "" if typed else type_by_name(Path(body_file).name) if body_file else type_by_look(body) if body else "",
        account,
        api_key if connection.kind == "api_key" else (ACCOUNT, "TWILIO_AUTH_TOKEN"),
    )


def form_pairs(exported: ExportedRequest) -> list[tuple[str, str]] | None:
    """The pairs of a urlencoded body as a person reads them; None unless encoding them gives the same bytes again.

    Encoded is all but letters, digits and `-._~`, which is what curl and httpx do as well.
    """
    if exported.body is None or not exported.is_form:
        return None
    try:
        text = exported.body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return None
    held = all(name and all(c.isprintable() or c == "\n" for c in name + value) for name, value in pairs)
    return pairs if held and urlencode(pairs, quote_via=quote) == text else None


def grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]] | None:
    """Names with their values; None where names that repeat stand apart, since their order would be lost."""
    found: dict[str, list[str]] = {}
    last = None
    for name, value in pairs:
        if name in found and name != last:
            return None
        found.setdefault(name, []).append(value)
        last = name
    return found


def command_text(field: str, content: bytes | str, instead: str) -> str:
    """What a command line carries.

    Raises:
        InvalidRequest: it carries no such bytes; `instead` says what to do.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InvalidRequest(field, "A command line cannot carry these bytes.", instead)
    return text


def path_of(path: str | Path, field: str, owner: str) -> str:
    """The path of a file with the home folder written out."""
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        raise InvalidRequest(field, f"The path of {owner} cannot be read.", "Write it out in full.") from None
