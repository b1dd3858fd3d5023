"""Tunnel programs: their commands, and the address in what they print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.webhooks.errors import InvalidSetting
from tui.webhooks.tunnels import (
    CLOUDFLARED,
    KEPT_LINES,
    LONGEST_LINE,
    NGROK,
    TAILSCALE,
    TunnelOutput,
    own_program,
    ssh_to,
)

OWN = own_program(("zrok", "share", "public", "{port}"))

QUICK = b"""\
2026-11-29T04:00:00Z INF Thank you for trying Cloudflare Tunnel. See https://developers.cloudflare.com/tunnel
2026-11-29T04:00:00Z INF Requesting new quick Tunnel on https://api.trycloudflare.com ...
2026-11-29T04:00:02Z INF +----------------------------------------------------------------+
2026-11-29T04:00:02Z INF |  Your quick Tunnel has been created! Visit it at (it may take some time):
2026-11-29T04:00:02Z INF |  https://angry-cat-12.trycloudflare.com                        |
"""
FUNNEL = b"Available on the internet:\n\nhttps://desk.tail1a2b.ts.net/\n|-- proxy http://127.0.0.1:8080\n"
ASKS = b"Funnel is not enabled on your tailnet.\nTo enable, visit:\n\n  https://login.tailscale.com/f/funnel?node=n1\n"
STARTED = b't=1 lvl=info msg="started tunnel" obj=tunnels addr=http://127.0.0.1:1 url=https://a1-2.ngrok-free.app\n'
WEB = b't=1 lvl=info msg="update available" url=https://bin.equinox.io/a\n'


@pytest.mark.parametrize(
    ("program", "printed", "address"),
    [
        (CLOUDFLARED, QUICK, "https://angry-cat-12.trycloudflare.com"),
        (CLOUDFLARED, b'failed: Post "https://api.trycloudflare.com/tunnel": no such host\n', ""),
        (CLOUDFLARED, b"https://a.trycloudflare.com.evil.example\nhttps://atrycloudflare.com\n", ""),
        (TAILSCALE, FUNNEL, "https://desk.tail1a2b.ts.net"),
        (TAILSCALE, b"https://desk.tail1a2b.ts.net:8443\n", "https://desk.tail1a2b.ts.net:8443"),
        (TAILSCALE, ASKS, ""),
        (NGROK, WEB + STARTED, "https://a1-2.ngrok-free.app"),
        (NGROK, WEB, ""),
        (OWN, b"see https://docs.example/start\nhttps://x9.share.example/\n", "https://x9.share.example"),
        (OWN, b"\x1b[32m\x1b[1m | https://x9.share.example | \x1b[0m\r\n", "https://x9.share.example"),
        (OWN, b"http://x9.share.example\nhttps://\n", ""),
    ],
)
def test_the_address_is_found_in_the_lines_that_have_it(program, printed, address):
    output = TunnelOutput(program)
    output.feed(printed)
    assert output.address == address


def test_within_a_line_it_is_a_guess_and_a_whole_line_is_better():
    output = TunnelOutput(OWN)
    output.feed(b"your address is https://x9.share.example.\nand https://docs.example\n")
    assert (output.address, output.guess) == ("", "https://x9.share.example")
    output.feed(b"https://y1.share.example\n")
    assert output.address == "https://y1.share.example"


def test_a_line_counts_once_it_is_whole():
    output = TunnelOutput(OWN)
    output.feed(b"https://x9.share")
    assert not output.address
    output.feed(b".example\n")
    assert output.address == "https://x9.share.example"


def test_ssh_is_ready_when_the_server_listens():
    output = TunnelOutput(ssh_to("you@example.com"))
    output.feed(b"debug1: Connecting\nWelcome, see https://example.com/motd\n")
    assert not output.ready
    output.feed(b"debug1: remote forward success for: listen 8080, connect 127.0.0.1:41000\n")
    assert output.ready
    assert not output.address
    output.feed(b"you@example.com: Permission denied (publickey).\ndebug1: Exit status -1\n")
    assert output.last_lines()[-1] == "you@example.com: Permission denied (publickey)."


@given(st.lists(st.binary(max_size=40)), st.integers(1, 7))
def test_however_it_is_cut_into_pieces_the_address_and_the_last_lines_are_the_same(noise, size):
    printed = b"\n".join([*noise, b"https://x9.share.example", *noise, b""])
    whole, pieces = TunnelOutput(OWN), TunnelOutput(OWN)
    whole.feed(printed)
    for start in range(0, len(printed), size):
        pieces.feed(printed[start : start + size])
    assert whole.address == pieces.address
    assert len(whole.last_lines()) <= KEPT_LINES


def test_a_flood_is_bounded():
    output = TunnelOutput(OWN)
    for _ in range(50):
        output.feed(b"x" * 65536)
    output.feed(b"\n" * 65536 + b"the end\n")
    assert output.last_lines()[-1] == "the end"
    assert all(len(line) <= LONGEST_LINE for line in output.last_lines())


def test_commands_name_the_port_and_this_machine():
    assert CLOUDFLARED.command(8080) == ("cloudflared", "tunnel", "--url", "http://127.0.0.1:8080")
    assert TAILSCALE.command(8080) == ("tailscale", "funnel", "8080")
    assert NGROK.command(8080)[:3] == ("ngrok", "http", "127.0.0.1:8080")
    assert own_program(("a b", "--to={port}", "{port}")).command(1) == ("a b", "--to=1", "1")
    assert ssh_to("you@host").command(8081)[-3:] == ("-R", "8080:127.0.0.1:8081", "you@host")
    assert ssh_to(" host:2020 ").command(8081)[-3:] == ("-R", "2020:127.0.0.1:8081", "host")


@pytest.mark.parametrize(
    "destination", ["", "-oProxyCommand=x", "you@-oProxyCommand=x", "a b", "host:0", "host:99999", "a@b@c", "host\n-v"]
)
def test_what_could_be_an_option_of_ssh_is_no_server(destination):
    with pytest.raises(InvalidSetting):
        ssh_to(destination)
