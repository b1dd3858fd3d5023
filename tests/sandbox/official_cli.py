"""twilio-cli told like the libraries: each call is a command, `twilio api:core:messages:create --to … -o json`.

Commands and flags follow from Twilio's names of an operation, as in the tool itself: a POST to messaging's
`/v1/Services/{ServiceSid}/AlphaSenders` is `api:messaging:v1:services:alpha-senders:create`, with `--service-sid` and
`--alpha-sender`.

What the tool cannot do at Twilio either: it has no flags for bodies of JSON and knows no PUT, so of Content it cannot
create, update and submit; it takes the balance for a list, and shows nothing of it. For these the Python library is
asked. Lookup's Overrides it does not know at all.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.sandbox.official_libraries import Refused, SyncPython, as_python, documented, way_of
from tui.raw_request.library_call import argument_name, call_of
from tui.sandbox.testing import SandboxHandle
from tui.twilio.operations import Operation, operations

_TAKEN_FOR_LISTS = re.compile(r"/(Balance\.json|Usecases)$")
_NOT_KNOWN = re.compile(r"/Overrides/")


class CommandLine:
    """The tool, as npm has installed it at `place`, with a home of its own there.

    Args:
        flags: further ones of every command.
    """

    def __init__(self, sandbox: SandboxHandle, place: Path, *flags: str) -> None:
        self._python = SyncPython(sandbox)
        self._program = place / "node_modules" / ".bin" / "twilio"
        self._flags = ("-o", "json", *flags)
        leading = place / "sandbox.js"
        leading.write_text(documented("twilio-cli"), encoding="utf-8")
        # With the auth token, which may do all: the tool would rather use the key, and that may not make keys.
        self._environment = {
            **{name: value for name, value in sandbox.environ().items() if "_API_" not in name},
            "NODE_OPTIONS": f"--require {leading}",
            "HOME": str(place / "home"),
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "TWILIO_SKIP_NEW_VERSION_CHECK": "true",
        }

    async def call(self, way: str, values: Sequence[str], method: str, **fields: Any) -> Any:
        operation = _operations_by_call().get((way, method))
        if operation is None:
            return await self._python.call(way, values, method, **fields)
        words = (command_of(operation), *_placeholders(operation, values), *_parameters(operation, fields))
        said, told = await asyncio.to_thread(self._run, words)
        if operation.does == "list":
            return as_python(said)
        if operation.does == "remove":
            return "deleted successfully" in told
        return as_python(said[0]) if said else await self._python.call(way, values, method, **fields)

    async def aclose(self) -> None: ...

    def _run(self, words: Sequence[str]) -> tuple[list[Any], str]:
        """What a command shows: the records, and what it tells a person."""
        done = subprocess.run(
            [self._program, *words, *self._flags], capture_output=True, text=True, timeout=60, env=self._environment
        )
        shown = json.loads(done.stdout or "[]")
        if done.returncode:
            assert shown, (words, done.stderr)
            raise Refused(shown[0]["status"], shown[0]["code"], shown[0]["message"])
        return shown, done.stderr


def command_of(operation: Operation) -> str | None:
    """The command for an operation; None where the tool has none, or no flags for its body."""
    if operation.body_type == "json" or _NOT_KNOWN.search(operation.path):
        return None
    bare = re.sub(r"/\{\w+\}", "", operation.path.removesuffix(".json")).replace("/", ":")
    topic = f"{operation.product}{_kebab(bare)}".replace("api:2010-04-01:accounts", "core")
    return f"api:{topic}:{'list' if _TAKEN_FOR_LISTS.search(operation.path) else operation.does}"


@cache
def _operations_by_call() -> dict[tuple[str, str], Operation]:
    calls = ((each, call_of(each)) for each in operations() if command_of(each) is not None)
    return {(way_of(call), call.method): each for each, call in calls if call is not None}


def _placeholders(operation: Operation, values: Sequence[str]) -> Iterator[str]:
    """The flags of the path; that of the account is left to the credentials."""
    names = re.findall(r"\{(\w+)\}", operation.path)
    for name, value in zip(names[len(names) - len(values) :], values, strict=True):
        yield from (_flag(name), value)


def _parameters(operation: Operation, fields: dict[str, Any]) -> Iterator[str]:
    names = {argument_name(each.name): each.name for each in (*operation.query, *operation.body)}
    for argument, value in fields.items():
        flag = _flag(names.get(argument, argument))
        if isinstance(value, bool):
            yield flag if value else flag.replace("--", "--no-", 1)
            continue
        for each in value if isinstance(value, list) else [value]:
            yield from (flag, each if isinstance(each, str) else json.dumps(each))


def _flag(name: str) -> str:
    return f"--{_kebab(name.replace('<', 'Before').replace('>', 'After'))}"


def _kebab(name: str) -> str:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1-\2", re.sub(r"[ _]", "-", name))
    return re.sub(r"-+", "-", re.sub(r"(\d[A-Z]*)([A-Z])", r"\1-\2", spaced).lower()).strip("-")
