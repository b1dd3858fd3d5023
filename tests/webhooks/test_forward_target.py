"""Which URLs events are forwarded to, and which never: Twilio, the receiver itself, another machine unconfirmed."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import replace

import pytest

from tests.webhooks.conftest import PUBLIC, TOKEN, Twilio
from tests.webhooks.programs import program
from tui.twilio.errors import InvalidRequest, NoAnswer
from tui.twilio.exchange import OutgoingRequest
from tui.twilio.http import send_without_credentials
from tui.webhooks.errors import InvalidSetting
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import ForwardState
from tui.webhooks.forward_target import read_target
from tui.webhooks.receiver import Receiver
from tui.webhooks.settings import ReceiverSettings, load_settings, save_settings
from tui.webhooks.verification import Tokens


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("3000", "http://127.0.0.1:3000"),
        (":3000/sms", "http://127.0.0.1:3000/sms"),
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.1:8080/a/b", "http://127.0.0.1:8080/a/b"),
        ("[::1]:3000", "http://[::1]:3000"),
        (" HTTP://LocalHost:80/ ", "http://localhost"),
        ("https://Dev.Example.com:443/x", "https://dev.example.com/x"),
        ("http://192.168.1.7:3000", "http://192.168.1.7:3000"),
        ("http://box.tail1234.ts.net:3000", "http://box.tail1234.ts.net:3000"),
        ("http://my_service:3000", "http://my_service:3000"),
    ],
)
def test_a_url_is_read_and_a_port_alone_is_this_machines(typed: str, read: str) -> None:
    assert str(read_target(typed)) == read
    assert str(read_target(read)) == read


@pytest.mark.parametrize(
    "typed",
    [
        "https://api.twilio.com/", "https://API.Twilio.Com./x", "http://twilio.com", "https://a.b.ie1.twilio.com",
        "http://0.0.0.0/", "http://[::]/", "http://224.0.0.1/", "http://2130706433/", "http://127.1/", "http://0x7f.1/",
        "http://8.8.8.8/", "http://[2606:4700::1111]/", "ftp://127.0.0.1/", "//127.0.0.1/", "http://", "http:///sms",
        "http://127.0.0.1:99999/", "http://127.0.0.1:0/", "http://exa mple/", "http://127.0.0.1\n.example.com/",
        "http://user:pw@127.0.0.1/", "http://127.0.0.1@example.com/", "http://127.0.0.1/?a=1", "http://127.0.0.1/#a",
        "http://höst/", "http://127.0.0.1\\@example.com/", "http://[::1", "example.com:3000", "http://a..b/",
        "http://api.twilio.com%2e/", "http://\u2488twilio.com/",
    ],
)  # fmt: skip
def test_what_nothing_is_forwarded_to_is_refused_with_a_reason(typed: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        read_target(typed)
    assert refused.value.field == "forward_to"
    assert refused.value.remedy


@pytest.mark.parametrize(
    "forward_to", ["8080", "http://localhost:8080/app", "http://[::1]:8080", "https://hooks.example.com/app", PUBLIC]
)
def test_a_program_that_is_the_receiver_itself_is_refused(forward_to: str) -> None:
    with pytest.raises(InvalidSetting, match="this receiver itself") as refused:
        ReceiverSettings(port=8080, public_url=PUBLIC, forward_to=forward_to).checked()
    assert refused.value.field == "forward_to"


async def test_a_loop_over_a_port_that_was_not_known_before_is_refused_when_an_event_comes(
    receiver: Receiver, twilio: Twilio
) -> None:
    receiver.adjust(replace(receiver.settings, forward_to=str(twilio.port)))
    assert (await twilio.post("/sms")).status == 200
    [event] = receiver.store.latest()
    assert event.forwarded is not None
    assert event.forwarded.state is ForwardState.NOT_SENT
    assert "this receiver itself" in event.forwarded.problem


async def test_what_comes_back_by_another_way_is_not_forwarded_again(receiver: Receiver, twilio: Twilio) -> None:
    """A relay stands in between, so that nothing in the settings tells of the loop."""
    busy: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", twilio.port)
        busy.add(asyncio.create_task(pump(reader, far_writer)))
        busy.add(asyncio.create_task(pump(far_reader, writer)))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    receiver.adjust(replace(receiver.settings, forward_to=str(server.sockets[0].getsockname()[1])))
    assert (await twilio.post("/sms")).status == 200
    first, again = receiver.store.latest()[::-1]
    assert again.duplicate_of == first.id
    assert again.forwarded is not None and "It came from here" in again.forwarded.problem
    assert len(receiver.store.latest()) == 2
    server.close()
    await asyncio.gather(*busy, return_exceptions=True)


# -- other machines ----------------------------------------------------------------------------------


def names(monkeypatch: pytest.MonkeyPatch, **addresses: str) -> list[str]:
    """Let these names mean these addresses; the list has what was looked up."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *args: object, **more: object) -> list[object]:
        asked.append(host)
        if host not in addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses[host], port))]

    # The loop looks names up with this one as well.
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


async def test_names_that_nobody_answers_for_take_no_thread_that_writes_to_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    back = threading.Event()

    def getaddrinfo(*args: object, **more: object) -> list[object]:
        back.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "no name server")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    try:
        request = OutgoingRequest("POST", "http://mybox:3000/")
        sends = [send_without_credentials(request, limit=0.2, largest=10, beyond_this_machine=True) for _ in range(40)]
        for said in await asyncio.gather(*sends, return_exceptions=True):
            assert isinstance(said, NoAnswer) and not said.sent
        async with asyncio.timeout(5):
            await asyncio.to_thread(str)
    finally:
        back.set()


async def test_another_machine_gets_nothing_before_it_was_confirmed(
    receiver: Receiver, twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with program() as mine:
        asked = names(monkeypatch, mybox="127.0.0.2", other="127.0.0.2")
        unconfirmed = replace(receiver.settings, forward_to=f"http://mybox:{mine.port}")
        receiver.adjust(unconfirmed)
        await twilio.post("/sms")
        [event] = receiver.store.latest()
        assert event.forwarded is not None and "“Forward to”, in the settings, asks" in event.forwarded.problem
        assert "http://mybox" in event.forwarded.problem
        assert (mine.connections, asked) == (0, [])
        receiver.adjust(unconfirmed.confirm())
        # One host's yes is no other's, nor for another port or scheme.
        for elsewhere in (f"http://other:{mine.port}", "http://mybox:1", f"https://mybox:{mine.port}"):
            receiver.adjust(replace(receiver.settings, forward_to=elsewhere))
            assert receiver.settings.unconfirmed == elsewhere
            await twilio.post("/sms")
        assert (mine.connections, asked) == (0, [])


async def test_a_confirmed_name_is_reached_on_a_private_network_only_without_encryption(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = names(monkeypatch, public="192.0.2.1", metadata="169.254.169.254", here="127.0.0.1")
    async with program() as mine:
        for name in ("public", "metadata"):
            with pytest.raises(InvalidRequest, match="not on a private network"):
                await send_without_credentials(
                    OutgoingRequest("POST", f"http://{name}:{mine.port}/"),
                    limit=5,
                    largest=10,
                    beyond_this_machine=True,
                )
        said = await send_without_credentials(
            OutgoingRequest("POST", f"http://here:{mine.port}/"), limit=5, largest=1000, beyond_this_machine=True
        )
        assert said.status == 200
        with pytest.raises(NoAnswer, match="could not be found"):
            await send_without_credentials(
                OutgoingRequest("POST", "http://nobody:1/"), limit=5, largest=10, beyond_this_machine=True
            )
    assert asked == ["public", "metadata", "here", "nobody"]


@pytest.mark.parametrize("host", ["api.twilio.com", "127.0.0.1.example", "example.com"])
async def test_no_name_is_looked_up_for_a_program_on_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = names(monkeypatch)
    with pytest.raises(InvalidRequest):
        await send_without_credentials(OutgoingRequest("POST", f"http://{host}/"), limit=5, largest=10)
    async with program() as mine:
        url = f"http://localhost:{mine.port}/"
        assert (await send_without_credentials(OutgoingRequest("GET", url), limit=5, largest=1000)).status == 200
    assert asked == []


async def test_twilio_gets_nothing_though_it_was_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = names(monkeypatch)
    with pytest.raises(InvalidRequest):
        await send_without_credentials(
            OutgoingRequest("POST", "https://api.twilio.com/"), limit=5, largest=10, beyond_this_machine=True
        )
    assert asked == []


async def test_in_the_sandbox_no_other_machine_gets_anything_though_it_was_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with program() as mine:
        settings = ReceiverSettings(public_url=PUBLIC, forward_to=f"http://mybox:{mine.port}").confirm()
        store = EventStore(None)
        async with Receiver(store, settings=settings, tokens=Tokens(TOKEN), here_only=True) as receiver:
            asked = names(monkeypatch, mybox="127.0.0.1")
            await Twilio(receiver).post("/sms")
        [event] = store.latest()
        assert event.forwarded is not None and "In the sandbox nothing leaves" in event.forwarded.problem
        assert (mine.connections, asked) == (0, [])
        store.close()


def test_what_was_confirmed_is_kept_and_a_host_changed_by_hand_is_not(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "webhooks.toml"
    save_settings(path, ReceiverSettings(forward_to="https://dev.example.com/x").confirm(), ())
    settings, _ = load_settings(path)
    assert settings.confirmed == ("https://dev.example.com",)
    assert settings.unconfirmed == ""
    path.write_text(path.read_text().replace("https://dev.example.com/x", "https://evil.example.com/x"))
    assert load_settings(path)[0].unconfirmed == "https://evil.example.com"
