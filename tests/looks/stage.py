"""The real app over the real sandbox, with time standing still: what the looks of every screen are taken from.

A walk drives the app by keys and calls `shot` wherever a state is worth keeping; each shot is taken at both sizes.
What differs from run to run by its nature (ports, signatures, request numbers) is replaced by something as long.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.events import Paste
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from tests.looks.pages import Page, read_page
from tests.looks.pictures import draw
from tui.app import TuilioApp
from tui.cli import StartOptions
from tui.sandbox.server import Sandbox
from tui.services.session import Session
from tui.storage.connections import Connection, Connections, Secret, save
from tui.storage.paths import find_paths
from tui.theme import DARK, LIGHT
from tui.widgets.thread_pane import ThreadPane

NARROW, WIDE = (80, 24), (120, 40)
NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
PATIENCE = 20.0
"""Seconds a state may take to be there."""

HOPS = 8
"""Messages that one may lead to after another, from a window that is pulled to what is drawn in it."""

ENDLESS = frozenset({"watch"})
"""Groups of work that never ends."""


@dataclass(slots=True)
class Clock:
    """A time that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Kept:
    """What a walk brings home: pages by the name of their shot, one for each size, and pictures by their file's name.

    Attributes:
        reads, draws: which of the two are wanted; pictures take longer than the walk.
        pulls: sizes that the window is pulled through at each shot where neither is wanted.
    """

    reads: bool = True
    draws: bool = True
    pulls: tuple[tuple[int, int], ...] = ()
    pages: dict[str, list[Page]] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)


class Stage:
    """One run of the app, for a walk to drive."""

    def __init__(self, pilot: Pilot[None], sandbox: Sandbox, clock: Clock, kept: Kept) -> None:
        self.pilot, self.sandbox, self.clock, self.kept = pilot, sandbox, clock, kept

    @property
    def app(self) -> TuilioApp:
        assert isinstance(self.pilot.app, TuilioApp)
        return self.pilot.app

    @property
    def session(self) -> Session:
        return self.app.session

    # -- what a person does and sees -------------------------------------------------------------------

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def paste(self, words: str) -> None:
        self.app.post_message(Paste(words))
        await self.pilot.pause()

    @property
    def strips(self) -> list[Strip]:
        return self.app.screen._compositor.render_strips()

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.strips)

    async def until(self, so: Callable[[], object] | str) -> None:
        """Let the app go on until something is so, or some words are there."""
        true = (lambda: so in self.text) if isinstance(so, str) else so
        end = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"not so after {PATIENCE:.0f} s: {so}\n{self.text}")
            await self.pilot.pause(0.03)

    async def settle(self, *, under_way: frozenset[str] = frozenset()) -> list[Strip]:
        """Wait for all work but that of some groups, and until nothing on the screen changes any more."""
        leave = ENDLESS | under_way
        await self.pilot.pause()
        for _ in range(HOPS):
            # What a pause takes for rest may be a machine that does something else.
            await self.pilot._wait_for_screen()
            self.app.screen._on_timer_update()
        await self.until(
            lambda: (
                not any(_waits(pane) for screen in self.app.screen_stack for pane in screen.query(ThreadPane))
                and not any(worker.is_running and worker.group not in leave for worker in self.app.workers)
            )
        )
        before, now = None, self.strips
        while before != now:
            await self.pilot.pause()
            before, now = now, self.strips
        return now

    # -- keeping ---------------------------------------------------------------------------------------

    async def shot(self, name: str, *, picture: str = "", under_way: frozenset[str] = frozenset()) -> None:
        """Keep how this looks, at both sizes; `picture` is the name of a file in `screenshots/`, without its size."""
        draws = bool(picture) and self.kept.draws
        # Pulling the window is what takes the time, so the walk goes on at the other size.
        first = self.size
        second = WIDE if first == NARROW else NARROW
        if not (draws or self.kept.reads):
            for size in (*self.kept.pulls, second):
                await self.pilot.resize_terminal(*size)
            return
        self.app.clear_notifications()
        pages = {first: await self._look(first, draws * picture, under_way)}
        if draws:
            self.app.theme = LIGHT.name
            for size in (first, second):
                await self._look(size, f"{picture}-light", under_way)
            self.app.theme = DARK.name
        pages[second] = await self._look(second, draws * picture, under_way)
        if self.kept.reads:
            self.kept.pages[name] = [pages[NARROW], pages[WIDE]]

    @property
    def size(self) -> tuple[int, int]:
        return (self.app.size.width, self.app.size.height)

    async def _look(self, size: tuple[int, int], picture: str, under_way: frozenset[str]) -> Page:
        if self.size != size:
            await self.pilot.resize_terminal(*size)
        for box in self.app.screen.query(Input):
            box.cursor_blink = False
        strips = await self.settle(under_way=under_way)
        if len(self.app.screen_stack) > 1:
            # A question that was drawn before the screen below it was laid out anew keeps an empty one.
            self.app.screen.refresh()
            strips = await self.settle(under_way=under_way)
        if picture:
            self.kept.pictures[picture_file(picture, size)] = self.plain(draw(self.app))
        return read_page(strips, size, self.app.get_css_variables(), self.plain)

    def plain(self, text: str) -> str:
        """The same with what differs from run to run replaced by something as long."""
        text = text.replace(f":{self.sandbox.port}", ":40100")
        receiving = self.session.receiving_so_far
        if receiving is not None and receiving.listening is not None:
            text = text.replace(str(receiving.listening.port), "40200")
        text = re.sub(r"(Request-Duration: )\d\.\d{3}", r"\g<1>0.001", text)
        # A question may stand over a part of them.
        text = re.sub(r"(?<=[│╮╯])\d{1,4}(?=/)", lambda found: "40200"[-len(found[0]) :], text)
        text = re.sub(r"\bRQ[0-9a-f]{1,32}", lambda found: "RQ" + "0" * (len(found[0]) - 2), text)
        return re.sub(r"[A-Za-z0-9+/]{27}=", "c2lnbmF0dXJlIG9mIHRoZSBVUkw=", text)


def _waits(pane: ThreadPane) -> bool:
    """Whether a conversation is to be read, or is once the pane has its size."""
    return pane.waits or (pane._wanted is not None and pane.is_on_screen)


def picture_file(name: str, size: tuple[int, int]) -> str:
    """`messages-80x24.svg`, and `messages-80x24-light.svg` for `messages-light`."""
    name, light, _ = name.partition("-light")
    return f"{name}-{size[0]}x{size[1]}{light}.svg"


@contextmanager
def utc() -> Iterator[None]:
    """Make UTC the local zone for a while."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@asynccontextmanager
async def stage(
    kept: Kept,
    screen: str = "messages",
    *,
    embedded: bool = True,
    saved: Callable[[Sandbox], Connections] | None = None,
    history: int = 520,
    environ: dict[str, str] | None = None,
    watches: bool = False,
    prepare: Callable[[Sandbox], None] = lambda _: None,
) -> AsyncIterator[Stage]:
    """Start the app at a place, with the embedded sandbox in use, another program's, or with saved connections."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, utc():
        async with Sandbox(clock=clock, history=history) as sandbox:
            prepare(sandbox)
            paths = find_paths(Path(folder) / "config")
            if saved is not None:
                save(paths.connections, saved(sandbox))

            async def start() -> Connection:
                return connection_to(sandbox)

            origin = sandbox.base_url if watches else ""
            session = Session(paths, start_sandbox=start, environ=environ or {}, clock=clock, watches=origin)
            app = TuilioApp(session, StartOptions(sandbox=embedded, screen=screen))
            async with app.run_test(size=NARROW, notifications=True) as pilot:
                yield Stage(pilot, sandbox, clock, kept)


def connection_to(sandbox: Sandbox, name: str = "sandbox", secret: str = "") -> Connection:
    """A connection to a sandbox; with a secret of one's own it is refused."""
    return Connection(
        name,
        "api_key",
        sandbox.account_sid,
        sandbox.api_key_sid,
        secret or sandbox.api_key_secret,
        sandbox.auth_token,
        base_url=f"{sandbox.base_url}/2010-04-01",
        history=90,
    )


def small_company(_: Sandbox) -> Connections:
    """What a small company might have saved."""
    acme = Connection(
        "acme", "api_key", "AC" + "5" * 32, "SK" + "8" * 32, Secret.command(["op", "read", "op://Twilio/acme/secret"])
    )
    harbor = Connection("harbor", "auth_token", "AC" + "3" * 32, auth_token=Secret.env("HARBOR_TOKEN"), region="ie1")
    return Connections({"acme": acme, "harbor": harbor}, default="acme")
