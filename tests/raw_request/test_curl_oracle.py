"""What a pasted command sends is what bash and curl themselves send: both are asked, over a socket, byte for byte.

`pytest -m long tests/raw_request/test_curl_oracle.py` asks several thousand times; needs bash and curl.
"""

from __future__ import annotations

import asyncio
import random
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tui.raw_request.curl_import import read_curl
from tui.raw_request.sending import send
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest

OURS = {"host", "user-agent", "accept", "accept-encoding", "connection", "authorization", "content-length", "expect"}
WORDS = (
    "Hi",
    "a b",
    "it's",
    'say "x"',
    "50%",
    "a&b=c",
    "é",
    "x\ny",
    "$HOME",
    "`x`",
    "back\\slash",
    "",
    "#1",
    "a;b",
    "!",
)
NAMES = ("To", "Body", "a.b", "x y", "DateSent>")
HEADERS = ("X-A: b", "X-A:  c ", "X-Empty;", "Accept: text/plain", "Content-Type: text/x", "User-Agent: me", "X-Gone:")


class Maker:
    """Commands made by chance, of everything that a request here has a place for."""

    def __init__(self, chance: random.Random, base: str, file: Path) -> None:
        self.chance = chance
        self.base = base
        self.file = file

    def one(self, *options: str) -> str:
        return self.chance.choice(options)

    def word(self, text: str) -> str:
        """A word in one of the ways in which a shell takes it."""
        ways = [shlex.quote(text)]
        if "!" not in text:
            ways.append('"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"')
        ways.append("$'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'")
        if re.fullmatch(r"[\w.:/?=%+@,-]+", text, re.ASCII):
            ways.append(text)
        else:
            ways.append(re.sub(r"([^\w\n])", r"\\\1", text).replace("\n", "'\n'") or "''")
        return self.chance.choice(ways)

    def value(self) -> str:
        return self.chance.choice(WORDS)

    def pair(self) -> str:
        return f"{self.chance.choice(NAMES)}={self.value()}"

    def url(self) -> str:
        path = self.one("/x", "/Accounts/AC1/Messages.json", "/a%20b", "/x/", "/a,b;c", "/(x)")
        query = self.one(
            "", "", "?a=1", "?a=1&a=2", "?DateSent%3E=2026-01-02", "?x", "?a=b+c", "?", "?a=&b", "?q=a:b/c"
        )
        return f"{self.base}{path}{query}{self.one('', '', '#part')}"

    def body(self) -> list[str]:
        kind = self.one("none", "none", "data", "data", "form", "json", "get")
        if kind in ("data", "get"):
            rows: list[str] = []
            for _ in range(self.chance.randint(1, 3)):
                option = self.one("-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--data-ascii")
                text = self.pair() if option != "--data-urlencode" else self.one(self.pair(), "=" + self.value(), "abc")
                if kind == "get" and option != "--data-urlencode":
                    text = f"{self.one('a', 'b')}={self.one('1', 'x%20y', '')}"
                rows.append(f"{option} {self.word(text)}")
            return [*rows, *(["-G"] if kind == "get" else [])]
        if kind == "json":
            return [f"--json {self.word(text)}" for text in self.one('{"a": 1}|', '{"a":|"é"}').split("|") if text]
        if kind == "form":
            rows = [f"--form-string {self.word(self.pair())}"]
            plain = self.one("a=b", "Body=x y", 'q="c;d"', "z=é")
            rows.append(f"-F {self.word(plain)}")
            extra = self.one("", ";type=image/x", ';filename="h i.png"', ';type=text/x;filename="j\\"k"')
            rows.append(f"-F {self.word(f'f=@{self.file}{extra}')}")
            return rows
        return []

    def options(self) -> list[str]:
        rows = [f"-H {self.word(self.chance.choice(HEADERS))}" for _ in range(self.chance.randint(0, 2))]
        some = (
            *("-s", "-sS", "--silent", "-k", "--compressed", "--http1.1", "-f", "-v", "-i", "--no-buffer", "-4"),
            *("-o /dev/null", "--connect-timeout 5", "--max-time 20", "-m 20", "-w '%{http_code}'", "--max-redirs 3"),
            *(
                "-u AC1:secret",
                "--user me:you",
                "--basic",
                "--tlsv1.2",
                "--retry 0",
                "-L",
                "--stderr /dev/null",
                "--fail",
            ),
            *("-A me", "-e there", "-b a=b", "--url-query a=b", "--url-query 'c=d e'", "--url-query +x=%31", "-r 0-5"),
            *("-X POST", "-XPUT", "--request PATCH", "-X DELETE"),
        )
        return rows + [self.chance.choice(some) for _ in range(self.chance.randint(0, 4))]

    def command(self) -> str:
        parts = [f"{self.one('', '--url ')}{self.word(self.url())}", *self.options(), *self.body()]
        if self.chance.random() < 0.1 and not any(
            p.startswith(("-d", "--data", "-F", "--form", "--json")) for p in parts
        ):
            parts.append("-I")
        self.chance.shuffle(parts)
        joint = self.one(" ", " \\\n  ", "  ")
        before = self.one("", "", "# a comment\n", "export TOKEN=abc\n", "A=1; B='2 3'\n", "\n\n", "A=x\nB=y\n")
        after = self.one(
            "", "", " 2>/dev/null", " > /dev/null", " | cat", "; true", " && true", "  # said", " \\\n", "\n"
        )
        more = ""
        if before.startswith("export"):
            more = ' -H "X-T: $TOKEN"'
        elif before.startswith("A=") and not any(p.startswith(("-F", "--form", "-I", "--json", "-G")) for p in parts):
            more = ' -d "A=$A&B=${B}"'
        if more or any(p.startswith(("-d", "--data", "-F", "--form", "--json")) for p in parts):
            # A part of what is sent is no part that is asked for.
            parts = [part for part in parts if part != "-r 0-5"]
        if any(p.startswith(("-F", "--form")) for p in parts):
            # Of a form's Content-Type there is no way to say what curl makes of one typed by hand.
            parts = [part for part in parts if not (part.startswith("-H") and "Content" in part)]
        return f"{before}curl {joint.join(parts)}{more}{after}"


def told(heard: Any, typed: set[str]) -> tuple[Any, ...]:
    """What matters of a request.

    What an address cannot hold counts as encoded, in whichever letters; + and %20 are one blank, a ? with nothing
    behind it is none, and headers that each program has of its own do not count.
    """
    method, target, _ = heard.line.split(" ", 2)
    target = re.sub("%[0-9a-f]{2}", lambda code: code[0].upper(), target.removesuffix("?").replace("+", "%20"))
    headers = sorted(
        (name.lower(), value.replace("; ", ";"))
        for name, value in heard.headers
        if (name.lower() not in OURS or name.lower() in typed) and not value.startswith("multipart/form-data")
    )
    content = next((value for name, value in heard.headers if name.lower() == "content-type"), "")
    body: Any = heard.body.replace(b"+", b"%20") if "urlencoded" in content or "text/x" in content else heard.body
    if "boundary=" in content:
        boundary = content.partition("boundary=")[2].strip('"').encode()
        body = sorted(_part(part) for part in heard.body.split(b"--" + boundary)[1:-1])
    return method, quote(target, safe="/:@!$&'()*+,;=-._~%?[]"), headers, body


def _part(part: bytes) -> tuple[bytes, bytes]:
    head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n") if b"\r\n\r\n" in part else (part, b"", b"")
    # Which type a file has by its name is each program's own opinion.
    return re.sub(rb"\r\nContent-Type: application/octet-stream", b"", head), content


async def ask_curl(command: str, folder: Path, environ: Mapping[str, str] | None = None) -> None:
    process = await asyncio.create_subprocess_exec(
        *("bash", "--norc", "-c", command),
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin:/usr/local/bin", "LC_ALL": "C.UTF-8", **(environ or {})},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.wait()


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    "number", [25, pytest.param(4000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])], ids=["few", "many"]
)
async def test_a_pasted_command_sends_what_curl_sends(serve: Any, http: Any, tmp_path: Path, number: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\x00content\xff")
    wire = await serve(http(b"", headers=("Connection: close",)))
    chance = random.Random(number)
    maker = Maker(chance, f"{wire.base_url}/2010-04-01", file)
    disagreements: list[str] = []
    compared = refused = 0
    async with Client(wire.connection()) as client:
        for _ in range(number):
            command = maker.command()
            wire.heard.clear()
            await ask_curl(command, tmp_path)
            if len(wire.heard) != 1:
                continue
            theirs = wire.heard.pop()
            try:
                reading = read_curl(command, client.policy.base)
                await send(client, reading.request)
            except InvalidRequest as problem:
                refused += 1
                disagreements.append(f"{command}\n  refused: {problem}")
                continue
            compared += 1
            typed = {name.lower() for name, _ in reading.request.headers}
            ours = wire.heard.pop()
            if told(ours, typed) != told(theirs, typed):
                disagreements.append(f"{command}\n  curl: {told(theirs, typed)}\n  here: {told(ours, typed)}")
    assert compared > number * 0.5
    assert not disagreements, f"{len(disagreements)} of {compared + refused}:\n" + "\n".join(disagreements[:12])
