"""The shop, served on a port of this machine, so that the sandbox can call its webhooks."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from shop import make_app
from werkzeug.serving import make_server


@dataclass
class Shop:
    """The shop as its customers and Twilio reach it."""

    url: str

    def post(self, path: str, **form: str) -> requests.Response:
        return requests.post(f"{self.url}{path}", data=form, timeout=10)

    def status(self, sid: str) -> dict[str, Any]:
        return requests.get(f"{self.url}/status/{sid}", timeout=10).json()


@pytest.fixture
def shop(twilio_redirected: Any) -> Iterator[Shop]:
    sandbox = twilio_redirected
    # What a sandbox in another container calls this one by.
    host = os.environ.get("SHOP_HOST", "127.0.0.1")
    server = make_server(host, 0, lambda environ, start: app(environ, start), threaded=True)
    url = f"http://{host}:{server.server_port}"
    client = sandbox.client()
    app = make_app(sandbox.numbers[0], client.messaging.v1.services.list()[0].sid, sandbox.auth_token, url)
    client.incoming_phone_numbers.list(phone_number=sandbox.numbers[0])[0].update(sms_url=f"{url}/sms")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Shop(url)
    server.shutdown()
    thread.join()
    server.server_close()
