"""The pytest fixtures of the sandbox; pytest finds them by itself where tuilio is installed.

    def test_a_code_is_sent(twilio_sandbox):
        sign_up(twilio_sandbox.client(), "+14155550123")
        assert twilio_sandbox.code_for("+14155550123")

One sandbox serves the whole run (each worker's own under pytest-xdist), and is as new for each test. It is empty and
delivers at once, in a thread of the tests; or it is the one at TWILIO_SANDBOX_URL, such as another container's, where
that is in the environment. Other wishes are a fixture in a `conftest.py` of one's own:

    @pytest.fixture(scope="session")
    def twilio_sandbox_server():
        with run_in_process(history=520, fast=False) as sandbox:
            yield sandbox
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tui.sandbox.handle import SandboxHandle

URL = "TWILIO_SANDBOX_URL"
"""The variable that names a sandbox which runs already."""


def running(environ: Mapping[str, str], workers: int) -> SandboxHandle | None:
    """Return the sandbox that runs already and that these variables name, None where they name none.

    Args:
        environ: the variables.
        workers: how many processes of pytest-xdist run the tests.

    Raises:
        SandboxTrouble: it does not answer, or several workers would share it.
    """
    from tui.sandbox.handle import SandboxTrouble, connect_to

    if not (url := environ.get(URL)):
        return None
    if workers > 1:
        raise SandboxTrouble(f"{URL} names one sandbox, which workers reset under one another: run pytest with -n 0")
    return connect_to(url)


@pytest.fixture(scope="session")
def twilio_sandbox_server(pytestconfig: pytest.Config) -> Generator[SandboxHandle]:
    """The sandbox that the whole run shares; for tests, `twilio_sandbox`."""
    workers = getattr(pytestconfig, "workerinput", {}).get("workercount", 1)
    if (sandbox := running(os.environ, workers)) is not None:
        yield sandbox
        return
    # pytest loads this in every run of every project: what it takes is loaded where there is a test that asks for it.
    from tui.sandbox.testing import run_in_thread

    with run_in_thread() as sandbox:
        yield sandbox


@pytest.fixture
def twilio_sandbox(twilio_sandbox_server: SandboxHandle) -> SandboxHandle:
    """A Twilio on loopback, as if it had just been started."""
    twilio_sandbox_server.reset()
    return twilio_sandbox_server


@pytest.fixture
def twilio_redirected(twilio_sandbox: SandboxHandle, monkeypatch: pytest.MonkeyPatch) -> Generator[SandboxHandle]:
    """The same, with the credentials in the environment and every client of the official library led there."""
    for name, value in twilio_sandbox.environ().items():
        monkeypatch.setenv(name, value)
    with twilio_sandbox.redirect_library():
        yield twilio_sandbox
