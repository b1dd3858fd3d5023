"""Who can reach a sandbox, and whom it calls, when it was started for others than this machine."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from tui.http_server.http_messages import Request
from tui.sandbox.messages import content_type
from tui.sandbox.reach import LOCAL, Reach, Turned, read_reach
from tui.sandbox.server import Sandbox

EVERYWHERE = read_reach("0.0.0.0", [], open_controls=False)
OPEN = read_reach("0.0.0.0", ["app", "hooks.example"], open_controls=True)


def asked(host: str, peer: str = "192.0.2.7", origin: str = "") -> Request:
    headers = [("Host", host), *([("Origin", origin)] if origin else [])]
    return Request("GET", "/_sandbox/state", "/_sandbox/state", "", tuple(headers), b"", (peer, 4711))


@pytest.mark.parametrize(
    ("reach", "request_", "allowed"),
    [
        (LOCAL, asked("127.0.0.1:4010", "127.0.0.1"), True),
        (LOCAL, asked("127.0.0.1:4010"), False),
        (EVERYWHERE, asked("localhost", "127.0.0.1"), True),
        (EVERYWHERE, asked("localhost"), False),
        (EVERYWHERE, asked("sandbox:4010", "127.0.0.1"), False),
        (OPEN, asked("sandbox:4010"), True),
        (OPEN, asked("192.0.2.1:4010"), True),
        (OPEN, asked("[2001:db8::1]:4010"), True),
        (OPEN, asked("host.docker.internal:4010"), True),
        (OPEN, asked("hooks.example:4010"), True),
        # A page of the web whose name leads here.
        (OPEN, asked("evil.example:4010", origin="http://evil.example:4010"), False),
        (OPEN, asked("sandbox:4010", origin="https://evil.example"), False),
        (OPEN, asked("[::1", "127.0.0.1"), False),
    ],
)
def test_its_own_paths_are_for_whom_they_are_said_to_be(reach: Reach, request_: Request, allowed: bool) -> None:
    if allowed:
        reach.check_control(request_)
    else:
        with pytest.raises(Turned, match=r"this machine|other sites"):
            reach.check_control(request_)


def test_whoever_is_turned_away_is_told_what_opens_them() -> None:
    with pytest.raises(Turned, match="--open-controls"):
        EVERYWHERE.check_control(asked("sandbox:4010"))


@pytest.mark.parametrize(
    ("reach", "url", "called"),
    [
        (LOCAL, "http://127.0.0.1:9/x", True),
        (LOCAL, "http://app:9/x", False),
        (EVERYWHERE, "http://app/x", False),
        (OPEN, "http://APP:3000/x", True),
        (OPEN, "http://localhost/x", True),
        (OPEN, "https://app/x", False),
        (OPEN, "http://app.example/x", False),
        (OPEN, "http://app@evil.example/x", False),
        (OPEN, "http://[::1", False),
    ],
)
def test_webhooks_go_to_the_hosts_that_were_named_and_no_other(reach: Reach, url: str, called: bool) -> None:
    assert (reach.not_callable(url) == "") is called


@pytest.mark.parametrize(
    ("host", "to", "controls"),
    [("example.com", [], False), ("", [], False), ("127.0.0.1", ["app"], False), ("::1", [], True),
     ("0.0.0.0", ["http://app"], False), ("0.0.0.0", ["app:80"], False), ("0.0.0.0", ["*"], False)],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_option(host: str, to: list[str], controls: bool) -> None:
    with pytest.raises(ValueError, match=r"--host|--callbacks-to"):
        read_reach(host, to, open_controls=controls)


async def test_answers_lead_back_to_where_the_request_came_to() -> None:
    async with Sandbox(history=0, reach=EVERYWHERE) as sandbox:
        assert sandbox.base_url == f"http://127.0.0.1:{sandbox.port}"
        pair = (sandbox.account_sid, sandbox.auth_token)
        message = sandbox.receive("+14155550123", sandbox.numbers[0], "Hi", ("https://files.example/a.png",))
        assert message.media[0].content_type == content_type("a.png")
        async with httpx.AsyncClient(base_url=sandbox.base_url, auth=pair, trust_env=False) as client:
            listed = await client.get("/v1/Services?PageSize=1", headers={"Host": "sandbox:4010"})
            assert listed.json()["meta"]["next_page_url"].startswith("http://sandbox:4010/v1/Services")
            files = f"/2010-04-01/Accounts/{sandbox.account_sid}/Messages/{message.sid}/Media"
            moved = await client.get(f"{files}/{message.media[0].sid}", headers={"Host": "sandbox:4010"})
            storage = sandbox.storage_url.rpartition(":")[2]
            assert moved.headers["Location"].startswith(f"http://sandbox:{storage}/media/")
            odd = await client.get("/v1/Services?PageSize=1", headers={"Host": "a b"})
            assert odd.json()["meta"]["next_page_url"].startswith(sandbox.base_url)


async def test_a_host_that_was_not_named_is_not_even_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[Any] = []
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: looked_up.append(host) or real(host, *rest, **more)
    )
    async with (
        Sandbox(history=0, reach=OPEN) as sandbox,
        httpx.AsyncClient(base_url=sandbox.base_url, trust_env=False) as client,
    ):
        form = {"From": sandbox.numbers[0], "To": "+14155550123", "Body": "x", "StatusCallback": "http://far.example/x"}
        path = f"/2010-04-01/Accounts/{sandbox.account_sid}/Messages.json"
        await client.post(path, data=form, auth=(sandbox.account_sid, sandbox.auth_token))
        await client.post("/_sandbox/clock", json={"advance": 60})
        called = (await client.get("/_sandbox/callbacks?wait=5&event=delivered")).json()["callbacks"]
    assert "app, hooks.example" in called[0]["note"]
    assert not [host for host in looked_up if "far" in str(host)]
