"""Draws the pictures in `screenshots/`: `python -m tests.screenshots [folder]`, from the repository's root.

Each is the real app over the real sandbox, with the clock standing still and the zone fixed, so that two runs
give the same bytes.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from textual.events import Paste
from textual.pilot import Pilot

from tui.app import TuilioApp
from tui.command_line import Start
from tui.sandbox.server import Sandbox
from tui.session import Session
from tui.storage.connections import Connection, Connections, Secret, save
from tui.storage.paths import find_paths

SIZES = ((80, 24), (120, 40))
NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
PORT = 8080
"""Where the receiver of webhooks listens, so that the picture is the same every time."""

PATIENCE = 20.0
"""Seconds a picture may take to be complete."""

Scene = Callable[[Pilot[None]], Awaitable[None]]


async def messages(pilot: Pilot[None]) -> None:
    """The list, the cursor on a message that failed."""
    await until(pilot, lambda: "loaded, more below" in text(pilot))
    for _ in range(40):
        if "✗" in line_of_cursor(pilot):
            break
        await pilot.press("down")
    await until(pilot, lambda: "What to do" in text(pilot) or "30007" in text(pilot))


async def compose(pilot: Pilot[None]) -> None:
    """A draft whose text has a character that makes it dearer."""
    await until(pilot, lambda: "chooses among" in text(pilot))
    await pilot.press("f7", "1")
    await until(pilot, lambda: "Front desk" in text(pilot))
    await pilot.press(*"+14155550123", "tab")
    body = "Hi Maya, we can see you at 15:30 today – does that still suit you?"
    pilot.app.post_message(Paste(body))
    await until(pilot, lambda: body[:40] in text(pilot) and "UCS-2" in text(pilot))


async def connections(pilot: Pilot[None]) -> None:
    """Two saved connections beside the sandbox, with where their secrets are."""
    await until(pilot, lambda: "acme" in text(pilot) and "harbor" in text(pilot))
    await until(pilot, lambda: "Account SID" in text(pilot) or "AC" in text(pilot))


async def webhooks(pilot: Pilot[None]) -> None:
    """Two messages that Twilio signed, and one that was signed for another URL."""
    await until(pilot, lambda: "No webhooks yet" in text(pilot) and "SANDBOX" in text(pilot))
    await pilot.press("u")
    await until(pilot, lambda: "Set up the receiver" in text(pilot))
    await pilot.press(*str(PORT), "f9")
    await until(pilot, lambda: f"port {PORT}" in text(pilot))
    await pilot.press("s")
    await until(pilot, lambda: "Point it here" in text(pilot))
    await pilot.press("y")
    for number, (mode, words) in enumerate((("1", "number 1"), ("1", "number 2"), ("3", "Signed for https")), start=1):
        await pilot.press("w")
        await until(pilot, lambda: "The sandbox signs:" in text(pilot))
        await pilot.press(mode)
        await until(pilot, lambda: "The sandbox signs:" not in text(pilot))
        await pilot.press("t")
        await until(
            pilot, lambda words=words, number=number: words in text(pilot) and f"{number} listed" in text(pilot)
        )
    await until(pilot, lambda: "come here now" not in text(pilot))


SCENES: dict[str, Scene] = {
    "messages": messages,
    "compose": compose,
    "webhooks": webhooks,
    "connections": connections,
}


async def draw(name: str, size: tuple[int, int], folder: Path) -> Path:
    """Draw one scene; returns the file."""
    with tempfile.TemporaryDirectory() as place:
        async with Sandbox(clock=lambda: NOW) as sandbox:
            paths = find_paths(Path(place) / "config")
            save(paths.connections, saved())
            session = Session(paths, start_sandbox=lambda: connect(sandbox), environ={}, clock=lambda: NOW)
            app = TuilioApp(session, Start(sandbox=True, screen=name))
            async with app.run_test(size=size) as pilot:
                await SCENES[name](pilot)
                await pilot.pause()
                picture = app.export_screenshot(title="tuilio")
    file = folder / f"{name}-{size[0]}x{size[1]}.svg"
    file.write_text(plain(picture), encoding="utf-8")
    return file


def saved() -> Connections:
    """What a small company might have."""
    acme = Connection(
        "acme", "api_key", "AC" + "5" * 32, "SK" + "8" * 32, Secret.command(["op", "read", "op://Twilio/acme/secret"])
    )
    harbor = Connection("harbor", "auth_token", "AC" + "3" * 32, auth_token=Secret.env("HARBOR_TOKEN"), region="ie1")
    return Connections({"acme": acme, "harbor": harbor}, default="acme")


async def connect(sandbox: Sandbox) -> Connection:
    """The connection that `--sandbox` uses."""
    return Connection(
        "sandbox",
        "api_key",
        sandbox.account_sid,
        sandbox.api_key_sid,
        sandbox.api_key_secret,
        sandbox.auth_token,
        base_url=f"{sandbox.base_url}/2010-04-01",
    )


def plain(picture: str) -> str:
    """The picture without fonts from elsewhere, with blanks that every viewer keeps."""
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r"terminal-\d+", "terminal", picture)
    picture = picture.replace("<text ", '<text xml:space="preserve" lengthAdjust="spacingAndGlyphs" ')
    return "\n".join(line.rstrip() for line in picture.splitlines()).strip() + "\n"


def text(pilot: Pilot[None]) -> str:
    """What stands on the screen."""
    return "\n".join(lines(pilot))


def lines(pilot: Pilot[None]) -> list[str]:
    """The same, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


def line_of_cursor(pilot: Pilot[None]) -> str:
    """The row of the list that the cursor is on."""
    from tui.screens.messages.table import MessageTable

    table = pilot.app.screen.query_one(MessageTable)
    top = table.region.y + table.cursor - table.top
    return lines(pilot)[top]


async def until(pilot: Pilot[None], so: Callable[[], bool]) -> None:
    """Let the app go on until something is so."""
    end = time.monotonic() + PATIENCE
    while not so():
        if time.monotonic() > end:
            raise SystemExit(f"The picture was not complete after {PATIENCE:.0f} s:\n{text(pilot)}")
        await pilot.pause(0.05)


async def main(folder: Path) -> None:
    """Draw them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCENES:
        for size in SIZES:
            file = await draw(name, size, folder)
            print(file)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("screenshots")))
