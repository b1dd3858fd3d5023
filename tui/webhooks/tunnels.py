"""Tunnel programs: the command of each for a port of this machine, and its public address in what it prints.

A tunnel gives the receiver a public https address: cloudflared, Tailscale's funnel, ngrok, ssh to a server of one's
own, or any command that is set in webhooks.toml. Pure: starts nothing and looks for no file.
Sources: each program's own documentation and what it logs (cloudflared 2024–2026, ngrok 3, tailscale 1.60 on, OpenSSH's
`debug1: remote forward success`).
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Final

from tui.webhooks.errors import InvalidSetting

PORT: Final = "{port}"
"""Stands for the receiver's port in a command of one's own."""

LONGEST_LINE: Final = 2048
"""Bytes of a line that are looked at; the rest of it is passed over."""

KEPT_LINES: Final = 4
"""The last lines of a program's output, which say why it ended."""

_LOOKED_AT: Final = 20
"""Lines at the end of a piece that are looked at whatever they hold."""

_COLOURS: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_URL: Final = r"https://[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[0-9]{1,5})?(?:/[a-z0-9._~/-]{0,200})?"
_ANY_URL: Final = re.compile(_URL, re.IGNORECASE)
_ALONE: Final = re.compile(rf"[\s|'\"<]*({_URL})[\s|'\">]*", re.IGNORECASE)
_DESTINATION: Final = re.compile(r"((?:[A-Za-z0-9_.][A-Za-z0-9_.-]*@)?[A-Za-z0-9_][A-Za-z0-9_.-]*)(?::([0-9]{1,5}))?")
_SSH_PORT: Final = 8080


@dataclass(frozen=True, slots=True)
class TunnelProgram:
    """A program that leads a public https address to a port of this machine.

    Attributes:
        name: its file, which is looked for on PATH.
        words: what it does, for a person who chooses.
        arguments: what follows the file; `PORT` in them stands for the receiver's port.
        address: finds its public address, in group 1, in the lines that it prints. None where any line may hold it.
        ready: says in such a line that it leads to the public URL that is set, where it prints no address of its own.
        own: whether the command was set in webhooks.toml.
    """

    name: str
    words: str
    arguments: tuple[str, ...] = ()
    address: re.Pattern[str] | None = None
    ready: re.Pattern[str] | None = None
    own: bool = False

    def command(self, port: int) -> tuple[str, ...]:
        """The words of the command for this port; no shell reads them."""
        return (self.name, *(word.replace(PORT, str(port)) for word in self.arguments))


def _host(pattern: str) -> re.Pattern[str]:
    """A pattern for an https URL of these hosts and no longer ones."""
    return re.compile(rf"(https://{pattern}(?::[0-9]{{1,5}})?)(?![a-z0-9-]|\.[a-z0-9])", re.IGNORECASE)


CLOUDFLARED: Final = TunnelProgram(
    "cloudflared",
    "a new address, without an account",
    ("tunnel", "--url", f"http://127.0.0.1:{PORT}"),
    # What it asks for the address is at api.trycloudflare.com, which an error repeats.
    _host(r"(?!api\.)[a-z0-9-]+\.trycloudflare\.com"),
)
TAILSCALE: Final = TunnelProgram(
    "tailscale",
    "an address of your tailnet, open to all",
    ("funnel", PORT),
    _host(r"[a-z0-9-]+\.[a-z0-9-]+\.ts\.net"),
)
NGROK: Final = TunnelProgram(
    "ngrok",
    "an address of your ngrok account",
    # The name localhost may stand for ::1, where nothing listens.
    ("http", f"127.0.0.1:{PORT}", "--log", "stdout", "--log-format", "logfmt"),
    re.compile(rf"started tunnel\b.*\burl=\"?({_URL})", re.IGNORECASE),
)
SSH: Final = TunnelProgram("ssh", "a server of your own")

PROGRAMS: Final = (CLOUDFLARED, TAILSCALE, NGROK, SSH)
"""The programs that are known, in the order in which they are offered."""


def own_program(command: tuple[str, ...]) -> TunnelProgram:
    """The program of a command that was set in webhooks.toml."""
    name, *rest = command
    return TunnelProgram(name, "your command in webhooks.toml", tuple(rest), own=True)


def ssh_to(destination: str) -> TunnelProgram:
    """ssh to a server that passes requests on to a port of its own, which leads here.

    Args:
        destination: `you@your-server`, or `you@your-server:8080` with that port, 8080 unless given.

    Raises:
        InvalidSetting: it is no such destination. What begins with a dash would be an option of ssh's.
    """
    parts = _DESTINATION.fullmatch(destination.strip())
    port = int(parts[2] or _SSH_PORT) if parts else 0
    if parts is None or not 0 < port < 65536:
        raise InvalidSetting("tunnel", "This names no server.", "Write it as you@your-server, or you@your-server:8080.")
    options = ("-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=30")
    return TunnelProgram(
        SSH.name,
        SSH.words,
        # With -v it says when the server has agreed to listen.
        ("-v", "-N", *options, "-R", f"{port}:127.0.0.1:{PORT}", parts[1]),
        ready=re.compile(r"remote forward success"),
    )


class TunnelOutput:
    """What a tunnel program prints, read piece by piece: its address as soon as a line has it, and its last lines.

    Attributes:
        address: the public address; empty until it is found. From a command of one's own it is what a person should
            look at first.
        guess: for a command of one's own, the first https URL within any line.
        ready: whether it said that it leads to the public URL that is set.
    """

    def __init__(self, program: TunnelProgram) -> None:
        self.address = self.guess = ""
        self.ready = False
        self._program = program
        self._telling = b"https://" if program.ready is None else b"success"
        self._rest = b""
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)

    def feed(self, piece: bytes) -> None:
        """Take what was printed next."""
        whole, end, rest = piece.replace(b"\r", b"\n").rpartition(b"\n")
        if end:
            self._take(self._rest + whole)
            self._rest = b""
        self._rest += rest[: LONGEST_LINE - len(self._rest)]

    def last_lines(self) -> tuple[str, ...]:
        """The last lines that say something, the oldest first. Remote text: sanitise before showing."""
        self._take(self._rest)
        self._rest = b""
        return tuple(self._lines)

    def _take(self, printed: bytes) -> None:
        lines = printed.split(b"\n")
        for number, line in enumerate(lines, _LOOKED_AT - len(lines)):
            # Of a flood only what may tell something, and its end.
            if number < 0 and self._telling not in line:
                continue
            text = _COLOURS.sub("", line[:LONGEST_LINE].decode("utf-8", "replace")).strip()
            if text:
                self._look(text)
                # What ssh says of each of its steps would hide why it ended.
                if self._program.ready is None or not text.startswith("debug"):
                    self._lines.append(text)

    def _look(self, line: str) -> None:
        program = self._program
        if program.ready is not None:
            self.ready = self.ready or program.ready.search(line) is not None
        elif program.address is not None:
            found = program.address.search(line)
            self.address = self.address or (found[1] if found else "")
        elif alone := _ALONE.fullmatch(line):
            self.address = self.address or alone[1].rstrip("/")
        elif not self.guess and (found := _ANY_URL.search(line)):
            self.guess = found[0].rstrip("/.")
