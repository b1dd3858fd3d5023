"""The command line before any screen: help, version, and refusals in one plain sentence."""

from __future__ import annotations

import os
import pty
import pwd
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tui.launch import forget_odd_variables
from tui.safe_text import safe_text
from tui.storage.paths import NoHome, find_paths

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
    for word in (
        "--sandbox",
        "--connection",
        "--screen",
        "--config",
        "tuilio sandbox",
        "--frugal",
        "--theme",
        "--version",
    ):
        assert word in done.stdout


def test_the_sandbox_has_a_help_of_its_own(environ: dict[str, str]) -> None:
    done = run(["sandbox", "--help"], environ)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("--port", "Messages", "not-implemented", "/_sandbox/", "export TWILIO_"):
        assert word in " ".join(done.stdout.split())


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
        (["--theme"], "--theme"),
        (["--theme", "nord", "--frugal"], "--frugal"),
        (["--config="], "--config"),
        (["sandbox", "--port", "banana"], "--port"),
        (["sandbox", "--port", "70000"], "--port"),
        (["sandbox", "--callbacks-to", "web"], "--host"),
        (["sandbox", "--empty", "--history", "5"], "--history"),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_sentence(environ: dict[str, str], words: list[str], named: str) -> None:
    done = run(words, environ)
    assert done.returncode == MISUSE
    assert done.stdout == ""
    assert done.stderr.startswith("tuilio")
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["--\x1b]0;pwn\x07"],
        ["\x9b2J"],
        ["--screen", "\x1b[2J\u202e"],
        ["--screen=\udcff\u200b"],
        ["sandbox", "--port", "\x1bc"],
        ["--connection"],
        ["\u0301" * 500],
    ],
)
def test_no_word_of_the_command_line_commands_the_terminal(environ: dict[str, str], words: list[str]) -> None:
    done = run(words, environ)
    assert done.returncode == MISUSE
    assert safe_text(done.stderr.rstrip("\n"), limit=None) == done.stderr.rstrip("\n")
    assert len(done.stderr) < 400


@pytest.mark.landing
def test_a_theme_that_is_none_ends_it_with_the_names_of_all(tuilio: Open) -> None:
    terminal = tuilio("--theme", "nrod\x1b")
    assert terminal.wait() == MISUSE
    said = terminal.text.replace("\n", "")
    assert "there is no theme “nrod␛” (did you mean nord?)" in said
    assert "tuilio-dark, tuilio-light, tuilio-frugal, textual-dark" in said


CLOSED = {
    "stdin": ("<&-", "must be a terminal"),
    "stdout": (">&-", "must be a terminal"),
    "help to nobody": ("--help >&-", "output is closed"),
    "help to a full disk": ("--help >/dev/full", "No space left"),
    "the version to a full disk": ("--version >/dev/full", "No space left"),
    "the sandbox to a full disk": ("sandbox >/dev/full", "No space left"),
}


@pytest.mark.parametrize(
    "name", [*list(CLOSED)[:4], *(pytest.param(n, marks=pytest.mark.long) for n in list(CLOSED)[4:])]
)
def test_streams_that_are_closed_or_full_are_told_in_a_sentence(environ: dict[str, str], name: str) -> None:
    words, said = CLOSED[name]
    done = shell(words, environ)
    assert done.returncode in (1, MISUSE)
    assert done.stderr.startswith("tuilio: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_that_nobody_reads_to_its_end_is_no_failure(environ: dict[str, str]) -> None:
    done = shell("--help | true; exit ${PIPESTATUS[0]}", environ)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
def test_with_every_stream_closed_it_ends_with_2(environ: dict[str, str]) -> None:
    assert shell("<&- >&- 2>&-", environ).returncode == MISUSE


def shell(words: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"{sys.executable} -m tui {words}"],
        env={**environ, "PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


ODD = {
    "TEXTUAL_COLOR_SYSTEM": "x",
    "TEXTUAL_DRIVER": "no.such:thing",
    "TEXTUAL_THEME": "none",
    "TEXTUAL_FPS": "none",
    "TEXTUAL_FILTERS": "none",
    "TEXTUAL_ANIMATIONS": "none",
    "ESCDELAY": "none",
    "COLUMNS": "999999",
    "LINES": "999999",
}


@pytest.mark.long
def test_odd_variables_change_nothing(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", **ODD)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("q")
    assert terminal.wait() == 0


def test_what_would_lead_textual_astray_is_taken_out_and_the_rest_stays() -> None:
    environ = {**ODD, "TEXTUAL_DISABLE_KITTY_KEY": "1", "TEXTUALISM": "mine", "TEXTUAL": "debug"}
    forget_odd_variables(environ, measured=True)
    assert environ == {"TEXTUAL_DISABLE_KITTY_KEY": "1", "TEXTUALISM": "mine", "ESCDELAY": "none"}
    size = {"COLUMNS": "120", "LINES": "-3"}
    forget_odd_variables(size, measured=False)
    assert size == {"COLUMNS": "120"}


NOWHERE = """
import os, sys, tempfile
place = tempfile.mkdtemp()
os.chdir(place)
os.rmdir(place)
from tui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.long
def test_a_working_directory_that_is_gone_matters_only_where_it_is_asked_for(
    terminal_of: Open, environ: dict[str, str]
) -> None:
    elsewhere = {**environ, "PYTHONPATH": str(Path.cwd())}
    terminal = terminal_of([sys.executable, "-c", NOWHERE, "--config", "here"], elsewhere)
    assert terminal.wait() == MISUSE
    assert "working directory is gone" in terminal.text
    terminal = terminal_of([sys.executable, "-c", NOWHERE, "--sandbox"], elsewhere)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("q")
    assert terminal.wait() == 0


def test_without_a_home_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: object) -> None:
        raise KeyError("uid not found")

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(NoHome, match="set HOME, or give --config"):
        find_paths(None, {})
    with pytest.raises(NoHome):
        find_paths(Path("~/place"), {})


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
