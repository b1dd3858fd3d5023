"""The command line: which sandbox is meant."""

from __future__ import annotations

import pytest

from tui.cli import BadCommandLine, StartOptions, read_command_line


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("http://localhost:4010/", "http://localhost:4010"),
        ("http://[::1]:4010/2010-04-01/Accounts", "http://[::1]:4010"),
    ],
)
def test_a_sandbox_to_watch_is_a_place_on_this_machine(typed: str, origin: str) -> None:
    assert read_command_line(["--watch-sandbox", typed], {}) == StartOptions(sandbox=True, watches=origin)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "4010",
        "127.0.0.1:4010",
        "http://127.0.0.1",
        "https://127.0.0.1:4010",
        "http://127.0.0.1.example.com:4010",
        "http://192.0.2.1:4010",
        "http://me@127.0.0.1:4010",
        "http://127.0.0.1:99999",
        "http://[::1:4010",
    ],
)
def test_any_other_place_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(BadCommandLine, match=r"as in http://127\.0\.0\.1:4010"):
        read_command_line(["--watch-sandbox", typed], {})


@pytest.mark.parametrize("more", [["--sandbox"], ["--connection", "acme"], ["--history", "10"]])
def test_a_sandbox_to_watch_goes_with_no_other_source_of_messages(more: list[str]) -> None:
    with pytest.raises(BadCommandLine):
        read_command_line(["--watch-sandbox", "http://127.0.0.1:4010", *more], {})
