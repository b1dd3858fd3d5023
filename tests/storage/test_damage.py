"""Whatever becomes of a file on disk, its reader reads what is left or says so, and the next save is not locked out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tui.keymap import read_keys
from tui.raw_request.form_text import RequestText
from tui.raw_request.history import PastRequest, RequestHistory
from tui.raw_request.saved_requests import SavedRequests
from tui.storage.checks import check
from tui.storage.connection_import import read_profiles
from tui.storage.connections import Connection, Connections, Secret, load, save
from tui.storage.drafts import Drafts
from tui.storage.errors import StorageError
from tui.twilio.numbers import SmsWebhook
from tui.webhooks.errors import WebhookError
from tui.webhooks.settings import ReceiverSettings, ReplacedWebhook, load_settings, save_settings

SAID = (StorageError, WebhookError)
AC, SK = "AC" + "1" * 32, "SK" + "2" * 32
MANY = 3_000
FEW = 15


class Store:
    """One kind of file: how a whole one is made, read, and saved into."""

    def __init__(
        self, make: Callable[[Path], None], read: Callable[[Path], object], put: Callable[[Path], object]
    ) -> None:
        self.make, self.read, self.put = make, read, put


def make_connections(path: Path) -> None:
    key = Connection("acme", "api_key", AC, SK, Secret.command(["op", "read", "x"]), "t0ken", "ie1", webhook_key="k")
    save(path, Connections([key, Connection("b", "auth_token", AC, auth_token=Secret.env("B"))], default="acme"))


def read_connections(path: Path) -> object:
    loaded = load(path)
    assert all(problem.reason and problem.remedy for problem in loaded.problems)
    return [(repr(each), check(each)) for each in loaded.values()]


def put_connection(path: Path) -> object:
    return save(path, load(path).with_connection(Connection("new", "auth_token", AC, auth_token="x")))


def make_requests(path: Path) -> None:
    requests = SavedRequests(path)
    requests.put("list", RequestText("GET", "/Messages.json", query="PageSize=3"))
    requests.put("send", RequestText("POST", "/Messages.json", body="To=+1\nBody=é\n", body_kind="form"))
    requests.keep_answers(True)


def make_history(path: Path) -> None:
    history = RequestHistory(path)
    for number in range(4):
        answer = "{}" if number else None
        history.add(
            PastRequest(datetime.now(UTC), "acme", RequestText(path=f"/{number}"), 200, "ok", 0.5, 12, answer=answer)
        )


def make_drafts(path: Path) -> None:
    drafts = Drafts(path)
    drafts.put("acme", {"to": "+14155550100", "body": "first\nsecond"})
    drafts.put("b", {"body": "é😀"})


def read_drafts(path: Path) -> object:
    drafts = Drafts(path)
    found = drafts.get("acme"), drafts.get("b")
    # What is not there any more was changed, or is told.
    return found, drafts.notice


def make_webhooks(path: Path) -> None:
    replaced = ReplacedWebhook(AC, "PN1", "+14155550100", SmsWebhook("https://a.example", "POST", ""), "https://b")
    save_settings(path, ReceiverSettings(), [replaced])


def make_profiles(path: Path) -> None:
    profile = {"accountSid": AC, "region": "ie1", "apiKey": SK, "apiSecret": "x"}
    path.write_text(json.dumps({"profiles": {"p": profile}, "projects": [{"id": "old", "accountSid": AC}]}))


STORES = {
    "connections.toml": Store(make_connections, read_connections, put_connection),
    "requests.toml": Store(
        make_requests,
        lambda path: SavedRequests(path).read(),
        lambda path: SavedRequests(path).put("new", RequestText()),
    ),
    "requests.jsonl": Store(
        make_history,
        lambda path: RequestHistory(path).entries(),
        lambda path: RequestHistory(path).add(PastRequest(datetime.now(UTC), "new", RequestText())),
    ),
    "drafts.json": Store(make_drafts, read_drafts, lambda path: Drafts(path).put("new", {"body": "x"})),
    "webhooks.toml": Store(
        make_webhooks, load_settings, lambda path: save_settings(path, ReceiverSettings(port=4011), [])
    ),
    "keys.toml": Store(
        lambda path: path.write_text('messages.reply = "R"\nconsole.stop = "ctrl+e"\n') and None, read_keys, read_keys
    ),
    "config.json": Store(make_profiles, read_profiles, read_profiles),
}
WORDS = [
    *(
        b"",
        b"\0",
        b"\xff",
        b"\xed\xa0\xbd",
        b"\xef\xbb\xbf",
        b"\n",
        b"\\",
        b'"',
        b"'",
        b"[",
        b"]",
        b"{",
        b"}",
        b"=",
        b",",
    ),
    *(
        b"null",
        b"true",
        b"-1",
        b"1e999",
        b"9" * 5_000,
        b"NaN",
        b'"x"',
        b"[]",
        b"{}",
        b"1979-05-27T07:32:00Z",
        b"\xe2\x80\xae",
    ),
    *(b"[" * 2_000, b'{"a":' * 2_000, b"a." * 2_000, b'"\\ud800"', b'"\\u0000"', b"0001-01-01T00:00:00+23:59"),
]


def damage(whole: bytes, chance: random.Random) -> bytes:
    """The file after something went wrong: bits turned, a piece lost, doubled or written over, a value changed."""
    data = bytearray(whole)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        at = chance.randrange(len(data) + 1)
        length = chance.choice([1, 2, 8, 64, len(data)])
        match chance.randrange(7):
            case 0 if data:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                data[at : at + length] = bytes(min(length, 64))
            case 4:
                data[at:at] = chance.choice(WORDS)
            case 5:
                # A whole value for another: what stands between the quotes or after the sign.
                marks = [place for place, byte in enumerate(data) if byte in b'=:"']
                begin = chance.choice(marks) if marks else at
                data[begin + 1 : begin + 1 + length] = b" " + chance.choice(WORDS)
            case _:
                begin = chance.randrange(len(data) + 1)
                data[at:at] = data[begin : begin + length]
    return bytes(data)


def try_all(name: str, folder: Path, tries: int, seed: int) -> None:
    store, chance, said = STORES[name], random.Random(seed), 0
    path = folder / name
    store.make(path)
    whole = path.read_bytes()
    for number in range(tries):
        damaged = damage(whole, chance)
        path.write_bytes(damaged)
        try:
            store.read(path)
            store.put(path)
            store.read(path)
        except SAID as problem:
            said += 1
            assert str(problem).endswith("."), (number, damaged)
            assert str(problem).isprintable(), (number, damaged)
            # Nobody overwrites what could not be understood; set aside, it is out of the way.
            assert path.read_bytes() == damaged, (number, damaged)
        except Exception as problem:
            raise AssertionError(f"{name}, seed {seed}, try {number}: {damaged!r}") from problem
        for each in folder.iterdir():
            each.unlink()
    assert name in ("drafts.json", "requests.jsonl", "keys.toml") or said > tries / 10, "little was damaged"


@pytest.mark.parametrize("name", STORES)
def test_a_damaged_file_is_read_as_far_as_it_goes_or_said(tmp_path: Path, name: str) -> None:
    try_all(name, tmp_path, FEW, 1)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", STORES)
def test_three_thousand_damages_are_read_as_far_as_they_go_or_said(tmp_path: Path, name: str) -> None:
    try_all(name, tmp_path, MANY, 2)
