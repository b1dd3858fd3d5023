"""Fetches secrets from environment variables, commands and key rings, in bounded time.

Must not know `Secret` or any file. Every failure is a `SecretUnavailable` raised outside the handler that
caught its cause, so that no exception chain carries a command's words, its output or a key ring's answer.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol, cast

from tui.safe_text import bare, flaw_in
from tui.storage.errors import SecretUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OUTPUT_LIMIT: Final = 64 * 1024
SERVICE: Final = "tuilio"


class _KeyringModule(Protocol):
    def get_password(self, service_name: str, username: str) -> str | None: ...


def clean(raw: str, what: str, remedy: str) -> str:
    """A fetched secret without what was added around it.

    Blanks, line ends, quotes and characters nobody sees around it, as a paste, a file, a shell or a program adds them,
    are dropped. `what` names it at the beginning of a sentence.

    Raises:
        SecretUnavailable: nothing is left, or something that cannot belong to it stands within.
    """
    value = bare(raw)
    if not value:
        raise SecretUnavailable(f"{what} is empty.", remedy)
    if flaw := flaw_in(value):
        raise SecretUnavailable(f"{what} {flaw}.", "Copy the secret anew, by itself.")
    return value


def read_variable(name: str, environ: Mapping[str, str]) -> str:
    """The value of an environment variable.

    Raises:
        SecretUnavailable: it is unset, or no secret.
    """
    value = environ.get(name)
    if value is None:
        raise SecretUnavailable(
            f"The environment variable {name} is not set.",
            f"Leave, run “export {name}=…” and start again, or keep the secret another way.",
        )
    return clean(
        value,
        f"The environment variable {name}",
        f"Leave, give {name} its value and start again, or keep the secret another way.",
    )


def run_command(argv: Sequence[str], environ: Mapping[str, str], *, seconds: float) -> str:
    """The one line a program prints, cleaned.

    No shell; no input; nothing of its output or error output is shown. It gets a session of its own, so that
    it can neither ask on this terminal nor outlive its `seconds` together with its children.

    Raises:
        SecretUnavailable: it cannot start, fails, takes too long, or prints anything but one line of UTF-8.
    """
    program = argv[0] if argv else ""
    patience = time.monotonic() + seconds
    process = _start(argv, environ)
    output = bytearray()
    reader = threading.Thread(target=_drain, args=(process, output), daemon=True, name="secret-command")
    reader.start()
    reader.join(seconds)
    late = reader.is_alive()
    if late or len(output) > OUTPUT_LIMIT:
        _stop(process)
    try:
        status = process.wait(max(0.1, patience - time.monotonic()))
    except subprocess.TimeoutExpired:
        _stop(process)
        status, late = process.wait(), True
    again = f"Run {program} in a shell and see whether it prints the secret on one line."
    if late:
        raise SecretUnavailable(
            f"The command {program} did not finish within {seconds:g} seconds.",
            f"It gets no terminal and no input: sign in to it first. {again}",
        )
    if len(output) > OUTPUT_LIMIT:
        raise SecretUnavailable(f"The command {program} printed far more than a secret.", again)
    if status != 0:
        how = f"ended with exit status {status}" if status > 0 else f"was stopped by signal {-status}"
        raise SecretUnavailable(f"The command {program} {how}.", f"It may need signing in first. {again}")
    return _one_line(bytes(output), program, again)


def ask_keyring(name: str, keyring: Callable[[str], str | None] | None = None, *, seconds: float) -> str:
    """The password kept under the service "tuilio" and the user name `name`.

    Asked in a daemon thread, since a key ring without a desktop may never answer.

    Raises:
        SecretUnavailable: no key ring is installed, it failed, did not answer in time, has no such entry, or one that
            is no secret.
    """
    answers: list[str | None] = []
    failures: list[str] = []

    def ask() -> None:
        try:
            answers.append((keyring or _installed_keyring)(name))
        except ImportError:
            failures.append("missing")
        except Exception as problem:  # any backend may raise anything; only its kind is safe to tell
            failures.append(type(problem).__name__)

    asker = threading.Thread(target=ask, daemon=True, name="secret-keyring")
    asker.start()
    asker.join(seconds)
    if failures == ["missing"]:
        raise SecretUnavailable(
            "Key rings need an extra part that is not installed.",
            "Install tuilio[keyring], or keep the secret in the environment or behind a command.",
        )
    if failures:
        raise SecretUnavailable(
            f"The key ring refused ({failures[0]}).",
            "Unlock it, or keep the secret in the environment or behind a command.",
        )
    if not answers:
        raise SecretUnavailable(
            f"The key ring did not answer within {seconds:g} seconds.",
            "It may be waiting for a desktop; keep the secret in the environment or behind a command.",
        )
    store = f"Store it with “keyring set {SERVICE} {name}”."
    if answers[0] is None:
        raise SecretUnavailable(f"The key ring has no entry {name} for {SERVICE}.", store)
    return clean(answers[0], f"The key ring's entry {name} for {SERVICE}", store)


def _installed_keyring(name: str) -> str | None:
    module = cast("_KeyringModule", cast("object", importlib.import_module("keyring")))
    return module.get_password(SERVICE, name)


def _start(argv: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    program = argv[0] if argv else ""
    if not program:
        raise SecretUnavailable("No command is named.", "Write the program and its words as a list.")
    why = "cannot be started"
    try:
        return subprocess.Popen(  # noqa: S603 - the person's own configuration names the program
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,
        )
    except FileNotFoundError:
        why = "was not found"
    except PermissionError:
        why = "may not be executed"
    except (OSError, ValueError):
        pass
    raise SecretUnavailable(
        f"The command {program} {why}.", "Check its spelling, or name the program by its full path."
    )


def _drain(process: subprocess.Popen[bytes], output: bytearray) -> None:
    if process.stdout is None:
        return
    with process.stdout as pipe:
        while len(output) <= OUTPUT_LIMIT and (piece := os.read(pipe.fileno(), OUTPUT_LIMIT)):
            output += piece


def _stop(process: subprocess.Popen[bytes]) -> None:
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _one_line(output: bytes, program: str, again: str) -> str:
    try:
        text: str | None = output.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise SecretUnavailable(f"The command {program} printed something that is not UTF-8 text.", again)
    line = bare(text)
    if not line:
        raise SecretUnavailable(f"The command {program} printed nothing.", again)
    if "\n" in line or "\r" in line:
        raise SecretUnavailable(f"The command {program} printed more than one line.", again)
    return clean(line, f"What the command {program} printed", again)
