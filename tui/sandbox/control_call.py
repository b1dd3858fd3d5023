"""One request to the sandbox's own paths: what it holds and acts on, and its answer as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from tui.http_server.http_messages import Request, Response
from tui.sandbox.parameters import Form, read_document, read_query
from tui.sandbox.snapshots import SandboxParts, Snapshots

if TYPE_CHECKING:
    from tui.sandbox.resources import Json

_LONGEST_WAIT = 60.0


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
            return read_document(self.request.body)
        except ValueError as error:
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
                raise ValueError(f"{name[:60]!r} is not known here; these are: {', '.join(names) or 'none'}")

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


# `json.dumps` would make one for each answer.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def reply(status: int, value: Json, *headers: tuple[str, str]) -> Response:
    """Return a JSON answer."""
    body = _ENCODER.encode(value).encode("utf-8", "replace")
    return Response(status, (("Content-Type", "application/json"), *headers), body)
