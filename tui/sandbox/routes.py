"""The operations of Twilio's API that the sandbox answers, one function each, and the router from paths to them.

A route sees an `ApiCall`, already authenticated, and returns a status and JSON; refusals are raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tui.http_server.http_messages import Headers
from tui.sandbox import pricing, resources, routes, usage
from tui.sandbox.account import SandboxAccount
from tui.sandbox.content import StoredTemplate
from tui.sandbox.errors import NotInSandbox, Refusal, is_of_product
from tui.sandbox.filters import is_account_asked_for, numbers_asked_for, read_filters, read_span
from tui.sandbox.identity import VERSION
from tui.sandbox.media import media_path
from tui.sandbox.messages import StoredMedia, StoredMessage
from tui.sandbox.paging import ListPage, PageRequest, classic, modern, paginate_fixed
from tui.sandbox.parameters import Form, refuse
from tui.sandbox.resources import Json
from tui.sandbox.senders import NUMBER, SERVICE, SandboxNumber, Service, read_changes
from tui.sandbox.usage import Usage
from tui.twilio.operations import Operation, operations


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One authenticated request. `sids` are what the path names, in order; `document` a JSON object in its body."""

    account: SandboxAccount
    base_url: str
    storage_url: str
    path: str
    query: Form
    form: Form
    sids: tuple[str, ...] = ()
    document: Mapping[str, object] | None = None

    @property
    def account_sid(self) -> str:
        """The account the sandbox is."""
        return self.account.identity.account_sid

    def message(self) -> StoredMessage:
        """Return the message the path names."""
        found = self.account.find(self.sids[0])
        if found is None:
            raise Refusal(20404, path=self.path)
        return found

    def media(self) -> StoredMedia:
        """Return the file of that message which the path names."""
        for media in self.message().media:
            if media.sid == self.sids[1]:
                return media
        raise Refusal(20404, path=self.path)

    def number(self) -> SandboxNumber:
        """Return the phone number the path names."""
        found = self.account.senders.number(self.sids[0])
        if found is None:
            raise Refusal(20404, path=self.path)
        return found

    def service(self) -> Service:
        """Return the messaging service the path names."""
        found = self.account.senders.services.get(self.sids[0])
        if found is None:
            raise Refusal(20404, path=self.path)
        return found

    def template(self) -> StoredTemplate:
        """Return the content template the path names."""
        found = self.account.templates.find(self.sids[0])
        if found is None:
            raise Refusal(20404, path=self.path)
        return found

    def json_object(self) -> Mapping[str, object]:
        """Return the JSON object in the body."""
        if self.document is None:
            raise Refusal(20001, reason="The body is no JSON object: send one, as application/json")
        return self.document

    def page_request(self) -> PageRequest:
        """Return which page is asked for."""
        return PageRequest.of(self.path, self.query)


@dataclass(frozen=True, slots=True)
class ApiReply:
    """A status and what goes with it: JSON, or bytes where `body` is not None; neither for 204."""

    status: int
    json: Json = None
    headers: Headers = ()
    body: bytes | None = None


Route = Callable[[ApiCall], ApiReply]


def fetch_account(call: ApiCall) -> ApiReply:
    """GET /Accounts/{AC}.json."""
    identity = call.account.identity
    return ApiReply(200, resources.account(identity.account_sid, identity.auth_token, call.account.started))


def list_accounts(call: ApiCall) -> ApiReply:
    """GET /Accounts.json."""
    is_wanted = is_account_asked_for(call.query, resources.ACCOUNT_NAME, resources.ACCOUNT_STATUS)
    return _list(call, "accounts", [fetch_account(call).json] if is_wanted else [])


def fetch_balance(call: ApiCall) -> ApiReply:
    """GET /Balance.json."""
    return ApiReply(200, resources.balance(call.account_sid))


def list_keys(call: ApiCall) -> ApiReply:
    """GET /Keys.json."""
    rows = [resources.key(call.account.identity.api_key_sid, call.account.started)]
    return _list(call, "keys", rows)


def create_message(call: ApiCall) -> ApiReply:
    """POST /Messages.json."""
    return _show(call, call.account.create(call.form), status=201)


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
    return _list(call, "media_list", rows)


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


def list_numbers(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers.json."""
    numbers = numbers_asked_for(call.query, call.account.senders.numbers)
    rows = [resources.number(call.account_sid, number) for number in numbers]
    return _list(call, "incoming_phone_numbers", rows)


def fetch_number(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers/{PN}.json."""
    return ApiReply(200, resources.number(call.account_sid, call.number()))


def edit_number(call: ApiCall) -> ApiReply:
    """POST /IncomingPhoneNumbers/{PN}.json: see `senders.NUMBER`."""
    number = call.number()
    if (account := call.form.text("AccountSid")) not in {"", call.account_sid}:
        raise refuse("AccountSid", account, "the sandbox has no other account to give the number to")
    number = number.changed(read_changes(NUMBER, call.form), call.account.clock())
    call.account.senders.put(number)
    return ApiReply(200, resources.number(call.account_sid, number))


def list_services(call: ApiCall) -> ApiReply:
    """GET /v1/Services."""
    services = call.account.senders.services.values()
    rows = [resources.service(call.account_sid, service, call.base_url) for service in services]
    return _list_v1(call, "services", rows)


def fetch_service(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}."""
    return ApiReply(200, resources.service(call.account_sid, call.service(), call.base_url))


def edit_service(call: ApiCall) -> ApiReply:
    """POST /v1/Services/{MG}: see `senders.SERVICE`."""
    service = call.service().changed(read_changes(SERVICE, call.form), call.account.clock())
    call.account.senders.put(service)
    return ApiReply(200, resources.service(call.account_sid, service, call.base_url))


def list_pool(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/PhoneNumbers."""
    service = call.service()
    owned = [number for text in service.pool if (number := call.account.senders.owned(text))]
    rows = [resources.pooled(call.account_sid, service, number, call.base_url) for number in owned]
    return _list_v1(call, "phone_numbers", rows)


def list_alerts(call: ApiCall) -> ApiReply:
    """GET /v1/Alerts of monitor.twilio.com."""
    alerts = call.account.alerts.asked_for(call.query)
    return _list_v1(call, "alerts", [resources.alert(call.account_sid, alert, call.base_url) for alert in alerts])


def fetch_alert(call: ApiCall) -> ApiReply:
    """GET /v1/Alerts/{NO}: with the request and its answer."""
    alert = call.account.alerts.find(call.sids[0])
    if alert is None:
        raise Refusal(20404, path=call.path)
    return ApiReply(200, resources.alert(call.account_sid, alert, call.base_url, whole=True))


def list_price_countries(call: ApiCall) -> ApiReply:
    """GET /v1/Messaging/Countries of pricing.twilio.com."""
    return _list_v1(call, "countries", pricing.countries(call.base_url))


def fetch_prices(call: ApiCall) -> ApiReply:
    """GET /v1/Messaging/Countries/{IsoCountry}."""
    return ApiReply(200, pricing.country(call.sids[0], call.base_url, call.path))


def list_templates(call: ApiCall) -> ApiReply:
    """GET /v1/Content of content.twilio.com."""
    rows = [resources.template(call.account_sid, each, call.base_url) for each in call.account.templates.all()]
    return _list_v1(call, "contents", rows)


def list_approvals(call: ApiCall) -> ApiReply:
    """GET /v1/ContentAndApprovals."""
    now = call.account.clock()
    rows = [resources.template_and_approval(call.account_sid, each, now) for each in call.account.templates.all()]
    return _list_v1(call, "contents", rows)


def create_template(call: ApiCall) -> ApiReply:
    """POST /v1/Content, in JSON."""
    template = call.account.templates.create(call.json_object())
    return ApiReply(201, resources.template(call.account_sid, template, call.base_url))


def fetch_template(call: ApiCall) -> ApiReply:
    """GET /v1/Content/{HX}."""
    return ApiReply(200, resources.template(call.account_sid, call.template(), call.base_url))


def delete_template(call: ApiCall) -> ApiReply:
    """DELETE /v1/Content/{HX}."""
    call.account.templates.delete(call.template())
    return ApiReply(204)


def fetch_approval(call: ApiCall) -> ApiReply:
    """GET /v1/Content/{HX}/ApprovalRequests."""
    return ApiReply(200, resources.approvals(call.account_sid, call.template(), call.base_url, call.account.clock()))


def submit_template(call: ApiCall) -> ApiReply:
    """POST /v1/Content/{HX}/ApprovalRequests/whatsapp, in JSON."""
    template = call.account.templates.submit(call.template(), call.json_object())
    return ApiReply(201, resources.approval(template, call.account.clock()))


def list_usage(call: ApiCall) -> ApiReply:
    """GET /Usage/Records.json and what lies below it."""
    usage = Usage(call.account_sid, call.account.store, call.account.clock())
    rows = usage.records(call.query, call.sids[0])
    return _list(call, "usage_records", rows)


def _show(call: ApiCall, message: StoredMessage, status: int = 200) -> ApiReply:
    return ApiReply(status, resources.message(call.account_sid, message, call.account.clock()))


def _list(call: ApiCall, key: str, rows: Sequence[Json]) -> ApiReply:
    """A page of a short list, as api.twilio.com lists it."""
    asked = call.page_request()
    return ApiReply(200, classic(asked, key, paginate_fixed(rows, asked)))


def _list_v1(call: ApiCall, key: str, rows: Sequence[Json]) -> ApiReply:
    """A page of a short list, as the newer APIs list it."""
    asked = call.page_request()
    return ApiReply(200, modern(asked, key, paginate_fixed(rows, asked), call.base_url))


# A SID that is none, or nobody's, is found out by who looks for it: the path is served all the same.
_SID = r"([^/.]+)"
_ACCOUNT = rf"/{VERSION}/Accounts/{{AC}}"
_MESSAGE = rf"{_ACCOUNT}/Messages/{_SID}"
_NUMBERS = rf"{_ACCOUNT}/IncomingPhoneNumbers"
_NUMBER = rf"{_NUMBERS}/(?!(?:Local|Mobile|TollFree)\.){_SID}"
_RECORDS = rf"{_ACCOUNT}/Usage/Records(?:/({'|'.join(usage.SUBRESOURCES)}))?"
_SERVICE = rf"/v1/Services/(?!(?:Usecases|PreregisteredUsa2p)$){_SID}"

# Path → what each method does; None where Twilio does something and the sandbox does not. `{AC}` stands for the
# account's own SID.
TABLE: tuple[tuple[str, dict[str, Route | None]], ...] = (
    (rf"/{VERSION}/Accounts\.json", {"GET": routes.list_accounts, "POST": None}),
    (rf"{_ACCOUNT}\.json", {"GET": routes.fetch_account, "POST": None}),
    (rf"{_ACCOUNT}/Balance\.json", {"GET": routes.fetch_balance}),
    (rf"{_ACCOUNT}/Keys\.json", {"GET": routes.list_keys, "POST": None}),
    (rf"{_ACCOUNT}/Messages\.json", {"GET": routes.list_messages, "POST": routes.create_message}),
    (
        rf"{_MESSAGE}\.json",
        {"GET": routes.fetch_message, "POST": routes.edit_message, "DELETE": routes.delete_message},
    ),
    (rf"{_MESSAGE}/Media\.json", {"GET": routes.list_media}),
    (rf"{_MESSAGE}/Media/{_SID}\.json", {"GET": routes.fetch_media, "DELETE": routes.delete_media}),
    (rf"{_MESSAGE}/Media/{_SID}", {"GET": routes.fetch_bytes, "DELETE": routes.delete_media}),
    (rf"{_MESSAGE}/Feedback\.json", {"POST": routes.create_feedback}),
    (rf"{_NUMBERS}\.json", {"GET": routes.list_numbers, "POST": None}),
    (rf"{_NUMBER}\.json", {"GET": routes.fetch_number, "POST": routes.edit_number, "DELETE": None}),
    (rf"{_RECORDS}\.json", {"GET": routes.list_usage}),
    (r"/v1/Services", {"GET": routes.list_services, "POST": None}),
    (_SERVICE, {"GET": routes.fetch_service, "POST": routes.edit_service, "DELETE": None}),
    (rf"{_SERVICE}/PhoneNumbers", {"GET": routes.list_pool, "POST": None}),
    (r"/v1/Alerts", {"GET": routes.list_alerts}),
    (rf"/v1/Alerts/{_SID}", {"GET": routes.fetch_alert}),
    (r"/v1/Messaging/Countries", {"GET": routes.list_price_countries}),
    (rf"/v1/Messaging/Countries/{_SID}", {"GET": routes.fetch_prices}),
    (r"/v1/ContentAndApprovals", {"GET": routes.list_approvals}),
    (r"/v1/Content", {"GET": routes.list_templates, "POST": routes.create_template}),
    (
        rf"/v1/Content/{_SID}",
        {"GET": routes.fetch_template, "PUT": None, "DELETE": routes.delete_template},
    ),
    (rf"/v1/Content/{_SID}/ApprovalRequests", {"GET": routes.fetch_approval}),
    (rf"/v1/Content/{_SID}/ApprovalRequests/whatsapp", {"POST": routes.submit_template}),
)


class Router:
    """Finds the route of a path for one account."""

    def __init__(self, account_sid: str) -> None:
        self._table = [(re.compile(pattern.replace("{AC}", account_sid)), methods) for pattern, methods in TABLE]

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the SIDs in the path. HEAD finds what GET would.

        Raises:
            Lacking: for a path that the sandbox has not, and for a method of Twilio's that it has not.
            Refusal: 20004 for a method that the path does not take at Twilio either.
        """
        for pattern, methods in self._table:
            if (match := pattern.fullmatch(path)) is None:
                continue
            route = methods.get("GET" if method == "HEAD" else method, _refuse)
            if route is None:
                raise NotInSandbox(method, path, code=20004)
            return route, match.groups("")
        if any(pattern.fullmatch(f"{path}.json") for pattern, _ in self._table):
            raise NotInSandbox(
                method, path, hint=f"Twilio answers XML there, the sandbox JSON only: write {path[:200]}.json."
            )
        raise NotInSandbox(method, path)

    def serves(self, method: str, path: str) -> bool:
        """Whether the sandbox does what Twilio does there."""
        return any(methods.get(method) and pattern.fullmatch(path) for pattern, methods in self._table)


def served_operations() -> tuple[Operation, ...]:
    """The operations of Twilio's that the sandbox has."""
    router = Router("AC")
    known = [each for each in operations() if is_of_product(each.host, each.path)]
    return tuple(each for each in known if router.serves(each.method, _filled(each.path)))


def _filled(path: str) -> str:
    """A path of an operation with the account's SID, and some SID for each other placeholder."""
    return re.sub(r"\{\w+\}", "XX", re.sub(r"/Accounts/\{\w+\}", "/Accounts/AC", path))


def _refuse(call: routes.ApiCall) -> routes.ApiReply:
    raise Refusal(20004)
