"""One request to the sandbox's own paths: who may make it, what it holds and acts on, and its answer as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from tui.http_server.http_messages import Request, Response
from tui.http_server.loopback import is_loopback
from tui.sandbox.parameters import Form, read_query
from tui.sandbox.snapshots import SandboxParts, Snapshots

if TYPE_CHECKING:
    from tui.sandbox.resources import Json

LARGEST = 256 * 1024
"""Bytes of what a request may bring."""

_LONGEST_WAIT = 60.0


class Turned(Exception):
    """A request that is turned away, with the HTTP status and the sentence to answer it with."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


@dataclass(frozen=True)
class ControlCall:
    """One request that may be made."""

    parts: SandboxParts
    snapshots: Snapshots
    request: Request

    @cached_property
    def query(self) -> Form:
        """The parameters in its URL."""
        return read_query(self.request.query)

    def document(self) -> object:
        """Return the JSON in its body.

        Raises:
            ValueError: with a sentence, where it is none.
        """
        try:
            return json.loads(self.request.body)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"the body is not JSON: {error}") from None

    def fields(self) -> dict[str, object]:
        """Return the JSON object in its body, an empty one for an empty body.

        Raises:
            ValueError: with a sentence, where it is none.
        """
        value: object = self.document() if self.request.body else dict[str, object]()
        if not isinstance(value, dict):
            raise ValueError(f"the body is a JSON object, not {str(value)[:40]!r}")
        return cast("dict[str, object]", value)

    def only(self, *names: str) -> None:
        """Raise ValueError, with a sentence, for a parameter in the URL that is none of these."""
        for name, _ in self.query.pairs:
            if name not in names:
                raise ValueError(f"{name[:60]!r} is not known here; these are: {', '.join(names)}")

    def wait(self) -> float:
        """Return how many seconds the answer may take, `wait` in its URL.

        Raises:
            ValueError: with a sentence, where it cannot be.
        """
        text = self.query.text("wait") or "0"
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= _LONGEST_WAIT:
            raise ValueError(f"wait is a number of seconds from 0 to {_LONGEST_WAIT:g}, not {text[:40]!r}")
        return seconds


def check_local_request(request: Request) -> None:
    """Refuse requests from elsewhere, from pages of other sites, and what is not JSON.

    Raises:
        Turned: 403 for somebody else, 415 for what is not JSON, 413 for too much of it.
    """
    host = request.header("host")
    if not is_loopback(request.peer[0]) or (host and not is_loopback(_name(host))):
        raise Turned(403, f"these paths are for this machine only, under 127.0.0.1 or localhost, not {host[:100]!r}")
    origin = request.header("origin")
    if origin and origin.lower() != f"http://{host.lower()}":
        raise Turned(403, f"these paths are not for pages of other sites, such as {origin[:100]!r}")
    if not request.body and request.method != "POST":
        return
    if len(request.body) > LARGEST:
        raise Turned(413, f"the body is larger than {LARGEST} bytes")
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Turned(415, f"the body must be JSON and say so, with Content-Type: application/json, not {kind[:100]!r}")


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


# `json.dumps` would make one for each answer.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def reply(status: int, value: Json, *headers: tuple[str, str]) -> Response:
    """Return a JSON answer."""
    body = _ENCODER.encode(value).encode("utf-8", "replace")
    return Response(status, (("Content-Type", "application/json"), *headers), body)
