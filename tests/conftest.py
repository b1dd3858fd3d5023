"""Fixtures that several heights of tests share: a running sandbox, a connection to it, the app under Pilot."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from textual.pilot import Pilot

from tests.piloting import wait_for_the_busy
from tui.cli import StartOptions
from tui.sandbox.server import Sandbox
from tui.services.session import Session
from tui.storage.connections import Connection
from tui.storage.paths import find_paths
from tui.textual_fixes.key_queue import IgnoresTypeAhead, SerialKeyApp

# What is decided by is the same each time: half of the examples in each run, all of the laws that are sweeps.
# Laws are explored with `make explore`, and by the long proofs.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("explore"), derandomize=True, max_examples=40)
settings.register_profile("quick", settings.get_profile("same"), max_examples=20)
# On a second Python: whether it runs there at all.
settings.register_profile("smoke", settings.get_profile("same"), max_examples=5)
settings.load_profile("quick")

Pilot._wait_for_screen = wait_for_the_busy

# Every app that a test starts leaves thousands of objects; looking them through as often as Python would costs a tenth.
_AS_EVER = gc.get_threshold()
gc.set_threshold(100_000, 50, 100)

collect_ignore = ["sample_project"]
"""A project of somebody else, which runs where the wheel is installed (`tests/terminal/test_wheel.py`)."""

_STDERR = pytest.StashKey[int]()

PATIENCE = 60.0
"""Seconds that a test has beyond its own time, and to be taken down in."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep the way out for what a process says when it is given up; what the tests print is caught."""
    config.stash[_STDERR] = os.dup(2)


@contextmanager
def _ending(item: pytest.Item, seconds: float) -> Generator[None]:
    """End this process if it stays in here for longer, and say what each of its threads is doing.

    pytest-timeout raises once, and lets go of a test that has failed: one that loses what was raised, or cannot be
    taken down then, would hold up all others for ever.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=item.config.stash[_STDERR])
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """See to it that a test ends."""
    own = item.get_closest_marker("timeout")
    with _ending(item, PATIENCE + float(own.args[0] if own else item.config.getini("timeout"))):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """See to it that what a test left ends, also after it failed."""
    with _ending(item, PATIENCE):
        return (yield)


@pytest.fixture
def garbage_as_ever() -> Iterator[None]:
    """For what measures memory: Python looks for garbage as often as it does in the program."""
    rarely = gc.get_threshold()
    gc.set_threshold(*_AS_EVER)
    yield
    gc.set_threshold(*rarely)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A Twilio on loopback whose messages live ten times as fast."""
    async with Sandbox(speed=10) as running:
        yield running


def connection_to(sandbox: Sandbox, *, name: str = "sandbox", kind: str = "api_key") -> Connection:
    """A connection to a sandbox, of either kind."""
    return Connection(
        name=name,
        kind=kind,
        account_sid=sandbox.account_sid,
        api_key_sid=sandbox.api_key_sid if kind == "api_key" else None,
        api_key_secret=sandbox.api_key_secret if kind == "api_key" else None,
        auth_token=sandbox.auth_token,
        base_url=f"{sandbox.base_url}/2010-04-01",
        # Decided, so that nobody is told what is kept.
        history=90,
    )


@pytest.fixture
def connection(sandbox: Sandbox) -> Connection:
    """An API-key connection to the sandbox."""
    return connection_to(sandbox)


@pytest.fixture
def connect() -> Callable[..., Connection]:
    """`connect(sandbox, name=…, kind=…)` makes a connection to a sandbox."""
    return connection_to


@pytest.fixture
def be_in() -> Iterator[Callable[[str], None]]:
    """`be_in(zone)` makes a zone that of this machine until the test ends."""
    with pytest.MonkeyPatch.context() as patch:

        def change(zone: str) -> None:
            patch.setenv("TZ", zone)
            time.tzset()

        yield change
    time.tzset()


Until = Callable[..., Awaitable[None]]


@pytest.fixture
def until() -> Until:
    """`await until(pilot, lambda: …)` lets the app run until something is so; fails after `seconds`.

    A question that stands there by then can be read, and answered: before that it takes no key.
    """

    def readable(pilot: Pilot[Any] | None) -> bool:
        app = pilot.app if pilot else None
        top = app.screen if app and app.screen_stack else None
        # While a key is being answered it is not decided yet which ones came too early for where that leads.
        answered = not isinstance(app, SerialKeyApp) or app._answering is None
        return answered and (not isinstance(top, IgnoresTypeAhead) or top.look is not None)

    async def wait(pilot: Pilot[Any] | None, so: Callable[[], object], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not so() or not readable(pilot):
            if time.monotonic() > end:
                raise AssertionError(f"not so after {seconds} s: {so}\n{screen_text(pilot) if pilot else ''}")
            if pilot is not None:
                await pilot.pause(0.02)
            else:
                await asyncio.sleep(0.02)

    return wait


def screen_text(pilot: Pilot[Any]) -> str:
    """What the terminal would show, line by line."""
    app = pilot.app
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line)[:width].rstrip() for line in lines[:height])


@pytest.fixture
def text_of() -> Callable[[Pilot[Any]], str]:
    """`text_of(pilot)` is what the terminal would show."""
    return screen_text


RunApp = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture
def run_app(tmp_path: Path) -> RunApp:
    """`async with run_app(connection=…, size=(80, 24)) as pilot`: the app, its configuration in a temporary folder.

    With `sandbox=` the app is started as `--sandbox` against that one; else with the saved connections in
    `tmp_path / "config"`.
    """

    @asynccontextmanager
    async def run(
        *,
        sandbox: Sandbox | None = None,
        size: tuple[int, int] = (80, 24),
        screen: str = "messages",
        connection: str | None = None,
        environ: dict[str, str] | None = None,
        theme: str | None = None,
    ) -> AsyncGenerator[Pilot[None]]:
        # Imported when a screen is wanted: the other heights of tests need no Textual.
        from tui.app import TuilioApp

        async def start_sandbox() -> Connection:
            assert sandbox is not None
            return connection_to(sandbox)

        session = Session(
            find_paths(tmp_path / "config"),
            start_sandbox=start_sandbox if sandbox is not None else None,
            environ=environ or {},
        )
        embedded = sandbox is not None and connection is None
        start = StartOptions(sandbox=embedded, connection=connection, screen=screen, theme=theme)
        app = TuilioApp(session, start)
        async with app.run_test(size=size, notifications=True) as pilot:
            yield pilot

    return run
