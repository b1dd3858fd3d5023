"""A request without its connection, as every exporter writes it: credentials are names of variables, never values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from tui.raw_request.checks import body_bytes, clean_headers, locate
from tui.raw_request.model import FILES, FilePart, RawRequest
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM as FORM_TYPE
from tui.twilio.media_types import type_by_look
from tui.twilio.url_policy import UrlPolicy


@dataclass(frozen=True, slots=True)
class ExportedRequest:
    """A request without its connection.

    Attributes:
        url: the parts around the places of the account SID.
        body: None for a multipart form as well.
        variables: the environment's names of the user and the password.
    """

    method: str
    url: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    variables: tuple[str, str]


def without_connection(request: RawRequest, connection: Connection) -> ExportedRequest:
    """The request as it will be sent.

    Raises:
        InvalidRequest: the path leads astray, or the body cannot be sent.
    """
    policy = (
        UrlPolicy.for_base_url(connection.base_url) if connection.base_url else UrlPolicy.for_region(connection.region)
    )
    # A word that occurs nowhere else stands for the account while the address is put together.
    marker = "ACCOUNT"
    while marker in request.path or any(marker in word for pair in request.query for word in pair):
        marker += "T"
    url = tuple(locate(policy, marker, request).split(marker)) if marker not in policy.base else None
    if url is None:
        url = (locate(policy, connection.account_sid, request),)
    headers = clean_headers(request)
    body = body_bytes(request.data)
    if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", type_by_look(body)))
    api_key = ("TWILIO_API_KEY", "TWILIO_API_SECRET")
    variables = api_key if connection.kind == "api_key" else ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
    return ExportedRequest(request.method.strip().upper(), url, headers, body, variables)


def form_pairs(exported: ExportedRequest) -> list[tuple[str, str]] | None:
    """The pairs of a urlencoded body as a person reads them; None unless encoding them gives the same bytes again.

    Encoded is all but letters, digits and `-._~`, which is what curl and httpx do as well.
    """
    types = [value for name, value in exported.headers if name.lower() == "content-type"]
    if exported.body is None or types != [FORM_TYPE]:
        return None
    try:
        text = exported.body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return None
    held = all(name and all(c.isprintable() or c == "\n" for c in name + value) for name, value in pairs)
    return pairs if held and urlencode(pairs, quote_via=quote) == text else None


def path_of(part: FilePart) -> str:
    """The path of a file with the home folder written out."""
    try:
        return str(Path(part.path).expanduser())
    except RuntimeError:
        raise InvalidRequest(FILES, f"The path of “{part.key}” cannot be read.", "Write it out in full.") from None
