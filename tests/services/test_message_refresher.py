"""Asking for messages anew: none twice, none without bound, and what was reported where nobody answers."""

from __future__ import annotations

import asyncio

import pytest

from tui.sandbox.faults import Fault
from tui.services.message_refresher import MessageRefresher
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.messages import Message, StatusReport, send, take_over


class Desk:
    """A refresher at work, what it told, and how often it rested."""

    def __init__(self, client, **more):
        self.known = []
        self.rests = 0
        self.refresher = MessageRefresher(client, self.known.append, sleep=self.rest, **more)

    async def rest(self, _: float) -> None:
        self.rests += 1
        await asyncio.sleep(0)


@pytest.fixture
async def client(connection):
    async with Client(connection) as client:
        yield client


async def a_message(client, sandbox):
    return await send(client, Draft(to="+14155550123", from_=sandbox.numbers[0], body="Hi"))


async def work(desk, until, so):
    task = asyncio.create_task(desk.refresher.run())
    try:
        await until(None, so)
    finally:
        task.cancel()


async def test_a_message_asked_for_ten_times_is_fetched_once(client, sandbox, until):
    message = await a_message(client, sandbox)
    desk = Desk(client)
    for _ in range(10):
        desk.refresher.request(message.sid)
    await work(desk, until, lambda: desk.rests)
    assert [known.sid for known in desk.known] == [message.sid]
    assert desk.refresher.waiting == 0


async def test_when_too_many_wait_the_newest_are_asked_for(client, sandbox, until):
    message = await a_message(client, sandbox)
    desk = Desk(client, most=3)
    for number in range(10):
        desk.refresher.request(f"SM{number:032x}")
    desk.refresher.request(message.sid)
    assert desk.refresher.waiting == 3
    await work(desk, until, lambda: desk.known)
    assert desk.known[0].sid == message.sid


async def test_a_report_stands_in_where_twilio_does_not_answer(client, sandbox, until):
    message = await a_message(client, sandbox)
    sandbox.faults.add(Fault("reset-before", path=r"Messages/", times=5))
    desk = Desk(client)
    report = StatusReport(sid=message.sid, status="undelivered", error_code=30003)
    desk.refresher.request(message.sid, report)
    await work(desk, until, lambda: desk.rests)
    assert desk.known == [report]


async def test_a_report_about_a_message_twilio_does_not_know_is_not_believed(client, until):
    desk = Desk(client)
    for sid in ("SM" + "e" * 32, "no SID", "../../Accounts"):
        desk.refresher.request(sid, StatusReport(sid=sid, status="failed"))
    await work(desk, until, lambda: desk.rests == 3)
    assert desk.known == []


async def test_a_client_that_was_closed_meanwhile_is_not_used(client, until):
    await client.aclose()
    desk = Desk(client)
    desk.refresher.request("SM" + "1" * 32)
    await work(desk, until, lambda: desk.rests)
    assert desk.known == []


def test_a_report_changes_status_and_error_only():
    known = Message("SM1", "sent", body="Hi", to="+1")
    told = take_over(known, StatusReport("SM1", "undelivered", error_code=30003))
    assert (told.status, told.error_code, told.body, told.to) == ("undelivered", 30003, "Hi", "+1")
    assert not isinstance(told, StatusReport)


async def test_what_reports_told_is_joined_whatever_twilio_answers_by_then(client, sandbox, until):
    message = await a_message(client, sandbox)
    desk = Desk(client)
    # The newest is the oldest, and Twilio's own answer is older than both.
    desk.refresher.request(message.sid, StatusReport(sid=message.sid, status="canceled", error_code=30003))
    desk.refresher.request(message.sid, StatusReport(sid=message.sid, status="sent"))
    await work(desk, until, lambda: desk.known)
    known = desk.known[0]
    assert (known.status, known.error_code, known.body) == ("canceled", 30003, message.body)


def test_what_twilio_itself_says_replaces_everything_but_what_came_later():
    fetched = Message("SM1", "delivered", body="")
    assert take_over(Message("SM1", "sent", body="Hi"), fetched) is fetched
    known = Message("SM1", "delivered", body="Hi")
    assert take_over(known, Message("SM1", "sent", body="")) is known
