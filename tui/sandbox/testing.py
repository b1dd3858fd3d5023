"""A Twilio for the tests of other programs: start one, look at what was sent, let messages arrive and requests fail.

    from tui.sandbox.testing import run_in_thread

    with run_in_thread() as sandbox:
        my_program.client = sandbox.client()
        my_program.sign_up("+14155550123")
        assert sandbox.code_for("+14155550123")

With pytest there is nothing to start: ask for the fixture `twilio_sandbox` (see `tui.sandbox.pytest_plugin`). For a
sandbox that was started by somebody else, in a container for example, there is `connect_to`.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from tui.sandbox.handle import SandboxHandle, SandboxTrouble, SeenMessage, connect_to

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["SandboxHandle", "SandboxTrouble", "SeenMessage", "connect_to", "run_in_process", "run_in_thread"]

_START_WITHIN: Final = 30.0
_END_WITHIN: Final = 5.0


@contextlib.contextmanager
def run_in_thread(*, history: int = 0, fast: bool = True) -> Generator[SandboxHandle]:
    """Run a sandbox in a thread of this process, on a free port.

    Its clock is this process's: tests that turn `datetime` by other means want `run_in_process`.

    Args:
        history: how many messages there are at the start.
        fast: messages are delivered at once; without it in three to four seconds, as at Twilio.
    """
    listening: Future[str] = Future()
    end: Future[None] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(history, fast, listening, end)), name="Twilio sandbox", daemon=True
    )
    thread.start()
    try:
        yield connect_to(listening.result(_START_WITHIN))
    finally:
        end.set_result(None)
        thread.join(_END_WITHIN)


@contextlib.contextmanager
def run_in_process(*, history: int = 0, fast: bool = True) -> Generator[SandboxHandle]:
    """Run a sandbox in a process beside this one, on a free port; it ends with this one, however that ends.

    What it writes to standard error, such as what it was asked for and has not, is written to this process's.

    Args:
        history: how many messages there are at the start.
        fast: messages are delivered at once; without it in three to four seconds, as at Twilio.

    Raises:
        SandboxTrouble: it could not start.
    """
    program = f"from tui.sandbox.testing import serve_parent; serve_parent({history:d}, {fast:d})"
    # -P: a folder of the tests must not stand in for a package. A session of its own: Ctrl+C is for the tests.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stdin and process.stdout and process.stderr
    told: list[str] = []
    listener = threading.Thread(target=_pass_on, args=(process.stderr, told), daemon=True)
    listener.start()
    try:
        if not (url := process.stdout.readline().strip()):
            listener.join(_END_WITHIN)
            raise SandboxTrouble(f"the sandbox did not start: {''.join(told).strip() or 'it said nothing'}")
        yield connect_to(url)
    finally:
        process.stdin.close()
        try:
            process.wait(_END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listener.join(_END_WITHIN)
        process.stdout.close()
        process.stderr.close()


def serve_parent(history: int, fast: bool) -> None:
    """Serve until standard input ends: what the process of `run_in_process` does. Prints where it listens."""
    listening: Future[str] = Future()
    end: Future[None] = Future()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        end.set_result(None)

    def tell(listening: Future[str]) -> None:
        if not listening.exception():
            sys.stdout.write(f"{listening.result()}\n")
            sys.stdout.flush()

    listening.add_done_callback(tell)
    threading.Thread(target=wait_for_the_end, daemon=True).start()
    asyncio.run(_serve(history, fast, listening, end))
    listening.result()


async def _serve(history: int, fast: bool, listening: Future[str], end: Future[None]) -> None:
    try:
        from tui.sandbox.command import complain, report
        from tui.sandbox.server import AT_ONCE, Sandbox

        speed = AT_ONCE if fast else 1.0
        async with Sandbox(history=history, speed=speed, on_error=report, on_missing=complain) as sandbox:
            listening.set_result(sandbox.base_url)
            await asyncio.wrap_future(end)
    except BaseException as problem:
        if listening.done():
            raise
        listening.set_exception(problem)


def _pass_on(stream: TextIO, told: list[str]) -> None:
    """Write what the sandbox says to this process's standard error; the last line is kept as well."""
    for line in stream:
        told[:] = [line]
        sys.stderr.write(line)
