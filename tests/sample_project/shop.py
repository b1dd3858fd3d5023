"""A shop that texts its customers: codes to sign up, replies to questions, reminders, and what became of each text."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta

from flask import Flask, abort, request
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse

TRIES = 4


def make_app(number: str, service: str, auth_token: str, public_url: str) -> Flask:
    """The shop, texting from one number, or by a messaging service what is to be sent later."""
    app = Flask(__name__)
    client = Client()
    codes: dict[str, str] = {}
    statuses: dict[str, tuple[str, str]] = {}

    def text(to: str, body: str, **more: object) -> str:
        more = more or {"from_": number}
        for again in range(TRIES):
            try:
                callback = f"{public_url}/status"
                return client.messages.create(to=to, body=body, status_callback=callback, **more).sid
            except TwilioRestException as refused:
                if refused.status != 429 or again == TRIES - 1:
                    raise
                time.sleep(0.01)
        raise AssertionError

    def check_signature() -> None:
        signed = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(auth_token).validate(f"{public_url}{request.path}", request.form, signed):
            abort(403)

    @app.errorhandler(TwilioRestException)
    def refused(error: TwilioRestException) -> tuple[dict[str, object], int]:
        return {"code": error.code, "why": error.msg}, 422

    @app.post("/sign-up")
    def sign_up() -> tuple[dict[str, str], int]:
        to = request.form["phone"]
        codes[to] = f"{secrets.randbelow(1_000_000):06}"
        return {"sid": text(to, f"Your code for the shop is {codes[to]}.")}, 201

    @app.post("/confirm")
    def confirm() -> tuple[dict[str, bool], int]:
        right = secrets.compare_digest(codes.get(request.form["phone"], ""), request.form["code"])
        return {"confirmed": right}, 200 if right else 403

    @app.post("/remind")
    def remind() -> tuple[dict[str, str], int]:
        at = datetime.fromisoformat(request.form["at"]) - timedelta(hours=1)
        sid = text(
            request.form["phone"],
            "See you in an hour.",
            messaging_service_sid=service,
            schedule_type="fixed",
            send_at=at,
        )
        return {"sid": sid}, 201

    @app.post("/sms")
    def sms() -> tuple[str, int, dict[str, str]]:
        check_signature()
        answer = MessagingResponse()
        asks = request.form["Body"].strip().upper()
        answer.message("We are open from 9 to 5." if asks == "HOURS" else "Text HOURS for our hours.")
        return str(answer), 200, {"Content-Type": "text/xml"}

    @app.post("/status")
    def status() -> tuple[str, int]:
        check_signature()
        told = request.form
        statuses[told["MessageSid"]] = (told["MessageStatus"], told.get("ErrorCode", ""))
        return "", 204

    @app.get("/status/<sid>")
    def status_of(sid: str) -> dict[str, str]:
        status, code = statuses.get(sid, ("unknown", ""))
        return {"status": status, "code": code}

    return app
