"""Which hosts are this machine and nothing else, and how a server here is called."""

from __future__ import annotations

import pytest

from tui.http_server.loopback import is_loopback, local_origin


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "::1", "[::1]", "0:0:0:0:0:0:0:1"]
)
def test_this_machine_has_these_names_and_no_others(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *("", "[]", "0.0.0.0", "::", "[::]", "169.254.169.254", "10.0.0.1", "128.0.0.1", "::2", "fe80::1"),
        *("localhost.evil.example", "127.0.0.1.evil.example", "example.com", "localhost.", "127.1", "0177.0.0.1"),
        # The same address, but written so that programs disagree about it.
        *("::ffff:127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "١٢٧.0.0.1", "::1%lo"),
    ],
)
def test_what_may_be_another_machine_is_not_this_one(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("[::1]", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_a_local_server_is_called_on_loopback(host: str, origin: str) -> None:
    assert local_origin(host, 80) == origin
