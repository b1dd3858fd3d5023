"""The sandbox's own paths, for people and tests in other processes; no credentials, loopback only.

POST   /_sandbox/inbound    JSON {"From", "To", "Body"}: a message arrives
POST   /_sandbox/faults     JSON of one fault (see faults.py), or a list of them
GET    /_sandbox/faults     the faults still waiting
DELETE /_sandbox/faults     forget them
GET    /_sandbox/requests   what was asked and answered
GET    /_sandbox/callbacks  which webhooks were called, what they answered, and which were not called
POST   /_sandbox/signing    JSON {"mode"}: sign webhooks right, or wrong (token, scheme, body, missing)
GET    /_sandbox/signing    how webhooks are signed
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import cast

from tui.answering import Request, Response
from tui.sandbox import wire
from tui.sandbox.callbacks import Callbacks
from tui.sandbox.faults import Faults, read_fault
from tui.sandbox.journal import Journal
from tui.sandbox.signing import read_signing
from tui.sandbox.wire import Json
from tui.sandbox.world import World

PREFIX = "/_sandbox/"


class Controls:
    """Answers the paths above."""

    def __init__(self, world: World, faults: Faults, journal: Journal, callbacks: Callbacks) -> None:
        self._world = world
        self._faults = faults
        self._journal = journal
        self._callbacks = callbacks

    def answer(self, request: Request) -> Response:
        """Answer one request; what is wrong with it is told in a sentence."""
        try:
            match request.method, request.path.removeprefix(PREFIX):
                case "POST", "inbound":
                    return reply(201, self._inbound(_read(request)))
                case "POST", "faults":
                    value = _read(request)
                    several = cast("list[object]", value) if isinstance(value, list) else [value]
                    for fault in [read_fault(one) for one in several]:
                        self._faults.add(fault)
                    return reply(201, self._waiting())
                case "GET", "faults":
                    return reply(200, self._waiting())
                case "DELETE", "faults":
                    self._faults.clear()
                    return Response(204)
                case "GET", "requests":
                    return reply(200, {"requests": [asdict(served) for served in self._journal.served]})
                case "GET", "callbacks":
                    return reply(200, {"callbacks": [asdict(called) for called in self._journal.called]})
                case "POST", "signing":
                    value = _read(request)
                    mode = cast("dict[str, object]", value).get("mode") if isinstance(value, dict) else value
                    self._callbacks.signing = read_signing(mode)
                    return reply(200, {"mode": self._callbacks.signing.value})
                case "GET", "signing":
                    return reply(200, {"mode": self._callbacks.signing.value})
                case _, "inbound" | "faults" | "requests" | "callbacks" | "signing":
                    return reply(405, {"message": f"{request.method} is not for {request.path}"})
                case _:
                    return reply(
                        404, {"message": f"{request.path} is none of inbound, faults, requests, callbacks, signing"}
                    )
        except ValueError as error:
            return reply(400, {"message": str(error)})

    def _waiting(self) -> Json:
        return {"faults": [asdict(fault) for fault in self._faults.waiting]}

    def _inbound(self, value: object) -> Json:
        if not isinstance(value, dict):
            raise ValueError('an inbound message is a JSON object: {"From": "…", "To": "…", "Body": "…"}')
        fields = cast("dict[str, object]", value)
        texts: dict[str, str] = {}
        for name in ("From", "To", "Body"):
            given = fields.get(name, "" if name == "Body" else None)
            if not isinstance(given, str) or (name != "Body" and not given):
                raise ValueError(f'{name} must be a text, as in {{"From": "+14155550123"}}')
            texts[name] = given
        message = self._world.receive(texts["From"], texts["To"], texts["Body"])
        return wire.message(self._world.identity.account_sid, message, self._world.clock())


def reply(status: int, value: Json, *headers: tuple[str, str]) -> Response:
    """Return a JSON answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, (("Content-Type", "application/json"), *headers), body)


def _read(request: Request) -> object:
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from None
