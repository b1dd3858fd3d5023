"""The operations of Twilio's API that the sandbox answers, one function each; `router.py` says which path is whose."""

from __future__ import annotations

from urllib.parse import unquote

from tui.sandbox import geo_permissions, lookups, pricing, registration, resources
from tui.sandbox.api_call import ApiCall, ApiReply, found, list_page, list_page_v1
from tui.sandbox.errors import Refusal
from tui.sandbox.filters import read_filters, read_span
from tui.sandbox.media import media_path
from tui.sandbox.messages import StoredMessage
from tui.sandbox.paging import ListPage, classic
from tui.sandbox.parameters import Form
from tui.sandbox.resources import Json
from tui.sandbox.usage import Usage


def create_message(call: ApiCall) -> ApiReply:
    """POST /Messages.json. It is shown as it is at first, however soon it is delivered."""
    message = call.account.create(call.form)
    return ApiReply(201, resources.message(call.account_sid, message, message.created))


def list_messages(call: ApiCall) -> ApiReply:
    """GET /Messages.json."""
    asked = call.page_request()
    page = call.account.list(read_filters(call.query), asked.size, asked.token)
    now = call.account.clock()
    rows = tuple(resources.message(call.account_sid, row, now) for row in page.rows)
    return ApiReply(200, classic(asked, "messages", ListPage(rows, page.next_token, page.previous_token)))


def fetch_message(call: ApiCall) -> ApiReply:
    """GET /Messages/{SM}.json."""
    return _show(call, call.message())


def edit_message(call: ApiCall) -> ApiReply:
    """POST /Messages/{SM}.json: redact or cancel."""
    return _show(call, call.account.edit(call.message(), call.form))


def delete_message(call: ApiCall) -> ApiReply:
    """DELETE /Messages/{SM}.json."""
    call.account.delete(call.message())
    return ApiReply(204)


def list_media(call: ApiCall) -> ApiReply:
    """GET /Messages/{SM}/Media.json."""
    message = call.message()
    asked_for = message.media if read_span(call.query, "DateCreated").holds(message.created) else ()
    rows = [resources.media(call.account_sid, message, media) for media in asked_for]
    return list_page(call, "media_list", rows)


def fetch_media(call: ApiCall) -> ApiReply:
    """GET /Messages/{SM}/Media/{ME}.json."""
    return ApiReply(200, resources.media(call.account_sid, call.message(), call.media()))


def fetch_bytes(call: ApiCall) -> ApiReply:
    """GET /Messages/{SM}/Media/{ME}: leads to where the bytes are, see `media_path`."""
    there = media_path(call.account.identity.auth_token, call.message(), call.media())
    return ApiReply(307, headers=(("Location", call.storage_url + there),), body=b"")


def delete_media(call: ApiCall) -> ApiReply:
    """DELETE /Messages/{SM}/Media/{ME}.json."""
    call.account.store.put(call.message().without_media(call.media().sid, call.account.clock()))
    return ApiReply(204)


def create_feedback(call: ApiCall) -> ApiReply:
    """POST /Messages/{SM}/Feedback.json."""
    message = call.message()
    outcome = call.form.text("Outcome") or "confirmed"
    if outcome not in {"confirmed", "unconfirmed"}:
        raise Refusal(20001, reason=f"Outcome {outcome} is neither confirmed nor unconfirmed")
    return ApiReply(200, resources.feedback(call.account_sid, message, outcome, call.account.clock()))


def list_campaigns(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/Compliance/Usa2p."""
    campaign = registration.campaign(call.account_sid, call.service(), call.account.state, call.base_url)
    return list_page_v1(call, "compliance", [campaign] if campaign else [])


def fetch_campaign(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/Compliance/Usa2p/{QE}."""
    campaign = registration.campaign(call.account_sid, call.service(), call.account.state, call.base_url)
    is_its = registration.campaign_sid(call.service()) == call.sids[1]
    return ApiReply(200, found(campaign if is_its else None, call.path))


def list_brands(call: ApiCall) -> ApiReply:
    """GET /v1/a2p/BrandRegistrations."""
    return list_page_v1(call, "data", list(_brands(call).values()))


def fetch_brand(call: ApiCall) -> ApiReply:
    """GET /v1/a2p/BrandRegistrations/{BN}."""
    return ApiReply(200, found(_brands(call).get(call.sids[0]), call.path))


def _brands(call: ApiCall) -> dict[str, Json]:
    return registration.brands(call.account_sid, call.account.senders, call.base_url)


def list_verifications(call: ApiCall) -> ApiReply:
    """GET /v1/Tollfree/Verifications."""
    rows = registration.verifications(
        call.account_sid, call.account.senders, call.account.state, call.query, call.base_url
    )
    return list_page_v1(call, "verifications", list(rows.values()))


def fetch_verification(call: ApiCall) -> ApiReply:
    """GET /v1/Tollfree/Verifications/{HH}."""
    rows = registration.verifications(call.account_sid, call.account.senders, call.account.state, Form(), call.base_url)
    return ApiReply(200, found(rows.get(call.sids[0]), call.path))


def fetch_permissions(call: ApiCall) -> ApiReply:
    """GET /v1/Messaging/GeoPermissions of accounts.twilio.com."""
    return ApiReply(200, geo_permissions.permissions(call.query, call.account.state.disabled_countries))


def look_up(call: ApiCall) -> ApiReply:
    """GET /v2/PhoneNumbers/{number} of lookups.twilio.com; those that cost money are counted."""
    answer = lookups.look_up(unquote(call.sids[0]), call.query, call.base_url)
    call.account.paid_lookups += len(lookups.paid_fields(call.query))
    return ApiReply(200, answer)


def list_alerts(call: ApiCall) -> ApiReply:
    """GET /v1/Alerts of monitor.twilio.com."""
    alerts = call.account.alerts.asked_for(call.query)
    return list_page_v1(call, "alerts", [resources.alert(call.account_sid, alert, call.base_url) for alert in alerts])


def fetch_alert(call: ApiCall) -> ApiReply:
    """GET /v1/Alerts/{NO}: with the request and its answer."""
    alert = found(call.account.alerts.find(call.sids[0]), call.path)
    return ApiReply(200, resources.alert(call.account_sid, alert, call.base_url, whole=True))


def list_price_countries(call: ApiCall) -> ApiReply:
    """GET /v1/Messaging/Countries of pricing.twilio.com."""
    return list_page_v1(call, "countries", pricing.countries(call.base_url))


def fetch_prices(call: ApiCall) -> ApiReply:
    """GET /v1/Messaging/Countries/{IsoCountry}."""
    return ApiReply(200, pricing.country(call.sids[0], call.base_url, call.path))


def list_usage(call: ApiCall, below: str = "") -> ApiReply:
    """GET /Usage/Records.json and what lies below it, such as `Daily`."""
    usage = Usage(call.account_sid, call.account.store, call.account.clock())
    rows = usage.records(call.query, below)
    return list_page(call, "usage_records", rows)


def _show(call: ApiCall, message: StoredMessage, status: int = 200) -> ApiReply:
    return ApiReply(status, resources.message(call.account_sid, message, call.account.clock()))
