"""The programs that are measured, and the servers and folders they need."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.apart import sandbox_apart
from tests.bench.driving import Driven
from tui.services.kept_messages import archive_path
from tui.storage.connection import Connection
from tui.storage.paths import find_paths

BARE = Path(__file__).with_name("bare.py")
POSTING_READY = "Collection"
BARE_READY = "hello"
READY = "● live"
EMPTY = "No messages yet"


class Programs:
    """Starts them, each with a home of its own.

    Attributes:
        colours: what COLORTERM is set to; empty for a terminal with 256 colours, as over most SSH links.
        options: given to every start of tuilio.
        kept: where archives that were filled stay for another run; None for no such place.
        posting, twilio_cli: other programs, as one runs them; None where there is none.
    """

    def __init__(
        self,
        folder: Path,
        *,
        colours: str,
        options: tuple[str, ...] = (),
        posting: str | None = None,
        twilio_cli: str | None = None,
    ) -> None:
        self._folder = folder
        self._options = options
        self.colours = colours
        self.kept: Path | None = None
        self.posting = posting or shutil.which("posting")
        self.twilio_cli = twilio_cli or shutil.which("twilio")

    @property
    def environ(self) -> dict[str, str]:
        """What a login shell hands down."""
        home = self._folder / "home"
        home.mkdir(exist_ok=True)
        environ = {
            "HOME": str(home),
            "PATH": os.environ.get("PATH", ""),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        return {**environ, "COLORTERM": self.colours} if self.colours else environ

    @contextmanager
    def tuilio(self, *words: str) -> Iterator[Driven]:
        """The program itself."""
        with self.run(sys.executable, "-m", "tui", *self._options, *words) as driven:
            yield driven

    @contextmanager
    def bare(self) -> Iterator[Driven]:
        """One line of text."""
        with self.run(sys.executable, str(BARE)) as driven:
            yield driven

    @contextmanager
    def run(self, *words: str) -> Iterator[Driven]:
        """Any program; ended in the end."""
        driven = Driven(list(words), environ=self.environ)
        try:
            yield driven
        finally:
            driven.close()

    @contextmanager
    def account(self, messages: int, kept: Path | None = None, started: float | None = None) -> Iterator[Path]:
        """A configuration folder with one connection, to a sandbox with so many messages.

        Args:
            messages: how many.
            kept: an archive of the same messages, which the program finds as its own.
            started: when their history ended, in seconds since 1970; now if None.
        """
        with sandbox_apart(history=messages, started=started) as apart, TemporaryDirectory(dir=self._folder) as place:
            file = Path(place) / "connections.toml"
            file.touch(0o600)
            lines = [f'{key} = "{value}"' for key, value in apart.fields.items()]
            history = 'history = "all"' if kept else ""
            file.write_text(
                "\n".join(['schema = 1\ndefault = "acme"\n[connections.acme]\nkind = "api_key"', *lines, history, ""]),
                encoding="utf-8",
            )
            if kept is not None:
                own = archive_path(find_paths(Path(place)), Connection("acme", "api_key", **apart.fields))
                assert own is not None
                own.parent.mkdir(parents=True, mode=0o700)
                # What the program writes to it is little, and does not harm the next one to use it.
                os.link(kept, own)
            yield Path(place)
