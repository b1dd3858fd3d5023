"""Twilio's own libraries, one way to call them all: Python with and without asyncio, and Node.

A call is a way to a resource (`messages({}).media`), the values of its placeholders, a method and fields, by the names
of the Python library. `call` returns what the library made of the answer, and raises `Refused` where Twilio refused.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient

from tui.raw_request.library_call import LibraryCall
from tui.sandbox.testing import SandboxHandle

_STEP = re.compile(r"(\w+)((?:\([{}, ]*\))?)")


DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"


def documented(client: str) -> str:
    """The lines that the document gives to lead a client to the sandbox; its name stands above them."""
    chapter = DOCUMENT.read_text(encoding="utf-8").split("## The official libraries")[1]
    return re.split(rf"```\w+\n(?:#|//) {client}\b.*\n", chapter)[1].split("```")[0]


def way_of(call: LibraryCall) -> str:
    """The way to a call's resource from a client, which stands for its account."""
    return re.sub(r"\{\d+\}", "{}", call.resource.removeprefix("api.v2010.accounts({})."))


class Refused(Exception):
    """Twilio refused: HTTP status, code and sentence, as the library hands them on."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


class Library(Protocol):
    """One of the libraries, led to a sandbox."""

    async def call(self, way: str, values: Sequence[str], method: str, **fields: Any) -> Any: ...

    async def aclose(self) -> None: ...


class _Python:
    """What both ways of calling the Python library share."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def _find(self, way: str, values: Sequence[str], method: str, fields: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        found, left = self._client, list(values)
        for name, called in _STEP.findall(way):
            found = getattr(found, name)
            if called:
                count = called.count("{}")
                found, left = found(*left[:count]), left[count:]
        assert not left
        if "json" in fields:
            # A body of JSON is an object of a class that is named like the method's one parameter.
            parameter = next(iter(inspect.signature(getattr(found, method)).parameters))
            name = parameter.title().replace("_", "")
            classes = vars(sys.modules[type(found).__module__]).values()
            made = next(getattr(each, name) for each in classes if hasattr(each, name))
            fields = {parameter: made(fields["json"])}
        return found, fields


def _refusal(error: TwilioException) -> Refused:
    """What Twilio said, from either exception: of a list the library hands on the answer as it is."""
    if isinstance(error, TwilioRestException):
        return Refused(error.status, error.code, error.msg)
    said = json.loads(error.args[1].text)
    return Refused(said["status"], said["code"], said["message"])


class SyncPython(_Python):
    """The Python library in a thread."""

    def __init__(self, sandbox: SandboxHandle) -> None:
        super().__init__(sandbox.client())

    async def call(self, way: str, values: Sequence[str], method: str, **fields: Any) -> Any:
        resource, fields = self._find(way, values, method, fields)
        try:
            return await asyncio.to_thread(lambda: getattr(resource, method)(**fields))
        except TwilioException as refused:
            raise _refusal(refused) from None

    async def aclose(self) -> None: ...


class AsyncPython(_Python):
    """The Python library on the loop. Bodies of JSON it sends as forms, at Twilio too: these are left to the other."""

    def __init__(self, sandbox: SandboxHandle) -> None:
        self._http = AsyncTwilioHttpClient()
        self._for_json = SyncPython(sandbox)
        super().__init__(sandbox.client(http_client=self._http))

    async def call(self, way: str, values: Sequence[str], method: str, **fields: Any) -> Any:
        if "json" in fields:
            return await self._for_json.call(way, values, method, **fields)
        resource, fields = self._find(way, values, method, fields)
        try:
            return await getattr(resource, f"{method}_async")(**fields)
        except TwilioException as refused:
            raise _refusal(refused) from None

    async def aclose(self) -> None:
        await self._http.close()


class Node:
    """The Node library, in a process that is told a call a line. `place` has it installed."""

    def __init__(self, sandbox: SandboxHandle, place: Path) -> None:
        bridge = documented("Node") + Path(__file__).with_name("official_node.js").read_text()
        self._process = subprocess.Popen(
            ["node", "-e", bridge],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=place,
            env={**sandbox.environ(), "PATH": "/usr/bin:/bin:/usr/local/bin"},
        )

    async def call(self, way: str, values: Sequence[str], method: str, **fields: Any) -> Any:
        said = {"way": way, "values": list(values), "method": method, "fields": fields}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(said, default=str) + "\n")
        self._process.stdin.flush()
        answer = json.loads(await asyncio.to_thread(self._process.stdout.readline))
        if "refused" in answer:
            raise Refused(**answer["refused"])
        return as_python(answer["result"])

    async def aclose(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class _Resource(dict[str, Any]):
    """A resource with names of JavaScript."""

    def __getattr__(self, name: str) -> Any:
        return self[re.sub(r"_(\w)", lambda letter: letter[1].upper(), name.rstrip("_"))]


def as_python(result: Any) -> Any:
    """What was made of an answer in JavaScript, to be asked by the Python library's names."""
    if isinstance(result, list):
        return [as_python(each) for each in result]
    return _Resource(result) if isinstance(result, dict) else result
