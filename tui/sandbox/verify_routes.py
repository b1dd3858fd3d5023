"""The operations of verify.twilio.com that the sandbox answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps

from tui.sandbox import verify_resources as shapes
from tui.sandbox.addresses import region_of
from tui.sandbox.api_call import ApiCall, ApiReply, Route, found, list_page_v1
from tui.sandbox.errors import Refusal
from tui.sandbox.filters import read_moment
from tui.sandbox.parameters import choice, given, refuse
from tui.sandbox.sender_settings import defaults, read_changes
from tui.sandbox.senders import WHATSAPP_SENDER
from tui.sandbox.verify import APPROVED, CANCELED, PENDING, CodeAttempt, StartedVerification, VerifyService
from tui.sandbox.verify_settings import SETTINGS
from tui.sandbox.verify_start import VerificationStart, address, read_code, read_start, refuse_what_is_not_here
from tui.sandbox.verify_texts import language_of, sms_text, whatsapp_text

SENDER = "+14155550195"
"""What an SMS of Verify comes from: at Twilio a number of its own, here one that is kept for fiction."""

_CHANNELS = ("sms", "call", "email", "whatsapp", "rbm")


def says_60200(route: Route) -> Route:
    """Let a route refuse wrong parameters with Verify's own code."""

    @wraps(route)
    def refusing(call: ApiCall) -> ApiReply:
        try:
            return route(call)
        except Refusal as refusal:
            if refusal.code != 20001:
                raise
            raise Refusal(60200, reason=refusal.message) from None

    return refusing


def list_services(call: ApiCall) -> ApiReply:
    """GET /v2/Services: the newest first."""
    services = sorted(call.account.verifications.services.values(), key=lambda each: each.created, reverse=True)
    return list_page_v1(call, "services", [shapes.service(call.account_sid, each, call.base_url) for each in services])


@says_60200
def create_service(call: ApiCall) -> ApiReply:
    """POST /v2/Services."""
    if not call.form.text("FriendlyName"):
        raise refuse("FriendlyName", "", "write the name that its messages show")
    now = call.account.clock()
    settings = {**defaults(SETTINGS), **_changes(call)}
    service = VerifyService(call.account.sids.sid("VA"), now, now, settings)
    return _show_service(call, call.account.verifications.put(service), 201)


def fetch_service(call: ApiCall) -> ApiReply:
    """GET /v2/Services/{VA}."""
    return _show_service(call, _service(call))


@says_60200
def edit_service(call: ApiCall) -> ApiReply:
    """POST /v2/Services/{VA}."""
    changed = _service(call).changed(_changes(call), call.account.clock())
    return _show_service(call, call.account.verifications.put(changed))


def delete_service(call: ApiCall) -> ApiReply:
    """DELETE /v2/Services/{VA}."""
    call.account.verifications.delete(_service(call))
    return ApiReply(204)


@says_60200
def start_verification(call: ApiCall) -> ApiReply:
    """POST /v2/Services/{VA}/Verifications: sends a code, or the same one again."""
    account, service = call.account, _service(call)
    account.state.check()
    start = read_start(call.form, service)
    now = account.clock()
    verification = account.verifications.send(service, start.to, start.channel, start.code, now, account.sids.sid)
    _send(call, service, start, verification.code)
    return _show(call, service, verification, 201)


def fetch_verification(call: ApiCall) -> ApiReply:
    """GET /v2/Services/{VA}/Verifications/{VE}."""
    service = _service(call)
    return _show(call, service, _verification(call, service, call.sids[1]))


@says_60200
def edit_verification(call: ApiCall) -> ApiReply:
    """POST /v2/Services/{VA}/Verifications/{VE}: approved by other means, or canceled."""
    service = _service(call)
    verification = _verification(call, service, call.sids[1])
    status = choice(CANCELED, APPROVED)("Status", call.form.text("Status"))
    if verification.status == CANCELED or (status == APPROVED and verification.status != PENDING):
        raise refuse("Status", str(status), f"the verification is {verification.status}")
    ended = call.account.verifications.end(verification, str(status), call.account.clock())
    return _show(call, service, ended)


@says_60200
def check_verification(call: ApiCall) -> ApiReply:
    """POST /v2/Services/{VA}/VerificationCheck: a wrong code is answered with 200 and `pending`."""
    service, verifications, now = _service(call), call.account.verifications, call.account.clock()
    refuse_what_is_not_here(call.form)
    to, sid = call.form.text("To"), call.form.text("VerificationSid")
    if not to and not sid:
        raise refuse("To", "", "write it, or VerificationSid")
    to = address("To", to, mail="@" in to) if to else ""
    code = read_code(call.form)
    current = verifications.find(service, sid, now) if sid else verifications.current(service, to, now)
    if current is None or current.status == CANCELED or to not in {"", current.to}:
        raise _gone(call)
    return ApiReply(200, shapes.check(call.account_sid, verifications.check(current, code, now)))


@says_60200
def list_attempts(call: ApiCall) -> ApiReply:
    """GET /v2/Attempts: by day, recipient, country, channel, service, verification and whether it converted."""
    rows = [shapes.attempt(call.account_sid, *each, call.base_url) for each in _attempts(call)]
    return list_page_v1(call, "attempts", rows)


def fetch_attempt(call: ApiCall) -> ApiReply:
    """GET /v2/Attempts/{VL}."""
    pairs = call.account.verifications.attempts()
    pair = found(next((each for each in pairs if each[1].sid == call.sids[0]), None), call.path)
    return ApiReply(200, shapes.attempt(call.account_sid, *pair, call.base_url))


@says_60200
def sum_attempts(call: ApiCall) -> ApiReply:
    """GET /v2/Attempts/Summary: the same filters, and the beginning of the recipient."""
    prefix = call.query.text("DestinationPrefix")
    pairs = [each for each in _attempts(call) if each[0].to.startswith(prefix)]
    converted = sum(verification.status == APPROVED for verification, _ in pairs)
    return ApiReply(
        200,
        {
            "conversion_rate_percentage": f"{100 * converted / len(pairs) if pairs else 0:.2f}",
            "total_attempts": len(pairs),
            "total_converted": converted,
            "total_unconverted": len(pairs) - converted,
            "url": f"{call.base_url}/v2/Attempts/Summary",
        },
    )


def _attempts(call: ApiCall) -> list[tuple[StartedVerification, CodeAttempt]]:
    query = call.query
    since, until = read_moment(query, "DateCreatedAfter"), read_moment(query, "DateCreatedBefore")
    channel = given(query, "Channel", choice(*_CHANNELS))
    status = given(query, "Status", choice("converted", "unconverted"))
    wanted: list[Callable[[StartedVerification, CodeAttempt], bool]] = [
        lambda _, attempt: since is None or attempt.at >= since,
        lambda _, attempt: until is None or attempt.at <= until,
        lambda _, attempt: channel in {None, attempt.channel},
        lambda each, _: status in {None, "converted" if each.status == APPROVED else "unconverted"},
        lambda each, _: query.text("ChannelData.To") in {"", each.to},
        lambda each, _: query.text("Country").upper() in {"", region_of(each.to)},
        lambda each, _: query.text("VerifyServiceSid") in {"", each.service_sid},
        lambda each, _: query.text("VerificationSid") in {"", each.sid},
    ]
    return [pair for pair in call.account.verifications.attempts() if all(fits(*pair) for fits in wanted)]


def _send(call: ApiCall, service: VerifyService, start: VerificationStart, code: str) -> None:
    """Send the message, where one is sent: a call and a mail are nothing the sandbox could show."""
    if start.channel == "sms":
        text = sms_text(
            start.name,
            code,
            language_of(start.locale, start.to),
            app_hash=start.app_hash,
            warned=service.has("do_not_share_warning_enabled"),
        )
        call.account.send_for_twilio(SENDER, start.to, text)
    elif start.channel == "whatsapp":
        sender = str(service.settings["whatsapp.from"] or WHATSAPP_SENDER)
        call.account.send_for_twilio(sender, f"whatsapp:{start.to}", whatsapp_text(code))


def _changes(call: ApiCall) -> dict[str, str | int | bool | None]:
    changes = read_changes(SETTINGS, call.form)
    sid, sender = changes.get("whatsapp.msg_service_sid"), changes.get("whatsapp.from")
    if sid and sid not in call.account.senders.services:
        raise refuse("Whatsapp.MsgServiceSid", str(sid)[:40], "this account has no such messaging service")
    if sender:
        number = address("Whatsapp.From", str(sender).removeprefix("whatsapp:"), mail=False)
        changes["whatsapp.from"] = f"whatsapp:{number}"
    return changes


def _service(call: ApiCall) -> VerifyService:
    service = call.account.verifications.services.get(call.sids[0])
    if service is None:
        raise _gone(call)
    return service


def _verification(call: ApiCall, service: VerifyService, sid: str) -> StartedVerification:
    verification = call.account.verifications.find(service, sid, call.account.clock())
    if verification is None:
        raise _gone(call)
    return verification


def _gone(call: ApiCall) -> Refusal:
    """What is not there, as Verify says it: with the path below the version."""
    return Refusal(20404, path=call.path.partition("/v2")[2] or call.path)


def _show_service(call: ApiCall, service: VerifyService, status: int = 200) -> ApiReply:
    return ApiReply(status, shapes.service(call.account_sid, service, call.base_url))


def _show(call: ApiCall, service: VerifyService, verification: StartedVerification, status: int = 200) -> ApiReply:
    return ApiReply(status, shapes.verification(call.account_sid, verification, service, call.base_url))


PATHS: Mapping[str, Mapping[str, Route]] = {
    "/v2/Services": {"GET": list_services, "POST": create_service},
    "/v2/Services/{Sid}": {"GET": fetch_service, "POST": edit_service, "DELETE": delete_service},
    "/v2/Services/{ServiceSid}/Verifications": {"POST": start_verification},
    "/v2/Services/{ServiceSid}/Verifications/{Sid}": {"GET": fetch_verification, "POST": edit_verification},
    "/v2/Services/{ServiceSid}/VerificationCheck": {"POST": check_verification},
    "/v2/Attempts": {"GET": list_attempts},
    "/v2/Attempts/Summary": {"GET": sum_attempts},
    "/v2/Attempts/{Sid}": {"GET": fetch_attempt},
}
"""Path as Twilio's catalogue writes it → what each method does."""
