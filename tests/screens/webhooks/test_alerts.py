"""Twilio's alerts beside an event, and about the receiver's URL."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.sandbox.alerts import WebhookAnswer
from tui.screens.webhooks.screen import WebhooksScreen
from tui.storage.connections import Connections, save
from tui.storage.paths import find_paths
from tui.widgets.dialogs import Notice


async def test_a_webhook_that_was_refused_shows_what_twilio_noted_of_it(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(80, 50)) as pilot:
        place = at(pilot)
        await place.listen(point=True)
        await place.press("w")
        await place.until("Signing")
        await place.press("5")
        await place.until("signs WRONGLY")
        await place.press("t")
        await place.until(lambda: place.table.row_count == 1)
        await place.until(lambda: not sandbox.calling)
        with_password = WebhookAnswer("POST", "http://me:hunter2@127.0.0.1:1/x", (), 500)
        sandbox._account.alerts.add(place.table.current.sid, 11200, with_password)
        await place.press("a")
        await place.until("Twilio's alerts")
        await place.until("•••@127.0.0.1:1")
        await place.until("11200")
        await place.until("answered 403")
        await place.until("This request is not known to be Twilio's.")
        assert "hunter2" not in place.text
        asked = [served.target for served in sandbox.requests if "/v1/Alerts" in served.target]
        # Kept for the event: looking at it again asks nobody.
        await place.press("escape", "enter")
        await place.until("11200")
        assert asked == [served.target for served in sandbox.requests if "/v1/Alerts" in served.target]
        assert "LogLevel=error" in asked[0]


async def test_without_an_event_it_is_asked_about_the_receivers_url(sandbox, run_app, at):
    async with run_app(sandbox=sandbox, screen="webhooks", size=(120, 40)) as pilot:
        place = at(pilot)
        await place.listen()
        await place.press("a")
        await place.until("Twilio has none so far")
        await place.press("escape")
        hostile = WebhookAnswer("POST", place.receiving.receiver.inbound_url, (), note="[/] \x1b]52;c;aGk=\x07")
        for code in (11205, 99999):
            sandbox._account.alerts.add("SM1", code, hostile)
        await place.press("a")
        await place.until(lambda: isinstance(place.app.screen, Notice))
        assert "11205 Twilio" in place.text
        assert "99999 [/]" in place.text
        assert "␛" in place.text
        assert "\x1b" not in place.text


async def test_who_may_not_read_them_is_told_so(run_app, at, sandbox, connect, tmp_path, said):
    goes_on = asyncio.Event()

    async def answer(request: Request) -> Response:
        code = 20003 if "Alerts" in request.target else 20404
        if code == 20003:
            await goes_on.wait()
        status = 403 if code == 20003 else 404
        return Response(status, body=json.dumps({"code": code, "message": "No", "status": status}).encode())

    async with Server(answer) as server:
        connection = connect(sandbox, name="acme", kind="auth_token")
        connection = replace(connection, base_url=f"http://127.0.0.1:{server.port}/2010-04-01")
        save(find_paths(tmp_path / "config").connections, Connections([connection]))
        async with run_app(connection="acme", screen="webhooks", size=(120, 40)) as pilot:
            place = at(pilot)
            await place.until(lambda: isinstance(place.app.screen, WebhooksScreen) and place.app.session.account)
            await place.press("s")
            await place.until(lambda: place.receiving.listening)
            await place.post(said("Hello"))
            await place.until(lambda: place.table.row_count == 1)
            await place.press("a")
            await place.until("asking Twilio")
            # Asked once more, it still says that it is asked.
            await place.press("a")
            await place.until(lambda: [each.group for each in place.screen.workers].count("alerts") == 1)
            place.screen.show_current()
            await place.until(lambda: not [each for each in place.screen.workers if each.group == "detail"])
            assert "asking Twilio" in place.text
            goes_on.set()
            await place.until("Twilio does not let these")
            assert "HTTP 403" in place.text
