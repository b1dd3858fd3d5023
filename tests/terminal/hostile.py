"""Texts that harm a terminal or a markup reader, a Twilio that answers with nothing else, and a scan of the bytes.

The scan knows what the program itself has to say to a terminal; whatever else is a control got through.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

ACCOUNT: Final = "AC" + "0" * 32

HARMFUL: Final = (
    # Escape sequences: colours, clearing, moving, modes, margins, reports, resets
    "\x1b[38;5;99;7mcolour",
    "\x1b[2J\x1b[3J\x1b[3;1337H\x1b[1337X\x1b[1Kcleared",
    "\x1b[?1337h\x1b[?1337lmode",
    "\x1b[1;1r\x1b[99Lscroll",
    "\x1b[6n\x1b[c\x1b[>c\x1b[21tanswer me",
    "\x1bc\x1b7\x1b8\x1bM\x1b#8reset",
    "\x1b(0lqk\x1b(B\x1b%Gcharset",
    "\x1b[",
    "\x1b",
    "\x1b\x1b[[A",
    "\x1b[1;2;3;4;5;6;7;8;9;" + "1;" * 200 + "m",
    "\x1b[>4;2m\x1b[>1337u\x1b[<99ukeys",
    # Operating system commands: title, link, clipboard, colours, notifications
    "\x1b]0;a new title\x07",
    "\x1b]2;another\x1b\\",
    "\x1b]8;;https://phish.example/\x1b\\your bank\x1b]8;;\x1b\\",
    "\x1b]52;c;ZWNobyBnb3RjaGE=\x07",
    "\x1b]52;p;?\x07",
    "\x1b]4;1;rgb:ff/00/00\x07\x1b]11;#000\x07",
    "\x1b]9;notify\x07\x1b]777;notify;a;b\x07\x1b]1337;File=inline=1:AAAA\x07",
    "\x1b]not closed",
    # Device control, application and privacy strings
    "\x1bP+q544e\x1b\\",
    "\x1bP0;1|17/ab\x1b\\",
    "\x1b_Gi=1,a=T;AAAA\x1b\\",
    "\x1b^private\x1b\\ \x1bXstart\x1b\\",
    "\x1bPq#0",
    # C1, in Unicode
    "\x9b31mred\x9b0m",
    "\x9d0;title\x9c",
    "\x90q\x9c\x9f\x9e\x98",
    "\x84\x85\x88\x8d\x8e\x8f",
    "".join(map(chr, range(0x80, 0xA0))),
    # C0 and DEL
    "\x00a\x00b",
    "\x07\x08\x08\x08\x0b\x0c",
    "\x0e shifted \x0f",
    "\x7f\x7f\x7f",
    "\rover\r\nline",
    "".join(map(chr, range(0x20))),
    "\x05\x11\x13\x18\x1a",
    # Writing direction, separators, nothing at all
    "\u202eevil\u202c",
    "\u2066isolated\u2069\u2067x\u2068y",
    "\u200f\u200e\u061c",
    "line\u2028paragraph\u2029",
    "\u200b\u200b\u2060\ufeff\u00adzero" + "\u200b" * 200,
    "\U000e0001\U000e0068\U000e0069tags\U000e007f",
    "\ufff9a\ufffab\ufffb",
    "a" + "\u0301" * 300 + "flood",
    "\u115f\u3164\uffa0\u17b4",
    "\ufdd0\uffff\U0001fffe",
    "\U0001f469" + "\u200d\U0001f469" * 40,
    "\u2800\u034f\u180e",
    # Half of a surrogate pair
    "\ud83d",
    "\udc00\ud800",
    "\udc9b31m",
)
"""Each holds something that may not be printed as it is."""

MARKUP: Final = (
    "[/]",
    "[/nothing] [b]bold?[/b]",
    "[@click=app.leave]x[/]",
    "[@click=app.quit]y",
    "[link=https://phish.example]prize[/link]",
    "[[ ]] \\[ [123456] [",
    "[bold red on blue",
    "[$error]z[/]",
    "{0} %s {name!r} $HOME `id`",
    "<b>&lt;&amp;",
)
"""Honest characters that a markup reader would eat, crash on or obey."""

LONG: Final = ("x" * 1_000_000, "\x1b]52;c;" * 100_000, "\U0001f469\u200d" * 200_000, "שלום" * 100_000)

PAYLOADS: Final = (*HARMFUL, *MARKUP, *LONG)

NAMES: Final = [each for each in PAYLOADS if not re.search("[\ud800-\udfff]", each) and len(each) < 500]
"""Those that TOML can hold."""

OWN: Final = re.compile(
    rb"\x1b\[m(?:\x1b\[[0-9;]*m)?\x1b\[2J"
    rb"|\x1b\[(?:\?[0-9;]*[hl]|\?2026\$p|\?2048\$p|5n|[0-9;]*m|[0-9]*(?:;[0-9]*)?H|[0-9]*C|K|[0-9]+X|>[0-9;]*[cum]|<u)"
    rb"|\x1b\]22;[a-z-]+(?:\x07|\x1b\\)|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"
)
"""What the program itself has to say to a terminal: modes, colours, positions, blanks, keys, the pointer's shape, and
what a person chose to copy. It clears the screen in one way only, so that any other clearing is a stranger's."""

THEIRS: Final = (b"1337", b"99;7m", b";9;1;1;", b"phish.example\x1b", b"ZWNobyBnb3RjaGE", b"[<99u", b"4;2m\x1b")
"""Pieces of payloads that look like the program's own sequences, were they to get through."""

CONTROL: Final = re.compile(
    "\r(?!\n)|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufdd0\ufeff\uffa0\ufff9-\ufffb\uffff\U0001fffe\U000e0000-\U000e007f]"
    "|[\u0300-\u036f]{5}|(?:\u200d\U0001f469){4}"
)
"""Whatever steers, hides or reorders; a fifth mark on one character; a fourth joined emoji."""


def strays(raw: bytes) -> list[str]:
    """What in the output is none of the program's own, with what follows it."""
    try:
        text = OWN.sub(b"", raw).decode("utf-8")
    except UnicodeDecodeError as problem:
        return [f"no UTF-8: {raw[problem.start : problem.start + 8]!r}"]
    found = [repr(text[each.start() : each.start() + 24]) for each in CONTROL.finditer(text)]
    commands = b"".join(OWN.findall(raw))
    return found + [repr(piece) for piece in THEIRS if piece in commands]


def message(number: int, payload: str) -> dict[str, object]:
    """A message all of whose texts are the payload."""
    small = payload[:300]
    return {
        "sid": f"SM{number:032x}",
        "account_sid": ACCOUNT,
        "body": f"n{number}n {payload} m{number}m",
        "from": f"+1415555{number:04d}" if number % 2 else small,
        "to": small if number % 2 else "+14155550100",
        "direction": "inbound" if number % 3 else "outbound-api",
        "status": small if number % 5 == 0 else "undelivered" if number % 3 == 0 else "received",
        "error_code": 30007 if number % 3 == 0 else None,
        "error_message": small if number % 3 == 0 else None,
        "num_segments": "1",
        "num_media": "3" if number % 4 == 1 else "0",
        "price": small if number % 7 == 0 else "-0.0079",
        "price_unit": small,
        "messaging_service_sid": small,
        "date_created": f"Mon, 02 Mar 2026 {12 - number // 60:02d}:{59 - number % 60:02d}:59 +0000",
        "date_sent": small if number % 11 == 0 else None,
        "uri": small,
        small: small,
    }


def template(number: int, payload: str) -> dict[str, object]:
    """A content template all of whose texts are the payload."""
    small = payload[:300]
    form = {
        "body": f"c{number}c {payload[:5000]} {{{{1}}}} {{{{{small}}}}}",
        "footer": small,
        "media": [small],
        "actions": [{"title": small, "url": small, "type": small}],
    }
    return {
        "sid": f"HX{number:032x}",
        "friendly_name": f"t{number:03d} {small}",
        "language": small,
        "variables": {"1": small, small: small},
        "types": {"twilio/quick-reply" if number % 2 else small: form},
        "approval_requests": {"status": small, "rejection_reason": small, "name": small, "category": small},
    }


def prices(payload: str) -> dict[str, object]:
    """A price list whose names are the payload."""
    price = {"number_type": payload, "current_price": "0.0079", "base_price": payload}
    return {"price_unit": payload, "outbound_sms_prices": [{"carrier": payload, "prices": [price]}]}


def alert(number: int, payload: str) -> dict[str, object]:
    """An alert of the last hours all of whose texts are the payload."""
    text = payload[:20_000]
    return {
        "sid": f"NO{number:032x}",
        "error_code": (11200, 99999, None, text)[number % 4],
        "date_generated": (datetime.now(UTC) - timedelta(hours=1, seconds=number)).isoformat(),
        "request_url": f"https://me:hunter2@x.example/{text}",
        "alert_text": f"Msg={text}&httpResponse=500",
        "request_headers": f"{text}={text}",
        **dict.fromkeys(
            ("log_level", "request_method", "resource_sid", "response_body", "request_variables", "response_headers"),
            text,
        ),
    }


def usage(number: int, payload: str) -> dict[str, object]:
    """A Usage Record, every second one of messages, all of whose texts are the payload."""
    words = dict.fromkeys(("description", "count_unit", "usage_unit", "as_of"), payload[:300])
    category = f"{'sms-' * (number % 2)}{payload[:300]}{number}"
    return {"category": category, "count": "3", "usage": "10", "price": "1.5", "price_unit": "usd", **words}


def account(number: int, payload: str) -> dict[str, object]:
    """An account all of whose texts are the payload."""
    return {"sid": f"AC{number:032x}", **dict.fromkeys(("status", "type", "friendly_name"), payload[:300])}


def of_delivery(path: str, payloads: tuple[str, ...]) -> dict[str, object] | None:
    """What the views over Delivery and the checks of Why are answered; None for any other path."""
    words = "".join(payload[:100] for payload in payloads)
    found = re.search(r"/v1/Alerts/NO([0-9a-f]{32})", path)
    if found:
        return alert(int(found[1], 16), payloads[int(found[1], 16)])
    if path.endswith(f"/Accounts/{ACCOUNT}.json"):
        return account(0, words)
    lists = {
        "/v1/Alerts": ("alerts", [alert(*each) for each in enumerate(payloads)]),
        "/Accounts.json": ("accounts", [account(*each) for each in enumerate(payloads)]),
        "/Services": ("services", [{"sid": words, "friendly_name": words}]),
        "/PhoneNumbers": ("phone_numbers", [{"phone_number": "+14155550100"}]),
        "/Usa2p": ("compliance", [{"campaign_status": "VERIFIED", "brand_registration_sid": words}]),
        "/GeoPermissions": ("permissions", [{"country_code": "US", "enabled": False, "type": words}]),
    }
    for end, (key, items) in lists.items():
        if path.endswith(end):
            return {key: items, "meta": {}}
    if "/Usage/Records/" in path:
        return {"usage_records": [usage(*each) for each in enumerate(payloads)]}
    if path.endswith("/Balance.json"):
        return {"balance": "-12.5", "currency": words}
    if "/BrandRegistrations/" in path:
        return {"status": words, "failure_reason": words}
    return {"valid": False, "validation_errors": [words]} if "/v2/PhoneNumbers/" in path else None


class Answers(BaseHTTPRequestHandler):
    """Messages, numbers and bodies in three shapes, every one hostile."""

    protocol_version = "HTTP/1.1"
    payloads: tuple[str, ...] = PAYLOADS

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        everything = "\n".join(payload[:5000] for payload in self.payloads)
        messages = [message(number, payload) for number, payload in enumerate(self.payloads)]
        found = re.search(r"/Messages/SM([0-9a-f]{32})\.json", path)
        if found:
            self.answer(200, messages[int(found[1], 16)])
        elif path.endswith("/Messages.json"):
            self.answer(200, {"messages": messages, "next_page_uri": None})
        elif path.endswith("/IncomingPhoneNumbers.json"):
            numbers = [
                {"phone_number": f"+1415555{n:04d}", "friendly_name": payload[:100], "capabilities": {"sms": True}}
                for n, payload in enumerate(self.payloads)
            ]
            self.answer(200, {"incoming_phone_numbers": numbers})
        elif path.endswith("/Media.json"):
            media = [
                {"sid": payload[:300], "content_type": payload[:300], "uri": payload[:300]} for payload in self.payloads
            ]
            self.answer(200, {"media_list": media})
        elif path.endswith("/ContentAndApprovals"):
            self.answer(200, {"contents": [template(*each) for each in enumerate(self.payloads)], "meta": {}})
        elif answer := of_delivery(path, self.payloads):
            self.answer(200, answer)
        elif "/v1/Messaging/Countries/" in path:
            self.answer(200, prices(everything))
        elif path.endswith("/text"):
            self.send(200, "text/plain; charset=utf-8", everything.encode("utf-8", "surrogatepass"))
        elif path.endswith("/bytes"):
            content = bytes(range(256)) + everything.encode("utf-8", "surrogatepass")
            self.send(200, "application/octet-stream", content)
        else:
            self.answer(
                404, {"code": 20404, "message": everything[:2000], "more_info": self.payloads[0], "status": 404}
            )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        words = "".join(self.payloads[:40])
        self.answer(400, {"code": 21211, "message": words, "more_info": words, "status": 400})

    def answer(self, status: int, value: object) -> None:
        self.send(status, "application/json", json.dumps(value).encode("ascii"))

    def send(self, status: int, kind: str, content: bytes) -> None:
        # h11 lets nothing below a blank pass in a header, but C1 as single bytes.
        self.send_response(status, "\x9b31m\x85 \xff")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Hostile", "\x9b2J\x9d0;t\x9c [@click=app.leave]x[/] \xad")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def hostile_twilio(payloads: tuple[str, ...] = PAYLOADS) -> Generator[str]:
    """The base URL of a Twilio that answers with nothing but payloads."""

    class Chosen(Answers):
        pass

    Chosen.payloads = payloads
    server = ThreadingHTTPServer(("127.0.0.1", 0), Chosen)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/2010-04-01"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
