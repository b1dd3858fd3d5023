"""A running sandbox from the side of the tests: what it is asked for and told, over HTTP.

Everything goes to the paths under `/_sandbox/`, which no fault strikes and no log counts; so it is the same whether
the sandbox runs in a thread of the tests, in a process beside them, or was started by somebody else.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from twilio.rest import Client

_ANSWER_WITHIN: Final = 90.0


class SandboxTrouble(RuntimeError):
    """The sandbox could not be started or reached, or did not take what it was asked; the text says why."""


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message as Twilio's API tells it; attributes are called as in the official library.

    Attributes:
        fields: everything that the API says of it, under Twilio's own names.
    """

    sid: str
    from_: str
    to: str
    body: str
    status: str
    direction: str
    error_code: int | None
    fields: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> SeenMessage:
        """Read one from the JSON of the API."""
        named = {name: fields.get(name) or "" for name in ("sid", "to", "body", "status", "direction")}
        return cls(**named, from_=fields.get("from") or "", error_code=fields.get("error_code"), fields=fields)


@dataclass(frozen=True, slots=True)
class SandboxHandle:
    """A running sandbox, from the side of the tests.

    Attributes:
        base_url: scheme, host and port, without a version path.
        auth_token: of the account; webhooks are signed with it.
        api_key: the SID of an API key of the account.
        api_secret: the secret of that key.
    """

    base_url: str
    account_sid: str
    auth_token: str = field(repr=False)
    api_key: str
    api_secret: str = field(repr=False)

    def environ(self) -> dict[str, str]:
        """The variables that programs look for their credentials in; `TWILIO_BASE_URL` is read by tuilio alone."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_KEY": self.api_key,
            "TWILIO_API_SECRET": self.api_secret,
            "TWILIO_BASE_URL": self.base_url,
        }

    def client(self, **options: Any) -> Client:
        """The official library, every product of it led here.

        Args:
            options: what `twilio.rest.Client` takes; `http_client=AsyncTwilioHttpClient()` for the async calls,
                `username=` and `password=` for other credentials than the auth token's.
        """
        from tui.sandbox.official_library import client_of

        return client_of(self.base_url, self.account_sid, self.auth_token, **options)

    def redirect_library(self) -> contextlib.AbstractContextManager[None]:
        """Lead every client of the official library in this process here, also those that the program makes itself."""
        from tui.sandbox.official_library import redirected

        return redirected(self.base_url)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The account's phone numbers that take part in SMS; the first is a US number to which nothing is special."""
        return tuple(self._call("GET", "/_sandbox/connection")["numbers"])

    @property
    def services(self) -> tuple[str, ...]:
        """The SIDs of the account's messaging services; the first has numbers of several countries."""
        return tuple(self._call("GET", "/_sandbox/connection")["services"])

    def messages(
        self, *, to: str = "", from_: str = "", matching: str = "", status: str = "", within: float = 0.0
    ) -> tuple[SeenMessage, ...]:
        """The messages since the start that fit all of what is given, newest first.

        Args:
            matching: a regular expression, searched for in the text; without flags, looks around and `\\b`.
            within: seconds to wait for a first one, a minute at most; what there is by then is returned, nothing too.
        """
        given = {"to": to, "from": from_, "body": matching, "status": status, **_wait(within)}
        code, found = self._ask("/_sandbox/messages", {name: value for name, value in given.items() if value})
        return () if code == 408 else tuple(map(SeenMessage.of, _told(code, found)["messages"]))

    def wait_for_message(
        self, *, to: str = "", from_: str = "", matching: str = "", status: str = "", within: float = 5.0
    ) -> SeenMessage:
        """The newest message that fits, as soon as there is one.

        Raises:
            AssertionError: none came in time; it shows what there was instead.
        """
        if found := self.messages(to=to, from_=from_, matching=matching, status=status, within=within):
            return found[0]
        wanted = {"to": to, "from_": from_, "matching": matching, "status": status}
        words = ", ".join(f"{name}={value!r}" for name, value in wanted.items() if value) or "any"
        there = "".join(f"\n  {each}" for each in self.messages()[:10]) or " none"
        raise AssertionError(f"no message within {within:g} s ({words}); the newest there are:{there}")

    def code_for(self, to: str, *, within: float = 5.0) -> str:
        """The newest one-time code, 4 to 10 digits, that was sent to a number, by a text or by Verify.

        Raises:
            AssertionError: none came in time.
        """
        status, found = self._ask("/_sandbox/codes", {"to": to, **_wait(within)})
        if status == 408 or not (codes := _told(status, found)["codes"]):
            raise AssertionError(f"no code was sent to {to} within {within:g} s")
        return str(codes[0]["code"])

    def receive(self, from_: str, to: str = "", body: str = "", media: str | Sequence[str] = ()) -> SeenMessage:
        """Let a message arrive at one of the account's numbers, the first if none is given; its webhook is called.

        Args:
            from_: who writes; `whatsapp:` before the number writes on WhatsApp, to the first number there.
            media: URLs of files; `data:` URLs have their content.
        """
        channel, colon, _ = from_.rpartition(":")
        files = [media] if isinstance(media, str) else list(media)
        to = to or f"{channel}{colon}{self.numbers[0]}"
        message = {"From": from_, "To": to, "Body": body, "MediaUrl": files}
        return SeenMessage.of(self._call("POST", "/_sandbox/inbound", message))

    def fail_next(self, kind: str = "500-before", *, path: str = "", method: str = "*", **more: Any) -> None:
        """Let the next request go wrong.

        Args:
            kind: `429`, `500-before`, `500-after`, `reset-before`, `reset-after`, `delay`, `truncated` …, see
                `tui.sandbox.faults`.
            path: searched for in the request's path; empty for any.
            more: `times`, `skip`, `seconds`, `status`, `retry_after`.
        """
        self._call("POST", "/_sandbox/faults", {"kind": kind, "path": path, "method": method, **more})

    def advance(self, seconds: float) -> None:
        """Let time pass at once: what is to be delivered, to expire or to be sent by then is."""
        self._call("POST", "/_sandbox/clock", {"advance": seconds})

    def state(self, **changes: Any) -> dict[str, Any]:
        """Change what is true of the account (`status="suspended"`, `balance="0"` …) and return all of it."""
        return self._call("POST", "/_sandbox/state", changes) if changes else self._call("GET", "/_sandbox/state")

    def requests(self) -> list[dict[str, Any]]:
        """What the program asked for and was answered, oldest first."""
        return self._call("GET", "/_sandbox/requests")["requests"]

    def callbacks(self) -> list[dict[str, Any]]:
        """Which webhooks of the program were called and what they answered, oldest first."""
        return self._call("GET", "/_sandbox/callbacks")["callbacks"]

    def signature(self, url: str, params: Mapping[str, str]) -> str:
        """The `X-Twilio-Signature` of a webhook that a test posts to the program itself, as a form."""
        from tui.twilio.signature import sign

        return sign(self.auth_token, url, tuple(params.items()))

    def reset(self) -> None:
        """Put everything back to how it was at the start."""
        self._call("POST", "/_sandbox/reset", {})

    def snapshot(self, name: str) -> None:
        """Keep the whole state under a name."""
        self._call("POST", "/_sandbox/snapshot", {"name": name})

    def restore(self, name: str) -> None:
        """Go back to a state that was kept."""
        self._call("POST", "/_sandbox/restore", {"name": name})

    def _call(self, method: str, path: str, body: object = None) -> Any:
        return _told(*_exchange(self.base_url, method, path, body))

    def _ask(self, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        return _exchange(self.base_url, "GET", f"{path}?{urlencode(query)}")


def connect_to(url: str) -> SandboxHandle:
    """Return the handle of a sandbox that runs already, such as `http://127.0.0.1:4010`; a path is left out.

    Raises:
        SandboxTrouble: there is none.
    """
    try:
        parts = urlsplit(url)
        base_url = f"http://{parts.netloc}" if parts.scheme == "http" and parts.hostname and parts.port != 0 else ""
    except ValueError:
        base_url = ""
    if not base_url:
        raise SandboxTrouble(f"{url!r} is no sandbox's address: write it as in http://127.0.0.1:4010")
    told = _told(*_exchange(base_url, "GET", "/_sandbox/connection"))
    names = ("account_sid", "auth_token", "api_key_sid", "api_key_secret")
    try:
        return SandboxHandle(base_url, *(str(told[name]) for name in names))
    except (KeyError, TypeError):
        raise SandboxTrouble(f"what answers at {base_url} is no sandbox") from None


def _wait(seconds: float) -> dict[str, str]:
    return {"wait": f"{seconds:.3f}"} if seconds > 0 else {}


def _exchange(base_url: str, method: str, target: str, body: object = None) -> tuple[int, Any]:
    """Ask the sandbox one thing; returns the HTTP status and the JSON of the answer, None for an empty one."""
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_ANSWER_WITHIN)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    try:
        connection.request(method, target, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise SandboxTrouble(f"no sandbox answers at {base_url}: {problem or type(problem).__name__}") from problem
    finally:
        connection.close()


def _told(status: int, answer: Any) -> Any:
    """The answer of the sandbox, unless it is a refusal."""
    if status < 400:
        return answer
    if isinstance(answer, dict) and "message" in answer:
        raise SandboxTrouble(f"HTTP {status}: {answer['message']}")
    raise SandboxTrouble(f"what answers with HTTP {status} is no sandbox")
