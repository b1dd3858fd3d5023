"""Parameters as they arrive: names may repeat, values are text, and blank is not the same as absent."""

from __future__ import annotations

from collections.abc import Iterable
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from tui.http_server.http_messages import Request
from tui.sandbox.errors import Refusal

_MAX_FIELDS = 1000


class Form:
    """Pairs of a name and a value, in the order they came."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pairs)

    def get(self, name: str) -> str | None:
        """Return the first value of that name, None when there is none."""
        return next((value for key, value in self.pairs if key == name), None)

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


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise Refusal(20001, reason=f"More than {_MAX_FIELDS} parameters") from None


def _parts(request: Request) -> list[tuple[str, str]]:
    head = f"Content-Type: {request.header('content-type')}\r\n\r\n".encode("latin-1")
    whole = BytesParser(policy=HTTP).parsebytes(head + request.body)
    pairs: list[tuple[str, str]] = []
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                pairs.append((name, payload.decode("utf-8", "replace")))
    return pairs
