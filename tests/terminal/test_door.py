"""The command line before any screen: help, version, and refusals in one plain sentence."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

Open = Callable[..., Any]

MISUSE = 2


def run(words: list[str], environ: Mapping[str, str], *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *flags, "-m", "tui", *words],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("word", ["--help", "-h", "--version"])
def test_help_and_version_import_nothing_heavy(environ: dict[str, str], word: str) -> None:
    done = run([word], environ, "-X", "importtime")
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "tui" in imported or "runpy" in imported
    assert imported.isdisjoint({"textual", "rich", "httpx", "phonenumbers", "asyncio", "sqlite3"})
    assert done.returncode == 0


def test_help_names_every_option_and_the_sandbox_command(environ: dict[str, str]) -> None:
    done = run(["--help"], environ)
    for word in ("--sandbox", "--connection", "--screen", "--config", "tuilio sandbox", "--frugal", "--version"):
        assert word in done.stdout


def test_the_version_is_the_one_of_the_package(environ: dict[str, str]) -> None:
    from tui import __version__

    assert run(["--version"], environ).stdout == f"tuilio {__version__}\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--sandbax"], "--sandbax"),
        (["stray"], "stray"),
        (["--screen"], "--screen"),
        (["--screen", "kitchen"], "kitchen"),
        (["--connection"], "--connection"),
        (["--sandbox", "--connection", "acme"], "--connection"),
        (["--config="], "--config"),
        (["sandbox", "--port", "banana"], "--port"),
        (["sandbox", "--port", "70000"], "--port"),
        (["sandbox", "--host", "0.0.0.0"], "--port"),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_sentence(environ: dict[str, str], words: list[str], named: str) -> None:
    done = run(words, environ)
    assert done.returncode == MISUSE
    assert done.stdout == ""
    assert done.stderr.startswith("tuilio")
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_terminal_it_says_so(environ: dict[str, str]) -> None:
    done = run(["--sandbox"], environ)
    assert done.returncode == MISUSE
    assert "terminal" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize("term", ["dumb", "unknown", "", "no-such-type", "\x1b[2Jevil"])
def test_a_terminal_that_cannot_draw_is_refused(tuilio: Open, term: str) -> None:
    terminal = tuilio("--sandbox", TERM=term)
    assert terminal.wait() == MISUSE
    assert "TERM" in terminal.text
    assert b"\x1b" not in terminal.raw


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_one_stream_that_is_no_terminal_is_enough_to_refuse(environ: dict[str, str], stream: str) -> None:
    _, slave = pty.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), slave) | {stream: subprocess.DEVNULL}
    done = subprocess.run([sys.executable, "-m", "tui", "--sandbox"], env=environ, timeout=30, check=False, **streams)
    assert done.returncode == MISUSE


def test_an_encoding_other_than_utf_8_is_refused(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", PYTHONIOENCODING="latin-1")
    assert terminal.wait() == MISUSE
    assert "UTF-8" in terminal.text
    assert b"\x1b" not in terminal.raw


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
def test_a_connection_that_is_not_saved_is_named(tuilio: Open) -> None:
    terminal = tuilio("--connection", "nowhere")
    terminal.until("nowhere")
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
