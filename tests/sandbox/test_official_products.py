"""Twilio's own libraries do the whole of what senders need here, and are told 501 of what the sandbox has not.

One story is told by each: Python with and without asyncio, and Node and twilio-cli (`long`, since they are installed
for it). It asks for every operation that is served of the resources below; everything else of theirs is asked for too.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.official_cli import CommandLine, command_of
from tests.sandbox.official_libraries import AsyncPython, Library, Node, Refused, SyncPython, way_of
from tui.raw_request.library_call import argument_name, call_of
from tui.sandbox.router import served_operations
from tui.sandbox.testing import SandboxHandle, run_in_thread
from tui.twilio.operations import Operation, find_operation, operations

RESOURCES = {
    "api": r"Messages|IncomingPhoneNumbers|AvailablePhoneNumbers|Keys|Balance|Usage|SMS",
    "messaging": r"Services",
    "lookups": r"PhoneNumbers",
    "verify": r"Services",
    "content": r"Content|ContentAndApprovals",
}
"""Product → its resources, by the first word behind version and account."""

MAYA = "+14155550123"


def is_meant(operation: Operation) -> bool:
    below = re.sub(r"^/[^/]+/(Accounts/\{\w+\}/)?", "", operation.path)
    return re.match(rf"(?:{RESOURCES.get(operation.product, '$.')})(?=[/.]|$)", below) is not None


MEANT = tuple(filter(is_meant, operations()))
SERVED = frozenset(served_operations())
THE_REST = tuple(each for each in MEANT if each not in SERVED and call_of(each) is not None)


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxHandle]:
    with run_in_thread(history=520) as sandbox:
        yield sandbox


@pytest.fixture
def bench(running: SandboxHandle) -> SandboxHandle:
    running.reset()
    return running


@pytest.fixture(params=[SyncPython, AsyncPython])
async def library(request: pytest.FixtureRequest, bench: SandboxHandle) -> AsyncIterator[Library]:
    made: Callable[[SandboxHandle], Library] = request.param
    library = made(bench)
    yield library
    await library.aclose()


def install(package: str, place: Path) -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("there is no Node with npm here")
    words = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(place), package]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=place)
    if done.returncode:
        pytest.skip(f"npm cannot install {package} here: {done.stderr[-300:]}")
    return place


@pytest.fixture
async def node(bench: SandboxHandle, tmp_path: Path) -> AsyncIterator[Library]:
    library = Node(bench, install("twilio@6", tmp_path))
    yield library
    await library.aclose()


async def test_every_operation_that_is_served_works(library: Library, bench: SandboxHandle) -> None:
    await tell_the_story(library, bench)


async def test_every_other_operation_is_answered_with_501(library: Library, bench: SandboxHandle) -> None:
    await ask_for_the_rest(library, bench)


@pytest.mark.long
async def test_node_does_the_same(node: Library, bench: SandboxHandle) -> None:
    await tell_the_story(node, bench)
    await ask_for_the_rest(node, bench)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_twilio_cli_does_the_same(bench: SandboxHandle, tmp_path: Path) -> None:
    place = install("twilio-cli@6", tmp_path)
    await tell_the_story(CommandLine(bench, place), bench)
    known = [each for each in THE_REST if command_of(each) is not None]
    # It would look itself whether values are SIDs.
    unlooked = CommandLine(bench, place, "--skip-parameter-validation")
    await ask_for_the_rest(unlooked, bench, known)


async def tell_the_story(library: Library, sandbox: SandboxHandle) -> None:
    for chapter in (messages, numbers, services, keys, usage, lookups, verify, content):
        await chapter(library.call, sandbox)
    done = {each for each in map(operation_of, sandbox.requests()) if each is not None}
    assert sorted(map(name_of, (SERVED & set(MEANT)) - done)) == []


def operation_of(request: dict[str, Any]) -> Operation | None:
    """The operation that a request asked for, if it was done."""
    product, _, path = request["target"].partition("?")[0][1:].partition("/")
    return (
        find_operation(request["method"], f"https://{product}.twilio.com/{path}") if request["status"] < 300 else None
    )


def name_of(operation: Operation) -> str:
    return f"{operation.product} {operation.method} {operation.path}"


async def ask_for_the_rest(library: Library, sandbox: SandboxHandle, rest: Sequence[Operation] = THE_REST) -> None:
    wrong: list[str] = []
    before = len(sandbox.requests())
    for operation in rest:
        call = call_of(operation)
        assert call is not None
        way = way_of(call)
        fields = {
            argument_name(each.name): example(each) for each in (*operation.query, *operation.body) if each.required
        }
        try:
            await library.call(way, ["X" * 34] * way.count("{}"), call.method, **fields)
        except Refused as refused:
            if refused.status != 501 or "The sandbox has no" not in str(refused):
                wrong.append(f"{name_of(operation)}: {refused}")
        else:
            wrong.append(f"{name_of(operation)}: answered")
    assert wrong == []
    assert {request["status"] for request in sandbox.requests()[before:]} == {501}


def example(parameter: Any) -> Any:
    value = (
        parameter.values[0]
        if parameter.values
        else {"number": 1, "boolean": True, "object": {}}.get(parameter.kind, "x")
    )
    return [value] if parameter.kind == "list" else value


async def refused(doing: Any) -> tuple[int, int]:
    with pytest.raises(Refused) as caught:
        await doing
    return caught.value.status, caught.value.code


Call = Callable[..., Any]


async def messages(call: Call, sandbox: SandboxHandle) -> None:
    number, fax = sandbox.numbers[0], "https://files.example/fax.png"
    sent = await call("messages", (), "create", to=MAYA, from_=number, body="Hello there")
    assert (await call("messages({})", (sent.sid,), "fetch")).status == "delivered"
    assert [each.sid for each in await call("messages", (), "list", to=MAYA, limit=1)] == [sent.sid]
    await call("messages({}).feedback", (sent.sid,), "create", outcome="confirmed")
    assert (await call("messages({})", (sent.sid,), "update", body="")).body == ""
    assert await call("messages({})", (sent.sid,), "delete")
    assert await refused(call("messages({})", (sent.sid,), "fetch")) == (404, 20404)
    assert await refused(call("messages", (), "create", to="+1", from_=number, body="x")) == (400, 21211)
    picture = await call("messages", (), "create", to=MAYA, from_=number, media_url=[fax])
    (media,) = await call("messages({}).media", (picture.sid,), "list")
    found = await call("messages({}).media({})", (picture.sid, media.sid), "fetch")
    assert (found.content_type, found.parent_sid) == ("image/png", picture.sid)
    assert await call("messages({}).media({})", (picture.sid, media.sid), "delete")
    assert (await call("balance", (), "fetch")).currency == "USD"


async def numbers(call: Call, sandbox: SandboxHandle) -> None:
    owned = await call("incoming_phone_numbers", (), "list")
    changed = await call("incoming_phone_numbers({})", (owned[0].sid,), "update", friendly_name="Desk")
    assert (await call("incoming_phone_numbers({})", (changed.sid,), "fetch")).friendly_name == "Desk"
    assert "GB" in [each.country_code for each in await call("available_phone_numbers", (), "list")]
    assert (await call("available_phone_numbers({})", ("GB",), "fetch")).country == "United Kingdom"
    bought = [await call("incoming_phone_numbers", (), "create", area_code="415", friendly_name="New desk")]
    for kind, country in (("local", "US"), ("mobile", "GB"), ("toll_free", "US")):
        (found,) = await call(f"available_phone_numbers({{}}).{kind}", (country,), "list", voice_enabled=True, limit=1)
        way = f"incoming_phone_numbers.{kind}"
        bought.append(await call(way, (), "create", phone_number=found.phone_number))
        assert bought[-1].sid in [each.sid for each in await call(way, (), "list")]
    for number in bought:
        assert await call("incoming_phone_numbers({})", (number.sid,), "delete")
    (code, *_) = await call("short_codes", (), "list")
    await call("short_codes({})", (code.sid,), "update", friendly_name="Votes")
    assert (await call("short_codes({})", (code.sid,), "fetch")).friendly_name == "Votes"


async def services(call: Call, sandbox: SandboxHandle) -> None:
    of = "messaging.v1.services"
    made = await call(of, (), "create", friendly_name="Campaigns")
    await call(f"{of}({{}})", (made.sid,), "update", friendly_name="News")
    assert (await call(f"{of}({{}})", (made.sid,), "fetch")).friendly_name == "News"
    assert made.sid in [each.sid for each in await call(of, (), "list")]
    number = (await call("incoming_phone_numbers", (), "list", phone_number=sandbox.numbers[1]))[0]
    code = (await call("short_codes", (), "list"))[0]
    # A sender is in one pool at a time.
    for service in sandbox.services:
        for member in await call(f"{of}({{}}).phone_numbers", (service,), "list"):
            if member.sid == number.sid:
                await call(f"{of}({{}}).phone_numbers({{}})", (service, member.sid), "delete")
        for member in await call(f"{of}({{}}).short_codes", (service,), "list"):
            await call(f"{of}({{}}).short_codes({{}})", (service, member.sid), "delete")
    for pool, fields in (
        ("phone_numbers", {"phone_number_sid": number.sid}),
        ("short_codes", {"short_code_sid": code.sid}),
        ("alpha_senders", {"alpha_sender": "Shop"}),
    ):
        member = await call(f"{of}({{}}).{pool}", (made.sid,), "create", **fields)
        assert [each.sid for each in await call(f"{of}({{}}).{pool}", (made.sid,), "list")] == [member.sid]
        assert (await call(f"{of}({{}}).{pool}({{}})", (made.sid, member.sid), "fetch")).sid == member.sid
        assert await call(f"{of}({{}}).{pool}({{}})", (made.sid, member.sid), "delete")
    assert await call(f"{of}({{}})", (made.sid,), "delete")
    (campaign, *_) = await call(f"{of}({{}}).us_app_to_person", (sandbox.services[0],), "list")
    await call(f"{of}({{}}).us_app_to_person({{}})", (sandbox.services[0], campaign.sid), "fetch")


async def keys(call: Call, sandbox: SandboxHandle) -> None:
    made = await call("new_keys", (), "create", friendly_name="Till")
    assert made.secret
    await call("keys({})", (made.sid,), "update", friendly_name="Till 2")
    assert (await call("keys({})", (made.sid,), "fetch")).friendly_name == "Till 2"
    assert {each.sid for each in await call("keys", (), "list")} == {made.sid, sandbox.api_key}
    assert await call("keys({})", (made.sid,), "delete")


async def usage(call: Call, sandbox: SandboxHandle) -> None:
    for below in ("", "all_time", "daily", "last_month", "monthly", "this_month", "today", "yearly", "yesterday"):
        way = f"usage.records.{below}".rstrip(".")
        assert await call(way, (), "list", category="sms", limit=5)


async def lookups(call: Call, sandbox: SandboxHandle) -> None:
    way, fields = "lookups.v2.phone_numbers({})", "line_type_intelligence"
    found = await call(way, (MAYA,), "fetch", fields=fields)
    assert (found.valid, found.country_code, found.line_type_intelligence["type"]) == (True, "US", "mobile")


async def verify(call: Call, sandbox: SandboxHandle) -> None:
    of = "verify.v2.services"
    made = await call(of, (), "create", friendly_name="Shop")
    assert (await call(f"{of}({{}})", (made.sid,), "update", code_length=8)).code_length == 8
    assert (await call(f"{of}({{}})", (made.sid,), "fetch")).friendly_name == "Shop"
    other = await call(of, (), "create", friendly_name="Desk")
    assert {each.sid for each in await call(of, (), "list", page_size=1)} >= {made.sid, other.sid}
    begun = await call(f"{of}({{}}).verifications", (made.sid,), "create", to=MAYA, channel="sms")
    assert (await call(f"{of}({{}}).verifications({{}})", (made.sid, begun.sid), "fetch")).status == "pending"
    checks, code = f"{of}({{}}).verification_checks", sandbox.code_for(MAYA)
    assert (await call(checks, (made.sid,), "create", to=MAYA, code="00000000")).status == "pending"
    assert (await call(checks, (made.sid,), "create", to=MAYA, code=code)).status == "approved"
    assert await refused(call(checks, (made.sid,), "create", to=MAYA, code=code)) == (404, 20404)
    begun = await call(f"{of}({{}}).verifications", (made.sid,), "create", to=MAYA, channel="sms")
    canceled = await call(f"{of}({{}}).verifications({{}})", (made.sid, begun.sid), "update", status="canceled")
    assert canceled.status == "canceled"
    assert await call(f"{of}({{}})", (made.sid,), "delete")


async def content(call: Call, sandbox: SandboxHandle) -> None:
    of, template = (
        "content.v1.contents",
        {"friendly_name": "hi", "language": "en", "types": {"twilio/text": {"body": "Hi {{1}}"}}},
    )
    made = await call(of, (), "create", json={**template, "variables": {"1": "Maya"}})
    assert (await call(f"{of}({{}})", (made.sid,), "fetch")).friendly_name == "hi"
    await call(f"{of}({{}})", (made.sid,), "update", json={**template, "friendly_name": "hello"})
    assert (await call(f"{of}({{}})", (made.sid,), "fetch")).friendly_name == "hello"
    asked = {"name": "hi", "category": "UTILITY"}
    await call(f"{of}({{}}).approval_create", (made.sid,), "create", json=asked)
    assert (await call(f"{of}({{}}).approval_fetch()", (made.sid,), "fetch")).whatsapp["name"] == "hi"
    for listed in (of, "content.v1.content_and_approvals", "content.v2.contents", "content.v2.content_and_approvals"):
        assert made.sid in [each.sid for each in await call(listed, (), "list")]
    assert await call(f"{of}({{}})", (made.sid,), "delete")
