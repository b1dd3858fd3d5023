"""What the shop's authors want to be sure of, without an account and without the network."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import requests

MAYA = "+14155550123"
UNREACHABLE = "+14155530003"


def until(so: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_who_signs_up_is_sent_a_code_that_confirms(shop, twilio_sandbox):
    shop.post("/sign-up", phone=MAYA)
    assert shop.post("/confirm", phone=MAYA, code=twilio_sandbox.code_for(MAYA)).status_code == 200


def test_another_code_does_not_confirm(shop, twilio_sandbox):
    shop.post("/sign-up", phone=MAYA)
    wrong = f"{(int(twilio_sandbox.code_for(MAYA)) + 1) % 1_000_000:06}"
    assert shop.post("/confirm", phone=MAYA, code=wrong).status_code == 403


def test_each_test_begins_with_nothing_sent(twilio_sandbox):
    assert twilio_sandbox.messages() == ()


def test_the_text_says_who_writes_and_comes_from_the_shops_number(shop, twilio_sandbox):
    shop.post("/sign-up", phone=MAYA)
    message = twilio_sandbox.wait_for_message(to=MAYA, matching="the shop")
    assert (message.from_, message.direction) == (twilio_sandbox.numbers[0], "outbound-api")


def test_a_question_is_answered(shop, twilio_sandbox):
    twilio_sandbox.receive(MAYA, body="hours")
    assert twilio_sandbox.wait_for_message(to=MAYA, matching="9 to 5").direction == "outbound-reply"


def test_a_webhook_has_to_be_signed(shop, twilio_sandbox):
    form = {"Body": "HOURS", "From": MAYA}
    signature = twilio_sandbox.signature(f"{shop.url}/sms", form)
    for signed, status in ((signature, 200), (signature.swapcase(), 403), ("", 403)):
        headers = {"X-Twilio-Signature": signed}
        assert requests.post(f"{shop.url}/sms", data=form, headers=headers, timeout=10).status_code == status


def test_what_became_of_a_text_is_known(shop):
    sid = shop.post("/sign-up", phone=MAYA).json()["sid"]
    until(lambda: shop.status(sid)["status"] == "delivered")


def test_a_number_that_cannot_be_reached_is_known_by_its_code(shop):
    sid = shop.post("/sign-up", phone=UNREACHABLE).json()["sid"]
    until(lambda: shop.status(sid) == {"status": "undelivered", "code": "30003"})


def test_what_comes_too_fast_is_sent_again_and_once(shop, twilio_sandbox):
    twilio_sandbox.fail_next("429", path="Messages", method="POST", times=3)
    assert shop.post("/sign-up", phone=MAYA).status_code == 201
    assert len(twilio_sandbox.messages(to=MAYA)) == 1


def test_who_said_stop_is_not_texted(shop, twilio_sandbox):
    twilio_sandbox.receive(MAYA, body="STOP")
    refused = shop.post("/sign-up", phone=MAYA)
    assert (refused.status_code, refused.json()["code"]) == (422, 21610)


def test_a_reminder_comes_an_hour_before(shop, twilio_sandbox):
    sid = shop.post("/remind", phone=MAYA, at=(datetime.now(UTC) + timedelta(hours=3)).isoformat()).json()["sid"]
    twilio_sandbox.advance(3600)
    assert [message.sid for message in twilio_sandbox.messages(to=MAYA, status="scheduled")] == [sid]
    twilio_sandbox.advance(3660)
    assert [message.sid for message in twilio_sandbox.messages(to=MAYA, status="delivered")] == [sid]
